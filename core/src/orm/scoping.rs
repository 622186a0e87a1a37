//! Sessions by scope: one for each thread, or for each of what a function names.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::thread::ThreadId;

use parking_lot::Mutex;

use super::key::SessionId;
use super::session::{Session, SessionMaker, SessionOptions};
use crate::error::{Error, ErrorKind, Result};

/// A registry of sessions, one for each scope: for each thread, or for each value of a function. Cheap to clone; the
/// clones are one.
///
/// ```
/// use aludel::orm::{scoped_session, sessionmaker};
/// use aludel::{Auto, Mapped, MetaData, create_engine};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let engine = create_engine("sqlite://")?;
/// engine.begin(|conn| MetaData::new().with::<User>().create_all(conn))?;
///
/// let scoped = scoped_session(sessionmaker(&engine));
/// let sandy = scoped.with(|s| s.add(User { id: Auto::unset(), name: "sandy".into() }))?;
/// scoped.with(|s| s.commit())?;
/// assert_eq!(scoped.with(|s| Ok(s.read(&sandy)?.name.clone()))?, "sandy");
/// assert!(scoped.remove()?);
/// # Ok::<(), aludel::Error>(())
/// ```
pub struct ScopedSession<K = ThreadId>(Arc<Shared<K>>);

struct Shared<K> {
    maker: SessionMaker,
    scope: Box<dyn Fn() -> K + Send + Sync>,
    /// `None`: a call has it.
    sessions: Mutex<HashMap<K, (SessionId, Option<Session>)>>,
}

/// One session for each thread.
#[must_use]
pub fn scoped_session(maker: SessionMaker) -> ScopedSession {
    ScopedSession::by(maker, || std::thread::current().id())
}

impl<K: Hash + Eq + Clone> ScopedSession<K> {
    /// One session for each value of a function, such as the number of a request.
    #[must_use]
    pub fn by(maker: SessionMaker, scope: impl Fn() -> K + Send + Sync + 'static) -> Self {
        let scope = Box::new(scope);
        Self(Arc::new(Shared { maker, scope, sessions: Mutex::new(HashMap::new()) }))
    }

    /// What makes its sessions.
    #[must_use]
    pub fn maker(&self) -> &SessionMaker {
        &self.0.maker
    }

    /// Runs code with the session of this scope, which is made if there is none.
    ///
    /// # Errors
    ///
    /// The code's; [`InvalidRequest`](ErrorKind::InvalidRequest) if the session is in use: by the code that called this,
    /// or, where several threads are one scope, by another one.
    pub fn with<T>(&self, f: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let scope = (self.0.scope)();
        let session = self.take_or(&scope, || self.0.maker.session())?;
        let mut lease = Lease { shared: &self.0, scope, session: Some(session) };
        match &mut lease.session {
            Some(session) => f(session),
            None => unreachable!("a lease holds the session until it is dropped"),
        }
    }

    /// Makes the session of this scope, with options of its own.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if there is one already.
    pub fn make(&self, change: impl FnOnce(SessionOptions) -> SessionOptions) -> Result<()> {
        let scope = (self.0.scope)();
        let session = self.0.maker.session_with(change);
        let mut sessions = self.0.sessions.lock();
        if sessions.contains_key(&scope) {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "this scope has a session already, with other options; remove() it first",
            ));
        }
        sessions.insert(scope, (session.id(), Some(session)));
        Ok(())
    }

    /// Whether this scope has a session.
    #[must_use]
    pub fn has(&self) -> bool {
        let scope = (self.0.scope)();
        self.0.sessions.lock().contains_key(&scope)
    }

    /// Closes the session of this scope and forgets it; whether there was one. The next use makes a new one.
    ///
    /// # Errors
    ///
    /// As [`Session::close`]; [`InvalidRequest`](ErrorKind::InvalidRequest) if it is in use.
    pub fn remove(&self) -> Result<bool> {
        let scope = (self.0.scope)();
        let mut session = {
            let mut sessions = self.0.sessions.lock();
            let Some((_, session)) = sessions.get_mut(&scope) else { return Ok(false) };
            let session = session.take().ok_or_else(in_use)?;
            sessions.remove(&scope);
            session
        };
        session.close()?;
        Ok(true)
    }

    /// Closes the sessions of all scopes and forgets them, but for those that are in use.
    ///
    /// # Errors
    ///
    /// As [`Session::close`], of the first that has one. All are closed.
    pub fn remove_all(&self) -> Result<()> {
        let mut idle = Vec::new();
        self.0.sessions.lock().retain(|_, (_, session)| match session.take() {
            Some(session) => {
                idle.push(session);
                false
            }
            None => true,
        });
        let mut closed = Ok(());
        for mut session in idle {
            let this = session.close();
            closed = closed.and(this);
        }
        closed
    }

    /// Runs code with the session of this number, whatever its scope: that of an object is
    /// [`Ref::session_id`](super::Ref::session_id). `None` if the registry has none of this number.
    ///
    /// # Errors
    ///
    /// As [`with`](Self::with).
    pub fn with_id<T>(
        &self,
        id: SessionId,
        f: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<Option<T>> {
        let scope = {
            let sessions = self.0.sessions.lock();
            let found = sessions.iter().find(|(_, (known, _))| *known == id);
            found.map(|(scope, _)| scope.clone())
        };
        let Some(scope) = scope else { return Ok(None) };
        let session = self.take_or(&scope, || self.0.maker.session())?;
        let mut lease = Lease { shared: &self.0, scope, session: Some(session) };
        match &mut lease.session {
            Some(session) if session.id() == id => f(session).map(Some),
            _ => Ok(None),
        }
    }

    fn take_or(&self, scope: &K, make: impl FnOnce() -> Session) -> Result<Session> {
        let mut sessions = self.0.sessions.lock();
        if let Some((_, session)) = sessions.get_mut(scope) {
            return session.take().ok_or_else(in_use);
        }
        let session = make();
        sessions.insert(scope.clone(), (session.id(), None));
        Ok(session)
    }
}

/// One use of a session, which goes back when it is dropped.
struct Lease<'s, K: Hash + Eq> {
    shared: &'s Shared<K>,
    scope: K,
    session: Option<Session>,
}

impl<K: Hash + Eq> Drop for Lease<'_, K> {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        let surplus = {
            let mut sessions = self.shared.sessions.lock();
            match sessions.get_mut(&self.scope) {
                // The code may have put another session in its place.
                Some((id, place)) => {
                    *id = session.id();
                    place.replace(session)
                }
                None => Some(session),
            }
        };
        // No session is dropped under the lock.
        drop(surplus);
    }
}

impl<K> Clone for ScopedSession<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> fmt::Debug for ScopedSession<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sessions = self.0.sessions.lock().len();
        f.debug_struct("ScopedSession").field("sessions", &sessions).finish_non_exhaustive()
    }
}

#[cold]
fn in_use() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the session of this scope is in use: with() was called inside with(), or the scope is that of another \
         thread; pass the session down as &mut Session instead",
    )
}
