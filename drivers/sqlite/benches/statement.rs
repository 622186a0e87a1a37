//! What the driver interface costs above `rusqlite`: one row by its key, and ten thousand rows.
//!
//! `cargo bench -p aludel-sqlite` prints medians of interleaved samples and their ratios;
//! with `--test` everything runs once.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Columns, Connection, Driver, ExecutionOptions, RawRow, RowSink, Statement, StatementKind,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use aludel_sqlite::{SqliteDriver, rusqlite};

const ROWS: i64 = 10_000;
const FILL: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000) \
                    insert into t select i, 'some name ' || i, i / 3.0 from n";
const CREATE: &str = "create table t (id integer primary key, name text, amount real)";
const BY_KEY: &str = "select id, name from t where id = ?";
const ALL: &str = "select id, name, amount from t";

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Two cells of one row.
#[derive(Default)]
struct Pair(Option<(i64, String)>);

impl RowSink for Pair {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        self.0 = Some((row.read(0)?, row.read(1)?));
        Ok(())
    }
}

#[expect(dead_code, reason = "it is made to be measured")]
struct Item {
    id: i64,
    name: String,
    amount: f64,
}

#[derive(Default)]
struct Items(Vec<Item>);

impl RowSink for Items {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        self.0.push(Item { id: row.read(0)?, name: row.read(1)?, amount: row.read(2)? });
        Ok(())
    }
}

fn item(row: &rusqlite::Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item { id: row.get(0)?, name: row.get(1)?, amount: row.get(2)? })
}

/// One way of doing the same thing.
struct Way<'a> {
    name: &'static str,
    run: Box<dyn FnMut(i64) -> Outcome + 'a>,
}

fn way<'a>(name: &'static str, run: impl FnMut(i64) -> Outcome + 'a) -> Way<'a> {
    Way { name, run: Box::new(run) }
}

/// Prints the median time of each way and its ratio to the last of them.
fn compare(title: &str, samples: usize, repeats: u32, mut ways: Vec<Way<'_>>) -> Outcome {
    let mut times = vec![Vec::with_capacity(samples); ways.len()];
    for _ in 0..samples {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            let since = Instant::now();
            for number in 0..repeats {
                (way.run)(1 + i64::from(number) * 7919 % ROWS)?;
            }
            times.push(since.elapsed() / repeats);
        }
    }
    let medians: Vec<Duration> = times
        .iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect();
    let last = medians.last().copied().unwrap_or_default().as_secs_f64();
    println!("{title}");
    for (way, median) in ways.iter().zip(&medians) {
        let ratio = last / median.as_secs_f64();
        println!("  {:24} {:>12.3?}   aludel is {ratio:.2}x", way.name, median);
    }
    Ok(())
}

fn main() -> Outcome {
    let quick = std::env::args().any(|argument| argument == "--test");
    // The kind of memory database that the driver makes, so that the driver interface alone differs.
    let raw = rusqlite::Connection::open("file:/bench?vfs=memdb")?;
    raw.execute_batch(CREATE)?;
    raw.execute_batch(FILL)?;
    let driver = SqliteDriver::memory()?;
    let mut connection = driver.connect(Instant::now())?;
    for sql in [CREATE, FILL] {
        let statement = Statement::new(sql, StatementKind::Text)?;
        connection.execute(
            &statement,
            &[],
            &ExecutionOptions::DEFAULT,
            &mut aludel_core::dbapi::NoRows,
        )?;
    }
    by_key(&raw, &mut *connection, if quick { (1, 10) } else { (101, 5_000) })?;
    all(&raw, &mut *connection, if quick { (1, 1) } else { (101, 5) })
}

fn by_key(
    raw: &rusqlite::Connection,
    connection: &mut dyn Connection,
    (samples, repeats): (usize, u32),
) -> Outcome {
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let mut held = raw.prepare(BY_KEY)?;
    let statement = Statement::new(BY_KEY, StatementKind::Select)?;
    let ways = vec![
        way("rusqlite, held statement", |id| {
            black_box(held.query_row([id], pair)?);
            Ok(())
        }),
        way("rusqlite, prepare_cached", |id| {
            black_box(raw.prepare_cached(BY_KEY)?.query_row([id], pair)?);
            Ok(())
        }),
        way("aludel", |id| {
            let mut sink = Pair::default();
            connection.execute(
                &statement,
                &[Value::Int(id)],
                &ExecutionOptions::DEFAULT,
                &mut sink,
            )?;
            black_box(sink.0);
            Ok(())
        }),
    ];
    compare("one row by its key", samples, repeats, ways)
}

fn all(
    raw: &rusqlite::Connection,
    connection: &mut dyn Connection,
    (samples, repeats): (usize, u32),
) -> Outcome {
    let mut held = raw.prepare(ALL)?;
    let statement = Statement::new(ALL, StatementKind::Select)?;
    let ways = vec![
        way("rusqlite, held statement", |_| {
            let items = held.query_map([], item)?.collect::<rusqlite::Result<Vec<_>>>()?;
            black_box(items);
            Ok(())
        }),
        way("rusqlite, prepare_cached", |_| {
            let mut cached = raw.prepare_cached(ALL)?;
            let items = cached.query_map([], item)?.collect::<rusqlite::Result<Vec<_>>>()?;
            black_box(items);
            Ok(())
        }),
        way("aludel", |_| {
            let mut sink = Items::default();
            connection.execute(&statement, &[], &ExecutionOptions::DEFAULT, &mut sink)?;
            black_box(sink.0);
            Ok(())
        }),
    ];
    compare("10,000 rows into structs", samples, repeats, ways)
}
