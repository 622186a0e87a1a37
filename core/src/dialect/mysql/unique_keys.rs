//! The unique keys of MySQL: its message names the key, and not always the table; the catalogue has the
//! columns.

use super::super::unique_keys::{CatalogueQuery, UniqueKey};
use crate::value::Value;

/// Rows of table and column (NULL of an expression).
const OF_TABLE: &str = "select table_name, column_name from information_schema.statistics \
     where table_schema = coalesce(?, database()) and table_name = ? and index_name = ? \
     and non_unique = 0 order by seq_in_index";

const OF_KEY: &str = "select table_name, column_name from information_schema.statistics \
     where table_schema = coalesce(?, database()) and index_name = ? \
     and non_unique = 0 order by table_name, seq_in_index";

pub(super) fn query(known: &UniqueKey) -> Option<CatalogueQuery> {
    let key = known.constraint.as_deref()?;
    let schema = known.schema.as_deref().map_or(Value::Null, Value::from);
    Some(match known.table.as_deref() {
        Some(table) => {
            let values = vec![schema, Value::from(table), Value::from(key)];
            CatalogueQuery { sql: OF_TABLE, values }
        }
        None => CatalogueQuery { sql: OF_KEY, values: vec![schema, Value::from(key)] },
    })
}

pub(super) fn complete(known: &mut UniqueKey, rows: &[Vec<Option<String>>]) {
    let Some(table) = rows.first().and_then(|row| row.first()?.clone()) else { return };
    // Several tables may have a key of this name.
    if rows.iter().any(|row| row.first() != Some(&Some(table.clone()))) {
        return;
    }
    known.table.get_or_insert(table);
    let columns = rows.iter().map(|row| row.get(1)?.clone());
    known.columns = columns.collect::<Option<_>>().unwrap_or_default();
}
