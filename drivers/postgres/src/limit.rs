//! The server's own limit on statements: SET LOCAL beside BEGIN, in the same message.
//!
//! It lasts until the end of the transaction, whoever has the session then, so nothing is to be put back and
//! behind a pooler of transactions nobody else has it. A statement that has more time than the others raises
//! it; one that has less is ended by the deadline of its call, which costs no message.

use std::borrow::Cow;
use std::time::Duration;

/// The limit of a session.
#[derive(Debug, Default)]
pub(crate) struct StatementLimit {
    /// That of the statements that have none of their own.
    wanted: Option<Duration>,
    /// How long the call may take that is made now.
    call: Option<Duration>,
    /// What was set at BEGIN.
    begun: Option<Duration>,
    /// What the server has.
    here: Option<Duration>,
    /// A statement has failed, so that the transaction may be one that takes no more of them.
    has_failed: bool,
}

impl StatementLimit {
    pub(crate) fn set(&mut self, wanted: Option<Duration>) {
        self.wanted = wanted;
    }

    /// A call begins that may take so long.
    #[inline]
    pub(crate) fn enter(&mut self, timeout: Option<Duration>) {
        self.call = timeout;
    }

    /// What the server is to have, at least.
    fn needed(&self) -> Option<Duration> {
        Some(self.call?.max(self.wanted?))
    }

    /// BEGIN, with the limit.
    pub(crate) fn begin_sql<'b>(&mut self, begin: &'b str) -> Cow<'b, str> {
        self.has_failed = false;
        self.begun = self.needed();
        self.here = self.begun;
        match self.here {
            None => begin.into(),
            Some(limit) => format!("{begin}; {}", set_sql(limit)).into(),
        }
    }

    /// Whether the statement that is to be sent has more time than the server gives it.
    #[inline]
    pub(crate) fn is_to_be_raised(&self) -> bool {
        self.here.is_some_and(|here| {
            !self.has_failed && self.needed().is_none_or(|needed| needed > here)
        })
    }

    /// What raises it.
    pub(crate) fn raise_sql(&mut self) -> Option<String> {
        if !self.is_to_be_raised() {
            return None;
        }
        self.here = self.needed();
        Some(self.here.map_or_else(|| "SET LOCAL statement_timeout TO DEFAULT".to_owned(), set_sql))
    }

    /// Whether the server has one of ours.
    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.begun.is_some()
    }

    /// A savepoint is gone back to: what was set behind it is undone.
    pub(crate) fn undone(&mut self) {
        self.here = self.begun;
    }

    /// The transaction has ended.
    pub(crate) fn ended(&mut self) {
        (self.begun, self.here, self.has_failed) = (None, None, false);
    }

    /// A statement has failed, or none has since.
    #[inline]
    pub(crate) fn note(&mut self, failed: bool) {
        self.has_failed = failed;
    }

    /// Whether the server has ended a statement that it is to end.
    pub(crate) fn is_reached(&self, sqlstate: Option<&str>) -> bool {
        self.here.is_some() && sqlstate == Some("57014")
    }
}

/// In whole milliseconds; none would be no limit.
fn set_sql(limit: Duration) -> String {
    let limit = limit.as_micros().div_ceil(1000).clamp(1, i32::MAX.unsigned_abs().into());
    format!("SET LOCAL statement_timeout = {limit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_raised_and_not_lowered() {
        let time = |milliseconds| Some(Duration::from_millis(milliseconds));
        let mut limit = StatementLimit::default();
        let mut begun = |wanted, call| {
            limit.set(wanted);
            limit.enter(call);
            limit.begin_sql("BEGIN").into_owned()
        };
        assert_eq!(begun(None, time(9)), "BEGIN", "ours ends it");
        assert_eq!(begun(time(5), None), "BEGIN");
        assert_eq!(begun(time(5), time(3)), "BEGIN; SET LOCAL statement_timeout = 5");
        assert_eq!(limit.raise_sql(), None);
        limit.enter(time(7));
        assert_eq!(limit.raise_sql().as_deref(), Some("SET LOCAL statement_timeout = 7"));
        assert_eq!(limit.raise_sql(), None);
        limit.undone();
        assert_eq!(limit.raise_sql().as_deref(), Some("SET LOCAL statement_timeout = 7"));
        limit.enter(None);
        limit.note(true);
        assert_eq!(limit.raise_sql(), None, "nothing is sent into a transaction that has failed");
        limit.note(false);
        assert_eq!(limit.raise_sql().as_deref(), Some("SET LOCAL statement_timeout TO DEFAULT"));
        assert_eq!(set_sql(Duration::from_nanos(1)), "SET LOCAL statement_timeout = 1");
    }
}
