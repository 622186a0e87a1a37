//! Where the transaction stands, as both drivers keep it.
//!
//! With autocommit off there is no BEGIN: any statement opens a transaction. A session that is set to
//! autocommit leaves it for a transaction. START TRANSACTION would not do: a statement that the server
//! commits by itself, such as CREATE TABLE, would end the transaction, and each statement behind it
//! would be committed. Changes of the session are sent before its next statement. The server may end a transaction without the driver's asking. That shows
//! in its errors, in the status of its answers where the client reports it, and in the words of the
//! program's own texts.

use std::mem;

use aludel_core::dbapi::{
    IsolationLevel, Product, Statement, StatementKind, TransactionOptions, TransactionSupport,
    errors,
};
use aludel_core::error::{Error, Result};

use crate::words;

const SUPPORT: TransactionSupport = TransactionSupport {
    database: "MySQL",
    levels: &[
        IsolationLevel::ReadUncommitted,
        IsolationLevel::ReadCommitted,
        IsolationLevel::RepeatableRead,
        IsolationLevel::Serializable,
    ],
    deferrable: false,
    modes: false,
};

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
    /// A statement of the program ended one that `begin()` had begun.
    Ended,
}

/// The status of the session that comes with an answer.
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
    /// The options of the transaction, until they are sent.
    pending_begin: Option<TransactionOptions>,
    /// SET TRANSACTION was sent, which applies to the next transaction until one is ended.
    options_sent: bool,
    /// The isolation level that the session is to have, and the one that it has. `None` is the
    /// server's, with autocommit off.
    wanted_level: Option<IsolationLevel>,
    level: Option<IsolationLevel>,
    /// The level that `None` stands for where a connect listener has set one.
    own_level: Option<IsolationLevel>,
    /// Whether a transaction is open, as the server reported last, if nothing was sent since.
    on_server: Option<bool>,
    /// Settings of the session may have been changed, autocommit or others.
    pub(crate) altered: bool,
    /// Another database may have been chosen.
    database_changed: bool,
}

impl Transaction {
    /// Notes that one is to begin.
    pub(crate) fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.check()?;
        SUPPORT.check_options(options)?;
        if self.begun {
            return Err(errors::transaction_already_open());
        }
        self.begun = true;
        self.pending_begin = Some(*options);
        Ok(())
    }

    /// Sets the isolation level of the session, from its next statement on.
    pub(crate) fn set_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        SUPPORT.check_level(level, self.begun || self.stage != Stage::None)?;
        self.wanted_level = level;
        Ok(())
    }

    /// The level that the session is to have at its next statement.
    fn level_now(&self) -> Option<IsolationLevel> {
        let autocommit = self.wanted_level == Some(IsolationLevel::Autocommit);
        if autocommit && self.begun { None } else { self.wanted_level }
    }

    /// Whether the server commits each statement by itself.
    fn is_autocommit(&self) -> bool {
        self.level == Some(IsolationLevel::Autocommit)
    }

    /// What is to be sent before the next statement: the session's level, and the beginning of a
    /// transaction. It counts as sent: if the server refuses it, the session cannot be used any more.
    #[inline]
    pub(crate) fn take_ahead(&mut self, product: &Product) -> Option<String> {
        if self.pending_begin.is_none() && self.level_now() == self.level {
            return None;
        }
        self.ahead_sql(product)
    }

    fn ahead_sql(&mut self, product: &Product) -> Option<String> {
        let mut parts = Vec::new();
        let level = self.level_now();
        if level != self.level {
            parts.push(set_level_sql(self.level, level, self.own_level, product));
            self.level = level;
        }
        if let Some(options) = self.pending_begin.take() {
            let level = options.isolation_level.map(|level| format!("ISOLATION LEVEL {level}"));
            let access = options.read_only.map(|read_only| match read_only {
                true => "READ ONLY".to_owned(),
                false => "READ WRITE".to_owned(),
            });
            let chosen: Vec<_> = level.into_iter().chain(access).collect();
            if !chosen.is_empty() {
                parts.push(format!("SET TRANSACTION {}", chosen.join(", ")));
                self.options_sent = true;
                self.stage = Stage::Open;
            }
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Whether a statement may be sent.
    pub(crate) fn check(&self) -> Result<()> {
        if self.stage != Stage::RolledBack {
            return Ok(());
        }
        Err(errors::rollback_required())
    }

    /// A statement is about to be sent. The answer says whether it may choose another database.
    pub(crate) fn sending(&mut self, statement: &Statement) -> bool {
        self.on_server = None;
        let text = statement.kind() == StatementKind::Text;
        let opens = !self.is_autocommit() || text && words::may_begin_transaction(statement.sql());
        if self.stage == Stage::None && opens {
            self.stage = Stage::Open;
        }
        if !text {
            return false;
        }
        let database_changed = words::chooses_database(statement.sql());
        self.altered |= words::touches_settings(statement.sql());
        self.database_changed |= database_changed;
        database_changed
    }

    /// The answer was read. `before` is what the server had said before.
    pub(crate) fn answered(
        &mut self,
        statement: &Statement,
        before: Option<bool>,
        status: Option<Status>,
    ) {
        let raw = statement.kind() == StatementKind::Text;
        let mut ended = raw && words::ends_transaction(statement.sql());
        if let Some(status) = status {
            self.on_server = Some(status.in_transaction);
            self.note_autocommit(status);
            ended |= raw
                && before == Some(true)
                && !status.in_transaction
                && words::may_end_transaction(statement.sql());
        }
        if ended && self.begun {
            self.stage = Stage::Ended;
        }
    }

    /// Notes whether the program has changed how statements are committed.
    pub(crate) fn note_autocommit(&mut self, status: Status) {
        self.altered |= status.autocommit != self.is_autocommit();
    }

    /// A statement failed with an error that ended the transaction on the server, if there was one.
    pub(crate) fn rolled_back(&mut self) {
        if self.begun || !self.is_autocommit() {
            self.stage = Stage::RolledBack;
        }
    }

    /// Whether a transaction is open, as the server reported last.
    pub(crate) fn on_server(&self) -> Option<bool> {
        self.on_server
    }

    /// The program may have done anything in the session.
    pub(crate) fn unknown(&mut self) {
        self.on_server = None;
        self.altered = true;
        self.database_changed = true;
        if self.stage == Stage::None {
            self.stage = Stage::Open;
        }
    }

    /// Whether a transaction is open or settings were changed, which the next user must not see.
    pub(crate) fn is_open(&self) -> bool {
        self.stage != Stage::None && self.on_server != Some(false)
            || self.options_sent
            || self.altered
    }

    /// The session was set up anew. The answer says whether another database may have been chosen.
    pub(crate) fn restored(&mut self) -> bool {
        self.altered = false;
        self.level = None;
        mem::take(&mut self.database_changed)
    }

    /// The session was made as every use is to find it. The level is as the server spells it. The answer
    /// is that of [`restored`](Self::restored).
    pub(crate) fn kept(&mut self, level: &str) -> bool {
        self.own_level = SUPPORT.levels.iter().copied().find(|known| spelling(*known) == level);
        self.restored()
    }

    /// What `None` stands for, as the value of a variable.
    pub(crate) fn own_level_sql(&self) -> String {
        level_sql(None, self.own_level)
    }

    /// Whether a statement was sent since the last end.
    pub(crate) fn is_used(&self) -> bool {
        self.stage != Stage::None
    }

    /// It has ended. Settings of the session outlive it.
    pub(crate) fn end(&mut self) {
        let Self { altered, database_changed, wanted_level, level, own_level, .. } = *self;
        let kept =
            Self { altered, database_changed, wanted_level, level, own_level, ..Self::default() };
        *self = kept;
    }

    /// Why COMMIT must not be sent, because it would commit less than was asked for.
    pub(crate) fn lost(&self) -> Option<Error> {
        match self.stage {
            Stage::None | Stage::Open => None,
            Stage::RolledBack => Some(errors::transaction_rolled_back()),
            Stage::Ended => Some(errors::transaction_ended_before()),
        }
    }
}

/// The statement that takes a session from one level to another.
fn set_level_sql(
    from: Option<IsolationLevel>,
    to: Option<IsolationLevel>,
    own: Option<IsolationLevel>,
    product: &Product,
) -> String {
    let autocommit = |level| level == Some(IsolationLevel::Autocommit);
    let plain = |level: Option<IsolationLevel>| level.filter(|_| !autocommit(level));
    let mut settings = Vec::new();
    if autocommit(from) != autocommit(to) {
        settings.push(format!("autocommit = {}", u8::from(autocommit(to))));
    }
    if plain(from) != plain(to) {
        let [variable, _] = variables(product);
        settings.push(format!("SESSION {variable} = {}", level_sql(plain(to), own)));
    }
    format!("SET {}", settings.join(", "))
}

/// A level as the value of a variable; where there is none, the session's own or that of new sessions.
fn level_sql(level: Option<IsolationLevel>, own: Option<IsolationLevel>) -> String {
    level.or(own).map_or("DEFAULT".to_owned(), |level| format!("'{}'", spelling(level)))
}

fn spelling(level: IsolationLevel) -> String {
    level.as_str().replace(' ', "-")
}

/// The variables of the session's transactions: their level, and whether they are read-only.
pub(crate) fn variables(product: &Product) -> [&'static str; 2] {
    match product {
        Product::MariaDb => ["tx_isolation", "tx_read_only"],
        _ => ["transaction_isolation", "transaction_read_only"],
    }
}

#[cfg(test)]
mod tests {
    use aludel_core::error::ErrorKind;

    use super::*;

    const MARIADB: &Product = &Product::MariaDb;

    #[test]
    fn what_is_sent_ahead() {
        use IsolationLevel::{Autocommit, ReadCommitted, Serializable};
        let mut transaction = Transaction::default();
        let plain = TransactionOptions::new();
        transaction.begin(&plain).unwrap();
        assert_eq!(transaction.take_ahead(MARIADB), None);
        assert!(!transaction.is_used());
        transaction.end();
        transaction.begin(&plain.read_only(true).isolation_level(Serializable)).unwrap();
        let sql = transaction.take_ahead(MARIADB);
        assert_eq!(sql.as_deref(), Some("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY"));
        assert!(transaction.is_used() && transaction.take_ahead(MARIADB).is_none());
        // Even if the server says that no transaction is open: what was chosen is for the next one.
        run(&mut transaction, "select 1", Some(false));
        assert!(transaction.is_open());
        assert!(transaction.set_level(None).is_err());
        transaction.end();
        transaction.set_level(Some(Autocommit)).unwrap();
        assert_eq!(transaction.take_ahead(MARIADB).as_deref(), Some("SET autocommit = 1"));
        transaction.begin(&plain.read_only(false)).unwrap();
        let sql = transaction.take_ahead(MARIADB);
        assert_eq!(sql.as_deref(), Some("SET autocommit = 0; SET TRANSACTION READ WRITE"));
        run(&mut transaction, "create table t (a integer)", None);
        assert!(transaction.is_used() && transaction.take_ahead(MARIADB).is_none());
        transaction.end();
        assert_eq!(transaction.take_ahead(MARIADB).as_deref(), Some("SET autocommit = 1"));
        // One that ends before its first statement changes nothing.
        transaction.begin(&plain).unwrap();
        transaction.end();
        assert_eq!(transaction.take_ahead(MARIADB), None);
        transaction.set_level(Some(ReadCommitted)).unwrap();
        let sql = transaction.take_ahead(&Product::MySql);
        let expected = "SET autocommit = 0, SESSION transaction_isolation = 'READ-COMMITTED'";
        assert_eq!(sql.as_deref(), Some(expected));
        transaction.set_level(None).unwrap();
        let sql = transaction.take_ahead(MARIADB);
        assert_eq!(sql.as_deref(), Some("SET SESSION tx_isolation = DEFAULT"));
        // What was changed and changed back is not sent.
        transaction.set_level(Some(Autocommit)).unwrap();
        transaction.set_level(None).unwrap();
        assert_eq!(transaction.take_ahead(MARIADB), None);
    }

    #[test]
    fn in_autocommit_statements_open_nothing() {
        let mut transaction = Transaction::default();
        transaction.set_level(Some(IsolationLevel::Autocommit)).unwrap();
        transaction.take_ahead(MARIADB);
        run(&mut transaction, "insert into t values (1)", None);
        assert!(!transaction.is_open() && !transaction.is_used());
        // A deadlock of one statement leaves nothing that waits for a rollback.
        transaction.rolled_back();
        assert!(transaction.check().is_ok());
        run(&mut transaction, "start transaction", None);
        assert!(transaction.is_open());
        let (in_transaction, autocommit) = (false, false);
        transaction.end();
        transaction.note_autocommit(Status { in_transaction, autocommit });
        assert!(transaction.is_open(), "the program has switched autocommit off");
    }

    fn raw(sql: &str) -> Statement {
        Statement::new(sql, StatementKind::Text).unwrap()
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
        transaction.begin(&TransactionOptions::DEFAULT).unwrap();
        assert!(!transaction.is_open());
        run(&mut transaction, "select 1", Some(false));
        assert!(!transaction.is_open() && transaction.is_used());
        // Nobody says: then it is.
        run(&mut transaction, "select 1", None);
        assert!(transaction.is_open());
        assert_eq!(
            transaction.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
            ErrorKind::InvalidRequest
        );
        transaction.end();
        assert!(!transaction.is_open() && transaction.begin(&TransactionOptions::DEFAULT).is_ok());
    }

    #[test]
    fn who_ended_it() {
        let lost = |sql: &str, before, after| {
            let mut transaction = Transaction::default();
            transaction.begin(&TransactionOptions::DEFAULT).unwrap();
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
        transaction.begin(&TransactionOptions::DEFAULT).unwrap();
        run(&mut transaction, "update t set a = 1", None);
        transaction.rolled_back();
        assert_eq!(transaction.check().unwrap_err().kind(), ErrorKind::PendingRollback);
        assert_eq!(
            transaction.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
            ErrorKind::PendingRollback
        );
        assert_eq!(transaction.lost().unwrap().kind(), ErrorKind::TransactionAborted);
        transaction.end();
        assert!(transaction.check().is_ok() && transaction.lost().is_none());
    }
}
