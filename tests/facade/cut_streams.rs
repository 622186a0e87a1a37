//! Streams that are cut at any moment while their rows arrive: what the next call answers.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use aludel::{
    AsyncConnection, AsyncEngine, ErrorKind, ExecutionOptions, Result, Strategy, Threaded, text,
};
use tokio::time::{sleep, timeout};

use crate::support::{Database, Fresh};
use crate::{add, facade, names, options, settle, users};

facade![a_cut_stream_leaves_a_transaction_that_waits];

/// In how many moments a stream is cut. `ALUDEL_CUT_STREAMS` takes more of them.
fn rounds() -> u64 {
    std::env::var("ALUDEL_CUT_STREAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
}

/// Rows that arrive one after the other, for much longer than anybody waits.
fn slow_rows(database: &str) -> &'static str {
    match database {
        "postgresql" => {
            "select g, repeat('x', 9000), pg_sleep(0.001) from generate_series(1, 100000) g"
        }
        "sqlite" => {
            "with recursive c(x) as (select 1 union all select x + 1 from c) \
             select x, hex(randomblob(9000)) from c"
        }
        _ => {
            "with recursive c(x) as (select 1 union all select x + 1 from c where x < 100000) \
             select x, repeat('x', 9000), sleep(0.001) from c"
        }
    }
}

/// Reads portions until a moment. Whether a portion was on its way then.
async fn read_until<S: Strategy>(
    conn: &mut AsyncConnection<S>,
    sql: &'static str,
    moment: Instant,
) -> Result<bool> {
    let portions = ExecutionOptions::new().portion(3);
    let opened = conn.stream(text(sql).execution_options(portions));
    let moment = tokio::time::Instant::from_std(moment);
    let Ok(opened) = tokio::time::timeout_at(moment, opened).await else { return Ok(false) };
    let mut stream = opened?;
    loop {
        match tokio::time::timeout_at(moment, stream.next_partition()).await {
            Ok(portion) => assert!(portion?.is_some(), "the rows do not end"),
            Err(_) => return Ok(true),
        }
    }
}

// fault: D03
async fn a_cut_stream_leaves_a_transaction_that_waits<S: Strategy>(
    engine: AsyncEngine<S>,
) -> Result<()> {
    users(&engine, &["a"]).await?;
    let sql = slow_rows(engine.name());
    let mut conn = engine.connect().await?;
    let (rounds, mut cut) = (rounds(), 0);
    for round in 0..rounds {
        add(&mut conn, "undone").await?;
        // Most moments are early, where a stream is opened and its first rows come.
        let after = Duration::from_micros(40_000 * round * round / (rounds * rounds));
        let reading = read_until(&mut conn, sql, Instant::now() + after).await?;
        let next = conn.execute(text("select 1")).await;
        match next.map(drop).map_err(|error| error.kind()) {
            Err(ErrorKind::PendingRollback) => cut += u32::from(reading),
            // What has not begun never begins.
            Ok(()) if !reading => {}
            other => panic!("in round {round}, cut {reading} after {after:?}: {other:?}"),
        }
        conn.rollback().await?;
        assert_eq!(names(&mut conn).await?, ["a"]);
        conn.rollback().await?;
    }
    assert!(cut > 0, "no portion was cut");
    conn.close().await
}

/// What a stream was doing when it was left.
const OPENED: u8 = 0;
const READ: u8 = 1;
const BETWEEN: u8 = 2;

/// Reads portions for ever, and pauses between them.
async fn read_slowly<S: Strategy>(
    conn: &mut AsyncConnection<S>,
    sql: &'static str,
    pause: Duration,
    doing: &AtomicU8,
) -> Result<()> {
    let portions = ExecutionOptions::new().portion(3);
    let mut stream = conn.stream(text(sql).execution_options(portions)).await?;
    loop {
        doing.store(READ, Ordering::Relaxed);
        stream.next_partition().await?;
        doing.store(BETWEEN, Ordering::Relaxed);
        sleep(pause).await;
    }
}

/// How many streams were left while they did each.
async fn leave_streams<S: Strategy>(
    engine: AsyncEngine<S>,
    pause: Duration,
    rounds: u64,
) -> Result<[u32; 3]> {
    let sql = slow_rows(engine.name());
    let mut conn = engine.connect().await?;
    let mut left = [0; 3];
    for round in 0..rounds {
        // A transaction is open.
        conn.execute(text("select 1")).await?;
        let after = Duration::from_micros(40_000 * round * round / (rounds * rounds));
        let doing = AtomicU8::new(OPENED);
        let reading = timeout(after, read_slowly(&mut conn, sql, pause, &doing)).await;
        assert!(reading.is_err(), "{reading:?}");
        let doing = doing.load(Ordering::Relaxed);
        left[usize::from(doing)] += 1;
        let next = conn.execute(text("select 1")).await.map(drop);
        match (doing, next.map_err(|error| error.kind())) {
            (OPENED | READ, Err(ErrorKind::PendingRollback)) => {}
            // What has not begun never begins; and what is left between two portions is no call that is cut.
            (OPENED | BETWEEN, Ok(())) => {}
            other => panic!("in round {round}, left after {after:?}: {other:?}"),
        }
        conn.rollback().await?;
    }
    conn.close().await?;
    Ok(left)
}

/// The same with a reader that pauses, on a runtime of one thread, and several at once.
fn whoever_reads(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let several = options().pool_size(6).max_overflow(0);
    let engine = fresh.async_engine::<Threaded>(several).expect("an engine");
    for (threads, pause, tasks) in [(1, 0, 1), (2, 1500, 1), (2, 0, 6), (1, 1500, 6)] {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(threads).enable_all().build().expect("a runtime");
        let left = runtime.block_on(async {
            let pause = Duration::from_micros(pause);
            let all = (0..tasks).map(|_| {
                tokio::spawn(leave_streams(engine.clone(), pause, rounds().div_ceil(tasks)))
            });
            let mut sum = [0; 3];
            for task in all.collect::<Vec<_>>() {
                let left = task.await.expect("no panic").expect("the body");
                sum.iter_mut().zip(left).for_each(|(sum, left)| *sum += left);
            }
            settle(&engine).await;
            sum
        });
        assert!(left[usize::from(READ)] > 0, "no portion was cut: {left:?}");
        aludel_testing::say(&format!("{threads} threads, {tasks} tasks: {left:?}"));
        drop(runtime);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(engine.dispose()).expect("a dispose");
}

mod whoever_reads {
    use crate::support::Database::{MySql, MySqlBlocking, PostgresBlocking};

    // fault: D03
    #[test]
    fn mysql_blocking() {
        super::whoever_reads(MySqlBlocking);
    }

    // fault: D03
    #[test]
    fn mysql() {
        super::whoever_reads(MySql);
    }

    // fault: D03
    #[test]
    fn postgres_blocking() {
        super::whoever_reads(PostgresBlocking);
    }
}
