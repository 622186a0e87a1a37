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
