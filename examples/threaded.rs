//! An engine whose connections have a thread each, under any executor: what the first program of
//! sqlalchemy_aio does, on tokio and then on smol.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::sql::schema::{CreateTable, DropTable};
use aludel::{
    AsyncEngine, Column, EngineOptions, Error, MetaData, Table, Threaded, create_async_engine_on,
    params, text, types,
};

fn url() -> String {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    url.unwrap_or_else(|| "sqlite://".to_owned())
}

async fn run() -> Result<(), Error> {
    // A SQLite database in memory can be used from all threads here.
    let engine: AsyncEngine<Threaded> = create_async_engine_on(&url(), EngineOptions::new())?;

    let metadata = MetaData::new();
    let users = Table::new(
        "users",
        &metadata,
        [Column::new("id", types::Integer).primary_key(), Column::new("name", types::String)],
    )?;

    // In a transaction of its own.
    let create = CreateTable::new(&users);
    engine.begin(async |conn| conn.execute(create).await).await?;

    let mut conn = engine.connect().await?;

    // The first statement begins the next transaction, which ends with the commit below.
    conn.execute(users.insert().params(params! { name: "Jeremy Goodwin" })).await?;
    conn.execute(users.insert().params(params! { name: "Natalie Hurley" })).await?;
    conn.execute(users.insert().params(params! { name: "Dan Rydell" })).await?;
    conn.execute(users.insert().params(params! { name: "Casey McCall" })).await?;
    conn.execute(users.insert().params(params! { name: "Dana Whitaker" })).await?;
    conn.commit().await?;

    let d_users = users.select().where_(users.c("name")?.like("D%")).order_by(users.c("id")?.asc());
    let mut result = conn.execute(d_users).await?;
    let d_users = result.all()?;

    // Code that blocks is welcome: the connection has this thread for itself.
    conn.run_sync(|conn| {
        std::thread::sleep(std::time::Duration::from_millis(1));
        conn.rollback()
    })
    .await?;

    conn.close().await?;

    // The rows are in memory: the connection that they came by is gone.
    for user in d_users {
        println!("Username: {}", user.get::<String>("name")?);
    }

    // A transaction is a guard: dropped without an end it would roll back.
    let mut conn = engine.connect().await?;
    let mut trans = conn.begin().await?;
    assert_eq!(trans.scalar(text("select 1")).await?, Some(1_i64));
    trans.commit().await?;
    conn.close().await?;

    let drop = DropTable::new(&users);
    engine.begin(async |conn| conn.execute(drop).await).await?;
    engine.dispose().await
}

fn main() -> Result<(), Error> {
    println!("tokio");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    runtime.expect("a runtime").block_on(async {
        // Spawned, which needs a future that is `Send`.
        tokio::spawn(run()).await.expect("it does not panic")
    })?;

    println!("smol");
    smol::block_on(smol::spawn(run()))
}
