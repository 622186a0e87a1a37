//! What this side knows of a session: its transaction, its statements, whether it is clean.
//! Whoever waits for the server, in whichever way, keeps one of these.

use std::borrow::Cow;
use std::sync::Arc;

use aludel_core::dbapi::{
    ExecutionOptions, IsolationLevel, PreparedStatements, Product, ServerInfo, SessionReset,
    Statement, StatementHandle, StatementKind, TransactionOptions, TransactionSupport, errors,
    unknown_handle,
};
use aludel_core::error::{Details, ErrorKind, Result};
use aludel_core::value::Value;

use crate::error::{Failure, NAME_TAKEN};
use crate::limit::{Place, StatementLimit};
use crate::role::TargetSessionAttrs;
use crate::statements::{Kind, Prepared, StatementCache, Variant, kinds};
use crate::wire::StatementNames;
use crate::words;

const SUPPORT: TransactionSupport = TransactionSupport {
    database: "PostgreSQL",
    levels: &[
        IsolationLevel::ReadUncommitted,
        IsolationLevel::ReadCommitted,
        IsolationLevel::RepeatableRead,
        IsolationLevel::Serializable,
    ],
    deferrable: true,
    modes: false,
};

/// What a server says of itself when a session begins.
pub(crate) fn server(version: &str, cockroach: Option<&str>) -> ServerInfo {
    match cockroach {
        Some(version) => ServerInfo::new(Product::Other("CockroachDB".to_owned()), version),
        None => ServerInfo::new(Product::PostgreSql, version),
    }
}

/// Where a prepared statement is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// In the cache.
    Cached,
    /// For the handle.
    Held(StatementHandle),
    /// Nowhere: it is closed after its execution.
    Once,
}

impl Keep {
    pub(crate) fn of(options: &ExecutionOptions) -> Self {
        if options.cache_statement { Self::Cached } else { Self::Once }
    }
}

/// The statement of a handle.
struct Held {
    statement: Statement,
    /// As it was prepared last.
    variant: Option<Variant>,
}

/// An aborted transaction answers COMMIT with success and rolls back. It cannot answer the SELECT
/// with success, and then the server does not look at the COMMIT.
const COMMIT: &str = "SELECT 1; COMMIT";

/// The same if the program's own words may have ended the transaction, or a pooler whose sessions end behind
/// our back: outside of one this fails, where COMMIT by itself would be answered with success.
const COMMIT_IF_OPEN: &str = "SAVEPOINT aludel_commit; COMMIT";

const BEGIN: &str = "BEGIN";

const ROLLBACK_AND_UNLOCK: &str = "ROLLBACK; SELECT pg_catalog.pg_advisory_unlock_all()";

/// What `DISCARD ALL` does, but for prepared statements. The driver's are worth keeping, and those with which
/// tokio-postgres looks up types it could not prepare again.
const RESET: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; UNLISTEN *; DISCARD PLANS; \
                     DISCARD SEQUENCES; DISCARD TEMP";
/// What asks for the prepared statements that SQL has made, and answers with what closes them.
pub(crate) const PREPARED_BY_SQL: &str = "SELECT pg_catalog.format('DEALLOCATE %I', name) FROM \
                                          pg_catalog.pg_prepared_statements WHERE from_sql";

/// Where the transaction stands that `begin()` began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// There is none.
    None,
    /// It was requested; BEGIN is sent with the first statement.
    Requested,
    /// BEGIN was sent.
    Open,
}

/// What this side knows of a session.
pub(crate) struct Session {
    pub(crate) server: ServerInfo,
    names: StatementNames,
    pub(crate) wanted: TargetSessionAttrs,
    /// A ROLLBACK is answered before the session is lent again.
    pub(crate) awaits_rollback: bool,
    pub(crate) cache: StatementCache,
    held: PreparedStatements<Held>,
    pub(crate) transaction: Transaction,
    /// The text that begins the transaction that was requested.
    begin_sql: Cow<'static, str>,
    /// The server's limit on statements.
    pub(crate) limit: StatementLimit,
    /// The isolation level of transactions without one of their own.
    level: Option<IsolationLevel>,
    /// What is to be cleaned when the session is given back, besides its transaction.
    pub(crate) reset: Option<SessionReset>,
    /// Set before the first byte of an exchange, cleared when its answer was read to the end.
    pub(crate) dirty: bool,
    /// COMMIT is on its way. To cancel one that waits for a standby is to have it commit without.
    pub(crate) committing: bool,
    /// Raw SQL may have begun a transaction that the driver did not request.
    pub(crate) raw_transaction: bool,
    /// The number of the last cursor.
    cursors: u64,
    /// The cursor that was dropped and is still open on the server.
    pub(crate) cursor_to_close: Option<u64>,
}

impl Session {
    pub(crate) fn new(server: ServerInfo, cached_statements: usize, names: StatementNames) -> Self {
        Self {
            limit: StatementLimit::new(false),
            server,
            names,
            wanted: TargetSessionAttrs::Any,
            awaits_rollback: false,
            cache: StatementCache::new(cached_statements),
            held: PreparedStatements::new(),
            transaction: Transaction::None,
            begin_sql: BEGIN.into(),
            level: None,
            reset: None,
            dirty: false,
            committing: false,
            raw_transaction: false,
            cursors: 0,
            cursor_to_close: None,
        }
    }

    /// Of a driver that has a ROLLBACK answered first.
    pub(crate) fn awaiting_rollback(mut self, awaits: bool) -> Self {
        self.awaits_rollback = awaits;
        self
    }

    /// Of a driver whose server is to keep the time of statements, if it can.
    pub(crate) fn keeping_time(mut self, keeps: bool) -> Self {
        let can = *self.server.product() == Product::PostgreSql;
        self.limit = StatementLimit::new(keeps && can);
        self
    }

    /// Of a driver that wants such sessions.
    pub(crate) fn wanted(mut self, wanted: TargetSessionAttrs) -> Self {
        self.wanted = wanted;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !self.dirty {
            return Ok(());
        }
        Err(errors::connection_interrupted())
    }

    /// Notes that a transaction is to begin.
    pub(crate) fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        SUPPORT.check_options(options)?;
        if self.transaction != Transaction::None {
            return Err(errors::transaction_already_open());
        }
        self.begin_sql = self.compose_begin_sql(options);
        self.transaction = Transaction::Requested;
        Ok(())
    }

    fn compose_begin_sql(&self, options: &TransactionOptions) -> Cow<'static, str> {
        let level = options.isolation_level.or(self.level);
        let level = level.filter(|level| *level != IsolationLevel::Autocommit);
        if level.is_none() && *options == TransactionOptions::DEFAULT {
            return BEGIN.into();
        }
        let mut sql = BEGIN.to_owned();
        if let Some(level) = level {
            sql.push_str(" ISOLATION LEVEL ");
            sql.push_str(level.as_str());
        }
        sql.push_str(match options.read_only {
            Some(true) => " READ ONLY",
            Some(false) => " READ WRITE",
            None => "",
        });
        sql.push_str(match options.deferrable {
            Some(true) => " DEFERRABLE",
            Some(false) => " NOT DEFERRABLE",
            None => "",
        });
        sql.into()
    }

    /// The text that begins the transaction that was requested.
    pub(crate) fn begin_sql(&self) -> &str {
        &self.begin_sql
    }

    /// Sets the level of transactions without one of their own. Outside of `begin()` the server
    /// always commits by itself.
    pub(crate) fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        SUPPORT.check_level(level, self.transaction != Transaction::None)?;
        self.level = level;
        Ok(())
    }

    /// Keeps a statement for a handle. It is prepared when the kinds of its values are known.
    pub(crate) fn hold(&mut self, statement: &Statement) -> StatementHandle {
        self.held.insert(Held { statement: statement.clone(), variant: None })
    }

    pub(crate) fn is_held(&self, handle: StatementHandle) -> bool {
        self.held.get(handle).is_some()
    }

    /// The statement of a handle is about to be sent.
    #[inline]
    pub(crate) fn enter_held(&mut self, handle: StatementHandle, options: &ExecutionOptions) {
        if let Some(held) = self.held.get(handle) {
            self.limit.enter(&held.statement, options);
        }
    }

    /// Refuses a handle that this connection does not know.
    pub(crate) fn check_handle(&self, handle: StatementHandle) -> Result<()> {
        if self.is_held(handle) { Ok(()) } else { Err(unknown_handle()) }
    }

    /// The prepared form of a handle's statement for these parameters. `None` also for a text of the
    /// program's own, which [`note_raw_statement`](Self::note_raw_statement) must see first.
    pub(crate) fn find_held(
        &self,
        handle: StatementHandle,
        params: &[Value],
    ) -> Option<Arc<Prepared>> {
        let Held { statement, variant } = self.held.get(handle)?;
        let variant = variant.as_ref().filter(|_| statement.kind() != StatementKind::Text)?;
        variant.serves(kinds(statement, params)).then(|| Arc::clone(&variant.prepared))
    }

    pub(crate) fn held_statement(&self, handle: StatementHandle) -> Result<Statement> {
        self.held.get(handle).map(|held| held.statement.clone()).ok_or_else(unknown_handle)
    }

    /// Forgets the statement of a handle. Dropping it has it closed on the server.
    pub(crate) fn release_held(&mut self, handle: StatementHandle) {
        self.held.remove(handle);
    }

    /// The prepared form of a statement for parameters of these kinds, if it is kept.
    pub(crate) fn find_prepared(
        &mut self,
        statement: &Statement,
        kinds: impl ExactSizeIterator<Item = Kind> + Clone,
        keep: Keep,
    ) -> Option<Arc<Prepared>> {
        match keep {
            Keep::Cached => self.cache.get(statement, kinds),
            Keep::Held(handle) => {
                let variant = self.held.get(handle)?.variant.as_ref()?;
                variant.serves(kinds).then(|| Arc::clone(&variant.prepared))
            }
            Keep::Once => None,
        }
    }

    /// Keeps the prepared form of a statement.
    pub(crate) fn keep_prepared(
        &mut self,
        statement: &Statement,
        kinds: impl Iterator<Item = Kind>,
        prepared: &Arc<Prepared>,
        keep: Keep,
    ) {
        match keep {
            Keep::Cached if statement.kind() != StatementKind::Ddl => {
                self.cache.put(statement, kinds, prepared);
            }
            Keep::Held(handle) => {
                if let Some(held) = self.held.get_mut(handle) {
                    held.variant = Some(Variant::new(kinds, prepared));
                }
            }
            _ => {}
        }
    }

    /// Forgets the prepared form of a statement, which is out of date.
    pub(crate) fn forget_prepared(&mut self, statement: &Statement, keep: Keep) {
        self.cache.remove(statement);
        if let Keep::Held(handle) = keep
            && let Some(held) = self.held.get_mut(handle)
        {
            held.variant = None;
        }
    }

    /// Whether the server may have a transaction open, be it one of the program's own making.
    pub(crate) fn may_be_open(&self) -> bool {
        self.transaction == Transaction::Open || self.raw_transaction
    }

    /// Whether a cursor on the server serves the statement now.
    pub(crate) fn declares(&self, statement: &Statement) -> bool {
        self.transaction != Transaction::None && can_be_declared(statement)
    }

    /// Where the limit is changed that is sent now.
    pub(crate) fn place(&self) -> Place {
        match self.transaction {
            _ if self.raw_transaction => Place::Doubtful,
            Transaction::Open => Place::Inside,
            Transaction::Requested => Place::Ahead,
            Transaction::None => Place::Outside,
        }
    }

    /// The transaction that was begun is over.
    pub(crate) fn leave_transaction(&mut self) {
        self.transaction = Transaction::None;
        self.limit.ended();
    }

    /// The server has no transaction, and so no cursor either.
    pub(crate) fn ended(&mut self) {
        self.leave_transaction();
        self.raw_transaction = false;
        self.cursor_to_close = None;
    }

    /// The texts that end the transaction and then clean the session. Behind a pooler of transactions the
    /// locks are those of the session that the transaction had, so they go with its end.
    pub(crate) fn clean_sql(&mut self, was_cut: bool) -> (&'static str, &'static str) {
        let reset = self.reset.take().or(was_cut.then_some(SessionReset::Locks));
        if reset == Some(SessionReset::All) {
            // As in a session that is new, for the pool takes it for one.
            self.level = None;
            self.limit.was_reset();
        } else if was_cut {
            self.limit.doubt();
        }
        if *self.server.product() != Product::PostgreSql {
            let all = reset == Some(SessionReset::All);
            return ("ROLLBACK", if all { "RESET ALL" } else { "SELECT 1" });
        }
        match reset {
            None => ("ROLLBACK", "SELECT 1"),
            Some(SessionReset::All) => (ROLLBACK_AND_UNLOCK, RESET),
            Some(_) => (ROLLBACK_AND_UNLOCK, "SELECT 1"),
        }
    }

    /// The text that commits and is answered with success only if it did.
    pub(crate) fn commit_sql(&self) -> &'static str {
        let doubtful = self.raw_transaction || self.awaits_rollback;
        if doubtful && self.transaction == Transaction::Open { COMMIT_IF_OPEN } else { COMMIT }
    }

    /// Notes what raw SQL may change in the session.
    pub(crate) fn note_raw_statement(&mut self, statement: &Statement) {
        if statement.kind() != StatementKind::Text {
            return;
        }
        if !words::opens_no_transaction(statement.sql()) {
            self.raw_transaction = true;
        }
        if words::forgets_statements(statement.sql()) {
            self.cache.clear();
            self.held.iter_mut().for_each(|held| held.variant = None);
        }
    }

    /// Forgets a statement that is out of date, or whose name is taken. It may run again if nothing of
    /// the transaction can have been executed, after a ROLLBACK and with the transaction requested anew
    /// if the answer is `true`. The failure is given back otherwise.
    pub(crate) fn replan(
        &mut self,
        statement: &Statement,
        keep: Keep,
        before: Transaction,
        failure: Failure,
    ) -> Result<bool, Failure> {
        self.forget_prepared(statement, keep);
        // Without a name it was executed before its columns were known.
        let executed = self.names == StatementNames::Unnamed && failure.is_stale();
        match before {
            Transaction::None if !self.raw_transaction && !executed => Ok(false),
            Transaction::Requested if !self.raw_transaction => Ok(true),
            _ if executed => Err(executed_unread(failure, before)),
            _ => Err(stale_inside(failure)),
        }
    }

    /// A session that was to write and may not any more is at its end: its server has become a standby, or the
    /// session read-only. In a transaction that was begun as read-only it is a mistake of the program.
    pub(crate) fn judge(&self, failure: Failure) -> Failure {
        let failure = match failure {
            Failure::Refused(error) => Failure::Refused(self.limit.judge(error)),
            failure => failure,
        };
        match failure {
            Failure::Refused(mut error)
                if error.sqlstate() == Some("25006")
                    && self.wanted.is_to_write()
                    && !self.begin_sql.contains("READ ONLY") =>
            {
                error.set_disconnect(true);
                Failure::Ended(error)
            }
            failure => failure,
        }
    }

    /// Whether the session may be another one after each transaction.
    #[cfg(feature = "blocking")]
    pub(crate) fn is_pooled_by_transaction(&self) -> bool {
        self.names == StatementNames::Unnamed
    }

    /// The number of a new cursor, and the text that declares it.
    pub(crate) fn declare_sql(&mut self, options: &str, statement: &Statement) -> (u64, String) {
        self.cursors += 1;
        let number = self.cursors;
        let sql = statement.sql();
        (number, format!("DECLARE aludel_c{number} NO SCROLL CURSOR {options}FOR {sql}"))
    }
}

/// The text that closes a cursor.
pub(crate) fn close_sql(number: u64) -> String {
    format!("CLOSE aludel_c{number}")
}

/// The text that fetches from a cursor.
pub(crate) fn fetch_sql(rows: usize, number: u64) -> String {
    // The grammar knows counts of 32 bits.
    match i32::try_from(rows) {
        Ok(rows) => format!("FETCH FORWARD {rows} FROM aludel_c{number}"),
        Err(_) => format!("FETCH ALL FROM aludel_c{number}"),
    }
}

/// Whether a cursor on the server can hold the rows of a statement.
pub(crate) fn can_be_declared(statement: &Statement) -> bool {
    match statement.kind() {
        StatementKind::Select => true,
        StatementKind::Text => words::can_be_declared(statement.sql()),
        _ => false,
    }
}

fn stale_inside(failure: Failure) -> Failure {
    let Failure::Refused(error) = failure else { return failure };
    let details = Details { retryable: true, ..error.details().clone() };
    let cure = if error.sqlstate() == Some(NAME_TAKEN) {
        "the session has a statement of that name, which another client left behind; run the \
         transaction again, and see docs/poolers.md for what a pooler needs"
    } else {
        "the prepared statement was out of date and is not kept any more, so the transaction \
         will work when it is run again"
    };
    error.with_kind(ErrorKind::Operational).with_details(details).with_cure(cure).into()
}

/// The server has executed a statement whose columns are not those that it had when it was prepared.
#[cold]
fn executed_unread(failure: Failure, before: Transaction) -> Failure {
    let Failure::Refused(error) = failure else { return failure };
    let details = Details { retryable: before != Transaction::None, ..error.details().clone() };
    let cure = if before == Transaction::None {
        "the tables have changed since the statement was prepared: it was executed and committed, \
         but its rows cannot be read; look at the data before you run it again"
    } else {
        "the tables have changed since the statement was prepared, so the transaction is rolled back; \
         it will work when it is run again"
    };
    Failure::Broken(error.with_kind(ErrorKind::Operational).with_details(details).with_cure(cure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begin_says_what_was_asked_for_and_no_more() {
        let mut session = Session::new(server("17.2", None), 0, StatementNames::Unique);
        let mut begin = |level, options: TransactionOptions| {
            session.set_isolation_level(level).unwrap();
            session.begin(&options).unwrap();
            let sql = session.begin_sql().to_owned();
            session.ended();
            sql
        };
        let plain = TransactionOptions::new();
        assert_eq!(begin(None, plain), "BEGIN");
        assert_eq!(begin(Some(IsolationLevel::Autocommit), plain), "BEGIN");
        let serializable = Some(IsolationLevel::Serializable);
        assert_eq!(begin(serializable, plain), "BEGIN ISOLATION LEVEL SERIALIZABLE");
        let all =
            plain.isolation_level(IsolationLevel::RepeatableRead).read_only(true).deferrable(true);
        let text = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY DEFERRABLE";
        assert_eq!(begin(serializable, all), text);
        let none = plain.read_only(false).deferrable(false);
        assert_eq!(begin(None, none), "BEGIN READ WRITE NOT DEFERRABLE");
    }

    #[test]
    fn the_product_is_told_apart() {
        assert_eq!(*server("15.14", None).product(), Product::PostgreSql);
        let other = server("13.0.0", Some("v23.1.4"));
        assert_eq!(*other.product(), Product::Other("CockroachDB".to_owned()));
    }
}
