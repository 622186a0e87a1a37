//! The events of engines and connections.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Connection;
use crate::dbapi::{ExecutionOptions, ServerNotice, Statement};
use crate::error::Error;
use crate::event::{Chain, event};
use crate::sql::{ClauseElement, Params};
use crate::value::Value;

/// The listeners of the events around statements and transactions, of one engine, one connection,
/// or all engines.
#[derive(Debug, Default)]
pub struct Listeners {
    /// Before a statement goes to the driver.
    pub before_cursor_execute: Chain<BeforeCursorExecuteEvent>,
    /// After the driver has answered.
    pub after_cursor_execute: Chain<AfterCursorExecuteEvent>,
    /// Before an expression is compiled.
    pub before_execute: Chain<BeforeExecuteEvent>,
    /// A transaction begins.
    pub begin: Chain<BeginEvent>,
    /// A transaction is about to be committed.
    pub commit: Chain<CommitEvent>,
    /// A transaction is about to be rolled back.
    pub rollback: Chain<RollbackEvent>,
    /// An operation failed.
    pub handle_error: Chain<HandleErrorEvent>,
    /// The server has remarked something.
    pub notice: Chain<NoticeEvent>,
    /// Whether a listener was ever added or removed that is called while a statement runs.
    heard: AtomicBool,
}

impl Listeners {
    /// Whether nobody has ever listened to what a statement does: one look where each event would take one.
    #[inline]
    pub(super) fn is_unheard(&self) -> bool {
        !self.heard.load(Ordering::Acquire)
    }

    /// For who adds or removes a listener that is called while a statement runs: also to the transaction that it
    /// begins, or to the rollback of a guard that was dropped.
    fn of_statements(&self) -> &Self {
        self.heard.store(true, Ordering::Release);
        self
    }

    /// For who adds or removes another one.
    fn of_others(&self) -> &Self {
        self
    }
}

/// What a connection was asked to execute.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ExecutedStatement<'a> {
    /// A statement that is compiled now, or was before.
    Element(&'a dyn ClauseElement),
    /// The text of a [`Prepared`](super::Prepared) statement.
    Prepared(&'a str),
}

impl fmt::Debug for ExecutedStatement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(_) => f.debug_tuple("Element").finish_non_exhaustive(),
            Self::Prepared(sql) => f.debug_tuple("Prepared").field(sql).finish(),
        }
    }
}

/// A statement is about to be compiled and run. A listener may look at it, for instance
/// [`compile`](ClauseElement::compile) it, run other SQL on the connection, or refuse by an error.
#[derive(Debug)]
pub struct BeforeExecute<'a> {
    /// The connection; a listener may run SQL on it.
    pub connection: &'a mut Connection,
    /// The statement.
    pub statement: ExecutedStatement<'a>,
    /// The values of its named binds: one set, or one for each execution of
    /// [`execute_many`](Connection::execute_many). A prepared statement has none: its values are
    /// given by position.
    pub parameters: &'a [Params],
    /// How it will be executed: its own options over those of the connection and of the engine. What a
    /// listener executes has the connection's.
    pub execution_options: ExecutionOptions,
}
event! {
    /// The family of [`BeforeExecute`].
    BeforeExecuteEvent = BeforeExecute
}

/// Parameters on their way to the driver.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Parameters {
    /// One set, by position.
    One(Vec<Value>),
    /// Many sets, for `execute_many`.
    Many(Vec<Vec<Value>>),
}

/// A statement is about to go to the driver. A listener may replace its text and its parameters,
/// run other SQL on the connection, or refuse by an error.
#[derive(Debug)]
pub struct BeforeCursorExecute<'a> {
    /// The connection; a listener may run SQL on it.
    pub connection: &'a mut Connection,
    /// The text and what kind of statement it is. To replace it, see [`Statement::new`].
    pub statement: Statement,
    /// The parameters.
    pub parameters: Parameters,
    /// How it will be executed, as in [`BeforeExecute`].
    pub execution_options: ExecutionOptions,
}
event! {
    /// The family of [`BeforeCursorExecute`].
    BeforeCursorExecuteEvent = BeforeCursorExecute
}

/// The driver has executed a statement.
#[derive(Debug)]
pub struct AfterCursorExecute<'a> {
    /// The connection; a listener may run SQL on it.
    pub connection: &'a mut Connection,
    /// The text that was executed.
    pub statement: &'a Statement,
    /// Rows affected or returned. A stream does not deliver this event.
    pub rowcount: u64,
    /// How long the driver took, from the call to its last row.
    pub elapsed: Duration,
}
event! {
    /// The family of [`AfterCursorExecute`].
    AfterCursorExecuteEvent = AfterCursorExecute
}

macro_rules! transaction_events {
    ($($(#[$meta:meta])* $event:ident, $kind:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $event<'a> {
            /// The connection; a listener may run SQL on it.
            pub connection: &'a mut Connection,
        }
        event! {
            /// The family of the event of the same name.
            $kind = $event
        }
    )*};
}
transaction_events! {
    /// A transaction begins; SQL that a listener runs belongs to it.
    Begin, BeginEvent;
    /// A transaction is about to be committed; SQL that a listener runs belongs to it.
    Commit, CommitEvent;
    /// A transaction is about to be rolled back. A connection that is dropped rolls back without this event, and so
    /// does a guard that is dropped where [one session writes](super::Engine::writer_pool).
    Rollback, RollbackEvent;
}

/// An operation of the database failed. A listener may replace the error or change whether it
/// counts as a disconnect; an error that it returns replaces the other and ends the chain.
///
/// A call that was cancelled comes here as well, and says so.
///
/// Listeners of an engine hear of a connection that could not be made, too, and of a ping that found one
/// dead, in whose place another is made whatever they answer.
pub struct HandleError<'a> {
    /// What failed.
    pub error: &'a mut Error,
    /// The text of the statement, if there was one.
    pub statement: Option<&'a str>,
    /// Whether it is no failure of the database: the future that waited for the call was dropped, perhaps
    /// by a time-out of the program. The connection is treated so whatever the listeners make of the
    /// error.
    pub is_cancellation: bool,
}
event! {
    /// The family of [`HandleError`].
    HandleErrorEvent = HandleError
}

impl fmt::Debug for HandleError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandleError").field("error", &self.error).finish_non_exhaustive()
    }
}

/// The server has remarked something about a statement: a NOTICE or a WARNING of PostgreSQL, also those that
/// a program raises, or a warning of MySQL. It is delivered behind the call of the driver, whose rows
/// are read then, also if the statement has failed, and before `after_cursor_execute`. An error of the
/// listener is that of the call, unless it has failed itself. Behind COMMIT, which cannot be undone, it is in
/// the log only.
///
/// MySQL counts warnings with its answers and is asked for their texts (`SHOW WARNINGS`) if there are any, only
/// where somebody listens: `ROW_COUNT()` and `FOUND_ROWS()` then answer for that question. It may take as long as the
/// driver's recovery budget; a session that has not answered by then is given up, and the texts are missing. Of a statement that failed, and of many sets of parameters but the last
/// statement it says nothing. SQLite remarks nothing.
///
/// Of a stream it is delivered behind each portion of rows, and MySQL's behind the last. An error of the listener ends
/// the stream behind the rows that it has. What is remarked of rows that nobody reads, because the stream is closed or
/// dropped before, is in the log only.
///
/// ```
/// use aludel::engine::Notice;
/// use aludel::{create_engine, event};
///
/// let engine = create_engine("sqlite://")?;
/// event::listen(&engine, |event: &mut Notice<'_>| {
///     eprintln!("{:?} {}: {}", event.notice.severity, event.notice.code, event.notice.message);
///     Ok(())
/// });
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug)]
pub struct Notice<'a> {
    /// What it says.
    pub notice: &'a ServerNotice,
    /// The text of the statement, or `COMMIT`.
    pub statement: &'a str,
}
event! {
    /// The family of [`Notice`].
    NoticeEvent = Notice
}

/// Calls the listeners of all engines and then these for an error; what they leave is the error.
#[cold]
pub(super) fn dispatch_error(
    listeners: &[&Listeners],
    mut error: Error,
    statement: Option<&str>,
) -> Error {
    let is_cancellation = error.is_cancelled();
    for listeners in [AllEngines.listeners()].iter().chain(listeners) {
        let mut event = HandleError { error: &mut error, statement, is_cancellation };
        if let Err(replacement) = listeners.handle_error.fire(&mut event) {
            return replacement;
        }
    }
    error
}

/// Something that has listeners of every event of this file.
pub trait Listens {
    /// The listeners of this target.
    fn listeners(&self) -> &Listeners;
}

macro_rules! targets {
    ($what:ident: $($field:ident: $kind:ident),*) => {$(
        impl<T: Listens> crate::event::Target<$kind> for T {
            fn chain(&self) -> &Chain<$kind> {
                &self.listeners().$what().$field
            }
        }
    )*};
}
targets! {
    of_statements:
    before_cursor_execute: BeforeCursorExecuteEvent,
    after_cursor_execute: AfterCursorExecuteEvent,
    before_execute: BeforeExecuteEvent,
    notice: NoticeEvent,
    begin: BeginEvent,
    rollback: RollbackEvent
}
targets! {
    of_others:
    commit: CommitEvent,
    handle_error: HandleErrorEvent
}

/// The target for listeners that hear every engine of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllEngines;

impl Listens for AllEngines {
    fn listeners(&self) -> &Listeners {
        static ALL: std::sync::LazyLock<Listeners> = std::sync::LazyLock::new(Listeners::default);
        &ALL
    }
}

/// The target for the listeners of one connection, wherever the connection is at the moment.
#[derive(Debug, Clone)]
pub struct ConnectionEvents(pub(super) Arc<Listeners>);

impl Listens for ConnectionEvents {
    fn listeners(&self) -> &Listeners {
        &self.0
    }
}
