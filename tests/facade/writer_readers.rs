//! One session that writes and others that read, awaited: who waits, and what is free after a future was dropped.

use std::time::{Duration, Instant};

use aludel::dbapi::{IsolationLevel, TransactionOptions};
use aludel::{
    AsyncEngine, EngineOptions, Hosted, Local, Result, Strategy, Threaded, create_async_engine_on,
    text,
};

use crate::support::drop_after;
use crate::support::drop_when_woken::when_woken;
use crate::writers::File;

const READS: TransactionOptions = TransactionOptions::new().read_only(true);

fn on<S: Strategy, F: Future<Output = Result<()>>>(body: impl Fn(AsyncEngine<S>) -> F) {
    for scheme in ["sqlite", "sqlite+thread"] {
        let file = File::new();
        let url = format!("{scheme}:///{}?pool=writer-readers&journal_mode=wal", file.0.display());
        let options = EngineOptions::new().pool_size(4).max_overflow(0);
        let engine = create_async_engine_on::<S>(&url, options).expect("an engine");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mut conn = engine.connect().await.expect("a connection");
            conn.execute(text("create table t (n integer)")).await.expect("a table");
            conn.execute(text("insert into t values (0)")).await.expect("a row");
            conn.commit().await.expect("a commit");
            // Idle, it has neither session.
            body(engine.clone()).await.expect("the body");
            settle(&engine).await;
            drop(conn);
            engine.dispose().await.expect("a dispose");
        });
    }
}

async fn settle<S: Strategy>(engine: &AsyncEngine<S>) {
    let start = Instant::now();
    loop {
        let engine = engine.sync_engine();
        let pools = [engine.pool(), engine.writer_pool().expect("one session writes")];
        let states = pools.map(|pool| pool.status());
        if states.iter().all(|status| status.in_use == 0 && status.waiting == 0) {
            return;
        }
        assert!(start.elapsed() < aludel_testing::BOUND, "{} and {}", states[0], states[1]);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn count<S: Strategy>(engine: &AsyncEngine<S>) -> Result<Option<i64>> {
    let mut conn = engine.connect().await?;
    let reading = conn.begin_with_options(READS).await?;
    let mut reading = reading;
    let n = reading.scalar(text("select count(*) from t")).await?;
    reading.commit().await?;
    conn.close().await?;
    Ok(n)
}

async fn readers_go_on<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let mut writer = engine.connect().await?;
    writer.execute(text("insert into t values (1)")).await?;
    for _ in 0..8 {
        assert_eq!(count(&engine).await?, Some(1));
    }
    // Alone, too, and as a stream.
    let mut conn = engine.connect().await?;
    conn.set_isolation_level(IsolationLevel::Autocommit).await?;
    let mut rows = conn.stream(text("select n from t")).await?;
    assert_eq!(rows.fetchall().await?.len(), 1);
    let readers = engine.sync_engine().pool();
    assert_eq!(readers.status().in_use, 0, "it was read to its end");
    drop(rows);
    conn.close().await?;
    // A second writer waits for the first and is cut.
    let mut second = engine.connect().await?;
    let waits = second.execute(text("insert into t values (2)"));
    assert!(tokio::time::timeout(Duration::from_millis(30), waits).await.is_err());
    second.rollback().await?;
    writer.commit().await?;
    second.execute(text("insert into t values (2)")).await?;
    second.commit().await?;
    assert_eq!(count(&engine).await?, Some(3));
    second.close().await?;
    writer.close().await
}

#[test]
fn readers_go_on_while_a_transaction_writes() {
    on(readers_go_on::<Local>);
    on(readers_go_on::<Hosted>);
    on(readers_go_on::<Threaded>);
}

/// One transaction of each kind, on a connection of its own.
async fn work<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    let mut conn = engine.connect().await?;
    conn.execute(text("update t set n = n + 1")).await?;
    conn.commit().await?;
    let mut reading = conn.begin_with_options(READS).await?;
    reading.execute(text("select n from t")).await?;
    reading.commit().await?;
    conn.set_isolation_level(IsolationLevel::Autocommit).await?;
    conn.execute(text("update t set n = n + 1")).await?;
    conn.close().await
}

/// The sweep: whenever the future is dropped, both kinds of sessions are free and whole.
async fn cuts<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let mut cut = 0;
    for polls in 1..400 {
        let early = drop_after::after(polls, work(&engine)).await.is_none();
        settle(&engine).await;
        let late = when_woken(polls, work(&engine)).await.is_none();
        settle(&engine).await;
        cut += u32::from(early) + u32::from(late);
        work(&engine).await?;
        if !early && !late {
            assert!(cut > 0 || polls == 1, "it was never cut");
            return Ok(());
        }
    }
    panic!("it does not end");
}

#[test]
fn a_dropped_future_leaves_both_kinds_of_sessions_free() {
    on(cuts::<Local>);
    on(cuts::<Hosted>);
    on(cuts::<Threaded>);
}
