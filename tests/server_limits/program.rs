//! A program at random, and its steps.

use std::time::{Duration, Instant};

use aludel::dbapi::IsolationLevel;
use aludel::pool::{self, ResetOnReturn};
use aludel::{
    Connection, Engine, EngineOptions, ExecutionOptions, RawSql, Result, create_engine_with, event,
    params, text,
};

use crate::{NONE, within};

/// The shortest time-out that a server keeps.
const SHORT: Duration = Duration::from_millis(100);

/// Simple numbers at random.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

/// What a program does, with what is new in it and the time-out in seconds.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Commit,
    Rollback,
    Execute(String, Option<u64>),
    /// So many rows of a stream are read: a portion, or none.
    Stream(bool, Option<u64>),
    /// A savepoint of the driver: what is in it, and how it ends.
    Savepoint(&'static str, u64, Option<u64>),
    Reconnect,
    Autocommit(bool),
    /// The setting is asked for.
    Ask(Option<u64>),
    /// Somebody else counts on.
    Count,
    /// What the transaction sees of that.
    See,
    /// What takes too long, in one of the ways to run a statement.
    Slow(u64),
    /// What somebody cancels before its time-out.
    Cancelled(u64, Option<u64>),
}

/// Which steps a program has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sort {
    All,
    /// None of text that begins or ends transactions and savepoints, so that more of these have limits, and are committed.
    WithoutText,
    /// Transactions in which it matters what takes their snapshot.
    Snapshots,
}

const WITHOUT_TEXT: [u64; 21] =
    [0, 0, 0, 1, 3, 3, 5, 10, 10, 11, 12, 19, 20, 22, 22, 24, 24, 24, 24, 40, 41];

const SNAPSHOTS: [u64; 19] =
    [0, 0, 1, 5, 20, 21, 22, 24, 30, 30, 30, 31, 31, 31, 31, 32, 32, 33, 33];

const LOCK: &str = "lock table information_schema.sql_features in access share mode";

/// A step at random.
pub(crate) fn step(random: &mut Random, sort: Sort) -> Step {
    let timeout = [None, Some(1001), Some(1002), Some(1003)];
    let (mut what, n) = (random.below(42), random.below(12));
    let among = |steps: &[u64]| steps[usize::try_from(what).unwrap() % steps.len()];
    what = match sort {
        Sort::All => what,
        Sort::WithoutText => among(&WITHOUT_TEXT),
        Sort::Snapshots => among(&SNAPSHOTS),
    };
    let timeout = timeout[usize::try_from(random.below(4)).unwrap()];
    let sql = match what {
        0 => return Step::Commit,
        1 => return Step::Rollback,
        2 => return Step::Stream(n % 3 == 0, timeout),
        3 | 4 => {
            let sql = if n > 8 { "select nothing_of_the_sort" } else { "select 1" };
            return Step::Savepoint(sql, n % 3, timeout);
        }
        5 => return Step::Reconnect,
        6 => return Step::Autocommit(n % 2 == 0),
        7 => "savepoint a".to_owned(),
        8 => "rollback to a".to_owned(),
        9 => "release a".to_owned(),
        10 => format!("set statement_timeout = '{}s'", 100 + n),
        11 => format!("set local statement_timeout = '{}s'", 200 + n),
        12 => {
            format!("select set_config('statement_timeout', '{}s', {})", 300 + n, n % 2 == 0)
        }
        13 => "select nothing_of_the_sort".to_owned(),
        14 => "commit".to_owned(),
        15 => "begin".to_owned(),
        16 => "commit and chain".to_owned(),
        17 => "rollback".to_owned(),
        18 => "do $$ begin perform 1; end $$".to_owned(),
        19 if n < 4 => "discard all".to_owned(),
        19 => "reset all".to_owned(),
        20 => "show application_name".to_owned(),
        21 => "set local lock_timeout = 0".to_owned(),
        22 | 23 => "select 1".to_owned(),
        30 => LOCK.to_owned(),
        31 => {
            let sql = if n > 10 { "lock table nothing_of_the_sort" } else { LOCK };
            return Step::Savepoint(sql, n % 3, timeout);
        }
        32 => return Step::Count,
        33 => return Step::See,
        40 if n < 2 => return Step::Slow(random.below(4)),
        41 => return Step::Cancelled(n % 4, timeout),
        _ => return Step::Ask(timeout),
    };
    Step::Execute(sql, timeout)
}

/// A program, as far as it has come.
pub(crate) struct Program {
    pub(crate) engine: Engine,
    pub(crate) conn: Option<Connection>,
    /// Where somebody counts.
    counter: String,
    level: Option<IsolationLevel>,
}

impl Program {
    pub(crate) fn new(url: &str, reset: ResetOnReturn, sort: Sort, counter: &str) -> Self {
        let narrow = EngineOptions::new().pool_size(1).max_overflow(0);
        let engine = create_engine_with(url, narrow.pool_reset_on_return(reset)).unwrap();
        event::listen(&engine, |event: &mut pool::Connect<'_>| {
            event.dbapi_connection.run("set statement_timeout = '70s'")
        });
        let level = matches!(sort, Sort::Snapshots).then_some(IsolationLevel::RepeatableRead);
        let mut new = Self { engine, conn: None, counter: counter.to_owned(), level };
        new.connect().unwrap();
        new
    }

    fn connect(&mut self) -> Result<()> {
        let conn = self.conn.insert(self.engine.connect()?);
        conn.set_isolation_level(self.level)?;
        Ok(())
    }

    /// Does the step. What is asked for is in seconds.
    pub(crate) fn take(&mut self, step: &Step) -> Result<Option<u64>> {
        let of = |timeout: &Option<u64>| {
            timeout.map_or(NONE, |seconds| within(Duration::from_secs(seconds)))
        };
        if let Step::Reconnect = step {
            let closed = self.conn.take().unwrap().close();
            self.connect()?;
            return closed.map(|()| None);
        }
        let conn = self.conn.as_mut().unwrap();
        match step {
            Step::Commit => conn.commit()?,
            Step::Rollback => conn.rollback()?,
            Step::Execute(sql, timeout) => {
                conn.execute(text(RawSql::new(sql.clone())).execution_options(of(timeout)))?;
            }
            Step::Stream(is_left, timeout) => {
                let rows = text("select n from generate_series(1, 3000) as s(n)");
                let mut stream = conn.stream(rows.execution_options(of(timeout)))?;
                if *is_left {
                    stream.close()?;
                } else {
                    stream.next_partition()?;
                }
            }
            Step::Savepoint(sql, end, timeout) => {
                let mut savepoint = conn.begin_nested()?;
                let done = savepoint.execute(text(*sql).execution_options(of(timeout))).map(drop);
                match end {
                    0 => savepoint.commit()?,
                    1 => savepoint.rollback()?,
                    _ => drop(savepoint),
                }
                done?;
            }
            Step::Reconnect | Step::Count => {}
            Step::Autocommit(is_on) => {
                let _ = conn.rollback();
                conn.set_isolation_level(is_on.then_some(IsolationLevel::Autocommit))?;
            }
            Step::Ask(timeout) => {
                let sql = "select extract(epoch from current_setting('statement_' || 'timeout')::interval)::int8";
                let found: Option<i64> = conn.scalar(text(sql).execution_options(of(timeout)))?;
                return Ok(found.map(i64::unsigned_abs));
            }
            Step::See => {
                let sql = RawSql::new(format!("select n from {}", self.counter));
                let found: Option<i64> = conn.scalar(text(sql))?;
                return Ok(found.map(i64::unsigned_abs));
            }
            Step::Slow(way) => {
                let begun = Instant::now();
                let slow = run(conn, *way, "select pg_sleep(60 * :n)", within(SHORT));
                // Else it was the client who gave up, half a second later.
                assert!(begun.elapsed() < SHORT + Duration::from_millis(500), "{slow:?}");
                // The session may be another one.
                conn.rollback()?;
                conn.execute(text("set statement_timeout = '70s'"))?;
                conn.commit()?;
                slow?;
            }
            Step::Cancelled(way, timeout) => {
                let sql = "select case when :n > 0 then pg_cancel_backend(pg_backend_pid()) and pg_sleep(9) is null end";
                run(conn, *way, sql, of(timeout))?;
            }
        }
        Ok(None)
    }
}

/// Runs a statement that takes long where `n` is 1.
fn run(
    conn: &mut Connection,
    way: u64,
    sql: &'static str,
    options: ExecutionOptions,
) -> Result<()> {
    let one = text(sql).bind("n", 1_i64).execution_options(options.clone());
    let statement = text(sql).execution_options(options);
    match way {
        0 => conn.execute(one).map(drop),
        1 => conn.execute_many(&statement, [params! { n: 0_i64 }, params! { n: 1_i64 }]).map(drop),
        2 => {
            let prepared = conn.engine().prepare(&statement)?;
            conn.execute_prepared(&prepared, (1_i64,)).map(drop)
        }
        _ => {
            let mut stream = conn.stream(one)?;
            stream.next_partition()?;
            stream.close()
        }
    }
}
