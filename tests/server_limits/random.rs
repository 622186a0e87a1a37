//! Programs at random, each beside the same one whose server is told nothing: what the program itself has set is what
//! it finds, whatever limits of ours came between.

use std::env;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aludel::dbapi::IsolationLevel;
use aludel::pool::{self, ResetOnReturn};
use aludel::{Connection, Engine, EngineOptions, RawSql, Result, create_engine_with, event, text};
use aludel_testing::say;

use crate::{NONE, each, is_postgres, within};

/// How long it takes where no count of programs is given, for each driver.
const TIME: Duration = Duration::from_secs(2);

/// Of one program.
const STEPS: usize = 60;

/// Simple numbers at random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

/// What a program does, with what is new in it and the time-out in seconds.
#[derive(Debug, Clone)]
enum Step {
    Commit,
    Rollback,
    Execute(String, Option<u64>),
    /// So many rows of a stream are read: a portion, or none.
    Stream(bool, Option<u64>),
    /// A savepoint of the driver: whether what is in it fails, and how it ends.
    Savepoint(bool, u64, Option<u64>),
    Reconnect,
    Autocommit(bool),
    /// The setting is asked for.
    Ask(Option<u64>),
}

/// The steps of programs without text that begins or ends transactions and savepoints, so that more of these have
/// limits, and are committed.
const OTHERS: [u64; 19] = [0, 0, 0, 1, 3, 3, 5, 10, 10, 11, 12, 19, 20, 22, 22, 24, 24, 24, 24];

/// A step at random.
fn step(random: &mut Random, has_text: bool) -> Step {
    let timeout = [None, Some(1001), Some(1002), Some(1003)];
    let (mut what, n) = (random.below(38), random.below(12));
    if !has_text {
        what = OTHERS[usize::try_from(what).unwrap() % OTHERS.len()];
    }
    let timeout = timeout[usize::try_from(random.below(4)).unwrap()];
    let sql = match what {
        0 => return Step::Commit,
        1 => return Step::Rollback,
        2 => return Step::Stream(n % 3 == 0, timeout),
        3 | 4 => return Step::Savepoint(n > 8, n % 3, timeout),
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
        _ => return Step::Ask(timeout),
    };
    Step::Execute(sql, timeout)
}

/// A program, as far as it has come.
struct Program {
    engine: Engine,
    conn: Option<Connection>,
}

impl Program {
    fn new(url: &str, reset: ResetOnReturn) -> Self {
        let narrow = EngineOptions::new().pool_size(1).max_overflow(0);
        let engine = create_engine_with(url, narrow.pool_reset_on_return(reset)).unwrap();
        event::listen(&engine, |event: &mut pool::Connect<'_>| {
            event.dbapi_connection.run("set statement_timeout = '70s'")
        });
        let conn = Some(engine.connect().unwrap());
        Self { engine, conn }
    }

    /// Does the step. What is asked for is in seconds.
    fn take(&mut self, step: &Step) -> Result<Option<u64>> {
        let of = |timeout: &Option<u64>| {
            timeout.map_or(NONE, |seconds| within(Duration::from_secs(seconds)))
        };
        if let Step::Reconnect = step {
            let closed = self.conn.take().unwrap().close();
            self.conn = Some(self.engine.connect().unwrap());
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
            Step::Savepoint(fails, end, timeout) => {
                let mut savepoint = conn.begin_nested()?;
                let sql = if *fails { "select nothing_of_the_sort" } else { "select 1" };
                let done = savepoint.execute(text(sql).execution_options(of(timeout))).map(drop);
                match end {
                    0 => savepoint.commit()?,
                    1 => savepoint.rollback()?,
                    _ => drop(savepoint),
                }
                done?;
            }
            Step::Reconnect => {}
            Step::Autocommit(is_on) => {
                let _ = conn.rollback();
                conn.set_isolation_level(is_on.then_some(IsolationLevel::Autocommit))?;
            }
            Step::Ask(timeout) => {
                let sql = "select extract(epoch from current_setting('statement_' || 'timeout')::interval)::int8";
                let found: Option<i64> = conn.scalar(text(sql).execution_options(of(timeout)))?;
                return Ok(found.map(i64::unsigned_abs));
            }
        }
        Ok(None)
    }
}

/// Whether the limit of a statement with a time-out was kept by the server at least once.
fn agree(case: &str, url: &str, seed: u64) -> bool {
    let mut random = Random(seed);
    random.below(1);
    let reset = if seed.is_multiple_of(4) { ResetOnReturn::Full } else { ResetOnReturn::default() };
    let mut told = Program::new(url, reset);
    let mut plain = Program::new(&format!("{url}?time_outs=client"), reset);
    let (mut steps, mut was_limited, mut has_failed) = (Vec::new(), false, false);
    for _ in 0..STEPS {
        // What has failed is mostly given up, or the rest would be refused.
        let step = if has_failed && random.below(3) > 0 {
            Step::Rollback
        } else {
            step(&mut random, seed.is_multiple_of(2))
        };
        let (ours, theirs) = (told.take(&step), plain.take(&step));
        has_failed = ours.is_err();
        steps.push(format!("{step:?}: {ours:?}, not {theirs:?}"));
        let same = match (&step, &ours, &theirs) {
            (Step::Ask(timeout), Ok(ours), Ok(theirs)) => {
                was_limited |= timeout.is_some() && ours == timeout;
                ours == theirs || timeout.is_some() && ours == timeout
            }
            _ => ours.is_ok() == theirs.is_ok(),
        };
        assert!(same, "{case}, ALUDEL_TEST_SEED={seed}:\n{}", steps.join("\n"));
    }
    for program in [told, plain] {
        program.conn.unwrap().close().ok();
        program.engine.dispose();
    }
    was_limited
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().and_then(|number| number.parse().ok())
}

/// `ALUDEL_TEST_SEED` begins with another program, `ALUDEL_TEST_PROGRAMS` says how many there are.
#[test]
fn what_a_program_sets_is_what_it_finds() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let seed = number("ALUDEL_TEST_SEED").unwrap_or(now << 20);
    let count = number("ALUDEL_TEST_PROGRAMS");
    each(|scheme, url, _| {
        if !is_postgres(scheme) {
            return;
        }
        let begun = Instant::now();
        let (mut programs, mut limited) = (0, 0);
        while count.map_or(begun.elapsed() < TIME, |count| programs < count) {
            limited += u64::from(agree(scheme, url, seed + programs));
            programs += 1;
        }
        say(&format!("{scheme}: {programs} programs agree, {limited} with limits of the server"));
        assert!(programs < 5 || limited > 0, "{scheme}: the server keeps the time of some");
    });
}
