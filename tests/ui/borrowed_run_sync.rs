//! fault: B08, B09. A closure for `run_sync` owns what it touches.

use aludel::{AsyncConnection, Result};

async fn count(conn: &mut AsyncConnection, names: &[String]) -> Result<usize> {
    conn.run_sync(|_| Ok(names.len())).await
}

fn main() {}
