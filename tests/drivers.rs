//! The drivers that are chosen by name, from the URL to a committed row.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use aludel::{
    AsyncEngine, EngineOptions, ErrorKind, Hosted, Local, Result, Strategy, create_async_engine,
    create_async_engine_on, create_engine, text,
};

/// A memory database's worth of work, with what SQLite does on a thread of its own.
async fn awaited<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let mut conn = engine.connect().await?;
    conn.execute(text("create table t (a integer, b text)")).await?;
    conn.commit().await?;
    conn.execute(text("insert into t values (1, 'one'), (2, 'two')")).await?;
    conn.rollback().await?;
    conn.execute(text("insert into t values (3, 'three')")).await?;
    conn.commit().await?;
    conn.execute(text("insert into t values (4, 'never')")).await?;
    drop(conn);
    let mut conn = engine.connect().await?;
    let rows: Vec<String> = conn.scalars(text("select b from t")).await?;
    assert_eq!(rows, ["three"]);
    conn.close().await?;
    engine.dispose().await
}

#[test]
fn sqlite_on_a_thread_is_awaited_under_any_executor() {
    let hosted: AsyncEngine<Hosted> = create_async_engine("sqlite+thread://").unwrap();
    futures::executor::block_on(awaited(hosted)).unwrap();
}

#[tokio::test]
async fn sqlite_on_a_thread_is_awaited_in_place() {
    let options = EngineOptions::new();
    let local = create_async_engine_on::<Local>("sqlite+thread://", options).unwrap();
    awaited(local).await.unwrap();
}

#[test]
fn sqlite_on_a_thread_serves_blocking_programs_too() {
    let engine = create_engine("sqlite+thread://").unwrap();
    engine
        .begin(|conn| {
            conn.execute(text("create table t (a integer)"))?;
            conn.execute(text("insert into t values (7)")).map(drop)
        })
        .unwrap();
    let found: Option<i64> = engine.connect().unwrap().scalar(text("select a from t")).unwrap();
    assert_eq!(found, Some(7));
    engine.dispose();
}

#[test]
fn an_unknown_driver_is_refused_with_the_known_ones() {
    let error = create_engine("sqlite+threads://").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("`sqlite+thread://`"), "{error}");
    assert!(error.message().contains("`sqlite+rusqlite://`"), "{error}");
}
