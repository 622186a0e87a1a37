//! Time-outs of statements where no server can stop them, behind a network that has fallen silent, and
//! where there is no thread to keep them.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use aludel::dbapi::{ExecutionOptions, try_in_background};
use aludel::{
    Connection, EngineOptions, ErrorKind, Result, Threaded, create_async_engine_on,
    create_engine_with, event, params, pool, text,
};
use aludel_testing::proxy::{SERVER_DRIVERS, behind_a_proxy};
use aludel_testing::{server_url, settle};

fn execute(conn: &mut Connection) -> Result<()> {
    conn.execute(text("select 2")).map(drop)
}

/// Not prepared yet, so that the time-out has to end that.
fn execute_prepared(conn: &mut Connection) -> Result<()> {
    let prepared = conn.engine().prepare(&text("select 3"))?;
    conn.execute_prepared(&prepared, ()).map(drop)
}

fn stream(conn: &mut Connection) -> Result<()> {
    conn.stream(text("select 4"))?.fetchall().map(drop)
}

fn execute_many(conn: &mut Connection) -> Result<()> {
    conn.execute_many(text("select :n"), [params! { n: 5_i64 }, params! { n: 6_i64 }]).map(drop)
}

/// With a time-out of its own, shorter than its connection's.
fn of_its_own(conn: &mut Connection) -> Result<()> {
    conn.set_execution_options(ExecutionOptions::new().timeout(Duration::from_secs(3600)));
    let soon = ExecutionOptions::new().timeout(Duration::from_millis(50));
    conn.execute(text("select 2").execution_options(soon)).map(drop)
}

fn ends_in_time(variable: &'static str, scheme: &str, run: fn(&mut Connection) -> Result<()>) {
    let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { return };
    let engine = create_engine_with(&url, EngineOptions::new()).unwrap();
    let mut conn = engine.connect().unwrap();
    conn.execute(text("select 1")).unwrap();
    proxy.mute(true);
    let (send, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        conn.set_execution_options(ExecutionOptions::new().timeout(Duration::from_millis(50)));
        send.send(run(&mut conn)).unwrap();
        drop(conn);
    });
    let ended = ended.recv_timeout(Duration::from_secs(30));
    proxy.mute(false);
    proxy.disconnect();
    thread.join().unwrap();
    let error = ended.expect("it ends").expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{scheme}: {error}");
    engine.dispose();
}

// fault: P16
#[test]
fn a_statement() {
    SERVER_DRIVERS.iter().for_each(|(variable, scheme)| ends_in_time(variable, scheme, execute));
}

#[test]
fn a_statement_with_a_time_out_of_its_own() {
    SERVER_DRIVERS.iter().for_each(|(variable, scheme)| ends_in_time(variable, scheme, of_its_own));
}

#[test]
fn many_sets() {
    SERVER_DRIVERS
        .iter()
        .for_each(|(variable, scheme)| ends_in_time(variable, scheme, execute_many));
}

#[test]
fn a_stream() {
    SERVER_DRIVERS.iter().for_each(|(variable, scheme)| ends_in_time(variable, scheme, stream));
}

/// A call that nobody waits for any more, under a strategy in which it blocks a worker's thread.
#[test]
fn a_cancelled_call_lets_its_thread_go() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (variable, scheme) in SERVER_DRIVERS {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        let options = EngineOptions::new().pool_size(1).max_overflow(0);
        let engine = create_async_engine_on::<Threaded>(&url, options).unwrap();
        runtime.block_on(async {
            let mut conn = engine.connect().await.unwrap();
            conn.execute(text("select 1")).await.unwrap();
            proxy.mute(true);
            let soon = Duration::from_millis(50);
            let cut = tokio::time::timeout(soon, conn.execute(text("select 2"))).await;
            assert!(cut.is_err(), "{scheme}: nobody answers");
            drop(conn);
            proxy.mute(false);
            // The answer is lost. The one slot is free when the thread does not wait for it any more.
            let mut conn = engine.connect().await.unwrap();
            assert_eq!(conn.scalar(text("select 3")).await.unwrap(), Some(3_i64), "{scheme}");
            conn.close().await.unwrap();
            engine.dispose().await.unwrap();
        });
    }
}

#[test]
fn a_prepared_statement_that_the_session_has_not_prepared_yet() {
    SERVER_DRIVERS
        .iter()
        .for_each(|(variable, scheme)| ends_in_time(variable, scheme, execute_prepared));
}

/// A connect listener whose network falls silent: its checkout ends at its deadline, and the slot is free.
// fault: P11
#[test]
fn a_listener() {
    for (variable, scheme) in SERVER_DRIVERS {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        // What works has no more than this either.
        let soon = Duration::from_secs(3);
        let options = EngineOptions::new().pool_size(1).max_overflow(0).pool_timeout(soon);
        let engine = create_engine_with(&url, options).unwrap();
        let proxy = Arc::new(proxy);
        let silent = Arc::clone(&proxy);
        let listener = event::listen(&engine, move |e: &mut pool::Connect<'_>| {
            silent.mute(true);
            e.dbapi_connection.run("select 1")
        });
        let connecting = engine.clone();
        let (send, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            send.send(connecting.connect().map(drop)).unwrap();
        });
        let ended = ended.recv_timeout(Duration::from_secs(30));
        proxy.mute(false);
        thread.join().unwrap();
        let error = ended.expect("it ends").expect_err("nobody answers");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{scheme}: {error}");
        event::remove(&engine, &listener).unwrap();
        settle("the slot is free", || engine.pool().status().in_use == 0);
        assert_eq!(engine.connect().unwrap().scalar(text("select 7")).unwrap(), Some(7_i64));
        engine.dispose();
    }
}

#[test]
fn a_checkout_without_time_says_so() {
    for (variable, scheme) in SERVER_DRIVERS {
        let Some((url, _proxy)) = behind_a_proxy(variable, scheme) else { continue };
        let options = EngineOptions::new().pool_timeout(Duration::ZERO);
        let error = create_engine_with(&url, options).unwrap().connect().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{scheme}: {error}");
        assert!(error.message().contains("(pool_timeout) is 0"), "{scheme}: {error}");
    }
}

// fault: Q03
/// The limit on memory is the process's, so this runs in one of its own.
#[test]
fn a_time_out_without_a_thread_to_keep_it_is_an_error() {
    let script = r#"ulimit -v 2000000; exec "$0" "$@""#;
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child_without_threads", "--nocapture"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// How many threads the library has for work in the background, as the system counts them.
fn background_threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names = threads
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("comm")).ok());
    // The system cuts a name at 15 bytes.
    names.filter(|name| "aludel-background".starts_with(name.trim_end())).count()
}

#[test]
#[ignore = "it is run by the test above, in a process of its own"]
fn child_without_threads() {
    let blocking = [
        ("ALUDEL_TEST_POSTGRES_URL", "postgresql+postgres"),
        ("ALUDEL_TEST_MYSQL_URL", "mysql+mysql"),
    ];
    let mut connections = Vec::new();
    for (variable, scheme) in blocking {
        let Some(url) = server_url(variable) else { continue };
        let (_, rest) = url.split_once("://").unwrap();
        let url = format!("{scheme}://{rest}");
        let mut conn = create_engine_with(&url, EngineOptions::new()).unwrap().connect().unwrap();
        conn.execute(text("select 1")).unwrap();
        connections.push(conn);
    }
    // Address space for anything but the stack of a thread.
    let mut taken: Vec<Vec<u8>> = Vec::with_capacity(10_000);
    for size in [64, 8, 1].map(|size| size * 1024 * 1024) {
        let mut block = Vec::new();
        while block.try_reserve_exact(size).is_ok() {
            taken.push(std::mem::take(&mut block));
        }
    }
    taken.pop();
    let (let_go, wait) = mpsc::channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let mut threads = 0;
    let refused = loop {
        // One that is about to wait for work, or to end and leave its stack to another.
        let some_idle = background_threads() > threads;
        let wait = Arc::clone(&wait);
        // Threads that connecting has left: the first holds the lock until the end, the others wait.
        match try_in_background(move || _ = wait.lock().unwrap().recv()) {
            Ok(()) => threads += 1,
            Err(_) if some_idle => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => break error,
        }
        assert!(threads < 100, "there is no limit");
    };
    assert_eq!(refused.kind(), ErrorKind::Operational, "{refused}");
    assert!(refused.message().contains("limits on threads"), "{refused}");
    for conn in &mut connections {
        let statement = text("select 2").execution_options(ExecutionOptions::new().timeout(
            // It would be over at once, and is not kept.
            Duration::from_millis(1),
        ));
        let error = conn.execute(statement).expect_err("nobody would keep the time");
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.message().contains("background thread"), "{error}");
        // Nothing was sent, so that nothing is lost.
        assert_eq!(conn.scalar(text("select 3")).unwrap(), Some(3_i64));
        conn.rollback().unwrap();
    }
    drop(let_go);
    connections.into_iter().for_each(|conn| conn.close().unwrap());
}
