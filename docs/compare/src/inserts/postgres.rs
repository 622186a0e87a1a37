//! tokio-postgres, with a statement that is prepared and held.

use futures::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::{ADDED, Fields, Inserts, MANY, are_keys, insert_sql, keys_sql, rows};
use crate::contender::{Contender, Result};
use crate::raw::postgres::connect;
use crate::workload::Binds;

pub(crate) const INSERTS: Inserts = Inserts { plain, keys, many: one::<MANY> };

type Held = (Client, Statement);

fn values(rows: &[Fields]) -> Vec<&(dyn ToSql + Sync)> {
    rows.iter().flat_map(|(name, hair)| [name as &(dyn ToSql + Sync), hair as _]).collect()
}

async fn open(url: &str, sql: &str) -> Result<Held> {
    let client = connect(url).await?;
    let held = client.prepare(sql).await?;
    Ok((client, held))
}

fn one<const ROWS: usize>(url: &str) -> Result<Vec<Contender>> {
    let once = async |(client, held): &mut Held| {
        let rows = rows(ROWS);
        let transaction = client.transaction().await?;
        transaction.execute(&*held, &values(&rows)).await?;
        Ok(transaction.commit().await?)
    };
    let open = async || open(url, &insert_sql(Binds::Numbered, ROWS)).await;
    let (name, sends) = ("tokio-postgres, one statement", "BEGIN, 1 statement, COMMIT");
    Ok(vec![Contender::awaited(name, sends, open, once)?])
}

fn plain(url: &str) -> Result<Vec<Contender>> {
    let mut contenders = one::<ADDED>(url)?;
    let once = async |(client, held): &mut Held| {
        let rows = rows(ADDED);
        let (transaction, held) = (client.transaction().await?, &*held);
        let each = rows.iter().map(|(name, hair)| {
            let transaction = &transaction;
            async move { transaction.execute(held, &[name, hair]).await }
        });
        try_join_all(each).await?;
        Ok(transaction.commit().await?)
    };
    let open = async || open(url, &insert_sql(Binds::Numbered, 1)).await;
    let sends = "BEGIN, 100 statements without waiting, COMMIT";
    contenders.push(Contender::awaited("tokio-postgres, pipelined", sends, open, once)?);
    Ok(contenders)
}

fn keys(url: &str) -> Result<Vec<Contender>> {
    let once = async |(client, held): &mut Held| {
        let rows = rows(ADDED);
        let transaction = client.transaction().await?;
        let given = transaction.query(&*held, &values(&rows)).await?;
        transaction.commit().await?;
        let keys: Vec<i64> = given.iter().map(|row| row.get(0)).collect();
        are_keys(&keys)
    };
    let open = async || open(url, &keys_sql(Binds::Numbered, ADDED)).await;
    let sends = "BEGIN, 1 statement with RETURNING, COMMIT";
    Ok(vec![Contender::awaited("tokio-postgres, one statement", sends, open, once)?])
}
