//! Contenders in turn, round by round, so that a machine whose speed drifts is unfair to none.

use std::time::{Duration, Instant};

/// One thing that is measured.
pub(crate) struct Contender<'a> {
    name: &'static str,
    /// Runs it so many times, and says how long that took.
    run: Box<dyn FnMut(u32) -> Duration + 'a>,
    rounds: Vec<f64>,
}

/// A table of contenders; the first is what the others are compared with.
pub(crate) struct Table<'a> {
    title: &'static str,
    contenders: Vec<Contender<'a>>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(title: &'static str) -> Self {
        Self { title, contenders: Vec::new() }
    }

    /// Adds code that is timed as a loop of calls.
    pub(crate) fn add(&mut self, name: &'static str, mut once: impl FnMut() + 'a) {
        self.add_timed(name, move |times| {
            let started = Instant::now();
            for _ in 0..times {
                once();
            }
            started.elapsed()
        });
    }

    /// Adds code that times itself, as async code must to stay out of `block_on` per call.
    pub(crate) fn add_timed(&mut self, name: &'static str, run: impl FnMut(u32) -> Duration + 'a) {
        self.contenders.push(Contender { name, run: Box::new(run), rounds: Vec::new() });
    }

    /// Measures and prints, and gives the medians.
    pub(crate) fn print(mut self, quick: bool) -> Vec<f64> {
        let mut medians = Vec::new();
        let (rounds, budget) = if quick { (1, 0.001) } else { (15, 0.06) };
        for contender in &mut self.contenders {
            // Warm, and find out how often it fits into the budget of a round.
            let probe = (contender.run)(if quick { 1 } else { 20 });
            let each = probe.as_secs_f64() / if quick { 1.0 } else { 20.0 };
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let times = (budget / each.max(1e-8)).clamp(1.0, 1e6) as u32;
            contender.rounds.push(f64::from(times));
        }
        for _ in 0..rounds {
            for contender in &mut self.contenders {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
                let times = contender.rounds[0] as u32;
                let took = (contender.run)(times);
                contender.rounds.push(took.as_secs_f64() / f64::from(times));
            }
        }
        println!("\n{}", self.title);
        println!("  {:<52} {:>11} {:>7} {:>11} {:>11}", "", "median", "ratio", "min", "max");
        let mut base = None;
        for contender in &mut self.contenders {
            let rounds = &mut contender.rounds[1..];
            rounds.sort_by(f64::total_cmp);
            let median = rounds[rounds.len() / 2];
            medians.push(median);
            let ratio = median / *base.get_or_insert(median);
            let (min, max) = (rounds[0], rounds[rounds.len() - 1]);
            let (median, min, max) = (show(median), show(min), show(max));
            println!("  {:<52} {median:>11} {ratio:>6.2}x {min:>11} {max:>11}", contender.name);
        }
        medians
    }
}

pub(crate) fn show(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.0} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.2} µs", s * 1e6),
        s => format!("{:.3} ms", s * 1e3),
    }
}
