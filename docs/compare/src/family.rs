//! What a family of contenders offers: one function for each workload.

use crate::contender::{Contender, Result};
use crate::inserts::Inserts;

/// Opens the contenders of a family for the database of a URL.
pub(crate) type Of = fn(&str) -> Result<Vec<Contender>>;

/// Contenders that share a library, on one database.
pub(crate) struct Family {
    /// One prepared row on an open connection, in an open transaction.
    pub(crate) one_row: Of,
    /// Checkout, BEGIN, SELECT, COMMIT, return.
    pub(crate) in_transaction: Of,
    /// Checkout, SELECT, return.
    pub(crate) checked_out: Of,
    /// 10,000 rows into structs.
    pub(crate) many_rows: Of,
    /// 10,000 rows with a timestamp, a UUID, a decimal and JSON into structs.
    pub(crate) typed_rows: Of,
    /// Rows inserted in one transaction.
    pub(crate) inserts: Inserts,
    /// So many tasks that share 8 connections: checkout, SELECT, return.
    pub(crate) tasks: fn(&str, u32) -> Result<Vec<Contender>>,
}

/// The contenders of all families for one workload.
pub(crate) fn all(
    families: &[Family],
    url: &str,
    of: impl Fn(&Family) -> Of,
) -> Result<Vec<Contender>> {
    let lists: Result<Vec<_>> = families.iter().map(|family| of(family)(url)).collect();
    Ok(lists?.into_iter().flatten().collect())
}

/// No contender of this family for a workload.
pub(crate) fn none(_: &str) -> Result<Vec<Contender>> {
    Ok(Vec::new())
}

/// As [`none`], for tasks.
pub(crate) fn no_tasks(_: &str, _: u32) -> Result<Vec<Contender>> {
    Ok(Vec::new())
}
