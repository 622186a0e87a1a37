//! A checkout and its return on a driver that does nothing: the pool's own work, with what it records of who
//! has the connection.

use std::hint::black_box;
use std::sync::Arc;

use aludel::dbapi::{Product, ServerInfo};
use aludel::dialect::sqlite::Sqlite;
use aludel::text;

use crate::idle;
use crate::rounds::Table;

pub(crate) fn run(quick: bool) {
    let server = ServerInfo::new(Product::Sqlite, "3.50.0");
    let engine = idle::engine(server, Arc::new(Sqlite::new())).unwrap();
    let pool = engine.pool();
    let mut kept = engine.connect().unwrap();
    let mut table = Table::new("Checkout and return without a database");
    table.add("the pool's connection", || {
        black_box(pool.checkout().unwrap());
    });
    table.add("the engine's", || {
        black_box(engine.connect().unwrap());
    });
    table.add("the engine's, and one statement", || {
        let mut conn = engine.connect().unwrap();
        black_box(conn.execute(text("select 1")).unwrap());
    });
    table.add("the statement on a connection that is kept", || {
        black_box(kept.execute(text("select 1")).unwrap());
    });
    table.print(quick);
}
