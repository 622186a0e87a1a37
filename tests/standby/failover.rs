//! The primary dies, or may not write any more, and its standby is promoted.

use std::time::Duration;

use aludel::{Connection, Engine, EngineOptions, ErrorKind, Result, create_engine_with, text};

use crate::pair::Pair;

/// Sessions of each pool.
const SESSIONS: usize = 4;
/// Transactions after the failover.
const ROUNDS: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Dies,
    /// It lives on, and refuses what writes.
    IsDemoted,
}

/// Writes on which server it was.
fn write(conn: &mut Connection) -> Result<()> {
    conn.execute(text("insert into t values (inet_server_port())"))?;
    conn.commit()
}

fn engine(url: &str, pings: bool) -> Engine {
    let options = EngineOptions::new()
        .pool_size(SESSIONS)
        .max_overflow(0)
        .pool_timeout(Duration::from_secs(60))
        .pool_pre_ping_after(if pings { Some(Duration::ZERO) } else { None });
    create_engine_with(url, options).unwrap()
}

/// An engine with all its sessions, of which some are idle: the others are returned.
fn used(engine: &Engine, held: usize) -> Vec<Connection> {
    let mut conns: Vec<_> = (0..SESSIONS).map(|_| engine.connect().unwrap()).collect();
    conns.iter_mut().try_for_each(write).unwrap();
    conns.truncate(held);
    conns
}

fn fails_over(attrs: &str, end: End) {
    let Some(mut pair) = Pair::start() else { return };
    pair.one().run("create table t (port integer)");
    let old = i32::from(pair.one().port());
    let new = i32::from(pair.two.port());
    let schemes = ["postgresql", "postgresql+postgres"];
    let engines = schemes.map(|scheme| engine(&pair.url(scheme, attrs), false));
    let pinging = schemes.map(|scheme| engine(&pair.url(scheme, attrs), true));
    let mut held = engines.each_ref().map(|engine| used(engine, 2));
    if end == End::Dies {
        // One of each is in a transaction, which a server that lives on would let write.
        for held in &mut held {
            held[0].execute(text("select 1")).unwrap();
        }
    }
    for engine in &pinging {
        used(engine, 0);
    }
    // What has been committed has to be on the standby before the primary is lost.
    let written: i64 = pair.one().ask("select count(*) from t");
    pair.two.wait_until(&format!("select count(*) = {written} from t"));
    match end {
        End::Dies => pair.kill_one(),
        End::IsDemoted => {
            pair.one().run("alter system set default_transaction_read_only = on");
            pair.one().run("select pg_reload_conf()");
            pair.one().wait_until("select current_setting('transaction_read_only') = 'on'");
        }
    }
    pair.two.promote();

    let mut kept = 0;
    for (engine, held) in engines.iter().zip(held) {
        let mut failures = 0;
        for mut conn in held {
            let before = failures;
            while let Err(error) = write(&mut conn) {
                failures += 1;
                assert!(error.is_disconnect(), "{end:?}: {error}");
                assert_eq!(failures - before, 1, "of one session: {error}");
                conn.rollback().unwrap();
            }
            kept += 1;
        }
        for _ in 0..ROUNDS {
            let mut conn = engine.connect().unwrap();
            if let Err(error) = write(&mut conn) {
                failures += 1;
                assert!(error.is_disconnect(), "{end:?}: {error}");
            } else {
                kept += 1;
            }
        }
        assert!(failures <= SESSIONS, "{failures} failures of {SESSIONS} sessions");
        // Those that were idle have failed nobody: with the first loss all are given up.
        assert!(failures <= 2, "{failures} failures of 2 sessions in use");
    }
    for engine in &pinging {
        for _ in 0..ROUNDS {
            write(&mut engine.connect().unwrap()).unwrap();
            kept += 1;
        }
    }
    assert_eq!(pair.two.ask::<i64>(&format!("select count(*) from t where port = {new}")), kept);
    assert_eq!(pair.two.ask::<i64>(&format!("select count(*) from t where port = {old}")), written);
    if end == End::IsDemoted {
        assert_eq!(pair.one().ask::<i64>("select count(*) from t"), written);
    }
}

// fault: P19
#[test]
fn of_sessions_that_write() {
    fails_over("read-write", End::Dies);
}

// fault: P19
#[test]
fn of_sessions_that_may_not_write_any_more() {
    fails_over("read-write", End::IsDemoted);
}

// fault: P19
#[test]
fn of_sessions_with_the_primary() {
    fails_over("primary", End::Dies);
}

#[test]
fn without_the_option_a_refused_write_is_no_loss() {
    let Some(pair) = Pair::start() else { return };
    pair.one().run("create table t (port integer)");
    let engine = engine(&pair.two.url("postgresql"), false);
    let mut conn = engine.connect().unwrap();
    let pid: Option<i32> = conn.scalar(text("select pg_backend_pid()")).unwrap();
    let seen = "select count(*) = 1 from pg_tables where tablename = 't'";
    pair.two.wait_until(seen);
    let error = write(&mut conn).unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("25006")));
    assert!(!error.is_disconnect(), "{error}");
    conn.rollback().unwrap();
    assert_eq!(conn.scalar(text("select pg_backend_pid()")).unwrap(), pid);
}
