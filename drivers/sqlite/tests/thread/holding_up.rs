//! Nothing of the database holds up the thread that awaits it, and rows do
//! not pile up before one who awaits slowly.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aludel_core::dbapi::{AsyncConnection, AsyncCursor, ExecutionOptions, TransactionOptions};
use aludel_sqlite::rusqlite::functions::FunctionFlags;
use aludel_sqlite::{SqliteConnection, ThreadConnection};
use aludel_testing::{BOUND, Values, raw};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{sleep, timeout};

use crate::awaited::{assert_right_answers, counting, database, int, on_one_thread, run};

/// What SQLite waits for on its thread, and a task of the test gives.
struct Obstacle {
    reached: UnboundedReceiver<()>,
    goes_on: Sender<()>,
}

impl Obstacle {
    /// Awaits a call that cannot end before another task of this thread has run: were the thread held
    /// up, neither would go on.
    async fn removed_during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let others = async {
            self.reached.recv().await.expect("the connection's thread is there");
            self.goes_on.send(()).expect("the connection's thread waits");
        };
        tokio::join!(work, others).0
    }
}

/// Neither gives SQLite a moment to let others run: a function of the program, and the disk, for
/// which the commit's hook stands here.
async fn with_obstacles(connection: &mut ThreadConnection) -> Obstacle {
    let (reach, reached) = unbounded_channel();
    let (goes_on, go) = channel();
    let wait = Arc::new(Mutex::new(move || {
        reach.send(()).expect("the test is there");
        go.recv_timeout(BOUND).expect("another task runs meanwhile");
    }));
    let install = move |connection: &mut SqliteConnection| {
        let raw = connection.rusqlite();
        let in_function = Arc::clone(&wait);
        raw.create_scalar_function("block", 0, FunctionFlags::SQLITE_UTF8, move |_| {
            (in_function.lock().unwrap())();
            Ok(1)
        })?;
        raw.commit_hook(Some(move || {
            (wait.lock().unwrap())();
            false
        }))
    };
    connection.call(install).await.unwrap().unwrap();
    Obstacle { reached, goes_on }
}

// fault: B18, B31
#[test]
fn other_tasks_run_during_a_long_query_and_a_long_commit() {
    on_one_thread(async {
        let (_driver, mut connection) = database(&["create table t (a)"]).await;
        let mut obstacle = with_obstacles(&mut connection).await;
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let query = run(&mut connection, "insert into t select block()");
        obstacle.removed_during(query).await.unwrap();
        obstacle.removed_during(connection.commit()).await.unwrap();
        assert_eq!(int(&mut connection, "select count(*) from t", &[]).await, 1);
    });
}

const MANY: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where \
                    i < 3000000) select made(i), 'a row of some length' from n";

/// How many rows there are when no more are made. That something does not happen has no state to wait
/// for: in such a pause a thread that went on would make many thousands.
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
        let made = counting(&mut connection).await;
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
