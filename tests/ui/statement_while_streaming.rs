//! fault: D07. A stream has the connection to itself.
//
//~ error[E0499]: cannot borrow `*conn` as mutable more than once at a time
//~ first borrow later used here

use aludel::{AsyncConnection, Result, text};
use futures::TryStreamExt;

async fn both(conn: &mut AsyncConnection) -> Result<()> {
    let mut stream = conn.stream(text("select 1")).await?;
    conn.execute(text("select 2")).await?;
    stream.try_next().await?;
    Ok(())
}

fn main() {}
