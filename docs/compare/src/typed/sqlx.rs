//! sqlx.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::Values;

/// A row of a database that has all of the types.
#[cfg(feature = "servers")]
#[derive(Debug, sqlx::FromRow)]
struct Typed {
    id: i64,
    written: DateTime<Utc>,
    token: Uuid,
    price: Decimal,
    payload: Value,
}

/// A row of a database whose UUID is text.
#[cfg(feature = "servers")]
#[derive(Debug, sqlx::FromRow)]
struct TextToken {
    id: i64,
    written: DateTime<Utc>,
    #[sqlx(try_from = "uuid::fmt::Hyphenated")]
    token: Uuid,
    price: Decimal,
    payload: Value,
}

/// A row of a database whose UUID and decimal are text. sqlx has no decimal for SQLite.
#[cfg(feature = "sqlite")]
#[derive(Debug)]
struct TextPrice {
    id: i64,
    written: DateTime<Utc>,
    token: Uuid,
    price: Decimal,
    payload: Value,
}

#[cfg(feature = "sqlite")]
impl<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> for TextPrice {
    fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        use sqlx::Row as _;

        let token: uuid::fmt::Hyphenated = row.try_get("token")?;
        let price: &str = row.try_get("price")?;
        let price = price.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let token = token.into_uuid();
        let (written, payload) = (row.try_get("written")?, row.try_get("payload")?);
        Ok(Self { id: row.try_get("id")?, written, token, price, payload })
    }
}

/// What is the same on each database.
macro_rules! on {
    ($database:ident, $Connection:ty, $Row:ident, $sends:literal, $open:expr) => {
        impl $Row {
            fn values(self) -> Values {
                (self.id, self.written, self.token, self.price, self.payload)
            }
        }

        pub(crate) mod $database {
            use std::hint::black_box;

            use sqlx::Executor as _;

            use super::$Row;
            use crate::contender::{Contender, Result};
            use crate::typed::{ALL, is_row};
            use crate::workload::is_all;

            pub(crate) fn rows(url: &str) -> Result<Vec<Contender>> {
                let open = async || {
                    let mut connection: $Connection = $open(url).await?;
                    connection.execute("begin").await?;
                    let found: Vec<$Row> = sqlx::query_as(ALL).fetch_all(&mut connection).await?;
                    let found = found.into_iter().find(|row| row.id == 77).ok_or("no row 77")?;
                    is_row(77, &found.values())?;
                    Ok(connection)
                };
                let once = async |connection: &mut $Connection| {
                    let found: Vec<$Row> = sqlx::query_as(ALL).fetch_all(connection).await?;
                    is_all(found.len())?;
                    black_box(found);
                    Ok(())
                };
                Ok(vec![Contender::awaited("sqlx", $sends, open, once)?])
            }
        }
    };
}

#[cfg(feature = "servers")]
async fn connect<C: sqlx::Connection>(url: &str) -> crate::contender::Result<C> {
    Ok(C::connect(url).await?)
}

#[cfg(feature = "servers")]
on!(postgres, sqlx::PgConnection, Typed, "", super::connect);
#[cfg(feature = "servers")]
on!(mysql, sqlx::MySqlConnection, TextToken, "", super::connect);
#[cfg(feature = "sqlite")]
on!(sqlite, sqlx::SqliteConnection, TextPrice, "to a thread of its own", super::fill);

/// A database of its own, in memory.
#[cfg(feature = "sqlite")]
async fn fill(_: &str) -> crate::contender::Result<sqlx::SqliteConnection> {
    use sqlx::Connection;

    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
    let statements = super::tables(super::SQLITE).join(";");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await?;
    Ok(connection)
}
