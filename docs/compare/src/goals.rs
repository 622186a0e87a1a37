//! The goals that compare, and whether they are reached.

use crate::computing;
use crate::planning::{DATABASE as NO_DATABASE, WORKLOAD as PLANNING};
use crate::report::{Median, show};

type Place = (&'static str, &'static str, &'static str);

/// What a contender of ours is held against.
enum Theirs {
    /// A time in nanoseconds.
    Time(f64),
    /// So many nanoseconds more than another contender.
    More(f64, Place),
    /// At most so many times the time of another contender.
    Times(f64, Place),
    /// At most so many times the time of the best peer, which is no raw driver.
    BestPeer(f64),
}

use Theirs::{BestPeer, More, Time, Times};

const PREPARED: Place = (NO_DATABASE, PLANNING, "Aludel, prepared");
const BUILT: Place = (NO_DATABASE, PLANNING, "Aludel, built anew");
const POSTGRES_RAW: Place = ("PostgreSQL", "b", "tokio-postgres");
const HOSTED: &str = "Aludel, `Hosted`";
const HOSTED_AUTOCOMMIT: &str = "Aludel, `Hosted`, AUTOCOMMIT";
const HOSTED_COMMITTED: &str = "Aludel, `Hosted`, committed";
const AT_ONCE: &str = "Aludel, `Hosted`, in one `run_sync`";
const LOCAL: &str = "Aludel, `Local`";
const BLOCKING: &str = "Aludel, blocking";
const BY_MYSQL: &str = "Aludel, blocking, by `mysql`";
const DEADPOOL: &str = "tokio-postgres, deadpool";
const DEADPOOL_IN_TRANSACTION: &str = "tokio-postgres, deadpool, in a transaction";
const MYSQL_POOL: &str = "mysql_async, pool without reset";
const MYSQL_POOL_IN_TRANSACTION: &str = "mysql_async, pool without reset, in a transaction";
const SQLX_POOL: &str = "sqlx, pool without test";
/// At least 0.95 of a rate.
const RATE: f64 = 1.0 / 0.95;
/// At least 1.6 times the rate.
const TWO_CORES: f64 = 1.0 / 1.6;
/// At least 1.1 of a rate.
const ABOVE: f64 = 1.0 / 1.1;
/// At least 0.65 of a rate.
const MOST_OF: f64 = 1.0 / 0.65;
/// At least 1.4 times as fast.
const FASTER: f64 = 1.0 / 1.4;

const GOALS: &[(Place, Theirs)] = &[
    (("PostgreSQL", "b", BLOCKING), Times(1.05, POSTGRES_RAW)),
    (("PostgreSQL", "b", LOCAL), Times(1.05, POSTGRES_RAW)),
    (("PostgreSQL", "b", LOCAL), BestPeer(1.0)),
    (("MariaDB", "b", BY_MYSQL), Times(1.05, ("MariaDB", "b", "mysql"))),
    (("MariaDB", "b", LOCAL), Times(1.05, ("MariaDB", "b", "mysql_async"))),
    (("PostgreSQL", "b'", HOSTED), Times(RATE, ("PostgreSQL", "b'", DEADPOOL))),
    (("PostgreSQL", "b'", HOSTED), Times(ABOVE, ("PostgreSQL", "b'", DEADPOOL_IN_TRANSACTION))),
    (
        ("PostgreSQL", "b'", HOSTED_COMMITTED),
        Times(ABOVE, ("PostgreSQL", "b'", DEADPOOL_IN_TRANSACTION)),
    ),
    (("PostgreSQL", "b'", HOSTED_AUTOCOMMIT), Times(MOST_OF, ("PostgreSQL", "b'", DEADPOOL))),
    (("PostgreSQL", "b'", HOSTED_AUTOCOMMIT), Times(1.0, ("PostgreSQL", "b'", SQLX_POOL))),
    (("PostgreSQL", "b'", HOSTED), BestPeer(1.0)),
    (("PostgreSQL", "b'", AT_ONCE), Times(RATE, ("PostgreSQL", "b'", DEADPOOL))),
    (("MariaDB", "b'", HOSTED), Times(RATE, ("MariaDB", "b'", MYSQL_POOL))),
    (("MariaDB", "b'", HOSTED), Times(ABOVE, ("MariaDB", "b'", MYSQL_POOL_IN_TRANSACTION))),
    (
        ("MariaDB", "b'", HOSTED_COMMITTED),
        Times(ABOVE, ("MariaDB", "b'", MYSQL_POOL_IN_TRANSACTION)),
    ),
    (("MariaDB", "b'", HOSTED_AUTOCOMMIT), Times(MOST_OF, ("MariaDB", "b'", MYSQL_POOL))),
    (("MariaDB", "b'", HOSTED_AUTOCOMMIT), Times(1.0, ("MariaDB", "b'", SQLX_POOL))),
    (("MariaDB", "b'", HOSTED), BestPeer(1.0)),
    (("MariaDB", "b'", AT_ONCE), Times(RATE, ("MariaDB", "b'", MYSQL_POOL))),
    (("PostgreSQL", "k", HOSTED), Times(1.1, ("PostgreSQL", "b'", HOSTED))),
    (("MariaDB", "k", HOSTED), Times(1.1, ("MariaDB", "b'", HOSTED))),
    (("PostgreSQL", "c", BLOCKING), Times(FASTER, ("PostgreSQL", "c", DEADPOOL))),
    (("PostgreSQL", "c", LOCAL), Times(FASTER, ("PostgreSQL", "c", DEADPOOL))),
    (("PostgreSQL", "c plain", LOCAL), Times(RATE, ("PostgreSQL", "c plain", DEADPOOL))),
    (("SQLite", "h", computing::TWO), Times(TWO_CORES, ("SQLite", "h", computing::ONE))),
    (("SQLite", "d", "Aludel, blocking, ad-hoc"), Time(1000.0)),
    (("SQLite", "d", BLOCKING), Time(360.0)),
    (("SQLite", "e", "Aludel, `Local`, ad-hoc"), Time(1500.0)),
    (("SQLite", "e", LOCAL), BestPeer(1.0)),
    (("SQLite", "f", BLOCKING), Times(1.1, ("SQLite", "f", "rusqlite"))),
    (("SQLite", "f", BLOCKING), BestPeer(1.0)),
    (
        ("PostgreSQL", "f", BLOCKING),
        Times(1.05, ("PostgreSQL", "f", "tokio-postgres, `query_raw`")),
    ),
    (("PostgreSQL", "f", LOCAL), Times(1.05, ("PostgreSQL", "f", "tokio-postgres, `query_raw`"))),
    (("PostgreSQL", "f", LOCAL), BestPeer(1.0)),
    (("MariaDB", "f", BY_MYSQL), Times(1.05, ("MariaDB", "f", "mysql"))),
    (("MariaDB", "f", LOCAL), Times(1.05, ("MariaDB", "f", "mysql_async"))),
    (("MariaDB", "f", LOCAL), BestPeer(1.0)),
    ((NO_DATABASE, PLANNING, "Aludel, held"), More(400.0, PREPARED)),
    (BUILT, More(1500.0, PREPARED)),
    (BUILT, Times(0.25, (NO_DATABASE, PLANNING, "sea-query, built anew"))),
    (BUILT, Times(1.0, (NO_DATABASE, PLANNING, "diesel, `debug_query`"))),
    (("PostgreSQL", "t", LOCAL), Times(1.0, ("PostgreSQL", "t", "sqlx"))),
    (("MariaDB", "t", LOCAL), Times(1.0, ("MariaDB", "t", "sqlx"))),
    (("SQLite", "t", LOCAL), Times(1.0, ("SQLite", "t", "sqlx"))),
    (("PostgreSQL", "g", LOCAL), BestPeer(1.05)),
    (("MariaDB", "g", LOCAL), BestPeer(1.05)),
    (("SQLite", "g", BLOCKING), BestPeer(1.05)),
    (("PostgreSQL", "g keys", LOCAL), BestPeer(1.05)),
    (("MariaDB", "g keys", LOCAL), BestPeer(1.05)),
    (("SQLite", "g keys", BLOCKING), BestPeer(1.05)),
    (
        ("PostgreSQL", "g many", LOCAL),
        Times(1.1, ("PostgreSQL", "g many", "tokio-postgres, one statement")),
    ),
    (("MariaDB", "g many", LOCAL), Times(1.1, ("MariaDB", "g many", "mysql_async, one statement"))),
    (("SQLite", "g many", BLOCKING), Times(1.1, ("SQLite", "g many", "rusqlite, one statement"))),
];

pub(crate) fn print(medians: &[Median]) {
    println!("## Goals\n");
    println!("| | workload | of | held against | pinning | goal | measured | |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (ours, theirs) in GOALS {
        for one in medians.iter().filter(|one| is(one, *ours)) {
            let (database, workload, contender) = ours;
            let Some((against, goal, measured, reached)) = hold(one, theirs, medians) else {
                continue;
            };
            let reached = if reached { "reached" } else { "missed" };
            let pinning = &one.pinning;
            println!(
                "| {database} | {workload} | {contender} | {against} | {pinning} | {goal} | \
                 {measured} | {reached} |"
            );
        }
    }
    println!();
}

/// What it is held against, the goal, what was measured, and whether that is enough.
fn hold(
    one: &Median,
    theirs: &Theirs,
    medians: &[Median],
) -> Option<(String, String, String, bool)> {
    let same = |other: &&Median| other.pinning == one.pinning;
    let (bound, other) = match theirs {
        Time(bound) => {
            let (goal, measured) = (show(*bound), show(one.median));
            return Some((String::new(), goal, measured, one.median <= *bound));
        }
        More(bound, place) => {
            let other = medians.iter().find(|other| is(other, *place) && same(other))?;
            let more = (one.median - other.median).max(0.0);
            let goal = format!("{} more", show(*bound));
            let against = other.contender.clone();
            return Some((against, goal, format!("{} more", show(more)), more <= *bound));
        }
        Times(bound, place) => {
            (bound, medians.iter().find(|other| is(other, *place) && same(other))?)
        }
        BestPeer(bound) => (bound, best_peer(one, medians.iter().filter(same))?),
    };
    let ratio = one.median / other.median;
    let against = if one.workload == other.workload {
        other.contender.clone()
    } else {
        format!("{} of {}", other.contender, other.workload)
    };
    Some((against, format!("{bound:.2}×"), format!("{ratio:.2}×"), ratio <= *bound))
}

fn best_peer<'a>(one: &Median, all: impl Iterator<Item = &'a Median>) -> Option<&'a Median> {
    let peers = ["diesel", "sqlx", "sea-orm"];
    all.filter(|other| other.database == one.database && other.workload == one.workload)
        .filter(|other| peers.iter().any(|peer| other.contender.starts_with(peer)))
        .min_by(|a, b| a.median.total_cmp(&b.median))
}

fn is(one: &Median, (database, workload, contender): Place) -> bool {
    one.database == database && one.workload == workload && one.contender == contender
}
