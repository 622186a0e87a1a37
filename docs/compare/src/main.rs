//! Aludel, the raw drivers and the peers, side by side. `./scripts/compare` runs it.
//!
//! ```text
//! aludel-compare servers <pinning> <round>   one round on PostgreSQL and MariaDB, by one task
//! aludel-compare tasks <pinning> <round>     one round with 1, 32 and 512 tasks on 8 connections, and with
//!                                            statements that compute
//! aludel-compare computing <pinning> <round> those alone
//! aludel-compare sqlite <pinning> <round>    one round on SQLite
//! aludel-compare planning <pinning> <round>  one round without a database
//! aludel-compare report <file>               reads rounds, prints tables, and writes JSON
//! aludel-compare repeat <database> <workload> <contender> <calls>    one of them, for a profiler
//! ```

mod aludel;
mod awaited;
mod computing;
mod contender;
mod diesel;
mod diesel_async;
mod families;
mod family;
mod goals;
mod inserts;
mod planning;
mod raw;
mod report;
mod round;
mod sea_orm;
mod sqlx;
mod typed;
mod workload;

use contender::Contender;
use contender::Result;
use family::{Family, Of};
use round::Round;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["servers", pinning, round] => servers(&Round::read(pinning, round, 0)?),
        ["tasks", pinning, round] => tasks(&Round::read(pinning, round, 0)?),
        ["computing", pinning, round] => computing(&Round::read(pinning, round, 0)?),
        ["planning", pinning, round] => planning::round(&Round::read(pinning, round, 0)?),
        ["sqlite", pinning, round] => {
            round::sqlite(&Round::read(pinning, round, 0)?, &families::SQLITE, "sqlite://")
        }
        ["report", file] => report::run(file),
        ["repeat", database, workload, name, calls] => {
            repeat(database, workload, name, calls.parse()?)
        }
        _ => Err("say one of: servers, tasks, computing, sqlite, planning, report, repeat; \
                  ./scripts/compare does"
            .into()),
    }
}

/// A server, its contenders, and what empties the table that is inserted into.
type Server = (&'static str, String, [Family; 6], Box<dyn FnMut() -> Result<()>>);

fn open() -> Result<[Server; 2]> {
    let url = |name: &str| std::env::var(name).map_err(|_| format!("{name} is unset"));
    let (postgres, mysql) = (url("ALUDEL_TEST_POSTGRES_URL")?, url("ALUDEL_TEST_MYSQL_URL")?);
    let empty_postgres = Box::new(raw::postgres::prepare(&postgres)?);
    let empty_mysql = Box::new(raw::mysql::prepare(&mysql)?);
    Ok([
        ("PostgreSQL", postgres, families::POSTGRES, empty_postgres),
        ("MariaDB", mysql, families::MYSQL, empty_mysql),
    ])
}

fn servers(round: &Round) -> Result<()> {
    for (database, url, families, empty) in &mut open()? {
        let all = |of: fn(&Family) -> Of| family::all(families, url, of);
        round.measure(database, "b", all(|family| family.one_row)?, &mut *empty)?;
        round.measure(database, "c", all(|family| family.in_transaction)?, &mut *empty)?;
        round.measure(database, "c plain", all(|family| family.checked_out)?, &mut *empty)?;
        round.measure(database, "f", all(|family| family.many_rows)?, &mut *empty)?;
        round.measure(database, "t", all(|family| family.typed_rows)?, &mut *empty)?;
        for (workload, of) in inserts::WORKLOADS {
            round.measure(
                database,
                workload,
                family::all(families, url, |family| of(&family.inserts))?,
                &mut *empty,
            )?;
        }
    }
    Ok(())
}

/// The workloads of many tasks, and how many they are.
const TASKS: [(&str, u32); 3] = [("b 1", 1), ("b'", 32), ("k", 512)];

fn tasks(round: &Round) -> Result<()> {
    for (database, url, families, empty) in &mut open()? {
        for (workload, tasks) in TASKS {
            let mut contenders = many(families, url, tasks)?;
            let awaited =
                if *database == "PostgreSQL" { awaited::postgres } else { awaited::mysql };
            contenders.extend(awaited(url, tasks)?);
            round.measure(database, workload, contenders, &mut *empty)?;
        }
    }
    computing(round)
}

fn computing(round: &Round) -> Result<()> {
    round.measure("SQLite", computing::WORKLOAD, computing::contenders()?, || Ok(()))
}

fn many(families: &[Family], url: &str, tasks: u32) -> Result<Vec<Contender>> {
    let lists: Result<Vec<_>> = families.iter().map(|family| (family.tasks)(url, tasks)).collect();
    Ok(lists?.into_iter().flatten().collect())
}

/// The contenders of a workload by its letter.
fn of(families: &[Family], url: &str, workload: &str) -> Result<Vec<Contender>> {
    if let Some((_, tasks)) = TASKS.iter().find(|(known, _)| *known == workload) {
        return many(families, url, *tasks);
    }
    if let Some((_, of)) = inserts::WORKLOADS.iter().find(|(known, _)| *known == workload) {
        return family::all(families, url, |family| of(&family.inserts));
    }
    match workload {
        "b" | "d" | "e" => family::all(families, url, |family| family.one_row),
        "c" => family::all(families, url, |family| family.in_transaction),
        "f" => family::all(families, url, |family| family.many_rows),
        "t" => family::all(families, url, |family| family.typed_rows),
        _ => Err(format!(
            "no workload {workload}: say b, c, d, e, f, t, g, g keys, g many, b 1, b' or k"
        )
        .into()),
    }
}

fn repeat(database: &str, workload: &str, name: &str, calls: u32) -> Result<()> {
    if database == planning::DATABASE {
        return round::repeat(planning::contenders()?, name, calls);
    }
    if database == "SQLite" && workload == computing::WORKLOAD {
        return round::repeat(computing::contenders()?, name, calls);
    }
    if database == "SQLite" {
        return round::repeat(of(&families::SQLITE, "sqlite://", workload)?, name, calls);
    }
    let servers = open()?;
    let found = servers.iter().find(|(known, ..)| *known == database);
    let (_, url, families, _) =
        found.ok_or("say PostgreSQL, MariaDB, SQLite or Without a database")?;
    round::repeat(of(families, url, workload)?, name, calls)
}
