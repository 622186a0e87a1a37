//! A mistake inside a closure is the one that the compiler shows, for `begin` and for `run_sync`.
//
//~ error[E0308]: mismatched types
//~ error[E0308]: mismatched types
//~ error[E0308]: mismatched types
//~ expected `i64`, found `&str`

use aludel::{AsyncConnection, AsyncEngine, Engine, Result, text};

fn blocking(engine: &Engine) -> Result<()> {
    engine.begin(|conn| {
        let _wrong: i64 = "1";
        conn.execute(text("select 1"))?;
        Ok(())
    })?;
    Ok(())
}

async fn awaited(engine: &AsyncEngine) -> Result<()> {
    engine
        .begin(async |conn| {
            let _wrong: i64 = "1";
            conn.execute(text("select 1")).await?;
            Ok(())
        })
        .await?;
    Ok(())
}

async fn handed_on(conn: &mut AsyncConnection) -> Result<()> {
    conn.run_sync(|conn| {
        let _wrong: i64 = "1";
        conn.execute(text("select 1"))?;
        Ok(())
    })
    .await?;
    Ok(())
}

fn main() {}
