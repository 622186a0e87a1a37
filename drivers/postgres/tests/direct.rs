//! A blocking program waits for its socket itself while a prepared statement runs, and enters its runtime for all else.
//!
//! Which of the two it does is seen by the sink: it is called where the answer is read.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    AdaptedDriver, Columns, Connection, ExecutionOptions, NoRows, RawRow, Released, RowSink,
    StatementKind, TransactionOptions, Waits,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use aludel_postgres::PostgresDriver;
use aludel_testing::blocking::{execute, scalar};
use aludel_testing::{raw, statement};
use support::blocking::{assert_right_answers, await_sleeping, await_state, backend, connect};
use support::{proxied, server};
use tokio::runtime::{Builder, Handle};

fn driver() -> Option<AdaptedDriver<PostgresDriver>> {
    let url = support::url()?.parse().unwrap();
    Some(AdaptedDriver::new(PostgresDriver::from_url(&url).unwrap(), Waits::OnThreads))
}

/// Notes what came and whether a runtime was entered, and may fail at a row.
#[derive(Default)]
struct Seen {
    rows: Vec<Value>,
    inside_runtime: bool,
    fail_at: Option<usize>,
}

impl RowSink for Seen {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        self.inside_runtime |= Handle::try_current().is_ok();
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        self.inside_runtime |= Handle::try_current().is_ok();
        if self.fail_at == Some(self.rows.len()) {
            return Err(Error::new(ErrorKind::Decode, "the sink does not take it"));
        }
        self.rows.push(row.get(0)?.to_value()?);
        Ok(())
    }
}

/// Executes a SELECT, into what is to see its rows.
fn select_into(
    connection: &mut dyn Connection,
    sql: &str,
    params: &[Value],
    mut seen: Seen,
) -> (Result<u64>, Seen) {
    let select = statement(sql, StatementKind::Select);
    let done = connection.execute(&select, params, &ExecutionOptions::DEFAULT, &mut seen);
    (done.map(|outcome| outcome.rowcount), seen)
}

/// The first column of all rows of a statement that was prepared before, so that no runtime is entered.
#[track_caller]
fn directly(connection: &mut dyn Connection, sql: &str, params: &[Value]) -> Vec<Value> {
    let (done, seen) = select_into(connection, sql, params, Seen::default());
    assert_eq!(done.unwrap(), u64::try_from(seen.rows.len()).unwrap());
    assert!(!seen.inside_runtime, "the runtime was entered for a prepared statement");
    seen.rows
}

const PLUS_ONE: &str = "select $1 + 1";

#[test]
fn only_what_is_prepared_is_awaited_without_the_runtime() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    let connection = connection.as_mut();
    let (done, first) = select_into(connection, PLUS_ONE, &[Value::Int(1)], Seen::default());
    assert_eq!((done.unwrap(), &first.rows[..]), (1, &[Value::Int(2)][..]));
    assert!(first.inside_runtime, "preparing needs the runtime");
    for n in 0..50 {
        assert_eq!(directly(connection, PLUS_ONE, &[Value::Int(n)]), [Value::Int(n + 1)]);
    }
    // BEGIN goes with the first statement, which waits for both answers.
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let (done, seen) = select_into(connection, PLUS_ONE, &[Value::Int(1)], Seen::default());
    assert_eq!((done.unwrap(), seen.rows), (1, vec![Value::Int(2)]));
    assert_eq!(directly(connection, PLUS_ONE, &[Value::Int(5)]), [Value::Int(6)]);
    connection.commit().unwrap();
    let handle = connection
        .prepare(&statement(PLUS_ONE, StatementKind::Select), &ExecutionOptions::DEFAULT)
        .unwrap();
    for expected in [true, false] {
        let mut seen = Seen::default();
        let options = ExecutionOptions::DEFAULT;
        connection.execute_prepared(handle, &[Value::Int(7)], &options, &mut seen).unwrap();
        assert_eq!((seen.rows, seen.inside_runtime), (vec![Value::Int(8)], expected));
    }
    // A time-out is kept by the runtime's clock.
    let limited = ExecutionOptions::new().timeout(Duration::from_secs(30));
    let mut seen = Seen::default();
    connection.execute_prepared(handle, &[Value::Int(7)], &limited, &mut seen).unwrap();
    assert!(seen.inside_runtime);
}

#[test]
fn answers_of_any_size_and_in_any_pieces_are_read() {
    let (Some(driver), Some(config)) = (driver(), server()) else { return };
    let (proxy, through) = proxied(&config);
    let through = AdaptedDriver::new(PostgresDriver::new(through), Waits::OnThreads);
    let (mut straight, mut connection) = (connect(&driver), connect(&through));
    const MANY: &str = "select generate_series(1, $1)";
    const ECHO: &str = "select $1 || ''";
    let connection = connection.as_mut();
    for connection in [straight.as_mut(), connection] {
        execute_once(connection, MANY, Value::Int(1));
        execute_once(connection, ECHO, Value::from("x"));
        let expected: Vec<_> = (1..=50_000).map(Value::Int).collect();
        assert_eq!(directly(connection, MANY, &[Value::Int(50_000)]), expected);
    }
    proxy.pass_in_steps(7);
    assert_eq!(directly(connection, MANY, &[Value::Int(50)]).len(), 50);
    let text = Value::from("y".repeat(30_000));
    assert_eq!(directly(connection, ECHO, std::slice::from_ref(&text)), [text]);
    assert_right_answers(connection);
}

/// The socket takes no more while the server has yet to read: that is waited for by the runtime.
#[test]
fn parameters_that_the_socket_does_not_take_at_once_are_sent() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    const ECHO: &str = "select $1 || ''";
    execute_once(connection.as_mut(), ECHO, Value::from("x"));
    for size in [1 << 20, 40 << 20, 10] {
        let text = Value::from("z".repeat(size));
        let params = std::slice::from_ref(&text);
        let (done, seen) = select_into(connection.as_mut(), ECHO, params, Seen::default());
        assert_eq!(done.unwrap(), 1);
        assert!(seen.rows == [text], "another text of {size} bytes");
    }
    assert_eq!(directly(connection.as_mut(), ECHO, &[Value::from("a")]), [Value::from("a")]);
}

#[test]
fn a_session_that_ends_while_it_is_waited_for_is_lost() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    let pid = backend(connection.as_mut());
    const SLEEP: &str = "select pg_sleep($1)::text";
    execute_once(connection.as_mut(), SLEEP, Value::Float(0.0));
    let killer = thread::spawn(move || {
        let mut other = connect(&driver);
        await_sleeping(other.as_mut(), pid);
        support::blocking::terminate(other.as_mut(), pid);
    });
    let (done, _) = select_into(connection.as_mut(), SLEEP, &[Value::Float(30.0)], Seen::default());
    let error = done.unwrap_err();
    killer.join().unwrap();
    assert!(error.is_disconnect(), "{error}");
    assert_eq!(error.sqlstate(), Some("57P01"), "{error}");
    assert!(!connection.is_usable());
    assert_eq!(connection.release(), Released::Dirty);
}

/// What the server says after a statement that the thread waited for by itself is heard all the same.
#[test]
fn a_session_that_ends_after_it_was_waited_for_is_noticed() {
    let Some(driver) = driver() else { return };
    for is_looked_at in [true, false] {
        let (mut connection, mut other) = (connect(&driver), connect(&driver));
        let pid = backend(connection.as_mut());
        execute_once(connection.as_mut(), PLUS_ONE, Value::Int(1));
        directly(connection.as_mut(), PLUS_ONE, &[Value::Int(1)]);
        support::blocking::terminate(other.as_mut(), pid);
        if is_looked_at {
            assert!(!connection.look());
        } else {
            let (done, _) =
                select_into(connection.as_mut(), PLUS_ONE, &[Value::Int(1)], Seen::default());
            assert!(done.unwrap_err().is_disconnect());
        }
        let error = connection.ping(Instant::now() + Duration::from_secs(5)).unwrap_err();
        assert_eq!(error.sqlstate(), Some("57P01"), "{error}");
    }
}

#[test]
fn failures_of_the_server_and_of_the_sink_leave_the_session_as_ever() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(connection.as_mut());
    {
        let connection = connection.as_mut();
        const DIVIDED: &str = "select 100 / $1";
        execute_once(connection, DIVIDED, Value::Int(1));
        let (done, _) = select_into(connection, DIVIDED, &[Value::Int(0)], Seen::default());
        assert_eq!(done.unwrap_err().sqlstate(), Some("22012"));
        assert_eq!(directly(connection, DIVIDED, &[Value::Int(4)]), [Value::Int(25)]);

        // Behind the answer of a failed sink there is a clock, which is the runtime's.
        const SERIES: &str = "select generate_series(1, $1)";
        execute_once(connection, SERIES, Value::Int(1));
        let failing = Seen { fail_at: Some(3), ..Seen::default() };
        let (done, seen) = select_into(connection, SERIES, &[Value::Int(3_000)], failing);
        assert_eq!(done.unwrap_err().kind(), ErrorKind::Decode);
        assert!(!seen.inside_runtime && seen.rows.len() == 3);
        assert!(connection.is_usable());
        assert_eq!(directly(connection, SERIES, &[Value::Int(2)]).len(), 2);

        // A statement whose table has changed is prepared anew.
        execute(connection, "create temporary table changing as select 1 as a").unwrap();
        const ALL: &str = "select * from changing where a = $1";
        execute_once(connection, ALL, Value::Int(1));
        directly(connection, ALL, &[Value::Int(1)]);
        execute(connection, "alter table changing alter a type text").unwrap();
        execute(connection, "alter table changing alter a type int using a::int, add b int")
            .unwrap();
        let (done, seen) = select_into(connection, ALL, &[Value::Int(1)], Seen::default());
        assert_eq!((done.unwrap(), seen.rows), (1, vec![Value::Int(1)]));
        directly(connection, ALL, &[Value::Int(1)]);

        let failing = Seen { fail_at: Some(1), ..Seen::default() };
        let (done, _) = select_into(connection, SERIES, &[Value::Int(100_000_000)], failing);
        assert_eq!(done.unwrap_err().kind(), ErrorKind::Decode);
        assert!(!connection.is_usable());
    }
    connection.terminate();
    await_state(other.as_mut(), pid, None);
}

#[test]
fn notices_come_between_the_rows() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    let connection = connection.as_mut();
    execute(
        connection,
        "create function pg_temp.loud(n bigint) returns bigint language plpgsql as \
         $$ begin raise notice 'number %', n; return n; end $$",
    )
    .unwrap();
    const LOUD: &str = "select pg_temp.loud(n) from generate_series(1, $1) n";
    execute_once(connection, LOUD, Value::Int(1));
    let expected: Vec<_> = (1..=500).map(Value::Int).collect();
    assert_eq!(directly(connection, LOUD, &[Value::Int(500)]), expected);
}

/// A panic in the sink leaves the thread without a runtime, and the session in the middle of an exchange.
#[test]
fn a_panic_of_the_sink_ends_the_wait() {
    struct Panics;
    impl RowSink for Panics {
        fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
            Ok(())
        }

        fn row(&mut self, _: &dyn RawRow) -> Result<()> {
            panic!("on purpose")
        }
    }
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    execute_once(connection.as_mut(), PLUS_ONE, Value::Int(1));
    let select = statement(PLUS_ONE, StatementKind::Select);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        connection.execute(&select, &[Value::Int(1)], &ExecutionOptions::DEFAULT, &mut Panics)
    }));
    assert!(caught.is_err());
    assert!(Handle::try_current().is_err());
    assert_eq!(connection.release(), Released::Dirty);
    let mut back = aludel_testing::blocking::recover(connection).expect("it can be recovered");
    assert_right_answers(back.as_mut());
}

/// Where others run on its thread, the connection moves to a thread of its own, which the runtime drives.
#[test]
fn a_connection_that_waited_by_itself_may_move() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    execute_once(connection.as_mut(), PLUS_ONE, Value::Int(1));
    directly(connection.as_mut(), PLUS_ONE, &[Value::Int(1)]);
    Builder::new_current_thread().build().unwrap().block_on(async {
        for n in 0..20 {
            let found = scalar(connection.as_mut(), PLUS_ONE, &[Value::Int(n)]).unwrap();
            assert_eq!(found, Value::Int(n + 1));
        }
    });
    assert_eq!(scalar(connection.as_mut(), PLUS_ONE, &[Value::Int(1)]).unwrap(), Value::Int(2));
    connection.execute(&raw("select 1"), &[], &ExecutionOptions::DEFAULT, &mut NoRows).unwrap();
    assert_eq!(connection.release(), Released::Clean);
}

/// Has a statement prepared.
#[track_caller]
fn execute_once(connection: &mut dyn Connection, sql: &str, param: Value) {
    select_into(connection, sql, &[param], Seen::default()).0.unwrap();
}
