//! mysql_async and mysql, alone and with their pools.

use std::hint::black_box;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts, TxOpts};

use crate::contender::{Contender, Result};
use crate::family::{Family, none};
use crate::inserts;
use crate::typed;
use crate::workload::{
    ALL, Binds, CONNECTIONS, Keys, User, by_key, is_all, is_asked, key, over_tcp, tables,
};

pub(crate) const FAMILY: Family = Family {
    one_row,
    in_transaction,
    checked_out,
    many_rows,
    typed_rows: none,
    inserts: inserts::mysql::INSERTS,
    tasks,
};

type Fields = (i64, String, Option<String>);

/// Makes and fills the tables, and returns what empties the one that is inserted into. It also
/// sees to it that nobody has taken the server's socket, which is quicker than TCP.
pub(crate) fn prepare(url: &str) -> Result<impl FnMut() -> Result<()> + use<>> {
    use mysql::prelude::Queryable;

    let mut conn = mysql::Conn::new(over_tcp(url).as_str())?;
    let typed = typed::tables(typed::MYSQL);
    for statement in tables("bigint auto_increment primary key").iter().chain(&typed) {
        conn.query_drop(statement)?;
    }
    conn.query_drop("analyze table compare_users, compare_typed")?;
    Ok(move || {
        let by_socket: Option<u32> = conn.query_first(
            "select count(*) from information_schema.processlist \
             where db = database() and host not like '%:%'",
        )?;
        if by_socket != Some(0) {
            return Err("a session is not over TCP".into());
        }
        Ok(conn.query_drop("truncate compare_added")?)
    })
}

fn user((id, name, hair): Fields) -> User {
    User { id, name, hair }
}

fn take(found: Option<Fields>, asked: i64) -> Result<()> {
    let found = user(found.ok_or("no row")?);
    is_asked(found.id, asked)?;
    black_box((found.name, found.hair));
    Ok(())
}

async fn pool(url: &str, reset: bool) -> Result<Pool> {
    let size = CONNECTIONS as usize;
    let constraints = PoolConstraints::new(size, size).expect("not more at least than at most");
    let options = PoolOpts::new().with_constraints(constraints).with_reset_connection(reset);
    Ok(Pool::new(OptsBuilder::from_opts(Opts::from_url(&over_tcp(url))?).pool_opts(options)))
}

fn one_row(url: &str) -> Result<Vec<Contender>> {
    use mysql::prelude::Queryable;

    let open = async || {
        let mut conn = Conn::from_url(over_tcp(url)).await?;
        let held = conn.prep(by_key(Binds::Questions)).await?;
        conn.query_drop("begin").await?;
        Ok((conn, held, Keys::default()))
    };
    let awaited = Contender::awaited("mysql_async", "", open, async |(conn, held, keys)| {
        let id = keys.next();
        take(conn.exec_first(&*held, (id,)).await?, id)
    })?;
    let mut conn = mysql::Conn::new(over_tcp(url).as_str())?;
    let held = conn.prep(by_key(Binds::Questions))?;
    conn.query_drop("begin")?;
    let kept = (conn, held, Keys::default());
    let blocking = Contender::blocking("mysql", "", kept, |(conn, held, keys)| {
        let id = keys.next();
        take(conn.exec_first(&*held, (id,))?, id)
    });
    Ok(vec![awaited, blocking])
}

const COMMITS: &str = "START TRANSACTION, SELECT, COMMIT";

/// Checkout, SELECT in a transaction, return.
async fn committed(pool: &Pool, id: i64) -> Result<()> {
    let mut transaction = pool.start_transaction(TxOpts::default()).await?;
    let found = transaction.exec_first(by_key(Binds::Questions), (id,)).await?;
    transaction.commit().await?;
    take(found, id)
}

fn in_transaction(url: &str) -> Result<Vec<Contender>> {
    let open = async |reset| Ok((pool(url, reset).await?, Keys::default()));
    let once = async |(pool, keys): &mut (Pool, Keys)| committed(pool, keys.next()).await;
    let name = "mysql_async, pool without reset";
    let quick = Contender::awaited(name, COMMITS, async || open(false).await, once)?;
    let (name, sends) =
        ("mysql_async, default pool", "START TRANSACTION, prepare, SELECT, COMMIT, reset");
    let default = Contender::awaited(name, sends, async || open(true).await, once)?;
    Ok(vec![quick, default])
}

/// Checkout, SELECT, return.
async fn pooled(pool: &Pool, id: i64) -> Result<()> {
    let mut conn = pool.get_conn().await?;
    take(conn.exec_first(by_key(Binds::Questions), (id,)).await?, id)
}

fn checked_out(url: &str) -> Result<Vec<Contender>> {
    let open = async |reset| Ok((pool(url, reset).await?, Keys::default()));
    let once = async |(pool, keys): &mut (Pool, Keys)| pooled(pool, keys.next()).await;
    let name = "mysql_async, pool without reset";
    let quick = Contender::awaited(name, "SELECT", async || open(false).await, once)?;
    let (name, sends) = ("mysql_async, default pool", "prepare, SELECT, reset");
    let default = Contender::awaited(name, sends, async || open(true).await, once)?;
    Ok(vec![quick, default])
}

fn many_rows(url: &str) -> Result<Vec<Contender>> {
    use mysql::prelude::Queryable;

    let open = async || {
        let mut conn = Conn::from_url(over_tcp(url)).await?;
        let held = conn.prep(ALL).await?;
        conn.query_drop("begin").await?;
        Ok((conn, held))
    };
    let awaited = Contender::awaited("mysql_async", "", open, async |(conn, held)| {
        let found: Vec<User> = conn.exec_map(&*held, (), user).await?;
        is_all(found.len())?;
        black_box(found);
        Ok(())
    })?;
    let mut conn = mysql::Conn::new(over_tcp(url).as_str())?;
    let held = conn.prep(ALL)?;
    conn.query_drop("begin")?;
    let blocking = Contender::blocking("mysql", "", (conn, held), |(conn, held)| {
        let found: Vec<User> = conn.exec_map(&*held, (), user)?;
        is_all(found.len())?;
        black_box(found);
        Ok(())
    });
    Ok(vec![awaited, blocking])
}

fn tasks(url: &str, tasks: u32) -> Result<Vec<Contender>> {
    let once = async |pool: Pool, number| pooled(&pool, key(number)).await;
    let name = "mysql_async, pool without reset";
    let quick = Contender::tasks(name, "SELECT", tasks, async || pool(url, false).await, once)?;
    let (name, sends) = ("mysql_async, default pool", "prepare, SELECT, reset");
    let default = Contender::tasks(name, sends, tasks, async || pool(url, true).await, once)?;
    let once = async |pool: Pool, number| committed(&pool, key(number)).await;
    let name = "mysql_async, pool without reset, in a transaction";
    let whole = Contender::tasks(name, COMMITS, tasks, async || pool(url, false).await, once)?;
    Ok(vec![quick, default, whole])
}
