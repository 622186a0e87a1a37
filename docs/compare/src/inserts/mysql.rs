//! mysql_async and mysql, with statements that are prepared and held.

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Statement, TxOpts, Value};

use super::{ADDED, Fields, Inserts, MANY, are_keys, insert_sql, keys_sql, rows};
use crate::contender::{Contender, Result};
use crate::workload::{Binds, over_tcp};

pub(crate) const INSERTS: Inserts = Inserts { plain, keys, many: one::<MANY> };

type Held = (Conn, Statement);
type HeldBlocking = (mysql::Conn, mysql::Statement);

const ONE: &str = "START TRANSACTION, 1 statement, COMMIT";
const ONE_WITH_KEYS: &str = "START TRANSACTION, 1 statement with RETURNING, COMMIT";

fn values(rows: Vec<Fields>) -> Vec<Value> {
    rows.into_iter().flat_map(|(name, hair)| [name.into(), hair.into()]).collect()
}

async fn open(url: &str, sql: String) -> Result<Held> {
    let mut conn = Conn::from_url(over_tcp(url)).await?;
    let held = conn.prep(sql).await?;
    Ok((conn, held))
}

fn open_blocking(url: &str, sql: String) -> Result<HeldBlocking> {
    use mysql::prelude::Queryable;

    let mut conn = mysql::Conn::new(over_tcp(url).as_str())?;
    let held = conn.prep(sql)?;
    Ok((conn, held))
}

fn one<const ROWS: usize>(url: &str) -> Result<Vec<Contender>> {
    let once = async |(conn, held): &mut Held| {
        let values = values(rows(ROWS));
        let mut transaction = conn.start_transaction(TxOpts::default()).await?;
        transaction.exec_drop(&*held, values).await?;
        Ok(transaction.commit().await?)
    };
    let sql = insert_sql(Binds::Questions, ROWS);
    let awaited = async || open(url, sql.clone()).await;
    let awaited = Contender::awaited("mysql_async, one statement", ONE, awaited, once)?;
    let held = open_blocking(url, sql)?;
    let blocking = Contender::blocking("mysql, one statement", ONE, held, |(conn, held)| {
        use mysql::prelude::Queryable;

        let values = values(rows(ROWS));
        let mut transaction = conn.start_transaction(mysql::TxOpts::default())?;
        transaction.exec_drop(&*held, values)?;
        Ok(transaction.commit()?)
    });
    Ok(vec![awaited, blocking])
}

fn plain(url: &str) -> Result<Vec<Contender>> {
    let once = async |(conn, held): &mut Held| {
        let mut transaction = conn.start_transaction(TxOpts::default()).await?;
        transaction.exec_batch(&*held, rows(ADDED)).await?;
        Ok(transaction.commit().await?)
    };
    let (name, sends) = ("mysql_async, `exec_batch`", "START TRANSACTION, 100 statements, COMMIT");
    let open = async || open(url, insert_sql(Binds::Questions, 1)).await;
    let each = Contender::awaited(name, sends, open, once)?;
    let mut contenders = one::<ADDED>(url)?;
    contenders.push(each);
    Ok(contenders)
}

fn keys(url: &str) -> Result<Vec<Contender>> {
    let once = async |(conn, held): &mut Held| {
        let values = values(rows(ADDED));
        let mut transaction = conn.start_transaction(TxOpts::default()).await?;
        let keys: Vec<i64> = transaction.exec(&*held, values).await?;
        transaction.commit().await?;
        are_keys(&keys)
    };
    let sql = keys_sql(Binds::Questions, ADDED);
    let awaited = async || open(url, sql.clone()).await;
    let name = "mysql_async, one statement";
    let awaited = Contender::awaited(name, ONE_WITH_KEYS, awaited, once)?;
    let (name, held) = ("mysql, one statement", open_blocking(url, sql)?);
    let blocking = Contender::blocking(name, ONE_WITH_KEYS, held, |(conn, held)| {
        use mysql::prelude::Queryable;

        let values = values(rows(ADDED));
        let mut transaction = conn.start_transaction(mysql::TxOpts::default())?;
        let keys: Vec<i64> = transaction.exec(&*held, values)?;
        transaction.commit()?;
        are_keys(&keys)
    });
    Ok(vec![awaited, blocking])
}
