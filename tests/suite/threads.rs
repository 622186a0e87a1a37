//! Connections where threads end.

use std::cell::RefCell;

use aludel::{Connection, EngineOptions, RawSql};

use crate::support::{Database, Fresh};

thread_local! {
    static KEPT: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// A connection that a thread keeps for itself goes back when the thread ends, where most of what a
/// runtime needs is no more.
#[test]
fn a_connection_in_a_thread_local_is_given_back() {
    for database in [
        Database::Sqlite,
        Database::SqliteThread,
        Database::Postgres,
        Database::PostgresBlocking,
        Database::MySql,
        Database::MySqlBlocking,
    ] {
        let Some(fresh) = Fresh::new(database) else { continue };
        let options = EngineOptions::new().pool_size(1).max_overflow(0);
        let engine = fresh.engine(options).expect("an engine");
        let make = RawSql::new("create table kept (id integer)".to_owned());
        engine.begin(|conn| conn.exec_driver_sql(make, ())).expect("a table");
        for _ in 0..3 {
            let engine = engine.clone();
            let thread = std::thread::spawn(move || {
                KEPT.with_borrow_mut(|kept| {
                    let conn = kept.insert(engine.connect().expect("a connection"));
                    conn.exec_driver_sql("insert into kept values (1)", ()).expect("a statement");
                });
            });
            thread.join().expect("the thread ends well");
        }
        let mut conn = engine.connect().expect("the connection is back");
        let left: i64 = conn
            .scalar(aludel::text("select count(*) from kept"))
            .expect("a statement")
            .expect("a row");
        assert_eq!(left, 0, "{database:?}: what was open is rolled back");
    }
}
