//! sqlx: a statement of many rows, and on PostgreSQL arrays of the columns too.

/// What is the same on each database.
macro_rules! on {
    ($database:ident, $binds:expr) => {
        pub(crate) mod $database {
            use sqlx::{AssertSqlSafe, Connection as _};

            use crate::contender::{Contender, Result};
            use crate::inserts::{ADDED, are_keys, insert_sql, keys_sql, rows};
            use crate::sqlx::$database::{Connection, open};

            pub(crate) fn plain<const ROWS: usize>(url: &str) -> Result<Vec<Contender>> {
                let open = async || Ok((open(url).await?, insert_sql($binds, ROWS)));
                let once = async |(connection, sql): &mut (Connection, String)| {
                    let mut transaction = connection.begin().await?;
                    let mut statement = sqlx::query(AssertSqlSafe(sql.as_str()));
                    for (name, hair) in rows(ROWS) {
                        statement = statement.bind(name).bind(hair);
                    }
                    statement.execute(&mut *transaction).await?;
                    Ok(transaction.commit().await?)
                };
                let sends = "BEGIN, 1 statement, COMMIT";
                Ok(vec![Contender::awaited("sqlx", sends, open, once)?])
            }

            pub(crate) fn keys(url: &str) -> Result<Vec<Contender>> {
                let open = async || Ok((open(url).await?, keys_sql($binds, ADDED)));
                let once = async |(connection, sql): &mut (Connection, String)| {
                    let mut transaction = connection.begin().await?;
                    let mut statement = sqlx::query_scalar(AssertSqlSafe(sql.as_str()));
                    for (name, hair) in rows(ADDED) {
                        statement = statement.bind(name).bind(hair);
                    }
                    let keys: Vec<i64> = statement.fetch_all(&mut *transaction).await?;
                    transaction.commit().await?;
                    are_keys(&keys)
                };
                let sends = "BEGIN, 1 statement with RETURNING, COMMIT";
                Ok(vec![Contender::awaited("sqlx", sends, open, once)?])
            }
        }
    };
}

#[cfg(feature = "servers")]
on!(postgres, crate::workload::Binds::Numbered);
#[cfg(feature = "servers")]
on!(mysql, crate::workload::Binds::Questions);
#[cfg(feature = "sqlite")]
on!(sqlite, crate::workload::Binds::Questions);

#[cfg(feature = "servers")]
pub(crate) mod arrays {
    //! On PostgreSQL, a parameter for each column.

    use sqlx::{Connection as _, PgConnection};

    use super::postgres;
    use crate::contender::{Contender, Result};
    use crate::inserts::{ADDED, are_keys, rows};
    use crate::sqlx::postgres::open;

    const INSERT: &str =
        "insert into compare_added (name, hair) select * from unnest($1::text[], $2::text[])";
    const KEYS: &str = "insert into compare_added (name, hair) \
                        select * from unnest($1::text[], $2::text[]) returning id";

    fn columns(many: usize) -> (Vec<String>, Vec<Option<String>>) {
        rows(many).into_iter().unzip()
    }

    pub(crate) fn plain<const ROWS: usize>(url: &str) -> Result<Vec<Contender>> {
        let once = async |connection: &mut PgConnection| {
            let (names, hairs) = columns(ROWS);
            let mut transaction = connection.begin().await?;
            let statement = sqlx::query(INSERT).bind(names).bind(hairs);
            statement.execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        };
        let sends = "BEGIN, 1 statement, COMMIT";
        let mut contenders = postgres::plain::<ROWS>(url)?;
        let open = async || open(url).await;
        contenders.push(Contender::awaited("sqlx, UNNEST", sends, open, once)?);
        Ok(contenders)
    }

    pub(crate) fn keys(url: &str) -> Result<Vec<Contender>> {
        let once = async |connection: &mut PgConnection| {
            let (names, hairs) = columns(ADDED);
            let mut transaction = connection.begin().await?;
            let statement = sqlx::query_scalar(KEYS).bind(names).bind(hairs);
            let keys: Vec<i64> = statement.fetch_all(&mut *transaction).await?;
            transaction.commit().await?;
            are_keys(&keys)
        };
        let sends = "BEGIN, 1 statement with RETURNING, COMMIT";
        let mut contenders = postgres::keys(url)?;
        let open = async || open(url).await;
        contenders.push(Contender::awaited("sqlx, UNNEST", sends, open, once)?);
        Ok(contenders)
    }
}
