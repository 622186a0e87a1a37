//! Beginning and ending transactions and savepoints.

use aludel_bridge as bridge;

use super::events::{Begin, Commit, Rollback};
use super::lend::replaced;
use super::role::Role;
use super::transaction_guard::{DroppedTransaction, Transaction};
use super::transaction_state::{Root, TransactionEnd, TransactionMark};
use super::watch::Watch;
use super::{Connection, echo};
use crate::dbapi::{
    ExecutionOptions, IsolationLevel, NoRows, Statement, StatementKind, TransactionOptions, errors,
};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::{Pooled, stack};

#[cold]
fn ended_by(who: &str) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "{who} has ended the transaction that is about to end; listeners must not call commit() or \
             rollback()"
        ),
    )
}

impl Connection {
    /// Begins a transaction before a statement would.
    ///
    /// The guard is the connection for as long as it lives. Dropping it without
    /// [`commit`](Transaction::commit) rolls back at the next use of the connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if a transaction is open already, and what
    /// [`Engine::connect`](super::Engine::connect) may answer if the session was lost.
    pub fn begin(&mut self) -> Result<Transaction<'_>> {
        let id = self.begin_root()?;
        Ok(Transaction { connection: self, id })
    }

    /// Begins a transaction with options of its own.
    ///
    /// With [`IsolationLevel::Autocommit`] no transaction is begun: until the guard is ended each
    /// statement is committed by itself. On a connection whose level is `Autocommit`, any other
    /// level begins a transaction.
    ///
    /// ```
    /// use aludel::dbapi::{TransactionMode, TransactionOptions};
    /// use aludel::{create_engine, text};
    ///
    /// let engine = create_engine("sqlite://")?;
    /// let mut conn = engine.connect()?;
    /// let options = TransactionOptions::new().mode(TransactionMode::Immediate);
    /// let mut transaction = conn.begin_with_options(options)?;
    /// transaction.execute(text("create table t (a integer)"))?;
    /// transaction.commit()?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin), and [`ErrorKind::NotSupported`] for an option that the database
    /// lacks.
    pub fn begin_with_options(&mut self, options: TransactionOptions) -> Result<Transaction<'_>> {
        let id = self.begin_root_with(&options)?;
        Ok(Transaction { connection: self, id })
    }

    /// As [`begin`](Self::begin), returning the number for [`end`](Self::end).
    #[doc(hidden)]
    pub fn begin_root(&mut self) -> Result<u64> {
        self.begin_root_with(&TransactionOptions::DEFAULT)
    }

    /// As [`begin_with_options`](Self::begin_with_options), returning the number for
    /// [`end`](Self::end).
    #[doc(hidden)]
    pub fn begin_root_with(&mut self, options: &TransactionOptions) -> Result<u64> {
        self.roll_back_dropped_guards()?;
        self.0.transactions.check()?;
        if self.0.transactions.root.is_some() {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a transaction is open already, perhaps begun by the first statement; end it by \
                 commit() or rollback(), or use begin_nested() for a savepoint",
            ));
        }
        self.start_root(options)
    }

    /// Sets a savepoint, after beginning a transaction if none is open.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin), and the database's refusal.
    pub fn begin_nested(&mut self) -> Result<Transaction<'_>> {
        let id = self.begin_savepoint()?;
        Ok(Transaction { connection: self, id })
    }

    /// As [`begin_nested`](Self::begin_nested), returning the number for [`end`](Self::end).
    #[doc(hidden)]
    pub fn begin_savepoint(&mut self) -> Result<u64> {
        self.ready()?;
        if self.0.is_autocommit() {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a savepoint needs a transaction, and in AUTOCOMMIT there is none; set another \
                 isolation level, or begin a transaction with one by begin_with_options()",
            ));
        }
        let id = self.0.transactions.next();
        self.savepoint_statement(|dialect, name| dialect.savepoint_sql(name), id)?;
        self.0.transactions.savepoints.push(id);
        Ok(id)
    }

    /// Commits the open transaction, with all its savepoints. Without one it does nothing.
    ///
    /// What the server has remarked of it ([`Notice`](super::events::Notice)) is reported behind it. An error
    /// of those listeners is in the log only: the transaction is committed.
    ///
    /// # Errors
    ///
    /// The server did not commit, or it is not known whether it did
    /// ([`ErrorKind::CommitUnknown`]). The transaction then waits for
    /// [`rollback`](Self::rollback).
    pub fn commit(&mut self) -> Result<()> {
        self.roll_back_dropped_guards()?;
        self.0.transactions.check()?;
        let Some(id) = self.0.transactions.root_id() else {
            self.rest();
            return Ok(());
        };
        // Listeners must not be called for a COMMIT that cannot be sent.
        if self.0.transactions.is_sent() || !self.0.engine.is_split() {
            self.dbapi()?;
        }
        self.deliver(|to| &to.commit, |chain, connection| chain.fire(&mut Commit { connection }))?;
        self.0.transactions.check()?;
        if self.0.transactions.root_id() != Some(id) {
            return Err(ended_by("a commit listener"));
        }
        if self.0.transactions.is_autocommit() {
            echo::line(&self.0, "COMMIT (not sent in AUTOCOMMIT)");
            return self.end_autocommit();
        }
        echo::line(&self.0, "COMMIT");
        let watch = self.watch_words("COMMIT");
        let heard = self.hear_notices_of_commit();
        let wanted = bridge::checkpoint();
        let sent = wanted.is_ok();
        let committed = match wanted {
            Ok(()) => self.dbapi()?.commit(),
            Err(cancelled) => Err(cancelled.into()),
        };
        watch.end(&self.0.engine, "COMMIT", committed.as_ref().err());
        if committed.is_ok() {
            // What comes now changes nothing in that.
            self.0.transactions.commits += 1;
            self.0.transactions.clear();
        }
        let notices = self.taken_notices(heard, committed.is_ok());
        let committed = self.committed(committed, sent);
        self.tell_notices_of_commit(&notices);
        committed
    }

    /// Does what is due after COMMIT.
    fn committed(&mut self, committed: Result<()>, sent: bool) -> Result<()> {
        match committed {
            Ok(()) => {
                self.rest();
                Ok(())
            }
            Err(error) => {
                self.0.transactions.savepoints.clear();
                self.0.transactions.break_off("COMMIT failed");
                let cut = sent && error.is_cancelled();
                self.0.transactions.in_doubt |= cut;
                if cut || error.kind() == ErrorKind::CommitUnknown {
                    self.0.transactions.commits += 1;
                }
                Err(self.failed(error, None))
            }
        }
    }

    /// Rolls back the open transaction, with all its savepoints, and waits for the answer. Without
    /// one it does nothing. A broken transaction is cleared, and the connection works again.
    ///
    /// # Errors
    ///
    /// The database's refusal, or a lost connection; the transaction is over all the same.
    /// [`ErrorKind::CommitUnknown`], once, after a `commit()` whose outcome reached nobody, such as one whose
    /// future was dropped: it may have committed, and this has not undone it. The connection works again.
    pub fn rollback(&mut self) -> Result<()> {
        self.0.transactions.dropped_guard = None;
        let Some(root) = &self.0.transactions.root else {
            self.rest();
            return Ok(());
        };
        let is_whole = root.broken.is_none();
        let number = self.number();
        let fired = if is_whole {
            // A listener cannot keep the transaction open; what it answers comes after.
            self.deliver(
                |to| &to.rollback,
                |chain, connection| chain.fire(&mut Rollback { connection }),
            )
        } else {
            Ok(())
        };
        if self.number() != number {
            // What is in its place keeps what it has.
            return fired;
        }
        // Whatever becomes of this rollback, the doubt is about an earlier commit.
        let in_doubt = std::mem::take(&mut self.0.transactions.in_doubt);
        let ended = if self.0.transactions.is_autocommit() {
            echo::line(&self.0, "ROLLBACK (not sent in AUTOCOMMIT)");
            self.end_autocommit()
        } else {
            self.0.transactions.clear();
            echo::line(&self.0, "ROLLBACK");
            self.roll_back_session()
        };
        self.rest();
        match ended {
            Err(error) if in_doubt => Err(errors::commit_outcome_lost().with_source(error)),
            Ok(()) if in_doubt => Err(errors::commit_outcome_lost()),
            ended => ended.and(fired),
        }
    }

    /// Watches what the driver says for itself: it has no parameters and no listener.
    #[inline]
    fn watch_words(&self, words: &str) -> Watch {
        Watch::begin(&self.0, words, None, false)
    }

    /// Ends a transaction for which nothing was sent.
    fn end_autocommit(&mut self) -> Result<()> {
        self.0.transactions.clear();
        self.rest();
        if self.0.needs_session() {
            self.release_session();
        }
        self.apply_isolation_level()
    }

    /// Rolls back what the session has open, if there is a session.
    fn roll_back_session(&mut self) -> Result<()> {
        if self.0.needs_session() {
            self.release_session();
            return Ok(());
        }
        let watch = self.watch_words("ROLLBACK");
        let rolled_back = self.dbapi()?.rollback();
        watch.end(&self.0.engine, "ROLLBACK", rolled_back.as_ref().err());
        rolled_back.map_err(|error| {
            let error = self.failed(error, None);
            // Nothing is known of its transaction, so it must not serve another one.
            drop(self.0.pooled.take());
            error
        })
    }

    /// Ends the transaction or the savepoint of this number.
    #[doc(hidden)]
    pub fn end(&mut self, id: u64, end: TransactionEnd) -> Result<()> {
        if !self.0.transactions.is_own(id) {
            return Err(replaced());
        }
        let commit = end == TransactionEnd::Commit;
        if self.0.transactions.root_id() == Some(id) {
            return if commit { self.commit() } else { self.rollback() };
        }
        self.roll_back_dropped_guards()?;
        if !self.0.transactions.savepoints.contains(&id) {
            return if commit { Err(self.inactive()) } else { Ok(()) };
        }
        if commit {
            self.0.transactions.check()?;
            self.forget_savepoint(id);
            let released =
                self.savepoint_statement(|dialect, name| dialect.release_savepoint_sql(name), id);
            if released.is_err() {
                // A statement of the program may have ended the transaction that it was in.
                self.0.transactions.break_off("RELEASE SAVEPOINT failed");
            }
            released
        } else {
            self.rollback_to(id)
        }
    }

    fn rollback_to(&mut self, id: u64) -> Result<()> {
        self.forget_savepoint(id);
        if self.0.needs_session() || self.0.transactions.check().is_err() {
            // The whole transaction is lost; its own rollback says so.
            return Ok(());
        }
        let undone =
            self.savepoint_statement(|dialect, name| dialect.rollback_to_savepoint_sql(name), id);
        match undone {
            Ok(()) => Ok(()),
            // It had lost a conflict, so that what should be undone is undone, with all before it.
            Err(error) if error.sqlstate().is_some_and(|state| state.starts_with("40")) => {
                self.0.transactions.break_off("the database rolled the whole transaction back");
                Ok(())
            }
            Err(error) => {
                // What should be undone is still there, and must not be committed.
                self.0.transactions.break_off("ROLLBACK TO SAVEPOINT failed");
                Err(error)
            }
        }
    }

    fn forget_savepoint(&mut self, id: u64) {
        self.0.transactions.savepoints.retain(|open| *open < id);
    }

    #[cold]
    fn inactive(&self) -> Error {
        match self.0.transactions.check() {
            Err(pending) => pending,
            Ok(()) => Error::new(
                ErrorKind::InvalidRequest,
                "this transaction is inactive: it was ended through the connection or by an outer \
                 transaction",
            ),
        }
    }

    fn savepoint_statement(
        &mut self,
        spell: impl FnOnce(&dyn crate::dialect::Dialect, &str) -> Result<String>,
        id: u64,
    ) -> Result<()> {
        let sql =
            spell(self.0.engine.dialect(), &format!("aludel_{}", self.0.transactions.place(id)))?;
        let statement = Statement::new(sql, StatementKind::Ddl)?;
        echo::line(&self.0, statement.sql());
        let watch = self.watch_words(statement.sql());
        let done = self.dbapi()?.execute(&statement, &[], &ExecutionOptions::DEFAULT, &mut NoRows);
        watch.end(&self.0.engine, statement.sql(), done.as_ref().err());
        done.map(drop).map_err(|error| self.failed(error, Some(statement.sql())))
    }

    /// Rolls back what the guards began that were dropped without an end.
    #[inline]
    pub(super) fn roll_back_dropped_guards(&mut self) -> Result<()> {
        match self.0.transactions.dropped_guard {
            None => Ok(()),
            Some(id) => self.roll_back_dropped_guard(id),
        }
    }

    #[cold]
    fn roll_back_dropped_guard(&mut self, id: u64) -> Result<()> {
        self.0.transactions.dropped_guard = None;
        match &self.0.transactions.root {
            Some(root) if root.id == id => self.rollback(),
            _ if self.0.transactions.savepoints.contains(&id) => self.rollback_to(id),
            _ => Ok(()),
        }
    }

    /// Makes the connection ready for a statement: rolls back what dropped guards have left, checks,
    /// and begins if need be.
    #[inline]
    pub(super) fn ready(&mut self) -> Result<()> {
        // The greenlet may be another one than that of the checkout.
        stack::require()?;
        self.roll_back_dropped_guards()?;
        self.0.transactions.check()?;
        if let Some(level) = self.0.options.isolation_level {
            return self.ready_at(level);
        }
        if self.0.transactions.root.is_none() && !self.0.is_autocommit() {
            self.start_root(&TransactionOptions::DEFAULT)?;
        }
        Ok(())
    }

    pub(super) fn start_root(&mut self, options: &TransactionOptions) -> Result<u64> {
        let number = self.number();
        let autocommit = self.is_without_transaction(options)?;
        let id = self.0.transactions.next();
        let level = options.isolation_level.or(self.0.level());
        if autocommit {
            if !self.0.engine.is_split() {
                self.dbapi()?;
            }
            self.0.transactions.root = Some(Root { id, autocommit, level, broken: None });
            if let Err(error) = self.apply_isolation_level() {
                self.0.transactions.clear();
                return Err(error);
            }
            echo::line(&self.0, "BEGIN (not sent in AUTOCOMMIT)");
        } else {
            let isolation_level = options.isolation_level.or(self.0.options.isolation_level);
            let options = TransactionOptions { isolation_level, ..*options };
            if self.0.engine.is_split() {
                self.choose_session(|| Role::of_transaction(&options));
            }
            let begun = self.dbapi()?.begin(&options);
            if let Err(error) = begun {
                let error = self.failed(error, None);
                self.rest();
                return Err(error);
            }
            echo::line(&self.0, "BEGIN (implicit)");
            self.0.transactions.root = Some(Root { id, autocommit, level, broken: None });
        }
        let fired =
            self.deliver(|to| &to.begin, |chain, connection| chain.fire(&mut Begin { connection }));
        let error = match fired {
            Ok(()) if self.0.transactions.root_id() == Some(id) => return Ok(id),
            // What is in its place keeps what it has.
            Err(error) if self.number() != number => return Err(error),
            Ok(()) => ended_by("a begin listener"),
            Err(error) => error,
        };
        // A transaction that a listener refused does not go on without it.
        if autocommit {
            let _ = self.end_autocommit();
        } else {
            self.0.transactions.clear();
            let _ = self.roll_back_session();
            self.rest();
        }
        Err(error)
    }

    /// Whether nothing is to be sent for a transaction.
    fn is_without_transaction(&self, options: &TransactionOptions) -> Result<bool> {
        match options.isolation_level.or(self.0.level()) {
            Some(IsolationLevel::Autocommit) => {}
            _ => return Ok(false),
        }
        let rest = TransactionOptions { isolation_level: None, ..*options };
        if rest == TransactionOptions::DEFAULT {
            return Ok(true);
        }
        Err(Error::new(
            ErrorKind::Argument,
            "in AUTOCOMMIT no transaction is begun, so there is none that could be read-only, \
             deferrable or have a mode; set an isolation level beside these options",
        ))
    }

    /// Whether a transaction is open, begun by a statement or by [`begin`](Self::begin).
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        let transactions = &self.0.transactions;
        transactions.root.as_ref().is_some_and(|root| transactions.dropped_guard != Some(root.id))
    }

    /// Whether giving it back ends no transaction and calls no listener.
    #[doc(hidden)]
    #[must_use]
    pub fn returns_without_work(&self) -> bool {
        let no_listeners = self.0.pooled.as_ref().is_none_or(Pooled::returns_unheard);
        self.0.transactions.root.is_none() && no_listeners
    }

    /// Whether a savepoint is open.
    #[must_use]
    pub fn in_nested_transaction(&self) -> bool {
        let transactions = &self.0.transactions;
        transactions
            .savepoints
            .first()
            .is_some_and(|first| transactions.dropped_guard.is_none_or(|dropped| *first < dropped))
    }

    /// Whether the transaction or savepoint of this number is open and can be committed.
    #[doc(hidden)]
    #[must_use]
    pub fn is_active(&self, id: u64) -> bool {
        let transactions = &self.0.transactions;
        let open = transactions.savepoints.contains(&id)
            || transactions.root.as_ref().is_some_and(|root| root.id == id);
        open && transactions.check().is_ok()
            && transactions.dropped_guard.is_none_or(|dropped| id < dropped)
    }

    /// How its transactions stand.
    #[doc(hidden)]
    #[must_use]
    pub fn transaction_mark(&self) -> TransactionMark {
        let transactions = &self.0.transactions;
        TransactionMark {
            open: transactions.root.is_some(),
            isolation_level: self.0.isolation_level,
            option_level: self.0.option_level(),
            last: transactions.next,
            commits: transactions.commits,
        }
    }

    /// The caller does not know the outcome of what ran since the mark. A transaction that was open
    /// at any time since then waits for [`rollback`](Self::rollback), also if it has ended. The
    /// isolation level is the one of then.
    #[doc(hidden)]
    pub fn outcome_lost(&mut self, since: TransactionMark) {
        if let Some(pooled) = &mut self.0.pooled {
            pooled.mark_interrupted();
        }
        self.0.transactions.break_off_since(
            since,
            "the future of an earlier call was dropped before its outcome was taken, so that it is \
             unknown what the call did or committed",
        );
        if self.0.isolation_level == since.isolation_level
            && self.0.option_level() == since.option_level
        {
            return;
        }
        self.0.set_option_level(since.option_level);
        self.0.isolation_level = since.isolation_level;
        if self.apply_isolation_level().is_err() {
            // A transaction has begun at the other level. The session is given up at the next use,
            // since nothing may be dropped here: an owner calls this under a lock.
            self.0.lost = Some("a transaction has begun at another isolation level".into());
        }
    }

    /// Notes that a guard was dropped without an end.
    #[doc(hidden)]
    pub fn guard_dropped(&mut self, id: u64) {
        self.0.transactions.guard_dropped(id);
    }

    /// Parts with the transaction whose guard was dropped, where one session writes and others read: others wait for
    /// the session, and whoever has the connection may not use it for long.
    #[doc(hidden)]
    #[inline]
    pub fn part_with_dropped(&mut self) -> Option<DroppedTransaction> {
        match self.0.transactions.dropped_guard {
            Some(_) if self.0.engine.is_split() => self.part_with_root(),
            _ => None,
        }
    }

    #[cold]
    fn part_with_root(&mut self) -> Option<DroppedTransaction> {
        let transactions = &self.0.transactions;
        let is_root = transactions.root_id() == transactions.dropped_guard;
        if !is_root || !transactions.is_sent() || self.0.needs_session() {
            return None;
        }
        self.0.transactions.clear();
        let pooled = self.0.pooled.take()?;
        let (engine, options) = (self.0.engine.clone(), self.0.options.clone());
        Some(DroppedTransaction { engine, options, pooled })
    }
}
