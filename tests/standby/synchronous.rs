//! A COMMIT that waits for a standby that is not there, whose caller does not wait for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aludel::dbapi::{ServerNotice, Severity};
use aludel::engine::Notice;
use aludel::{
    AsyncConnection, AsyncEngine, EngineOptions, ErrorKind, Hosted, Local, Result, Strategy,
    Threaded, create_async_engine_on, create_engine, event, text,
};

use crate::pair::{Pair, Server};

/// What PostgreSQL logs when a cancel makes it commit without its standby.
const CANCELLED: &str = "canceling wait for synchronous replication";

const WAITS: &str = "select count(*) = 1 from pg_stat_activity where wait_event = 'SyncRep' \
                     and application_name = 'waits'";

/// Has commits wait for a standby, or not.
fn require(server: &Server, names: &str) {
    server.run(&format!("alter system set synchronous_standby_names = '{names}'"));
    server.run("select pg_reload_conf()");
    server.wait_until(&format!("select current_setting('synchronous_standby_names') = '{names}'"));
}

/// Drops a commit that waits for its standby. The engine, the connection and the process of its session.
async fn commit_dropped<S: Strategy>(
    server: &Server,
    scheme: &str,
    number: i32,
) -> Result<(AsyncEngine<S>, AsyncConnection<S>, Option<i32>)> {
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    let url = format!("{}?application_name=waits", server.url(scheme));
    let engine = create_async_engine_on::<S>(&url, options)?;
    let mut conn = engine.connect().await?;
    let pid: Option<i32> = conn.scalar(text("select pg_backend_pid()")).await?;
    conn.execute(text("insert into t values (:n)").bind("n", number)).await?;
    require(server, "two");
    let left = tokio::time::timeout(Duration::from_millis(300), conn.commit()).await;
    assert!(left.is_err(), "there is no standby");
    Ok((engine, conn, pid))
}

async fn dropped<S: Strategy>(server: &Server, scheme: &str, number: i32) -> Result<()> {
    // The blocking driver closes what was left in the middle.
    let is_kept = scheme == "postgresql";
    let (engine, mut conn, pid) = commit_dropped::<S>(server, scheme, number).await?;
    let error = conn.execute(text("select 1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PendingRollback);
    // Once, and then it can be used.
    let error = conn.rollback().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
    conn.rollback().await?;
    // A cancel would have let it go by now: it waits on, and nobody sees the row.
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.wait_until(WAITS);
    let seen = format!("select count(*) from t where n = {number}");
    assert_eq!(server.ask::<i64>(&seen), 0);
    require(server, "");
    // The session has been waited for, and serves the connection again.
    let serving: Option<i32> = conn.scalar(text("select pg_backend_pid()")).await?;
    assert_eq!(serving == pid, is_kept);
    server.wait_until(&format!("select count(*) = 1 from t where n = {number}"));
    conn.close().await?;
    engine.dispose().await
}

/// Nothing lets it go: it is given up after the time that its recovery has.
async fn given_up<S: Strategy>(server: &Server, scheme: &str, number: i32) -> Result<()> {
    let (engine, mut conn, pid) = commit_dropped::<S>(server, scheme, number).await?;
    let error = conn.rollback().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
    let other: Option<i32> = conn.scalar(text("select pg_backend_pid()")).await?;
    assert_ne!(other, pid);
    conn.close().await?;
    server.wait_until(WAITS);
    require(server, "");
    server.wait_until(&format!("select count(*) = 1 from t where n = {number}"));
    engine.dispose().await
}

// fault: T07
#[test]
fn a_dropped_commit_is_not_cancelled() {
    let Some(pair) = Pair::start() else { return };
    let server = pair.one();
    server.run("create table t (n integer)");
    // It follows nobody any more.
    pair.two.run("select pg_promote(true, 60)");
    server.wait_until("select count(*) = 0 from pg_stat_replication");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        dropped::<Local>(server, "postgresql", 1).await.unwrap();
        dropped::<Hosted>(server, "postgresql", 2).await.unwrap();
        dropped::<Threaded>(server, "postgresql", 3).await.unwrap();
        dropped::<Threaded>(server, "postgresql+postgres", 4).await.unwrap();
        given_up::<Hosted>(server, "postgresql", 5).await.unwrap();
    });
    assert!(!server.log().contains(CANCELLED), "{}", server.log());
}

/// An administrator lets it go, which PostgreSQL warns of: the transaction is on no standby.
// fault: T07
#[test]
fn the_warning_of_a_commit_without_its_standby_is_told() {
    let Some(pair) = Pair::start() else { return };
    let server = pair.one();
    server.run("create table t (n integer)");
    pair.two.run("select pg_promote(true, 60)");
    server.wait_until("select count(*) = 0 from pg_stat_replication");
    for scheme in ["postgresql", "postgresql+postgres"] {
        require(server, "");
        let url = format!("{}?application_name=waits", server.url(scheme));
        let engine = create_engine(&url).unwrap();
        let mut conn = engine.connect().unwrap();
        let warned = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&warned);
        event::listen(&engine, move |event: &mut Notice<'_>| {
            let ServerNotice { severity, code, .. } = event.notice.clone();
            into.lock().unwrap().push((severity, code, event.statement.to_owned()));
            Ok(())
        });
        conn.execute(text("insert into t values (1)")).unwrap();
        require(server, "two");
        std::thread::scope(|scope| {
            let committing = scope.spawn(|| conn.commit());
            server.wait_until(WAITS);
            server.run(
                "select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'waits'",
            );
            committing.join().unwrap().unwrap();
        });
        let expected = (Severity::Warning, "01000".to_owned(), "COMMIT".to_owned());
        assert_eq!(*warned.lock().unwrap(), [expected]);
        conn.close().unwrap();
        engine.dispose();
    }
}
