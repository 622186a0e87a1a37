//! diesel-async, and its pool by deadpool.

/// What is the same on each database.
macro_rules! on {
    ($database:ident, $Connection:ty, $sends:literal, $open:expr) => {
        pub(crate) mod $database {
            use std::hint::black_box;

            use diesel::prelude::{ExpressionMethods as _, QueryDsl, SelectableHelper};
            use diesel_async::{AsyncConnection, RunQueryDsl, TransactionManager};

            use crate::contender::{Contender, Result};
            use crate::diesel::{User, compare_users};
            use crate::workload::{Keys, is_all, is_asked};

            pub(crate) type Connection = $Connection;
            pub(crate) type Transactions = <$Connection as AsyncConnection>::TransactionManager;

            pub(crate) async fn open(url: &str) -> Result<$Connection> {
                $open(url).await
            }

            pub(crate) async fn select(connection: &mut $Connection, id: i64) -> Result<()> {
                let statement = compare_users::table.filter(compare_users::id.eq(id));
                let found: User =
                    statement.select(User::as_select()).get_result(connection).await?;
                is_asked(found.id, id)?;
                black_box((found.name, found.hair));
                Ok(())
            }

            pub(crate) fn one_row(url: &str) -> Result<Vec<Contender>> {
                let open = async || {
                    let mut connection = open(url).await?;
                    Transactions::begin_transaction(&mut connection).await?;
                    Ok((connection, Keys::default()))
                };
                let once = async |(connection, keys): &mut ($Connection, Keys)| {
                    select(connection, keys.next()).await
                };
                Ok(vec![Contender::awaited("diesel-async", $sends, open, once)?])
            }

            pub(crate) fn many_rows(url: &str) -> Result<Vec<Contender>> {
                let open = async || {
                    let mut connection = open(url).await?;
                    Transactions::begin_transaction(&mut connection).await?;
                    Ok(connection)
                };
                let once = async |connection: &mut $Connection| {
                    let statement = compare_users::table.select(User::as_select());
                    let found: Vec<User> = statement.load(connection).await?;
                    is_all(found.len())?;
                    black_box(found);
                    Ok(())
                };
                Ok(vec![Contender::awaited("diesel-async", $sends, open, once)?])
            }
        }
    };
}

/// The pool, which SQLite is not compared with.
#[cfg(feature = "servers")]
macro_rules! pooled {
    ($database:ident, $Connection:ty, $url:expr) => {
        pub(crate) mod $database {
            use diesel_async::pooled_connection::deadpool::Pool;
            use diesel_async::pooled_connection::{
                AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
            };
            use diesel_async::{AsyncConnection, TransactionManager};

            use crate::contender::{Contender, Result};
            use crate::diesel_async::$database::select;
            use crate::workload::{CONNECTIONS, Keys, key};

            type Connections = Pool<$Connection>;
            type Transactions = <$Connection as AsyncConnection>::TransactionManager;

            fn pool(url: &str, method: RecyclingMethod<$Connection>) -> Result<Connections> {
                let mut config = ManagerConfig::default();
                config.recycling_method = method;
                let manager = AsyncDieselConnectionManager::new_with_config($url(url), config);
                Ok(Pool::builder(manager).max_size(CONNECTIONS as usize).build()?)
            }

            pub(crate) fn in_transaction(url: &str) -> Result<Vec<Contender>> {
                let open = async |method| Ok((pool(url, method)?, Keys::default()));
                let once = async |(pool, keys): &mut (Connections, Keys)| {
                    let mut connection = pool.get().await?;
                    Transactions::begin_transaction(&mut *connection).await?;
                    select(&mut connection, keys.next()).await?;
                    Ok(Transactions::commit_transaction(&mut *connection).await?)
                };
                let (name, sends) = ("diesel-async, deadpool `Fast`", "BEGIN, SELECT, COMMIT");
                let fast = async || open(RecyclingMethod::Fast).await;
                let quick = Contender::awaited(name, sends, fast, once)?;
                let (name, sends) = ("diesel-async, deadpool", "test, BEGIN, SELECT, COMMIT");
                let verified = async || open(RecyclingMethod::Verified).await;
                Ok(vec![quick, Contender::awaited(name, sends, verified, once)?])
            }

            pub(crate) fn checked_out(url: &str) -> Result<Vec<Contender>> {
                let open = async |method| Ok((pool(url, method)?, Keys::default()));
                let once = async |(pool, keys): &mut (Connections, Keys)| {
                    select(&mut *pool.get().await?, keys.next()).await
                };
                let fast = async || open(RecyclingMethod::Fast).await;
                let name = "diesel-async, deadpool `Fast`";
                let quick = Contender::awaited(name, "SELECT", fast, once)?;
                let (name, sends) = ("diesel-async, deadpool", "test, SELECT");
                let verified = async || open(RecyclingMethod::Verified).await;
                Ok(vec![quick, Contender::awaited(name, sends, verified, once)?])
            }

            pub(crate) fn tasks(url: &str, tasks: u32) -> Result<Vec<Contender>> {
                let once = async |pool: Connections, number| {
                    select(&mut *pool.get().await?, key(number)).await
                };
                let name = "diesel-async, deadpool `Fast`";
                let fast = async || pool(url, RecyclingMethod::Fast);
                let quick = Contender::tasks(name, "SELECT", tasks, fast, once)?;
                let (name, sends) = ("diesel-async, deadpool", "test, SELECT");
                let verified = async || pool(url, RecyclingMethod::Verified);
                Ok(vec![quick, Contender::tasks(name, sends, tasks, verified, once)?])
            }
        }
    };
}

#[cfg(feature = "servers")]
async fn connect<C: diesel_async::AsyncConnection>(url: &str) -> crate::contender::Result<C> {
    Ok(C::establish(url).await?)
}

#[cfg(feature = "servers")]
async fn connect_over_tcp(
    url: &str,
) -> crate::contender::Result<diesel_async::AsyncMysqlConnection> {
    connect(&crate::workload::over_tcp(url)).await
}

#[cfg(feature = "servers")]
on!(postgres, diesel_async::AsyncPgConnection, "", super::connect);
#[cfg(feature = "servers")]
on!(mysql, diesel_async::AsyncMysqlConnection, "", super::connect_over_tcp);
#[cfg(feature = "sqlite")]
on!(sqlite, super::Sqlite, "to a thread by `spawn_blocking`", super::fill);

#[cfg(feature = "servers")]
pub(crate) mod pool {
    //! The same with its pool.

    pooled!(postgres, diesel_async::AsyncPgConnection, str::to_owned);
    pooled!(mysql, diesel_async::AsyncMysqlConnection, crate::workload::over_tcp);
}

#[cfg(feature = "sqlite")]
type Sqlite =
    diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::SqliteConnection>;

#[cfg(feature = "sqlite")]
async fn fill(url: &str) -> crate::contender::Result<Sqlite> {
    Ok(Sqlite::new(crate::diesel::fill(url)?))
}
