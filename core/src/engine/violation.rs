//! The unique key that a row has violated: what the message did not say, the catalogue is asked.

use std::time::Duration;

use super::Connection;
use crate::dbapi::{ExecutionOptions, Statement, StatementKind};
use crate::dialect::{UniqueKey, written_table};
use crate::engine::result::Collect;
use crate::error::{Error, Result};
use crate::row::Row;

/// How long the catalogue may take, unless the statement itself had less time.
const PATIENCE: Duration = Duration::from_secs(5);

impl Connection {
    /// Adds to the error of a violated unique key what the catalogue knows of it. An error that says all, or
    /// is of another sort, costs nothing. A catalogue that does not answer in time costs what any statement
    /// costs that is cut at its time-out: the transaction, where the duplicate has left it open.
    pub(super) fn with_violated_key(&mut self, error: Error, statement: Option<&str>) -> Error {
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
            let rules = self.engine().dialect().lexical_rules();
            (key.schema, key.table) =
                statement.map(|sql| written_table(sql, rules)).unwrap_or_default();
        }
        match self.ask_for_key(&mut key) {
            Ok(true) => error.with_unique_key(key.table, key.constraint, key.columns),
            // It says less, and is as true.
            Ok(false) | Err(_) => error,
        }
    }

    /// Whether the catalogue was asked.
    fn ask_for_key(&mut self, key: &mut UniqueKey) -> Result<bool> {
        let engine = self.engine().clone();
        let dialect = engine.dialect();
        let Some(query) = dialect.unique_key_query(key) else { return Ok(false) };
        let Some(pooled) = self.0.pooled.as_mut().filter(|pooled| pooled.is_usable()) else {
            return Ok(false);
        };
        let statement = Statement::new(query.sql, StatementKind::Text)?;
        let patience = self.0.options.timeout.map_or(PATIENCE, |own| own.min(PATIENCE));
        let options = ExecutionOptions::new().timeout(patience);
        let mut rows = Collect::<Row>::default();
        let done = pooled.connection().execute(&statement, &query.values, &options, &mut rows)?;
        let mut found = Vec::new();
        for row in rows.into_result(done.into()) {
            let width = row.columns().len();
            found.push((0..width).map(|at| row.get(at)).collect::<Result<Vec<Option<String>>>>()?);
        }
        dialect.complete_unique_key(key, &found);
        Ok(true)
    }
}
