//! fault: B08, B09. A closure for `run_sync` owns what it touches.
//
//~ error[E0521]: borrowed data escapes outside of function
//~ `names` escapes the function body here

use aludel::{AsyncConnection, Result};

async fn count(conn: &mut AsyncConnection, names: &[String]) -> Result<usize> {
    conn.run_sync(|_| Ok(names.len())).await
}

fn main() {}
