//! diesel, and its pool by r2d2.

use diesel::prelude::*;

diesel::table! {
    compare_users (id) {
        id -> BigInt,
        name -> Text,
        hair -> Nullable<Text>,
    }
}

diesel::table! {
    compare_added (id) {
        id -> BigInt,
        name -> Text,
        hair -> Nullable<Text>,
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = compare_users)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) hair: Option<String>,
}

/// What is the same on each database.
macro_rules! on {
    ($database:ident, $Connection:ty, $open:expr) => {
        pub(crate) mod $database {
            use std::hint::black_box;

            use diesel::connection::TransactionManager;
            use diesel::prelude::*;

            use super::{User, compare_users};
            use crate::contender::{Contender, Result};
            use crate::workload::{Keys, is_all, is_asked};

            type Transactions = <$Connection as Connection>::TransactionManager;

            pub(crate) fn open(url: &str) -> Result<$Connection> {
                $open(url)
            }

            pub(crate) fn select(connection: &mut $Connection, id: i64) -> Result<()> {
                let statement = compare_users::table.find(id).select(User::as_select());
                let found: User = statement.get_result(connection)?;
                is_asked(found.id, id)?;
                black_box((found.name, found.hair));
                Ok(())
            }

            pub(crate) fn one_row(url: &str) -> Result<Vec<Contender>> {
                let mut connection = open(url)?;
                Transactions::begin_transaction(&mut connection)?;
                let kept = (connection, Keys::default());
                Ok(vec![Contender::blocking("diesel", "", kept, |(connection, keys)| {
                    select(connection, keys.next())
                })])
            }

            pub(crate) fn many_rows(url: &str) -> Result<Vec<Contender>> {
                let mut connection = open(url)?;
                Transactions::begin_transaction(&mut connection)?;
                Ok(vec![Contender::blocking("diesel", "", connection, |connection| {
                    let found: Vec<User> =
                        compare_users::table.select(User::as_select()).load(connection)?;
                    is_all(found.len())?;
                    black_box(found);
                    Ok(())
                })])
            }
        }
    };
}

/// The pool, which SQLite is not compared with.
#[cfg(feature = "servers")]
macro_rules! pooled {
    ($database:ident, $Connection:ty) => {
        pub(crate) mod $database {
            use diesel::prelude::*;
            use diesel::r2d2::{ConnectionManager, Pool};

            use crate::contender::{Contender, Result};
            use crate::diesel::$database::select;
            use crate::workload::{CONNECTIONS, Keys, THREADS, key};

            type Connections = Pool<ConnectionManager<$Connection>>;

            fn pool(url: &str, test: bool) -> Result<(Connections, Keys)> {
                let builder = Pool::builder().max_size(CONNECTIONS).test_on_check_out(test);
                Ok((builder.build(ConnectionManager::new(url))?, Keys::default()))
            }

            pub(crate) fn in_transaction(url: &str) -> Result<Vec<Contender>> {
                let once = |(pool, keys): &mut (Connections, Keys)| {
                    let id = keys.next();
                    pool.get()?.transaction(|connection| select(connection, id))
                };
                let (name, sends) = ("diesel, r2d2 without test", "BEGIN, SELECT, COMMIT");
                let quick = Contender::blocking(name, sends, pool(url, false)?, once);
                let (name, sends) = ("diesel, r2d2", "test, BEGIN, SELECT, COMMIT");
                Ok(vec![quick, Contender::blocking(name, sends, pool(url, true)?, once)])
            }

            pub(crate) fn checked_out(url: &str) -> Result<Vec<Contender>> {
                let once =
                    |(pool, keys): &mut (Connections, Keys)| select(&mut *pool.get()?, keys.next());
                let name = "diesel, r2d2 without test";
                let quick = Contender::blocking(name, "SELECT", pool(url, false)?, once);
                let (name, sends) = ("diesel, r2d2", "test, SELECT");
                Ok(vec![quick, Contender::blocking(name, sends, pool(url, true)?, once)])
            }

            pub(crate) fn tasks(url: &str, tasks: u32) -> Result<Vec<Contender>> {
                if tasks > THREADS {
                    return Ok(Vec::new());
                }
                let once = |pool: &Connections, number| select(&mut *pool.get()?, key(number));
                let name = "diesel, r2d2 without test, threads";
                let (without, _) = pool(url, false)?;
                let quick = Contender::threads(name, "SELECT", tasks, without, once);
                let (name, sends) = ("diesel, r2d2, threads", "test, SELECT");
                let (with, _) = pool(url, true)?;
                Ok(vec![quick, Contender::threads(name, sends, tasks, with, once)])
            }
        }
    };
}

#[cfg(feature = "servers")]
fn connect<C: Connection>(url: &str) -> crate::contender::Result<C> {
    Ok(C::establish(url)?)
}

#[cfg(feature = "servers")]
on!(postgres, diesel::PgConnection, super::connect);
#[cfg(feature = "servers")]
on!(mysql, diesel::MysqlConnection, super::connect);
#[cfg(feature = "sqlite")]
on!(sqlite, diesel::SqliteConnection, super::fill);

#[cfg(feature = "servers")]
pub(crate) mod pool {
    //! The same with its pool.

    pooled!(postgres, diesel::PgConnection);
    pooled!(mysql, diesel::MysqlConnection);
}

/// A database of its own, in memory.
#[cfg(feature = "sqlite")]
pub(crate) fn fill(_: &str) -> crate::contender::Result<SqliteConnection> {
    use crate::workload::{SQLITE_KEY, tables};
    use diesel::connection::SimpleConnection;

    let mut connection = SqliteConnection::establish(":memory:")?;
    connection.batch_execute(&tables(SQLITE_KEY).join(";"))?;
    Ok(connection)
}
