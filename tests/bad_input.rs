//! Bad input: each mistake has an error that names it and its cure, with no secret in it.

#[path = "support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel::dbapi::{Connection, Driver};
use aludel::dialect::sqlite::Sqlite;
use aludel::engine::HandleError;
use aludel::{
    AsyncEngine, Engine, EngineOptions, Error, ErrorKind, Hosted, Local, Result, Strategy,
    Threaded, create_engine, event, text,
};

fn refused(url: &str) -> Error {
    let connected = create_engine(url).and_then(|engine| engine.connect());
    let error = connected.map(drop).expect_err(url);
    let printed = format!("{error} {error:?}");
    assert!(!printed.contains("canary"), "a secret in: {printed}");
    error
}

#[test]
fn unknown_scheme() {
    let error = refused("oracle://scott:canary@host/db");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("oracle") && error.message().contains("sqlite"), "{error}");
}

// fault: D29
#[test]
fn malformed_urls() {
    for url in ["", "sqlite", "://", "postgresql://u:canary@h:port/d", "postgresql://[::1/d"] {
        let error = refused(url);
        assert_eq!(error.kind(), ErrorKind::Argument, "{url}: {error}");
    }
}

/// A `/` or `?` in user or password would make another host of what stands before it, and show the
/// rest as the name of a database.
// fault: D29, S07
#[test]
fn urls_that_would_name_another_host() {
    for url in [
        "postgresql://root:1234/canary@db/shop",
        "postgresql://root:1234?canary@db/shop",
        "postgresql+postgres://root:/canary@db/shop",
        "mysql://root:/canary@db/shop",
        "mysql+mysql://root:1234?canary@db/shop",
        "mysql://ro/ot:canary@db/shop",
    ] {
        let error = refused(url);
        assert_eq!(error.kind(), ErrorKind::Argument, "{url}: {error}");
        assert!(error.message().contains("%2F"), "{error}");
        let awaited = aludel::create_async_engine(url).map(drop).expect_err(url);
        assert_eq!(awaited.to_string(), error.to_string());
    }
    let folder = std::env::temp_dir().join(support::unique("a@b"));
    let file = format!("sqlite:///{}", folder.display());
    let engine = create_engine(&file).expect("an @ in a path is one");
    engine.connect().expect("a file");
    std::fs::remove_file(&folder).expect("the file of that name");
}

#[test]
fn unknown_drivers_and_options() {
    let error = refused("sqlite+odbc://");
    assert!(error.message().contains("odbc") && error.message().contains("rusqlite"), "{error}");
    let error = refused("sqlite://?journal=canary");
    assert!(error.message().contains("journal"), "{error}");
    let error = refused("postgresql://u:canary@127.0.0.1/d?typo=1");
    assert!(error.message().contains("typo"), "{error}");
    let error = refused("sqlite://host/file.db");
    assert!(error.message().contains("sqlite:///"), "{error}");
}

// fault: P10, S07
#[test]
fn refused_connection() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let error = refused(&format!("postgresql://u:canary@127.0.0.1:{port}/d"));
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains(&port.to_string()), "{error}");
    assert!(error.is_disconnect() || error.kind() == ErrorKind::Operational);
}

// conforms: D4.19
#[test]
fn an_error_listener_hears_of_connections_that_are_refused() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let replace = |e: &mut HandleError<'_>| {
        assert!(e.statement.is_none());
        assert!(!e.error.to_string().contains("canary"), "{}", e.error);
        Err(Error::new(ErrorKind::Argument, "the listener's"))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    for url in [
        format!("postgresql://u:canary@127.0.0.1:{port}/d"),
        format!("postgresql+postgres://u:canary@127.0.0.1:{port}/d"),
        format!("mysql://u:canary@127.0.0.1:{port}/d"),
        format!("mysql+mysql://u:canary@127.0.0.1:{port}/d"),
        "sqlite:////nowhere/at/all.db".to_owned(),
    ] {
        let engine = aludel::create_engine(&url).expect("an engine");
        let listening = event::listen(&engine, replace);
        for _ in 0..2 {
            let error = engine.connect().map(drop).expect_err("nobody is there");
            assert_eq!(error.message(), "the listener's", "{url}");
            // The pool that comes after has the same listeners.
            engine.dispose();
        }
        event::remove(&engine, &listening).expect("it is there");
        let error = engine.connect().map(drop).expect_err("nobody is there");
        assert_eq!(error.kind(), ErrorKind::Operational, "{url}: {error}");
        runtime.block_on(async {
            let engine = aludel::create_async_engine_on::<Threaded>(&url, EngineOptions::new())
                .expect("an engine");
            event::listen(engine.sync_engine(), replace);
            let error = engine.connect().await.map(drop).expect_err("nobody is there");
            assert_eq!(error.message(), "the listener's", "{url}");
        });
    }
}

// fault: P11
// conforms: D6.06
#[test]
fn listener_that_does_not_answer() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("its address").port();
    let url = format!("postgresql://u:canary@127.0.0.1:{port}/d");
    let options = EngineOptions::new().pool_timeout(Duration::from_millis(300));
    let engine = aludel::create_engine_with(&url, options).expect("an engine");
    let error = engine.connect().map(drop).expect_err("no server answers");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(engine.pool().status().in_use, 0);
}

// fault: S07
#[test]
fn wrong_password_and_database() {
    let Some(url) = support::Database::Postgres.url() else { return };
    let (before, rest) = url.rsplit_once('@').expect("user and host");
    let (scheme_and_user, _) = before.rsplit_once(':').expect("a password");
    let error = refused(&format!("{scheme_and_user}:canary@{rest}"));
    assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
    assert!(error.message().contains("password"), "{error}");
    let (server, _) = url.rsplit_once('/').expect("a database");
    let error = refused(&format!("{server}/nowhere_at_all"));
    assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
    assert!(error.message().contains("nowhere_at_all"), "{error}");
}

#[test]
fn sqlite_files_that_cannot_be_opened() {
    let error = refused("sqlite:////nowhere/at/all.db");
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains("/nowhere/at/all.db"), "{error}");
}

// conforms: B26
// fault: P04
#[test]
fn impossible_pools() {
    let with = |options| aludel::create_engine_with("sqlite://", options).map(drop);
    let none = EngineOptions::new().pool_size(0).max_overflow(0);
    let error = with(none).expect_err("no connection at all");
    assert!(error.message().contains("pool_size"), "{error}");
    let endless = EngineOptions::new().pool_timeout(Duration::MAX);
    let error = with(endless).expect_err("longer than a clock counts");
    assert!(error.message().contains("pool_timeout"), "{error}");
    let zero = EngineOptions::new().pool_size(1).max_overflow(0).pool_timeout(Duration::ZERO);
    let engine = aludel::create_engine_with("sqlite://", zero).expect("it is fine");
    let held = engine.connect().expect("the first");
    let error = engine.connect().map(drop).expect_err("the second");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    drop(held);
    engine.connect().expect("again").execute(text("select 1")).expect("a query");
    let unlimited = EngineOptions::new().pool_size(1).max_overflow(None);
    let engine = aludel::create_engine_with("sqlite://", unlimited).expect("it is fine");
    let many: Vec<_> = (0..30).map(|_| engine.connect().expect("one more")).collect();
    assert_eq!(engine.pool().status().in_use, many.len());
}

/// A driver that would block its thread, for what the pool does about it.
#[derive(Debug)]
struct Blocking;

impl Driver for Blocking {
    fn name(&self) -> &'static str {
        "blocking"
    }

    fn connect(&self, _: Instant) -> Result<Box<dyn Connection>> {
        Err(Error::new(ErrorKind::Operational, "it was asked to connect"))
    }

    fn blocks_on_network(&self) -> bool {
        true
    }
}

#[test]
fn blocking_driver_in_an_async_context() {
    let options = EngineOptions::new();
    let engine = Engine::new("blocking://", Arc::new(Sqlite::new()), Arc::new(Blocking), options)
        .expect("engine");
    let error = engine.connect().map(drop).expect_err("it cannot connect");
    assert_eq!(error.message(), "it was asked to connect");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let error = runtime.block_on(async { engine.connect().map(drop).expect_err("it would block") });
    assert_eq!(error.kind(), ErrorKind::BlockingInAsync);
    assert!(error.message().contains("create_async_engine"), "{error}");
}

async fn connects<S: Strategy>() -> Error {
    let options = EngineOptions::new();
    let engine = Engine::new("blocking://", Arc::new(Sqlite::new()), Arc::new(Blocking), options)
        .expect("engine");
    let engine = AsyncEngine::<S>::new(engine).expect("an async engine");
    engine.connect().await.map(drop).expect_err("it cannot connect")
}

/// Where greenlets share a thread it is refused, with or without tokio around; a thread of its own
/// is what it needs.
// fault: B18
// conforms: G22
#[test]
fn blocking_driver_under_each_strategy() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for error in [
        runtime.block_on(connects::<Local>()),
        smol::block_on(connects::<Local>()),
        runtime.block_on(connects::<Hosted>()),
        smol::block_on(connects::<Hosted>()),
    ] {
        assert_eq!(error.kind(), ErrorKind::BlockingInAsync);
        assert!(error.message().contains("Threaded"), "{error}");
    }
    for error in [runtime.block_on(connects::<Threaded>()), smol::block_on(connects::<Threaded>())]
    {
        assert_eq!(error.message(), "it was asked to connect");
    }
}

/// A blocking engine on an async driver parks its thread, and works inside a runtime too.
#[test]
fn blocking_engine_inside_a_runtime() {
    let Some(url) = support::Database::Postgres.url() else { return };
    let engine = create_engine(&url).expect("an engine");
    let ask = |engine: &Engine, n: i64| -> Result<Option<i64>> {
        engine.connect()?.scalar(text("select :n").bind("n", n))
    };
    assert_eq!(ask(&engine, 1).expect("outside"), Some(1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        assert_eq!(ask(&engine, 2).expect("inside"), Some(2));
        assert_eq!(ask(&engine, 3).expect("inside"), Some(3));
    });
    assert_eq!(ask(&engine, 4).expect("outside again"), Some(4));
}
