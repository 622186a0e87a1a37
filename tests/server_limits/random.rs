//! Programs at random, each beside the same one whose server is told nothing: what the program itself has set is what
//! it finds, whatever limits of ours came between.

use std::env;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aludel::dbapi::IsolationLevel;
use aludel::pool::ResetOnReturn;
use aludel::{Connection, ErrorKind, RawSql, text};
use aludel_testing::{say, unique};

use crate::program::{Program, Random, Sort, Step, step};
use crate::{NONE, each, is_postgres, narrow};

/// How long it takes where no count of programs is given, for each driver.
const TIME: Duration = Duration::from_secs(2);

/// Of one program.
const STEPS: usize = 60;

/// Somebody else, who counts in a table.
struct Other {
    conn: Connection,
    counter: String,
}

impl Other {
    fn new(url: &str) -> Self {
        let counter = unique("counter");
        let mut other = Self { conn: narrow(url, &NONE).connect().unwrap(), counter };
        other.conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        other.run(&format!("create table {} as select 0::int8 as n", other.counter));
        other
    }

    fn run(&mut self, sql: &str) {
        self.conn.execute(text(RawSql::new(sql.to_owned()))).unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.conn.execute(text(RawSql::new(format!("drop table {}", self.counter))));
    }
}

/// Whether the limit of a statement with a time-out was kept by the server at least once.
fn agree(case: &str, url: &str, other: &mut Other, seed: u64) -> bool {
    let mut random = Random(seed);
    random.below(1);
    let reset = if seed.is_multiple_of(4) { ResetOnReturn::Full } else { ResetOnReturn::default() };
    let sort = [Sort::All, Sort::WithoutText, Sort::Snapshots][usize::try_from(seed % 3).unwrap()];
    let mut told = Program::new(url, reset, sort, &other.counter);
    let mut plain = Program::new(&format!("{url}?time_outs=client"), reset, sort, &other.counter);
    let (mut steps, mut was_limited, mut has_failed) = (Vec::new(), false, false);
    for _ in 0..STEPS {
        // What has failed is mostly given up, or the rest would be refused.
        let step = if has_failed && random.below(3) > 0 {
            Step::Rollback
        } else {
            step(&mut random, sort)
        };
        if let Step::Count = step {
            let sql = format!("update {} set n = n + 1", other.counter);
            other.run(&sql);
        }
        let (ours, theirs) = (told.take(&step), plain.take(&step));
        has_failed = ours.is_err();
        steps.push(format!("{step:?}: {ours:?}, not {theirs:?}"));
        let same = match (&step, &ours, &theirs) {
            (Step::Ask(timeout), Ok(ours), Ok(theirs)) => {
                was_limited |= timeout.is_some() && ours == timeout;
                ours == theirs || timeout.is_some() && ours == timeout
            }
            (Step::See, Ok(ours), Ok(theirs)) => ours == theirs,
            (Step::Slow(_), Err(ours), Err(theirs)) => {
                was_limited |= ours.sqlstate() == Some("57014");
                ours.kind() == theirs.kind()
            }
            (Step::Cancelled(..), Err(ours), Err(theirs)) => {
                ours.kind() == theirs.kind() && ours.kind() != ErrorKind::Timeout
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
        let mut other = Other::new(url);
        let begun = Instant::now();
        let (mut programs, mut limited) = (0, 0);
        while count.map_or(begun.elapsed() < TIME, |count| programs < count) {
            limited += u64::from(agree(scheme, url, &mut other, seed + programs));
            programs += 1;
        }
        say(&format!("{scheme}: {programs} programs agree, {limited} with limits of the server"));
        assert!(programs < 5 || limited > 0, "{scheme}: the server keeps the time of some");
    });
}
