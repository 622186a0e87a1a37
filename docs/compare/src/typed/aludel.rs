//! Aludel, blocking and awaited in place.

use std::hint::black_box;

use aludel::{
    Auto, Connection, EngineOptions, Local, Mapped, RawSql, create_async_engine_on, create_engine,
    select,
};

use super::{SQLITE, Values, is_row, tables};
use crate::contender::{Contender, Result};
use crate::workload::is_all;

/// The types of the crates.
#[derive(Debug, Clone, Mapped)]
#[aludel(table = "compare_typed")]
struct Typed {
    #[aludel(primary_key)]
    id: Auto<i64>,
    written: chrono::DateTime<chrono::Utc>,
    token: uuid::Uuid,
    price: rust_decimal::Decimal,
    payload: serde_json::Value,
}

impl Typed {
    fn values(self) -> Values {
        let id = self.id.get().copied().unwrap_or_default();
        (id, self.written, self.token, self.price, self.payload)
    }
}

fn fill(url: &str, conn: &mut Connection) -> aludel::Result<()> {
    if url.starts_with("sqlite") {
        for statement in tables(SQLITE) {
            conn.exec_driver_sql(RawSql::new(statement), ())?;
        }
        conn.commit()?;
    }
    Ok(())
}

fn taken(found: Vec<Typed>) -> Result<()> {
    is_all(found.len())?;
    black_box(found);
    Ok(())
}

fn checked(conn: &mut Connection) -> aludel::Result<Values> {
    Ok(conn.execute(select(Typed::c).where_(Typed::c.id.eq(77)))?.one()?.values())
}

pub(crate) fn rows(url: &str) -> Result<Vec<Contender>> {
    let mut urls = vec![("Aludel, blocking", url.to_owned())];
    if let Some(rest) = url.strip_prefix("mysql://") {
        urls.push(("Aludel, blocking, by `mysql`", format!("mysql+mysql://{rest}")));
    }
    let mut contenders = Vec::new();
    for (name, url) in urls {
        let mut conn = create_engine(url.as_str())?.connect()?;
        fill(&url, &mut conn)?;
        is_row(77, &checked(&mut conn)?)?;
        contenders.push(Contender::blocking(name, "", conn, |conn| {
            taken(conn.execute(select(Typed::c))?.all()?)
        }));
    }
    let open = async || {
        let engine = create_async_engine_on::<Local>(url, EngineOptions::new())?;
        let mut conn = engine.connect().await?;
        let filled = url.to_owned();
        conn.run_sync(move |conn| fill(&filled, conn)).await?;
        Ok(conn)
    };
    contenders.push(Contender::awaited("Aludel, `Local`", "", open, async |conn| {
        taken(conn.execute(select(Typed::c)).await?.all()?)
    })?);
    Ok(contenders)
}
