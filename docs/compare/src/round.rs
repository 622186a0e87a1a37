//! One round: every contender once, and a line of JSON for each.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::contender::{Contender, Result};
use crate::family::{self, Family, Of};
use crate::inserts;

/// What one contender took in one round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) database: String,
    pub(crate) workload: String,
    pub(crate) contender: String,
    pub(crate) sends: String,
    pub(crate) awaited: bool,
    /// Where client and server ran.
    pub(crate) pinning: String,
    pub(crate) round: usize,
    /// The place among the contenders, of which the first is what the others are compared with.
    pub(crate) place: usize,
    pub(crate) nanoseconds: f64,
}

/// Measures, and prints samples.
pub(crate) struct Round {
    pub(crate) pinning: String,
    pub(crate) number: usize,
    /// How long one sample takes at least.
    pub(crate) budget: Duration,
    /// What the places of a table start with, if it is continued from another program.
    pub(crate) first_place: usize,
}

impl Round {
    /// From the program's arguments. `ALUDEL_COMPARE_MS` shortens the samples, to see that they work.
    pub(crate) fn read(pinning: &str, number: &str, first_place: usize) -> Result<Self> {
        let milliseconds = match std::env::var("ALUDEL_COMPARE_MS") {
            Ok(given) => given.parse()?,
            Err(_) => 300,
        };
        let budget = Duration::from_millis(milliseconds);
        Ok(Self { pinning: pinning.to_owned(), number: number.parse()?, budget, first_place })
    }

    /// Measures contenders, of which another is the first in each round. What is called between
    /// them sees to it that each finds the same.
    pub(crate) fn measure(
        &self,
        database: &str,
        workload: &str,
        mut contenders: Vec<Contender>,
        mut between: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let count = contenders.len();
        for turn in 0..count {
            let place = (turn + self.number) % count;
            let contender = &mut contenders[place];
            between()?;
            let nanoseconds = self.sample(contender)?;
            let sample = Sample {
                database: database.to_owned(),
                workload: workload.to_owned(),
                contender: contender.name.to_owned(),
                sends: contender.sends.to_owned(),
                awaited: contender.awaited,
                pinning: self.pinning.clone(),
                round: self.number,
                place: self.first_place + place,
                nanoseconds,
            };
            println!("{}", serde_json::to_string(&sample)?);
        }
        Ok(())
    }

    /// Warms, finds out how many calls fill the budget, and times as many.
    fn sample(&self, contender: &mut Contender) -> Result<f64> {
        contender.run(2)?;
        let cold = contender.run(8)?;
        let warm = contender.run(contender.calls_in(cold, self.budget / 10))?;
        contender.run(contender.calls_in(warm, self.budget))
    }
}

/// One round on SQLite, where what blocks and what is awaited are goals of their own. Each contender
/// has a database of its own, in which its own inserts stay.
pub(crate) fn sqlite(round: &Round, families: &[Family], url: &str) -> Result<()> {
    let all = |of: fn(&Family) -> Of| family::all(families, url, of);
    let (awaited, blocking): (Vec<_>, Vec<_>) =
        all(|family| family.one_row)?.into_iter().partition(|contender| contender.awaited);
    round.measure("SQLite", "d", blocking, || Ok(()))?;
    round.measure("SQLite", "e", awaited, || Ok(()))?;
    round.measure("SQLite", "f", all(|family| family.many_rows)?, || Ok(()))?;
    round.measure("SQLite", "t", all(|family| family.typed_rows)?, || Ok(()))?;
    for (workload, of) in inserts::WORKLOADS {
        let contenders = family::all(families, url, |family| of(&family.inserts))?;
        round.measure("SQLite", workload, contenders, || Ok(()))?;
    }
    Ok(())
}

/// Runs one contender so many times, for a profiler, and prints what a call took.
pub(crate) fn repeat(mut contenders: Vec<Contender>, name: &str, calls: u32) -> Result<()> {
    let names: Vec<_> = contenders.iter().map(|contender| contender.name).collect();
    let at = names.iter().position(|known| *known == name);
    let at = at.ok_or_else(|| format!("no contender {name:?}; there are {names:?}"))?;
    println!("{:.0} ns", contenders[at].run(calls)?);
    Ok(())
}
