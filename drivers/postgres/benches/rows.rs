//! Rows into tuples and one-row statements, by the driver and by tokio-postgres alone.
//!
//! It needs the server of `ALUDEL_TEST_POSTGRES_URL`. The figures for one row mean something only
//! with the server and the benchmark pinned to one core: where the system happens to put the two
//! server processes makes a difference of seven times.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark reports and stops")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    AsyncConnection, AsyncDriver, Columns, RawRow, RowSink, Statement, StatementKind,
};
use aludel_core::error::Result;
use aludel_core::row::{Rows, TypedRows};
use aludel_core::value::Value;
use aludel_postgres::tokio_postgres::{Config, NoTls};
use aludel_postgres::{PostgresConnection, PostgresDriver};
use futures::TryStreamExt;

const ROUNDS: usize = 61;
const ROWS: &str = "select g, g * 2, 'name ' || g, g::float8 from generate_series(1, $1) g";

type Typed = (i64, i64, String, f64);

#[derive(Default)]
struct Sink(TypedRows<Typed>);

impl RowSink for Sink {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        self.0.push(row)
    }
}

async fn ours(connection: &mut PostgresConnection, statement: &Statement, rows: i64) -> usize {
    let mut sink = Sink::default();
    connection.execute(statement, &[Value::Int(rows)], &mut sink).await.unwrap();
    sink.0.all().len()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Ok(url) = std::env::var("ALUDEL_TEST_POSTGRES_URL") else {
        println!("skipped: ALUDEL_TEST_POSTGRES_URL is not set");
        return;
    };
    let config: Config = url.parse().unwrap();
    let mut driver = PostgresDriver::new(config.clone()).connect().await.unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let plain = client
        .prepare_typed(ROWS, &[aludel_postgres::tokio_postgres::types::Type::INT8])
        .await
        .unwrap();
    let statement = Statement::new(ROWS, StatementKind::Select).unwrap();
    for (rows, repeat) in [(10_000, 1), (1, 500)] {
        let (mut theirs, mut plain_times, mut ours_times) = (0, Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for _ in 0..repeat {
                let stream = client.query_raw(&plain, [rows]).await.unwrap();
                let found: Vec<Typed> = stream
                    .map_ok(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
                    .try_collect()
                    .await
                    .unwrap();
                theirs = found.len();
            }
            plain_times.push(start.elapsed() / repeat);
            let start = Instant::now();
            for _ in 0..repeat {
                assert_eq!(ours(&mut driver, &statement, rows).await, theirs);
            }
            ours_times.push(start.elapsed() / repeat);
        }
        let (plain, ours) = (median(plain_times), median(ours_times));
        let ratio = ours.as_secs_f64() / plain.as_secs_f64();
        println!("{rows:>6} rows: tokio-postgres {plain:?}, driver {ours:?}, ratio {ratio:.3}");
    }
}
