//! The soak: checkout, statement, return, again and again, a tenth of it cancelled and one in a
//! hundred with a listener that panics. Nothing may grow: memory, handles, threads, mappings,
//! statements and sessions on the server.
//!
//! As a test it makes few cycles; `./scripts/soak` makes 200,000 for each database.

#![allow(clippy::print_stdout, reason = "it reports")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;
mod usage;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aludel::engine::BeforeCursorExecute;
use aludel::{
    AsyncEngine, EngineOptions, Hosted, Local, RawSql, Result, Strategy, Threaded, event, text,
};
use futures::FutureExt;
use support::drop_after::after;
use support::{Database, Fresh};
use usage::Usage;

const CONNECTIONS: usize = 8;
const TASKS: u64 = 32;

/// More texts than a connection keeps statements.
const TEXTS: u64 = 300;

/// How many statements a connection keeps, if its URL does not say.
const KEPT: usize = 100;

/// Growth that is noise of the allocator, for each 100,000 cycles and once.
const SLOPE: u64 = 1024;
const NOISE: u64 = 4096;

/// A small generator, so that a seed tells the whole story.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// How the cycles have ended.
#[derive(Debug, Default)]
struct Ends {
    done: AtomicU64,
    cancelled: AtomicU64,
    panicked: AtomicU64,
}

impl Ends {
    fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

async fn cycle<S: Strategy>(engine: &AsyncEngine<S>, nonce: i64, which: u64) -> Result<()> {
    let mut conn = engine.connect().await?;
    let sql = format!("select :n + {}", which % TEXTS);
    let found = conn.scalar(text(RawSql::new(sql)).bind("n", nonce)).await?;
    assert_eq!(found, Some(nonce + i64::try_from(which % TEXTS).unwrap()), "another one's row");
    match which % 3 {
        0 => conn.commit().await,
        1 => conn.close().await,
        // Dropped with its transaction open.
        _ => Ok(()),
    }
}

async fn task<S: Strategy>(engine: AsyncEngine<S>, seed: u64, cycles: u64, ends: Arc<Ends>) {
    let mut random = Random(seed | 1);
    for number in 0..cycles {
        let nonce = i64::try_from(seed % 1000 * 1_000_000 + number).unwrap();
        let work = cycle(&engine, nonce, random.below(1 << 20));
        let polls =
            if random.below(10) == 0 { u32::try_from(random.below(3)).unwrap() } else { u32::MAX };
        match AssertUnwindSafe(after(polls, work)).catch_unwind().await {
            Ok(Some(outcome)) => {
                outcome.expect("a cycle");
                Ends::count(&ends.done);
            }
            Ok(None) => Ends::count(&ends.cancelled),
            Err(_) => Ends::count(&ends.panicked),
        }
    }
}

async fn cycles<S: Strategy>(engine: &AsyncEngine<S>, cycles: u64, seed: u64, ends: &Arc<Ends>) {
    let tasks = (0..TASKS).map(|number| {
        let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number);
        task(engine.clone(), seed, cycles.div_ceil(TASKS), Arc::clone(ends))
    });
    futures::future::join_all(tasks).await;
    for _ in 0..1000 {
        let status = engine.sync_engine().pool().status();
        if status.in_use == 0 && status.waiting == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the pool is not whole: {}", engine.sync_engine().pool().status());
}

fn soak<S: Strategy>(database: Database, how: &str, number: u64) {
    let Some(fresh) = Fresh::new(database) else { return };
    let options = EngineOptions::new()
        .pool_size(CONNECTIONS)
        .max_overflow(0)
        .pool_timeout(Duration::from_secs(60));
    let engine = fresh.async_engine::<S>(options).expect("an engine");
    let panics = Arc::new(AtomicBool::new(true));
    let (may, heard) = (Arc::clone(&panics), AtomicU64::new(0));
    event::listen(engine.sync_engine(), move |_: &mut BeforeCursorExecute<'_>| {
        let number = heard.fetch_add(1, Ordering::Relaxed);
        assert!(number % 100 != 99 || !may.load(Ordering::Relaxed), "on purpose");
        Ok(())
    });
    let ends = Arc::new(Ends::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // What grows to its size grows in the first part.
        cycles(&engine, number / 4, 1, &ends).await;
        let before = Usage::now();
        let started = Instant::now();
        cycles(&engine, number, 2, &ends).await;
        let took = started.elapsed();
        let after = Usage::now();
        println!(
            "{database:?}, {how}: {ends:?}, {} µs a cycle",
            took.as_micros() / u128::from(number)
        );
        if let (Some(before), Some(after)) = (before, after) {
            println!("  before: {before}\n  after:  {after}");
            compare(before, after, number);
        }
        panics.store(false, Ordering::Relaxed);
        if let Some(statements) = statements(&engine, database).await {
            println!("  on the server: {statements} statements");
            assert!(statements <= CONNECTIONS * KEPT, "statements are left on the server");
        }
        engine.dispose().await.expect("a dispose");
    });
    let sessions = fresh.server_states();
    assert!(sessions.is_empty(), "sessions are left on the server: {sessions:?}");
}

/// The prepared statements of all the engine's sessions, as the server counts them. MariaDB counts
/// those of everybody: nothing else may use the server meanwhile.
async fn statements<S: Strategy>(engine: &AsyncEngine<S>, database: Database) -> Option<usize> {
    let (sql, sessions) = match database.server() {
        Database::Postgres => ("select count(*) from pg_prepared_statements", CONNECTIONS),
        Database::MySql => {
            let counted = "select cast(variable_value as signed) from \
                information_schema.global_status where variable_name = 'PREPARED_STMT_COUNT'";
            (counted, 1)
        }
        _ => return None,
    };
    let (mut held, mut sum) = (Vec::new(), 0);
    for _ in 0..sessions {
        let mut conn = engine.connect().await.expect("a connection");
        let found: i64 = conn.scalar(text(sql)).await.expect("a count").expect("a row");
        sum += usize::try_from(found).expect("no count is negative");
        // Held, so that the next one is another session.
        held.push(conn);
    }
    Some(sum)
}

/// Threads and mappings that come and go with the work are allowed for, one for each connection.
fn compare(before: Usage, after: Usage, cycles: u64) {
    assert!(after.handles <= before.handles + CONNECTIONS, "handles have grown");
    assert!(after.threads <= before.threads + CONNECTIONS, "threads have grown");
    assert!(after.mappings <= before.mappings + 4 * CONNECTIONS, "mappings have grown");
    let allowed = NOISE + SLOPE * cycles / 100_000;
    assert!(after.memory <= before.memory + allowed, "memory has grown");
}

fn main() {
    let set = std::env::var("ALUDEL_SOAK_CYCLES").ok();
    let number = set.map_or(2_000, |set| set.parse().expect("ALUDEL_SOAK_CYCLES is a number"));
    // The panics of the listeners are on purpose: their messages would be hundreds.
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some("on purpose") {
            before(panic);
        }
    }));
    for database in [Database::Sqlite, Database::Postgres, Database::MySql] {
        soak::<Local>(database, "Local", number / 3);
        soak::<Hosted>(database, "Hosted", number / 3);
        soak::<Threaded>(database, "Threaded", number / 3);
    }
    for database in [Database::PostgresBlocking, Database::MySqlBlocking] {
        soak::<Threaded>(database, "Threaded", number / 3);
    }
}
