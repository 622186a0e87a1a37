//! Statements of an async connection, and what they return.

use std::time::Duration;

use aludel::{
    AsyncEngine, EngineOptions, ErrorKind, Result, Strategy, create_async_engine_on, insert,
    params, select, text,
};

use crate::{User, add, facade, names, users};

facade![
    rows_are_read_without_waiting,
    a_buffered_result_outlives_its_statement,
    scalars_are_first_columns,
    many_sets_and_text_for_the_driver,
    prepared_statements,
    ends_without_a_transaction_do_nothing,
    whether_a_transaction_is_open_is_known_without_waiting,
    closing_rolls_back,
    an_async_engine_takes_the_options_of_a_blocking_one,
];

// conforms: A24, B41
async fn rows_are_read_without_waiting<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a", "b", "c"]).await?;
    let mut conn = engine.connect().await?;
    let names = select(User::c.name).order_by(User::c.id.asc());
    let mut result = conn.execute(names).await?;
    // No call from here on is awaited, and none runs in a greenlet.
    assert_eq!(result.fetchone()?, Some(("a".to_owned(),)));
    assert_eq!(result.fetchmany(1)?, [("b".to_owned(),)]);
    assert_eq!(result.all()?, [("c".to_owned(),)]);
    Ok(())
}

// conforms: B48
async fn a_buffered_result_outlives_its_statement<S: Strategy>(
    engine: AsyncEngine<S>,
) -> Result<()> {
    users(&engine, &["a", "b"]).await?;
    let mut conn = engine.connect().await?;
    let mut result = conn.execute(select(User::c.name).order_by(User::c.id.asc())).await?;
    // The connection serves the next statement, ends its transaction and goes away.
    assert_eq!(conn.scalar(text("select 42")).await?, Some(42_i64));
    conn.rollback().await?;
    conn.close().await?;
    assert_eq!(result.all()?, [("a".to_owned(),), ("b".to_owned(),)]);
    Ok(())
}

// conforms: B43
async fn scalars_are_first_columns<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a", "b"]).await?;
    let mut conn = engine.connect().await?;
    assert_eq!(conn.scalar(text("select 40 + :n, 7").bind("n", 2)).await?, Some(42_i64));
    let none: Option<i64> = conn.scalar(text("select id from users where name = 'x'")).await?;
    assert_eq!(none, None);
    let pairs = select((User::c.name, User::c.age)).order_by(User::c.id.asc());
    let names: Vec<String> = conn.scalars(pairs).await?;
    assert_eq!(names, ["a", "b"]);
    Ok(())
}

async fn many_sets_and_text_for_the_driver<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    let sets = [params! { name: "c" }, params! { name: "d" }];
    let done = conn.execute_many(insert::<User>(), sets).await?;
    assert_eq!(done.rowcount(), 2);
    assert_eq!(names(&mut conn).await?, ["c", "d"]);
    let row = conn.exec_driver_sql("select 'a:b'", ()).await?.one()?;
    assert_eq!(row.get::<String>(0)?, "a:b");
    Ok(())
}

async fn prepared_statements<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a", "b"]).await?;
    let prepared = engine.sync_engine().prepare(&select(User::c.name))?;
    let mut conn = engine.connect().await?;
    for _ in 0..2 {
        assert_eq!(conn.execute_prepared(&prepared, ()).await?.all()?.len(), 2);
    }
    Ok(())
}

// conforms: B54
async fn ends_without_a_transaction_do_nothing<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a"]).await?;
    let mut conn = engine.connect().await?;
    conn.commit().await?;
    conn.rollback().await?;
    add(&mut conn, "b").await?;
    conn.commit().await?;
    // What was committed is not rolled back.
    conn.rollback().await?;
    assert_eq!(names(&mut conn).await?, ["a", "b"]);
    Ok(())
}

// conforms: G16
async fn whether_a_transaction_is_open_is_known_without_waiting<S: Strategy>(
    engine: AsyncEngine<S>,
) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    assert!(!conn.in_transaction());
    add(&mut conn, "undone").await?;
    assert!(conn.in_transaction());
    conn.rollback().await?;
    assert!(!conn.in_transaction());
    add(&mut conn, "kept").await?;
    assert!(conn.in_transaction());
    conn.commit().await?;
    assert!(!conn.in_transaction());
    assert_eq!(names(&mut conn).await?, ["kept"]);
    Ok(())
}

// conforms: B35
async fn closing_rolls_back<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a"]).await?;
    let mut conn = engine.connect().await?;
    add(&mut conn, "undone").await?;
    conn.close().await?;
    let mut conn = engine.connect().await?;
    assert_eq!(names(&mut conn).await?, ["a"]);
    Ok(())
}

// conforms: B01
async fn an_async_engine_takes_the_options_of_a_blocking_one<S: Strategy>(
    _: AsyncEngine<S>,
) -> Result<()> {
    let options =
        EngineOptions::new().pool_size(1).max_overflow(1).pool_timeout(Duration::from_millis(20));
    let engine = create_async_engine_on::<S>("sqlite://", options)?;
    let held = (engine.connect().await?, engine.connect().await?);
    let error = engine.connect().await.map(drop).expect_err("the pool has two");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    drop(held);
    engine.connect().await?.close().await?;
    engine.dispose().await
}
