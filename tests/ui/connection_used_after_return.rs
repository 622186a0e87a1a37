//! fault: P21. A closed connection is gone.

use aludel::{Connection, Result, text};

fn twice(mut conn: Connection) -> Result<()> {
    conn.close()?;
    conn.execute(text("select 1"))?;
    Ok(())
}

fn main() {}
