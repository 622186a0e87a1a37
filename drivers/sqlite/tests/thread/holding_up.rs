//! Nothing of the database holds up the thread that awaits it, and nobody who awaits slowly lets
//! the rows pile up.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{AsyncConnection, AsyncCursor, ExecutionOptions, TransactionOptions};
use aludel_core::error::Result;
use aludel_sqlite::rusqlite::functions::FunctionFlags;
use aludel_sqlite::{SqliteConnection, ThreadConnection};
use aludel_testing::{Values, raw};
use tokio::time::{sleep, timeout};

use crate::awaited::{assert_right_answers, database, int, on_one_thread, run};

/// The longest time for which a task that shares the thread did not run.
async fn longest_pause<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let longest = Cell::new(Duration::ZERO);
    let ticking = async {
        loop {
            let since = Instant::now();
            sleep(Duration::from_millis(5)).await;
            longest.set(longest.get().max(since.elapsed()));
        }
    };
    tokio::select! {
        result = work => (result, longest.get()),
        () = ticking => unreachable!("it ticks for ever"),
    }
}

const BLOCKED: Duration = Duration::from_millis(600);

/// Neither gives SQLite a moment to let others run: a function of the program, and the disk, for
/// which the commit's hook stands here.
async fn with_obstacles(connection: &mut ThreadConnection) {
    let install = |connection: &mut SqliteConnection| {
        let raw = connection.rusqlite();
        raw.create_scalar_function("block", 0, FunctionFlags::SQLITE_UTF8, |_| {
            thread::sleep(BLOCKED);
            Ok(1)
        })?;
        raw.commit_hook(Some(|| {
            thread::sleep(BLOCKED);
            false
        }))
    };
    connection.call(install).await.unwrap().unwrap();
}

// fault: B18, B31
#[test]
fn other_tasks_run_during_a_long_query_and_a_long_commit() {
    on_one_thread(async {
        let (_driver, mut connection) = database(&["create table t (a)"]).await;
        with_obstacles(&mut connection).await;
        let query = async {
            connection.begin(&TransactionOptions::DEFAULT)?;
            run(&mut connection, "insert into t select block()").await
        };
        let (result, pause) = longest_pause(query).await;
        result.unwrap();
        assert!(pause < BLOCKED / 2, "no other task ran for {pause:?} during the query");
        let since = Instant::now();
        let (result, pause) = longest_pause(connection.commit()).await;
        result.unwrap();
        assert!(since.elapsed() >= BLOCKED, "the commit took no time, so the test proves nothing");
        assert!(pause < BLOCKED / 2, "no other task ran for {pause:?} during the commit");
        assert_eq!(int(&mut connection, "select count(*) from t", &[]).await, 1);
    });
}

const MANY: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where \
                    i < 3000000) select made(i), 'a row of some length' from n";

/// Counts the rows that SQLite makes.
async fn counting(connection: &mut ThreadConnection) -> Result<Arc<AtomicU64>> {
    let made = Arc::<AtomicU64>::default();
    let counted = Arc::clone(&made);
    let install = move |connection: &mut SqliteConnection| {
        let raw = connection.rusqlite();
        raw.create_scalar_function("made", 1, FunctionFlags::SQLITE_UTF8, move |context| {
            counted.fetch_add(1, Ordering::Relaxed);
            context.get::<i64>(0)
        })
    };
    connection.call(install).await?.unwrap();
    Ok(made)
}

/// How many rows there are when no more are made.
async fn at_rest(made: &AtomicU64) -> u64 {
    loop {
        let before = made.load(Ordering::Relaxed);
        sleep(Duration::from_millis(100)).await;
        if before > 0 && made.load(Ordering::Relaxed) == before {
            return before;
        }
    }
}

// fault: Q05
#[test]
fn rows_that_nobody_reads_are_not_made() {
    on_one_thread(async {
        let (_driver, mut connection) = database(&[]).await;
        let made = counting(&mut connection).await.unwrap();
        for cursor in [false, true] {
            made.store(0, Ordering::Relaxed);
            let mut kept = Values { fail_at: Some(2_999_999), ..Values::default() };
            {
                let select = raw(MANY);
                let mut query = pin!(async {
                    if cursor {
                        let mut cursor = connection
                            .open_cursor(&select, &[], &ExecutionOptions::DEFAULT)
                            .await?;
                        cursor.fetch(usize::MAX, &mut kept).await.map(drop)
                    } else {
                        connection
                            .execute(&select, &[], &ExecutionOptions::DEFAULT, &mut kept)
                            .await
                            .map(drop)
                    }
                });
                // Long enough to send the job, and for the cursor its answer.
                while made.load(Ordering::Relaxed) == 0 {
                    assert!(timeout(Duration::from_millis(1), query.as_mut()).await.is_err());
                }
                let rows = at_rest(&made).await;
                assert!(rows < 30_000, "{rows} rows wait to be read");
            }
            connection = crate::awaited::given_back(connection).await;
            assert_right_answers(&mut connection).await;
        }
    });
}

#[test]
fn rows_of_many_blocks_arrive_whole_and_in_order() {
    on_one_thread(async {
        let (_driver, mut connection) = database(&[]).await;
        let sql = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) \
                   select i, 'row ' || i, null, x'00ff', i / 2.0 from n";
        let mut kept = Values::default();
        let done = connection
            .execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut kept)
            .await
            .unwrap();
        assert_eq!((done.rowcount, kept.rows.len()), (20_000, 20_000));
        let mut portions = Values::default();
        let mut cursor =
            connection.open_cursor(&raw(sql), &[], &ExecutionOptions::DEFAULT).await.unwrap();
        for max in [1, 7, 9_000].into_iter().cycle() {
            if !cursor.fetch(max, &mut portions).await.unwrap() {
                break;
            }
        }
        cursor.close().await.unwrap();
        assert_eq!(portions.rows, kept.rows);
        for (row, i) in kept.rows.iter().zip(1_i64..) {
            assert_eq!(row[0], i.into());
            assert_eq!(row[1], format!("row {i}").into());
        }
    });
}

#[test]
fn a_panic_on_the_thread_is_that_of_the_caller() {
    on_one_thread(async {
        let (_driver, mut connection) = database(&[]).await;
        let call = connection.call(|_| -> () { panic!("on purpose") });
        let caught = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(call)).await;
        assert!(caught.is_err());
        assert_right_answers(&mut connection).await;
    });
}
