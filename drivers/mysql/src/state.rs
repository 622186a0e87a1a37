//! What both drivers keep of a session, and what the outcome of an exchange means for it.

use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{
    ExecutionOptions, IsolationLevel, SessionReset, Statement, TransactionOptions, errors,
};
use aludel_core::error::{Details, Error, ErrorKind, Result};

use crate::cache::StatementCache;
use crate::config::Config;
use crate::error::{Failure, Refusal, ends_transaction, is_read_only, with_fate};
use crate::limit::{Sent, StatementLimit};
use crate::session::Session;
use crate::transaction::{Status, Transaction};

/// Why the session is gone, kept for later calls.
#[derive(Debug)]
pub(crate) enum Gone {
    /// The server or the network has ended it.
    Lost { message: String, details: Details },
    /// It was ended from here in the middle of an exchange, which is no loss of the connection.
    Cut,
}

impl Gone {
    fn of(error: &Error) -> Self {
        Self::Lost { message: error.message().to_owned(), details: error.details().clone() }
    }

    fn error(&self) -> Error {
        let Self::Lost { message, details } = self else {
            return errors::connection_interrupted();
        };
        let details = Details { disconnect: true, ..details.clone() };
        Error::new(ErrorKind::Operational, message.clone()).with_details(details)
    }
}

/// What a connection keeps of its session. `S` is the client's own form of a prepared statement.
pub(crate) struct SessionState<S> {
    pub(crate) session: Session,
    pub(crate) config: Arc<Config>,
    pub(crate) statements: StatementCache<S>,
    pub(crate) transaction: Transaction,
    limit: StatementLimit,
    /// Set before the first byte of an exchange, cleared when its answer was read to the end.
    pub(crate) dirty: bool,
    /// What is to be cleaned when the session is given back, besides its transaction.
    pub(crate) reset: Option<SessionReset>,
    /// How the session ended.
    gone: Option<Gone>,
}

impl<S: Clone> SessionState<S> {
    pub(crate) fn new(session: Session, config: Arc<Config>) -> Self {
        Self {
            statements: StatementCache::new(config.cached_statements),
            session,
            config,
            transaction: Transaction::default(),
            limit: StatementLimit::default(),
            dirty: false,
            reset: None,
            gone: None,
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.is_some()
    }

    /// Notes that the session was ended from here in the middle of an exchange, which has failed for that.
    pub(crate) fn cut(&mut self) {
        self.gone = Some(Gone::Cut);
    }

    /// Refuses a session that cannot be used any more.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(gone) = &self.gone {
            return Err(gone.error());
        }
        if self.dirty {
            return Err(errors::connection_interrupted());
        }
        Ok(())
    }

    /// Begins an exchange: until [`leave`](Self::leave) the connection counts as interrupted in the
    /// middle of it.
    #[inline]
    pub(crate) fn enter(&mut self) -> Result<()> {
        self.check()?;
        self.dirty = true;
        Ok(())
    }

    /// Ends an exchange.
    #[inline]
    pub(crate) fn leave<T>(&mut self, outcome: Result<T, Failure>) -> Result<T> {
        match outcome {
            Ok(value) => {
                self.dirty = false;
                Ok(value)
            }
            Err(failure) => Err(self.failed(failure)),
        }
    }

    #[cold]
    fn failed(&mut self, failure: Failure) -> Error {
        match failure {
            // A session that was to write and may not any more.
            Failure::Refused(mut error) if self.config.writes && is_read_only(&error) => {
                error.set_disconnect(true);
                self.failed(Failure::Gone(error))
            }
            Failure::Refused(error) => {
                self.dirty = false;
                let error = self.limit.judge(error);
                let ended = self.ends_transaction(&error);
                if ended {
                    self.transaction.rolled_back();
                }
                with_fate(error, ended)
            }
            Failure::Broken(error) => error,
            Failure::Gone(error) => {
                self.gone = Some(Gone::of(&error));
                error
            }
        }
    }

    fn ends_transaction(&self, error: &Error) -> bool {
        ends_transaction(error, self.session.rollback_on_timeout)
    }

    /// Whether the server keeps the time of statements.
    fn server_keeps_time(&self) -> bool {
        self.config.server_keeps_time && StatementLimit::is_kept_by(self.session.info.product())
    }

    /// The time that a client waits for a call of these options.
    #[inline]
    pub(crate) fn patience(&self, options: &ExecutionOptions) -> Option<Duration> {
        if options.timeout.is_none() || !self.server_keeps_time() {
            return options.timeout;
        }
        options.patience()
    }

    /// A statement is about to be sent: in this form, in which the server limits it.
    #[inline]
    pub(crate) fn limited<'s>(
        &mut self,
        statement: &'s Statement,
        values: usize,
        options: &ExecutionOptions,
    ) -> Result<Sent<'s>> {
        if options.timeout.is_none() || !self.server_keeps_time() {
            self.limit.enter_without();
            return Ok(Sent::unlimited(statement));
        }
        self.limit.enter(statement, values, options)
    }

    /// A statement is about to be sent whose rows are read as they come, while the program may pause: the server
    /// does not limit it.
    pub(crate) fn streamed(&mut self) {
        self.limit.enter_without();
    }

    /// Notes that a transaction is to begin.
    pub(crate) fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.check()?;
        self.transaction.begin(options)
    }

    /// Notes the isolation level of the session, which is set before its next statement.
    pub(crate) fn set_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        self.check()?;
        self.transaction.set_level(level)
    }

    /// Ends a transaction in which nothing was sent. The answer says whether it was such a one.
    pub(crate) fn end_unused(&mut self) -> Result<bool> {
        self.limit.enter_without();
        if self.transaction.is_used() {
            return Ok(false);
        }
        self.check()?;
        self.transaction.end();
        Ok(true)
    }

    /// The outcome of COMMIT. `status` is what the server said with its answer, if that is known.
    pub(crate) fn committed(
        &mut self,
        outcome: Result<(), Failure>,
        status: Option<Status>,
    ) -> Result<(), Failure> {
        match outcome {
            Ok(()) => {
                self.transaction.end();
                if let Some(status) = status {
                    self.transaction.note_autocommit(status);
                }
                Ok(())
            }
            Err(Failure::Refused(error)) => {
                // The server does not say whether it left anything open.
                self.transaction.unknown();
                Err(match Refusal::of(&error) {
                    Refusal::Unknown => errors::commit_in_doubt(error).into(),
                    Refusal::RolledBack => errors::commit_rolled_back(error).into(),
                    Refusal::Other => error.into(),
                })
            }
            // The node has committed nothing, and ends what is open with the session.
            Err(failure) if failure.is_without_quorum() => {
                self.transaction.end();
                Err(failure)
            }
            Err(failure) => {
                self.transaction.end();
                Err(match failure {
                    Failure::Gone(cause) => Failure::Gone(errors::commit_unknown(cause)),
                    Failure::Broken(cause) | Failure::Refused(cause) => {
                        Failure::Broken(errors::commit_unknown(cause))
                    }
                })
            }
        }
    }

    /// The outcome of ROLLBACK. In a cluster it is answered by the conflict that the transaction has lost
    /// since its last statement: what was asked for has happened.
    pub(crate) fn rolled_back(&mut self, outcome: Result<(), Failure>) -> Result<(), Failure> {
        match outcome {
            Err(Failure::Refused(error)) if self.ends_transaction(&error) => {}
            outcome => outcome?,
        }
        self.transaction.end();
        Ok(())
    }

    /// The outcome of [`PING_SQL`](crate::session::PING_SQL): a server that refuses it is there.
    pub(crate) fn pinged(&mut self, outcome: Result<(), Failure>) -> Result<(), Failure> {
        let Err(Failure::Refused(error)) = outcome else { return outcome };
        if self.ends_transaction(&error) {
            self.transaction.rolled_back();
        }
        Ok(())
    }

    /// The failure of a wait that took too long, by the outcome of [`PING_SQL`](crate::session::PING_SQL)
    /// behind it: a node without its quorum says the same of a read that no lock can stop.
    pub(crate) fn waited(wait: Failure, pinged: Result<(), Failure>) -> Failure {
        match pinged {
            Err(failure) if failure.is_without_quorum() => failure,
            _ => wait,
        }
    }

    /// Notes that a statement is about to be sent. Where it may choose another database, all prepared
    /// statements are dropped: each runs in the database that was chosen when it was prepared.
    #[inline]
    pub(crate) fn sending(&mut self, statement: &Statement) {
        if self.transaction.sending(statement) {
            self.statements.forget_all();
        }
    }

    /// Keeps what connect listeners have set, by the answers to what [`Session`] asks.
    pub(crate) fn kept(
        &mut self,
        transactions: Vec<mysql_async::Value>,
        answer: Vec<mysql_async::Value>,
    ) -> Result<(), Failure> {
        let level = self.session.keep(transactions, answer)?;
        if self.transaction.kept(&level) {
            self.statements.forget_all();
        }
        Ok(())
    }

    /// Begins anew with a session that was reset and set up.
    pub(crate) fn begin_anew(&mut self, session: Session) {
        let config = Arc::clone(&self.config);
        let session = session.at(self.session.info.peer());
        *self = Self { dirty: self.dirty, ..Self::new(session, config) };
    }

    /// The statements that restore the session's settings.
    pub(crate) fn restore_sql(&self) -> String {
        self.session.restore_sql(&self.transaction.own_level_sql())
    }

    /// Checks the answer to the statements that restore the session's settings.
    pub(crate) fn restored(&mut self, answer: Vec<mysql_async::Value>) -> Result<(), Failure> {
        self.session.check_restored(answer)?;
        if self.transaction.restored() {
            self.statements.forget_all();
        }
        Ok(())
    }

    /// The outcome of reading the rest of an abandoned answer. A failure of its statement is dropped,
    /// unless it ended the transaction.
    pub(crate) fn abandoned(&self, outcome: Result<(), Failure>) -> Result<(), Failure> {
        match outcome {
            Err(Failure::Refused(error)) if !self.ends_transaction(&error) => {
                tracing::debug!("a statement failed whose cursor was closed early: {error}");
                Ok(())
            }
            other => other,
        }
    }

    /// The failure of a statement whose sink failed. `rest` says whether its answer was read to the
    /// end. A failure that ended the transaction takes precedence: else the rest of the transaction
    /// would be committed without its first half.
    #[cold]
    pub(crate) fn after_sink(&self, error: Error, rest: Result<bool, Failure>) -> Failure {
        match rest {
            Ok(true) => Failure::Refused(error),
            Ok(false) => Failure::Broken(error),
            Err(failure) => match self.abandoned(Err(failure)) {
                Ok(()) => Failure::Refused(error),
                Err(worse) => worse,
            },
        }
    }
}
