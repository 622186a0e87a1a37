//! Under load, with tasks cancelled at random, nothing is lost and nobody sees another's rows.

use std::time::Duration;

use aludel::{AsyncEngine, EngineOptions, Error, Result, Strategy, insert, text};

use crate::support::{Database, Fresh};
use crate::{User, everywhere, look_at_the_server, names, settle, users};

const TASKS: u64 = 64;

/// A small generator, so that a seed repeats a run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

async fn one<S: Strategy>(engine: AsyncEngine<S>, task: u64) -> Result<()> {
    for round in 0..4_u64 {
        let nonce = i64::try_from(task * 1000 + round).unwrap_or_default();
        let mut conn = engine.connect().await?;
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce)).await?, Some(nonce));
        if round == 3 {
            let name = format!("task {task}");
            conn.execute(insert::<User>().values(User::c.name.set(name))).await?;
            conn.commit().await?;
        } else {
            assert_eq!(conn.scalar(text("select :n + 1").bind("n", nonce)).await?, Some(nonce + 1));
        }
        conn.close().await?;
    }
    Ok(())
}

async fn storm<S: Strategy>(engine: &AsyncEngine<S>, seed: u64) -> Result<()> {
    println!("seed {seed}");
    users(engine, &[]).await?;
    let mut random = Random(seed | 1);
    let tasks = (0..TASKS).map(|task| {
        let cancelled = random.next().is_multiple_of(10);
        let after = Duration::from_micros(random.next() % 4000);
        let engine = engine.clone();
        async move {
            let work = one(engine, task);
            if cancelled {
                tokio::time::timeout(after, work).await.unwrap_or(Ok(()))?;
                return Ok::<_, Error>(None);
            }
            work.await?;
            Ok(Some(format!("task {task}")))
        }
    });
    let finished = futures::future::try_join_all(tasks).await?;
    settle(engine).await;
    let status = engine.sync_engine().pool().status();
    assert!(status.idle <= 4, "{status}");
    let mut conn = engine.connect().await?;
    let found = names(&mut conn).await?;
    for name in finished.into_iter().flatten() {
        assert!(found.contains(&name), "{name} was committed and is not there");
    }
    conn.close().await?;
    settle(engine).await;
    Ok(())
}

fn run<S: Strategy>(database: Database, seed: u64) {
    let Some(fresh) = Fresh::new(database) else { return };
    let options =
        EngineOptions::new().pool_size(4).max_overflow(0).pool_timeout(Duration::from_secs(30));
    let engine = fresh.async_engine::<S>(options).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(storm(&engine, seed)).expect("the storm");
    look_at_the_server(&runtime, &fresh, &engine, "the storm");
}

fn seed() -> u64 {
    let set = std::env::var("ALUDEL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    set.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(1, |now| u64::from(now.subsec_nanos()) + 1)
    })
}

fn thrice<S: Strategy>(database: Database) {
    (0..3).for_each(|n| run::<S>(database, seed() + n));
}

everywhere![thrice];
