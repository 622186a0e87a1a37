//! What is known of the rows that an INSERT inserts, and of those that it gives.

use super::Source;
use crate::sql::Name;

/// What is known of the rows that an INSERT of many rows gives.
#[derive(Debug, Clone, Default)]
pub(crate) enum ReturnedRows {
    /// There are none.
    #[default]
    None,
    /// Nothing says which is that of which row.
    Unordered,
    /// It can be seen that they are in the order of the rows.
    InOrder(RowOrder),
}

/// How it can be seen that the rows which an INSERT gives are in the order of those that it inserts.
#[derive(Debug, Clone)]
pub(crate) struct RowOrder {
    /// The columns of the key, in what is given.
    pub(crate) witnesses: Vec<Witness>,
    /// The columns that are given for that, behind the others, and how many.
    pub(crate) added_sql: String,
    pub(crate) added: usize,
}

/// A column of the key.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    /// Its place among what is given, counted from the end if it was added there.
    pub(crate) place: usize,
    pub(crate) is_added: bool,
    /// The value of a row that it has; without one the database counts it.
    pub(crate) given: Option<Source>,
}

/// How the primary key of the row is found that an INSERT inserts.
#[derive(Debug, Clone)]
pub(crate) struct RowKey {
    pub(crate) columns: Vec<(Name, KeyValue)>,
    /// Whether it is one column, which the database counts where it is given nothing.
    pub(crate) counts: bool,
    /// What gives the columns that the database makes; none if it has no such clause.
    pub(crate) returning_sql: Option<String>,
}

/// Where a column of the primary key comes from.
#[derive(Debug, Clone)]
pub(crate) enum KeyValue {
    Given(Source),
    /// The database counts it.
    Counted,
    /// The database computes it.
    Computed,
}
