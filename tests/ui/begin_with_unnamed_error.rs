//! The error type of `begin_with` and `run_sync_with` is to be named where nothing else says it:
//! `begin_with::<MyError, _>(…)`.
//
//~ error[E0283]: type annotations needed
//~ error[E0283]: type annotations needed
//~ error[E0283]: type annotations needed
//~ error[E0283]: type annotations needed
//~ error[E0283]: type annotations needed
//~ error[E0283]: type annotations needed
//~ help: consider specifying the generic arguments
//~ Ok::<(), E>(())

use aludel::{AsyncConnection, Engine, Result, text};

fn blocking(engine: &Engine) -> Result<()> {
    engine.begin_with(|conn| {
        conn.execute(text("select 1"))?;
        Ok(())
    })?;
    Ok(())
}

async fn handed_on(conn: &mut AsyncConnection) -> Result<()> {
    conn.run_sync_with(|conn| {
        conn.execute(text("select 1"))?;
        Ok(())
    })
    .await?;
    Ok(())
}

fn main() {}
