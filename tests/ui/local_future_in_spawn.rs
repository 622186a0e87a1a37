//! fault: B10. A greenlet never changes threads, so a `Local` future cannot be spawned.
//
//~ error[E0277]: a greenlet cannot be sent between threads: it stays on the thread that polled it first

use aludel::{AsyncEngine, Local};

async fn spawn(engine: AsyncEngine<Local>) {
    tokio::spawn(async move { engine.connect().await.map(drop) });
}

fn main() {}
