//! How a session works.

use std::sync::Arc;

use super::binds::{BindRequest, Binds};
use super::events::SessionListeners;
use super::info::SessionInfo;
use crate::dbapi::ExecutionOptions;
use crate::engine::Engine;
use crate::orm::class::MappedClass;
use crate::orm::query::Fetch;

/// How a session works, and where its statements run.
///
/// Reading goes to a copy of the database here, until the session has written:
///
/// ```
/// use aludel::orm::{Session, SessionOptions};
/// use aludel::create_engine;
///
/// let writer = create_engine("sqlite://")?;
/// let reader = create_engine("sqlite://")?;
/// let copy = reader.clone();
/// let options = SessionOptions::new().get_bind(move |request| {
///     (!request.writes && !request.has_written).then(|| copy.clone())
/// });
/// let mut session = Session::with_options(&writer, options);
/// assert!(session.get_bind(None, false) == Some(&reader).cloned());
/// assert!(session.get_bind(None, true) == Some(&writer).cloned());
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionOptions {
    /// Whether queries write the changes first, so that they see them.
    pub autoflush: bool,
    /// Whether objects are loaded anew when they are read after a commit.
    pub expire_on_commit: bool,
    /// What happens when a relationship of one object is asked for, and is not loaded.
    pub fetch: Fetch,
    /// Whether a session can be used again after [`close`](super::Session::close).
    pub close_resets_only: bool,
    /// What all its statements are executed with, under their own options.
    pub execution_options: Option<ExecutionOptions>,
    /// What the program keeps with it.
    pub info: SessionInfo,
    pub(super) binds: Binds,
    /// The listeners of what made it.
    pub(super) listeners: Option<Arc<SessionListeners>>,
}

impl SessionOptions {
    /// All of them are on, and one engine serves all.
    #[must_use]
    pub fn new() -> Self {
        Self {
            autoflush: true,
            expire_on_commit: true,
            fetch: Fetch::Single,
            close_resets_only: true,
            execution_options: None,
            info: SessionInfo::new(),
            binds: Binds::default(),
            listeners: None,
        }
    }

    /// Whether queries write the changes first, so that they see them.
    #[must_use]
    pub fn autoflush(self, autoflush: bool) -> Self {
        Self { autoflush, ..self }
    }

    /// Whether objects are loaded anew when they are read after a commit. Without it what is in memory stays,
    /// also where another transaction has changed the row.
    #[must_use]
    pub fn expire_on_commit(self, expire_on_commit: bool) -> Self {
        Self { expire_on_commit, ..self }
    }

    /// Whether a session can be used again after [`close`](super::Session::close). If not, only
    /// [`reset`](super::Session::reset) makes it new.
    #[must_use]
    pub fn close_resets_only(self, close_resets_only: bool) -> Self {
        Self { close_resets_only, ..self }
    }

    /// What all statements are executed with, under their own options.
    #[must_use]
    pub fn execution_options(self, options: ExecutionOptions) -> Self {
        Self { execution_options: Some(options), ..self }
    }

    /// Keeps a value with the session, in place of another of its type.
    #[must_use]
    pub fn info<T: std::any::Any + Send + Sync>(mut self, value: T) -> Self {
        self.info.insert(value);
        self
    }

    /// Chooses the engine for each statement; `None` leaves it to [`bind`](Self::bind), and to the session's own engine.
    /// A transaction has a connection of each engine that was chosen in it.
    #[must_use]
    pub fn get_bind(
        mut self,
        route: impl Fn(&BindRequest<'_>) -> Option<Engine> + Send + Sync + 'static,
    ) -> Self {
        self.binds.set_route(Arc::new(route));
        self
    }

    /// The objects of a mapped struct live in the database of another engine.
    #[must_use]
    pub fn bind<T: MappedClass>(mut self, engine: &Engine) -> Self {
        self.binds.bind(T::mapper().class(), engine.clone());
        self
    }
}

impl SessionOptions {
    /// What happens when a relationship of one object is asked for, and is not loaded: of objects whose statement does
    /// not say it.
    ///
    /// ```
    /// use aludel::orm::{Fetch, Session, SessionOptions};
    /// # let engine = aludel::create_engine("sqlite://")?;
    ///
    /// let session = Session::with_options(&engine, SessionOptions::new().fetch(Fetch::Peers));
    /// # let _ = session;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn fetch(self, fetch: Fetch) -> Self {
        Self { fetch, ..self }
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self::new()
    }
}
