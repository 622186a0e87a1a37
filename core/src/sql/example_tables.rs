//! The tables of the examples in this documentation.

use super::schema::{Column, MetaData, Table};
use super::types;
use crate::error::Result;

/// The tables `t` and `u` of the examples of methods; `u.t_id` refers to `t.id`.
///
/// # Errors
///
/// None: the descriptions are right.
#[doc(hidden)]
pub fn tables_of_examples() -> Result<(Table, Table)> {
    let metadata = MetaData::new();
    let columns = [
        Column::new("id", types::Integer).primary_key(),
        Column::new("a", types::Integer),
        Column::new("b", types::Integer),
        Column::new("s", types::String(40)),
        Column::new("doc", types::JsonB),
        Column::new("tags", types::Array(types::Text)),
    ];
    let t = Table::new("t", &metadata, columns)?;
    let columns = [
        Column::new("id", types::Integer).primary_key(),
        Column::new("t_id", types::Integer).foreign_key("t.id"),
    ];
    Ok((t, Table::new("u", &metadata, columns)?))
}
