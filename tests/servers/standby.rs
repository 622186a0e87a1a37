//! A primary of PostgreSQL and its standby.

use aludel::dbapi::{IsolationLevel, TransactionOptions};
use aludel::{Engine, ErrorKind, RawSql, create_engine, text};
use aludel_testing::settle;

use super::{by, once, run, urls};
use crate::support::unique;

const DRIVERS: [&str; 2] = ["postgresql", "postgresql+postgres"];

struct Pair {
    primary: Engine,
    standby: Engine,
    /// Both hosts in one URL, the standby first.
    both: String,
}

impl Pair {
    fn new(driver: &str) -> Option<Self> {
        let urls = urls("ALUDEL_TEST_STANDBY_URLS")?;
        let [primary, standby] = [0, 1].map(|at: usize| by(driver, &urls[at]));
        let host = |url: &str| {
            let (_, behind) = url.rsplit_once('@').unwrap();
            behind.split_once('/').unwrap().0.to_owned()
        };
        let both =
            standby.replace(&host(&standby), &format!("{},{}", host(&standby), host(&primary)));
        let [primary, standby] = [primary, standby].map(|url| create_engine(&url).unwrap());
        Some(Self { primary, standby, both })
    }

    /// Whether a session of the pair is one of the standby.
    fn chosen(&self, attrs: &str) -> Option<bool> {
        let engine = create_engine(&format!("{}?target_session_attrs={attrs}", self.both)).unwrap();
        let mut conn = engine.connect().unwrap();
        conn.scalar(text("select pg_is_in_recovery()")).unwrap()
    }
}

#[test]
fn the_server_is_the_one_that_is_asked_for() {
    for driver in DRIVERS {
        let Some(pair) = Pair::new(driver) else { return };
        for (attrs, standby) in [
            ("any", true),
            ("read-write", false),
            ("primary", false),
            ("read-only", true),
            ("standby", true),
            ("prefer-standby", true),
        ] {
            assert_eq!(pair.chosen(attrs), Some(standby), "{attrs}");
        }
    }
}

#[test]
fn what_is_committed_is_read_on_the_standby() {
    for driver in DRIVERS {
        let Some(pair) = Pair::new(driver) else { return };
        let table = unique("replicated");
        let mut conn = pair.primary.connect().unwrap();
        once(&mut conn, format!("create table {table} (id int primary key)")).unwrap();
        once(&mut conn, format!("insert into {table} select generate_series(1, 100)")).unwrap();
        let mut other = pair.standby.connect().unwrap();
        let count = format!("select count(*) from {table}");
        settle("the standby has the rows", || {
            let counted = other.scalar::<_, i64>(text(RawSql::new(count.clone())));
            other.rollback().unwrap();
            counted.is_ok_and(|counted| counted == Some(100))
        });
        let options = TransactionOptions::new().isolation_level(IsolationLevel::RepeatableRead);
        let mut transaction = other.begin_with_options(options.read_only(true)).unwrap();
        let mut point = transaction.begin_nested().unwrap();
        let all = point.scalars::<_, i32>(text(RawSql::new(format!("select id from {table}"))));
        assert_eq!(all.unwrap().len(), 100);
        point.rollback().unwrap();
        transaction.commit().unwrap();
        once(&mut conn, format!("drop table {table}")).unwrap();
    }
}

#[test]
fn what_a_standby_refuses_is_an_error_and_the_session_goes_on() {
    for driver in DRIVERS {
        let Some(pair) = Pair::new(driver) else { return };
        let mut conn = pair.standby.connect().unwrap();
        for sql in [
            "create table never (a int)",
            "create temporary table never (a int)",
            "select pg_current_xact_id()",
            "select * from pg_class limit 1 for update",
        ] {
            let error = run(&mut conn, sql).unwrap_err();
            assert_eq!(error.sqlstate(), Some("25006"), "{sql}: {error}");
            assert_eq!(error.kind(), ErrorKind::Operational, "{sql}: {error}");
            // Nothing was said about what the session is to be able to.
            assert!(!error.is_disconnect() && !error.is_retryable(), "{sql}: {error:?}");
            conn.rollback().unwrap();
        }
        let options = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
        let mut transaction = conn.begin_with_options(options).unwrap();
        let error = transaction.execute(text("select 1")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
        transaction.rollback().unwrap();
        assert_eq!(conn.scalar(text("select 41 + 1")).unwrap(), Some(42));
    }
}
