//! The engine and the connection in an async program: what the first example of SQLAlchemy's asyncio
//! extension does, in the same order.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::{
    AsyncEngine, Column, EngineOptions, MetaData, Table, create_async_engine_with, params, types,
};
use futures::TryStreamExt;

fn url() -> String {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    url.unwrap_or_else(|| "sqlite://".to_owned())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), aludel::Error> {
    let meta = MetaData::new();
    let t1 = Table::new(
        "t1",
        &meta,
        [Column::new("id", types::Integer).primary_key(), Column::new("name", types::String)],
    )?;

    // Every statement is logged to standard error.
    let engine: AsyncEngine = create_async_engine_with(&url(), EngineOptions::new().echo(true))?;

    // One transaction: committed if the closure returns `Ok`, rolled back if it returns `Err`.
    engine
        .begin(async |conn| {
            // What is there in synchronous form alone, such as making tables, runs inside run_sync():
            // the closure gets the synchronous connection, and whatever that waits for is awaited.
            let metadata = meta.clone();
            conn.run_sync(move |conn| metadata.drop_all(conn)).await?;
            let metadata = meta.clone();
            conn.run_sync(move |conn| metadata.create_all(conn)).await?;

            // A statement is one call, here with two sets of parameters.
            conn.execute_many(
                t1.insert(),
                [params! { name: "some name 1" }, params! { name: "some name 2" }],
            )
            .await?;
            Ok(())
        })
        .await?;

    let mut conn = engine.connect().await?;

    // All rows are here when execute() returns, so that nothing has to be awaited to read them.
    let mut result = conn.execute(t1.select()).await?;
    println!("{:?}", result.all()?);

    // stream() leaves the rows with the server and fetches them in portions, as they are read.
    let mut stream = conn.stream(t1.select()).await?;
    while let Some(row) = stream.try_next().await? {
        println!("{row}");
    }
    drop(stream);

    conn.close().await?;
    engine.dispose().await
}
