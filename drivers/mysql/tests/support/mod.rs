//! What the tests of the two drivers for MySQL share: one way to either of them, tables, sessions, a
//! server that breaks the protocol.

#![allow(dead_code, unused_macros, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

pub(crate) mod rogue;

use std::fmt;
use std::time::{Duration, Instant};

use aludel_core::Url;
use aludel_core::dbapi::{AdaptedConnection, AdaptedDriver, Connection, Driver, Waits};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use aludel_mysql::{BlockingConnection, BlockingDriver, MysqlConnection, MysqlDriver};
use aludel_testing::blocking::{execute, int, query};
use aludel_testing::proxy::Proxy;
use aludel_testing::{settle, unique};

/// The URL of the live server, or `None` after saying that what needs it is skipped.
pub(crate) fn url() -> Option<String> {
    aludel_testing::server_url("ALUDEL_TEST_MYSQL_URL")
}

/// The parts of a URL.
pub(crate) fn parts(url: &str) -> Url {
    url.parse().unwrap()
}

/// Which of the two drivers a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Async,
    Blocking,
}

/// A driver and where it connects to.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) budget: Option<Duration>,
}

impl Db {
    /// The live server by one of the drivers.
    pub(crate) fn live(kind: Kind) -> Option<Self> {
        Some(Self::at(kind, url()?))
    }

    pub(crate) fn at(kind: Kind, url: String) -> Self {
        Self { kind, url, budget: None }
    }

    /// The same with a connection option.
    pub(crate) fn with(&self, option: &str) -> Self {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        Self { url: format!("{}{mark}{option}", self.url), ..self.clone() }
    }

    /// The same with a budget for recovery.
    pub(crate) fn with_recovery_budget(&self, budget: Duration) -> Self {
        Self { budget: Some(budget), ..self.clone() }
    }

    pub(crate) fn driver(&self) -> Result<Box<dyn Driver>> {
        let url = self.url.parse()?;
        Ok(match self.kind {
            Kind::Async => {
                let mut driver = MysqlDriver::from_url(&url)?;
                if let Some(budget) = self.budget {
                    driver = driver.with_recovery_budget(budget);
                }
                Box::new(AdaptedDriver::new(driver, Waits::OnThreads))
            }
            Kind::Blocking => {
                let mut driver = BlockingDriver::from_url(&url)?;
                if let Some(budget) = self.budget {
                    driver = driver.with_recovery_budget(budget);
                }
                Box::new(driver)
            }
        })
    }

    pub(crate) fn try_connect(&self) -> Result<Box<dyn Connection>> {
        self.driver()?.connect(Instant::now() + Duration::from_secs(10))
    }

    pub(crate) fn connect(&self) -> Box<dyn Connection> {
        self.try_connect().unwrap()
    }
}

/// Makes two tests of each body, one over each driver.
#[macro_export]
macro_rules! both {
    ($($name:ident)*) => {
        mod over_mysql_async {
            $(#[test] fn $name() {
                if let Some(db) = $crate::support::Db::live($crate::support::Kind::Async) {
                    super::$name(&db);
                }
            })*
        }

        mod over_mysql {
            $(#[test] fn $name() {
                if let Some(db) = $crate::support::Db::live($crate::support::Kind::Blocking) {
                    super::$name(&db);
                }
            })*
        }
    };
}

/// A table that is dropped at the end, also when the test fails.
pub(crate) struct Table {
    pub(crate) name: String,
    connection: Box<dyn Connection>,
}

impl Table {
    pub(crate) fn new(db: &Db, columns: &str) -> Self {
        let mut connection = db.connect();
        let name = unique("t");
        execute(
            &mut *connection,
            &format!("create table {name} ({columns}) engine = innodb charset = utf8mb4"),
        )
        .unwrap();
        Self { name, connection }
    }

    pub(crate) fn count(&mut self) -> i64 {
        let sql = format!("select count(*) from {self}");
        let count = int(&mut *self.connection, &sql);
        self.connection.rollback().unwrap();
        count
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // A transaction that a failed test left open may still hold the table.
        let _ = execute(&mut *self.connection, "set lock_wait_timeout = 2");
        let _ = execute(&mut *self.connection, &format!("drop table {}", self.name));
    }
}

/// Queries whose right answers cannot be left over from before.
#[track_caller]
pub(crate) fn assert_right_answers(connection: &mut dyn Connection) {
    aludel_testing::blocking::assert_right_answers(connection, "?");
}

/// A proxy in front of the server of a URL, and what connects through it.
pub(crate) fn proxied(db: &Db) -> (Proxy, Db) {
    let url = parts(&db.url);
    let proxy = Proxy::start(url.host().unwrap(), url.port().unwrap());
    let through = format!(
        "mysql://{}:{}@{}/{}",
        url.username().unwrap(),
        url.password().unwrap().reveal(),
        proxy.address(),
        url.database().unwrap()
    );
    (proxy, Db { url: through, ..db.clone() })
}

/// The number of the session on the server.
pub(crate) fn session(connection: &mut dyn Connection) -> i64 {
    int(connection, "select connection_id()")
}

/// Whether a session is there, and what it runs.
pub(crate) fn doing(other: &mut dyn Connection, id: i64) -> Option<String> {
    let sql = "select coalesce(info, '') from information_schema.processlist where id = ?";
    let rows = query(other, sql, &[Value::Int(id)]).unwrap();
    match rows.first().map(|row| &row[0]) {
        Some(Value::Text(text)) => Some(text.to_string()),
        None => None,
        other => panic!("{other:?}"),
    }
}

/// Ends a session from another one and waits until it is gone.
pub(crate) fn kill(other: &mut dyn Connection, id: i64) {
    execute(other, &format!("kill {id}")).unwrap();
    settle("a killed session is gone", || doing(other, id).is_none());
}

/// Has the server forget all that the session was set to.
pub(crate) fn reset(connection: &mut dyn Connection) {
    if let Some(connection) = connection.downcast_mut::<BlockingConnection>() {
        connection.client().unwrap().reset().unwrap();
        return;
    }
    let adapted = connection.downcast_mut::<AdaptedConnection<MysqlConnection>>().unwrap();
    adapted
        .run_async(async |connection: &mut MysqlConnection| {
            connection
                .client()
                .await?
                .reset()
                .await
                .map(drop)
                .map_err(|error| Error::new(ErrorKind::Interface, error.to_string()))
        })
        .unwrap();
}
