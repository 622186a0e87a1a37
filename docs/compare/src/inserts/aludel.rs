//! Aludel: as the program would write it, and as one text by `exec_driver_sql`.

use aludel::{
    AsyncConnection, Auto, Connection, Local, Mapped, Params, RawSql, Value, insert, params,
};

use super::{ADDED, Fields, Inserts, MANY, are_keys, insert_sql, rows};
use crate::aludel::{awaiting, blocking, blocking_urls};
use crate::contender::{Contender, Result};
use crate::workload::Binds;

pub(crate) const INSERTS: Inserts = Inserts { plain: plain::<ADDED>, keys, many: plain::<MANY> };

#[allow(dead_code, reason = "only its columns are named")]
#[derive(Debug, Mapped)]
#[aludel(table = "compare_added")]
struct Added {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    hair: Option<String>,
}

const SENDS: &str = "1 statement, COMMIT";

fn sets(many: usize) -> impl Iterator<Item = Params> {
    rows(many).into_iter().map(|(name, hair)| params! { name: name, hair: hair })
}

fn plain<const ROWS: usize>(url: &str) -> Result<Vec<Contender>> {
    let mut contenders = Vec::new();
    for (name, url) in blocking_urls(url) {
        let conn = blocking(&url)?.connect()?;
        contenders
            .push(Contender::blocking(name, SENDS, conn, |conn| Ok(insert_rows(conn, ROWS)?)));
    }
    let open = async || Ok(awaiting::<Local>(url).await?.connect().await?);
    let once = async |conn: &mut AsyncConnection<Local>| {
        conn.execute_many(insert::<Added>(), sets(ROWS)).await?;
        Ok(conn.commit().await?)
    };
    contenders.push(Contender::awaited("Aludel, `Local`", SENDS, open, once)?);
    let binds = if url.starts_with("postgres") { Binds::Numbered } else { Binds::Questions };
    let kept = (blocking(url)?.connect()?, RawSql::new(insert_sql(binds, ROWS)));
    let name = "Aludel, blocking, `exec_driver_sql`";
    contenders.push(Contender::blocking(name, SENDS, kept, |(conn, sql)| {
        let values = |(name, hair): Fields| [Value::from(name), hair.into()];
        let values: Vec<Value> = rows(ROWS).into_iter().flat_map(values).collect();
        conn.exec_driver_sql(sql.clone(), values)?;
        Ok(conn.commit()?)
    }));
    Ok(contenders)
}

fn insert_rows(conn: &mut Connection, many: usize) -> aludel::Result<()> {
    conn.execute_many(insert::<Added>(), sets(many))?;
    conn.commit()
}

fn keys(url: &str) -> Result<Vec<Contender>> {
    let sends = "1 statement with RETURNING, COMMIT";
    let mut contenders = Vec::new();
    for (name, url) in blocking_urls(url) {
        let conn = blocking(&url)?.connect()?;
        contenders.push(Contender::blocking(name, sends, conn, |conn| {
            let statement = insert::<Added>().returning(Added::c.id);
            let keys: Vec<i64> = conn.execute_many(statement, sets(ADDED))?.scalars()?;
            conn.commit()?;
            are_keys(&keys)
        }));
    }
    let open = async || Ok(awaiting::<Local>(url).await?.connect().await?);
    let once = async |conn: &mut AsyncConnection<Local>| {
        let statement = insert::<Added>().returning(Added::c.id);
        let keys: Vec<i64> = conn.execute_many(statement, sets(ADDED)).await?.scalars()?;
        conn.commit().await?;
        are_keys(&keys)
    };
    contenders.push(Contender::awaited("Aludel, `Local`", sends, open, once)?);
    Ok(contenders)
}
