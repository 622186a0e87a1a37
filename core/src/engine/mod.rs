//! The engine: where connections come from, and how statements run on them.
//!
//! Running a statement has three steps. *Plan* compiles it, or finds it compiled, and collects
//! its values; *run* is the one call of the driver; the *result* is made of what it pushed. The first
//! and the last step do no I/O.

mod by_cursor;
mod check;
mod compiled_cache;
mod connection;
mod echo;
mod events;
mod execute;
mod finished;
mod inserted_key;
mod into_values;
mod lend;
mod notices;
mod observation;
mod open_stream;
mod options;
mod ordered_rows;
mod own_cursor;
mod pages;
mod param_types;
mod plan;
mod prepared;
mod result;
mod role;
mod run;
mod schema;
mod schema_events;
mod sessions;
mod stream;
mod stream_scalars;
mod summary;
mod transaction;
mod transaction_guard;
mod transaction_state;
mod violation;
mod watch;

use std::fmt;
use std::num::NonZeroUsize;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::RwLock;

pub use compiled_cache::CompiledCache;
pub use connection::Connection;
pub use events::{
    AfterCursorExecute, AfterCursorExecuteEvent, AllEngines, BeforeCursorExecute,
    BeforeCursorExecuteEvent, BeforeExecute, BeforeExecuteEvent, Begin, BeginEvent, Commit,
    CommitEvent, ConnectionEvents, ExecutedStatement, HandleError, HandleErrorEvent, Listeners,
    Listens, Notice, NoticeEvent, Parameters, Rollback, RollbackEvent,
};
pub use into_values::IntoValues;
#[doc(hidden)]
pub use lend::replaced;
pub use options::EngineOptions;
pub use prepared::Prepared;
pub use result::{CursorResult, FirstColumn, Scalar};
pub use schema_events::{
    AfterCreate, AfterCreateEvent, AfterDrop, AfterDropEvent, BeforeCreate, BeforeCreateEvent,
    BeforeDrop, BeforeDropEvent, SchemaItem,
};
pub use stream::StreamResult;
pub use stream_scalars::StreamScalars;
pub use transaction_guard::{DroppedTransaction, Transaction};
pub use transaction_state::{TransactionEnd, TransactionMark};

use crate::dbapi::{Driver, ExecutionOptions, IsolationLevel};
use crate::dialect::{Dialect, TextKey};
use crate::error::{Error, Result};
use crate::event::{Chain, Target};
use crate::pool::{
    self, CheckinEvent, CheckoutEvent, CloseEvent, ConnectEvent, DoConnectEvent, InvalidateEvent,
    Place, Pool, Pooled, ResetEvent, Status,
};
use observation::{Endpoint, Observation};
use plan::{PlanCache, Plans};
use sessions::Pools;

/// A database: its dialect, its driver, its pool. Cheap to clone; the clones are one engine.
#[derive(Clone)]
pub struct Engine(Arc<Shared>, ExecutionOptions);

struct Shared {
    url: String,
    /// As it is before the first connection: of the newest version.
    base_dialect: KnownDialect,
    /// That of the server, known since the first connection.
    server_dialect: OnceLock<KnownDialect>,
    observation: Observation,
    endpoint: Endpoint,
    isolation_level: Option<IsolationLevel>,
    listeners: Arc<Listeners>,
    plans: PlanCache,
    /// The same for every pool that the engine has had.
    pool_listeners: Arc<pool::Listeners>,
    /// How many threads for greenlets there may be.
    host_threads: NonZeroUsize,
    /// Whether one session writes and others read.
    is_split: bool,
    /// Replaced by `dispose`.
    pools: RwLock<Pools>,
}

/// A dialect, and what the texts depend on that it writes: each execution of a prepared statement asks.
struct KnownDialect {
    dialect: Arc<dyn Dialect>,
    text_key: TextKey,
}

impl From<Arc<dyn Dialect>> for KnownDialect {
    fn from(dialect: Arc<dyn Dialect>) -> Self {
        Self { text_key: dialect.text_key(), dialect }
    }
}

impl Engine {
    /// An engine over a driver. `url` is what [`url`](Self::url) answers and what the engine prints
    /// as; it must contain no secret.
    ///
    /// Most programs call `aludel::create_engine` instead, which finds driver and dialect by the
    /// URL.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the options make no sense.
    pub fn new(
        url: impl Into<String>,
        dialect: Arc<dyn Dialect>,
        driver: Arc<dyn Driver>,
        options: EngineOptions,
    ) -> Result<Self> {
        let host_threads = options.checked_host_threads()?;
        let isolation_level = options.pool.isolation_level;
        let execution_options = options.execution_options;
        let listeners = Arc::<Listeners>::default();
        let of_engine = Arc::clone(&listeners);
        let on_error: pool::OnError =
            Arc::new(move |error| events::dispatch_error(&[&of_engine], error, None));
        let pools = Pools::new(driver, options.pool, on_error)?;
        let url = url.into();
        let shared = Shared {
            endpoint: Endpoint::of(&url),
            url,
            base_dialect: dialect.into(),
            server_dialect: OnceLock::new(),
            observation: options.observation,
            isolation_level,
            listeners,
            plans: PlanCache::new(options.query_cache_size),
            pool_listeners: Arc::clone(pools.all.listeners()),
            host_threads,
            is_split: pools.writer.is_some(),
            pools: RwLock::new(pools),
        };
        Ok(Self(Arc::new(shared), execution_options))
    }

    /// Takes a connection from the pool.
    ///
    /// # Errors
    ///
    /// As [`Pool::checkout`].
    #[track_caller]
    pub fn connect(&self) -> Result<Connection> {
        match self.connect_later(Location::caller()) {
            Some(connection) => Ok(connection),
            None => Ok(self.adopt(self.pool().checkout()?)),
        }
    }

    /// As [`EngineOptions::host_threads`] says.
    #[doc(hidden)]
    #[must_use]
    pub fn host_threads(&self) -> NonZeroUsize {
        self.0.host_threads
    }

    /// Makes a connection of what its pool has given.
    #[doc(hidden)]
    #[must_use]
    pub fn adopt(&self, pooled: Pooled) -> Connection {
        if self.0.server_dialect.get().is_none() {
            self.learn_dialect(&pooled);
        }
        let place = pooled.place().unwrap_or(Location::caller());
        // It has shown what the server is; which session serves is known at the first statement.
        let pooled = (!self.0.is_split).then_some(pooled);
        Connection::new(self.clone(), pooled, place)
    }

    /// Initializes the dialect by what the first connection says of its server.
    #[cold]
    fn learn_dialect(&self, pooled: &Pooled) {
        let base = &self.0.base_dialect;
        let dialect = KnownDialect::from(base.dialect.for_server(pooled.server()));
        let changed = dialect.text_key != base.text_key;
        if self.0.server_dialect.set(dialect).is_ok() && changed {
            self.0.plans.clear();
        }
    }

    /// Runs a closure in a transaction on a connection of its own: commits if it returns `Ok`,
    /// rolls back if it returns `Err` or panics.
    ///
    /// [`begin_with`](Self::begin_with) is for closures with an error type of their own.
    ///
    /// # Errors
    ///
    /// The closure's, or what connecting and committing may answer.
    #[track_caller]
    pub fn begin<T>(&self, f: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        self.begin_with(f)
    }

    /// Whether a statement may write, before it is compiled for a connection.
    pub(crate) fn may_write(&self, statement: &dyn crate::sql::ClauseElement) -> bool {
        // What cannot be compiled says so where it is executed.
        statement
            .compile(self.dialect())
            .map_or(true, |compiled| !role::reads(compiled.sql()) || role::locks(compiled.sql()))
    }

    /// As [`begin`](Self::begin), with the program's own error type:
    /// `begin_with::<MyError, _>(|connection| …)`.
    ///
    /// The type is to be named unless the result says it: `?` converts into any type, so that the compiler
    /// otherwise answers `E0283: type annotations needed`.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    #[track_caller]
    pub fn begin_with<E: From<Error>, T>(
        &self,
        f: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connect()?;
        connection.begin_root()?;
        match connection.lend(f) {
            Ok(value) => {
                // Also if the closure has ended the transaction itself, and perhaps begun another.
                connection.commit()?;
                Ok(value)
            }
            Err(error) => {
                // The closure's error says more than a failed rollback could.
                let _ = connection.close();
                Err(error)
            }
        }
    }

    /// An engine over the same pool, dialect, cache and listeners, whose connections have these
    /// execution options over those of this one. This one stays as it is.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use aludel::{ExecutionOptions, create_engine};
    ///
    /// let engine = create_engine("sqlite://")?;
    /// let quick = ExecutionOptions::new().timeout(Duration::from_millis(100));
    /// let for_requests = engine.with_execution_options(quick.clone());
    /// assert_eq!(for_requests.connect()?.execution_options().timeout, quick.timeout);
    /// assert_eq!(engine.connect()?.execution_options().timeout, None);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn with_execution_options(&self, options: ExecutionOptions) -> Self {
        Self(Arc::clone(&self.0), options.over(&self.1))
    }

    /// How the statements of its connections are executed, unless they or the connection say otherwise.
    pub fn execution_options(&self) -> ExecutionOptions {
        self.1.clone()
    }

    /// Forgets what was compiled: the next execution of each statement compiles it anew.
    pub fn clear_compiled_cache(&self) {
        self.0.plans.clear();
    }

    /// Closes the idle connections and starts with a new pool. Connections in use work on and are
    /// closed when they are given back.
    pub fn dispose(&self) {
        let old = {
            let mut pools = self.0.pools.write();
            let new = pools.recreate();
            std::mem::replace(&mut *pools, new)
        };
        old.dispose();
    }

    /// Shuts the engine down: connecting fails from now on, idle connections are closed, and those in use
    /// are waited for, which are closed when they are given back. [`dispose`](Self::dispose) opens it
    /// again.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let engine = aludel::create_engine("sqlite://")?;
    /// let conn = engine.connect()?;
    /// let error = engine.close(Duration::from_millis(10)).unwrap_err();
    /// assert!(error.message().contains(file!()), "who holds it: {error}");
    /// drop(conn);
    /// engine.close(Duration::from_secs(1))?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout), if connections are in use when the time is over: the message
    /// says who holds them, and so does the [status](crate::pool::Pool::status).
    /// [`Cancelled`](crate::ErrorKind::Cancelled) in a greenlet or a job.
    pub fn close(&self, within: Duration) -> Result<()> {
        self.pools().close(within)
    }

    /// The pool of this moment. An engine with [one writer and many readers](Self::writer_pool) has two: this is
    /// the [readers'](Self::readers_pool), and [`status`](Self::status) counts the connections of both.
    #[must_use]
    pub fn pool(&self) -> Pool {
        self.0.pools.read().all.clone()
    }

    /// The pool of the sessions that read, of an engine with [one writer and many readers](Self::writer_pool):
    /// `None` for all other engines.
    #[must_use]
    pub fn readers_pool(&self) -> Option<Pool> {
        let pools = self.pools();
        pools.writer.is_some().then_some(pools.all)
    }

    /// How many connections the engine has, what they do, and who has them, in all of its pools.
    ///
    /// ```
    /// let engine = aludel::create_engine("sqlite://")?;
    /// let conn = engine.connect()?;
    /// assert_eq!((engine.status().in_use, engine.status().idle), (1, 0));
    /// drop(conn);
    /// assert_eq!((engine.status().in_use, engine.status().idle), (0, 1));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn status(&self) -> Status {
        self.pools().status()
    }

    /// The pool of the one session that writes, if the engine has been made to keep one, by
    /// `?pool=writer-readers` in a URL of SQLite: `None` for all other engines.
    ///
    /// A connection of such an engine has no session of its own. It takes one from a pool when a transaction
    /// begins, and gives it back when that ends: a transaction that is begun as read-only takes one of the
    /// readers', of which there are [`pool_size`](EngineOptions::pool_size), all others the
    /// writer's, for which they wait in a queue, [`pool_timeout`](EngineOptions::pool_timeout) at
    /// most. In AUTOCOMMIT each statement takes one: SELECT and VALUES, behind WITH too, EXPLAIN and pragmas
    /// that ask about the database a reader's, all else the writer's. Functions about the session's
    /// statement before, such as `last_insert_rowid()`, are refused there and where a transaction only reads.
    /// A stream keeps its session until its rows have ended or it is dropped. Between transactions there is no
    /// [`info`](Connection::info), since there is no session.
    ///
    /// What a session keeps besides its transaction, such as temporary tables, attached databases and
    /// settings, is not the connection's: connect listeners make every session ready, readers and writer.
    ///
    /// ```
    /// use aludel::dbapi::TransactionOptions;
    /// use aludel::{create_engine, text};
    ///
    /// # let file = std::env::temp_dir().join(format!("aludel-writer-{}.db", std::process::id()));
    /// # let file = file.display();
    /// let engine = create_engine(&format!("sqlite:///{file}?pool=writer-readers&journal_mode=wal"))?;
    /// let mut writer = engine.connect()?;
    /// writer.execute(text("create table t (a integer)"))?;
    /// writer.commit()?;
    /// writer.execute(text("insert into t values (1)"))?;
    ///
    /// // Who reads does not wait for the transaction that is open.
    /// let mut conn = engine.connect()?;
    /// let mut reader = conn.begin_with_options(TransactionOptions::new().read_only(true))?;
    /// let count: Option<i64> = reader.scalar(text("select count(*) from t"))?;
    /// assert_eq!(count, Some(0));
    /// reader.commit()?;
    /// assert_eq!(engine.writer_pool().map(|pool| pool.status().in_use), Some(1));
    /// writer.commit()?;
    /// # engine.dispose();
    /// # for end in ["", "-wal", "-shm"] { let _ = std::fs::remove_file(format!("{file}{end}")); }
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn writer_pool(&self) -> Option<Pool> {
        self.0.pools.read().writer.clone()
    }

    /// Whether one session writes and others read.
    #[inline]
    fn is_split(&self) -> bool {
        self.0.is_split
    }

    /// Whether its statements are neither logged nor timed, and a connection has one session.
    #[inline]
    fn is_plain(&self) -> bool {
        let Observation { echo, slow_threshold, .. } = self.0.observation;
        !self.0.is_split && !echo && slow_threshold.is_none()
    }

    fn pools(&self) -> Pools {
        self.0.pools.read().clone()
    }

    /// A connection that takes a session when it needs one, where that is how sessions are taken. `None`
    /// before the first session, by which the dialect is known.
    #[doc(hidden)]
    #[must_use]
    pub fn connect_later(&self, place: Place) -> Option<Connection> {
        let later = self.is_split() && self.0.server_dialect.get().is_some();
        later.then(|| Connection::new(self.clone(), None, place))
    }

    /// The dialect, with the capabilities of the server once the engine has connected. Before that
    /// they are those of the newest version.
    #[must_use]
    pub fn dialect(&self) -> &dyn Dialect {
        &*self.known_dialect().dialect
    }

    #[inline]
    fn known_dialect(&self) -> &KnownDialect {
        self.0.server_dialect.get().unwrap_or(&self.0.base_dialect)
    }

    /// What the texts depend on that the [`dialect`](Self::dialect) writes.
    #[inline]
    fn text_key(&self) -> &TextKey {
        &self.known_dialect().text_key
    }

    /// The dialect that writes the schemas of these options.
    fn dialect_for(&self, options: &ExecutionOptions) -> Arc<dyn Dialect> {
        let dialect = &self.known_dialect().dialect;
        match options.get_schema_translate_map() {
            None => Arc::clone(dialect),
            Some(schemas) => dialect.translating(schemas.clone()),
        }
    }

    /// The [name](crate::sql::SqlDialect::name) of the dialect, such as `sqlite`, `postgresql`, `mysql` or
    /// `mariadb`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.dialect().name()
    }

    /// The URL that the engine was made with, without its secrets.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Whether each statement is logged before it is sent.
    #[inline]
    #[must_use]
    pub fn echo(&self) -> bool {
        self.0.observation.echo
    }

    /// The isolation level of its connections, if one was set.
    #[must_use]
    pub fn isolation_level(&self) -> Option<IsolationLevel> {
        self.0.isolation_level
    }

    /// What it reports of its statements.
    #[inline]
    fn observation(&self) -> &Observation {
        &self.0.observation
    }

    /// Whether what is logged or traced of a statement names its session.
    #[inline]
    fn is_observed(&self) -> bool {
        let Observation { echo, slow_threshold, .. } = &self.0.observation;
        *echo || slow_threshold.is_some() || tracing::dispatcher::has_been_set()
    }

    fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// What plans statements with these options.
    #[inline]
    fn plans<'e>(&'e self, options: &'e ExecutionOptions) -> Plans<'e> {
        Plans::new(&self.0.plans, options, self.dialect())
    }
}

impl Listens for Engine {
    fn listeners(&self) -> &Listeners {
        &self.0.listeners
    }
}

macro_rules! pool_targets {
    ($($field:ident: $kind:ident),*) => {$(
        impl Target<$kind> for Engine {
            fn chain(&self) -> &Chain<$kind> {
                &self.0.pool_listeners.$field
            }
        }

        impl Target<$kind> for AllEngines {
            fn chain(&self) -> &Chain<$kind> {
                &pool::Listeners::everywhere().$field
            }
        }
    )*};
}
pool_targets!(
    do_connect: DoConnectEvent,
    connect: ConnectEvent,
    checkout: CheckoutEvent,
    reset: ResetEvent,
    checkin: CheckinEvent,
    invalidate: InvalidateEvent,
    close: CloseEvent
);

impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) && self.1 == other.1
    }
}

impl Eq for Engine {}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engine").field(&self.0.url).finish()
    }
}
