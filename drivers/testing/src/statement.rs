//! Short ways to a statement.

use aludel_core::dbapi::{Statement, StatementKind};

/// A statement of this kind.
///
/// # Panics
///
/// The text has a NUL.
#[track_caller]
pub fn statement(sql: &str, kind: StatementKind) -> Statement {
    Statement::new(sql, kind).unwrap()
}

/// A statement of whose kind nothing is known.
///
/// # Panics
///
/// The text has a NUL.
#[track_caller]
pub fn raw(sql: &str) -> Statement {
    statement(sql, StatementKind::Text)
}

/// What ends another session of PostgreSQL and waits until it is gone; versions before 14 have no function for it.
#[must_use]
pub fn terminate_sql(pid: i64) -> String {
    format!(
        "do $$ begin perform pg_terminate_backend({pid}); \
         for i in 1..500 loop perform pg_stat_clear_snapshot(); \
         if not exists (select from pg_stat_activity where pid = {pid}) then return; end if; \
         perform pg_sleep(0.01); end loop; raise 'the session {pid} does not end'; end $$"
    )
}
