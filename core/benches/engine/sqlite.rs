//! SQLite in memory, beside rusqlite.

use std::hint::black_box;
use std::time::Instant;

use aludel::engine::Prepared;
use aludel::{
    Connection, EngineOptions, Local, MetaData, bindparam, create_async_engine_on, create_engine,
    insert, params, select,
};

use crate::rounds::Table;
use crate::{Plain, ROWS, User};

type Typed = (String, Option<String>);

fn fill(conn: &mut Connection) -> aludel::Result<()> {
    MetaData::new().with::<User>().create_all(conn)?;
    let sets = (0..ROWS).map(|n| params! { name: format!("user {n}"), hair: Some("brown") });
    conn.execute_many(insert::<User>(), sets)?;
    conn.commit()
}

fn by_key() -> impl aludel::sql::Executable<Row = Typed> {
    select((User::c.name, User::c.hair)).where_(User::c.id.eq(bindparam("id")))
}

pub(crate) fn run(quick: bool) {
    let raw = rusqlite::Connection::open_in_memory().unwrap();
    let engine = create_engine("sqlite://").unwrap();
    let mut conn = engine.connect().unwrap();
    fill(&mut conn).unwrap();
    raw.execute_batch(
        "create table bench_users (id integer primary key, name varchar not null, hair varchar)",
    )
    .unwrap();
    let mut add = raw.prepare("insert into bench_users (name, hair) values (?1, ?2)").unwrap();
    for n in 0..ROWS {
        add.execute((format!("user {n}"), Some("brown"))).unwrap();
    }
    raw.execute_batch("begin").unwrap();
    one_row(&raw, &mut conn, &engine.prepare(&by_key()).unwrap(), quick);
    many_rows(&raw, &mut conn, quick);
    asynchronous(quick);
}

fn one_row(
    raw: &rusqlite::Connection,
    conn: &mut Connection,
    prepared: &Prepared<Typed>,
    quick: bool,
) {
    let mut held = raw.prepare("select name, hair from bench_users where id = ?1").unwrap();
    let id = std::cell::Cell::new(0);
    let next = || {
        id.set(id.get() % ROWS + 1);
        id.get()
    };
    let conn = std::cell::RefCell::new(conn);
    let mut table = Table::new("SQLite: one row by primary key, open transaction (goal d)");
    table.add("rusqlite, held statement", || {
        let row: Typed = held.query_row([next()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        black_box(row);
    });
    table.add("rusqlite, prepare_cached", || {
        let mut cached =
            raw.prepare_cached("select name, hair from bench_users where id = ?1").unwrap();
        let row: Typed = cached.query_row([next()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        black_box(row);
    });
    table.add("rusqlite, prepare_cached, to the end of the rows", || {
        let mut cached =
            raw.prepare_cached("select name, hair from bench_users where id = ?1").unwrap();
        let rows = cached.query_map([next()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let rows: Vec<Typed> = rows.map(Result::unwrap).collect();
        black_box(rows);
    });
    table.add("aludel, prepared handle", || {
        let row = conn.borrow_mut().execute_prepared(prepared, (next(),)).unwrap().one().unwrap();
        black_box(row);
    });
    table.add("aludel, ad-hoc statement", || {
        let statement = select((User::c.name, User::c.hair)).where_(User::c.id.eq(next()));
        black_box(conn.borrow_mut().execute(statement).unwrap().one().unwrap());
    });
    table.print(quick);
}

fn many_rows(raw: &rusqlite::Connection, conn: &mut Connection, quick: bool) {
    let mut held = raw.prepare("select id, name, hair from bench_users").unwrap();
    let conn = std::cell::RefCell::new(conn);
    let mut table = Table::new("SQLite: 10,000 rows into structs (goal f)");
    table.add("rusqlite, query_map", || {
        let rows: Vec<Plain> = held
            .query_map([], |row| {
                Ok(Plain { id: row.get(0)?, name: row.get(1)?, hair: row.get(2)? })
            })
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(rows.len() == 10_000 && rows[1].id == 2 && rows[1].hair.is_some());
        black_box(&rows[0].name);
    });
    table.add("aludel, typed", || {
        let rows: Vec<User> = conn.borrow_mut().execute(select(User::c)).unwrap().all().unwrap();
        assert!(rows.len() == 10_000);
        black_box(rows);
    });
    table.add("aludel, typed, streamed", || {
        let mut conn = conn.borrow_mut();
        let rows = conn.stream(select(User::c)).unwrap().inspect(|row| {
            black_box(row);
        });
        assert!(rows.count() == 10_000);
    });
    table.add("aludel, untyped rows", || {
        let statement = aludel::text("select id, name, hair from bench_users");
        let rows = conn.borrow_mut().execute(statement).unwrap().all().unwrap();
        assert!(rows.len() == 10_000);
        black_box(rows);
    });
    table.print(quick);
}

fn asynchronous(quick: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = create_async_engine_on::<Local>("sqlite://", EngineOptions::new()).unwrap();
    let threads =
        create_async_engine_on::<Local>("sqlite+thread://", EngineOptions::new()).unwrap();
    let hosted = aludel::create_async_engine("sqlite://").unwrap();
    let prepared = local.sync_engine().prepare(&by_key()).unwrap();
    let (mut inline, mut beside, mut far) = runtime.block_on(async {
        let mut inline = local.connect().await.unwrap();
        let mut beside = threads.connect().await.unwrap();
        let mut far = hosted.connect().await.unwrap();
        inline.run_sync(fill).await.unwrap();
        beside.run_sync(fill).await.unwrap();
        far.run_sync(fill).await.unwrap();
        (inline, beside, far)
    });
    let mut table = Table::new("SQLite: one row by primary key, awaited (goal e)");
    table.add_timed("aludel, Local, ad-hoc statement", |times| {
        runtime.block_on(async {
            let started = Instant::now();
            for n in 0..i64::from(times) {
                let id = n % ROWS + 1;
                let statement = select((User::c.name, User::c.hair)).where_(User::c.id.eq(id));
                black_box(inline.execute(statement).await.unwrap().one().unwrap());
            }
            started.elapsed()
        })
    });
    table.add_timed("aludel, Local, sqlite+thread://, ad-hoc statement", |times| {
        runtime.block_on(async {
            let started = Instant::now();
            for n in 0..i64::from(times) {
                let id = n % ROWS + 1;
                let statement = select((User::c.name, User::c.hair)).where_(User::c.id.eq(id));
                black_box(beside.execute(statement).await.unwrap().one().unwrap());
            }
            started.elapsed()
        })
    });
    table.add_timed("aludel, Hosted, ten prepared in one run_sync, each", |times| {
        runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..times {
                let prepared = prepared.clone();
                far.run_sync(move |conn| {
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
}
