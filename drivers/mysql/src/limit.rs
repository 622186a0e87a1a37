//! The server's own limit on a statement: a part of its text, so that it holds for one execution and nothing is
//! to be put back.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{ExecutionOptions, Product, Statement, StatementKind};
use aludel_core::error::{Error, ErrorKind, Result};

use crate::error::is_limit_reached;
use crate::words;

/// The longest limit that MariaDB takes: a year.
const LONGEST: Duration = Duration::from_secs(31_536_000);

/// A call whose time the server keeps.
#[derive(Debug, Clone, Copy)]
struct Call {
    timeout: Duration,
    limit: Duration,
    begun: Instant,
}

/// The limit of the call that is made now.
#[derive(Debug, Default)]
pub(crate) struct StatementLimit {
    call: Option<Call>,
}

impl StatementLimit {
    /// Whether such a server keeps the time.
    pub(crate) fn is_kept_by(product: &Product) -> bool {
        *product == Product::MariaDb
    }

    /// A call begins. What comes back is the statement as it is to be sent.
    pub(crate) fn enter<'s>(
        &mut self,
        statement: &'s Statement,
        limit: Option<Duration>,
        options: &ExecutionOptions,
    ) -> Result<Cow<'s, Statement>> {
        self.call = None;
        let Some(limit) = limit.filter(|_| can_be_limited(statement)) else {
            return Ok(Cow::Borrowed(statement));
        };
        let limit = limit.min(LONGEST);
        let timeout = options.timeout.unwrap_or(limit);
        self.call = Some(Call { timeout, limit, begun: Instant::now() });
        let sql = format!("{}{}", limit_sql(limit), statement.sql());
        let limited = Statement::new(sql, statement.kind())?;
        Ok(Cow::Owned(limited.with_param_types(statement.param_types().iter().copied())))
    }

    /// A call begins that the server does not limit.
    #[inline]
    pub(crate) fn enter_without(&mut self) {
        self.call = None;
    }

    /// What the server's refusal is: where the limit was ours and so much time has passed, it is a time-out.
    pub(crate) fn judge(&self, error: Error) -> Error {
        let Some(call) = self.call.filter(|_| is_limit_reached(&error)) else { return error };
        // Two clocks do not run alike.
        if call.begun.elapsed() < call.limit - call.limit / 1000 {
            return error;
        }
        let cure = format!(
            "the statement did not end within its time-out of {:?}; roll back, and raise the time-out or make \
             the statement faster",
            call.timeout
        );
        error.with_kind(ErrorKind::Timeout).with_cure(&cure)
    }
}

fn can_be_limited(statement: &Statement) -> bool {
    match statement.kind() {
        StatementKind::Select | StatementKind::Dml => true,
        _ => words::can_be_limited(statement.sql()),
    }
}

/// What goes before a statement. Microseconds are the finest that the server takes, and 0 would be no limit.
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
        let sent = limit.enter(&statement, options.server_limit(), &options).unwrap();
        sent.sql().to_owned()
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
