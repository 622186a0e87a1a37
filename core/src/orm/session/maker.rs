//! Sessions that are made alike.

use std::sync::Arc;

use parking_lot::RwLock;

use super::events::SessionListeners;
use super::{BindRequest, Session, SessionOptions};
use crate::dbapi::ExecutionOptions;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::orm::class::MappedClass;

/// Makes sessions that work alike. Cheap to clone; the clones are one.
///
/// ```
/// use aludel::orm::sessionmaker;
/// use aludel::{Auto, Mapped, MetaData, create_engine, func, select};
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
/// let maker = sessionmaker(&engine).expire_on_commit(false);
/// let sandy = maker.begin(|session| {
///     let sandy = session.add(User { id: Auto::unset(), name: "sandy".into() })?;
///     session.flush()?;
///     session.snapshot(&sandy)
/// })?;
/// assert_eq!(sandy.id, 1);
///
/// let mut session = maker.session();
/// assert_eq!(session.scalar(select(func::count_of(User::c.id)))?, Some(1));
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SessionMaker {
    engine: Engine,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: RwLock<SessionOptions>,
    listeners: Arc<SessionListeners>,
}

/// Makes sessions whose statements run on connections of this engine.
#[must_use]
pub fn sessionmaker(engine: &Engine) -> SessionMaker {
    let listeners = Arc::default();
    let mut options = SessionOptions::new();
    options.listeners = Some(Arc::clone(&listeners));
    let shared = Shared { options: RwLock::new(options), listeners };
    SessionMaker { engine: engine.clone(), shared: Arc::new(shared) }
}

impl SessionMaker {
    /// The engine of its sessions.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn listeners(&self) -> &SessionListeners {
        &self.shared.listeners
    }

    /// How its sessions work.
    #[must_use]
    pub fn options(&self) -> SessionOptions {
        self.shared.options.read().clone()
    }

    /// Changes how the sessions work that are made from now on, also those of its clones.
    pub fn configure(&self, change: impl FnOnce(SessionOptions) -> SessionOptions) {
        // With no lock held, since this is code of the program's.
        let options = change(self.options());
        *self.shared.options.write() = options;
    }

    fn with(self, change: impl FnOnce(SessionOptions) -> SessionOptions) -> Self {
        self.configure(change);
        self
    }

    /// As [`SessionOptions::autoflush`].
    #[must_use]
    pub fn autoflush(self, autoflush: bool) -> Self {
        self.with(|options| options.autoflush(autoflush))
    }

    /// As [`SessionOptions::expire_on_commit`].
    #[must_use]
    pub fn expire_on_commit(self, expire_on_commit: bool) -> Self {
        self.with(|options| options.expire_on_commit(expire_on_commit))
    }

    /// As [`SessionOptions::close_resets_only`].
    #[must_use]
    pub fn close_resets_only(self, close_resets_only: bool) -> Self {
        self.with(|options| options.close_resets_only(close_resets_only))
    }

    /// As [`SessionOptions::execution_options`].
    #[must_use]
    pub fn execution_options(self, execution_options: ExecutionOptions) -> Self {
        self.with(|options| options.execution_options(execution_options))
    }

    /// As [`SessionOptions::info`]: each session has a copy of what is kept here.
    #[must_use]
    pub fn info<T: std::any::Any + Send + Sync>(self, value: T) -> Self {
        self.with(|options| options.info(value))
    }

    /// As [`SessionOptions::get_bind`].
    #[must_use]
    pub fn get_bind(
        self,
        route: impl Fn(&BindRequest<'_>) -> Option<Engine> + Send + Sync + 'static,
    ) -> Self {
        self.with(|options| options.get_bind(route))
    }

    /// As [`SessionOptions::bind`].
    #[must_use]
    pub fn bind<T: MappedClass>(self, engine: &Engine) -> Self {
        self.with(|options| options.bind::<T>(engine))
    }

    /// A new session.
    #[must_use]
    pub fn session(&self) -> Session {
        self.session_with(|options| options)
    }

    /// A new session with options of its own over those of the maker.
    #[must_use]
    pub fn session_with(&self, change: impl FnOnce(SessionOptions) -> SessionOptions) -> Session {
        Session::with_options(&self.engine, change(self.options()))
    }

    /// Runs a closure with a new session, and commits if it returns `Ok`. If it returns `Err` or panics, nothing is
    /// committed.
    ///
    /// [`begin_with`](Self::begin_with) is for closures with an error type of their own.
    ///
    /// # Errors
    ///
    /// The closure's, and as [`Session::commit`].
    pub fn begin<T>(&self, f: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        self.begin_with(f)
    }

    /// As [`begin`](Self::begin), with the program's own error type: `begin_with::<MyError, _>(|session| …)`.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub fn begin_with<E: From<Error>, T>(
        &self,
        f: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut session = self.session();
        match f(&mut session) {
            Ok(value) => {
                session.commit()?;
                Ok(value)
            }
            Err(error) => {
                // The closure's error says more than a failed rollback could.
                let _ = session.close();
                Err(error)
            }
        }
    }
}
