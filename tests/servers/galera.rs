//! Two nodes of a Galera cluster.

use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;

use aludel::dbapi::IsolationLevel;
use aludel::{Connection, Engine, Error, ErrorKind, RawSql, create_engine, text};
use aludel_testing::settle;

use super::{by, once, run};
use crate::support::unique;

const DRIVERS: [&str; 2] = ["mysql", "mysql+mysql"];

/// The settings of the cluster are for all tests, so they come one after another.
static TURN: Mutex<()> = Mutex::new(());

struct Pair {
    nodes: [Engine; 2],
    table: String,
    _turn: MutexGuard<'static, ()>,
}

impl Pair {
    fn new(driver: &str) -> Option<Self> {
        let urls = super::urls("ALUDEL_TEST_GALERA_URLS")?;
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let nodes = [0, 1].map(|at: usize| create_engine(&by(driver, &urls[at])).unwrap());
        let table = unique("cluster");
        let this = Self { nodes, table, _turn: turn };
        let mut conn = this.connect(0);
        let columns = "id int primary key, v varchar(20)";
        once(&mut conn, format!("create table {} ({columns})", this.table)).unwrap();
        once(&mut conn, format!("insert into {} values (1, 'none')", this.table)).unwrap();
        conn.close().unwrap();
        Some(this)
    }

    fn connect(&self, node: usize) -> Connection {
        self.nodes[node].connect().unwrap()
    }

    /// Writes into the row that both nodes write into.
    fn write(&self, conn: &mut Connection, value: &str) -> Result<(), Error> {
        run(conn, format!("update {} set v = '{value}' where id = 1", self.table))
    }

    /// A connection whose transaction has lost against a commit at the other node, and its session.
    fn lost(&self) -> (Connection, Option<i64>) {
        let (mut first, mut second) = (self.connect(0), self.connect(1));
        self.write(&mut first, "first").unwrap();
        let session = session(&mut second);
        self.write(&mut second, "second").unwrap();
        first.commit().unwrap();
        (second, session)
    }

    /// What both nodes have.
    fn all(&self) -> Vec<(i32, String)> {
        let [first, second] = [0, 1].map(|node| {
            let mut conn = self.connect(node);
            // The node has applied all that the cluster had committed.
            run(&mut conn, "set session wsrep_sync_wait = 1").unwrap();
            let sql = format!("select id, v from {} order by id", self.table);
            let rows = conn.execute(text(RawSql::new(sql))).unwrap().all().unwrap();
            let rows = rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap()));
            rows.collect::<Vec<(i32, String)>>()
        });
        assert_eq!(first, second, "both nodes have the same");
        first
    }

    fn value(&self) -> String {
        self.all()[0].1.clone()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        if !thread::panicking() {
            let mut conn = self.connect(0);
            once(&mut conn, format!("drop table {}", self.table)).unwrap();
        }
    }
}

/// A session of which each statement is committed by itself.
fn autocommit(engine: &Engine) -> Connection {
    let mut conn = engine.connect().unwrap();
    conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
    conn
}

fn session(conn: &mut Connection) -> Option<i64> {
    conn.scalar(text("select connection_id()")).unwrap()
}

#[track_caller]
fn assert_lost(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    assert!(error.is_retryable() && !error.is_disconnect(), "{error:?}");
    assert_eq!(error.sqlstate(), Some("40001"));
}

#[test]
fn who_commits_second_has_lost_and_may_try_again() {
    for driver in DRIVERS {
        let Some(pair) = Pair::new(driver) else { return };
        let (mut second, session) = pair.lost();
        assert_lost(&second.commit().unwrap_err());
        second.rollback().unwrap();
        assert_eq!(pair.value(), "first");
        pair.write(&mut second, "again").unwrap();
        assert_eq!(self::session(&mut second), session, "nothing is wrong with it");
        second.commit().unwrap();
        assert_eq!(pair.value(), "again");
    }
}

#[test]
fn of_two_commits_at_once_one_wins_and_the_other_says_so() {
    const ROUNDS: usize = 40;
    for driver in DRIVERS {
        let Some(pair) = Pair::new(driver) else { return };
        let barrier = Barrier::new(2);
        for round in 0..ROUNDS {
            let commit = |node: usize| {
                let mut conn = pair.connect(node);
                let value = format!("{round}-{node}");
                let written = pair.write(&mut conn, &value);
                barrier.wait();
                written.unwrap();
                let outcome = conn.commit();
                conn.rollback().unwrap();
                (value, outcome)
            };
            let outcomes = thread::scope(|scope| {
                let other = scope.spawn(|| commit(1));
                [commit(0), other.join().unwrap()]
            });
            let [won, lost] = match &outcomes {
                [(value, Ok(())), (_, Err(error))] | [(_, Err(error)), (value, Ok(()))] => {
                    assert_lost(error);
                    [value.clone(), error.to_string()]
                }
                other => panic!("one wins: {other:?}"),
            };
            assert_eq!(pair.value(), won, "in round {round}, where the other heard {lost}");
        }
    }
}

#[test]
fn a_conflict_that_is_learned_of_at_a_rollback_has_rolled_back() {
    for driver in DRIVERS {
        let Some(pair) = Pair::new(driver) else { return };
        let (mut second, session) = pair.lost();
        assert_eq!(pair.value(), "first");
        second.rollback().unwrap();
        assert_eq!(self::session(&mut second), session, "nothing is wrong with it");
    }
}

#[test]
fn a_transaction_that_is_too_large_is_over() {
    for driver in DRIVERS {
        let Some(pair) = Pair::new(driver) else { return };
        let mut settings = autocommit(&pair.nodes[0]);
        run(&mut settings, "set global wsrep_max_ws_rows = 50").unwrap();
        let mut conn = pair.connect(0);
        let row = |id: i32| format!("insert into {} values ({id}, 'x')", pair.table);
        run(&mut conn, row(41)).unwrap();
        let many = format!("insert into {} select seq, 'x' from seq_100_to_200", pair.table);
        let error = run(&mut conn, many).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.message().contains("(error 1180)"), "{error}");
        assert!(error.message().contains("make several smaller ones"), "{error}");
        assert!(!error.is_retryable() && !error.is_disconnect(), "{error:?}");
        let error = run(&mut conn, row(42)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
        let error = conn.commit().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
        run(&mut settings, "set global wsrep_max_ws_rows = 0").unwrap();
        conn.rollback().unwrap();
        assert_eq!(pair.all(), [(1, "none".to_owned())]);

        run(&mut settings, "set global wsrep_max_ws_size = 2048").unwrap();
        let error = (50..150)
            .try_for_each(|id| run(&mut conn, row(id)))
            .and_then(|()| conn.commit())
            .unwrap_err();
        run(&mut settings, "set global wsrep_max_ws_size = 2147483647").unwrap();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.message().contains("make several smaller ones"), "{error}");
        conn.rollback().unwrap();
        assert_eq!(pair.all(), [(1, "none".to_owned())]);
    }
}

/// A node that the other does not hear, until this is dropped.
struct Isolated(Connection);

impl Isolated {
    fn new(node: &Engine) -> Self {
        let mut conn = autocommit(node);
        run(&mut conn, "set global wsrep_provider_options = 'gmcast.isolate=1'").unwrap();
        Self(conn)
    }
}

impl Drop for Isolated {
    fn drop(&mut self) {
        run(&mut self.0, "set global wsrep_provider_options = 'gmcast.isolate=0'").unwrap();
    }
}

#[test]
fn a_node_without_quorum_is_left_and_comes_back() {
    for driver in DRIVERS {
        let Some(pair) = Pair::new(driver) else { return };
        let mut watch = autocommit(&pair.nodes[0]);
        let mut open = pair.connect(0);
        pair.write(&mut open, "open").unwrap();
        let mut idle = pair.connect(0);
        run(&mut idle, "select 1").unwrap();
        idle.close().unwrap();
        let status = "select variable_value from information_schema.global_status \
                      where variable_name = 'wsrep_cluster_status'";
        let is = |watch: &mut Connection, wanted: &str| {
            let state: Option<String> = watch.scalar(text(status)).unwrap();
            state.as_deref() == Some(wanted)
        };
        let isolated = Isolated::new(&pair.nodes[1]);
        settle("the node has no quorum", || is(&mut watch, "non-Primary"));

        let error = open.commit().unwrap_err();
        assert_quorum(&error);
        let error = run(&mut open, "select 1").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
        // The idle session went with it, and a new one learns of it at once.
        let error = pair.nodes[0].connect().unwrap_err();
        assert!(error.message().starts_with("cannot connect to"), "{error}");
        assert!(error.message().contains("lost its quorum"), "{error}");
        assert_eq!(pair.nodes[0].pool().status().idle, 0);

        drop(isolated);
        settle("the node has a quorum", || is(&mut watch, "Primary"));
        settle("the node serves", || pair.nodes[0].connect().is_ok());
        open.rollback().unwrap();
        assert_eq!(pair.value(), "none", "nothing of the refused transaction is committed");
        pair.write(&mut open, "after").unwrap();
        open.commit().unwrap();
        assert_eq!(pair.value(), "after");
    }
}

#[track_caller]
fn assert_quorum(error: &Error) {
    assert!(error.is_disconnect(), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains("lost its quorum"), "{error}");
}
