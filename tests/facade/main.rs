//! The async facade: every method, on every database, under both strategies.
//!
//! `Hosted` futures are spawned on a multi-thread runtime, which proves that they are `Send`;
//! `Local` ones run on a current-thread runtime.

#![allow(clippy::print_stdout, reason = "seeds and counts are wanted when a test fails")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod adapter;
mod cancellation;
mod executors;
mod fairness;
mod load;
mod surface;

use std::future::Future;

use aludel::{
    AsyncConnection, AsyncEngine, EngineOptions, Error, Hosted, Local, MetaData, Result, Strategy,
    insert, params, select,
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
    for _ in 0..500 {
        let status = engine.sync_engine().pool().status();
        if status.in_use == 0 && status.waiting == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the pool is not whole: {}", engine.sync_engine().pool().status());
}

async fn whole<S, F>(engine: AsyncEngine<S>, body: impl FnOnce(AsyncEngine<S>) -> F) -> Result<()>
where
    S: Strategy,
    F: Future<Output = Result<()>>,
{
    body(engine.clone()).await?;
    settle(&engine).await;
    engine.dispose().await?;
    Ok::<_, Error>(())
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
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::spawn(whole(engine, body)).await.expect("no panic").expect("the body");
    });
}

/// Declares tests: each body on each database under each strategy.
macro_rules! facade {
    ($($body:ident),* $(,)?) => {
        $(mod $body {
            use crate::support::Database::{Postgres, Sqlite};
            use crate::{Hosted, Local, hosted, local};
            use super::$body as body;

            #[test] fn sqlite_local() { local(Sqlite, body::<Local>); }
            #[test] fn sqlite_hosted() { hosted(Sqlite, body::<Hosted>); }
            #[test] fn postgres_local() { local(Postgres, body::<Local>); }
            #[test] fn postgres_hosted() { hosted(Postgres, body::<Hosted>); }
        })*
    };
}
pub(crate) use facade;
