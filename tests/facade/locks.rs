//! Locks that a session holds beyond its transactions: a call that was cut may have taken one, and nobody
//! knows, so the session does not go back to the pool with it.

use std::sync::atomic::{AtomicI64, Ordering};

use aludel::dbapi::IsolationLevel;
use aludel::pool::ResetOnReturn;
use aludel::{AsyncConnection, AsyncEngine, Result, Strategy, text};

use crate::support::drop_after;
use crate::support::drop_when_woken::when_woken;
use crate::support::{Database, Fresh};
use crate::{everywhere, options, settle};

/// How a server takes such a lock, whether it is free for somebody else, and how a session is identified.
struct Words {
    take: &'static str,
    free: &'static str,
    session: &'static str,
}

fn words(database: Database) -> Option<Words> {
    match database.server() {
        Database::Postgres => Some(Words {
            take: "select pg_advisory_lock(:n)",
            free: "select not exists (select from pg_locks where locktype = 'advisory' \
                   and objid = :n::bigint::oid)",
            session: "select pg_backend_pid()",
        }),
        Database::MySql => Some(Words {
            take: "select get_lock(concat('aludel', :n), 10)",
            free: "select is_free_lock(concat('aludel', :n)) = 1",
            session: "select connection_id()",
        }),
        _ => None,
    }
}

/// A lock that no other test has.
fn number() -> i64 {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    i64::from(std::process::id() % 1_000_000) * 1000 + NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Calls that are cut, where interrupted sessions are cleaned, and where they are closed or reset each time.
const MANY: u32 = 48;
const FEW: u32 = 12;
/// Ways in which a call is cut.
const WAYS: u32 = 12;

/// Whether the call was cut, and not over before.
async fn cut<S: Strategy>(
    conn: &mut AsyncConnection<S>,
    take: &'static str,
    key: i64,
    cut: u32,
) -> bool {
    let taking = conn.execute(text(take).bind("n", key));
    if cut.is_multiple_of(2) {
        // The call may have ended, and nobody takes its outcome.
        when_woken(1 + cut / 2, taking).await.is_none()
    } else {
        drop_after::after(1 + cut / 2, taking).await.is_none()
    }
}

async fn locks<S: Strategy>(engine: &AsyncEngine<S>, words: &Words, wanted: u32) -> Result<()> {
    let mut watch = engine.connect().await?;
    let (mut were_cut, mut round) = (0, 0);
    while were_cut < wanted {
        round += 1;
        assert!(round < wanted * 20, "{were_cut} of {round} were cut");
        let key = number();
        let mut conn = engine.connect().await?;
        if !cut(&mut conn, words.take, key, round % WAYS).await {
            // A lock that the program knows of is its own.
            conn.invalidate().await?;
            continue;
        }
        were_cut += 1;
        conn.rollback().await?;
        conn.close().await?;
        let start = std::time::Instant::now();
        while watch.scalar(text(words.free).bind("n", key)).await? != Some(true) {
            assert!(start.elapsed() < aludel_testing::BOUND, "the lock of round {round} is kept");
            watch.rollback().await?;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        watch.rollback().await?;
    }
    watch.close().await
}

fn interrupted<S: Strategy>(database: Database) {
    let Some(words) = words(database) else { return };
    for reset in [ResetOnReturn::Rollback, ResetOnReturn::Full, ResetOnReturn::None] {
        let Some(fresh) = Fresh::new(database) else { return };
        let engine =
            fresh.async_engine::<S>(options().pool_reset_on_return(reset)).expect("an engine");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wanted = if reset == ResetOnReturn::Rollback { MANY } else { FEW };
            locks(&engine, &words, wanted).await.expect("the locks");
            settle(&engine).await;
            engine.dispose().await.expect("a dispose");
        });
    }
}

// fault: P26
everywhere!(interrupted);

const LEVEL: &str = "select current_setting('transaction_isolation')";

/// Statements that the pool had prepared for uses before do not pile up in the session.
async fn keeps_no_statements<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    const MARK: &str = "select 'a statement of each use'";
    let prepared = engine.sync_engine().prepare(&text(MARK))?;
    for _ in 0..3 {
        let mut conn = engine.connect().await?;
        conn.execute_prepared(&prepared, ()).await?;
        conn.close().await?;
        settle(engine).await;
    }
    let mut conn = engine.connect().await?;
    let count = "select count(*) from pg_prepared_statements where statement = :s";
    let start = std::time::Instant::now();
    while conn.scalar(text(count).bind("s", MARK)).await? != Some(0_i64) {
        assert!(start.elapsed() < aludel_testing::BOUND, "they are kept");
        conn.rollback().await?;
    }
    conn.close().await
}

/// A full reset leaves nothing of a use, and keeps the session.
async fn reset<S: Strategy>(engine: &AsyncEngine<S>, database: Database) -> Result<()> {
    let Some(words) = words(database) else { return Ok(()) };
    let postgres = database.server() == Database::Postgres;
    let (set, ask, temporary) = if postgres {
        (
            "set work_mem = '77MB'",
            "select current_setting('work_mem') = '77MB'",
            "create temporary table left_behind (a int)",
        )
    } else {
        ("set @mine = 77", "select @mine is not null", "create temporary table left_behind (a int)")
    };
    let key = number();
    let mut conn = engine.connect().await?;
    conn.set_isolation_level(IsolationLevel::Serializable).await?;
    let session: Option<i64> = conn.scalar(text(words.session)).await?;
    if postgres {
        let level: Option<String> = conn.scalar(text(LEVEL)).await?;
        assert_eq!(level.as_deref(), Some("serializable"));
    }
    conn.execute(text(set)).await?;
    conn.execute(text(temporary)).await?;
    conn.execute(text(words.take).bind("n", key)).await?;
    if postgres {
        conn.execute(text("prepare mine as select 1")).await?;
        conn.execute(text("listen mine")).await?;
    }
    conn.commit().await?;
    conn.close().await?;
    settle(engine).await;
    let mut conn = engine.connect().await?;
    assert_eq!(conn.scalar(text(words.session)).await?, session);
    assert_eq!(conn.scalar(text(ask)).await?, Some(false));
    assert_eq!(conn.scalar(text(words.free).bind("n", key)).await?, Some(true));
    if postgres {
        let level: Option<String> = conn.scalar(text(LEVEL)).await?;
        assert_eq!(level.as_deref(), Some("read committed"));
        let left = "select (select count(*) from pg_prepared_statements where from_sql) \
                    + (select count(*) from pg_listening_channels())";
        assert_eq!(conn.scalar(text(left)).await?, Some(0_i64));
    }
    let error = conn.execute(text("select * from left_behind")).await.expect_err("it is gone");
    assert!(error.is_missing_table(), "{error}");
    conn.rollback().await?;
    if postgres {
        conn.close().await?;
        return keeps_no_statements(engine).await;
    }
    assert_eq!(conn.scalar(text("select :n").bind("n", 5)).await?, Some(5_i64));
    conn.close().await
}

fn full<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let options = options().pool_reset_on_return(ResetOnReturn::Full).pool_size(1).max_overflow(0);
    let engine = fresh.async_engine::<S>(options).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        reset(&engine, database).await.expect("the reset");
        settle(&engine).await;
        engine.dispose().await.expect("a dispose");
    });
}

// fault: P26
everywhere!(full);

/// Whatever is done at its return: an open transaction is rolled back, the session is the same one, and
/// statements that were prepared before work, by their text and by their handle.
async fn each_policy<S: Strategy>(engine: &AsyncEngine<S>, database: Database) -> Result<()> {
    const PREPARED: &str = "select count(*) from t";
    let bound = || text("select count(*) from t where n < :n").bind("n", 5);
    let session = words(database).map(|words| words.session);
    let prepared = engine.sync_engine().prepare(&text(PREPARED))?;
    let mut conn = engine.connect().await?;
    conn.execute(text("create table t (n integer)")).await?;
    conn.commit().await?;
    conn.close().await?;
    let mut first = None;
    for round in 0..4 {
        let mut conn = engine.connect().await?;
        if let Some(session) = session {
            let now: Option<i64> = conn.scalar(text(session)).await?;
            assert_eq!(*first.get_or_insert(now), now, "round {round}");
        }
        // Of the round before nothing is left.
        assert_eq!(conn.scalar(bound()).await?, Some(0_i64), "round {round}");
        conn.execute(text("insert into t values (1)")).await?;
        let count = conn.execute_prepared(&prepared, ()).await?.scalar::<i64>()?;
        assert_eq!(count, Some(1));
        assert_eq!(conn.scalar(bound()).await?, Some(1_i64));
        // Its transaction is open.
        drop(conn);
        settle(engine).await;
    }
    Ok(())
}

fn policies<S: Strategy>(database: Database) {
    for reset in [ResetOnReturn::Rollback, ResetOnReturn::Full, ResetOnReturn::None] {
        let Some(fresh) = Fresh::new(database) else { return };
        let options = options().pool_reset_on_return(reset).pool_size(1).max_overflow(0);
        let engine = fresh.async_engine::<S>(options).expect("an engine");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            each_policy(&engine, database)
                .await
                .unwrap_or_else(|error| panic!("{reset:?}: {error}"));
            settle(&engine).await;
            engine.dispose().await.expect("a dispose");
        });
    }
}

// fault: P26
everywhere!(policies);
