//! The server's own limit on statements: a variable of the session, which is set before the first statement that
//! needs another one.
//!
//! A statement that has more time than the others raises it, and the next transaction puts it back; one that has
//! less is ended by the deadline of its call, which costs no message.

use std::time::Duration;

use aludel_core::dbapi::Product;

/// The limit of a session.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StatementLimit {
    /// That of the statements that have none of their own.
    wanted: Option<Duration>,
    /// How long the call may take that is made now.
    call: Option<Duration>,
    /// What the server has.
    here: Option<Duration>,
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

    /// Whether it is to be set before the statement that is sent now. `is_first` says that it is the first
    /// of a transaction.
    #[inline]
    pub(crate) fn is_due(&self, is_first: bool) -> bool {
        (self.here.is_some() || self.wanted.is_some()) && self.is_other(is_first)
    }

    fn is_other(&self, is_first: bool) -> bool {
        let needed = self.needed();
        match (self.here, needed) {
            (Some(here), Some(needed)) if !is_first => needed > here,
            (None, Some(_)) => is_first,
            (here, needed) => here != needed,
        }
    }

    /// What sets it.
    pub(crate) fn set_sql(&mut self, product: &Product) -> String {
        self.here = self.needed();
        let variable = match product {
            Product::MariaDb => "max_statement_time",
            // It counts for SELECT.
            _ => "max_execution_time",
        };
        // 0 would be no limit.
        let value = match (self.here, product) {
            (None, _) => "DEFAULT".to_owned(),
            (Some(limit), Product::MariaDb) => {
                let micros = limit.as_micros().max(1);
                format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
            }
            (Some(limit), _) => limit.as_micros().div_ceil(1000).max(1).to_string(),
        };
        format!("SET SESSION {variable} = {value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_raised_at_once_and_lowered_by_the_next_transaction() {
        let time = |milliseconds| Some(Duration::from_millis(milliseconds));
        let mut limit = StatementLimit::default();
        let mut due = |wanted, call, is_first| {
            limit.set(wanted);
            limit.enter(call);
            limit.is_due(is_first).then(|| limit.set_sql(&Product::MariaDb))
        };
        assert_eq!(due(None, time(9), true), None, "ours ends it");
        assert_eq!(due(time(1500), None, true), None);
        let set = |value: &str| Some(format!("SET SESSION max_statement_time = {value}"));
        assert_eq!(due(time(1500), time(1500), false), None, "in a transaction that has none");
        assert_eq!(due(time(1500), time(20), true), set("1.500000"));
        assert_eq!(due(time(1500), time(1500), true), None);
        assert_eq!(due(time(1500), time(2000), false), set("2.000000"));
        assert_eq!(due(time(1500), time(1500), false), None);
        assert_eq!(due(time(1500), time(1500), true), set("1.500000"));
        assert_eq!(due(time(1500), None, false), set("DEFAULT"));
        assert_eq!(due(time(1500), time(1500), true), set("1.500000"));
        assert_eq!(due(None, None, true), set("DEFAULT"), "the next borrower has none");
        limit.set(time(2));
        limit.enter(time(2));
        assert_eq!(limit.set_sql(&Product::MySql), "SET SESSION max_execution_time = 2");
    }
}
