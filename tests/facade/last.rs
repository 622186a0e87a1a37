//! The end of an engine while its statements still run.

use std::sync::Arc;

use aludel::{EngineOptions, Strategy};

use aludel_testing::settle_awaited;

use crate::cancellation::slow;
use crate::everywhere;
use crate::support::{Database, Fresh};

/// The connection and the engine are dropped while a statement runs: its session ends on the server.
fn nothing_goes_on<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database).map(Arc::new) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let engine = fresh.async_engine::<S>(EngineOptions::new()).expect("an engine");
        let mut conn = engine.connect().await.expect("a connection");
        let asked = fresh.cut_at_work(conn.execute(slow(database)));
        assert!(asked.await.is_none(), "the query takes a minute");
        drop((conn, engine));
        // Under `Local` it is this runtime that the end takes place on.
        let ended = async || fresh.server_states().is_empty();
        settle_awaited("the session ends, and not the query in a minute", ended).await;
    });
}

// fault: D06
everywhere![nothing_goes_on];
