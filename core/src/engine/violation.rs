//! The unique key that a row has violated: what the message did not say, the catalogue is asked.

use std::time::Duration;

use crate::dbapi::{ExecutionOptions, Statement, StatementKind};
use crate::dialect::{Dialect, UniqueKey, written_table};
use crate::engine::result::Collect;
use crate::error::{Error, Result};
use crate::pool::Pooled;
use crate::row::Row;

/// How long the catalogue may take, unless the statement itself had less time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Adds to the error of a violated unique key what the catalogue knows of it, asked on the same session. An error that
/// says all, or is of another sort, costs nothing. A catalogue that does not answer in time costs what any statement
/// costs that is cut at its time-out: the transaction, where the duplicate has left it open.
pub(super) fn with_violated_key(
    dialect: &dyn Dialect,
    session: Option<&mut Pooled>,
    timeout: Option<Duration>,
    error: Error,
    statement: Option<&str>,
) -> Error {
    if !error.is_unique_violation() || error.is_disconnect() {
        return error;
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let mut key = UniqueKey {
        schema: None,
        table: owned(error.table()),
        constraint: owned(error.constraint()),
        columns: error.columns().to_vec(),
    };
    if key.is_known() {
        return error;
    }
    if key.table.is_none() && key.constraint.is_some() {
        let rules = dialect.lexical_rules();
        (key.schema, key.table) =
            statement.map(|sql| written_table(sql, rules)).unwrap_or_default();
    }
    let Some(session) = session.filter(|session| session.is_usable()) else { return error };
    match ask_for_key(dialect, session, timeout, &mut key) {
        Ok(true) => error.with_unique_key(key.table, key.constraint, key.columns),
        // It says less, and is as true.
        Ok(false) | Err(_) => error,
    }
}

/// Whether the catalogue was asked.
fn ask_for_key(
    dialect: &dyn Dialect,
    session: &mut Pooled,
    timeout: Option<Duration>,
    key: &mut UniqueKey,
) -> Result<bool> {
    let Some(query) = dialect.unique_key_query(key) else { return Ok(false) };
    let statement = Statement::new(query.sql, StatementKind::Text)?;
    let patience = timeout.map_or(PATIENCE, |own| own.min(PATIENCE));
    let options = ExecutionOptions::new().time_left(patience);
    let mut rows = Collect::<Row>::default();
    let done = session.connection().execute(&statement, &query.values, &options, &mut rows)?;
    let mut found = Vec::new();
    for row in rows.into_result(done.into()) {
        let width = row.columns().len();
        found.push((0..width).map(|at| row.get(at)).collect::<Result<Vec<Option<String>>>>()?);
    }
    dialect.complete_unique_key(key, &found);
    Ok(true)
}
