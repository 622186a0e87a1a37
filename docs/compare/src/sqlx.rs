//! sqlx, and its pool.

#[derive(Debug, sqlx::FromRow)]
struct User {
    id: i64,
    name: String,
    hair: Option<String>,
}

/// What is the same on each database.
macro_rules! on {
    ($database:ident, $Connection:ty, $binds:expr, $sends:literal, $open:expr) => {
        pub(crate) mod $database {
            use std::hint::black_box;

            use sqlx::Executor as _;

            use super::User;
            use crate::contender::{Contender, Result};
            use crate::workload::{ALL, Keys, by_key, is_all, is_asked};

            pub(crate) type Connection = $Connection;

            pub(crate) async fn open(url: &str) -> Result<$Connection> {
                $open(url).await
            }

            pub(crate) async fn select(connection: &mut $Connection, id: i64) -> Result<()> {
                let statement = sqlx::query_as(by_key($binds)).bind(id);
                let found: User = statement.fetch_one(connection).await?;
                is_asked(found.id, id)?;
                black_box((found.name, found.hair));
                Ok(())
            }

            pub(crate) fn one_row(url: &str) -> Result<Vec<Contender>> {
                let open = async || {
                    let mut connection = open(url).await?;
                    connection.execute("begin").await?;
                    Ok((connection, Keys::default()))
                };
                let once = async |(connection, keys): &mut ($Connection, Keys)| {
                    select(connection, keys.next()).await
                };
                Ok(vec![Contender::awaited("sqlx", $sends, open, once)?])
            }

            pub(crate) fn many_rows(url: &str) -> Result<Vec<Contender>> {
                let open = async || {
                    let mut connection = open(url).await?;
                    connection.execute("begin").await?;
                    Ok(connection)
                };
                let once = async |connection: &mut $Connection| {
                    let found: Vec<User> = sqlx::query_as(ALL).fetch_all(connection).await?;
                    is_all(found.len())?;
                    black_box(found);
                    Ok(())
                };
                Ok(vec![Contender::awaited("sqlx", $sends, open, once)?])
            }
        }
    };
}

/// The pool, which SQLite is not compared with.
#[cfg(feature = "servers")]
macro_rules! pooled {
    ($database:ident, $Database:ty) => {
        pub(crate) mod $database {
            use sqlx::pool::{Pool, PoolOptions};

            use crate::contender::{Contender, Result};
            use crate::sqlx::$database::select;
            use crate::workload::{CONNECTIONS, Keys, key};

            type Connections = Pool<$Database>;

            async fn pool(url: &str, test: bool) -> Result<Connections> {
                let options = PoolOptions::new().max_connections(CONNECTIONS);
                Ok(options.test_before_acquire(test).connect(url).await?)
            }

            pub(crate) fn in_transaction(url: &str) -> Result<Vec<Contender>> {
                let open = async |test| Ok((pool(url, test).await?, Keys::default()));
                let once = async |(pool, keys): &mut (Connections, Keys)| {
                    let mut transaction = pool.begin().await?;
                    select(&mut *transaction, keys.next()).await?;
                    Ok(transaction.commit().await?)
                };
                let (name, sends) = ("sqlx, pool without test", "BEGIN, SELECT, COMMIT, ping");
                let quick = Contender::awaited(name, sends, async || open(false).await, once)?;
                let (name, sends) = ("sqlx, pool", "ping, BEGIN, SELECT, COMMIT, ping");
                Ok(vec![quick, Contender::awaited(name, sends, async || open(true).await, once)?])
            }

            pub(crate) fn checked_out(url: &str) -> Result<Vec<Contender>> {
                let open = async |test| Ok((pool(url, test).await?, Keys::default()));
                let once = async |(pool, keys): &mut (Connections, Keys)| {
                    select(&mut *pool.acquire().await?, keys.next()).await
                };
                let (name, sends) = ("sqlx, pool without test", "SELECT, ping");
                let quick = Contender::awaited(name, sends, async || open(false).await, once)?;
                let (name, sends) = ("sqlx, pool", "ping, SELECT, ping");
                Ok(vec![quick, Contender::awaited(name, sends, async || open(true).await, once)?])
            }

            pub(crate) fn tasks(url: &str, tasks: u32) -> Result<Vec<Contender>> {
                let once = async |pool: Connections, number| {
                    select(&mut *pool.acquire().await?, key(number)).await
                };
                let (name, sends) = ("sqlx, pool without test", "SELECT, ping");
                let quick = async || pool(url, false).await;
                let quick = Contender::tasks(name, sends, tasks, quick, once)?;
                let (name, sends) = ("sqlx, pool", "ping, SELECT, ping");
                let tested = async || pool(url, true).await;
                Ok(vec![quick, Contender::tasks(name, sends, tasks, tested, once)?])
            }
        }
    };
}

#[cfg(feature = "servers")]
async fn connect<C: sqlx::Connection>(url: &str) -> crate::contender::Result<C> {
    Ok(C::connect(url).await?)
}

#[cfg(feature = "servers")]
on!(postgres, sqlx::PgConnection, crate::workload::Binds::Numbered, "", super::connect);
#[cfg(feature = "servers")]
on!(mysql, sqlx::MySqlConnection, crate::workload::Binds::Questions, "", super::connect);
#[cfg(feature = "sqlite")]
on!(
    sqlite,
    sqlx::SqliteConnection,
    crate::workload::Binds::Questions,
    "to a thread of its own",
    super::fill
);

#[cfg(feature = "servers")]
pub(crate) mod pool {
    //! The same with its pool.

    pooled!(postgres, sqlx::Postgres);
    pooled!(mysql, sqlx::MySql);
}

/// A database of its own, in memory.
#[cfg(feature = "sqlite")]
async fn fill(_: &str) -> crate::contender::Result<sqlx::SqliteConnection> {
    use sqlx::Connection;

    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
    let statements = crate::workload::tables(crate::workload::SQLITE_KEY).join(";");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await?;
    Ok(connection)
}
