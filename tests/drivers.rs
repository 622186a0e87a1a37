//! The drivers that are chosen by name, from the URL to a committed row.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::time::Duration;

use aludel::{
    AsyncEngine, EngineOptions, ErrorKind, Hosted, Local, Result, Strategy, Threaded,
    create_async_engine, create_async_engine_on, create_engine, create_engine_with, text,
};
use support::Database;

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

/// The URL of the live server, for its driver that blocks.
fn blocking(database: Database) -> Option<String> {
    let url = database.url()?;
    let (_, behind) = url.split_once("://").unwrap();
    Some(format!("{}://{behind}", database.scheme()?))
}

/// The URL for the driver over the `postgres` crate.
fn postgres() -> Option<String> {
    blocking(Database::PostgresBlocking)
}

#[test]
fn the_postgres_crate_serves_blocking_programs() {
    let Some(url) = postgres() else { return };
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    let engine = create_engine_with(&url, options).unwrap();
    let mut conn = engine.connect().unwrap();
    conn.execute(text("create temporary table by_crate (a bigint)")).unwrap();
    conn.commit().unwrap();
    conn.execute(text("insert into by_crate values (1), (2)")).unwrap();
    conn.rollback().unwrap();
    conn.execute(text("insert into by_crate values (3)")).unwrap();
    conn.commit().unwrap();
    let rows: Vec<i64> = conn.scalars(text("select a from by_crate")).unwrap();
    assert_eq!(rows, [3]);
    conn.execute(text("insert into by_crate values (4)")).unwrap();
    // What was left open is rolled back before anybody else has the connection.
    drop(conn);
    let mut conn = engine.connect().unwrap();
    let rows: Vec<i64> = conn.scalars(text("select a from by_crate")).unwrap();
    assert_eq!(rows, [3]);
    conn.close().unwrap();
    assert_eq!(engine.pool().status().in_use, 0);
    engine.dispose();
}

/// Refused with the driver's name, in the one way and in the other.
fn assert_refused(error: &aludel::Error, driver: &str) {
    assert_eq!(error.kind(), ErrorKind::BlockingInAsync);
    assert!(error.message().contains(&format!("the driver {driver} blocks")), "{error}");
}

// conforms: B02
#[tokio::test]
async fn a_driver_that_blocks_is_refused_by_name_where_it_would_block_other_tasks() {
    for (server, driver) in
        [(Database::PostgresBlocking, "postgres"), (Database::MySqlBlocking, "mysql")]
    {
        let Some(url) = blocking(server) else { continue };
        let engine = create_engine(&url).unwrap();
        assert_refused(&engine.connect().unwrap_err(), driver);
        let options = EngineOptions::new();
        let local = create_async_engine_on::<Local>(&url, options).unwrap();
        assert_refused(&local.connect().await.unwrap_err(), driver);
        let hosted = create_async_engine(&url).unwrap();
        assert_refused(&hosted.connect().await.unwrap_err(), driver);
        // A connection that was made outside ends inside.
        let conn = std::thread::spawn(move || engine.connect()).join().unwrap().unwrap();
        drop(conn);
    }
}

#[tokio::test]
async fn the_postgres_crate_is_awaited_on_threads() {
    let Some(url) = postgres() else { return };
    let engine = create_async_engine_on::<Threaded>(&url, EngineOptions::new()).unwrap();
    let mut conn = engine.connect().await.unwrap();
    let answer: Option<i64> = conn.scalar(text("select 6 * 7::bigint")).await.unwrap();
    assert_eq!(answer, Some(42));
    drop(conn);
    engine.dispose().await.unwrap();
}

/// A subscriber that does nothing counts as one as soon as it is set anywhere: every statement would be timed and
/// look for its span. No test of this program sets one.
#[test]
fn no_driver_makes_a_subscriber_where_the_program_has_none() {
    let servers = [Database::PostgresBlocking, Database::MySqlBlocking];
    let urls = servers.into_iter().filter_map(blocking).chain(["sqlite+thread://".to_owned()]);
    for url in urls {
        let options = EngineOptions::new().pool_warn_after(Duration::from_millis(1));
        let engine = create_engine_with(&url, options).unwrap();
        let mut conn = engine.connect().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        let found: Option<i64> = conn.scalar(text("select 7")).unwrap();
        assert_eq!(found, Some(7));
        assert!(!tracing::dispatcher::has_been_set(), "{}", engine.url());
        drop(conn);
        engine.dispose();
    }
}
