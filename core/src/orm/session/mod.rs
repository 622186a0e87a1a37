//! The session: objects, and the transaction in which they are loaded and written.

mod access;
mod binds;
mod callbacks;
mod compare;
mod connection;
mod events;
mod expressions;
mod fetching;
mod info;
mod interrupted;
mod keys;
mod lazy_loads;
mod lifecycle;
mod loads;
mod maker;
mod merge;
mod objects;
mod options;
mod queries;
mod relationships;
mod snapshot;
mod transaction;
mod transaction_guard;

use std::fmt;
use std::ops::{Index, IndexMut};

pub use binds::BindRequest;
pub use connection::JoinMode;
pub use events::{
    AfterBegin, AfterBeginEvent, AfterCommit, AfterCommitEvent, AfterFlush, AfterFlushEvent,
    AfterFlushPostexec, AfterFlushPostexecEvent, AfterRollback, AfterRollbackEvent, AllSessions,
    BeforeCommit, BeforeCommitEvent, BeforeFlush, BeforeFlushEvent, ListensToSessions,
    SessionListeners,
};
pub use info::SessionInfo;
pub use interrupted::SessionMark;
pub use keys::Keys;
pub use maker::{SessionMaker, sessionmaker};
pub use options::SessionOptions;
pub use relationships::IntoLinked;
pub use transaction_guard::SessionTransaction;

use self::connection::Connections;
use self::lazy_loads::LazyLoads;
use super::class::MappedClass;
use super::key::{Ref, SessionId};
use super::store::Store;
use crate::engine::{Connection, Engine};
use crate::error::{Error, ErrorKind, Result};

/// Objects, and the transaction in which they are loaded and written.
///
/// For a row a session has one object, of which a program holds the key, a [`Ref`]. Changes of objects are
/// written by [`flush`](Self::flush), in an order in which the database takes them, and that is called before each
/// query and each commit.
///
/// The first statement begins a transaction; [`commit`](Self::commit) or [`rollback`](Self::rollback) ends it, and
/// the connection goes back to its pool. Dropping the session rolls back.
///
/// ```
/// use aludel::orm::Session;
/// use aludel::{Auto, Mapped, MetaData, create_engine, select};
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
/// let mut session = Session::new(&engine);
/// let sandy = session.add(User { id: Auto::unset(), name: "sandy".into() })?;
/// session.commit()?;
///
/// session.edit(&sandy)?.name.push('!');
/// session.flush()?;
/// let found = session.scalars(select(User::entity()))?.all();
/// assert_eq!(found, [sandy.clone()]);
/// assert_eq!(session[&sandy].name, "sandy!");
/// # Ok::<(), aludel::Error>(())
/// ```
pub struct Session(pub(in crate::orm) Box<Inner>);

/// The state, behind one pointer so that moving a session moves nothing else.
pub(in crate::orm) struct Inner {
    pub(in crate::orm) store: Store,
    pub(in crate::orm) connections: Connections,
    pub(in crate::orm) options: SessionOptions,
    heard: events::Heard,
    callbacks: callbacks::Callbacks,
    /// Why the transaction must be rolled back before anything else.
    pub(in crate::orm) failed: Option<String>,
    /// Whether it was closed, and can be used once only.
    closed: bool,
    pub(in crate::orm) flushing: bool,
    /// How many transactions it has ended.
    ended: u64,
    pub(in crate::orm) lazy_loads: LazyLoads,
    /// Whether queries flush first; `no_autoflush` turns it off for a while.
    pub(in crate::orm) autoflush: bool,
}

impl Session {
    /// A session whose statements run on connections of this engine.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        Self::with_options(engine, SessionOptions::new())
    }

    /// The same with options of its own.
    #[must_use]
    pub fn with_options(engine: &Engine, options: SessionOptions) -> Self {
        Self(Box::new(Inner::new(Connections::new(engine.clone()), options)))
    }

    /// A session on a connection, which [`into_connection`](Self::into_connection) gives back. If the connection has a
    /// transaction open, `mode` says what the session's transaction is to that.
    ///
    /// ```
    /// use aludel::orm::{JoinMode, Session, SessionOptions};
    /// use aludel::{create_engine, text};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// conn.execute(text("create table t (a integer)"))?;
    ///
    /// let options = SessionOptions::new();
    /// let mut session = Session::on_connection(conn, JoinMode::CreateSavepoint, options);
    /// session.execute(text("insert into t values (1)"))?;
    /// session.commit()?;
    ///
    /// let mut conn = session.into_connection()?;
    /// assert_eq!(conn.scalar(text("select count(*) from t"))?, Some(1_i64));
    /// assert!(conn.in_transaction());
    /// conn.rollback()?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn on_connection(connection: Connection, mode: JoinMode, options: SessionOptions) -> Self {
        Self(Box::new(Inner::new(Connections::given(connection, mode), options)))
    }

    /// Which session it is.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.0.store.session()
    }

    /// How many objects it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.store.len()
    }

    /// Whether it has no objects.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Inner {
    fn new(mut connections: Connections, mut options: SessionOptions) -> Self {
        connections.binds = std::mem::take(&mut options.binds);
        connections.execution_options.clone_from(&options.execution_options);
        let heard = events::Heard::new(options.listeners.as_ref());
        connections.heard = Some(heard.clone());
        Self {
            store: Store::new(SessionId::next()),
            connections,
            heard,
            callbacks: callbacks::Callbacks::default(),
            autoflush: options.autoflush,
            options,
            failed: None,
            closed: false,
            flushing: false,
            ended: 0,
            lazy_loads: LazyLoads::default(),
        }
    }

    /// That the transaction has not failed.
    pub(in crate::orm) fn check(&self) -> Result<()> {
        match &self.failed {
            None if self.closed => Err(closed()),
            None => Ok(()),
            Some(reason) => Err(Error::new(
                ErrorKind::PendingRollback,
                format!(
                    "the transaction of this session must be rolled back before anything else: {reason}"
                ),
            )),
        }
    }
}

#[cold]
fn closed() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "this session was closed, and close_resets_only(false) says that it is not used again; take a new one, or \
         reset() it",
    )
}

impl Inner {
    /// The transaction has failed: it is rolled back in the database, and the session waits for its rollback.
    pub(in crate::orm) fn fail(&mut self, reason: &str) {
        self.failed = Some(reason.to_owned());
        // What it answers is said by the next use of the connection, if there is one.
        let _ = self.connections.abort();
    }

    /// The connection for a statement.
    pub(in crate::orm) fn connection(&mut self) -> Result<&mut Connection> {
        self.check()?;
        self.connections.connection()
    }
}

/// The object, as it is in memory.
///
/// # Panics
///
/// If it is no longer in this session, or is expired, so that it had to be loaded first:
/// [`read`](Session::read) loads it, [`peek`](Session::peek) gives the last known value.
impl<T: MappedClass> Index<&Ref<T>> for Session {
    type Output = T;

    #[track_caller]
    fn index(&self, key: &Ref<T>) -> &T {
        match self.fresh(key) {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The same, to change it.
///
/// # Panics
///
/// As [`Index`]; [`edit`](Session::edit) loads it.
impl<T: MappedClass> IndexMut<&Ref<T>> for Session {
    #[track_caller]
    fn index_mut(&mut self, key: &Ref<T>) -> &mut T {
        match self.fresh_mut(key) {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id())
            .field("objects", &self.len())
            .finish_non_exhaustive()
    }
}
