//! Many tasks that write to one file of SQLite: each has its turn.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aludel::{
    AsyncEngine, EngineOptions, Hosted, Local, Result, Strategy, Threaded, create_async_engine_on,
    text,
};

const TASKS: u32 = 32;
const EACH: u32 = 20;

/// One session writes.
const SPLIT: &str = "?pool=writer-readers&journal_mode=wal";

pub(crate) struct File(pub(crate) std::path::PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("{}.db", aludel_testing::unique("writers"))))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

/// Writes, awaits something, and writes again, many times. Returns how many others it has let go first at
/// most, of whom `turns` are all.
async fn write<S: Strategy>(engine: AsyncEngine<S>, turns: &AtomicU32) -> Result<u32> {
    let mut most = 0;
    for _ in 0..EACH {
        let mut conn = engine.connect().await?;
        let before = turns.load(Ordering::Relaxed);
        conn.execute(text("update t set n = n + 1")).await?;
        most = most.max(turns.fetch_add(1, Ordering::Relaxed) - before);
        tokio::time::sleep(Duration::from_millis(1)).await;
        conn.execute(text("update t set n = n + 1")).await?;
        conn.commit().await?;
        conn.close().await?;
    }
    Ok(most)
}

fn have_their_turns<S: Strategy>(scheme: &str, options: &str) {
    let file = File::new();
    let url = format!("{scheme}:///{}{options}", file.0.display());
    let size = EngineOptions::new().pool_size(TASKS as usize).max_overflow(0);
    let engine = create_async_engine_on::<S>(&url, size).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut conn = engine.connect().await.expect("a connection");
        conn.execute(text("create table t (n integer)")).await.expect("a table");
        conn.execute(text("insert into t values (0)")).await.expect("a row");
        conn.commit().await.expect("a commit");
        conn.close().await.expect("a return");
        let turns = AtomicU32::new(0);
        let all = (0..TASKS).map(|_| write(engine.clone(), &turns));
        let waits: Result<Vec<u32>> = futures::future::join_all(all).await.into_iter().collect();
        let most = waits.expect("none fails").into_iter().max().expect("there are tasks");
        // In a queue each of the others is first once, and a few more until the place in it is taken.
        assert!(most <= 2 * TASKS, "{url}: {most} turns of others before one");
        let mut conn = engine.connect().await.expect("a connection");
        let n: Option<i64> = conn.scalar(text("select n from t")).await.expect("a number");
        assert_eq!(n, Some(i64::from(2 * EACH * TASKS)));
        conn.close().await.expect("a return");
        engine.dispose().await.expect("a dispose");
    });
}

// fault: T10
#[test]
fn local() {
    // The first statement of a transaction writes, whether it begins immediately or not.
    for options in ["?begin=immediate", "", "?journal_mode=wal", SPLIT] {
        have_their_turns::<Local>("sqlite", options);
    }
}

// fault: T10
#[test]
fn hosted() {
    have_their_turns::<Hosted>("sqlite", "?begin=immediate");
    have_their_turns::<Hosted>("sqlite", SPLIT);
}

// fault: T10
#[test]
fn threaded() {
    have_their_turns::<Threaded>("sqlite", "?begin=immediate");
    have_their_turns::<Threaded>("sqlite", SPLIT);
}

// fault: T10
#[test]
fn on_threads_of_connections() {
    have_their_turns::<Local>("sqlite+thread", "?begin=immediate");
    have_their_turns::<Hosted>("sqlite+thread", "?begin=immediate");
    have_their_turns::<Local>("sqlite+thread", SPLIT);
}
