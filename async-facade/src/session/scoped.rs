//! Async sessions by scope.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use aludel_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use super::{AsyncSession, AsyncSessionMaker};
use crate::strategy::{Hosted, Strategy};

/// A registry of async sessions, one for each value of a function, such as the number of a task. Cheap to clone; the
/// clones are one.
pub struct AsyncScopedSession<K: Hash + Eq, S: Strategy = Hosted>(Arc<Shared<K, S>>);

struct Shared<K, S: Strategy> {
    maker: AsyncSessionMaker<S>,
    scope: Box<dyn Fn() -> K + Send + Sync>,
    /// `None`: somebody has it.
    sessions: Mutex<HashMap<K, Option<AsyncSession<S>>>>,
}

/// One async session for each value of a function.
#[must_use]
pub fn async_scoped_session<K: Hash + Eq + Clone, S: Strategy>(
    maker: AsyncSessionMaker<S>,
    scope: impl Fn() -> K + Send + Sync + 'static,
) -> AsyncScopedSession<K, S> {
    let sessions = Mutex::new(HashMap::new());
    AsyncScopedSession(Arc::new(Shared { maker, scope: Box::new(scope), sessions }))
}

impl<K: Hash + Eq + Clone, S: Strategy> AsyncScopedSession<K, S> {
    /// The session of this scope, which is made if there is none, for as long as the lease lives.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if another lease of it lives.
    pub fn lease(&self) -> Result<AsyncSessionLease<K, S>> {
        let scope = (self.0.scope)();
        let session = {
            let mut sessions = self.0.sessions.lock();
            match sessions.get_mut(&scope) {
                Some(session) => session.take().ok_or_else(in_use)?,
                None => {
                    sessions.insert(scope.clone(), None);
                    self.0.maker.session()
                }
            }
        };
        Ok(AsyncSessionLease { shared: Arc::clone(&self.0), scope, session: Some(session) })
    }

    /// Whether this scope has a session.
    #[must_use]
    pub fn has(&self) -> bool {
        let scope = (self.0.scope)();
        self.0.sessions.lock().contains_key(&scope)
    }

    /// Closes the session of this scope and forgets it; whether there was one.
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::close`]; [`InvalidRequest`](ErrorKind::InvalidRequest) if a lease of it lives.
    pub async fn remove(&self) -> Result<bool> {
        let scope = (self.0.scope)();
        let mut session = {
            let mut sessions = self.0.sessions.lock();
            let Some(session) = sessions.get_mut(&scope) else { return Ok(false) };
            let session = session.take().ok_or_else(in_use)?;
            sessions.remove(&scope);
            session
        };
        session.close().await?;
        Ok(true)
    }
}

/// The session of a scope, which goes back when this is dropped.
pub struct AsyncSessionLease<K: Hash + Eq, S: Strategy = Hosted> {
    shared: Arc<Shared<K, S>>,
    scope: K,
    session: Option<AsyncSession<S>>,
}

impl<K: Hash + Eq, S: Strategy> Deref for AsyncSessionLease<K, S> {
    type Target = AsyncSession<S>;

    fn deref(&self) -> &AsyncSession<S> {
        match &self.session {
            Some(session) => session,
            None => unreachable!("a lease holds the session until it is dropped"),
        }
    }
}

impl<K: Hash + Eq, S: Strategy> DerefMut for AsyncSessionLease<K, S> {
    fn deref_mut(&mut self) -> &mut AsyncSession<S> {
        match &mut self.session {
            Some(session) => session,
            None => unreachable!("a lease holds the session until it is dropped"),
        }
    }
}

impl<K: Hash + Eq, S: Strategy> Drop for AsyncSessionLease<K, S> {
    fn drop(&mut self) {
        let session = self.session.take();
        let surplus = match self.shared.sessions.lock().get_mut(&self.scope) {
            Some(place) => std::mem::replace(place, session),
            None => session,
        };
        drop(surplus);
    }
}

impl<K: Hash + Eq, S: Strategy> fmt::Debug for AsyncSessionLease<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncSessionLease").field(&self.session).finish()
    }
}

impl<K: Hash + Eq, S: Strategy> Clone for AsyncScopedSession<K, S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Hash + Eq, S: Strategy> fmt::Debug for AsyncScopedSession<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sessions = self.0.sessions.lock().len();
        f.debug_struct("AsyncScopedSession").field("sessions", &sessions).finish_non_exhaustive()
    }
}

#[cold]
fn in_use() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the session of this scope is in use: another lease of it lives; pass the session down as \
         &mut AsyncSession instead",
    )
}
