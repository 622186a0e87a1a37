//! Many tasks that write to one file of SQLite: each has its turn.

use std::time::{Duration, Instant};

use aludel::{
    AsyncEngine, EngineOptions, Hosted, Local, Result, Strategy, Threaded, create_async_engine_on,
    text,
};

const TASKS: usize = 32;
const EACH: u32 = 20;

struct File(std::path::PathBuf);

impl File {
    fn new() -> Self {
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

/// Writes, awaits something, and writes again, many times. Returns how long it waited at most.
async fn write<S: Strategy>(engine: AsyncEngine<S>) -> Result<Duration> {
    let mut longest = Duration::ZERO;
    for _ in 0..EACH {
        let mut conn = engine.connect().await?;
        let since = Instant::now();
        conn.execute(text("update t set n = n + 1")).await?;
        longest = longest.max(since.elapsed());
        tokio::time::sleep(Duration::from_millis(1)).await;
        conn.execute(text("update t set n = n + 1")).await?;
        conn.commit().await?;
        conn.close().await?;
    }
    Ok(longest)
}

fn have_their_turns<S: Strategy>(scheme: &str, options: &str) {
    let file = File::new();
    let url = format!("{scheme}:///{}{options}", file.0.display());
    let size = EngineOptions::new().pool_size(TASKS).max_overflow(0);
    let engine = create_async_engine_on::<S>(&url, size).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut conn = engine.connect().await.expect("a connection");
        conn.execute(text("create table t (n integer)")).await.expect("a table");
        conn.execute(text("insert into t values (0)")).await.expect("a row");
        conn.commit().await.expect("a commit");
        conn.close().await.expect("a return");
        let started = Instant::now();
        let all = (0..TASKS).map(|_| write(engine.clone()));
        let waits = futures::future::join_all(all).await;
        let share = started.elapsed() / EACH;
        let waits: Result<Vec<Duration>> = waits.into_iter().collect();
        let longest = waits.expect("none fails").into_iter().max().expect("there are tasks");
        assert!(longest <= share * 3, "{url}: {longest:?} of a fair share of {share:?}");
        let mut conn = engine.connect().await.expect("a connection");
        let n: Option<i64> = conn.scalar(text("select n from t")).await.expect("a number");
        assert_eq!(n, Some(2 * i64::from(EACH) * i64::try_from(TASKS).expect("few")));
        conn.close().await.expect("a return");
        engine.dispose().await.expect("a dispose");
    });
}

// fault: T10
#[test]
fn local() {
    // The first statement of a transaction writes, whether it begins immediately or not.
    for options in ["?begin=immediate", "", "?journal_mode=wal"] {
        have_their_turns::<Local>("sqlite", options);
    }
}

// fault: T10
#[test]
fn hosted() {
    have_their_turns::<Hosted>("sqlite", "?begin=immediate");
}

// fault: T10
#[test]
fn threaded() {
    have_their_turns::<Threaded>("sqlite", "?begin=immediate");
}

// fault: T10
#[test]
fn on_threads_of_connections() {
    have_their_turns::<Local>("sqlite+thread", "?begin=immediate");
    have_their_turns::<Hosted>("sqlite+thread", "?begin=immediate");
}
