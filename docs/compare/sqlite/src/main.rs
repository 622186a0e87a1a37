//! The peers on SQLite, with a SQLite of their own. `./scripts/compare` runs it.
//!
//! ```text
//! aludel-compare-sqlite <pinning> <round>
//! aludel-compare-sqlite repeat SQLite <d or t> <contender> <calls>    one of them, for a profiler
//! ```

#[allow(dead_code, reason = "the package above uses all of it")]
#[path = "../../src/contender.rs"]
mod contender;
#[path = "../../src/diesel.rs"]
mod diesel;
#[path = "../../src/diesel_async.rs"]
mod diesel_async;
#[allow(dead_code, reason = "the package above uses all of it")]
#[path = "../../src/family.rs"]
mod family;
#[path = "../../src/raw/sqlite.rs"]
mod raw;
#[path = "../../src/round.rs"]
mod round;
#[path = "../../src/sea_orm.rs"]
mod sea_orm;
#[path = "../../src/sqlx.rs"]
mod sqlx;
#[allow(dead_code, reason = "the package above uses all of it")]
#[path = "../../src/typed/mod.rs"]
mod typed;
#[allow(dead_code, reason = "the package above uses all of it")]
#[path = "../../src/workload.rs"]
mod workload;

use contender::Result;
use family::{Family, Of, no_tasks, none};
use round::Round;

const URL: &str = "sqlite::memory:";

/// What the places of the tables go on with.
const FIRST_PLACE: usize = 100;

const fn family(one_row: Of, many_rows: Of, typed_rows: Of, insert: Of) -> Family {
    let (in_transaction, checked_out, tasks) = (none, none, no_tasks);
    Family { one_row, in_transaction, checked_out, many_rows, typed_rows, insert, tasks }
}

const FAMILIES: [Family; 5] = [
    raw::FAMILY,
    family(diesel::sqlite::one_row, diesel::sqlite::many_rows, none, diesel::sqlite::insert),
    family(
        diesel_async::sqlite::one_row,
        diesel_async::sqlite::many_rows,
        none,
        diesel_async::sqlite::insert,
    ),
    family(
        sqlx::sqlite::one_row,
        sqlx::sqlite::many_rows,
        typed::sqlx::sqlite::rows,
        sqlx::sqlite::insert,
    ),
    family(sea_orm::one_row, sea_orm::many_rows, none, sea_orm::insert),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["repeat", "SQLite", "d", name, calls] => repeat(|family| family.one_row, name, calls),
        ["repeat", "SQLite", "t", name, calls] => repeat(|family| family.typed_rows, name, calls),
        [pinning, round] => {
            let round = Round::read(pinning, round, FIRST_PLACE)?;
            round::sqlite(&round, &FAMILIES, URL)
        }
        _ => Err("say the pinning and the round; ./scripts/compare does".into()),
    }
}

fn repeat(of: fn(&Family) -> Of, name: &str, calls: &str) -> Result<()> {
    round::repeat(family::all(&FAMILIES, URL, of)?, name, calls.parse()?)
}
