//! The adapter of async drivers, seen from synchronous code inside a greenlet.

use std::sync::{Arc, Mutex};

use aludel::bridge::{Options, greenlet_spawn_with};
use aludel::dbapi::AdaptedConnection;
use aludel::postgres::PostgresConnection;
use aludel::{
    AsyncEngine, EngineOptions, Error, ErrorKind, Local, Result, Strategy, event, pool, text,
};

use crate::support::{Database, Fresh};
use crate::{Hosted, whole};

type Adapted = AdaptedConnection<PostgresConnection>;

fn wrong_driver() -> Error {
    Error::new(ErrorKind::Internal, "the connection is not the adapted one")
}

async fn native<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&heard);
    event::listen(engine.sync_engine(), move |e: &mut pool::Connect<'_>| {
        let adapted = e.dbapi_connection.downcast_mut::<Adapted>().ok_or_else(wrong_driver)?;
        let answer = adapted.run_async(async |connection: &mut PostgresConnection| {
            let rows = connection.client()?.simple_query("select 'by the client itself'").await;
            let rows = rows.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
            Ok(format!("{rows:?}"))
        })?;
        into.lock().unwrap().push(answer);
        Ok(())
    });
    let mut conn = engine.connect().await?;
    assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
    conn.close().await?;
    let heard = heard.lock().unwrap();
    assert!(heard.len() == 1 && heard[0].contains("by the client itself"), "{heard:?}");
    Ok(())
}

// conforms: A29, A30
#[test]
fn run_async_in_a_listener() {
    crate::local(Database::Postgres, native::<Local>);
    crate::hosted(Database::Postgres, native::<Hosted>);
}

/// Runs synchronous code that must wait at least once.
async fn waits<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    greenlet_spawn_with(Options::new().require_await(true), f).await
}

// conforms: A23
#[test]
fn every_call_of_the_driver_waits() {
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let options = EngineOptions::new();
    let engine = fresh.async_engine::<Local>(options).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let body = async |engine: AsyncEngine<Local>| {
        let sync = engine.sync_engine().clone();
        let mut conn = waits(move || sync.connect()).await?;
        conn = waits(move || conn.execute(text("select 1")).map(|_| conn)).await?;
        conn = waits(move || conn.commit().map(|()| conn)).await?;
        conn = waits(move || conn.execute(text("select 1")).map(|_| conn)).await?;
        conn = waits(move || conn.rollback().map(|()| conn)).await?;
        conn = waits(move || {
            let mut stream = conn.stream(text("select generate_series(1, 3)"))?;
            assert_eq!(stream.fetchmany(3)?.len(), 3);
            stream.close()?;
            Ok(conn)
        })
        .await?;
        waits(move || conn.close()).await
    };
    runtime.expect("a runtime").block_on(whole(engine, body)).expect("the body");
}
