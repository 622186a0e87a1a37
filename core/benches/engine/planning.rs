//! What the core does for a cached statement before its driver is called: building the statement, its
//! key, the look into the cache, its values.
//!
//! The driver does nothing and answers at once, so that nothing else is measured. What is left of an
//! execution without planning is that of the prepared statement.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use aludel::dbapi::{
    self, Cursor, Driver, ExecutionOptions, IsolationLevel, Outcome, PreparedStatements, Product,
    RecoveryCallback, Released, RowSink, ServerInfo, Statement, StatementHandle,
    TransactionOptions,
};
use aludel::dialect::sqlite::Sqlite;
use aludel::engine::Prepared;
use aludel::sql::Executable;
use aludel::{
    Auto, Connection, Engine, EngineOptions, Error, ErrorKind, Mapped, Result, Value, select,
};

use crate::rounds::{Table, show};

macro_rules! mapped {
    ($($name:ident $table:literal),*) => {$(
        #[derive(Debug, Mapped)]
        #[aludel(table = $table)]
        #[allow(dead_code, reason = "only its columns are named")]
        struct $name {
            #[aludel(primary_key)]
            id: Auto<i64>,
            parent: i64,
            name: String,
            amount: Option<i32>,
        }
    )*};
}
mapped!(Customer "customers", Order "orders", Line "lines", Item "items");

type Found = (i64, String, String, Option<i32>);

/// Three joins, five values, an IN list of ten.
pub(crate) fn statement(n: i64) -> impl Executable<Row = Found> {
    select((Customer::c.id, Customer::c.name, Item::c.name, Line::c.amount))
        .join_on(Order::entity(), Order::c.parent.eq(Customer::c.id))
        .join_on(Line::entity(), Line::c.parent.eq(Order::c.id))
        .join_on(Item::entity(), Item::c.id.eq(Line::c.parent))
        .where_(Customer::c.id.gt(n))
        .where_(Customer::c.name.like("a%"))
        .where_(Order::c.amount.ge(10))
        .where_(Line::c.amount.between(1, 100))
        .where_(Item::c.id.in_([n, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
        .order_by(Customer::c.name)
}

/// A driver without a database: no statement has rows.
#[derive(Debug)]
struct Idle(ServerInfo, PreparedStatements<()>);

impl Driver for Idle {
    fn name(&self) -> &'static str {
        "idle"
    }

    fn connect(&self, _: Instant) -> Result<Box<dyn dbapi::Connection>> {
        Ok(Box::new(Self(self.0.clone(), PreparedStatements::new())))
    }
}

fn none<T>() -> Result<T> {
    Err(Error::new(ErrorKind::NotSupported, "there is no database"))
}

impl dbapi::Connection for Idle {
    fn server(&self) -> &ServerInfo {
        &self.0
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        black_box((statement, params));
        Ok(Outcome::default())
    }

    fn execute_many(
        &mut self,
        _: &Statement,
        _: &[Vec<Value>],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        none()
    }

    fn open_cursor<'c>(
        &'c mut self,
        _: &Statement,
        _: &[Value],
        _: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        none()
    }

    fn prepare(&mut self, _: &Statement, _: &ExecutionOptions) -> Result<StatementHandle> {
        Ok(self.1.insert(()))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.1.get(handle).is_some()
    }

    fn execute_prepared(
        &mut self,
        _: StatementHandle,
        params: &[Value],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        black_box(params);
        Ok(Outcome::default())
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.1.remove(handle);
    }

    fn begin(&mut self, _: &TransactionOptions) -> Result<()> {
        Ok(())
    }

    fn set_isolation_level(&mut self, _: Option<IsolationLevel>) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        Ok(())
    }

    fn ping(&mut self, _: Instant) -> Result<()> {
        Ok(())
    }

    fn is_usable(&self) -> bool {
        true
    }

    fn release(&mut self) -> Released {
        Released::Clean
    }

    fn recover(self: Box<Self>, recovered: RecoveryCallback) {
        recovered(Some(self));
    }

    fn close(self: Box<Self>) {}

    fn terminate(self: Box<Self>) {}
}

pub(crate) fn engine() -> Engine {
    let driver = Idle(ServerInfo::new(Product::Sqlite, "3.50.0"), PreparedStatements::new());
    Engine::new("idle://", Arc::new(Sqlite::new()), Arc::new(driver), EngineOptions::new()).unwrap()
}

pub(crate) fn prepared_once(conn: &mut Connection, prepared: &Prepared<Found>) {
    black_box(conn.execute_prepared(prepared, ()).unwrap());
}

pub(crate) fn planned_once(conn: &mut Connection, statement: &impl Executable<Row = Found>) {
    black_box(conn.execute(statement).unwrap());
}

pub(crate) fn run(quick: bool) {
    let engine = engine();
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
