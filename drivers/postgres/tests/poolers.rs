//! What a pooler between the driver and the server needs: names of statements that nobody else has, or
//! none, and cancels that it passes on.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::fmt::Write as _;
use std::time::Duration;

use aludel_core::dbapi::{AsyncConnection, ExecutionOptions, NoRows, Released, TransactionOptions};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_postgres::{BlockingDriver, PostgresConnection, PostgresDriver};
use aludel_testing::awaited::{execute, int, query, recover, scalar};
use aludel_testing::{drop_when, nonce, settle, settle_awaited, unique};
use support::{assert_right_answers, connect};

/// A driver through a database of PgBouncer, and one to the server itself.
fn pooled(database: &str, options: &str) -> Option<(PostgresDriver, PostgresDriver)> {
    let pooler = aludel_testing::server_url("ALUDEL_TEST_PGBOUNCER_URL")?;
    let url = format!("{pooler}/{database}?{options}").parse().unwrap();
    let direct = support::url()?.parse().unwrap();
    Some((PostgresDriver::from_url(&url).unwrap(), PostgresDriver::from_url(&direct).unwrap()))
}

async fn prepared(connection: &mut PostgresConnection) -> i64 {
    int(connection, "select count(*) from pg_prepared_statements").await
}

/// Has the session hold statements under the next names that the driver would take.
async fn take_names(connection: &mut PostgresConnection) {
    let sql = "select name from pg_prepared_statements where statement = $1";
    assert!(query(connection, sql, &[Value::from("")]).await.unwrap().is_empty());
    let last = format!("select {} as last", nonce());
    execute(connection, &last).await.unwrap();
    let Value::Text(name) = scalar(connection, sql, &[Value::from(last)]).await.unwrap() else {
        panic!("a name")
    };
    let at = name.rfind('s').unwrap() + 1;
    let (prefix, number) = name.split_at(at);
    let number: u32 = number.parse().unwrap();
    let mut all = String::new();
    for next in number + 1..number + 100 {
        let _ = write!(all, "prepare \"{prefix}{next}\" as select 1; ");
    }
    connection.client().unwrap().batch_execute(&all).await.unwrap();
    connection.rollback().await.unwrap();
}

// fault: D27
#[tokio::test]
async fn a_name_that_is_taken_is_repaired_before_the_first_statement_has_run() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    take_names(&mut connection).await;
    assert_right_answers(&mut connection).await;

    take_names(&mut connection).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "create temporary table kept (a int)").await.unwrap();
    connection.commit().await.unwrap();
    assert_eq!(int(&mut connection, "select count(*) from kept").await, 0);

    take_names(&mut connection).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    // What was prepared before runs, and then a transaction has begun that must not be begun anew.
    execute(&mut connection, "select count(*) from kept").await.unwrap();
    let error = execute(&mut connection, "select 'one more'").await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("42P05")));
    assert!(error.is_retryable() && !error.is_disconnect(), "{error}");
    connection.rollback().await.unwrap();
}

// fault: D27
#[tokio::test]
async fn without_names_the_session_keeps_no_statement() {
    let driver = driver!();
    let mut named = connect(&driver).await;
    let mut connection = connect(&driver.with_unnamed_statements()).await;
    let place = unique("unnamed");
    execute(&mut connection, &format!("create type {place} as enum ('a', 'b')")).await.unwrap();
    for _ in 0..3 {
        assert_right_answers(&mut connection).await;
        // Types of the program's own are looked up with statements of the client crate.
        let sql = format!("select array['b', $1]::{place}[]::text, 'a'::{place}, $2::{place}");
        let rows = query(&mut connection, &sql, &[Value::from("a"), Value::from("b")]).await;
        let [array, first, second] = &rows.unwrap()[0][..] else { panic!("three columns") };
        assert_eq!(*array, Value::from("{b,a}"));
        assert_ne!(first, second);
        assert_eq!(prepared(&mut connection).await, 0);
        assert!(prepared(&mut named).await > 0);
    }
    assert!(connection.cached_statements() > 0, "what the server said of them is kept");
    execute(&mut connection, &format!("drop type {place}")).await.unwrap();
}

// fault: D13
#[tokio::test]
async fn without_names_a_table_that_is_made_anew_has_the_same_columns() {
    let driver = driver!().with_unnamed_statements();
    let mut connection = connect(&driver).await;
    let table = unique("anew");
    let (make, all) = (format!("create table {table} (a int)"), format!("select * from {table}"));
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    for n in 0..3 {
        execute(&mut connection, &make).await.unwrap();
        execute(&mut connection, &format!("insert into {table} values ({n})")).await.unwrap();
        assert_eq!(scalar(&mut connection, &all, &[]).await.unwrap(), Value::Int(n));
        execute(&mut connection, &format!("drop table {table}")).await.unwrap();
    }
    connection.commit().await.unwrap();
}

// fault: D13, D27
#[tokio::test]
async fn without_names_a_statement_out_of_date_is_repaired_or_told() {
    let driver = driver!().with_unnamed_statements();
    let mut connection = connect(&driver).await;
    let mut other = connect(&driver).await;
    let table = unique("changing");
    execute(&mut other, &format!("create table {table} (a int)")).await.unwrap();
    execute(&mut other, &format!("insert into {table} values (1)")).await.unwrap();
    let all = format!("select * from {table}");
    let ending = format!("delete from {table} where a = 2 returning *");
    let change = async |other: &mut PostgresConnection, to: &str| {
        execute(other, &format!("alter table {table} alter a type {to}")).await.unwrap();
    };
    execute(&mut connection, &all).await.unwrap();
    execute(&mut connection, &ending).await.unwrap();

    // First in its transaction: everything is done once more.
    change(&mut other, "text").await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(scalar(&mut connection, &all, &[]).await.unwrap(), Value::from("1"));
    connection.commit().await.unwrap();

    // Later: the transaction is lost, and can be run again.
    change(&mut other, "int using a::int").await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    let error = execute(&mut connection, &all).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("0A000"), "{error}");
    assert!(error.is_retryable(), "{error}");
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).await.expect("it comes back");
    assert_eq!(scalar(&mut connection, &all, &[]).await.unwrap(), Value::Int(1));

    // Outside of one it has been executed, which must not happen twice.
    execute(&mut other, &format!("update {table} set a = 2")).await.unwrap();
    let mut fresh = connect(&driver).await;
    execute(&mut fresh, &format!("delete from {table} where a = 2 returning *, 7")).await.unwrap();
    execute(&mut other, &format!("insert into {table} values (2)")).await.unwrap();
    change(&mut other, "bigint").await;
    let again = format!("delete from {table} where a = 2 returning *, 7");
    let error = execute(&mut fresh, &again).await.unwrap_err();
    assert!(!error.is_retryable() && error.message().contains("executed"), "{error}");
    assert_eq!(int(&mut other, &format!("select count(*) from {table}")).await, 0);
    execute(&mut other, &format!("drop table {table}")).await.unwrap();
}

/// How many sessions of the server sleep for this one.
async fn sleeping(other: &mut PostgresConnection, marker: &str) -> i64 {
    let sql =
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and query like $1";
    let pattern = Value::from(format!("%{marker}%"));
    let Value::Int(count) = scalar(other, sql, &[pattern]).await.unwrap() else { panic!() };
    count
}

// fault: D06, D27
#[tokio::test]
async fn a_cancel_passes_the_pooler() {
    for (database, names) in [("session", "named"), ("transactions", "unnamed")] {
        let options = format!("prepared_statements={names}");
        let Some((pooler, direct)) = pooled(database, &options) else { return };
        let mut other = connect(&direct).await;
        let mut connection = connect(&pooler).await;
        let marker = unique("slow");
        for begun in [true, false] {
            if begun {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
            }
            let slow = format!("select pg_sleep(600) /* {marker} */");
            let running = execute(&mut connection, &slow);
            let asleep =
                settle_awaited("it sleeps", async || sleeping(&mut other, &marker).await == 1);
            assert!(drop_when(running, asleep).await.is_none());
            assert_eq!(connection.release(), Released::Dirty);
            // Within its budget, which is far less than the sleep.
            connection = recover(connection).await.expect("it comes back");
            assert_eq!(sleeping(&mut other, &marker).await, 0);
            assert_right_answers(&mut connection).await;
        }
    }
}

/// The URL of PgBouncer's own console.
fn console() -> Option<postgres::Client> {
    let pooler = aludel_testing::server_url("ALUDEL_TEST_PGBOUNCER_URL")?;
    Some(postgres::Client::connect(&format!("{pooler}/pgbouncer"), postgres::NoTls).unwrap())
}

/// How many cancels PgBouncer has of clients, or sends to servers.
fn cancels(console: &mut postgres::Client) -> u64 {
    use postgres::SimpleQueryMessage;
    let pools = console.simple_query("show pools").unwrap();
    let rows = pools.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let of_row = |row: &postgres::SimpleQueryRow| {
        let columns = row.columns().iter().enumerate();
        let columns = columns.filter(|(_, column)| column.name().contains("cancel"));
        let counts: Vec<u64> =
            columns.map(|(at, _)| row.get(at).unwrap().parse().unwrap()).collect();
        assert!(!counts.is_empty(), "there are columns of cancels");
        counts.iter().sum::<u64>()
    };
    rows.map(of_row).sum()
}

// fault: D06, D27
#[test]
fn a_cancel_of_the_blocking_driver_passes_the_pooler() {
    use support::blocking::connect;
    let Some((pooler, direct)) = pooled("session", "prepared_statements=named") else { return };
    let (pooler, direct) = (BlockingDriver::new(pooler), BlockingDriver::new(direct));
    let (mut connection, mut other) = (connect(&pooler), connect(&direct));
    let marker = unique("slow");
    let sql =
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and query like $1";
    let pattern = [Value::from(format!("%{marker}%"))];
    let mut options = ExecutionOptions::DEFAULT;
    options.timeout = Some(Duration::from_millis(300));
    let slow = aludel_testing::raw(&format!("select pg_sleep(600) /* {marker} */"));
    let error = connection.execute(&slow, &[], &options, &mut NoRows).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    let mut count = || aludel_testing::blocking::scalar(other.as_mut(), sql, &pattern).unwrap();
    settle("the server has stopped", || count() == Value::Int(0));
    // PgBouncer 1.18 ends itself if a client leaves before its cancel has come to its end.
    let mut console = console().unwrap();
    settle("the pooler has no cancel any more", || cancels(&mut console) == 0);
    drop(connection);
}
