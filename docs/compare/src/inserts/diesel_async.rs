//! diesel-async.

/// What is the same on each database.
macro_rules! on {
    ($database:ident, |$connection:ident| $insert:expr) => {
        pub(crate) mod $database {
            use diesel_async::TransactionManager;

            use crate::contender::{Contender, Result};
            use crate::diesel::compare_added;
            use crate::diesel_async::$database::{Connection, Transactions, open};
            use crate::inserts::diesel::added;

            pub(crate) fn plain<const ROWS: usize>(url: &str) -> Result<Vec<Contender>> {
                let sends = "BEGIN, 1 statement, COMMIT";
                let once = async |$connection: &mut Connection| {
                    Transactions::begin_transaction($connection).await?;
                    $insert.await?;
                    Ok(Transactions::commit_transaction($connection).await?)
                };
                Ok(vec![Contender::awaited("diesel-async", sends, async || open(url).await, once)?])
            }
        }
    };
}

#[cfg(feature = "servers")]
on!(postgres, |connection| {
    let statement = diesel::insert_into(compare_added::table).values(added::<ROWS>());
    diesel_async::RunQueryDsl::execute(statement, connection)
});
#[cfg(feature = "servers")]
on!(mysql, |connection| {
    let statement = diesel::insert_into(compare_added::table).values(added::<ROWS>());
    diesel_async::RunQueryDsl::execute(statement, connection)
});
// On SQLite diesel-async has no statement of many rows; diesel has, on the thread.
#[cfg(feature = "sqlite")]
on!(sqlite, |connection| {
    connection.spawn_blocking(|connection| {
        let statement = diesel::insert_into(compare_added::table).values(added::<ROWS>());
        diesel::RunQueryDsl::execute(statement, connection)
    })
});

/// On PostgreSQL, which diesel-async asks for keys.
#[cfg(feature = "servers")]
pub(crate) fn postgres_keys(
    url: &str,
) -> crate::contender::Result<Vec<crate::contender::Contender>> {
    use diesel_async::{RunQueryDsl, TransactionManager};

    use crate::diesel::compare_added;
    use crate::diesel_async::postgres::{Connection, Transactions, open};
    use crate::inserts::{ADDED, are_keys, diesel::added};

    let sends = "BEGIN, 1 statement with RETURNING, COMMIT";
    let once = async |connection: &mut Connection| {
        Transactions::begin_transaction(connection).await?;
        let statement = diesel::insert_into(compare_added::table).values(added::<ADDED>());
        let statement = statement.returning(compare_added::id);
        let keys: Vec<i64> = statement.get_results(connection).await?;
        Transactions::commit_transaction(connection).await?;
        are_keys(&keys)
    };
    let open = async || open(url).await;
    Ok(vec![crate::contender::Contender::awaited("diesel-async", sends, open, once)?])
}
