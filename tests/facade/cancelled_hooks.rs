//! A call that is cancelled while a listener waits: the code learns of it and cleans up, its transaction
//! is broken off, and no other connection notices. The session was in no exchange, and goes on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aludel::{AsyncEngine, ErrorKind, Result, Strategy, bridge, event, pool, text};
use aludel_testing::drop_when;

use crate::gate::Gate;
use crate::support::{Database, Fresh};
use crate::{add, everywhere, look_at_the_server, names, options, settle, users};

/// What the cancelled code has seen, in order.
#[derive(Debug, PartialEq)]
enum Seen {
    Refused { kind: ErrorKind, cancelled: bool },
    CleanedUp,
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

async fn cancelled<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    users(engine, &["a"]).await?;
    let gate = Gate::of(engine.sync_engine());
    let checkouts = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&checkouts);
    event::listen(engine.sync_engine(), move |_: &mut pool::Checkout<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let mut other = engine.connect().await?;
    other.execute(text("select 1")).await?;
    let mut conn = engine.connect().await?;
    add(&mut conn, "undone").await?;
    assert_eq!(checkouts.load(Ordering::Relaxed), 2);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (refusal, cleanup) = (Arc::clone(&seen), Arc::clone(&seen));
    let call = conn.run_sync(move |conn| {
        let _cleanup = OnDrop(|| cleanup.lock().unwrap().push(Seen::CleanedUp));
        let error = conn.execute(text("select 2")).map(drop).expect_err("the gate is closed");
        let (kind, cancelled) = (error.kind(), bridge::is_cancelled());
        refusal.lock().unwrap().push(Seen::Refused { kind, cancelled });
        Err::<(), _>(error)
    });
    gate.close();
    assert!(drop_when(call, gate.reached()).await.is_none(), "the gate is closed");
    // It waits for the end of what was cancelled.
    let error = conn.execute(text("select 3")).await.expect_err("the transaction is lost");
    assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
    gate.open();
    let refused = Seen::Refused { kind: ErrorKind::Cancelled, cancelled: true };
    assert_eq!(*seen.lock().unwrap(), [refused, Seen::CleanedUp]);
    conn.rollback().await?;
    assert_eq!(names(&mut conn).await?, ["a"]);
    assert!(other.in_transaction() && !other.is_invalidated());
    assert_eq!(other.scalar(text("select 4")).await?, Some(4_i64));
    other.commit().await?;
    assert_eq!(checkouts.load(Ordering::Relaxed), 2, "both go on with their sessions");
    other.close().await?;
    conn.close().await?;
    settle(engine).await;
    Ok(())
}

fn in_a_hook<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<S>(options()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(cancelled(&engine)).expect("the body");
    look_at_the_server(&runtime, &fresh, &engine, "a listener that was cancelled");
}

// conforms: A06, A17, B76
everywhere![in_a_hook];
