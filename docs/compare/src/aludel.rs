//! Aludel: blocking, and under each strategy.

use std::hint::black_box;

use aludel::dbapi::IsolationLevel;
use aludel::engine::Prepared;
use aludel::{
    AsyncConnection, AsyncEngine, Auto, Connection, Engine, EngineOptions, Hosted, Local, Mapped,
    RawSql, Strategy, Threaded, bindparam, create_async_engine_on, create_engine_with, select,
};

use crate::contender::{Contender, Result};
use crate::family::Family;
use crate::inserts;
use crate::workload::{CONNECTIONS, Keys, SQLITE_KEY, THREADS, is_all, is_asked, key, tables};

pub(crate) const FAMILY: Family = Family {
    one_row,
    in_transaction,
    checked_out: in_transaction,
    many_rows,
    typed_rows: crate::typed::aludel::rows,
    inserts: inserts::aludel::INSERTS,
    tasks,
};

#[derive(Debug, Mapped)]
#[aludel(table = "compare_users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    hair: Option<String>,
}

/// What SQLite's tables say: on the other side stands a `:memory:`.
fn whose(url: &str) -> &'static str {
    if url.starts_with("sqlite") { "in a `memdb`" } else { "" }
}

/// `ALUDEL_COMPARE_HOSTS` says how many threads an engine of `Hosted` has, to see what several cost.
fn options() -> EngineOptions {
    let hosts = std::env::var("ALUDEL_COMPARE_HOSTS").ok().and_then(|given| given.parse().ok());
    EngineOptions::new().pool_size(CONNECTIONS as usize).max_overflow(0).host_threads(hosts)
}

/// SQLite's databases are made here, the servers' are there.
pub(crate) fn fill(url: &str, conn: &mut Connection) -> aludel::Result<()> {
    if url.starts_with("sqlite") {
        for statement in tables(SQLITE_KEY) {
            conn.exec_driver_sql(RawSql::new(statement), ())?;
        }
        conn.commit()?;
    }
    Ok(())
}

pub(crate) fn blocking(url: &str) -> Result<Engine> {
    let engine = create_engine_with(url, options())?;
    fill(url, &mut engine.connect()?)?;
    Ok(engine)
}

pub(crate) async fn awaiting<S: Strategy>(url: &str) -> Result<AsyncEngine<S>> {
    awaiting_with(url, options()).await
}

async fn awaiting_with<S: Strategy>(url: &str, options: EngineOptions) -> Result<AsyncEngine<S>> {
    let engine = create_async_engine_on::<S>(url, options)?;
    let filled = url.to_owned();
    engine.run_sync(move |engine| fill(&filled, &mut engine.connect()?)).await?;
    Ok(engine)
}

fn by_key(engine: &Engine) -> Result<Prepared<User>> {
    Ok(engine.prepare(&select(User::c).where_(User::c.id.eq(bindparam("id"))))?)
}

#[inline]
fn take(found: User, asked: i64) -> Result<()> {
    is_asked(found.id.get().copied().unwrap_or_default(), asked)?;
    black_box((found.name, found.hair));
    Ok(())
}

/// The drivers for blocking programs: the async one, and on the servers one that blocks itself.
pub(crate) fn blocking_urls(url: &str) -> Vec<(&'static str, String)> {
    let mut urls = vec![("Aludel, blocking", url.to_owned())];
    match url.split_once("://") {
        Some(("postgresql", rest)) => {
            urls.push(("Aludel, blocking, by `postgres`", format!("postgresql+postgres://{rest}")));
        }
        Some(("mysql", rest)) => {
            urls.push(("Aludel, blocking, by `mysql`", format!("mysql+mysql://{rest}")));
        }
        _ => {}
    }
    urls
}

fn one_row(url: &str) -> Result<Vec<Contender>> {
    let mut contenders = Vec::new();
    for (name, url) in blocking_urls(url) {
        let engine = blocking(&url)?;
        let kept = (engine.connect()?, by_key(&engine)?, Keys::default());
        contenders.push(Contender::blocking(name, whose(&url), kept, |(conn, prepared, keys)| {
            let id = keys.next();
            take(conn.execute_prepared(prepared, (id,))?.one()?, id)
        }));
    }
    let kept = (blocking(url)?.connect()?, Keys::default());
    contenders.push(Contender::blocking(
        "Aludel, blocking, ad-hoc",
        whose(url),
        kept,
        |(conn, keys)| {
            let id = keys.next();
            take(conn.execute(select(User::c).where_(User::c.id.eq(id)))?.one()?, id)
        },
    ));
    contenders.push(one_row_on::<Local>("Aludel, `Local`", url)?);
    let open = async || Ok((awaiting::<Local>(url).await?.connect().await?, Keys::default()));
    contenders.push(Contender::awaited(
        "Aludel, `Local`, ad-hoc",
        "",
        open,
        async |(conn, keys)| {
            let id = keys.next();
            let statement = select(User::c).where_(User::c.id.eq(id));
            take(conn.execute(statement).await?.one()?, id)
        },
    )?);
    contenders.push(one_row_on::<Hosted>("Aludel, `Hosted`", url)?);
    contenders.push(ten_rows_on::<Hosted>("Aludel, `Hosted`, ten in one `run_sync`, each", url)?);
    contenders.push(one_row_on::<Threaded>("Aludel, `Threaded`", url)?);
    Ok(contenders)
}

async fn connected<S: Strategy>(url: &str) -> Result<(AsyncConnection<S>, Prepared<User>, Keys)> {
    let engine = awaiting::<S>(url).await?;
    Ok((engine.connect().await?, by_key(engine.sync_engine())?, Keys::default()))
}

fn one_row_on<S: Strategy>(name: &'static str, url: &str) -> Result<Contender> {
    let open = async || connected::<S>(url).await;
    Contender::awaited(name, whose(url), open, async |(conn, prepared, keys)| {
        let id = keys.next();
        take(conn.execute_prepared(prepared, (id,)).await?.one()?, id)
    })
}

fn ten_rows_on<S: Strategy>(name: &'static str, url: &str) -> Result<Contender> {
    let open = async || connected::<S>(url).await;
    let once = async |(conn, prepared, keys): &mut (AsyncConnection<S>, Prepared<User>, Keys)| {
        let (prepared, ids) = (prepared.clone(), [(); 10].map(|()| keys.next()));
        let all = conn.run_sync(move |conn| {
            for id in ids {
                let found = conn.execute_prepared(&prepared, (id,))?.one()?;
                black_box((found.id, found.name, found.hair));
            }
            Ok(())
        });
        Ok(all.await?)
    };
    Ok(Contender::awaited(name, whose(url), open, once)?.units(10))
}

/// The server sees a transaction of one statement, whoever asks for it.
fn in_transaction(url: &str) -> Result<Vec<Contender>> {
    let engine = blocking(url)?;
    let kept = (by_key(&engine)?, engine.clone(), Keys::default());
    let blocking =
        Contender::blocking("Aludel, blocking", SENDS, kept, |(prepared, engine, keys)| {
            let id = keys.next();
            let found = engine.connect()?.execute_prepared(prepared, (id,))?.one()?;
            take(found, id)
        });
    let kept = (by_key(&engine)?, engine.clone(), Keys::default());
    let committed = Contender::blocking(
        "Aludel, blocking, committed",
        COMMITS,
        kept,
        |(prepared, engine, keys)| {
            let id = keys.next();
            let mut conn = engine.connect()?;
            take(conn.execute_prepared(prepared, (id,))?.one()?, id)?;
            Ok(conn.commit()?)
        },
    );
    Ok(vec![
        blocking,
        committed,
        pooled_on::<Local>("Aludel, `Local`", url)?,
        committed_on::<Local>("Aludel, `Local`, committed", url)?,
        pooled_on::<Hosted>("Aludel, `Hosted`", url)?,
        pooled_at_once_on::<Hosted>("Aludel, `Hosted`, in one `run_sync`", url)?,
        pooled_on::<Threaded>("Aludel, `Threaded`", url)?,
    ])
}

pub(crate) const SENDS: &str = "SELECT in a transaction, ROLLBACK not waited for";
const COMMITS: &str = "SELECT in a transaction, COMMIT";

async fn pooled<S: Strategy>(
    engine: &AsyncEngine<S>,
    prepared: &Prepared<User>,
    id: i64,
) -> Result<()> {
    let mut conn = engine.connect().await?;
    take(conn.execute_prepared(prepared, (id,)).await?.one()?, id)
}

async fn pooled_at_once<S: Strategy>(
    engine: &AsyncEngine<S>,
    prepared: &Prepared<User>,
    id: i64,
) -> Result<()> {
    let prepared = prepared.clone();
    let found =
        engine.run_sync(move |engine| engine.connect()?.execute_prepared(&prepared, (id,))?.one());
    take(found.await?, id)
}

type Ready<S> = (AsyncEngine<S>, Prepared<User>);

async fn engine_on<S: Strategy>(url: &str) -> Result<Ready<S>> {
    engine_with(url, options()).await
}

async fn engine_with<S: Strategy>(url: &str, options: EngineOptions) -> Result<Ready<S>> {
    let engine = awaiting_with::<S>(url, options).await?;
    let prepared = by_key(engine.sync_engine())?;
    Ok((engine, prepared))
}

fn pooled_on<S: Strategy>(name: &'static str, url: &str) -> Result<Contender> {
    let open = async || Ok((engine_on::<S>(url).await?, Keys::default()));
    Contender::awaited(name, SENDS, open, async |((engine, prepared), keys)| {
        pooled(engine, prepared, keys.next()).await
    })
}

fn committed_on<S: Strategy>(name: &'static str, url: &str) -> Result<Contender> {
    let open = async || Ok((engine_on::<S>(url).await?, Keys::default()));
    Contender::awaited(name, COMMITS, open, async |((engine, prepared), keys)| {
        let id = keys.next();
        let mut conn = engine.connect().await?;
        take(conn.execute_prepared(prepared, (id,)).await?.one()?, id)?;
        Ok(conn.commit().await?)
    })
}

fn pooled_at_once_on<S: Strategy>(name: &'static str, url: &str) -> Result<Contender> {
    let open = async || Ok((engine_on::<S>(url).await?, Keys::default()));
    Contender::awaited(name, SENDS, open, async |((engine, prepared), keys)| {
        pooled_at_once(engine, prepared, keys.next()).await
    })
}

fn many_rows(url: &str) -> Result<Vec<Contender>> {
    let mut contenders = Vec::new();
    for (name, url) in blocking_urls(url) {
        let conn = blocking(&url)?.connect()?;
        contenders.push(Contender::blocking(name, whose(&url), conn, |conn| {
            let found: Vec<User> = conn.execute(select(User::c))?.all()?;
            is_all(found.len())?;
            black_box(found);
            Ok(())
        }));
    }
    contenders.push(many_rows_on::<Local>("Aludel, `Local`", url)?);
    contenders.push(many_rows_on::<Hosted>("Aludel, `Hosted`", url)?);
    contenders.push(many_rows_on::<Threaded>("Aludel, `Threaded`", url)?);
    Ok(contenders)
}

fn many_rows_on<S: Strategy>(name: &'static str, url: &str) -> Result<Contender> {
    let open = async || Ok(awaiting::<S>(url).await?.connect().await?);
    Contender::awaited(name, whose(url), open, async |conn| {
        let found: Vec<User> = conn.execute(select(User::c)).await?.all()?;
        is_all(found.len())?;
        black_box(found);
        Ok(())
    })
}

fn in_autocommit(url: &str, tasks: u32) -> Result<Contender> {
    Contender::tasks(
        "Aludel, `Hosted`, AUTOCOMMIT",
        "SELECT",
        tasks,
        async || {
            engine_with::<Hosted>(url, options().isolation_level(IsolationLevel::Autocommit)).await
        },
        async |(engine, prepared): Ready<Hosted>, number| {
            pooled(&engine, &prepared, key(number)).await
        },
    )
}

fn committed(url: &str, tasks: u32) -> Result<Contender> {
    Contender::tasks(
        "Aludel, `Hosted`, committed",
        COMMITS,
        tasks,
        async || engine_on::<Hosted>(url).await,
        async |(engine, prepared): Ready<Hosted>, number| {
            let mut conn = engine.connect().await?;
            take(conn.execute_prepared(&prepared, (key(number),)).await?.one()?, key(number))?;
            Ok(conn.commit().await?)
        },
    )
}

/// Written out for each strategy: that a call is `Send` is known of each, and not of all.
fn tasks(url: &str, tasks: u32) -> Result<Vec<Contender>> {
    let hosted = Contender::tasks(
        "Aludel, `Hosted`",
        SENDS,
        tasks,
        async || engine_on::<Hosted>(url).await,
        async |(engine, prepared): Ready<Hosted>, number| {
            pooled(&engine, &prepared, key(number)).await
        },
    )?;
    let ad_hoc = Contender::tasks(
        "Aludel, `Hosted`, ad-hoc",
        SENDS,
        tasks,
        async || Ok(engine_on::<Hosted>(url).await?.0),
        async |engine: AsyncEngine<Hosted>, number| {
            let mut conn = engine.connect().await?;
            let statement = select(User::c).where_(User::c.id.eq(key(number)));
            take(conn.execute(statement).await?.one()?, key(number))
        },
    )?;
    let at_once = Contender::tasks(
        "Aludel, `Hosted`, in one `run_sync`",
        SENDS,
        tasks,
        async || engine_on::<Hosted>(url).await,
        async |(engine, prepared): Ready<Hosted>, number| {
            pooled_at_once(&engine, &prepared, key(number)).await
        },
    )?;
    let threaded = Contender::tasks(
        "Aludel, `Threaded`",
        SENDS,
        tasks,
        async || engine_on::<Threaded>(url).await,
        async |(engine, prepared): Ready<Threaded>, number| {
            pooled(&engine, &prepared, key(number)).await
        },
    )?;
    let mut contenders =
        vec![hosted, in_autocommit(url, tasks)?, committed(url, tasks)?, ad_hoc, at_once, threaded];
    if tasks <= THREADS {
        for (name, url) in blocking_urls(url) {
            let engine = blocking(&url)?;
            let kept = (by_key(&engine)?, engine);
            contenders.push(Contender::threads(
                name,
                SENDS,
                tasks,
                kept,
                |(prepared, engine), n| {
                    let found = engine.connect()?.execute_prepared(prepared, (key(n),))?.one()?;
                    take(found, key(n))
                },
            ));
        }
    }
    Ok(contenders)
}
