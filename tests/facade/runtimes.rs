//! An engine that is used on several runtimes, at once and one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::{AsyncEngine, EngineOptions, Result, Strategy, event, pool, text};
use aludel_testing::BOUND;
use tokio::runtime::{Builder, Runtime};

use crate::everywhere;
use crate::support::{Database, Fresh};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Uses so many connections at once.
async fn use_some<S: Strategy>(engine: &AsyncEngine<S>, connections: i64) -> Result<()> {
    let mut all = Vec::new();
    for n in 0..connections {
        let mut conn = engine.connect().await?;
        assert_eq!(conn.scalar(text("select :n + 1").bind("n", n)).await?, Some(n + 1));
        all.push(conn);
    }
    for conn in all {
        conn.close().await?;
    }
    Ok(())
}

/// Runs that in a runtime. A session of another one would be waited for in vain.
#[track_caller]
fn run<S: Strategy>(runtime: &Runtime, engine: &AsyncEngine<S>, connections: i64) {
    let used = async { tokio::time::timeout(BOUND, use_some(engine, connections)).await };
    runtime.block_on(used).expect("in time").expect("the statements");
}

fn each_runtime_has_its_own_sessions<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    // What moves no bytes by a runtime of the program's serves all of them.
    let bound = S::INLINE && database.is_remote();
    for size in [3, 6] {
        let options = EngineOptions::new().pool_size(size).max_overflow(0).pool_timeout(BOUND);
        let engine = fresh.async_engine::<S>(options).expect("an engine");
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        event::listen(engine.sync_engine(), move |_: &mut pool::Connect<'_>| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let made = || made.swap(0, Ordering::SeqCst);
        let expect = |bound_makes: usize| if bound { bound_makes } else { 0 };
        let (first, second) = (runtime(), runtime());
        run(&first, &engine, 3);
        assert_eq!(made(), 3);
        // The first one stands still, and its sessions with it.
        run(&second, &engine, 3);
        assert_eq!(made(), expect(3));
        for runtime in [&first, &second, &first] {
            run(runtime, &engine, 3);
        }
        // Where the pool takes the sessions of both, both keep them.
        assert_eq!(made(), expect(if size == 6 { 0 } else { 9 }));
        drop((first, second));
        let third = runtime();
        for _ in 0..3 {
            run(&third, &engine, 3);
        }
        assert_eq!(made(), expect(3));
        assert_eq!(engine.sync_engine().pool().status().in_use, 0);
        third.block_on(engine.dispose()).expect("a dispose");
        if S::INLINE {
            aludel_testing::settle("no session is left", || fresh.server_states().is_empty());
        }
    }
}

// fault: B28
everywhere![each_runtime_has_its_own_sessions];
