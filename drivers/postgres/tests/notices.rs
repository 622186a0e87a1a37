//! What the server remarks of each execution of a statement that is prepared is there when it has ended.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use aludel_core::dbapi::{Connection, Driver, ServerNotice, Severity, Waits};
use aludel_core::value::Value;
use aludel_postgres::{BlockingDriver, PostgresDriver};
use aludel_testing::blocking::{execute, query, scalar};
use support::blocking::connect;

fn seen(n: i64) -> ServerNotice {
    ServerNotice::new(Severity::Notice, "00000", format!("seen {n}"))
}

fn remarks(connection: &mut dyn Connection, rows: i64) -> (Vec<ServerNotice>, usize) {
    connection.hear_notices();
    let sql = "select pg_temp.remark(n) from generate_series(1::bigint, $1::bigint) n";
    let rows = query(connection, sql, &[Value::Int(rows)]).unwrap();
    (connection.take_notices(true).unwrap(), rows.len())
}

fn each_time(driver: &dyn Driver) {
    let mut connection = connect(driver);
    let connection = connection.as_mut();
    let function = "create function pg_temp.remark(n bigint) returns bigint language plpgsql as \
                    $$ begin raise notice 'seen %', n; return n; end $$";
    execute(connection, function).unwrap();
    for round in 0..20 {
        let expected: Vec<_> = (1..=round).map(seen).collect();
        let (notices, rows) = remarks(connection, round);
        assert_eq!((notices, rows), (expected, usize::try_from(round).unwrap()), "round {round}");
    }
    // Nobody listens: nothing is kept for who comes later.
    scalar(connection, "select pg_temp.remark($1)", &[Value::Int(7)]).unwrap();
    assert_eq!(connection.take_notices(true).unwrap(), []);
    // There is an end to what is kept.
    let (notices, rows) = remarks(connection, 3000);
    assert_eq!((notices.len(), rows), (1000, 3000));
}

#[test]
fn of_the_async_driver() {
    let Some(url) = support::url() else { return };
    let driver = PostgresDriver::from_url(&url.parse().unwrap()).unwrap();
    each_time(&*driver.adapted(Waits::OnThreads));
}

#[test]
fn of_the_blocking_driver() {
    let Some(url) = support::url() else { return };
    each_time(&BlockingDriver::from_url(&url.parse().unwrap()).unwrap());
}
