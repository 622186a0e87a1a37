//! What the core does for a cached statement before its driver is called: building the statement, its
//! key, the look into the cache, its values.
//!
//! The driver does nothing and answers at once, so that nothing else is measured. What is left of an
//! execution without planning is that of the prepared statement.

use std::hint::black_box;
use std::sync::Arc;

use aludel::Connection;
use aludel::dbapi::{Product, ServerInfo};
use aludel::dialect::sqlite::Sqlite;
use aludel::engine::Prepared;
use aludel::sql::Executable;

use crate::idle;
use crate::joined::{Found, statement};
use crate::rounds::{Table, show};

fn prepared_once(conn: &mut Connection, prepared: &Prepared<Found>) {
    black_box(conn.execute_prepared(prepared, ()).unwrap());
}

fn planned_once(conn: &mut Connection, statement: &impl Executable<Row = Found>) {
    black_box(conn.execute(statement).unwrap());
}

pub(crate) fn run(quick: bool) {
    let server = ServerInfo::new(Product::Sqlite, "3.50.0");
    let engine = idle::engine(server, Arc::new(Sqlite::new())).unwrap();
    let conn = std::cell::RefCell::new(engine.connect().unwrap());
    let held = statement(1);
    let prepared = engine.prepare(&held).unwrap();
    let mut n = 0;
    let mut table = Table::new("A cached select without a database: 3 joins, 5 values, IN of 10");
    table.add("prepared: no key, no look into the cache", || {
        prepared_once(&mut conn.borrow_mut(), &prepared);
    });
    table.add("held: keyed and planned", || planned_once(&mut conn.borrow_mut(), &held));
    table.add("built anew, keyed and planned", || {
        n += 1;
        planned_once(&mut conn.borrow_mut(), &statement(n));
    });
    table.add("built and dropped", || drop(black_box(statement(7))));
    let medians = table.print(quick);
    let [prepared, held, anew, _] = medians[..] else { return };
    println!("  keying and planning: {}", show((held - prepared).max(0.0)));
    println!("  with building the statement anew: {}", show((anew - prepared).max(0.0)));
}
