//! One session that writes and others that read, awaited: who waits, and what is free after a future was dropped.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aludel::dbapi::{IsolationLevel, TransactionOptions};
use aludel::engine::{BeforeCursorExecute, Parameters, Rollback};
use aludel::{
    AsyncConnection, AsyncEngine, Connection, EngineOptions, Hosted, Local, Result, Strategy,
    Threaded, create_async_engine_on, create_engine_with, event, text,
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

/// Another connection writes, while the first is idle.
async fn another_writes<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    let mut other = engine.connect().await?;
    let writes = other.execute(text("insert into t values (1)"));
    tokio::time::timeout(aludel_testing::BOUND, writes).await.expect("the writer is free")?;
    other.commit().await?;
    other.close().await
}

/// The connection had nothing to keep, and works on.
async fn works_on<S: Strategy>(conn: &mut AsyncConnection<S>, rows: i64) -> Result<()> {
    assert!(!conn.in_transaction());
    let reads = READS.isolation_level(IsolationLevel::Serializable);
    let mut reading = conn.begin_with_options(reads).await?;
    let found = reading.scalar(text("select count(*) from t")).await?;
    assert_eq!(found, Some(rows), "what was not committed is not there");
    reading.commit().await
}

/// Drops guards with a row that is not committed behind each, also in closures of synchronous code.
async fn dropped_guards<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    const ADDS: &str = "insert into t values (2)";
    let serializable = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
    let heard = Arc::new(Mutex::new(0));
    let hears = Arc::clone(&heard);
    event::listen(engine.sync_engine(), move |_: &mut Rollback<'_>| {
        *hears.lock().expect("no panic") += 1;
        Ok(())
    });
    let mut rows = 1;
    for level in [None, Some(IsolationLevel::Autocommit)] {
        let mut conn = engine.connect().await?;
        conn.set_isolation_level(level).await?;
        let mut guard = conn.begin_with_options(serializable).await?;
        guard.execute(text(ADDS)).await?;
        drop(guard);
        another_writes(&engine).await?;
        rows += 1;
        works_on(&mut conn, rows).await?;
        // Within a savepoint, whose guard goes first.
        let mut guard = conn.begin_with_options(serializable).await?;
        let mut inner = guard.begin_nested().await?;
        inner.execute(text(ADDS)).await?;
        drop(inner);
        assert!(guard.in_transaction(), "a savepoint is rolled back alone");
        drop(guard);
        another_writes(&engine).await?;
        rows += 1;
        conn.run_sync(move |conn: &mut Connection| {
            let mut guard = conn.begin_with_options(serializable)?;
            guard.execute(text(ADDS))?;
            drop(guard);
            assert!(!conn.in_transaction());
            Ok(())
        })
        .await?;
        another_writes(&engine).await?;
        rows += 1;
        works_on(&mut conn, rows).await?;
        // The future of a call is dropped, and then the guard: the transaction waits for its rollback.
        conn.set_isolation_level(level).await?;
        let mut guard = conn.begin_with_options(serializable).await?;
        let endless = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c";
        let cut = tokio::time::timeout(Duration::from_millis(20), guard.execute(text(endless)));
        assert!(cut.await.is_err());
        drop(guard);
        conn.rollback().await?;
        another_writes(&engine).await?;
        rows += 1;
        works_on(&mut conn, rows).await?;
        // A begin that nobody awaits any more, wherever it is by then.
        for n in 0..4 {
            drop(drop_after::after(n, conn.begin_with_options(serializable)).await);
            another_writes(&engine).await?;
            drop(when_woken(n, conn.begin_with_options(serializable)).await);
            another_writes(&engine).await?;
            rows += 2;
        }
        works_on(&mut conn, rows).await?;
        conn.close().await?;
    }
    assert_eq!(*heard.lock().expect("no panic"), 0, "nobody has called rollback()");
    Ok(())
}

#[test]
fn a_dropped_guard_leaves_the_writer_to_others() {
    on(dropped_guards::<Local>);
    on(dropped_guards::<Hosted>);
    on(dropped_guards::<Threaded>);
}

/// A stream that is refused behind its listeners gives the session back that the log has named.
#[test]
fn a_stream_that_is_refused_keeps_no_session() {
    for scheme in ["sqlite", "sqlite+thread"] {
        let file = File::new();
        let url = format!("{scheme}:///{}?pool=writer-readers&journal_mode=wal", file.0.display());
        let engine = create_engine_with(&url, EngineOptions::new().echo(true)).expect("an engine");
        engine.begin(|conn| conn.execute(text("create table t (n integer)"))).expect("a table");
        let mut conn = engine.connect().expect("a connection");
        conn.set_isolation_level(IsolationLevel::Autocommit).expect("a level");
        event::listen(&engine, |event: &mut BeforeCursorExecute<'_>| {
            event.parameters = Parameters::Many(vec![vec![], vec![]]);
            Ok(())
        });
        for sql in ["select n from t", "insert into t values (1) returning n"] {
            let error = conn.stream(text(sql)).map(drop).expect_err("a refusal");
            assert!(error.message().contains("many sets of parameters"), "{error}");
            let pools = [engine.pool(), engine.writer_pool().expect("one session writes")];
            assert_eq!(pools.map(|pool| pool.status().in_use), [0, 0], "{sql}");
        }
        drop(conn);
        engine.dispose();
    }
}
