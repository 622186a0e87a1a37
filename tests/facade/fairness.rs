//! What takes long in one greenlet leaves turns to the others of its thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aludel::{AsyncConnection, AsyncEngine, Connection, RawSql, Result, Strategy, bridge, text};
use rustix::time::{ClockId, clock_gettime};

use crate::facade;

facade![buffered_rows_let_others_run];

/// What this thread has worked, whoever else had the processor meanwhile.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).expect("less than a second");
    Duration::new(u64::try_from(time.tv_sec).expect("it does not run backwards"), nanos)
}

/// How much the thread worked for others between two turns of one greenlet, the most first.
struct Gaps(Vec<Duration>);

impl Gaps {
    /// Less than this is the change between greenlets itself.
    const LEAST: Duration = Duration::from_micros(50);

    /// Takes turns until the others are done.
    fn watch(done: &AtomicBool) -> Result<Self> {
        let mut gaps = Vec::new();
        while !done.load(Ordering::Acquire) {
            let before = worked();
            bridge::yield_now()?;
            gaps.push(worked().saturating_sub(before));
        }
        gaps.retain(|gap| *gap > Self::LEAST);
        gaps.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Self(gaps))
    }

    fn whole(&self) -> Duration {
        self.0.iter().sum()
    }

    /// The part of the whole work that a gap has, into which or into a shorter one so many of 100 parts
    /// of it fall. Counted by work and not by turns, a thousand turns at the end do not make up for a gap
    /// that has nearly all the work.
    fn share(&self, percent: u32) -> f64 {
        let whole = self.whole();
        let mut beyond = whole * (100 - percent) / 100;
        for gap in &self.0 {
            match beyond.checked_sub(*gap) {
                Some(rest) => beyond = rest,
                None => return gap.as_secs_f64() / whole.as_secs_f64(),
            }
        }
        0.0
    }
}

/// Another connection, on the thread of this one, if connections share threads.
async fn beside<S: Strategy>(
    engine: &AsyncEngine<S>,
    conn: &mut AsyncConnection<S>,
) -> Result<AsyncConnection<S>> {
    let here = |_: &mut Connection| Ok(std::thread::current().id());
    let thread = conn.run_sync(here).await?;
    let mut elsewhere = Vec::new();
    loop {
        let mut other = engine.connect().await?;
        if S::BLOCKS || cfg!(aludel_threads) || other.run_sync(here).await? == thread {
            return Ok(other);
        }
        elsewhere.push(other);
    }
}

// All rows are fetched into memory by one call. With no turn in between, one gap would have the whole
// work, and with one turn, half of it. Under `Threaded` nobody else is on the connection's thread, and
// where greenlets have threads in place of stacks no thread works for two of them.
// fault: B18, B31
async fn buffered_rows_let_others_run<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let digits = "(select 0 as d union all select 1 union all select 2 union all select 3 \
                  union all select 4 union all select 5 union all select 6 union all select 7 \
                  union all select 8 union all select 9)";
    let from: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| format!("{digits} as {name}")).into();
    let rows = format!("select a.d + e.d from {}", from.join(", "));
    let mut conn = engine.connect().await?;
    let mut other = beside(&engine, &mut conn).await?;
    let done = Arc::new(AtomicBool::new(false));
    let query = async {
        let rows = conn.execute(text(RawSql::new(rows))).await;
        // They are turned into values in one go, which is the caller's own work.
        done.store(true, Ordering::Release);
        rows
    };
    let until = Arc::clone(&done);
    let watch = other.run_sync(move |_| Gaps::watch(&until));
    let (gaps, rows) = futures::join!(watch, query);
    assert_eq!(rows?.scalars::<i64>()?.len(), 100_000);
    let gaps = gaps?;
    let [p50, p99] = [gaps.share(50), gaps.share(99)];
    println!("{} gaps in {:?} of work: {p50:.3} and {p99:.3} of it", gaps.0.len(), gaps.whole());
    if !S::BLOCKS && !cfg!(aludel_threads) {
        assert!(gaps.whole() > Duration::from_millis(1), "the others worked elsewhere");
        assert!(p50 < 0.25, "half of the work was done in gaps of {p50} of it");
        assert!(p99 < 0.5, "a gap had {p99} of the work");
    }
    Ok(())
}
