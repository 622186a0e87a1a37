//! Aludel's async drivers, awaited without a greenlet: the least that a plain statement under
//! `Hosted` could cost, with its socket where that has it, and with it on the caller's runtime.
//!
//! It is not a way to use Aludel: no statement is compiled, nothing is listened to, and the pool is
//! a stack. It sends what a statement under `Hosted` sends.

use std::hint::black_box;
use std::sync::{Arc, Mutex};

use aludel::bridge::Host;
use aludel::dbapi::{
    AsyncConnection as _, AsyncDriver as _, Columns, ExecutionOptions, RawRow, Released, RowSink,
    Statement, StatementKind, TransactionOptions,
};
use aludel::row::{Rows, TypedRows};
use aludel::{Url, Value};
use tokio::sync::Semaphore;

use crate::aludel::SENDS;
use crate::contender::{Contender, Result};
use crate::workload::{Binds, CONNECTIONS, by_key, is_asked, key};

type Found = (i64, String, Option<String>);

#[derive(Default)]
struct Sink(TypedRows<Found>);

impl RowSink for Sink {
    fn columns(&mut self, _: &Arc<Columns>) -> aludel::Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> aludel::Result<()> {
        self.0.push(row)
    }
}

struct Pool<C> {
    /// Where the sockets are, if not on the caller's runtime.
    _host: Option<Host>,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<C>>,
    statement: Statement,
}

/// Written out for each driver: that a call is `Send` is known of each, and not of all.
macro_rules! awaited {
    ($name:ident, $driver:ty, $connection:ty, $binds:expr) => {
        pub(crate) fn $name(url: &str, tasks: u32) -> Result<Vec<Contender>> {
            let open = async |host: Option<Host>| {
                let driver = Arc::new(<$driver>::from_url(&url.parse::<Url>()?)?);
                let mut idle = Vec::new();
                for _ in 0..CONNECTIONS {
                    let driver = Arc::clone(&driver);
                    let connecting = async move { driver.connect().await };
                    idle.push(match &host {
                        Some(host) => host.handle().spawn(connecting).await??,
                        None => connecting.await?,
                    });
                }
                let statement = Statement::new(by_key($binds), StatementKind::Select)?;
                let free = Arc::new(Semaphore::new(CONNECTIONS as usize));
                let idle = Mutex::new(idle);
                Ok(Arc::new(Pool::<$connection> { _host: host, free, idle, statement }))
            };
            let once = async |pool: Arc<Pool<$connection>>, number| {
                let asked = key(number);
                let free = Arc::clone(&pool.free).acquire_owned().await?;
                let taken = pool.idle.lock().expect("not poisoned").pop();
                let mut conn = taken.expect("as many as permits");
                conn.begin(&TransactionOptions::DEFAULT)?;
                let mut sink = Sink::default();
                let options = ExecutionOptions::DEFAULT;
                conn.execute(&pool.statement, &[Value::Int(asked)], &options, &mut sink).await?;
                let (id, name, hair) = sink.0.next().ok_or("no row")?;
                let give_back = move |conn| {
                    pool.idle.lock().expect("not poisoned").extend(conn);
                    drop(free);
                };
                match conn.release() {
                    Released::Clean => give_back(Some(conn)),
                    Released::Dirty => conn.recover(Box::new(give_back)),
                }
                is_asked(id, asked)?;
                black_box((name, hair));
                Ok(())
            };
            let name = "Aludel's driver alone, no greenlet";
            let here = Contender::tasks(name, SENDS, tasks, async || open(None).await, once)?;
            let name = "Aludel's driver alone, no greenlet, sockets on a host";
            let host = Some(Host::new()?);
            let there = Contender::tasks(name, SENDS, tasks, async || open(host).await, once)?;
            Ok(vec![here, there])
        }
    };
}

awaited!(
    postgres,
    aludel::postgres::PostgresDriver,
    aludel::postgres::PostgresConnection,
    Binds::Numbered
);
awaited!(mysql, aludel::mysql::MysqlDriver, aludel::mysql::MysqlConnection, Binds::Questions);
