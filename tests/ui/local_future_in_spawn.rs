//! fault: B10. A greenlet never changes threads, so a `Local` future cannot be spawned.
//
//~ error[E0277]: `*const bridge::greenlet::AGreenletNeverChangesThreads` cannot be sent between threads safely
//~ within this `{async block@

use aludel::{AsyncEngine, Local};

async fn spawn(engine: AsyncEngine<Local>) {
    tokio::spawn(async move { engine.connect().await.map(drop) });
}

fn main() {}
