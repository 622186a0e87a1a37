//! A connection: statements, transactions, and what becomes of it when it is given back.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Columns, Connection, Cursor, ExecutionOptions, IsolationLevel, Outcome, Product,
    RecoveryCallback, Released, RowSink, ServerInfo, Statement, StatementHandle, TransactionMode,
    TransactionOptions, TransactionSupport, errors,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;

use rusqlite::ffi;

use crate::cooperation::Cooperation;
use crate::cursor::{OneRow, Opened, SqliteCursor};
use crate::error::{Failure, translate};
use crate::execution::{run, run_many};
use crate::options::{JournalMode, SqliteOptions};
use crate::stack::Fitted;
use crate::state::{State, failed};
use crate::statements::StatementCache;
use crate::text::{BusyTimeout, busy_timeout, is_journal_mode};
use crate::turns::Turns;
use crate::value::OwnedRow;

/// Every transaction is serializable, which is more than READ UNCOMMITTED asks for.
pub(crate) const SUPPORT: TransactionSupport = TransactionSupport {
    database: "SQLite",
    levels: &[IsolationLevel::Serializable, IsolationLevel::ReadUncommitted],
    deferrable: false,
    modes: true,
};

/// The library, which is its own server.
pub(crate) fn server() -> ServerInfo {
    ServerInfo::new(Product::Sqlite, rusqlite::version())
}

/// A connection to a SQLite database.
///
/// There is no wire that could be left in the middle of an answer: whatever ends a statement, an
/// error, an interrupt or a panic of the sink, resets it, and SQLite knows at any time whether a
/// transaction is open. So a connection whose statement was cancelled is rolled back at once and
/// kept, which a memory database depends on. *Dirty* are two states only: a cursor was forgotten
/// (by `mem::forget`), whose statement cannot be reset any more, or a ROLLBACK failed.
pub struct SqliteConnection {
    raw: rusqlite::Connection,
    cooperation: Arc<Cooperation>,
    turns: Turns,
    statements: StatementCache,
    state: State,
    begin: TransactionMode,
    server: ServerInfo,
    fitted: Fitted,
}

impl SqliteConnection {
    pub(crate) fn new(
        mut raw: rusqlite::Connection,
        name: &str,
        fitted: Fitted,
        options: &SqliteOptions,
    ) -> rusqlite::Result<Self> {
        let cooperation = Cooperation::install(&mut raw, options.busy_timeout)?;
        let statements = StatementCache::new(&raw, options.statement_cache_size);
        Ok(Self {
            raw,
            cooperation,
            turns: Turns::new(name),
            statements,
            state: State::default(),
            begin: options.begins(),
            server: server(),
            fitted,
        })
    }

    /// The connection underneath, for what only it can do: functions, collations, limits.
    ///
    /// Leave it as it was found: no transaction begun or ended, and neither the progress handler
    /// nor the busy handler replaced, by which the connection lets other tasks run.
    pub fn rusqlite(&mut self) -> &mut rusqlite::Connection {
        &mut self.raw
    }

    /// Sets the journal mode of the file. Several connections may do so at once.
    pub(crate) fn set_journal_mode(&mut self, mode: JournalMode) -> Result<()> {
        let sql = format!("pragma journal_mode = {}", mode.word());
        let (since, mut tries) = (Instant::now(), 0);
        self.cooperation.start(None);
        let found: String = loop {
            match self.raw.query_row(&sql, [], |row| row.get(0)) {
                Ok(found) => break found,
                Err(error) if is_busy(&error) && self.cooperation.waits(tries, since) => tries += 1,
                Err(error) => return Err(self.failed(false, error.into()).context(&sql)),
            }
        };
        if found.eq_ignore_ascii_case(mode.word()) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::NotSupported,
            format!(
                "the journal mode {} cannot be had here: the file has {found}; leave the option \
                 journal_mode out, or see whether the file system has what the mode needs",
                mode.word()
            ),
        ))
    }

    /// Refuses what writes from now on.
    pub(crate) fn only_read(&mut self) -> Result<()> {
        self.raw.pragma_update(None, "query_only", true).map_err(translate)?;
        self.state.reader = true;
        Ok(())
    }

    /// Whether what failed is to be tried again, after a pause: SQLite does not ask the busy handler about
    /// the locks that a change of the journal mode needs.
    #[cold]
    fn try_again(&self, failure: &Failure, sql: &str, tries: &mut i32, since: Instant) -> bool {
        let Failure::Sqlite(error) = failure else { return false };
        let again = self.raw.is_autocommit()
            && is_busy(error)
            && is_journal_mode(sql)
            && self.cooperation.waits(*tries, since);
        *tries += 1;
        again
    }

    /// What others may hold of the connection, to stop it.
    pub(crate) fn cooperation(&self) -> Arc<Cooperation> {
        Arc::clone(&self.cooperation)
    }

    /// What it knows, and whether SQLite is outside a transaction.
    pub(crate) fn state(&self) -> (State, bool) {
        (self.state, self.raw.is_autocommit())
    }

    /// Brings it to a state in which it can be used again; `false` if that cannot be done.
    pub(crate) fn clean_up(&mut self) -> bool {
        let clean = self.roll_back().is_ok() && !self.raw.is_busy();
        self.state.dirty = !clean;
        clean
    }

    // A few looks at flags, less than a call takes.
    #[inline(always)]
    fn ready(&mut self, timeout: Option<Duration>) -> Result<()> {
        self.cooperation.checkpoint()?;
        self.fitted.to_greenlet(&self.raw)?;
        self.cooperation.start(timeout);
        self.turns.after(&self.raw);
        self.state.check()
    }

    /// Runs one of BEGIN and COMMIT.
    fn command(&mut self, sql: &'static str) -> Result<()> {
        let open = !self.raw.is_autocommit();
        let done = self.raw.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(|error| self.failed(open, error.into()))
    }

    /// Rolls back if there is anything to roll back, cancelled or not.
    fn roll_back(&mut self) -> Result<()> {
        self.state.lost = false;
        self.state.begun = false;
        self.end_query_only();
        if self.raw.is_autocommit() {
            self.turns.after(&self.raw);
            return Ok(());
        }
        let raw = &self.raw;
        let done = self.cooperation.uninterrupted(|| {
            raw.prepare_cached("ROLLBACK").and_then(|mut statement| statement.execute([]))
        });
        self.turns.after(raw);
        match done {
            // A rollback that met a full disk may complain and has still ended the transaction.
            Err(error) if !raw.is_autocommit() => {
                self.state.dirty = true;
                Err(translate(error))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what writes, until the transaction ends.
    #[cold]
    fn begin_query_only(&mut self) -> Result<()> {
        let known: bool =
            self.raw.pragma_query_value(None, "query_only", |row| row.get(0)).map_err(translate)?;
        // If the program has set it for the session, it stays.
        if !known {
            self.raw.pragma_update(None, "query_only", true).map_err(translate)?;
            self.state.query_only = true;
        }
        Ok(())
    }

    fn end_query_only(&mut self) {
        if !std::mem::take(&mut self.state.query_only) {
            return;
        }
        let raw = &self.raw;
        let done = self.cooperation.uninterrupted(|| raw.pragma_update(None, "query_only", false));
        // The session could not write any more.
        self.state.dirty |= done.is_err();
    }

    #[inline]
    fn run_once(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        let Self { raw, statements, turns, cooperation, .. } = self;
        let (mut prepared, mut known) =
            statements.prepare(raw, statement, options.cache_statement)?;
        turns.before(raw, &prepared, statement.sql(), cooperation)?;
        let done = run(raw, &mut prepared, &mut known, params, sink);
        turns.after(raw);
        done
    }

    /// Runs a statement that failed outside of a transaction once more, as long as there is a use in it.
    #[cold]
    fn repeat(
        &mut self,
        mut failure: Failure,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let (since, mut tries) = (Instant::now(), 0);
        while self.try_again(&failure, statement.sql(), &mut tries, since) {
            match self.run_once(statement, params, options, sink) {
                Ok(outcome) => return Ok(outcome),
                Err(next) => failure = next,
            }
        }
        Err(self.failed(false, failure))
    }

    #[cold]
    fn failed(&mut self, open: bool, failure: Failure) -> Error {
        failed(&self.raw, &mut self.state, &self.cooperation, open, failure)
    }

    /// Answers `PRAGMA busy_timeout`, which would replace our handler by SQLite's.
    #[cold]
    fn own_pragma(&self, asked: BusyTimeout<'_>) -> Result<(Arc<Columns>, OwnedRow)> {
        if asked == BusyTimeout::Several {
            return Err(translate(rusqlite::Error::MultipleStatement));
        }
        if let BusyTimeout::Set(value) = asked {
            let milliseconds: i64 = value.parse().map_err(|_| {
                Error::new(
                    ErrorKind::Argument,
                    "`pragma busy_timeout` takes a whole number of milliseconds",
                )
            })?;
            self.cooperation.set_busy_timeout(u64::try_from(milliseconds).unwrap_or(0));
        }
        let now = i64::try_from(self.cooperation.busy_timeout()).unwrap_or(i64::MAX);
        Ok((Arc::new(Columns::new(["timeout"])), OwnedRow::from(now)))
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_BUSY)
}

fn begin_sql(mode: TransactionMode) -> &'static str {
    match mode {
        TransactionMode::Immediate => "BEGIN IMMEDIATE",
        TransactionMode::Exclusive => "BEGIN EXCLUSIVE",
        _ => "BEGIN",
    }
}

impl Connection for SqliteConnection {
    fn server(&self) -> &ServerInfo {
        &self.server
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        self.ready(options.timeout)?;
        if let Some(asked) = busy_timeout(statement) {
            let (columns, row) = self.own_pragma(asked)?;
            sink.columns(&columns)?;
            sink.row(&row)?;
            return Ok(Outcome::rows(1));
        }
        let open = !self.raw.is_autocommit();
        let done = self.run_once(statement, params, options, sink);
        match done {
            Ok(outcome) => Ok(outcome),
            Err(failure) if !open => self.repeat(failure, statement, params, options, sink),
            Err(failure) => Err(self.failed(open, failure)),
        }
    }

    fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        self.ready(options.timeout)?;
        if let Some(asked) = busy_timeout(statement) {
            self.own_pragma(asked)?;
            return Ok(Outcome::rows(1));
        }
        let open = !self.raw.is_autocommit();
        let Self { raw, cooperation, statements, turns, .. } = self;
        let done = statements.prepare(raw, statement, options.cache_statement).and_then(
            |(mut prepared, mut known)| {
                turns.before(raw, &prepared, statement.sql(), cooperation)?;
                run_many(raw, cooperation, &mut prepared, &mut known, sets, sink)
            },
        );
        self.turns.after(&self.raw);
        done.map_err(|failure| self.failed(open, failure))
    }

    fn open_cursor<'c>(
        &'c mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        self.ready(options.timeout)?;
        if let Some(asked) = busy_timeout(statement) {
            let (columns, row) = self.own_pragma(asked)?;
            return Ok(Box::new(OneRow::new(columns, row)));
        }
        let open = !self.raw.is_autocommit();
        let Self { raw, cooperation, statements, state, turns, .. } = self;
        let ahead = |prepared: &rusqlite::Statement<'_>| {
            turns.before(raw, prepared, statement.sql(), cooperation)
        };
        match Opened::start(raw, statements, statement, params, options, ahead) {
            Ok(opened) => {
                let timeout = options.timeout;
                Ok(Box::new(SqliteCursor::new(opened, raw, state, cooperation, turns, timeout)))
            }
            Err(failure) => {
                turns.after(raw);
                Err(failed(raw, state, cooperation, open, failure))
            }
        }
    }

    fn prepare(
        &mut self,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> Result<StatementHandle> {
        self.ready(options.timeout)?;
        let open = !self.raw.is_autocommit();
        let held = self.statements.hold(&self.raw, statement);
        held.map_err(|failure| self.failed(open, failure))
    }

    #[inline]
    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.statements.is_held(handle)
    }

    fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        self.ready(options.timeout)?;
        let Self { raw, statements, turns, cooperation, .. } = self;
        let known = statements.held(handle)?;
        if known.is_busy_timeout {
            let statement = known.statement().clone();
            return self.execute(&statement, params, options, sink);
        }
        let open = !raw.is_autocommit();
        known.count(raw);
        let done = match known.prepare(raw) {
            Ok(mut prepared) => turns
                .before(raw, &prepared, known.statement().sql(), cooperation)
                .and_then(|()| run(raw, &mut prepared, known, params, sink)),
            Err(failure) => Err(failure),
        };
        turns.after(raw);
        match done {
            Ok(outcome) => Ok(outcome),
            Err(failure) if !open => {
                let statement = self.statements.held(handle)?.statement().clone();
                self.repeat(failure, &statement, params, options, sink)
            }
            Err(failure) => Err(self.failed(open, failure)),
        }
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.statements.release(&self.raw, handle);
    }

    fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.ready(None)?;
        SUPPORT.check_options(options)?;
        if !self.raw.is_autocommit() {
            return Err(errors::transaction_already_open());
        }
        let mode = options.mode.unwrap_or(self.begin);
        if mode != TransactionMode::Deferred {
            let taken = self.turns.take(&self.raw, &self.cooperation);
            taken.map_err(|failure| self.failed(false, failure))?;
        }
        let begun = self.command(begin_sql(mode));
        self.turns.after(&self.raw);
        begun?;
        self.state.begun = true;
        if options.read_only == Some(true)
            && let Err(error) = self.begin_query_only()
        {
            self.roll_back()?;
            return Err(error);
        }
        Ok(())
    }

    /// Outside of `begin()` SQLite always commits by itself, and there is one level.
    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        SUPPORT.check_level(level, !self.raw.is_autocommit())
    }

    /// Commits. A database that is busy leaves the transaction open, and the error is retryable: on
    /// this level `commit()` may be called again, while the engine runs the whole transaction anew.
    fn commit(&mut self) -> Result<()> {
        self.cooperation.checkpoint()?;
        if self.state.lost && !self.state.dirty {
            self.state.lost = false;
            self.state.begun = false;
            self.end_query_only();
            return Err(errors::transaction_rolled_back());
        }
        self.state.check()?;
        if self.raw.is_autocommit() {
            self.end_query_only();
            if !std::mem::take(&mut self.state.begun) {
                return Ok(());
            }
            return Err(errors::transaction_ended_before());
        }
        self.cooperation.start(None);
        let committed = self.command("COMMIT");
        self.turns.after(&self.raw);
        committed?;
        self.state.begun = false;
        self.end_query_only();
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        if self.state.dirty {
            self.state.check()?;
        }
        self.roll_back()
    }

    /// Always succeeds unless the connection is dirty: there is no server.
    fn ping(&mut self, _: Instant) -> Result<()> {
        self.ready(None)
    }

    fn is_usable(&self) -> bool {
        !self.state.dirty
    }

    fn release(&mut self) -> Released {
        if !self.state.dirty && self.roll_back().is_ok() {
            Released::Clean
        } else {
            Released::Dirty
        }
    }

    /// Done at once: nothing has to be waited for.
    fn recover(mut self: Box<Self>, recovered: RecoveryCallback) {
        let clean = self.clean_up();
        recovered(if clean { Some(self) } else { None });
    }

    fn close(self: Box<Self>) {
        drop(self);
    }

    fn terminate(self: Box<Self>) {
        drop(self);
    }
}

impl fmt::Debug for SqliteConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteConnection")
            .field("path", &self.raw.path())
            .field("in_transaction", &!self.raw.is_autocommit())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
