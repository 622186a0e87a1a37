//! Inside of an async context: refused, and never a panic or a block.

use std::time::{Duration, Instant};

use aludel_bridge::Worker;
use aludel_core::dbapi::{
    Connection, Driver, ExecutionOptions, NoRows, Released, TransactionOptions,
};
use aludel_core::error::{Error, ErrorKind};
use aludel_testing::blocking::{execute, query, recover};
use aludel_testing::{BOUND, raw, within_bound};

use crate::support::blocking::{
    assert_right_answers, await_sleeping, await_state, backend, connect, driver, native,
};

/// Runs within a runtime's context, where the crate's client would panic.
fn inside<T>(f: impl FnOnce() -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { f() })
}

#[test]
fn calls_in_an_async_context_are_refused_and_do_no_harm() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, "create temporary table kept (a int)").unwrap();
    inside(|| {
        let deadline = Instant::now() + Duration::from_secs(5);
        for error in [
            execute(&mut *connection, "select 1").map(drop),
            connection
                .execute_many(&raw("select 1"), &[vec![]], &ExecutionOptions::DEFAULT, &mut NoRows)
                .map(drop),
            connection.open_cursor(&raw("select 1"), &[], &ExecutionOptions::DEFAULT).map(drop),
            connection.begin(&TransactionOptions::DEFAULT),
            connection.commit(),
            connection.rollback(),
            connection.ping(deadline),
            native(&mut *connection).client().map(drop),
            driver.connect(deadline).map(drop),
        ] {
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BlockingInAsync, "{error}");
            assert!(error.message().contains("Threaded"), "{error}");
        }
        assert!(connection.is_usable());
    });
    assert_eq!(query(&mut *connection, "select * from kept", &[]).unwrap().len(), 0);
    connection.commit().unwrap();
    assert_right_answers(&mut *connection);
}

// fault: B28, P20
#[test]
fn a_connection_ends_in_an_async_context_without_a_panic_or_a_pause() {
    let Some(driver) = driver() else { return };
    let mut other = connect(&driver);
    for end in ["close", "terminate", "drop", "recover"] {
        for state in ["idle", "open", "dirty"] {
            let mut connection = connect(&driver);
            let pid = backend(&mut *connection);
            if state == "open" {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
                execute(&mut *connection, "select 1").unwrap();
            }
            if state == "dirty" {
                let mut sink = aludel_testing::Rows { fail_at: Some(1), ..Default::default() };
                let endless = raw("select generate_series(1, 100000000000)");
                connection
                    .execute(&endless, &[], &ExecutionOptions::DEFAULT, &mut sink)
                    .unwrap_err();
            }
            let back = within_bound("the end of a connection", || {
                inside(|| {
                    let expected = if state == "idle" { Released::Clean } else { Released::Dirty };
                    assert_eq!(connection.release(), expected);
                    match end {
                        "close" => connection.close(),
                        "terminate" => connection.terminate(),
                        "drop" => drop(connection),
                        _ => return recover(connection),
                    }
                    None
                })
            });
            assert_eq!(back.is_some(), end == "recover" && state != "dirty", "{end} when {state}");
            match back {
                Some(mut back) => {
                    await_state(&mut *other, pid, Some("idle"));
                    assert_right_answers(&mut *back);
                }
                None => await_state(&mut *other, pid, None),
            }
        }
    }
}

// fault: D01, D06
#[test]
fn a_cancelled_job_stops_the_server_and_terminates_the_connection() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(&mut *connection);
    let worker = Worker::new().unwrap();
    let (told, tell) = std::sync::mpsc::channel();
    let job = worker.spawn(move || {
        let error = execute(&mut *connection, "select pg_sleep(600)").unwrap_err();
        told.send((error.kind(), connection.is_usable(), connection.release())).unwrap();
        drop(recover(connection));
        Err::<(), Error>(error)
    });
    await_sleeping(&mut *other, pid);
    drop(job);
    let outcome = tell.recv_timeout(BOUND).unwrap();
    assert_eq!(outcome, (ErrorKind::Cancelled, false, Released::Dirty));
    await_state(&mut *other, pid, None);
}

#[test]
fn the_pool_is_told_that_it_blocks() {
    let Some(driver) = driver() else { return };
    assert!(driver.blocks_on_network());
    assert_eq!(driver.name(), "postgres");
    let connection: Box<dyn Connection> = connect(&driver);
    connection.close();
}
