//! From a statement to text and values, without a database: a select of three joins, five values and an
//! IN list of ten, for PostgreSQL.
//!
//! Aludel's are executed, on a driver that does nothing. What executing costs besides, its prepared
//! statement shows.

mod aludel;
mod diesel;
#[path = "../../../../core/benches/engine/idle.rs"]
mod idle;
#[path = "../../../../core/benches/engine/joined.rs"]
mod joined;
mod sea_query;

use crate::contender::{Contender, Result};
use crate::round::Round;

pub(crate) const DATABASE: &str = "Without a database";
pub(crate) const WORKLOAD: &str = "p";

pub(crate) fn contenders() -> Result<Vec<Contender>> {
    let mut contenders = sea_query::contenders();
    contenders.push(diesel::contender());
    contenders.extend(aludel::contenders()?);
    Ok(contenders)
}

/// One round.
pub(crate) fn round(round: &Round) -> Result<()> {
    round.measure(DATABASE, WORKLOAD, contenders()?, || Ok(()))
}
