//! A server that becomes read-only, as one does whose replica takes over: sessions that are to write leave it.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{Connection, TransactionOptions};
use aludel_core::dialect::mysql::MySql;
use aludel_core::error::{Error, ErrorKind};
use aludel_core::sql::text;
use aludel_core::{Engine, EngineOptions};
use aludel_testing::blocking::{execute, int};
use aludel_testing::private_mariadb;
use aludel_testing::private_server::{PrivateServer, ServerFolder};
use support::rogue::{Rogue, err};
use support::{Db, Kind};

const BOTH: [Kind; 2] = [Kind::Async, Kind::Blocking];

/// The second may write to a server that is read-only.
const USERS: &str = "CREATE DATABASE shop;
CREATE OR REPLACE USER writer@'%' IDENTIFIED BY 's3cret';
CREATE OR REPLACE USER admin@'%' IDENTIFIED BY 's3cret';
GRANT ALL ON shop.* TO writer@'%';
GRANT ALL ON *.* TO admin@'%';
CREATE TABLE shop.t (n INTEGER);
";

struct Server {
    server: PrivateServer,
    _folder: ServerFolder,
}

impl Server {
    fn start() -> Option<Self> {
        let what = "a server that becomes read-only";
        let (server, folder) = private_mariadb::start("read_only", what, USERS, |_| Vec::new())?;
        Some(Self { server, _folder: folder })
    }

    fn db(&self, kind: Kind, user: &str) -> Db {
        Db::at(kind, format!("mysql://{user}:s3cret@127.0.0.1:{}/shop", self.server.port))
    }

    fn set_read_only(&self, on: bool) {
        let mut admin = self.db(Kind::Async, "admin").connect();
        let sql = if on { "set global read_only = 1" } else { "set global read_only = 0" };
        execute(&mut *admin, sql).unwrap();
    }
}

fn ping(connection: &mut dyn Connection) -> Result<(), Error> {
    connection.ping(Instant::now() + Duration::from_secs(5))
}

// fault: P19
#[test]
fn a_session_that_was_to_write_is_at_its_end() {
    let Some(server) = Server::start() else { return };
    for kind in BOTH {
        let (any, db) = (server.db(kind, "writer"), server.db(kind, "writer"));
        let db = db.with("target_session_attrs=read-write");
        let [mut writes, mut commits, mut idle] = [(); 3].map(|()| db.connect());
        let mut other = any.connect();
        ping(&mut *idle).unwrap();
        commits.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *commits, "insert into t values (1)").unwrap();
        server.set_read_only(true);

        let error = execute(&mut *writes, "insert into t values (2)").unwrap_err();
        assert!(error.is_disconnect() && !writes.is_usable(), "{error}");
        assert!(error.message().contains("(error 1290)"), "{error}");
        // It is certain that nothing was committed.
        let error = commits.commit().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.is_disconnect() && !commits.is_usable(), "{error}");
        let error = ping(&mut *idle).unwrap_err();
        assert!(error.message().contains("target_session_attrs=read-write"), "{error}");
        let error = db.try_connect().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.message().contains("the server is read-only"), "{error}");

        // Who did not ask for it reads on.
        let error = execute(&mut *other, "insert into t values (3)").unwrap_err();
        assert!(!error.is_disconnect() && other.is_usable(), "{error}");
        other.rollback().unwrap();
        ping(&mut *other).unwrap();
        assert_eq!(int(&mut *other, "select count(*) from t"), 0);
        drop(any.connect());
        other.rollback().unwrap();
        server.set_read_only(false);
        execute(&mut *db.connect(), "insert into t values (4)").unwrap();
    }
}

/// The numbers of sessions at the server.
fn sessions(conns: &mut [aludel_core::Connection]) -> Vec<i64> {
    let ids = conns.iter_mut().map(|conn| {
        let id = conn.scalar(text("select cast(connection_id() as signed)")).unwrap().unwrap();
        conn.rollback().unwrap();
        id
    });
    ids.collect()
}

/// The pool: one failure for the sessions in use, none for those that are idle.
// fault: P19
#[test]
fn the_pool_replaces_all_of_them() {
    let Some(server) = Server::start() else { return };
    for kind in BOTH {
        let db = server.db(kind, "writer").with("target_session_attrs=read-write");
        let driver = db.driver().unwrap();
        let options = EngineOptions::new().pool_size(4).max_overflow(0).pool_pre_ping_after(None);
        let engine =
            Engine::new("mysql://", Arc::new(MySql::new()), driver.into(), options).unwrap();
        let mut conns: Vec<_> = (0..4).map(|_| engine.connect().unwrap()).collect();
        for conn in &mut conns {
            conn.execute(text("insert into t values (1)")).unwrap();
            conn.rollback().unwrap();
        }
        let before = sessions(&mut conns);
        conns.truncate(1);
        server.set_read_only(true);
        let error = conns[0].execute(text("insert into t values (1)")).unwrap_err();
        assert!(error.is_disconnect(), "{error}");
        server.set_read_only(false);
        conns[0].rollback().unwrap();
        for conn in &mut conns {
            conn.execute(text("insert into t values (1)")).unwrap();
            conn.rollback().unwrap();
        }
        conns.extend((1..4).map(|_| engine.connect().unwrap()));
        let after = sessions(&mut conns);
        assert!(after.iter().all(|id| !before.contains(id)), "{before:?}, then {after:?}");
        for conn in &mut conns {
            conn.execute(text("delete from t")).unwrap();
            conn.commit().unwrap();
        }
        conns.clear();
        engine.dispose();
    }
}

// fault: P19
#[test]
fn other_words_of_a_server_that_takes_no_writes() {
    let option =
        "The MySQL server is running with the --secure-file-priv option so it cannot execute";
    for kind in BOTH {
        for (code, message, ends) in [
            (1836, "Running in read-only mode", true),
            (1290, "The MySQL server is running with the --super-read-only option so it", true),
            (1290, option, false),
        ] {
            let answer = err(code, "HY000", message);
            let rogue = Rogue::start_scripted(move |text| {
                text.starts_with("insert").then(|| answer.clone())
            });
            let db = rogue.db(kind);
            for (db, asked) in [(db.with("target_session_attrs=read-write"), true), (db, false)] {
                let mut connection = db.connect();
                let error = execute(&mut *connection, "insert 1").unwrap_err();
                assert_eq!(error.is_disconnect(), ends && asked, "{code} {message}: {error}");
                assert_eq!(connection.is_usable(), !(ends && asked), "{code} {message}");
            }
        }
    }
}

#[test]
fn the_option_has_two_words() {
    for kind in BOTH {
        let db = Db::at(kind, "mysql://u@h/d?target_session_attrs=primary".to_owned());
        let error = db.driver().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains("read-write"), "{error}");
    }
}
