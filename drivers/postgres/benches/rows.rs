//! One row, one row in a transaction, many rows into structs, and many inserts: by the driver and
//! by tokio-postgres alone.
//!
//! ```text
//! ALUDEL_TEST_POSTGRES_URL=postgresql://… cargo bench -p aludel-postgres --bench rows [-- --test]
//! ```
//!
//! The figures for one row depend on where the system puts the two server processes; pinning all
//! of them to one core (`taskset -c 0`) makes them steady. `--test` only shows that it runs.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark reports and stops")]

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    AsyncConnection, AsyncDriver, Columns, ExecutionOptions, NoRows, RawRow, Released, RowSink,
    Statement, StatementKind, TransactionOptions,
};
use aludel_core::error::Result;
use aludel_core::row::{FromRow, Rows, TypedRows};
use aludel_core::value::Value;
use aludel_postgres::tokio_postgres::{self, Client, Config, NoTls, types::Type};
use aludel_postgres::{PostgresConnection, PostgresDriver};
use futures::TryStreamExt;
use futures::future::join_all;

const ROWS: &str = "select g, g * 2, 'name ' || g, g::float8 from generate_series(1, $1) g";

struct Thing {
    id: i64,
    twice: i64,
    name: String,
    weight: f64,
}

impl FromRow for Thing {
    const WIDTH: usize = 4;

    type NotNull = Self;

    fn not_null(self) -> Option<Self> {
        Some(self)
    }

    fn from_row(row: &dyn RawRow, start: usize) -> Result<Self> {
        Ok(Self {
            id: row.read(start)?,
            twice: row.read(start + 1)?,
            name: row.read(start + 2)?,
            weight: row.read(start + 3)?,
        })
    }
}

impl Thing {
    fn of(row: &tokio_postgres::Row) -> Self {
        Self { id: row.get(0), twice: row.get(1), name: row.get(2), weight: row.get(3) }
    }

    fn check(&self) -> i64 {
        black_box((self.weight, self.name.len()));
        self.twice - self.id
    }
}

#[derive(Default)]
struct Sink(TypedRows<Thing>);

impl RowSink for Sink {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        self.0.push(row)
    }
}

struct Plain {
    client: Client,
    held: tokio_postgres::Statement,
}

impl Plain {
    async fn select(&self, rows: i64) -> Vec<Thing> {
        let stream = self.client.query_raw(&self.held, [rows]).await.unwrap();
        let mut stream = pin!(stream);
        let mut things = Vec::new();
        while let Some(row) = stream.try_next().await.unwrap() {
            things.push(Thing::of(&row));
        }
        things
    }
}

struct Ours {
    connection: PostgresConnection,
    statement: Statement,
}

impl Ours {
    async fn select(&mut self, rows: i64) -> Vec<Thing> {
        let mut sink = Sink::default();
        self.connection
            .execute(&self.statement, &[Value::Int(rows)], &ExecutionOptions::DEFAULT, &mut sink)
            .await
            .unwrap();
        sink.0.all()
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Runs the two by turns and prints what each took.
async fn compare(
    what: &str,
    (rounds, repeat): (usize, u32),
    mut theirs: impl AsyncFnMut(),
    mut ours: impl AsyncFnMut(),
) {
    let (mut their_times, mut our_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..repeat {
            theirs().await;
        }
        their_times.push(start.elapsed() / repeat);
        let start = Instant::now();
        for _ in 0..repeat {
            ours().await;
        }
        our_times.push(start.elapsed() / repeat);
    }
    let (theirs, ours) = (median(their_times), median(our_times));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("{what:<22} tokio-postgres {theirs:>10.2?}  driver {ours:>10.2?}  ratio {ratio:.3}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Ok(url) = std::env::var("ALUDEL_TEST_POSTGRES_URL") else {
        println!("skipped: ALUDEL_TEST_POSTGRES_URL is not set");
        return;
    };
    let quick = std::env::args().any(|argument| argument == "--test");
    let (rounds, repeat) = if quick { (3, 5) } else { (61, 500) };
    let (client, connection) = url.parse::<Config>().unwrap().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let held = client.prepare_typed(ROWS, &[Type::INT8]).await.unwrap();
    let theirs = Plain { client, held };
    let driver = PostgresDriver::from_url(&url.parse().unwrap()).unwrap();
    let connection = driver.connect().await.unwrap();
    let statement = Statement::new(ROWS, StatementKind::Select).unwrap();
    let mut ours = Ours { connection, statement };
    let sum = |things: Vec<Thing>| things.iter().map(Thing::check).sum::<i64>();

    compare(
        "1 row",
        (rounds, repeat),
        async || assert_eq!(sum(theirs.select(1).await), 1),
        async || assert_eq!(sum(ours.select(1).await), 1),
    )
    .await;
    compare(
        "1 row, transaction",
        (rounds, repeat),
        async || {
            theirs.client.batch_execute("BEGIN").await.unwrap();
            assert_eq!(sum(theirs.select(1).await), 1);
            theirs.client.batch_execute("ROLLBACK").await.unwrap();
        },
        async || {
            ours.connection.begin(&TransactionOptions::DEFAULT).unwrap();
            assert_eq!(sum(ours.select(1).await), 1);
            assert_eq!(ours.connection.release(), Released::Clean);
        },
    )
    .await;
    compare(
        "10,000 rows",
        (rounds, 1),
        async || assert_eq!(sum(theirs.select(10_000).await), 50_005_000),
        async || assert_eq!(sum(ours.select(10_000).await), 50_005_000),
    )
    .await;
    insert_many(rounds, &theirs.client, &mut ours.connection).await;
}

/// Inserts 1,000 rows in a transaction, all of them in flight at once for tokio-postgres.
async fn insert_many(rounds: usize, theirs: &Client, ours: &mut PostgresConnection) {
    const CREATE: &str = "CREATE TEMPORARY TABLE many (id bigint, name text)";
    const INSERT: &str = "INSERT INTO many VALUES ($1, $2)";
    theirs.batch_execute(CREATE).await.unwrap();
    ours.client().unwrap().batch_execute(CREATE).await.unwrap();
    let held = theirs.prepare(INSERT).await.unwrap();
    let insert = Statement::new(INSERT, StatementKind::Dml).unwrap();
    let sets: Vec<_> =
        (0..1000).map(|id| vec![Value::Int(id), Value::from(format!("name {id}"))]).collect();
    let rows: Vec<_> = (0..1000_i64).map(|id| (id, format!("name {id}"))).collect();
    compare(
        "1,000 sets",
        (rounds, 1),
        async || {
            theirs.batch_execute("BEGIN").await.unwrap();
            let run = rows.iter().map(async |(id, name)| {
                theirs.execute(&held, &[id, name]).await.unwrap();
            });
            join_all(run).await;
            theirs.batch_execute("ROLLBACK").await.unwrap();
        },
        async || {
            ours.begin(&TransactionOptions::DEFAULT).unwrap();
            assert_eq!(
                ours.execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
                    .await
                    .unwrap()
                    .rowcount,
                1000
            );
            ours.rollback().await.unwrap();
        },
    )
    .await;
}
