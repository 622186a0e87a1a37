//! `Hosted` and `Threaded` under executors that are not tokio.

use std::collections::HashSet;

use aludel::{AsyncEngine, Hosted, Result, Strategy, Threaded, text};

use crate::support::{Database, Fresh};
use crate::{add, names, options, users};

async fn work<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    engine.begin(async |conn| add(conn, "a").await).await?;
    let mut conn = engine.connect().await?;
    assert_eq!(names(&mut conn).await?, ["a"]);
    assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
    conn.close().await?;
    engine.dispose().await
}

fn on<S: Strategy>(database: Database, run: impl FnOnce(AsyncEngine<S>)) {
    let Some(fresh) = Fresh::new(database) else { return };
    run(fresh.async_engine::<S>(options()).expect("an engine"));
}

/// Uses one connection for a while. Returns how many threads the core ran on.
async fn threads_of_one<S: Strategy>(engine: AsyncEngine<S>, n: i64) -> Result<usize> {
    let mut conn = engine.connect().await?;
    let mut threads = HashSet::new();
    for nonce in 0..20 {
        let id = conn.run_sync(|_| Ok(std::thread::current().id()));
        threads.insert(id.await?);
        let query = text("select :n").bind("n", n * 100 + nonce);
        assert_eq!(conn.scalar(query).await?, Some(n * 100 + nonce));
        tokio::task::yield_now().await;
    }
    conn.close().await?;
    Ok(threads.len())
}

/// The tests of one strategy whose futures are `Send`: to spawn them proves it.
macro_rules! executors {
    ($module:ident, $strategy:ident) => {
        mod $module {
            use super::*;

            // fault: B28
            // conforms: A19, B13
            #[test]
            fn smol_runs_the_futures() {
                for database in Database::ALL {
                    on::<$strategy>(database, |engine| {
                        smol::block_on(smol::spawn(work(engine))).expect("the work");
                    });
                }
            }

            // fault: B28
            #[test]
            fn futures_executor_runs_the_futures() {
                for database in Database::ALL {
                    on::<$strategy>(database, |engine| {
                        futures::executor::block_on(work(engine)).expect("the work");
                    });
                }
            }

            // fault: B10
            #[test]
            fn futures_move_between_threads() {
                for database in Database::ALL {
                    on::<$strategy>(database, |engine| {
                        let runtime = tokio::runtime::Builder::new_multi_thread()
                            .worker_threads(2)
                            .enable_all()
                            .build()
                            .expect("a runtime");
                        runtime.block_on(async {
                            let tasks = (0..16_i64)
                                .map(|n| tokio::spawn(threads_of_one(engine.clone(), n)));
                            for task in tasks.collect::<Vec<_>>() {
                                let threads = task.await.expect("no panic").expect("the task");
                                assert_eq!(threads, 1, "the core never changes threads");
                            }
                        });
                    });
                }
            }
        }
    };
}

executors!(hosted, Hosted);
executors!(threaded, Threaded);
