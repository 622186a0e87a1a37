//! Closures for `begin` and `run_sync` return Aludel's error; `begin_with` and `run_sync_with` take the
//! program's own.
//
//~ error[E0277]: `?` couldn't convert the error to `aludel::Error`
//~ error[E0277]: `?` couldn't convert the error to `aludel::Error`
//~ the trait `From<ParseIntError>` is not implemented for `aludel::Error`

use aludel::{AsyncConnection, Engine, Result};

fn blocking(engine: &Engine) -> Result<()> {
    engine.begin(|_| {
        let _number: i64 = "1".parse()?;
        Ok(())
    })?;
    Ok(())
}

async fn handed_on(conn: &mut AsyncConnection) -> Result<()> {
    conn.run_sync(|_| {
        let _number: i64 = "1".parse()?;
        Ok(())
    })
    .await?;
    Ok(())
}

fn main() {}
