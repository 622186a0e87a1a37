//! A session, what it must hold, and how a statement is run and judged.

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{AsyncConnection, AsyncDriver, ExecutionOptions, Released, StatementKind};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use aludel_postgres::{PostgresConnection, PostgresDriver};
use aludel_testing::awaited::{execute, recover};
use aludel_testing::proxy::Proxy;
use aludel_testing::{BOUND, Rows, drop_after_polls, drop_when, say, statement};
use tokio::time::{sleep, timeout};

use crate::random::Random;
use crate::support::backend;

pub(crate) const OPTIONS: ExecutionOptions = ExecutionOptions::DEFAULT;

/// What a statement must do.
pub(crate) enum Wanted {
    Rows(Vec<i64>),
    /// Rows, and then an error with this state and these words.
    Error(Vec<i64>, &'static str, String),
    Affected(u64),
}

#[derive(Default)]
pub(crate) struct Open {
    /// The rows within the transaction, and at its savepoint.
    pub(crate) rows: i64,
    pub(crate) savepoint: Option<i64>,
    pub(crate) failed: bool,
}

pub(crate) struct Conversation {
    driver: PostgresDriver,
    /// `None` while it is recovered.
    pub(crate) connection: Option<PostgresConnection>,
    pub(crate) other: PostgresConnection,
    pub(crate) pid: i64,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) random: Random,
    /// The rows that are there for good.
    pub(crate) rows: i64,
    pub(crate) open: Option<Open>,
    pub(crate) columns: usize,
    pub(crate) lost: usize,
    /// What was done last, for whoever reads a failure.
    done: VecDeque<String>,
    seed: u64,
}

impl Drop for Conversation {
    fn drop(&mut self) {
        if thread::panicking() {
            say(&format!("ALUDEL_TEST_SEED={}; at last: {:#?}", self.seed, self.done));
        }
    }
}

pub(crate) fn ints(rows: Rows) -> Vec<i64> {
    let number = |value: &Value| match value {
        Value::Int(number) => *number,
        // Of a long text its end.
        Value::Text(text) => text.trim_start_matches('x').parse().unwrap(),
        other => panic!("{other:?}"),
    };
    rows.values().iter().map(|row| number(&row[0])).collect()
}

impl Conversation {
    pub(crate) async fn new(driver: &PostgresDriver, proxy: Option<Proxy>, seed: u64) -> Self {
        let mut random = Random(seed);
        // Some keep few statements, and close others all the time.
        let size = [0, 2, 5, 256][random.index(4)];
        let driver = driver.clone().with_statement_cache_size(size);
        let other = driver.connect().await.unwrap();
        let mut this = Self {
            driver,
            connection: None,
            other,
            pid: 0,
            proxy,
            random,
            rows: 0,
            open: None,
            columns: 1,
            lost: 0,
            done: VecDeque::new(),
            seed,
        };
        this.connect().await;
        this
    }

    pub(crate) async fn connect(&mut self) {
        let mut connection = self.driver.connect().await.unwrap();
        self.pid = backend(&mut connection).await;
        for sql in [
            "set client_min_messages to notice",
            "listen aludel_mixed",
            "create temporary table kept (id int8)",
            "create temporary table shape as select 1::int8 a",
            "create temporary table late (id int8 unique deferrable initially deferred)",
            "insert into late values (0)",
            "create function pg_temp.fail(n int8) returns int8 language plpgsql as \
             $$ begin raise exception 'failed %', n; end $$",
            "create function pg_temp.until(g int8, last int8, n int8) returns int8 language plpgsql \
             as $$ begin if g = last then raise exception 'failed %', n; end if; return g; end $$",
            "create function pg_temp.says(n int8) returns int8 language plpgsql as \
             $$ begin raise notice 'note %', n; perform set_config('application_name', n::text, false); \
             return n; end $$",
        ] {
            execute(&mut connection, sql).await.unwrap();
        }
        (self.rows, self.open, self.columns) = (0, None, 1);
        self.connection = Some(connection);
    }

    pub(crate) fn connection(&mut self) -> &mut PostgresConnection {
        self.connection.as_mut().unwrap()
    }

    pub(crate) fn note(&mut self, what: String) {
        if self.done.len() == 30 {
            self.done.pop_front();
        }
        self.done.push_back(what);
    }

    /// Awaits something, most often to its end. `None` says that it was dropped, and the session is another's now.
    pub(crate) async fn cut<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PostgresConnection) -> Result<T>,
    ) -> Option<Result<T>> {
        let way = self.random.below(12);
        let polls = self.random.index(12);
        let time = Duration::from_micros(self.random.below(3000));
        let future = work(self.connection.as_mut().unwrap());
        let output = match way {
            0 => drop_after_polls(future, polls).await,
            1 => drop_when(future, sleep(time)).await,
            _ => Some(timeout(BOUND, future).await.expect("it hangs")),
        };
        if output.is_none() {
            self.note("  dropped".to_owned());
            self.give_back().await;
        }
        output
    }

    /// Gives the connection back, as to a pool, and takes it again.
    pub(crate) async fn give_back(&mut self) {
        let mut connection = self.connection.take().unwrap();
        self.open = None;
        match connection.release() {
            Released::Clean => self.connection = Some(connection),
            Released::Dirty => match recover(connection).await {
                Some(connection) => self.connection = Some(connection),
                None => {
                    self.lost += 1;
                    self.note("  lost".to_owned());
                    self.connect().await;
                }
            },
        }
    }

    /// Judges how something ended within or without a transaction. `true` if it has done what it should.
    pub(crate) fn judge<T>(
        &mut self,
        outcome: Result<T>,
        wanted: Option<(&str, &str)>,
    ) -> Option<T> {
        let failed = self.open.as_ref().is_some_and(|open| open.failed);
        let state = |error: &Error| error.sqlstate().map(ToOwned::to_owned);
        let last = self.done.back().cloned().unwrap_or_default();
        match (outcome, wanted) {
            (Err(error), _) if failed => {
                assert_eq!(state(&error).as_deref(), Some("25P02"), "{last}: {error:?}");
                None
            }
            (Ok(value), None) if !failed => Some(value),
            (Err(error), Some((code, words))) => {
                assert_eq!(state(&error).as_deref(), Some(code), "{last}: {error:?}");
                assert!(error.unredacted().unwrap().contains(words), "{last}: {error:?}");
                if let Some(open) = &mut self.open {
                    open.failed = true;
                }
                None
            }
            (Ok(_), _) => panic!("{last} should have failed"),
            (Err(error), None) => panic!("{last}: {error:?}"),
        }
    }

    /// Runs a statement, by its text or as one that is prepared, and looks at what it did.
    pub(crate) async fn ask(
        &mut self,
        sql: &str,
        kind: StatementKind,
        params: &[i64],
        wanted: Wanted,
    ) -> bool {
        self.note(format!("{sql} {params:?}"));
        let params: Vec<Value> = params.iter().map(|number| Value::Int(*number)).collect();
        let statement = statement(sql, kind);
        let (prepares, closes) = (self.random.in_hundred(30), self.random.in_hundred(70));
        let mut rows = Rows::default();
        let run = async |connection: &mut PostgresConnection| {
            if !prepares {
                return connection.execute(&statement, &params, &OPTIONS, &mut rows).await;
            }
            let handle = connection.prepare(&statement, &OPTIONS).await?;
            let outcome = connection.execute_prepared(handle, &params, &OPTIONS, &mut rows).await;
            if closes {
                connection.close_prepared(handle);
            }
            outcome
        };
        let Some(outcome) = self.cut(run).await else { return false };
        if self.random.in_hundred(20) {
            self.pause();
        }
        let error = match &wanted {
            Wanted::Error(_, code, words) => Some((*code, words.as_str())),
            _ => None,
        };
        let failed = self.open.as_ref().is_some_and(|open| open.failed);
        let outcome = self.judge(outcome, error);
        match wanted {
            _ if failed => assert!(ints(rows).is_empty(), "{sql}"),
            Wanted::Rows(numbers) | Wanted::Error(numbers, ..) => {
                assert_eq!(ints(rows), numbers, "{sql}");
            }
            Wanted::Affected(count) => assert_eq!(outcome.as_ref().unwrap().rowcount, count),
        }
        outcome.is_some()
    }

    /// Gives the task of the connection the time to begin something.
    pub(crate) fn pause(&mut self) {
        let time = Duration::from_micros(self.random.below(200));
        let begun = Instant::now();
        while begun.elapsed() < time {
            std::hint::spin_loop();
        }
    }
}
