//! What takes long in one greenlet leaves turns to the other tasks of its thread.

use std::future::Future;
use std::time::{Duration, Instant};

use aludel::{AsyncEngine, RawSql, Result, Strategy, text};

use crate::facade;

facade![buffered_rows_let_others_run];

/// What a task beside saw of the time.
struct Turns {
    gaps: Vec<Duration>,
    whole: Duration,
}

/// Awaits a future beside a task that takes every turn it can get.
async fn beside<F: Future>(future: F) -> (F::Output, Turns) {
    let since = Instant::now();
    let mut gaps = Vec::new();
    let taking = async {
        let mut last = Instant::now();
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
    gaps.sort_unstable();
    (output, Turns { gaps, whole: since.elapsed() })
}

// All rows are fetched into memory by one call. With no turn in between, the longest gap would be
// the whole time.
// fault: B18, B31
async fn buffered_rows_let_others_run<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let digits = "(select 0 as d union all select 1 union all select 2 union all select 3 \
                  union all select 4 union all select 5 union all select 6 union all select 7 \
                  union all select 8 union all select 9)";
    let from: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| format!("{digits} as {name}")).into();
    let rows = format!("select a.d + e.d from {}", from.join(", "));
    let mut conn = engine.connect().await?;
    let (numbers, turns) = beside(conn.scalars(text(RawSql::new(rows)))).await;
    let numbers: Vec<i64> = numbers?;
    assert_eq!(numbers.len(), 100_000);
    let (count, whole) = (turns.gaps.len(), turns.whole);
    let [most, p99] = [10, 100].map(|part| turns.gaps[count - 1 - count / part]);
    println!("{count} turns in {whole:?}, nine of ten within {most:?}, 99 of 100 within {p99:?}");
    assert!(count > 10, "only {count} turns in {whole:?}");
    assert!(most < whole / 2, "{most:?} of {whole:?}");
    Ok(())
}
