//! Statements that compute on SQLite, asked by 32 tasks: how many cores an engine comes to use.

use std::hint::black_box;
use std::sync::{Mutex, TryLockError};

use aludel::{AsyncEngine, EngineOptions, Hosted, create_async_engine_on, text};

use crate::aludel::fill;
use crate::contender::{Contender, Result};
use crate::raw;
use crate::workload::{CONNECTIONS, key};

pub(crate) const WORKLOAD: &str = "h";
const TASKS: u32 = 32;

/// Reads some thousands of rows, which takes some hundreds of microseconds.
const ASKED: &str =
    "select count(*), sum(length(name) * length(hair)) from compare_users where id <= :last";
const FIRST: i64 = 5_000;

/// The second is held against the first: twice the threads, twice the cores.
pub(crate) const ONE: &str = "Aludel, `Hosted`, one thread";
pub(crate) const TWO: &str = "Aludel, `Hosted`, two threads";

pub(crate) fn contenders() -> Result<Vec<Contender>> {
    let (one, two) = (hosted(ONE, 1)?, hosted(TWO, 2)?);
    let raw = [("rusqlite, one thread", 1), ("rusqlite, two threads", 2)];
    let [raw_one, raw_two] = raw.map(|(name, threads)| by_rusqlite(name, threads));
    Ok(vec![one, two, raw_one?, raw_two?])
}

fn hosted(name: &'static str, threads: usize) -> Result<Contender> {
    let open = async move || {
        let options = EngineOptions::new().host_threads(threads);
        let options = options.pool_size(CONNECTIONS as usize).max_overflow(0);
        let engine = create_async_engine_on::<Hosted>("sqlite://", options)?;
        engine.run_sync(|engine| fill("sqlite://", &mut engine.connect()?)).await?;
        Ok(engine)
    };
    let once = async |engine: AsyncEngine<Hosted>, number| {
        let last = FIRST + key(number) % 100;
        let mut conn = engine.connect().await?;
        let found = conn.scalar(text(ASKED).bind("last", last)).await?;
        is_counted(found, last)
    };
    Contender::tasks(name, "", TASKS, open, once)
}

/// What the cores give, without tasks: each thread has a database of its own.
fn by_rusqlite(name: &'static str, threads: u32) -> Result<Contender> {
    let connections: Result<Vec<_>> =
        (0..threads).map(|_| Ok(Mutex::new(raw::sqlite::connect()?))).collect();
    Ok(Contender::threads(name, "", threads, connections?, |connections, number| {
        let last = FIRST + key(number) % 100;
        let free = connections.iter().map(Mutex::try_lock).find_map(|lock| match lock {
            Ok(connection) => Some(connection),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        let connection = free.ok_or("more threads than connections")?;
        let mut statement = connection.prepare_cached(ASKED)?;
        is_counted(statement.query_row([last], |row| row.get(0)).ok(), last)
    }))
}

fn is_counted(found: Option<i64>, last: i64) -> Result<()> {
    if black_box(found) == Some(last) { Ok(()) } else { Err(format!("{found:?} rows").into()) }
}
