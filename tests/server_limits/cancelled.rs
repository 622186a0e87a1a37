//! What somebody else cancels while a time-out is near is told as that, and no time-out.

use std::thread;
use std::time::{Duration, Instant};

use aludel::dbapi::IsolationLevel;
use aludel::{Connection, Error, ErrorKind, RawSql, params, text};
use aludel_testing::unique;

use crate::{NONE, each, is_postgres, narrow, session, sleep, within};

/// The time-out of what is cancelled.
const TIME: Duration = Duration::from_millis(800);

/// Runs `call` with a connection on one thread, and on this one what `other` does meanwhile, which is to cancel it by
/// the number of its session.
fn cancelled(
    scheme: &str,
    mut conn: Connection,
    call: impl FnOnce(&mut Connection) -> aludel::Result<()> + Send,
    other: impl FnOnce(i64),
) -> (Error, Connection) {
    let number = session(scheme, &mut conn);
    conn.rollback().unwrap();
    thread::scope(|scope| {
        let calling = scope.spawn(|| (call(&mut conn), conn));
        other(number);
        let (outcome, conn) = calling.join().unwrap();
        (outcome.expect_err("it is cancelled"), conn)
    })
}

fn cancel(scheme: &str, conn: &mut Connection, number: i64) {
    let sql = if is_postgres(scheme) {
        format!("select pg_cancel_backend({number})")
    } else {
        format!("kill query {number}")
    };
    conn.execute(text(RawSql::new(sql))).unwrap();
}

/// The last set of many, late in the time of all.
#[test]
fn one_of_many_sets() {
    each(|scheme, url, _| {
        let engine = narrow(url, &NONE);
        let other = narrow(url, &NONE);
        let mut canceller = other.connect().unwrap();
        let call = |conn: &mut Connection| {
            let sql = text(sleep(scheme)).execution_options(within(TIME));
            conn.execute_many(&sql, [params! { n: 0.3 }, params! { n: 0.3 }, params! { n: 9.0 }])
                .map(drop)
        };
        let (error, conn) = cancelled(scheme, engine.connect().unwrap(), call, |number| {
            thread::sleep(Duration::from_millis(680));
            cancel(scheme, &mut canceller, number);
        });
        assert_eq!(error.kind(), ErrorKind::Operational, "{scheme}: {error}");
        drop((conn, canceller));
        engine.dispose();
        other.dispose();
    });
}

/// A statement that has waited while it was prepared, for which the server has a time of its own.
#[test]
fn what_was_prepared_late() {
    each(|scheme, url, _| {
        if !is_postgres(scheme) {
            return;
        }
        let engine = narrow(url, &NONE);
        let other = narrow(url, &NONE);
        let mut holding = other.connect().unwrap();
        let t = unique("held");
        let run = |conn: &mut Connection, sql: String| {
            conn.execute(text(RawSql::new(sql))).unwrap();
        };
        run(&mut holding, format!("create table {t} as select 9 as n"));
        holding.commit().unwrap();
        run(&mut holding, format!("lock table {t}"));
        let sql = RawSql::new(format!("select pg_sleep(n) from {t}"));
        let call = |conn: &mut Connection| {
            conn.execute(text(sql).execution_options(within(TIME))).map(drop)
        };
        let mut begun = Instant::now();
        let (error, conn) = cancelled(scheme, engine.connect().unwrap(), call, |number| {
            begun = Instant::now();
            thread::sleep(Duration::from_millis(600));
            holding.commit().unwrap();
            holding.set_isolation_level(IsolationLevel::Autocommit).unwrap();
            // Longer than the time-out behind the call's begin, and within that of the server and the client.
            thread::sleep(Duration::from_millis(400));
            cancel(scheme, &mut holding, number);
        });
        assert!(begun.elapsed() > TIME, "{scheme}");
        assert_eq!(error.kind(), ErrorKind::Operational, "{scheme}: {error}");
        drop(conn);
        run(&mut holding, format!("drop table {t}"));
        drop(holding);
        engine.dispose();
        other.dispose();
    });
}
