//! Execution options of the facade: the engine's, the connection's, the statement's.

use std::time::Duration;

use aludel::dbapi::IsolationLevel;
use futures::StreamExt;

use aludel::{AsyncEngine, ErrorKind, ExecutionOptions, Result, Strategy, insert, select, text};

use crate::{User, add, facade, names, users};

facade![
    options_of_engines,
    options_of_connections,
    options_of_statements,
    levels_of_statements,
    streams_of_one_column,
    an_engine_is_closed,
];

async fn first_portion<S: Strategy>(conn: &mut aludel::AsyncConnection<S>) -> Result<usize> {
    let mut stream = conn.stream(select(User::c.name)).await?;
    let rows = stream.next_partition().await?.map_or(0, |rows| rows.len());
    stream.close().await?;
    Ok(rows)
}

// conforms: B19, B20
async fn options_of_engines<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a", "b", "c"]).await?;
    let two = ExecutionOptions::new().portion(2);
    let other = engine.with_execution_options(two.clone());
    assert_eq!((other.execution_options(), engine.execution_options()), (two, Default::default()));
    assert_ne!(other, engine);
    let mut conn = other.connect().await?;
    assert_eq!(engine.sync_engine().pool().status().in_use, 1, "one pool");
    assert_eq!(first_portion(&mut conn).await?, 2);
    conn.close().await?;
    // Without a task and without waiting.
    other.clear_compiled_cache();
    let mut conn = engine.connect().await?;
    assert_eq!(first_portion(&mut conn).await?, 3);
    conn.close().await
}

// conforms: B51, D1.22
async fn options_of_connections<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a", "b", "c"]).await?;
    let mut conn = engine.connect().await?;
    let mut transaction = conn.begin().await?;
    add(&mut transaction, "d").await?;
    let one = ExecutionOptions::new().portion(1);
    let same = transaction.set_execution_options(one.clone()).await?;
    assert_eq!(same.execution_options().await?, one.clone());
    assert_eq!(first_portion(same).await?, 1);
    transaction.rollback().await?;
    assert_eq!(conn.execution_options().await?, one);
    assert_eq!(names(&mut conn).await?, ["a", "b", "c"]);
    conn.close().await?;
    let mut conn = engine.connect().await?;
    assert_eq!(first_portion(&mut conn).await?, 3);
    conn.close().await
}

async fn options_of_statements<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a", "b", "c"]).await?;
    let slow = match engine.name() {
        "postgresql" => "select pg_sleep(60)",
        "sqlite" => {
            "with recursive c(x) as (select 1 union all select x + 1 from c) \
             select count(*) from c"
        }
        _ => "select sleep(60)",
    };
    let mut conn = engine.connect().await?;
    let soon = ExecutionOptions::new().timeout(Duration::from_millis(100));
    let error = conn.execute(text(slow).execution_options(soon)).await.expect_err("it is slow");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    conn.rollback().await?;
    assert_eq!(conn.execution_options().await?, ExecutionOptions::DEFAULT);
    let two = select(User::c.name).execution_options(ExecutionOptions::new().portion(2));
    let mut stream = conn.stream(two).await?;
    assert_eq!(stream.next_partition().await?.map(|rows| rows.len()), Some(2));
    stream.close().await?;
    assert_eq!(first_portion(&mut conn).await?, 3);
    conn.close().await
}

/// A level of its own ends with its statement, and leaves no transaction.
async fn levels_of_statements<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    let alone = ExecutionOptions::new().isolation_level(IsolationLevel::Autocommit);
    let kept = insert::<User>().values(User::c.name.set("kept")).execution_options(alone);
    conn.execute(kept).await?;
    assert!(!conn.in_transaction());
    add(&mut conn, "undone").await?;
    conn.rollback().await?;
    assert_eq!(names(&mut conn).await?, ["kept"]);
    conn.close().await
}

async fn streams_of_one_column<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a", "b", "c"]).await?;
    let mut conn = engine.connect().await?;
    let statement = select((User::c.name, User::c.id)).order_by(User::c.id.asc());
    let mut names = conn.stream_scalars::<_, String>(statement).await?.yield_per(2);
    assert_eq!(names.next_partition().await?, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(names.next().await.transpose()?.as_deref(), Some("c"));
    assert_eq!(names.next_partition().await?, None);
    names.close().await?;
    conn.close().await
}

async fn an_engine_is_closed<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a"]).await?;
    let mut conn = engine.connect().await?;
    let line = line!() - 1;
    assert_eq!(names(&mut conn).await?, ["a"]);
    let error = engine.close(Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let held = format!("{}:{line}:", file!());
    assert!(error.message().contains("1 connections are held"), "{error}");
    assert!(error.message().contains(&held), "{error}");
    assert_eq!(engine.connect().await.unwrap_err().kind(), ErrorKind::ResourceClosed);
    // Who has one goes on, and is waited for.
    assert_eq!(names(&mut conn).await?, ["a"]);
    let (closed, given_back) = futures::join!(engine.close(Duration::from_secs(20)), async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        conn.close().await
    });
    given_back.and(closed)?;
    assert_eq!(engine.sync_engine().pool().status().in_use, 0);
    engine.dispose().await?;
    let mut conn = engine.connect().await?;
    conn.execute(text("select 1")).await?;
    conn.close().await
}
