//! fault: P21. A closed connection is gone.
//
//~ error[E0382]: borrow of moved value: `conn`
//~ `conn` moved due to this method call

use aludel::{Connection, Result, text};

fn twice(mut conn: Connection) -> Result<()> {
    conn.close()?;
    conn.execute(text("select 1"))?;
    Ok(())
}

fn main() {}
