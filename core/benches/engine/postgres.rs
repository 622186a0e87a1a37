//! PostgreSQL, beside tokio-postgres on a current-thread runtime.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Instant;

use aludel::{
    AsyncConnection, AsyncEngine, EngineOptions, Hosted, Local, MetaData, Strategy, bindparam,
    create_async_engine_on, create_engine, insert, params, select,
};
use tokio::runtime::Runtime;

use crate::rounds::Table;
use crate::{Plain, ROWS, User, blocking};

pub(crate) type Typed = (String, Option<String>);
pub(crate) const BY_KEY: &str = "select name, hair from bench_users where id = $1";

pub(crate) fn by_key() -> impl aludel::sql::Executable<Row = Typed> {
    select((User::c.name, User::c.hair)).where_(User::c.id.eq(bindparam("id")))
}

pub(crate) struct Raw {
    pub(crate) client: tokio_postgres::Client,
    pub(crate) by_key: tokio_postgres::Statement,
    pub(crate) all: tokio_postgres::Statement,
}

async fn raw(url: &str) -> Raw {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let types = [tokio_postgres::types::Type::INT8];
    let by_key = client.prepare_typed(BY_KEY, &types).await.unwrap();
    let all = client.prepare("select id, name, hair from bench_users").await.unwrap();
    Raw { client, by_key, all }
}

pub(crate) fn run(url: &str, quick: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let engine = create_engine(url).unwrap();
    engine
        .begin(|conn| {
            let metadata = MetaData::new().with::<User>();
            metadata.drop_all(conn)?;
            metadata.create_all(conn)?;
            let sets =
                (0..ROWS).map(|n| params! { name: format!("user {n}"), hair: Some("brown") });
            conn.execute_many(insert::<User>(), sets)
        })
        .unwrap();
    let raw = runtime.block_on(raw(url));
    let local = create_async_engine_on::<Local>(url, EngineOptions::new()).unwrap();
    let hosted = create_async_engine_on::<Hosted>(url, EngineOptions::new()).unwrap();
    one_row(&runtime, &raw, &engine, &local, &hosted, quick);
    checked_out(&runtime, &raw, &engine, &local, &hosted, quick);
    many_rows(&runtime, &raw, &engine, &local, quick);
    blocking::run(url, &runtime, &raw, &engine, quick);
    runtime.block_on(async {
        local.dispose().await.unwrap();
        hosted.dispose().await.unwrap();
    });
    engine.begin(|conn| MetaData::new().with::<User>().drop_all(conn)).unwrap();
}

fn next(id: &RefCell<i64>) -> i64 {
    let mut id = id.borrow_mut();
    *id = *id % ROWS + 1;
    *id
}

/// Times a loop of awaited calls within one `block_on`.
macro_rules! timed {
    ($runtime:expr, $body:expr) => {
        |times| {
            $runtime.block_on(async {
                let started = Instant::now();
                for _ in 0..times {
                    $body;
                }
                started.elapsed()
            })
        }
    };
}
pub(crate) use timed;

fn one_row(
    runtime: &Runtime,
    raw: &Raw,
    engine: &aludel::Engine,
    local: &AsyncEngine<Local>,
    hosted: &AsyncEngine<Hosted>,
    quick: bool,
) {
    let prepared = engine.prepare(&by_key()).unwrap();
    let prepared = &prepared;
    let id = RefCell::new(0_i64);
    let mut conn = engine.connect().unwrap();
    let mut inline = runtime.block_on(local.connect()).unwrap();
    let mut far = runtime.block_on(hosted.connect()).unwrap();
    let mut inline_too = runtime.block_on(local.connect()).unwrap();
    let mut far_too = runtime.block_on(hosted.connect()).unwrap();
    runtime.block_on(raw.client.batch_execute("begin")).unwrap();
    let mut table = Table::new("PostgreSQL: one prepared row, open transaction (goal b)");
    table.add_timed(
        "tokio-postgres, current thread",
        timed!(runtime, {
            let row = raw.client.query_one(&raw.by_key, &[&next(&id)]).await.unwrap();
            let row: Typed = (row.get(0), row.get(1));
            black_box(row)
        }),
    );
    table.add("aludel, blocking", || {
        black_box(conn.execute_prepared(prepared, (next(&id),)).unwrap().one().unwrap());
    });
    table.add_timed(
        "aludel, Local",
        timed!(runtime, {
            let found = inline.execute_prepared(prepared, (next(&id),)).await;
            black_box(found.unwrap().one().unwrap())
        }),
    );
    table.add_timed(
        "aludel, Local, ad-hoc statement",
        timed!(runtime, {
            let statement = select((User::c.name, User::c.hair)).where_(User::c.id.eq(next(&id)));
            black_box(inline_too.execute(statement).await.unwrap().one().unwrap())
        }),
    );
    table.add_timed(
        "aludel, Hosted, one statement for each call",
        timed!(runtime, {
            let found = far.execute_prepared(prepared, (next(&id),)).await;
            black_box(found.unwrap().one().unwrap())
        }),
    );
    table.add_timed("aludel, Hosted, ten in one run_sync, each", |times| {
        runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..times {
                let prepared = prepared.clone();
                far_too
                    .run_sync(move |conn| {
                        for id in 1_i64..=10 {
                            black_box(conn.execute_prepared(&prepared, (id,))?.one()?);
                        }
                        Ok(())
                    })
                    .await
                    .unwrap();
            }
            started.elapsed() / 10
        })
    });
    table.print(quick);
    runtime.block_on(raw.client.batch_execute("rollback")).unwrap();
}

async fn once<S: Strategy>(engine: &AsyncEngine<S>, prepared: &aludel::engine::Prepared<Typed>) {
    let mut conn: AsyncConnection<S> = engine.connect().await.unwrap();
    black_box(conn.execute_prepared(prepared, (1_i64,)).await.unwrap().one().unwrap());
}

fn checked_out(
    runtime: &Runtime,
    raw: &Raw,
    engine: &aludel::Engine,
    local: &AsyncEngine<Local>,
    hosted: &AsyncEngine<Hosted>,
    quick: bool,
) {
    let prepared = engine.prepare(&by_key()).unwrap();
    let prepared = &prepared;
    let mut table =
        Table::new("PostgreSQL: checkout, SELECT in a transaction, return (D7, goal c)");
    table.add_timed(
        "tokio-postgres: BEGIN, SELECT, ROLLBACK in sequence",
        timed!(runtime, {
            raw.client.batch_execute("begin").await.unwrap();
            let row = raw.client.query_one(&raw.by_key, &[&1_i64]).await.unwrap();
            let row: Typed = (row.get(0), row.get(1));
            raw.client.batch_execute("rollback").await.unwrap();
            black_box(row)
        }),
    );
    table.add_timed(
        "tokio-postgres: SELECT alone",
        timed!(runtime, {
            let row = raw.client.query_one(&raw.by_key, &[&1_i64]).await.unwrap();
            let row: Typed = (row.get(0), row.get(1));
            black_box(row)
        }),
    );
    table.add("aludel, blocking", || {
        let mut conn = engine.connect().unwrap();
        black_box(conn.execute_prepared(prepared, (1_i64,)).unwrap().one().unwrap());
    });
    table.add_timed("aludel, Local", timed!(runtime, once(local, prepared).await));
    table.add_timed("aludel, Hosted", timed!(runtime, once(hosted, prepared).await));
    let in_one_call = |times| {
        runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..times {
                let prepared = prepared.clone();
                let call = hosted.run_sync(move |engine| {
                    let mut conn = engine.connect()?;
                    conn.execute_prepared(&prepared, (1_i64,))?.one()
                });
                black_box(call.await.unwrap());
            }
            started.elapsed()
        })
    };
    table.add_timed("aludel, Hosted, in one run_sync", in_one_call);
    table.print(quick);
}

fn many_rows(
    runtime: &Runtime,
    raw: &Raw,
    engine: &aludel::Engine,
    local: &AsyncEngine<Local>,
    quick: bool,
) {
    use futures::TryStreamExt;
    let mut conn = engine.connect().unwrap();
    let mut inline = runtime.block_on(local.connect()).unwrap();
    let mut table = Table::new("PostgreSQL: 10,000 rows into structs (goal f)");
    table.add_timed(
        "tokio-postgres, query_raw",
        timed!(runtime, {
            let none: [i64; 0] = [];
            let rows = raw.client.query_raw(&raw.all, none).await.unwrap();
            let rows: Vec<Plain> = rows
                .map_ok(|row| Plain { id: row.get(0), name: row.get(1), hair: row.get(2) })
                .try_collect()
                .await
                .unwrap();
            assert!(rows.len() == 10_000);
            black_box((rows[0].id, &rows[0].name, &rows[0].hair));
        }),
    );
    table.add_timed(
        "tokio-postgres, query",
        timed!(runtime, {
            let rows = raw.client.query(&raw.all, &[]).await.unwrap();
            let rows: Vec<Plain> = rows
                .iter()
                .map(|row| Plain { id: row.get(0), name: row.get(1), hair: row.get(2) })
                .collect();
            assert!(rows.len() == 10_000);
            black_box(rows);
        }),
    );
    table.add("aludel, blocking", || {
        let rows: Vec<User> = conn.execute(select(User::c)).unwrap().all().unwrap();
        assert!(rows.len() == 10_000);
        black_box(rows);
    });
    table.add_timed(
        "aludel, Local",
        timed!(runtime, {
            let rows = inline.execute(select(User::c)).await.unwrap().all().unwrap();
            assert!(rows.len() == 10_000);
            black_box(rows)
        }),
    );
    table.print(quick);
}
