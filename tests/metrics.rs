//! What a pool measures: by the names of OpenTelemetry, for whichever recorder the program has.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aludel::{EngineOptions, Hosted, Local, Strategy, Threaded, text};
use aludel_testing::proxy::{SERVER_DRIVERS, behind_a_proxy};
use aludel_testing::settle;
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

use self::support::{Database, Fresh};

/// What was recorded, by names and labels.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<BTreeMap<String, Vec<f64>>>>);

/// One of them.
struct Instrument(Recorded, String);

impl Recorded {
    fn instrument(&self, key: &Key) -> Arc<Instrument> {
        let labels = key.labels().map(|label| format!(" {}={}", label.key(), label.value()));
        Arc::new(Instrument(self.clone(), key.name().to_owned() + &labels.collect::<String>()))
    }

    /// All values of an instrument of a pool, whose last part of the name may follow.
    fn values(&self, name: &str, pool: &str, more: &str) -> Vec<f64> {
        let name =
            format!("db.client.connection.{name} db.client.connection.pool.name={pool}{more}");
        self.0.lock().unwrap().get(&name).cloned().unwrap_or_default()
    }

    fn sum(&self, name: &str, pool: &str) -> f64 {
        self.values(name, pool, "").iter().sum()
    }

    /// What is in the gauge of connections that do this, and the most that was.
    fn count(&self, pool: &str, state: &str) -> (f64, f64) {
        let moves = self.values("count", pool, &format!(" db.client.connection.state={state}"));
        moves.into_iter().fold((0.0, 0.0), |(now, most), by| (now + by, f64::max(now + by, most)))
    }
}

impl Instrument {
    fn note(&self, value: f64) {
        self.0.0.lock().unwrap().entry(self.1.clone()).or_default().push(value);
    }
}

impl CounterFn for Instrument {
    fn increment(&self, value: u64) {
        self.note(value as f64);
    }

    fn absolute(&self, value: u64) {
        self.note(value as f64);
    }
}

impl GaugeFn for Instrument {
    fn increment(&self, value: f64) {
        self.note(value);
    }

    fn decrement(&self, value: f64) {
        self.note(-value);
    }

    fn set(&self, value: f64) {
        self.note(value);
    }
}

impl HistogramFn for Instrument {
    fn record(&self, value: f64) {
        self.note(value);
    }
}

impl Recorder for Recorded {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        assert_eq!(unit, Some(Unit::Seconds), "{name:?}");
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.instrument(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.instrument(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.instrument(key))
    }
}

/// The recorder of this process, which tests share.
fn recorder() -> Recorded {
    static RECORDER: std::sync::OnceLock<Recorded> = std::sync::OnceLock::new();
    let recorded = RECORDER.get_or_init(|| {
        let recorded = Recorded::default();
        metrics::set_global_recorder(recorded.clone()).unwrap();
        recorded
    });
    recorded.clone()
}

fn options(pool: &str) -> EngineOptions {
    let soon = Duration::from_millis(300);
    EngineOptions::new().pool_name(pool).pool_size(1).max_overflow(1).pool_timeout(soon)
}

/// What was recorded of two connections at once and a third checkout that had none in time.
fn check(recorded: &Recorded, pool: &str) {
    let of = |name: &str| recorded.values(name, pool, "");
    assert_eq!((of("idle.max"), of("idle.min"), of("max")), (vec![1.0], vec![0.0], vec![2.0]));
    assert_eq!(of("timeouts"), [1.0], "{pool}");
    assert_eq!(of("create_time").len(), 2, "{pool}");
    assert_eq!(of("wait_time").len(), 2, "{pool}");
    assert!(of("wait_time").iter().all(|time| *time < 0.3), "{pool}: {:?}", of("wait_time"));
    let count = |of: &str| recorded.count(pool, of);
    // What is given back is recovered or closed in the background.
    settle("the connections are back", || of("use_time").len() == 2 && count("used").0 == 0.0);
    assert!(of("use_time").iter().any(|time| *time >= 0.3), "one waited: {:?}", of("use_time"));
    assert_eq!(count("used").1, 2.0, "{pool}");
    assert_eq!(count("idle").0, 1.0, "one is kept");
    let pending = of("pending_requests");
    assert_eq!((pending.len(), recorded.sum("pending_requests", pool)), (6, 0.0), "{pool}");
}

#[test]
fn a_pool_measures_its_connections() {
    for database in Database::ON_THREADS {
        let Some(fresh) = Fresh::new(database) else { continue };
        let (recorded, pool) = (recorder(), format!("blocking {database:?}"));
        let engine = fresh.engine(options(&pool)).unwrap();
        let mut first = engine.connect().unwrap();
        let second = engine.connect().unwrap();
        first.execute(text("select 1")).unwrap();
        engine.connect().map(drop).expect_err("there is none");
        drop((first, second));
        check(&recorded, &pool);
        engine.dispose();
    }
}

#[test]
fn pools_of_one_name_take_out_what_they_have_put_in() {
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let (recorded, pool) = (recorder(), "shared");
    let one = fresh.engine(options(pool)).unwrap();
    let other = fresh.engine(options(pool)).unwrap();
    let (first, second) = (one.connect().unwrap(), other.connect().unwrap());
    assert_eq!(recorded.count(pool, "used").0, 2.0);
    first.close().unwrap();
    settle("one is back", || recorded.count(pool, "used").0 == 1.0);
    // What is invalidated was used.
    let mut second = second;
    second.invalidate();
    drop(second);
    assert_eq!(recorded.count(pool, "used").0, 0.0);
    assert_eq!(recorded.values("use_time", pool, "").len(), 2);
    one.dispose();
    other.dispose();
    drop((one, other));
    settle("nothing is left", || {
        recorded.count(pool, "idle").0 == 0.0 && recorded.sum("max", pool) == 0.0
    });
}

#[test]
fn what_is_not_connected_is_not_in_use() {
    let (recorded, pool) = (recorder(), "refused");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let url = format!("postgresql://a:b@{address}/c");
    let engine = aludel::create_engine_with(&url, options(pool)).unwrap();
    // Nobody answers.
    engine.connect().map(drop).unwrap_err();
    assert_eq!(recorded.sum("timeouts", pool), 1.0);
    drop(taken);
    engine.connect().map(drop).unwrap_err();
    settle("nothing is in use", || recorded.count(pool, "used").0 == 0.0);
}

/// A connection that is still being made when its checkout has had another one is in use until it is given up, which
/// no other checkout shows.
#[test]
fn an_attempt_that_is_given_up_is_not_in_use() {
    let recorded = recorder();
    for (variable, scheme) in SERVER_DRIVERS {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        let pool = format!("given up {scheme}");
        let options = options(&pool).pool_size(2).max_overflow(0);
        let options = options.pool_timeout(Duration::from_secs(2));
        let engine = aludel::create_engine_with(&url, options).unwrap();
        let first = engine.connect().unwrap();
        proxy.hold_new(true);
        let is_made = proxy.clone();
        let returning = std::thread::spawn(move || {
            settle("a connection is being made", || is_made.held() == 1);
            drop(first);
        });
        let second = engine.connect().unwrap();
        returning.join().unwrap();
        assert_eq!(recorded.count(&pool, "used").1, 2.0, "{scheme}");
        settle("it is given up", || engine.status().in_use == 1);
        settle("and measured", || recorded.count(&pool, "used").0 == 1.0);
        drop(second);
        proxy.hold_new(false);
        engine.dispose();
    }
}

#[test]
fn a_pool_is_named_by_its_url() {
    let recorded = recorder();
    let engine = aludel::create_engine("sqlite://").unwrap();
    drop(engine.connect().unwrap());
    assert_eq!(recorded.values("create_time", "sqlite", "").len(), 1);
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let engine = fresh.engine(EngineOptions::new()).unwrap();
    let url: aludel::Url = engine.url().parse().unwrap();
    drop(engine.connect().unwrap());
    let (port, database) = (url.port().unwrap_or(5432), url.database().unwrap());
    let name = format!("{}:{port}/{database}", url.host().unwrap());
    // Others of this process may have one of this name.
    assert!(!recorded.values("create_time", &name, "").is_empty(), "{name}");
    engine.dispose();
}

fn awaited<S: Strategy>(database: Database, name: &str) {
    let Some(fresh) = Fresh::new(database) else { return };
    let (recorded, pool) = (recorder(), format!("{name} {database:?}"));
    let engine = fresh.async_engine::<S>(options(&pool)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut first = engine.connect().await.unwrap();
        let second = engine.connect().await.unwrap();
        first.execute(text("select 1")).await.unwrap();
        engine.connect().await.map(drop).expect_err("there is none");
        first.close().await.unwrap();
        second.close().await.unwrap();
        check(&recorded, &pool);
        engine.dispose().await.unwrap();
    });
}

#[test]
fn awaited_checkouts_are_measured_as_well() {
    for database in [Database::Sqlite, Database::Postgres, Database::MySql] {
        awaited::<Hosted>(database, "hosted");
        awaited::<Local>(database, "local");
        awaited::<Threaded>(database, "threaded");
    }
}
