//! The server's own limit on a statement: a part of its text, so that it holds for one execution and nothing is
//! to be put back.

use std::borrow::Cow;
use std::time::Duration;

use aludel_core::dbapi::{ExecutionOptions, LimitedCall, Product, Statement, StatementKind};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use mysql_async::Value as Cell;

use crate::error::is_limit_reached;
use crate::statements::MAX_PARAMS;
use crate::value::encode;
use crate::words;

/// The longest limit that MariaDB takes: a year.
const LONGEST: Duration = Duration::from_secs(31_536_000);

/// What goes before a statement that is prepared. The limit is its first value, so that one prepared statement serves all
/// limits; the type of a value alone is none that the server takes here.
const BY_VALUE: &str = "SET STATEMENT max_statement_time = CAST(? AS DOUBLE) FOR ";

/// A statement as it is sent: with a limit, or as it is.
pub(crate) struct Sent<'s> {
    own: &'s Statement,
    limited: Option<(Statement, Duration)>,
}

impl<'s> Sent<'s> {
    /// As it is.
    pub(crate) fn unlimited(own: &'s Statement) -> Self {
        Self { own, limited: None }
    }

    /// What is prepared.
    #[inline]
    pub(crate) fn prepared(&self) -> &Statement {
        self.limited.as_ref().map_or(self.own, |(limited, _)| limited)
    }

    /// How many values it has before those of the program.
    #[inline]
    pub(crate) fn more_values(&self) -> usize {
        usize::from(self.limited.is_some())
    }

    /// The values with which it is executed.
    #[inline]
    pub(crate) fn values(&self, params: &[Value]) -> Result<Vec<Cell>> {
        let mut values = encode(params)?;
        if let Some((_, limit)) = &self.limited {
            values.insert(0, Cell::Double(limit.as_secs_f64()));
        }
        Ok(values)
    }

    /// What is sent where it cannot be prepared.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match &self.limited {
            None => Cow::Borrowed(self.own.sql()),
            Some((_, limit)) => Cow::Owned(limit_sql(*limit) + self.own.sql()),
        }
    }
}

/// The limit of the call that is made now.
#[derive(Debug, Default)]
pub(crate) struct StatementLimit {
    call: Option<LimitedCall>,
}

impl StatementLimit {
    /// Whether such a server keeps the time.
    pub(crate) fn is_kept_by(product: &Product) -> bool {
        *product == Product::MariaDb
    }

    /// A call begins, with so many values. What comes back is the statement as it is to be sent.
    pub(crate) fn enter<'s>(
        &mut self,
        statement: &'s Statement,
        values: usize,
        options: &ExecutionOptions,
    ) -> Result<Sent<'s>> {
        self.call = None;
        let can_be = values < MAX_PARAMS && can_be_limited(statement);
        let Some(limit) = options.server_limit().filter(|_| can_be) else {
            return Ok(Sent::unlimited(statement));
        };
        let limit = limit.min(LONGEST);
        let timeout = options.timeout.unwrap_or(limit);
        self.call = Some(LimitedCall::begin(timeout, limit));
        let limited = Statement::new(format!("{BY_VALUE}{}", statement.sql()), statement.kind())?;
        Ok(Sent { own: statement, limited: Some((limited, limit)) })
    }

    /// A call begins that the server does not limit.
    #[inline]
    pub(crate) fn enter_without(&mut self) {
        self.call = None;
    }

    /// What the server's refusal is.
    pub(crate) fn judge(&self, error: Error) -> Error {
        let is_of_limit = is_limit_reached(&error);
        match &self.call {
            Some(call) => call.judge(error, is_of_limit),
            None => error,
        }
    }
}

fn can_be_limited(statement: &Statement) -> bool {
    match statement.kind() {
        StatementKind::Select | StatementKind::Dml => true,
        _ => words::can_be_limited(statement.sql()),
    }
}

/// What goes before a text. Microseconds are the finest that the server takes, and 0 would be no limit.
fn limit_sql(limit: Duration) -> String {
    let micros = limit.as_nanos().div_ceil(1000).max(1);
    format!(
        "SET STATEMENT max_statement_time = {}.{:06} FOR ",
        micros / 1_000_000,
        micros % 1_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(sql: &str, kind: StatementKind, timeout: Duration) -> String {
        let statement = Statement::new(sql, kind).unwrap();
        let options = ExecutionOptions::new().timeout(timeout);
        let mut limit = StatementLimit::default();
        let sent = limit.enter(&statement, 1, &options).unwrap();
        let values = sent.values(&[Value::Int(7)]).unwrap();
        if sent.more_values() == 0 {
            assert_eq!((sent.prepared().sql(), values), (sql, vec![Cell::Int(7)]));
        } else {
            assert_eq!(sent.prepared().sql(), format!("{BY_VALUE}{sql}"));
            assert_eq!(values[1], Cell::Int(7));
            assert!(
                matches!(values[0], Cell::Double(limit) if limit > 0.0 && limit <= 31_536_000.0)
            );
        }
        let full = limit.enter(&statement, MAX_PARAMS, &options).unwrap();
        assert_eq!(full.more_values(), 0, "there is no room for it");
        sent.text().into_owned()
    }

    #[test]
    fn a_statement_carries_its_limit() {
        let second = Duration::from_millis(1500);
        for (kind, sql) in [
            (StatementKind::Select, "SELECT 1"),
            (StatementKind::Dml, "INSERT INTO t VALUES (1)"),
            (StatementKind::Ddl, "CREATE TABLE t (a INTEGER)"),
            (StatementKind::Text, "/* a */ (select 1)"),
        ] {
            let limited = format!("SET STATEMENT max_statement_time = 1.500000 FOR {sql}");
            assert_eq!(sent(sql, kind, second), limited);
        }
        for (kind, sql) in [
            (StatementKind::Ddl, "SAVEPOINT a"),
            (StatementKind::Ddl, "ROLLBACK TO SAVEPOINT a"),
            (StatementKind::Text, "commit"),
            (StatementKind::Text, "set statement max_statement_time = 3 for select 1"),
            (StatementKind::Text, "select 1; commit"),
        ] {
            assert_eq!(sent(sql, kind, second), sql);
        }
    }

    #[test]
    fn limits_are_what_the_server_takes() {
        for (limit, text) in [
            (Duration::from_nanos(1), "0.000001"),
            (Duration::from_nanos(1_000_001), "0.001001"),
            (LONGEST, "31536000.000000"),
        ] {
            assert_eq!(limit_sql(limit), format!("SET STATEMENT max_statement_time = {text} FOR "));
        }
        let longest = sent("SELECT 1", StatementKind::Select, Duration::MAX);
        assert!(longest.starts_with("SET STATEMENT max_statement_time = 31536000.000000 FOR "));
    }
}
