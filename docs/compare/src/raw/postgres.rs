//! tokio-postgres, alone and behind deadpool, and postgres, its blocking form.

use std::hint::black_box;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use futures::TryStreamExt;
use tokio_postgres::{Client, NoTls, Row};

use crate::contender::{Contender, Result};
use crate::family::{Family, none};
use crate::inserts;
use crate::typed;
use crate::workload::{ALL, Binds, CONNECTIONS, Keys, User, by_key, is_all, is_asked, key, tables};

pub(crate) const FAMILY: Family = Family {
    one_row,
    in_transaction,
    checked_out,
    many_rows,
    typed_rows: none,
    inserts: inserts::postgres::INSERTS,
    tasks,
};

/// Makes and fills the tables, and returns what empties the one that is inserted into.
pub(crate) fn prepare(url: &str) -> Result<impl FnMut() -> Result<()> + use<>> {
    let mut client = postgres::Client::connect(url, NoTls)?;
    let typed = typed::tables(typed::POSTGRES);
    for statement in tables("bigserial primary key").iter().chain(&typed) {
        client.batch_execute(statement)?;
    }
    client.batch_execute("analyze compare_users, compare_typed")?;
    Ok(move || Ok(client.batch_execute("truncate compare_added")?))
}

fn user(row: &Row) -> User {
    User { id: row.get(0), name: row.get(1), hair: row.get(2) }
}

pub(crate) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn pool(url: &str) -> Result<Pool> {
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(url.parse()?, NoTls, config);
    Ok(Pool::builder(manager).max_size(CONNECTIONS as usize).build()?)
}

fn one_row(url: &str) -> Result<Vec<Contender>> {
    let open = async || {
        let client = connect(url).await?;
        let held = client.prepare(by_key(Binds::Numbered)).await?;
        client.batch_execute("begin").await?;
        Ok((client, held, Keys::default()))
    };
    let awaited = Contender::awaited("tokio-postgres", "", open, async |(client, held, keys)| {
        let id = keys.next();
        let found = user(&client.query_one(held, &[&id]).await?);
        is_asked(found.id, id)?;
        black_box((found.name, found.hair));
        Ok(())
    })?;
    let mut client = postgres::Client::connect(url, NoTls)?;
    let held = client.prepare(by_key(Binds::Numbered))?;
    client.batch_execute("begin")?;
    let kept = (client, held, Keys::default());
    let blocking = Contender::blocking("postgres", "", kept, |(client, held, keys)| {
        let id = keys.next();
        let found = user(&client.query_one(held, &[&id])?);
        is_asked(found.id, id)?;
        black_box((found.name, found.hair));
        Ok(())
    });
    Ok(vec![awaited, blocking])
}

const COMMITS: &str = "BEGIN, SELECT, COMMIT";

/// Checkout, SELECT in a transaction, return.
async fn committed(pool: &Pool, id: i64) -> Result<()> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let held = transaction.prepare_cached(by_key(Binds::Numbered)).await?;
    let found = user(&transaction.query_one(&held, &[&id]).await?);
    transaction.commit().await?;
    is_asked(found.id, id)?;
    black_box((found.name, found.hair));
    Ok(())
}

fn in_transaction(url: &str) -> Result<Vec<Contender>> {
    let open = async || Ok((pool(url)?, Keys::default()));
    let once = async |(pool, keys): &mut (Pool, Keys)| committed(pool, keys.next()).await;
    Ok(vec![Contender::awaited("tokio-postgres, deadpool", COMMITS, open, once)?])
}

/// Checkout, SELECT, return.
async fn pooled(pool: &Pool, id: i64) -> Result<()> {
    let client = pool.get().await?;
    let held = client.prepare_cached(by_key(Binds::Numbered)).await?;
    let found = user(&client.query_one(&held, &[&id]).await?);
    is_asked(found.id, id)?;
    black_box((found.name, found.hair));
    Ok(())
}

fn checked_out(url: &str) -> Result<Vec<Contender>> {
    let open = async || Ok((pool(url)?, Keys::default()));
    let once = async |(pool, keys): &mut (Pool, Keys)| pooled(pool, keys.next()).await;
    Ok(vec![Contender::awaited("tokio-postgres, deadpool", "SELECT", open, once)?])
}

fn many_rows(url: &str) -> Result<Vec<Contender>> {
    let open = async || {
        let client = connect(url).await?;
        let held = client.prepare(ALL).await?;
        client.batch_execute("begin").await?;
        Ok((client, held))
    };
    let streamed =
        Contender::awaited("tokio-postgres, `query_raw`", "", open, async |(client, held)| {
            let none: [i64; 0] = [];
            let rows = client.query_raw(held, none).await?;
            let found: Vec<User> = rows.map_ok(|row| user(&row)).try_collect().await?;
            is_all(found.len())?;
            black_box(found);
            Ok(())
        })?;
    let collected =
        Contender::awaited("tokio-postgres, `query`", "", open, async |(client, held)| {
            let rows = client.query(held, &[]).await?;
            let found: Vec<User> = rows.iter().map(user).collect();
            is_all(found.len())?;
            black_box(found);
            Ok(())
        })?;
    let mut client = postgres::Client::connect(url, NoTls)?;
    let held = client.prepare(ALL)?;
    client.batch_execute("begin")?;
    let blocking = Contender::blocking("postgres", "", (client, held), |(client, held)| {
        let found: Vec<User> = client.query(held, &[])?.iter().map(user).collect();
        is_all(found.len())?;
        black_box(found);
        Ok(())
    });
    Ok(vec![streamed, collected, blocking])
}

fn tasks(url: &str, tasks: u32) -> Result<Vec<Contender>> {
    let once = async |pool: Pool, number| pooled(&pool, key(number)).await;
    let name = "tokio-postgres, deadpool";
    let plain = Contender::tasks(name, "SELECT", tasks, async || pool(url), once)?;
    let once = async |pool: Pool, number| committed(&pool, key(number)).await;
    let name = "tokio-postgres, deadpool, in a transaction";
    Ok(vec![plain, Contender::tasks(name, COMMITS, tasks, async || pool(url), once)?])
}
