//! Blocking engines in programs on `may`: a hundred coroutines share a few connections on two worker
//! threads, and none of them blocks a worker.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

use aludel::dbapi::{Connection, Driver};
use aludel::dialect::sqlite::Sqlite;
use aludel::{Engine, EngineOptions, Error, ErrorKind, MetaData, Result, bridge, insert, params};
use aludel::{select, text};
use aludel_testing::settle as settle_until;
use may::coroutine::JoinHandle;
use may::go;
use support::{Database, Fresh, User};

const WORKERS: usize = 2;

/// Three times what a new connection needs in code that is not optimised; `may` gives 32 KiB.
const STACK: usize = 1024 * 1024;

/// Starts a coroutine.
fn start<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        may::config().set_workers(WORKERS).set_stack_size(STACK / size_of::<usize>());
    });
    go!(f)
}

/// Waits for coroutines; a panic of one is raised here.
fn all<T: Send + 'static>(coroutines: impl IntoIterator<Item = JoinHandle<T>>) -> Vec<T> {
    let coroutines: Vec<_> = coroutines.into_iter().collect();
    let joined = coroutines.into_iter().map(JoinHandle::join);
    joined.map(|outcome| outcome.unwrap_or_else(|p| std::panic::resume_unwind(p))).collect()
}

fn pool_of(size: usize) -> EngineOptions {
    EngineOptions::new().pool_size(size).max_overflow(0).pool_timeout(Duration::from_secs(60))
}

/// After every test the pool is whole.
fn settle(engine: &Engine) {
    settle_until("the pool is whole", || {
        let status = engine.pool().status();
        status.in_use == 0 && status.waiting == 0
    });
}

/// How many are in one place at the same time.
#[derive(Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    fn within<T>(&self, f: impl FnOnce() -> T) -> T {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let result = f();
        self.now.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

const MANY: i64 = 100;
const CONNECTIONS: usize = 4;

/// How long the twenty wait that get no connection: long enough for all of them to begin.
const PATIENCE: Duration = Duration::from_secs(3);

/// What each of the hundred does; every answer is its own.
fn statements(engine: &Engine, n: i64, asleep: &Crowd) -> Result<()> {
    let mut conn = engine.connect()?;
    for nonce in n * 1000..n * 1000 + 5 {
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce))?, Some(nonce));
    }
    let pause = "select :n from (select pg_sleep(0.2)) as s";
    let slept = asleep.within(|| conn.scalar(text(pause).bind("n", n)))?;
    assert_eq!(slept, Some(n));
    let name = format!("coroutine {n}");
    conn.execute(insert::<User>().values(User::c.name.set(name.as_str())))?;
    let mut sp = conn.begin_nested()?;
    sp.execute(insert::<User>().values(User::c.name.set("undone")))?;
    sp.rollback()?;
    conn.commit()?;
    let mut stream = conn.stream(select(User::c.name).where_(User::c.name.eq(name.as_str())))?;
    assert_eq!(stream.fetchall()?, [(name,)]);
    stream.close()?;
    conn.close()
}

// fault: B12, B18
#[test]
fn a_hundred_coroutines_share_four_connections() {
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let engine = fresh.engine(pool_of(CONNECTIONS)).expect("an engine");
    let made = engine.clone();
    all([start(move || made.begin(|conn| MetaData::new().with::<User>().create_all(conn)))])
        .remove(0)
        .expect("a table");
    let asleep = Arc::new(Crowd::default());
    let coroutines = (0..MANY).map(|n| {
        let (engine, asleep) = (engine.clone(), Arc::clone(&asleep));
        start(move || statements(&engine, n, &asleep))
    });
    for outcome in all(coroutines) {
        outcome.expect("its statements");
    }
    // Two workers that a statement blocks would have two asleep at a time.
    assert_eq!(asleep.most.load(Ordering::SeqCst), CONNECTIONS);
    settle(&engine);
    assert!(engine.pool().status().idle <= CONNECTIONS);
    let mut conn = engine.connect().expect("a connection");
    let count: Option<i64> = conn.scalar(text("select count(*) from users")).expect("a count");
    assert_eq!(count, Some(MANY));
}

// fault: P01
#[test]
fn the_queue_of_the_pool_gives_up_in_time() {
    for database in [Database::Sqlite, Database::Postgres] {
        let Some(fresh) = Fresh::new(database) else { return };
        let options = pool_of(1).pool_timeout(PATIENCE);
        let engine = fresh.engine(options).expect("an engine");
        let held = engine.connect().expect("the only connection");
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let engine = engine.clone();
                start(move || {
                    let started = Instant::now();
                    let error = engine.connect().map(drop).expect_err("there is none");
                    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
                    started.elapsed()
                })
            })
            .collect();
        // Two workers that a wait blocks would have two waiting at a time.
        settle_until("all twenty wait", || engine.pool().status().waiting == 20);
        let waited = all(waiting);
        assert!(waited.iter().all(|waited| *waited >= PATIENCE), "{waited:?}");
        // And each that waits is given the connection once it is checked in, however many there are.
        let next: Vec<_> = (0..20_i64)
            .map(|n| {
                let engine = engine.clone();
                start(move || engine.connect()?.scalar(text("select :n").bind("n", n)))
            })
            .collect();
        drop(held);
        for (n, found) in (0..20_i64).zip(all(next)) {
            assert_eq!(found.expect("its turn"), Some(n));
        }
        settle(&engine);
    }
}

/// `may` cancels by unwinding out of the wait.
// fault: B04, D06
#[test]
fn a_cancelled_coroutine_gives_its_connection_back() {
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let engine = fresh.engine(pool_of(1)).expect("an engine");
    for n in 0..5_i64 {
        let asked = engine.clone();
        let (cut, wanted) = may::sync::mpsc::channel::<()>();
        let quicker = start(move || {
            may::select!(
                _ = asked.connect().and_then(|mut conn| {
                    conn.execute(text("select pg_sleep(600)")).map(drop)
                }) => {},
                _ = wanted.recv() => {}
            )
        });
        settle_until("the statement runs", || fresh.server_states() == ["active"]);
        cut.send(()).expect("it is waited for");
        assert_eq!(all([quicker]), [1], "the statement takes minutes");
        let asked = engine.clone();
        let next = start(move || asked.connect()?.scalar(text("select :n").bind("n", n)));
        assert_eq!(all([next]).remove(0).expect("the connection"), Some(n));
        settle(&engine);
    }
    assert!(fresh.server_states().iter().all(|state| state == "idle"));
}

// fault: B02
#[test]
fn a_coroutine_that_panics_gives_its_connection_back() {
    for database in [Database::Sqlite, Database::Postgres] {
        let Some(fresh) = Fresh::new(database) else { return };
        let engine = fresh.engine(pool_of(1)).expect("an engine");
        for _ in 0..3 {
            let asked = engine.clone();
            let coroutine = start(move || {
                let mut conn = asked.connect().unwrap();
                conn.execute(text("select 1")).unwrap();
                std::panic::resume_unwind(Box::new("on purpose"));
            });
            assert!(coroutine.join().is_err());
            settle(&engine);
            let asked = engine.clone();
            let next = start(move || asked.connect()?.scalar(text("select 1")));
            assert_eq!(all([next]).remove(0).expect("the connection"), Some(1_i64));
        }
    }
}

/// SQLite waits for nothing but its disk and its locks, and blocks the worker meanwhile.
#[test]
fn sqlite_works_in_coroutines() {
    let fresh = Fresh::new(Database::Sqlite).expect("a database");
    let engine = fresh.engine(pool_of(CONNECTIONS)).expect("an engine");
    engine.begin(|conn| MetaData::new().with::<User>().create_all(conn)).expect("a table");
    let threads = Arc::new(Mutex::new(std::collections::HashSet::new()));
    let coroutines = (0..MANY).map(|n| {
        let (engine, threads) = (engine.clone(), Arc::clone(&threads));
        start(move || {
            let mut conn = engine.connect()?;
            assert_eq!(conn.scalar(text("select :n").bind("n", n))?, Some(n));
            conn.execute_many(insert::<User>(), [params! { name: format!("coroutine {n}") }])?;
            conn.commit()?;
            threads.lock().unwrap().insert(std::thread::current().id());
            conn.close()
        })
    });
    for outcome in all(coroutines) {
        outcome.expect("its statements");
    }
    let mut conn = engine.connect().expect("a connection");
    let count: Option<i64> = conn.scalar(text("select count(*) from users")).expect("a count");
    assert_eq!(count, Some(MANY));
    assert!(threads.lock().unwrap().len() <= WORKERS);
}

/// A connection that a thread made serves a coroutine, and the other way round.
#[test]
fn connections_are_shared_with_threads() {
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let engine = fresh.engine(pool_of(1)).expect("an engine");
    for n in 0..10_i64 {
        let ask = move |engine: &Engine| engine.connect()?.scalar(text("select :n").bind("n", n));
        assert_eq!(ask(&engine).expect("on a thread"), Some(n));
        let asked = engine.clone();
        let inside = all([start(move || ask(&asked))]).remove(0);
        assert_eq!(inside.expect("in a coroutine"), Some(n));
    }
    settle(&engine);
    assert_eq!(engine.pool().status().idle, 1);
}

/// A driver that would block its thread.
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

// fault: B18
#[test]
fn a_blocking_driver_is_refused() {
    let engine = Engine::new(
        "blocking://",
        Arc::new(Sqlite::new()),
        Arc::new(Blocking),
        EngineOptions::new(),
    );
    let engine = engine.expect("an engine");
    let outcome = all([start(move || {
        assert!(bridge::in_coroutine());
        engine.connect().map(drop)
    })]);
    assert_eq!(outcome[0].as_ref().expect_err("refused").kind(), ErrorKind::BlockingInAsync);
}
