//! A connection: one borrower's exclusive use of a pooled session, and all of its state.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Engine;
use super::echo;
use super::events::{ConnectionEvents, Listeners, Listens, dispatch_error};
use super::role::{Role, refuse_of_the_session};
use super::transaction_state::Transactions;
use super::violation::with_violated_key;
use crate::dbapi::{self, ExecutionOptions, IsolationLevel, Statement, TransactionOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::{Info, Place, Pooled};
use crate::value::Value;

/// A session with the database, for one borrower at a time.
///
/// The first statement begins a transaction by itself; [`commit`](Self::commit) or
/// [`rollback`](Self::rollback) ends it. Dropping the connection rolls back what is open, without
/// waiting, and gives it back to the pool.
///
/// A transaction that broke, because the connection was lost, a statement was cancelled or COMMIT
/// failed, answers everything with [`ErrorKind::PendingRollback`] until `rollback()`; after that
/// the connection works again, over a new session if need be.
pub struct Connection(pub(super) Box<Inner>);

/// The state, behind one pointer so that moving a connection moves nothing else.
pub(super) struct Inner {
    pub(super) engine: Engine,
    /// Where the program asked for it.
    place: Place,
    /// `None` before the first use after a loss, and without a transaction where one session writes.
    pub(super) pooled: Option<Pooled>,
    /// Which session it is, where one writes and others read.
    pub(super) role: Role,
    /// Why the session must not be used again.
    pub(super) lost: Option<Cow<'static, str>>,
    pub(super) transactions: Transactions,
    /// The level that was set for this use of a connection, or the engine's.
    pub(super) isolation_level: Option<IsolationLevel>,
    /// Those of the statement that runs, over the connection's.
    pub(super) options: ExecutionOptions,
    /// Those that were set for the connection, over the engine's.
    connection_options: ExecutionOptions,
    /// Those of the statement that runs, if it has any.
    statement_options: Option<ExecutionOptions>,
    pub(super) listeners: Arc<Listeners>,
    /// An empty vector for the values of the next statement.
    pub(super) spare: Vec<Value>,
}

impl Connection {
    pub(super) fn new(engine: Engine, pooled: Option<Pooled>, place: Place) -> Self {
        Self(Box::new(Inner {
            isolation_level: engine.isolation_level(),
            options: engine.execution_options(),
            connection_options: engine.execution_options(),
            statement_options: None,
            place,
            engine,
            pooled,
            role: Role::Reader,
            lost: None,
            transactions: Transactions::new(),
            listeners: Arc::default(),
            spare: Vec::new(),
        }))
    }

    /// The engine that it came from.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The target for listeners of this connection alone, usable while the connection is
    /// elsewhere.
    #[must_use]
    pub fn events(&self) -> ConnectionEvents {
        ConnectionEvents(Arc::clone(&self.0.listeners))
    }

    /// Sets the isolation level of the transactions that begin from now on, or
    /// [`IsolationLevel::Autocommit`]; `None` for what the database does by itself. When the
    /// connection is given back, the level is the engine's again. One statement has a level by
    /// [`ExecutionOptions::isolation_level`].
    ///
    /// In `Autocommit` no BEGIN, COMMIT or ROLLBACK is sent: each statement is committed by itself,
    /// so that VACUUM or CREATE DATABASE work. [`begin`](Self::begin) gives a guard all the same,
    /// so that code written for transactions runs, but its rollback undoes nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] within a transaction, [`ErrorKind::NotSupported`] for a level
    /// that the database lacks, and what [`begin`](Self::begin) may answer.
    pub fn set_isolation_level(&mut self, level: impl Into<Option<IsolationLevel>>) -> Result<()> {
        let level = level.into();
        self.roll_back_dropped_guards()?;
        self.0.transactions.check()?;
        if self.in_transaction() {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "the isolation level cannot be set while a transaction is open, perhaps begun by \
                 the first statement; set it before, or after commit() or rollback()",
            ));
        }
        let before = std::mem::replace(&mut self.0.isolation_level, level);
        let option = self.0.option_level();
        self.0.set_option_level(None);
        self.apply_isolation_level().map_err(|error| {
            self.0.isolation_level = before;
            self.0.set_option_level(option);
            self.failed(error, None)
        })
    }

    /// The isolation level that was set for the connection or for its engine; `None` is what the
    /// database does by itself.
    #[must_use]
    pub fn isolation_level(&self) -> Option<IsolationLevel> {
        self.0.option_level().or(self.0.isolation_level)
    }

    /// Gives the session its level; the driver notes it for the next statement.
    pub(super) fn apply_isolation_level(&mut self) -> Result<()> {
        let level = self.0.session_level();
        match &mut self.0.pooled {
            Some(pooled) if pooled.is_usable() => pooled.set_isolation_level(level),
            // The next session gets it when it is checked out.
            _ => Ok(()),
        }
    }

    /// Sets options for the statements of this connection from now on, until it is given back. What
    /// was set before, for the connection or for its engine, stays unless it is set anew. A transaction
    /// that is open goes on.
    pub fn set_execution_options(&mut self, options: ExecutionOptions) -> &mut Self {
        self.0.connection_options = options.over(&self.0.connection_options);
        self.0.refresh_options();
        self
    }

    /// How the statements of this connection are executed that have no options of their own.
    pub fn execution_options(&self) -> ExecutionOptions {
        self.0.connection_options.clone()
    }

    /// Runs a statement with options of its own.
    #[cold]
    pub(super) fn with_statement_options<T>(
        &mut self,
        options: ExecutionOptions,
        run: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        struct Reset<'c>(&'c mut Connection);
        impl Drop for Reset<'_> {
            fn drop(&mut self) {
                let options = self.0.0.statement_options.take();
                self.0.0.refresh_options();
                self.0.end_own_level(options.as_ref());
            }
        }
        self.0.statement_options = Some(options);
        self.0.refresh_options();
        run(Reset(self).0)
    }

    /// Runs listeners of the statement that runs: what they execute has options of its own.
    pub(super) fn without_statement_options<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let Some(options) = self.0.statement_options.take() else { return run(self) };
        self.0.refresh_options();
        self.end_own_level(Some(&options));
        let ran = run(self);
        self.0.statement_options = Some(options);
        self.0.refresh_options();
        ran
    }

    /// Puts the connection's isolation level back behind a statement that had its own. In a transaction
    /// the level is the transaction's.
    fn end_own_level(&mut self, options: Option<&ExecutionOptions>) {
        let own = options.and_then(|options| options.isolation_level);
        if own.is_some() && !self.0.transactions.has_root() && self.apply_isolation_level().is_err()
        {
            self.0.lost = Some("its isolation level could not be put back".into());
        }
    }

    /// As [`ready`](Self::ready), where options say at which level the statement is executed.
    #[cold]
    pub(super) fn ready_at(&mut self, level: IsolationLevel) -> Result<()> {
        if let Some(root) = &self.0.transactions.root {
            let own = self.0.statement_options.as_ref();
            let own = own.and_then(|options| options.isolation_level);
            if own.is_some() && own != root.level {
                return Err(Error::new(
                    ErrorKind::InvalidRequest,
                    "a statement with an isolation level of its own cannot run in a transaction of another \
                     level, perhaps begun by the first statement; run it before the transaction begins, or \
                     after commit() or rollback()",
                ));
            }
            return Ok(());
        }
        if level != IsolationLevel::Autocommit {
            return self.start_root(&TransactionOptions::DEFAULT).map(drop);
        }
        if self.0.engine.is_split() {
            // The statement says which session it takes, and that gets the level.
            return Ok(());
        }
        self.dbapi()?;
        self.apply_isolation_level().map_err(|error| self.failed(error, None))
    }

    /// Ends the use: rolls back what is open, waits for the answer, and gives the session back.
    ///
    /// # Errors
    ///
    /// The rollback failed; the session is given up then.
    pub fn close(mut self) -> Result<()> {
        self.rollback()
    }

    /// Gives the session up: it is closed and never used again. An open transaction is lost and
    /// waits for [`rollback`](Self::rollback).
    pub fn invalidate(&mut self) {
        self.0.lost = Some("the connection was invalidated".into());
        self.release_session();
        self.0.transactions.break_off("the connection was invalidated");
    }

    /// Whether the session is gone and the next use needs a new one.
    #[must_use]
    pub fn is_invalidated(&self) -> bool {
        match &self.0.pooled {
            // Between statements it has none that could be gone.
            None if self.0.engine.is_split() => false,
            _ => self.0.needs_session(),
        }
    }

    /// Gives the session up: it is returned to the pool, or closed if it is lost.
    pub(super) fn release_session(&mut self) {
        let lost = std::mem::take(&mut self.0.lost);
        if let Some(pooled) = self.0.pooled.take() {
            match lost {
                Some(reason) => pooled.invalidate(&reason),
                None => drop(pooled),
            }
        }
    }

    /// Chooses the session of what begins now. One that is for something else is given back.
    #[cold]
    pub(super) fn choose_session(&mut self, role: impl FnOnce() -> Role) {
        if self.0.transactions.is_sent() {
            return;
        }
        let role = role();
        if self.0.role != role {
            self.release_session();
            self.0.role = role;
        }
    }

    #[cold]
    fn choose_session_of(&mut self, statement: &Statement) -> Result<()> {
        if !self.0.transactions.is_sent() || self.0.role == Role::Reader {
            refuse_of_the_session(statement)?;
        }
        self.choose_session(|| Role::of_statement(statement));
        Ok(())
    }

    /// Gives the session back unless a transaction keeps it, where one writes and others read.
    #[inline]
    pub(super) fn rest(&mut self) {
        if self.0.engine.is_split() && !self.0.transactions.is_sent() {
            self.release_session();
        }
    }

    /// The session, for a statement that is alone with it and gives it back itself, where one writes and
    /// others read.
    pub(super) fn take_session(&mut self) -> Option<Pooled> {
        let alone = self.0.engine.is_split() && !self.0.transactions.is_sent();
        if alone { self.0.pooled.take() } else { None }
    }

    /// What the program keeps with the session, which is checked out again if it was lost. It stays with
    /// the session when the connection is given back.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PendingRollback`] after the loss of a session with a transaction, and what a
    /// checkout answers. [`ErrorKind::InvalidRequest`] outside of a transaction of an engine with
    /// [one writer](Engine::writer_pool), where the connection has no session.
    pub fn info(&mut self) -> Result<&mut Info> {
        if self.0.engine.is_split() && !self.0.transactions.is_sent() {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "with pool=writer-readers a connection has a session, and so an info(), within a transaction \
                 only; begin one before, or keep with the program what is to outlive it",
            ));
        }
        self.session().map(Pooled::info)
    }

    /// The driver's connection, checked out again if it was lost.
    ///
    /// Records the statement at its holder.
    #[inline]
    pub(super) fn dbapi_for(
        &mut self,
        statement: &Statement,
    ) -> Result<&mut dyn dbapi::Connection> {
        if self.0.engine.is_split() {
            self.choose_session_of(statement)?;
        }
        let session = self.session()?;
        session.note(statement);
        Ok(session.connection())
    }

    /// The driver's connection, checked out again if it was lost.
    #[inline]
    pub(super) fn dbapi(&mut self) -> Result<&mut dyn dbapi::Connection> {
        self.session().map(Pooled::connection)
    }

    #[inline]
    fn session(&mut self) -> Result<&mut Pooled> {
        self.session_and_options().map(|(session, _)| session)
    }

    /// The session, which is checked out again if it was lost, and how statements are executed.
    #[inline]
    pub(super) fn session_and_options(&mut self) -> Result<(&mut Pooled, &ExecutionOptions)> {
        if self.0.needs_session() {
            self.check_out()?;
        }
        match &mut *self.0 {
            Inner { pooled: Some(pooled), options, .. } => Ok((pooled, &*options)),
            _ => Err(dbapi::errors::impossible("the connection has no session")),
        }
    }

    #[inline(never)]
    fn check_out(&mut self) -> Result<()> {
        self.handle_lost_session()?;
        self.0.transactions.check()?;
        let mut pooled = self.0.engine.pools().of(self.0.role).checkout_at(self.0.place)?;
        pooled.set_isolation_level(self.0.session_level())?;
        self.0.pooled = Some(pooled);
        Ok(())
    }

    /// Gives up a session that cannot be used any more. If a transaction was open, the first call
    /// that finds out returns the reason.
    #[cold]
    fn handle_lost_session(&mut self) -> Result<()> {
        let Some(pooled) = &mut self.0.pooled else {
            // Of a session that a stream had for itself.
            self.0.lost = None;
            return Ok(());
        };
        if self.0.lost.is_none() && self.0.transactions.is_open() {
            let soon = Instant::now() + Duration::from_secs(1);
            if let Err(error) = pooled.connection().ping(soon)
                && error.is_disconnect()
            {
                return Err(self.failed(error, None));
            }
        }
        self.0.transactions.break_off(match self.0.lost {
            Some(_) => "the connection was lost in the middle of a statement",
            None => "a statement or a stream was cut before all of its answer was read",
        });
        self.release_session();
        Ok(())
    }

    /// Applies an error of the driver: listeners are called, and the connection is left as the error
    /// says.
    #[cold]
    pub(super) fn failed(&mut self, error: Error, statement: Option<&str>) -> Error {
        let cancelled = error.is_cancelled();
        let inner = &mut *self.0;
        let (session, timeout) = (inner.pooled.as_mut(), inner.options.timeout);
        let error = with_violated_key(inner.engine.dialect(), session, timeout, error, statement);
        let error = self.0.on_error().apply(error, statement);
        if self.0.lost.is_some() {
            self.release_session();
        } else if cancelled || self.0.needs_session() {
            self.interrupted();
        }
        error
    }

    /// The session was left in the middle of something: it is returned to the pool, which recovers it
    /// in the background if it can be recovered.
    #[doc(hidden)]
    pub fn interrupted(&mut self) {
        if self.0.transactions.is_sent() && self.0.pooled.is_some() {
            echo::line(&self.0, "ROLLBACK (in the background, since a call was cut)");
        }
        self.0.transactions.break_off("a statement was cancelled before its answer was read");
        if let Some(mut pooled) = self.0.pooled.take() {
            pooled.mark_interrupted();
        }
    }
}

/// What an error of the driver means for a connection, also for one that a cursor borrows.
pub(super) struct OnError<'c> {
    engine: &'c Engine,
    listeners: &'c Listeners,
    lost: &'c mut Option<Cow<'static, str>>,
    transactions: &'c mut Transactions,
    /// Whether the statement had a time-out.
    timed: bool,
}

impl OnError<'_> {
    pub(super) fn engine(&self) -> &Engine {
        self.engine
    }

    pub(super) fn listeners(&self) -> &Listeners {
        self.listeners
    }

    /// Calls the listeners, and notes what follows for the session and the transaction.
    #[cold]
    pub(super) fn apply(&mut self, error: Error, statement: Option<&str>) -> Error {
        // Whatever listeners make of it.
        let cancelled = error.is_cancelled();
        let error = self.dispatch(error, statement);
        if error.is_disconnect() {
            *self.lost = Some(error.message().to_owned().into());
            self.transactions.break_off("the connection was lost");
            // The same cause has most likely cut the idle connections.
            self.engine.pools().invalidate_all();
        } else if cancelled {
            self.transactions.break_off("a statement was cancelled before its answer was read");
        } else if self.timed && error.kind() == ErrorKind::Timeout {
            self.transactions.break_off("a statement did not end within its time-out");
        }
        error
    }

    /// Gives back the session of a statement that was alone with it and has failed.
    #[cold]
    pub(super) fn give_back(&mut self, session: Pooled) {
        match self.lost.take() {
            Some(reason) => session.invalidate(&reason),
            None => drop(session),
        }
    }

    fn dispatch(&self, error: Error, statement: Option<&str>) -> Error {
        let error = match statement {
            Some(statement) => error.with_statement(statement),
            None => error,
        };
        dispatch_error(&[self.engine.listeners(), self.listeners], error, statement)
    }
}

impl Inner {
    /// Whether there is no session that the next statement could use.
    #[inline]
    pub(super) fn needs_session(&self) -> bool {
        self.lost.is_some() || self.pooled.as_ref().is_none_or(|pooled| !pooled.is_usable())
    }

    /// The number of the session; 0 where there is none.
    pub(super) fn number(&self) -> u64 {
        self.pooled.as_ref().map_or(0, Pooled::number)
    }

    fn on_error(&mut self) -> OnError<'_> {
        let Self { engine, listeners, lost, transactions, options, .. } = self;
        OnError { engine, listeners, lost, transactions, timed: options.timeout.is_some() }
    }

    fn refresh_options(&mut self) {
        let base = &self.connection_options;
        self.options = match &self.statement_options {
            Some(options) => options.clone().over(base),
            None => base.clone(),
        };
    }

    /// The level among the options of the connection.
    pub(super) fn option_level(&self) -> Option<IsolationLevel> {
        self.connection_options.isolation_level
    }

    pub(super) fn set_option_level(&mut self, level: Option<IsolationLevel>) {
        self.connection_options.isolation_level = level;
        self.refresh_options();
    }

    /// The session, and what an error of it means, for a cursor that borrows both.
    pub(super) fn for_cursor(&mut self, timed: bool) -> (Option<&mut Pooled>, OnError<'_>) {
        let Self { engine, pooled, listeners, lost, transactions, .. } = self;
        (pooled.as_mut(), OnError { engine, listeners, lost, transactions, timed })
    }

    /// The level that the session has at this moment.
    fn session_level(&self) -> Option<IsolationLevel> {
        if self.is_autocommit() { Some(IsolationLevel::Autocommit) } else { self.isolation_level }
    }

    /// The level of what begins now.
    #[inline]
    pub(super) fn level(&self) -> Option<IsolationLevel> {
        self.options.isolation_level.or(self.isolation_level)
    }

    /// Whether a statement that runs now is committed by itself.
    #[inline]
    pub(super) fn is_autocommit(&self) -> bool {
        self.transactions.is_autocommit()
            || self.level() == Some(IsolationLevel::Autocommit) && !self.transactions.has_root()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The pool does it, without waiting.
        if self.engine.echo()
            && self.lost.is_none()
            && self.transactions.is_sent()
            && self.pooled.is_some()
        {
            echo::line(self, "ROLLBACK (the connection was dropped)");
        }
    }
}

impl Listens for Connection {
    fn listeners(&self) -> &Listeners {
        &self.0.listeners
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("session", &self.0.pooled)
            .field("transactions", &self.0.transactions)
            .finish_non_exhaustive()
    }
}
