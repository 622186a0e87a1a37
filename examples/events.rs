//! Synchronous event hooks in an async program: the Core half of the event example of SQLAlchemy's
//! asyncio extension.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::engine::{AllEngines, BeforeExecute};
use aludel::{create_async_engine, event, pool, text};

fn url() -> String {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    url.unwrap_or_else(|| "sqlite://".to_owned())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), aludel::Error> {
    let engine = create_async_engine(&url())?;

    // a connect listener on one engine
    event::listen(engine.sync_engine(), |e: &mut pool::Connect<'_>| {
        println!("New DBAPI connection: <a new connection>");
        // synchronous use of the driver's connection: suspends the greenlet, not the thread
        let rows = e.dbapi_connection.execute("select 'execute from event'")?;
        for row in rows {
            println!("{}", row.get::<String>(0)?);
        }
        Ok(())
    });

    // a before_execute listener on all engines
    event::listen(&AllEngines, |_: &mut BeforeExecute<'_>| {
        println!("before execute!");
        Ok(())
    });

    let mut conn = engine.connect().await?;
    let one: Option<i64> = conn.scalar(text("select 1")).await?;
    assert_eq!(one, Some(1));
    conn.commit().await?;
    conn.close().await?;
    engine.dispose().await
}
