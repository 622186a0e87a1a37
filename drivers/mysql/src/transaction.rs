//! Where the transaction stands, as both drivers keep it.
//!
//! With autocommit off there is no BEGIN: any statement opens a transaction. What the server does
//! to it behind the driver's back is learnt from its errors, from the status that comes with its
//! answers where the driver underneath tells it, and from the words of the program's own texts.

use std::mem;

use aludel_core::dbapi::{Statement, StatementKind};
use aludel_core::error::{Error, ErrorKind, Result};

use crate::words;

/// How far a transaction has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// Nothing was sent since the last one ended.
    #[default]
    None,
    /// A statement was sent.
    Open,
    /// The server rolled it back when a statement failed.
    RolledBack,
    /// The program's own words ended one that `begin()` had begun.
    Ended,
}

/// What the server says of the session beside its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) in_transaction: bool,
    pub(crate) autocommit: bool,
}

/// The transaction of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Transaction {
    stage: Stage,
    /// `begin()` was called.
    begun: bool,
    /// The server's last word on whether a transaction is open, if it still counts.
    on_server: Option<bool>,
    /// Settings of the session may have been changed, autocommit or others.
    pub(crate) altered: bool,
    /// Another database may have been chosen.
    elsewhere: bool,
}

impl Transaction {
    /// Notes that one is to begin.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.check()?;
        if self.begun {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a transaction is open already; commit it or roll it back first",
            ));
        }
        self.begun = true;
        Ok(())
    }

    /// Whether a statement may be sent.
    pub(crate) fn check(&self) -> Result<()> {
        if self.stage != Stage::RolledBack {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::PendingRollback,
            "the server rolled the transaction back when a statement failed; call rollback() before \
             the next statement, which would otherwise begin another transaction, without the \
             first half",
        ))
    }

    /// A statement is about to be sent. The answer says whether it may choose another database.
    pub(crate) fn sending(&mut self, statement: &Statement) -> bool {
        self.on_server = None;
        if self.stage == Stage::None {
            self.stage = Stage::Open;
        }
        if statement.kind() != StatementKind::Raw {
            return false;
        }
        let elsewhere = words::chooses_database(statement.sql());
        self.altered |= words::touches_settings(statement.sql());
        self.elsewhere |= elsewhere;
        elsewhere
    }

    /// The answer was read. `before` is what the server had said before.
    pub(crate) fn answered(
        &mut self,
        statement: &Statement,
        before: Option<bool>,
        status: Option<Status>,
    ) {
        let raw = statement.kind() == StatementKind::Raw;
        let mut ended = raw && words::ends_transaction(statement.sql());
        if let Some(status) = status {
            self.on_server = Some(status.in_transaction);
            self.altered |= status.autocommit;
            ended |= raw
                && before == Some(true)
                && !status.in_transaction
                && words::may_end_transaction(statement.sql());
        }
        if ended && self.begun {
            self.stage = Stage::Ended;
        }
    }

    /// A statement failed with an error that ended the transaction on the server.
    pub(crate) fn rolled_back(&mut self) {
        self.stage = Stage::RolledBack;
    }

    /// The server's last word on whether a transaction is open.
    pub(crate) fn on_server(&self) -> Option<bool> {
        self.on_server
    }

    /// Something unknown may have been done in the session.
    pub(crate) fn unknown(&mut self) {
        self.on_server = None;
        self.altered = true;
        self.elsewhere = true;
        if self.stage == Stage::None {
            self.stage = Stage::Open;
        }
    }

    /// Whether the next borrower would find anything of this one: a transaction, or settings.
    pub(crate) fn is_open(&self) -> bool {
        self.stage != Stage::None && self.on_server != Some(false) || self.altered
    }

    /// The session was set up anew. The answer says whether another database may have been chosen.
    pub(crate) fn restored(&mut self) -> bool {
        self.altered = false;
        mem::take(&mut self.elsewhere)
    }

    /// Whether a statement was sent since the last end.
    pub(crate) fn is_used(&self) -> bool {
        self.stage != Stage::None
    }

    /// It is over. What was set outlives it.
    pub(crate) fn end(&mut self) {
        let Self { altered, elsewhere, .. } = *self;
        *self = Self { altered, elsewhere, ..Self::default() };
    }

    /// Why COMMIT must not be sent, because it would commit less than was asked for.
    pub(crate) fn lost(&self) -> Option<Error> {
        let message = match self.stage {
            Stage::None | Stage::Open => return None,
            Stage::RolledBack => {
                "nothing was committed: the server rolled the transaction back when a statement of \
                 it failed; run the transaction again"
            }
            Stage::Ended => {
                "nothing was committed: a statement of the program had ended the transaction \
                 before; end transactions by commit() and rollback()"
            }
        };
        Some(Error::new(ErrorKind::TransactionAborted, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(sql: &str) -> Statement {
        Statement::new(sql, StatementKind::Raw).unwrap()
    }

    fn run(transaction: &mut Transaction, sql: &str, in_transaction: Option<bool>) {
        let before = transaction.on_server();
        transaction.sending(&raw(sql));
        let status =
            in_transaction.map(|in_transaction| Status { in_transaction, autocommit: false });
        transaction.answered(&raw(sql), before, status);
    }

    #[test]
    fn what_is_open() {
        let mut transaction = Transaction::default();
        transaction.begin().unwrap();
        assert!(!transaction.is_open());
        run(&mut transaction, "select 1", Some(false));
        assert!(!transaction.is_open() && transaction.is_used());
        // Nobody says: then it is.
        run(&mut transaction, "select 1", None);
        assert!(transaction.is_open());
        assert_eq!(transaction.begin().unwrap_err().kind(), ErrorKind::InvalidRequest);
        transaction.end();
        assert!(!transaction.is_open() && transaction.begin().is_ok());
    }

    #[test]
    fn who_ended_it() {
        let lost = |sql: &str, before, after| {
            let mut transaction = Transaction::default();
            transaction.begin().unwrap();
            run(&mut transaction, "insert into t values (1)", before);
            run(&mut transaction, sql, after);
            transaction.lost().is_some()
        };
        assert!(lost("rollback", None, None));
        assert!(lost("commit", Some(true), Some(false)));
        assert!(!lost("rollback to a", Some(true), Some(true)));
        assert!(lost("call p()", Some(true), Some(false)));
        assert!(!lost("call p()", Some(true), Some(true)));
        // An implicit commit is one.
        assert!(!lost("create table t (a int)", Some(true), Some(false)));
        assert!(!lost("create table t (a int)", None, None));
    }

    #[test]
    fn after_a_rollback_by_the_server_everything_waits_for_rollback() {
        let mut transaction = Transaction::default();
        transaction.begin().unwrap();
        run(&mut transaction, "update t set a = 1", None);
        transaction.rolled_back();
        assert_eq!(transaction.check().unwrap_err().kind(), ErrorKind::PendingRollback);
        assert_eq!(transaction.begin().unwrap_err().kind(), ErrorKind::PendingRollback);
        assert_eq!(transaction.lost().unwrap().kind(), ErrorKind::TransactionAborted);
        transaction.end();
        assert!(transaction.check().is_ok() && transaction.lost().is_none());
    }
}
