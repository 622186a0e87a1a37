//! What this side knows of a session: its transaction, its statements, whether it is clean.
//! Whoever waits for the server, in whichever way, keeps one of these.

use aludel_core::dbapi::{Statement, StatementKind};
use aludel_core::error::{Error, ErrorKind, Result};

use crate::error::Failure;
use crate::statements::StatementCache;
use crate::words;

/// An aborted transaction answers COMMIT with success and rolls back. It cannot answer the SELECT
/// with success, and then the server does not look at the COMMIT.
const COMMIT: &str = "SELECT 1; COMMIT";

/// The same if the program's own words may have ended the transaction: outside of one this fails,
/// where COMMIT by itself would be answered with success.
const COMMIT_IF_OPEN: &str = "SAVEPOINT aludel_commit; COMMIT";

/// Where the transaction stands that `begin()` began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// There is none.
    None,
    /// It was asked for; BEGIN goes with the first statement.
    Noted,
    /// BEGIN was sent.
    Open,
}

/// See the module.
pub(crate) struct Session {
    pub(crate) cache: StatementCache,
    pub(crate) transaction: Transaction,
    /// Set before the first byte of an exchange, cleared when its answer was read to the end.
    pub(crate) dirty: bool,
    /// Somebody may have begun a transaction behind the driver's back.
    pub(crate) foreign: bool,
    /// The number of the last cursor.
    cursors: u64,
    /// The cursor that was dropped and is still open on the server.
    pub(crate) close_owed: Option<u64>,
}

impl Session {
    pub(crate) fn new(cached_statements: usize) -> Self {
        Self {
            cache: StatementCache::new(cached_statements),
            transaction: Transaction::None,
            dirty: false,
            foreign: false,
            cursors: 0,
            close_owed: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !self.dirty {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::InvalidRequest,
            "the connection was interrupted in the middle of an exchange with the server and \
             cannot be used any more; give it back to the pool and take another",
        ))
    }

    pub(crate) fn begin(&mut self) -> Result<()> {
        if self.transaction != Transaction::None {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a transaction is open already; commit it or roll it back first",
            ));
        }
        self.transaction = Transaction::Noted;
        Ok(())
    }

    /// Whether the server may have a transaction open, be it one of the program's own making.
    pub(crate) fn may_be_open(&self) -> bool {
        self.transaction == Transaction::Open || self.foreign
    }

    /// The server has no transaction, and so no cursor either.
    pub(crate) fn ended(&mut self) {
        self.transaction = Transaction::None;
        self.foreign = false;
        self.close_owed = None;
    }

    /// The text that commits and is answered with success only if it did.
    pub(crate) fn commit(&self) -> &'static str {
        let doubtful = self.foreign && self.transaction == Transaction::Open;
        if doubtful { COMMIT_IF_OPEN } else { COMMIT }
    }

    /// Notes what a text of the program's own may do behind the driver's back.
    pub(crate) fn mind(&mut self, statement: &Statement) {
        if statement.kind() != StatementKind::Raw {
            return;
        }
        if !words::opens_no_transaction(statement.sql()) {
            self.foreign = true;
        }
        if words::forgets_statements(statement.sql()) {
            self.cache.clear();
        }
    }

    /// Forgets a statement that is out of date. It may run again if nothing of the transaction can
    /// have been executed, after a ROLLBACK and with the transaction noted anew if the answer is
    /// `true`. The failure is given back otherwise.
    pub(crate) fn replan(
        &mut self,
        statement: &Statement,
        before: Transaction,
        failure: Failure,
    ) -> Result<bool, Failure> {
        self.cache.remove(statement);
        match before {
            Transaction::None if !self.foreign => Ok(false),
            Transaction::Noted if !self.foreign => Ok(true),
            _ => Err(stale_inside(failure)),
        }
    }

    /// The number of a new cursor, and the text that declares it.
    pub(crate) fn declare(&mut self, options: &str, statement: &Statement) -> (u64, String) {
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
        StatementKind::Raw => words::can_be_declared(statement.sql()),
        _ => false,
    }
}

fn stale_inside(failure: Failure) -> Failure {
    let Failure::Refused(error) = failure else { return failure };
    let mut details = error.details().clone();
    details.retryable = true;
    let message = format!(
        "{}; the prepared statement was out of date and is forgotten now, so the transaction will \
         work when it is run again",
        error.message()
    );
    Error::new(ErrorKind::Operational, message).with_details(details).with_source(error).into()
}
