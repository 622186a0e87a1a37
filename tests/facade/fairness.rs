//! What takes long in one greenlet leaves turns to the other tasks of its thread.

use std::future::Future;
use std::time::{Duration, Instant};

use aludel::{AsyncEngine, RawSql, Result, Strategy, text};

use crate::facade;

facade![buffered_rows_let_others_run];

/// What a task beside saw of the time, the longest gap first.
struct Turns {
    gaps: Vec<Duration>,
    whole: Duration,
}

impl Turns {
    /// The part of the whole that a gap takes, into which or into a shorter one so many of 100 moments
    /// fall. Counted by moments and not by turns, a thousand turns at the end do not make up for a gap
    /// that lasts nearly all the time.
    fn share(&self, percent: u32) -> f64 {
        let mut beyond = self.whole * (100 - percent) / 100;
        for gap in &self.gaps {
            match beyond.checked_sub(*gap) {
                Some(rest) => beyond = rest,
                None => return gap.as_secs_f64() / self.whole.as_secs_f64(),
            }
        }
        0.0
    }
}

/// Awaits a future beside a task that takes every turn it can get.
async fn beside<F: Future>(future: F) -> (F::Output, Turns) {
    let since = Instant::now();
    let mut gaps = Vec::new();
    let mut last = since;
    let taking = async {
        loop {
            tokio::task::yield_now().await;
            gaps.push(last.elapsed());
            last = Instant::now();
        }
    };
    let output = tokio::select! {
        output = future => output,
        () = taking => unreachable!("it takes turns for ever"),
    };
    // The last gap ends with the future.
    gaps.push(last.elapsed());
    gaps.sort_unstable_by(|one, other| other.cmp(one));
    (output, Turns { gaps, whole: since.elapsed() })
}

// All rows are fetched into memory by one call. With no turn in between, one gap would be the whole
// time, and with one turn, half of it. A loaded machine makes gaps of its own, hence the best of five.
// fault: B18, B31
async fn buffered_rows_let_others_run<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let digits = "(select 0 as d union all select 1 union all select 2 union all select 3 \
                  union all select 4 union all select 5 union all select 6 union all select 7 \
                  union all select 8 union all select 9)";
    let from: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| format!("{digits} as {name}")).into();
    let rows = format!("select a.d + e.d from {}", from.join(", "));
    let mut conn = engine.connect().await?;
    let mut best = [f64::INFINITY; 2];
    for _ in 0..5 {
        let query = text(RawSql::new(rows.clone()));
        let (numbers, turns) = beside(conn.scalars(query)).await;
        let numbers: Vec<i64> = numbers?;
        assert_eq!(numbers.len(), 100_000);
        let shares = [turns.share(50), turns.share(99)];
        println!("{} turns in {:?}: {shares:.3?} of it", turns.gaps.len(), turns.whole);
        best = [best[0].min(shares[0]), best[1].min(shares[1])];
    }
    let [p50, p99] = best;
    assert!(p50 < 0.25, "half of the time passed in gaps of {p50} of it");
    assert!(p99 < 0.5, "a gap was {p99} of the time");
    Ok(())
}
