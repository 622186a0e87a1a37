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

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use aludel::engine::BeforeCursorExecute;
use aludel::{
    AsyncEngine, EngineOptions, Hosted, Local, RawSql, Result, Strategy, Threaded, event, text,
};
use futures::FutureExt;
use support::{Database, Fresh};
use usage::Usage;

const CONNECTIONS: usize = 8;
const TASKS: u64 = 32;

/// More texts than a connection keeps statements.
const TEXTS: u64 = 300;

/// How many statements a connection keeps, if its URL does not say.
const KEPT: usize = 100;

/// What memory may grow by in the last quarter, in KiB: noise of the allocator, of which 150 was the
/// most that was seen, and 32 bytes for each of a quarter's cycles where there are 200,000 in all.
const NOISE: u64 = 512;

/// As many cycles make a quarter that tells noise from growth.
const TELLING: u64 = 5_000;

/// A small generator, so that a seed repeats a run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What has become of the cycles.
#[derive(Debug, Default)]
struct Ends {
    begun: AtomicU64,
    done: AtomicU64,
    /// Dropped before a statement had begun, most of them in the pool's queue.
    left: AtomicU64,
    /// Dropped after.
    cut: AtomicU64,
    panicked: AtomicU64,
    /// The most polls that a cycle has taken.
    polls: AtomicU64,
}

impl Ends {
    fn count(counter: &AtomicU64) -> u64 {
        counter.fetch_add(1, Ordering::Relaxed)
    }

    /// Cancelling and panicking are what the soak is about, so it must have happened.
    fn check(&self) {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let begun = of(&self.begun);
        assert!(of(&self.cut) * 20 >= begun, "hardly any statement was cut: {self:?}");
        let panicked = of(&self.panicked);
        assert!((begun / 200..=begun / 50).contains(&panicked), "not one in a hundred: {self:?}");
    }
}

async fn cycle<S: Strategy>(
    engine: &AsyncEngine<S>,
    nonce: i64,
    which: u64,
    asked: &AtomicBool,
) -> Result<()> {
    let mut conn = engine.connect().await?;
    let sql = format!("select :n + {}", which % TEXTS);
    asked.store(true, Ordering::Relaxed);
    let found = conn.scalar(text(RawSql::new(sql)).bind("n", nonce)).await?;
    assert_eq!(found, Some(nonce + i64::try_from(which % TEXTS).unwrap()), "another one's row");
    match which % 3 {
        0 => conn.commit().await,
        1 => conn.close().await,
        // Dropped with its transaction open.
        _ => Ok(()),
    }
}

/// A statement that takes longer than anybody here waits. SQLite lets others run while it counts.
/// MariaDB's `sleep` is no good for this: all share a lock that a KILL may keep for two seconds.
fn slow(database: Database) -> &'static str {
    match database.server() {
        Database::Postgres => "select 1 from pg_sleep(0.05)",
        Database::MySql => "select count(*) from seq_1_to_3000000 where seq % 3 = 0",
        _ => {
            "with recursive c(x) as (select 1 union all select x + 1 from c where x < 2000000) \
             select count(*) from c"
        }
    }
}

/// A cycle whose statement is dropped a moment after it has begun. Half of them go on with the same
/// connection.
async fn cut<S: Strategy>(
    engine: &AsyncEngine<S>,
    slow: &'static str,
    nonce: i64,
    which: u64,
    ends: &Ends,
) -> Result<()> {
    let mut conn = engine.connect().await?;
    let moment = Duration::from_micros(which % 2000);
    match tokio::time::timeout(moment, conn.execute(text(slow))).await {
        Ok(outcome) => drop(outcome?),
        Err(_) => drop(Ends::count(&ends.cut)),
    }
    if which.is_multiple_of(2) {
        conn.rollback().await?;
        let found = conn.scalar(text("select :n").bind("n", nonce)).await?;
        assert_eq!(found, Some(nonce), "another one's row");
        conn.close().await?;
    }
    Ok(())
}

/// Polls a future at most so many times. What came of it, and how many it were.
async fn polled<F: Future>(most: u64, future: F) -> (Option<F::Output>, u64) {
    let (mut future, mut polls) = (pin!(future), 0);
    poll_fn(move |context| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready((Some(output), polls)),
            Poll::Pending if polls >= most => Poll::Ready((None, polls)),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn task<S: Strategy>(
    engine: AsyncEngine<S>,
    slow: &'static str,
    seed: u64,
    cycles: u64,
    ends: Arc<Ends>,
) {
    let mut random = Random(seed | 1);
    for number in 0..cycles {
        let nonce = i64::try_from(seed % 1000 * 1_000_000 + number).unwrap();
        let which = random.below(1 << 20);
        let turn = Ends::count(&ends.begun);
        let asked = AtomicBool::new(false);
        let work = async {
            // Every tenth is to be cancelled: three in a statement, the fourth anywhere.
            if turn % 10 != 9 {
                return polled(u64::MAX, cycle(&engine, nonce, which, &asked)).await;
            }
            if turn % 40 != 39 {
                return (Some(cut(&engine, slow, nonce, which, &ends).await), 0);
            }
            let most = ends.polls.load(Ordering::Relaxed).max(2);
            polled(1 + which % most, cycle(&engine, nonce, which, &asked)).await
        };
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok((Some(outcome), polls)) => {
                outcome.expect("a cycle");
                ends.polls.fetch_max(polls, Ordering::Relaxed);
                Ends::count(&ends.done);
            }
            Ok((None, _)) if asked.load(Ordering::Relaxed) => drop(Ends::count(&ends.cut)),
            Ok((None, _)) => drop(Ends::count(&ends.left)),
            Err(_) => drop(Ends::count(&ends.panicked)),
        }
    }
}

async fn cycles<S: Strategy>(
    engine: &AsyncEngine<S>,
    slow: &'static str,
    cycles: u64,
    seed: u64,
    ends: &Arc<Ends>,
) {
    let tasks = (0..TASKS).map(|number| {
        let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number);
        task(engine.clone(), slow, seed, cycles.div_ceil(TASKS), Arc::clone(ends))
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
    let (ends, slow, quarter) = (Arc::new(Ends::default()), slow(database), number / 4);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // What grows to its size grows in the first part.
        cycles(&engine, slow, quarter, 0, &ends).await;
        let started = Instant::now();
        let mut usage = vec![Usage::now()];
        for seed in 1..=4 {
            cycles(&engine, slow, quarter, seed, &ends).await;
            usage.push(Usage::now());
        }
        let took = started.elapsed().as_micros() / u128::from(number);
        println!("{database:?}, {how}: {ends:?}, {took} µs a cycle");
        ends.check();
        let usage: Vec<_> = usage.into_iter().flatten().collect();
        for usage in &usage {
            println!("  {usage}");
        }
        if let [first, .., before, last] = usage[..] {
            compare(first, before, last, quarter);
        }
        panics.store(false, Ordering::Relaxed);
        if let Some(statements) = statements(&engine, database).await {
            println!("  on the server: {statements} statements");
            assert!(statements <= CONNECTIONS * KEPT, "statements are left on the server");
        }
        engine.dispose().await.expect("a dispose");
    });
    // A goodbye takes the server a moment.
    let mut sessions = fresh.server_states();
    for _ in 0..500 {
        if sessions.is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
        sessions = fresh.server_states();
    }
    panic!("sessions are left on the server: {sessions:?}");
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

/// What comes and goes with the work is allowed for: of each connection a thread, its mappings, and the
/// handles of its socket and of what waits for that.
fn compare(first: Usage, before: Usage, last: Usage, quarter: u64) {
    assert!(last.handles <= first.handles + 4 * CONNECTIONS, "handles have grown");
    assert!(last.threads <= first.threads + CONNECTIONS, "threads have grown");
    assert!(last.mappings <= first.mappings + 4 * CONNECTIONS, "mappings have grown");
    // Few cycles are over before everything has its size.
    let allowed = if quarter >= TELLING { NOISE } else { 4 * NOISE };
    assert!(last.memory <= before.memory + allowed, "memory has grown");
}

// fault: Q01
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
    soak::<Hosted>(Database::SqliteThread, "Hosted", number / 3);
    for database in [Database::SqliteThread, Database::PostgresBlocking, Database::MySqlBlocking] {
        soak::<Threaded>(database, "Threaded", number / 3);
    }
}
