//! `Hosted` under executors that are not tokio.

use aludel::{AsyncConnection, AsyncEngine, Hosted, Result, text};

use crate::support::{Database, Fresh};
use crate::{add, names, options, users};

async fn work(engine: AsyncEngine<Hosted>) -> Result<()> {
    users(&engine, &[]).await?;
    engine.begin(async |conn: &mut AsyncConnection| add(conn, "a").await).await?;
    let mut conn = engine.connect().await?;
    assert_eq!(names(&mut conn).await?, ["a"]);
    assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
    conn.close().await?;
    engine.dispose().await
}

fn on(database: Database, run: impl FnOnce(AsyncEngine<Hosted>)) {
    let Some(fresh) = Fresh::new(database) else { return };
    run(fresh.async_engine::<Hosted>(options()).expect("an engine"));
}

// fault: B28
// conforms: A19, B13
#[test]
fn smol_runs_hosted_futures() {
    for database in [Database::Sqlite, Database::Postgres] {
        on(database, |engine| {
            smol::block_on(smol::spawn(work(engine))).expect("the work");
        });
    }
}

// fault: B28
#[test]
fn futures_executor_runs_hosted_futures() {
    for database in [Database::Sqlite, Database::Postgres] {
        on(database, |engine| {
            futures::executor::block_on(work(engine)).expect("the work");
        });
    }
}

// fault: B10
#[test]
fn hosted_futures_move_between_threads() {
    for database in [Database::Sqlite, Database::Postgres] {
        on(database, |engine| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                users(&engine, &[]).await.expect("a table");
                let tasks = (0..16).map(|n: i64| {
                    let engine = engine.clone();
                    tokio::spawn(async move {
                        let mut conn = engine.connect().await?;
                        let mut threads = std::collections::HashSet::new();
                        for nonce in 0..20 {
                            let id = conn
                                .run_sync(|_| Ok::<_, aludel::Error>(std::thread::current().id()));
                            threads.insert(id.await?);
                            let query = text("select :n").bind("n", n * 100 + nonce);
                            assert_eq!(conn.scalar(query).await?, Some(n * 100 + nonce));
                            tokio::task::yield_now().await;
                        }
                        assert_eq!(threads.len(), 1, "the core never changes threads");
                        conn.close().await
                    })
                });
                for task in tasks.collect::<Vec<_>>() {
                    task.await.expect("no panic").expect("the task");
                }
            });
        });
    }
}
