//! The driver interface: what a database driver implements.
//!
//! ```text
//!   engine ──► Connection::execute(statement, params, options, sink) ──► database
//!                                                        ▲                   │
//!                                      RowSink::row(&dyn RawRow) ◄───────────┘   rows are pushed
//! ```
//!
//! The interface is synchronous and object-safe, and it *pushes*: rows go to the [`RowSink`] as they
//! arrive, borrowed from the driver, and are decoded there. A blocking driver implements
//! [`Driver`] and [`Connection`] directly. An async driver implements the twins [`AsyncDriver`]
//! and [`AsyncConnection`], and the one [`AdaptedConnection`] makes it a [`Connection`], waiting
//! in a greenlet or, for a blocking program, on the calling thread.
//!
//! A driver gets finished text and values: it knows nothing of the SQL language.

mod adapted;
mod background;
mod blocking;
mod call;
mod direct;
pub mod errors;
mod execution;
mod notice;
mod param_type;
mod prepared;
mod server;
mod sink;
mod socket;
mod statement;
mod timer;
mod transaction;
mod unless;
mod wait;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime;

pub use crate::version::Version;
pub use adapted::{
    AdaptedConnection, AdaptedDriver, AsyncConnection, AsyncCursor, AsyncDriver, Waits,
};
pub use background::{in_background, run_with_timeout, try_in_background};
pub use blocking::refuse_in_async;
pub use direct::DirectSocket;
pub use execution::{LimitedCall, execution_timed_out};
pub use notice::{ServerNotice, Severity};
pub use param_type::ParamType;
pub use prepared::{PreparedStatements, StatementHandle, unknown_handle};
pub use server::{Product, ServerInfo};
pub use sink::{NoRows, ROWS_OF_A_TURN, RowSink};
pub use socket::{Arrived, IdleSocket, SocketMark};
pub use statement::Statement;
pub use timer::Timer;
pub use transaction::{TransactionMode, TransactionOptions, TransactionSupport};
pub(crate) use unless::LATE_GRACE;
pub use unless::connect_beside;
pub use wait::Waiter;

use crate::error::Result;
pub use crate::row::{Columns, RawRow};
pub(crate) use crate::statement::CompiledIn;
pub use crate::statement::{ExecutionOptions, IsolationLevel, SchemaTranslateMap, StatementKind};
use crate::url::Url;
use crate::value::Value;

/// Makes connections. One for each engine; shared by its threads.
pub trait Driver: fmt::Debug + Send + Sync {
    /// The driver's name as the second half of a URL scheme has it, such as `rusqlite`.
    fn name(&self) -> &'static str;

    /// Makes a connection, ready for its first statement.
    ///
    /// The pool calls it with no lock held. It MUST give up at `deadline`, and MUST classify a
    /// refusal as [`Operational`](crate::ErrorKind::Operational) with no secret in the message.
    ///
    /// # Errors
    ///
    /// Whatever kept the connection from being made.
    fn connect(&self, deadline: Instant) -> Result<Box<dyn Connection>>;

    /// The URL that the driver was made from, if it was.
    fn url(&self) -> Option<&Url> {
        None
    }

    /// The same driver for another URL. What it was configured with otherwise than by its URL stays.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for what is wrong with the URL;
    /// [`NotSupported`](crate::ErrorKind::NotSupported) for a driver of one database only.
    fn with_url(&self, url: &Url) -> Result<Arc<dyn Driver>> {
        let _ = url;
        Err(errors::cannot_change_url(self.name()))
    }

    /// The driver of the sessions that only read, if an engine is to keep one session that writes, which
    /// this driver connects, and others that read.
    fn readers(&self) -> Option<Arc<dyn Driver>> {
        None
    }

    /// Makes a connection unless something else comes first. `late` gets the outcome of an attempt that
    /// [goes on](Attempted::GoesOn); else it is dropped.
    ///
    /// An implementation that polls `alternative` MUST do so before it begins, begin nothing if that is ready, and
    /// end when it becomes ready: what came is kept for who polls. What fails here is an error, whatever `late`
    /// would have made of it. Without an implementation of its own a driver polls nothing and waits for its
    /// connection only, which is right where that is made at once. Drivers that block have
    /// [`connect_beside`].
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    fn connect_unless(
        &self,
        deadline: Instant,
        alternative: Alternative<'_>,
        late: LateConnectionCallback,
    ) -> Result<Attempted> {
        let _ = (alternative, late);
        self.connect(deadline).map(Attempted::Connected)
    }

    /// Whether a connection blocks the calling thread on the network, so that it must not be used
    /// inside an async context.
    fn blocks_on_network(&self) -> bool {
        false
    }
}

/// How [`Driver::connect_unless`] has ended.
#[derive(Debug)]
pub enum Attempted {
    /// The connection came first.
    Connected(Box<dyn Connection>),
    /// Something else came first. The attempt goes on by itself, to the same deadline.
    GoesOn,
    /// Something else came first, and nothing was begun, or what was begun has been given up.
    GivenUp,
}

/// Takes the outcome of an attempt that was still going on when something else came first. To drop it is to give
/// the attempt up. It does not block.
pub type LateConnectionCallback = Box<dyn FnOnce(Result<Box<dyn Connection>>) + Send>;

/// What may come in place of a connection that is being made.
pub type Alternative<'a> = Pin<&'a mut dyn Future<Output = ()>>;

/// What a statement did besides returning rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Rows affected, or returned by a select, as the database counts them.
    pub rowcount: u64,
    /// The key the database made for the last inserted row, where it reports the key without being asked.
    pub lastrowid: Option<i64>,
}

impl Outcome {
    /// A statement that touched `rowcount` rows.
    #[must_use]
    pub fn rows(rowcount: u64) -> Self {
        Self { rowcount, lastrowid: None }
    }

    /// Adds the key that the database made.
    #[must_use]
    pub fn with_lastrowid(mut self, lastrowid: i64) -> Self {
        self.lastrowid = Some(lastrowid);
        self
    }
}

/// The state of a connection that was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// It may serve the next borrower at once. A reset that was only sent counts as clean: the
    /// driver MUST collect its answer before it reports the outcome of the next statement.
    Clean,
    /// Something was in flight or is unknown: it goes to [`Connection::recover`].
    Dirty,
}

/// What is to be cleaned of a session that is given back, besides its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SessionReset {
    /// The locks that the session holds beyond its transactions.
    Locks,
    /// All that a use can leave behind: settings, locks, temporary tables.
    All,
}

/// Takes the result of [`Connection::recover`]: the connection if it is clean again, `None` if it
/// was terminated. It MUST be called exactly once, or be dropped, which counts as `None`.
pub type RecoveryCallback = Box<dyn FnOnce(Option<Box<dyn Connection>>) + Send>;

/// One session with a database.
///
/// Calls come one at a time. Before the first byte of an exchange an implementation MUST mark
/// itself dirty and MUST clear the mark only when the answer was read to a protocol boundary; a
/// dirty connection answers every call with an error and [`release`](Self::release)s as
/// [`Released::Dirty`]. An error that means the session is gone MUST have
/// [`is_disconnect`](crate::Error::is_disconnect), or a dead connection goes back into the pool.
pub trait Connection: Any + fmt::Debug + Send {
    /// The product and the version of the server. The driver has asked when it connected.
    fn server(&self) -> &ServerInfo;

    /// Runs one statement and pushes its rows, if it has any.
    ///
    /// A sink that fails ends the statement with the sink's error, unless the rest of the answer
    /// says that the server ended the transaction, which MUST be reported instead. The connection
    /// SHOULD be usable afterwards. If much is left to read, or it takes long, a driver MAY leave it
    /// dirty, to be terminated.
    ///
    /// # Errors
    ///
    /// The database's refusal, the sink's error, or
    /// [`Timeout`](crate::ErrorKind::Timeout) after [`ExecutionOptions::timeout`], which leaves the
    /// connection dirty unless the driver can stop a statement and know that it has ended.
    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome>;

    /// Runs one statement once for each set of parameters, in order, and pushes the rows of all
    /// sets, each set announced by [`RowSink::begin_set`].
    ///
    /// It stops at the first failure; what ran before it stays in the open transaction. If the sink
    /// fails within a transaction, sets behind the one whose rows it refused may have run too.
    ///
    /// # Errors
    ///
    /// The database's refusal of the first set that it refuses, and as [`execute`](Self::execute).
    fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome>;

    /// Runs one statement whose rows are fetched in portions. At most one cursor is open; the
    /// borrow says so.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    fn open_cursor<'c>(
        &'c mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>>;

    /// Keeps a statement prepared until [`close_prepared`](Self::close_prepared), outside of the
    /// cache, within the time-out of its options. The driver keeps what it takes to prepare it anew if the database forgets it or its
    /// tables change, so that the handle is valid as long as the connection is. A driver MAY put
    /// the preparation off until the first execution.
    ///
    /// # Errors
    ///
    /// The database's refusal, and [`Timeout`](crate::ErrorKind::Timeout) as
    /// [`execute`](Self::execute).
    fn prepare(
        &mut self,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> Result<StatementHandle>;

    /// Whether the connection knows the handle. Costs no I/O.
    fn is_prepared(&self, handle: StatementHandle) -> bool;

    /// Runs a prepared statement, as [`execute`](Self::execute) would run its text.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), and [`ResourceClosed`](crate::ErrorKind::ResourceClosed)
    /// ([`unknown_handle`]) for a handle that the connection does not know.
    fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome>;

    /// Forgets a prepared statement. A driver closes it on the server by the next statement, at no
    /// round trip of its own. A handle that is not known is ignored.
    fn close_prepared(&mut self, handle: StatementHandle);

    /// Begins a transaction. A driver may only note it and send BEGIN together with the first
    /// statement. It works in a session of any isolation level: in one of
    /// [`Autocommit`](IsolationLevel::Autocommit) the transaction ends that until it has ended
    /// itself.
    ///
    /// # Errors
    ///
    /// The database's refusal; [`NotSupported`](crate::ErrorKind::NotSupported) for an option that
    /// the database lacks; [`Argument`](crate::ErrorKind::Argument) for the level
    /// [`Autocommit`](IsolationLevel::Autocommit), in which there are no transactions.
    fn begin(&mut self, options: &TransactionOptions) -> Result<()>;

    /// Sets the isolation level of the session's transactions from now on, or that each statement is
    /// committed by itself; `None` for the level that a new session has. A driver may only note it
    /// and send what it takes before the next statement. The level outlives
    /// [`release`](Self::release) and [`recover`](Self::recover).
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) within a transaction;
    /// [`NotSupported`](crate::ErrorKind::NotSupported) for a level that the database lacks.
    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()>;

    /// Connect listeners have made the session ready. What they have set is what every use is to find, so
    /// a driver that puts settings back after a use puts back these. It MUST give up at the deadline.
    ///
    /// # Errors
    ///
    /// The database does not say how the session is set, or it is set in a way that the driver cannot
    /// work with; [`Timeout`](crate::ErrorKind::Timeout) at the deadline.
    fn keep_settings(&mut self, deadline: Instant) -> Result<()> {
        let _ = deadline;
        Ok(())
    }

    /// Until when code of the program may wait for what it does on the driver's own connection; `None` ends
    /// that. For what only the adapter of an async driver sees.
    fn set_deadline(&mut self, deadline: Option<Instant>) {
        let _ = deadline;
    }

    /// Commits. It MUST be an error if the server rolled back instead
    /// ([`TransactionAborted`](crate::ErrorKind::TransactionAborted)), and
    /// [`CommitUnknown`](crate::ErrorKind::CommitUnknown) if the answer was lost.
    ///
    /// # Errors
    ///
    /// The transaction is not, or not known to be, committed.
    fn commit(&mut self) -> Result<()>;

    /// Rolls back, and waits for the answer. No transaction is not an error.
    ///
    /// # Errors
    ///
    /// The database's refusal, or a lost connection.
    fn rollback(&mut self) -> Result<()>;

    /// Asks the database for an answer, until a moment.
    ///
    /// # Errors
    ///
    /// There was none.
    fn ping(&mut self, deadline: Instant) -> Result<()>;

    /// Whether the next call has a chance: not dirty, and not known to be closed. Costs no I/O.
    fn is_usable(&self) -> bool;

    /// The runtime that moves the bytes of the connection, if that is the runtime of whoever made it: the
    /// connection then ends with it, and stands still while nobody drives it. A pool that is asked for a
    /// connection in another runtime does not lend it. Costs no I/O.
    fn runtime(&self) -> Option<runtime::Id> {
        None
    }

    /// Looks at what has arrived since the last exchange, **without waiting**: whether the session may
    /// be used, as far as that can show. The pool calls it before it hands an idle connection out. The
    /// answer to a reset that was not waited for and what the server remarks are taken in; an end or an
    /// error means that it may not be used.
    ///
    /// Called with no runtime around it too, so it MUST neither block nor panic.
    fn look(&mut self) -> bool {
        self.is_usable()
    }

    /// Keeps what the server remarks from now on, until [`take_notices`](Self::take_notices) or
    /// [`release`](Self::release), and nothing of what it has remarked before. Costs no I/O. A database that remarks
    /// nothing ignores it.
    fn hear_notices(&mut self) {}

    /// What the server has remarked since [`hear_notices`](Self::hear_notices). The driver may ask the server
    /// for it, if that is allowed: the statement has succeeded then, and the connection can be used.
    ///
    /// # Errors
    ///
    /// The database's refusal, or a lost connection.
    fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        let _ = may_ask;
        Ok(Vec::new())
    }

    /// Notes what else is to be cleaned when the session is given back. If that takes a wait,
    /// [`release`](Self::release) answers [`Released::Dirty`], and [`recover`](Self::recover) cleans it or
    /// terminates the session. Costs no I/O. A database whose sessions keep nothing of the kind ignores it.
    fn require_reset(&mut self, reset: SessionReset) {
        let _ = reset;
    }

    /// Ends the use of the connection: rolls back what is open **without waiting**. Called from `Drop`,
    /// so it MUST neither block nor panic.
    fn release(&mut self) -> Released;

    /// Brings a dirty connection back or terminates it, in the background and within the driver's own
    /// budget: stops the server's work, drains, rolls back. MUST NOT block.
    fn recover(self: Box<Self>, recovered: RecoveryCallback);

    /// Closes the session with a notice to the server, if that can be done in short time.
    fn close(self: Box<Self>);

    /// Closes the session at once, without a notice and without waiting. MUST NOT block.
    fn terminate(self: Box<Self>);
}

impl dyn Connection {
    /// The driver's own connection type, for a listener that needs what only it can do.
    pub fn downcast_mut<T: Connection>(&mut self) -> Option<&mut T> {
        (self as &mut dyn Any).downcast_mut()
    }
}

/// A statement's rows, fetched in portions. Dropping it unfinished MUST leave the connection
/// usable; the driver closes it on the server by the next statement.
pub trait Cursor {
    /// The columns of the result.
    fn columns(&self) -> std::sync::Arc<Columns>;

    /// Pushes at most `max` rows. `false` says that there are no more.
    ///
    /// # Errors
    ///
    /// The database's, or the sink's.
    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool>;

    /// What the server has remarked since the statement was opened, or since this was called last, where
    /// [`Connection::hear_notices`] was called before. The driver may ask the server for it, if that is allowed: the
    /// rows have been read to their end then.
    ///
    /// # Errors
    ///
    /// As [`Connection::take_notices`].
    fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        let _ = may_ask;
        Ok(Vec::new())
    }

    /// Ends the statement and waits until the connection is free again.
    ///
    /// # Errors
    ///
    /// The database's refusal, or a lost connection.
    fn close(self: Box<Self>) -> Result<()>;
}
