//! Streams that are cut at any moment while their rows arrive: what the next call answers.

use std::time::{Duration, Instant};

use aludel::{AsyncConnection, AsyncEngine, ErrorKind, ExecutionOptions, Result, Strategy, text};

use crate::{add, facade, names, users};

facade![a_cut_stream_leaves_a_transaction_that_waits];

/// In how many moments a stream is cut. `ALUDEL_CUT_STREAMS` takes more of them.
fn rounds() -> u64 {
    std::env::var("ALUDEL_CUT_STREAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
}

/// Rows that arrive one after the other, for much longer than anybody waits.
fn slow_rows(database: &str) -> &'static str {
    match database {
        "postgresql" => {
            "select g, repeat('x', 9000), pg_sleep(0.001) from generate_series(1, 100000) g"
        }
        "sqlite" => {
            "with recursive c(x) as (select 1 union all select x + 1 from c) \
             select x, hex(randomblob(9000)) from c"
        }
        _ => {
            "with recursive c(x) as (select 1 union all select x + 1 from c where x < 100000) \
             select x, repeat('x', 9000), sleep(0.001) from c"
        }
    }
}

/// Reads portions until a moment. Whether a portion was on its way then.
async fn read_until<S: Strategy>(
    conn: &mut AsyncConnection<S>,
    sql: &'static str,
    moment: Instant,
) -> Result<bool> {
    let portions = ExecutionOptions::new().portion(3);
    let opened = conn.stream(text(sql).execution_options(portions));
    let moment = tokio::time::Instant::from_std(moment);
    let Ok(opened) = tokio::time::timeout_at(moment, opened).await else { return Ok(false) };
    let mut stream = opened?;
    loop {
        match tokio::time::timeout_at(moment, stream.next_partition()).await {
            Ok(portion) => assert!(portion?.is_some(), "the rows do not end"),
            Err(_) => return Ok(true),
        }
    }
}

// fault: D03
async fn a_cut_stream_leaves_a_transaction_that_waits<S: Strategy>(
    engine: AsyncEngine<S>,
) -> Result<()> {
    users(&engine, &["a"]).await?;
    let sql = slow_rows(engine.name());
    let mut conn = engine.connect().await?;
    let (rounds, mut cut) = (rounds(), 0);
    for round in 0..rounds {
        add(&mut conn, "undone").await?;
        // Most moments are early, where a stream is opened and its first rows come.
        let after = Duration::from_micros(40_000 * round * round / (rounds * rounds));
        let reading = read_until(&mut conn, sql, Instant::now() + after).await?;
        let next = conn.execute(text("select 1")).await;
        match next.map(drop).map_err(|error| error.kind()) {
            Err(ErrorKind::PendingRollback) => cut += u32::from(reading),
            // What has not begun never begins.
            Ok(()) if !reading => {}
            other => panic!("in round {round}, cut {reading} after {after:?}: {other:?}"),
        }
        conn.rollback().await?;
        assert_eq!(names(&mut conn).await?, ["a"]);
        conn.rollback().await?;
    }
    assert!(cut > 0, "no portion was cut");
    conn.close().await
}
