//! PgBouncer between a program and PostgreSQL, in session and in transaction mode: each statement is the
//! program's own, and nothing is lost under load.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/mod.rs"]
mod support;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aludel::{
    AsyncEngine, EngineOptions, Hosted, Local, RawSql, Result, Strategy, Threaded, Url,
    create_async_engine_on, create_engine, params, text,
};
use aludel_testing::proxy::{Cut, Proxy};
use futures::TryStreamExt;
use support::{say, unique};

/// What a child asks for.
const LETTER: &str = "ALUDEL_TEST_LETTER";

/// The URL of a database of PgBouncer, with options; `None`, and a printed line, if it is not there.
fn pooled(database: &str, options: &str) -> Option<String> {
    let Ok(url) = std::env::var("ALUDEL_TEST_PGBOUNCER_URL") else {
        say("skipped: everything behind PgBouncer, since ALUDEL_TEST_PGBOUNCER_URL is unset");
        return None;
    };
    Some(format!("{url}/{database}?{options}"))
}

fn direct() -> String {
    std::env::var("ALUDEL_TEST_POSTGRES_URL").expect("the server behind PgBouncer")
}

fn execute(sql: String) {
    let engine = create_engine(&direct()).unwrap();
    let mut conn = engine.connect().unwrap();
    conn.execute(text(RawSql::new(sql))).unwrap();
    conn.commit().unwrap();
}

fn child(url: &str, letter: &str) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "child_asks_for_its_letter", "--ignored", "--nocapture"])
        .env(LETTER, format!("{letter} {url}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process")
}

/// Two programs at the two sessions of a pooler, each of which asks for its own letter.
#[track_caller]
fn two_programs(url: &str) {
    let children = ["A", "B"].map(|letter| (letter, child(url, letter)));
    for (letter, child) in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{letter}: {said}");
    }
}

// fault: D27
#[test]
fn two_programs_at_one_pooler_get_their_own_answers() {
    let Some(url) = pooled("transaction", "prepared_statements=unnamed") else { return };
    two_programs(&url);
    two_programs(&url.replacen("postgresql", "postgresql+postgres", 1));
}

/// Even where nobody has said that there is a pooler: a name that is not known there is an error, or is
/// prepared again.
// fault: D27
#[test]
fn two_programs_that_do_not_know_of_the_pooler_get_their_own_answers() {
    let Some(url) = pooled("transaction", "statement_cache_size=100") else { return };
    two_programs(&url);
    two_programs(&url.replacen("postgresql", "postgresql+postgres", 1));
}

#[test]
#[ignore = "it is run by the tests above, in processes of its own"]
fn child_asks_for_its_letter() {
    let Ok(given) = std::env::var(LETTER) else { return };
    let (letter, url) = given.split_once(' ').unwrap();
    let engine = create_engine(url).unwrap();
    for round in 0..150_i64 {
        let mut conn = engine.connect().unwrap();
        let ask =
            text(RawSql::new(format!("select '{letter}'::text where :n > -1"))).bind("n", round);
        let answer: Option<String> = conn.scalar(ask).unwrap();
        assert_eq!(answer.as_deref(), Some(letter), "in round {round}");
        // Time for the other to take the other session.
        std::thread::sleep(Duration::from_millis(3));
        conn.commit().unwrap();
    }
}

const TASKS: i64 = 20;

/// Of each task, unless `ALUDEL_TEST_POOLER_ROUNDS` says otherwise.
const ROUNDS: i64 = 30;

/// Sets of an `execute_many`.
const SETS: i64 = 1000;

/// One task: what it has committed in the end.
async fn work<S: Strategy>(
    engine: AsyncEngine<S>,
    place: String,
    task: i64,
    rounds: i64,
) -> Result<i64> {
    let mut committed = 0;
    let insert = format!("insert into {place}.t values (:task, :round, 'ok')");
    let select = format!("select mood from {place}.t where task = :task and round = :round");
    for round in 0..rounds {
        let mut conn = engine.connect().await?;
        let add = text(RawSql::new(insert.clone())).bind("task", task).bind("round", round);
        assert_eq!(conn.execute(add).await?.rowcount(), 1);
        let mut rows = 1;
        let ask = text(RawSql::new(select.clone())).bind("task", task).bind("round", round);
        assert_eq!(conn.scalar::<_, String>(ask).await?.as_deref(), Some("ok"));
        if round % 10 == 3 {
            let many = text("select g + :n from generate_series(0, 999) g").bind("n", task * round);
            let mut stream = conn.stream(many).await?.yield_per(50);
            let row = stream.try_next().await?.expect("a row");
            assert_eq!(row.get::<i64>(0)?, task * round);
            // The rest is nobody's.
        }
        if round % 100 == 7 {
            let sets = (0..SETS).map(|n| params! { task: task, round: rounds + round * SETS + n });
            let done = conn.execute_many(text(RawSql::new(insert.clone())), sets).await?;
            assert_eq!(done.rowcount(), 1000);
            rows += SETS;
        }
        match round % 3 {
            0 => {
                conn.commit().await?;
                committed += rows;
                conn.close().await?;
            }
            1 => {
                conn.rollback().await?;
                conn.close().await?;
            }
            _ => drop(conn),
        }
    }
    Ok(committed)
}

fn load<S: Strategy>(url: &str) {
    let rounds = std::env::var("ALUDEL_TEST_POOLER_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let place = unique("pooler");
    execute(format!("create schema {place}"));
    execute(format!("create type {place}.mood as enum ('ok', 'sad')"));
    execute(format!("create table {place}.t (task bigint, round bigint, mood {place}.mood)"));
    execute(format!("create index on {place}.t (task, round)"));
    let options = EngineOptions::new().pool_size(20).max_overflow(0);
    let engine: AsyncEngine<S> = create_async_engine_on(url, options).unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let committed = runtime.block_on(async {
        let tasks = (0..TASKS).map(|task| work(engine.clone(), place.clone(), task, rounds));
        let committed: i64 = futures::future::try_join_all(tasks).await.unwrap().iter().sum();
        engine.dispose().await.unwrap();
        committed
    });
    let count = text(RawSql::new(format!("select count(*) from {place}.t")));
    let engine = create_engine(&direct()).unwrap();
    let found: Option<i64> = engine.connect().unwrap().scalar(count).unwrap();
    assert_eq!(found, Some(committed));
    execute(format!("drop schema {place} cascade"));
}

// fault: D27
#[test]
fn nothing_is_lost_behind_a_pooler_of_sessions() {
    let Some(url) = pooled("session", "prepared_statements=named") else { return };
    load::<Hosted>(&url);
}

// fault: D27
#[test]
fn nothing_is_lost_behind_a_pooler_of_transactions() {
    let Some(url) = pooled("transactions", "prepared_statements=unnamed") else { return };
    load::<Hosted>(&url);
}

// fault: D27
#[test]
fn nothing_is_lost_behind_a_pooler_of_transactions_by_the_blocking_driver() {
    let Some(url) = pooled("transactions", "prepared_statements=unnamed") else { return };
    load::<Threaded>(&url.replacen("postgresql", "postgresql+postgres", 1));
}

/// How many of some transactions fail, each on the session of one that has failed, behind a proxy that plays
/// Pgpool-II.
async fn failures<S: Strategy>(scheme: &str, options: &str) -> Option<usize> {
    let url = aludel_testing::server_url("ALUDEL_TEST_POSTGRES_URL")?;
    let parts: Url = url.parse().unwrap();
    let (host, port) = (parts.host().unwrap().to_owned(), parts.port().unwrap());
    let proxy = Proxy::start(&host, port);
    proxy.delay_answers(Duration::from_millis(3));
    let (_, rest) = url.split_once("://").unwrap();
    let there = rest.replace(&format!("{host}:{port}"), &proxy.address().to_string());
    let url = format!("{scheme}://{there}?{options}");
    let pool = EngineOptions::new().pool_size(1).max_overflow(0);
    let engine = create_async_engine_on::<S>(&url, pool).unwrap();
    let failing = async || {
        let mut conn = engine.connect().await?;
        conn.execute(text("select 1")).await?;
        conn.execute(text("select 1 / 0")).await.unwrap_err();
        drop(conn);
        engine.begin(async |conn| conn.execute(text("select 2")).await.map(drop)).await
    };
    let _: Result<()> = failing().await;
    proxy.cut(Cut::EarlyBegin);
    let mut failed = 0;
    for _ in 0..5 {
        failed += usize::from(failing().await.is_err());
    }
    engine.dispose().await.unwrap();
    Some(failed)
}

#[tokio::test]
async fn a_rollback_is_answered_before_begin_where_that_is_asked_for() {
    let awaited = "rollback_on_return=awaited";
    let Some(failed) = failures::<Hosted>("postgresql", "").await else { return };
    assert!(failed > 0, "the proxy refuses nothing");
    assert_eq!(failures::<Hosted>("postgresql", awaited).await, Some(0));
    assert_eq!(failures::<Local>("postgresql", awaited).await, Some(0));
    assert_eq!(failures::<Threaded>("postgresql", awaited).await, Some(0));
    // It always waits.
    assert_eq!(failures::<Threaded>("postgresql+postgres", "").await, Some(0));
    assert_eq!(failures::<Threaded>("postgresql+postgres", awaited).await, Some(0));
}

/// A COMMIT outside of a transaction is answered with success, so a pooler that has lost a session, and its transaction,
/// would have it look committed.
#[test]
fn behind_pgpool_a_commit_fails_where_the_transaction_is_gone() {
    for scheme in ["postgresql", "postgresql+postgres"] {
        for (options, commit) in [
            ("", "SELECT 1; COMMIT"),
            ("?rollback_on_return=awaited", "SAVEPOINT aludel_commit; COMMIT"),
        ] {
            let behind = aludel_testing::proxy::behind_a_proxy("ALUDEL_TEST_POSTGRES_URL", scheme);
            let Some((url, proxy)) = behind else { return };
            let engine = create_engine(&format!("{url}{options}")).unwrap();
            let mut conn = engine.connect().unwrap();
            assert_eq!(conn.scalar(text("select 1")).unwrap(), Some(1_i64));
            conn.commit().unwrap();
            assert!(proxy.has_sent(commit), "{scheme}{options}");
        }
    }
    // What the sure form says of a session without the transaction.
    let Some(url) = aludel_testing::server_url("ALUDEL_TEST_POSTGRES_URL") else { return };
    let engine = create_engine(&url).unwrap();
    let mut conn = engine.connect().unwrap();
    conn.execute(text("select 1")).unwrap();
    conn.execute(text("rollback")).unwrap();
    let error = conn.commit().expect_err("there is nothing to commit");
    assert!(!error.is_disconnect(), "{error}");
}
