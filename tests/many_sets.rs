//! A dropped `execute_many` ends between two sets of parameters: whatever becomes of the request to the server to
//! stop, no more sets are sent.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use std::time::Duration;

use aludel::{EngineOptions, ExecutionOptions, Threaded, create_async_engine_on, params, text};
use aludel_testing::proxy::{Piece, behind_a_proxy};
use aludel_testing::{BOUND, NEVER, drop_when, settle_awaited};
use tokio::time::timeout;

/// The drivers of servers, and a set that takes ten milliseconds.
const DRIVERS: [(&str, &str, &str); 4] = [
    ("ALUDEL_TEST_POSTGRES_URL", "postgresql", POSTGRES),
    ("ALUDEL_TEST_POSTGRES_URL", "postgresql+postgres", POSTGRES),
    ("ALUDEL_TEST_MYSQL_URL", "mysql", MYSQL),
    ("ALUDEL_TEST_MYSQL_URL", "mysql+mysql", MYSQL),
];

const POSTGRES: &str = "select cast(:n as bigint) from pg_sleep(0.01)";
const MYSQL: &str = "select :n + sleep(0.01)";

/// As many as would take minutes.
const SETS: i64 = 20_000;

fn sent(log: &[Piece]) -> usize {
    log.iter().filter(|piece| matches!(piece, Piece::FromClient(_))).count()
}

/// Cancels get lost, as one does that comes between two sets. `timed` has the time-out of the call end it.
fn ends_between_sets(timed: bool) {
    for (variable, scheme, sql) in DRIVERS {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        proxy.delay_cancels(None);
        let options = EngineOptions::new().pool_size(2).max_overflow(0);
        let engine = create_async_engine_on::<Threaded>(&url, options).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut conn = engine.connect().await.unwrap();
            conn.scalar::<_, i64>(text("select 1")).await.unwrap();
            proxy.take_log();
            let time = if timed { Duration::from_millis(300) } else { NEVER };
            let statement = text(sql).execution_options(ExecutionOptions::new().timeout(time));
            let sets: Vec<_> = (0..SETS).map(|n| params! { n: n }).collect();
            let call = conn.execute_many(statement, sets);
            let mut seen = 0;
            let some_sets = settle_awaited("some sets were sent", async || {
                seen += sent(&proxy.take_log());
                seen > 2
            });
            if timed {
                timeout(BOUND, call).await.expect("it ends").unwrap_err();
                // Each takes ten milliseconds, so no more than 30 began in time.
                let began = sent(&proxy.take_log());
                assert!(began < 60, "{scheme}: {began} messages");
            } else {
                assert!(drop_when(call, some_sets).await.is_none(), "{scheme}");
            }
            proxy.take_log();
            timeout(BOUND, conn.rollback()).await.expect("it ends").unwrap();
            // What was on its way, and the farewell.
            let after = sent(&proxy.take_log());
            assert!(after < 10, "{scheme}: {after} messages more");
            assert_eq!(conn.scalar(text("select 2")).await.unwrap(), Some(2_i64));
            conn.close().await.unwrap();
            engine.dispose().await.unwrap();
        });
    }
}

#[test]
fn dropped() {
    ends_between_sets(false);
}

#[test]
fn timed_out() {
    ends_between_sets(true);
}
