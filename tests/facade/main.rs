//! The async facade: every method, on every database, under every strategy.
//!
//! The futures of `Hosted` and `Threaded` are spawned on a multi-thread runtime, which proves that
//! they are `Send`; those of `Local` run on a current-thread runtime.

#![allow(clippy::print_stdout, reason = "seeds and counts are wanted when a test fails")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod adapter;
mod cancellation;
mod cancelled_hooks;
mod cut_streams;
mod execution;
mod executors;
mod fairness;
mod gate;
mod hosts;
mod last;
mod load;
mod locks;
mod min_idle;
mod observing;
mod options;
mod queue;
mod replaced;
mod runtimes;
mod surface;
mod untaken;
mod workers;
mod writer_readers;
mod writers;

use std::future::Future;

use aludel::{
    AsyncConnection, AsyncEngine, EngineOptions, Hosted, Local, MetaData, Result, Strategy,
    Threaded, insert, params, select,
};
pub(crate) use support::User;
use support::{Database, Fresh};

/// Makes the table of most tests, with these names in it.
pub(crate) async fn users<S: Strategy>(engine: &AsyncEngine<S>, names: &[&str]) -> Result<()> {
    let sets: Vec<_> = names.iter().map(|name| params! { name: *name }).collect();
    let mut conn = engine.connect().await?;
    conn.run_sync(|conn| MetaData::new().with::<User>().create_all(conn)).await?;
    conn.execute_many(insert::<User>(), sets).await?;
    conn.commit().await?;
    conn.close().await
}

/// The names in the table, as this connection sees them.
pub(crate) async fn names<S: Strategy>(conn: &mut AsyncConnection<S>) -> Result<Vec<String>> {
    conn.scalars(select(User::c.name).order_by(User::c.id.asc())).await
}

/// Adds a name.
pub(crate) async fn add<S: Strategy>(conn: &mut AsyncConnection<S>, name: &str) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(name))).await?;
    Ok(())
}

fn options() -> EngineOptions {
    EngineOptions::new().pool_timeout(std::time::Duration::from_secs(20))
}

/// After every test the pool is whole.
async fn settle<S: Strategy>(engine: &AsyncEngine<S>) {
    for _ in 0..3000 {
        let status = engine.sync_engine().pool().status();
        if status.in_use == 0 && status.waiting == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the pool is not whole: {}", engine.sync_engine().pool().status());
}

/// Looks at the server while the pool holds its sessions, where none is in a transaction or at
/// work, and once the pool is disposed of, when none is left. It has a moment for what was sent to it
/// without waiting; the runtime runs meanwhile, as a program's would.
fn look_at_the_server<S: Strategy>(
    runtime: &tokio::runtime::Runtime,
    fresh: &Fresh,
    engine: &AsyncEngine<S>,
    after: &str,
) {
    let settled = |wanted: fn(&[String]) -> bool| {
        let started = std::time::Instant::now();
        while started.elapsed() < aludel_testing::BOUND {
            let states = fresh.server_states();
            if wanted(&states) {
                return Ok(states);
            }
            runtime.block_on(async {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            });
        }
        Err(fresh.server_states())
    };
    let idle = settled(|states| states.iter().all(|state| state == "idle"));
    let idle = idle.unwrap_or_else(|states| panic!("sessions are {states:?} after {after}"));
    // Without a session nothing would have been looked at.
    assert_eq!(idle.is_empty(), !fresh.database.is_remote(), "the pool keeps none after {after}");
    runtime.block_on(engine.dispose()).expect("a dispose");
    let gone = settled(<[String]>::is_empty);
    gone.unwrap_or_else(|states| panic!("sessions are left {states:?} after {after}"));
}

async fn whole<S, F>(engine: AsyncEngine<S>, body: impl FnOnce(AsyncEngine<S>) -> F) -> Result<()>
where
    S: Strategy,
    F: Future<Output = Result<()>>,
{
    body(engine.clone()).await?;
    settle(&engine).await;
    engine.dispose().await?;
    Ok(())
}

fn local<F>(database: Database, body: fn(AsyncEngine<Local>) -> F)
where
    F: Future<Output = Result<()>>,
{
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<Local>(options()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(whole(engine, body)).expect("the body");
}

fn hosted<F>(database: Database, body: fn(AsyncEngine<Hosted>) -> F)
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<Hosted>(options()).expect("an engine");
    spawned(whole(engine, body));
}

fn threaded<F>(database: Database, body: fn(AsyncEngine<Threaded>) -> F)
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<Threaded>(options()).expect("an engine");
    spawned(whole(engine, body));
}

fn spawned(work: impl Future<Output = Result<()>> + Send + 'static) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::spawn(work).await.expect("no panic").expect("the body");
    });
}

/// Declares tests: each body on each database under each strategy.
macro_rules! facade {
    ($($body:ident),* $(,)?) => {
        $(mod $body {
            use crate::support::Database::{MySql, MySqlBlocking, Postgres, PostgresBlocking, Sqlite, SqliteThread};
            use crate::{Hosted, Local, Threaded, hosted, local, threaded};
            use super::$body as body;

            #[test] fn sqlite_local() { local(Sqlite, body::<Local>); }
            #[test] fn sqlite_hosted() { hosted(Sqlite, body::<Hosted>); }
            #[test] fn sqlite_threaded() { threaded(Sqlite, body::<Threaded>); }
            #[test] fn postgres_local() { local(Postgres, body::<Local>); }
            #[test] fn postgres_hosted() { hosted(Postgres, body::<Hosted>); }
            #[test] fn sqlite_thread_local() { local(SqliteThread, body::<Local>); }
            #[test] fn sqlite_thread_hosted() { hosted(SqliteThread, body::<Hosted>); }
            #[test] fn sqlite_thread_threaded() { threaded(SqliteThread, body::<Threaded>); }
            #[test] fn postgres_threaded() { threaded(Postgres, body::<Threaded>); }
            #[test] fn mysql_local() { local(MySql, body::<Local>); }
            #[test] fn mysql_hosted() { hosted(MySql, body::<Hosted>); }
            #[test] fn mysql_threaded() { threaded(MySql, body::<Threaded>); }
            #[test] fn postgres_blocking_threaded() { threaded(PostgresBlocking, body::<Threaded>); }
            #[test] fn mysql_blocking_threaded() { threaded(MySqlBlocking, body::<Threaded>); }
        })*
    };
}
pub(crate) use facade;

/// Declares tests of a function that is generic over the strategy and takes the database.
macro_rules! everywhere {
    ($run:ident) => {
        mod $run {
            use super::$run as run;
            use crate::support::Database::{
                MySql, MySqlBlocking, Postgres, PostgresBlocking, Sqlite, SqliteThread,
            };
            use crate::{Hosted, Local, Threaded};

            #[test]
            fn sqlite_local() {
                run::<Local>(Sqlite);
            }
            #[test]
            fn sqlite_hosted() {
                run::<Hosted>(Sqlite);
            }
            #[test]
            fn sqlite_threaded() {
                run::<Threaded>(Sqlite);
            }
            #[test]
            fn sqlite_thread_local() {
                run::<Local>(SqliteThread);
            }
            #[test]
            fn sqlite_thread_hosted() {
                run::<Hosted>(SqliteThread);
            }
            #[test]
            fn sqlite_thread_threaded() {
                run::<Threaded>(SqliteThread);
            }
            #[test]
            fn postgres_local() {
                run::<Local>(Postgres);
            }
            #[test]
            fn postgres_hosted() {
                run::<Hosted>(Postgres);
            }
            #[test]
            fn postgres_threaded() {
                run::<Threaded>(Postgres);
            }
            #[test]
            fn mysql_local() {
                run::<Local>(MySql);
            }
            #[test]
            fn mysql_hosted() {
                run::<Hosted>(MySql);
            }
            #[test]
            fn mysql_threaded() {
                run::<Threaded>(MySql);
            }
            #[test]
            fn postgres_blocking_threaded() {
                run::<Threaded>(PostgresBlocking);
            }
            #[test]
            fn mysql_blocking_threaded() {
                run::<Threaded>(MySqlBlocking);
            }
        }
    };
}
pub(crate) use everywhere;
