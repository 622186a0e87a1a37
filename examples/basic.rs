//! The engine and the connection in an async program: the first example of SQLAlchemy's asyncio
//! extension, line for line.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::{
    AsyncConnection, AsyncEngine, Column, EngineOptions, MetaData, Table, create_async_engine_with,
    params, types,
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

    // engine is an instance of AsyncEngine; echo tells every statement on standard error
    let engine: AsyncEngine = create_async_engine_with(&url(), EngineOptions::new().echo(true))?;

    // conn is an instance of AsyncConnection
    engine
        .begin(async |conn: &mut AsyncConnection| {
            // to support DDL and other synchronous functions, run_sync() passes the synchronous
            // connection to any synchronous closure, whose input and output are awaited.
            let metadata = meta.clone();
            conn.run_sync(move |conn| metadata.drop_all(conn)).await?;
            let metadata = meta.clone();
            conn.run_sync(move |conn| metadata.create_all(conn)).await?;

            // for normal statements, "execute().await" is used.
            conn.execute_many(
                t1.insert(),
                [params! { name: "some name 1" }, params! { name: "some name 2" }],
            )
            .await?;
            Ok::<_, aludel::Error>(())
        })
        .await?;

    let mut conn = engine.connect().await?;

    // the default result is buffered
    let mut result = conn.execute(t1.select()).await?;

    // so that no await is necessary here.
    println!("{:?}", result.all()?);

    // for a result that buffers only portions at a time, stream() is used.
    let mut stream = conn.stream(t1.select()).await?;

    // it is a futures::Stream, and has awaitable fetchall(), fetchmany() and others.
    while let Some(row) = stream.try_next().await? {
        println!("{row}");
    }
    drop(stream);

    conn.close().await?;
    engine.dispose().await
}
