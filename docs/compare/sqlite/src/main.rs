//! The peers on SQLite, with a SQLite of their own. `./scripts/compare` runs it.
//!
//! ```text
//! aludel-compare-sqlite <pinning> <round>
//! aludel-compare-sqlite repeat SQLite <workload> <contender> <calls>    one of them, for a profiler
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
#[allow(dead_code, reason = "the package above uses all of it")]
#[path = "../../src/inserts/mod.rs"]
mod inserts;
#[path = "../../src/raw/mod.rs"]
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
use inserts::{ADDED, Inserts, MANY};
use round::Round;

const URL: &str = "sqlite::memory:";

/// What the places of the tables go on with.
const FIRST_PLACE: usize = 100;

const fn family(one_row: Of, many_rows: Of, inserts: Inserts) -> Family {
    Family {
        one_row,
        in_transaction: none,
        checked_out: none,
        many_rows,
        typed_rows: none,
        inserts,
        tasks: no_tasks,
    }
}

const FAMILIES: [Family; 5] = [
    raw::sqlite::FAMILY,
    family(
        diesel::sqlite::one_row,
        diesel::sqlite::many_rows,
        Inserts {
            plain: inserts::diesel::sqlite::plain::<ADDED>,
            keys: inserts::diesel::sqlite_keys::keys,
            many: inserts::diesel::sqlite::plain::<MANY>,
        },
    ),
    family(
        diesel_async::sqlite::one_row,
        diesel_async::sqlite::many_rows,
        Inserts::without_keys(
            inserts::diesel_async::sqlite::plain::<ADDED>,
            inserts::diesel_async::sqlite::plain::<MANY>,
        ),
    ),
    Family {
        typed_rows: typed::sqlx::sqlite::rows,
        ..family(
            sqlx::sqlite::one_row,
            sqlx::sqlite::many_rows,
            Inserts {
                plain: inserts::sqlx::sqlite::plain::<ADDED>,
                keys: inserts::sqlx::sqlite::keys,
                many: inserts::sqlx::sqlite::plain::<MANY>,
            },
        )
    },
    family(
        sea_orm::one_row,
        sea_orm::many_rows,
        Inserts {
            plain: inserts::sea_orm::plain::<ADDED>,
            keys: inserts::sea_orm::keys,
            many: inserts::sea_orm::plain::<MANY>,
        },
    ),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["repeat", "SQLite", workload, name, calls] => repeat(workload, name, calls.parse()?),
        [pinning, round] => {
            let round = Round::read(pinning, round, FIRST_PLACE)?;
            round::sqlite(&round, &FAMILIES, URL)
        }
        _ => Err("say the pinning and the round; ./scripts/compare does".into()),
    }
}

fn repeat(workload: &str, name: &str, calls: u32) -> Result<()> {
    if let Some((_, of)) = inserts::WORKLOADS.iter().find(|(known, _)| *known == workload) {
        let contenders = family::all(&FAMILIES, URL, |family| of(&family.inserts))?;
        return round::repeat(contenders, name, calls);
    }
    let contenders = match workload {
        "d" => family::all(&FAMILIES, URL, |family| family.one_row),
        "f" => family::all(&FAMILIES, URL, |family| family.many_rows),
        "t" => family::all(&FAMILIES, URL, |family| family.typed_rows),
        _ => return Err(format!("no workload {workload}: say d, f, t, g, g keys or g many").into()),
    };
    round::repeat(contenders?, name, calls)
}
