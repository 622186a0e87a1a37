//! The two drivers that a blocking program can have for PostgreSQL, beside the crates they stand on.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Instant;

use aludel::postgres::postgres::{Client, NoTls, Statement};
use aludel::{Engine, create_engine, select};
use tokio::runtime::Runtime;

use crate::postgres::{BY_KEY, Raw, Typed, by_key, timed};
use crate::rounds::Table;
use crate::{Plain, ROWS, User};

struct Blocking {
    client: Client,
    by_key: Statement,
    all: Statement,
}

impl Blocking {
    fn connect(url: &str) -> Self {
        let mut client = Client::connect(url, NoTls).unwrap();
        let types = [tokio_postgres::types::Type::INT8];
        let by_key = client.prepare_typed(BY_KEY, &types).unwrap();
        let all = client.prepare("select id, name, hair from bench_users").unwrap();
        Self { client, by_key, all }
    }

    fn one(&mut self, id: i64) -> Typed {
        let row = self.client.query_one(&self.by_key, &[&id]).unwrap();
        (row.get(0), row.get(1))
    }
}

fn plain(row: &tokio_postgres::Row) -> Plain {
    Plain { id: row.get(0), name: row.get(1), hair: row.get(2) }
}

pub(crate) fn run(url: &str, runtime: &Runtime, raw: &Raw, engine: &Engine, quick: bool) {
    let blocking = Blocking::connect(url);
    let url = url.replacen("://", "+postgres://", 1);
    let by_crate = create_engine(&url).unwrap();
    one_row(runtime, raw, blocking, engine, &by_crate, quick);
    checked_out(engine, &by_crate, quick);
    many_rows(
        runtime,
        raw,
        Blocking::connect(&url.replacen("+postgres", "", 1)),
        [engine, &by_crate],
        quick,
    );
    by_crate.dispose();
}

fn one_row(
    runtime: &Runtime,
    raw: &Raw,
    mut blocking: Blocking,
    engine: &Engine,
    by_crate: &Engine,
    quick: bool,
) {
    let id = Cell::new(0_i64);
    let next = || {
        id.set(id.get() % ROWS + 1);
        id.get()
    };
    let (prepared, prepared_too) =
        (engine.prepare(&by_key()).unwrap(), by_crate.prepare(&by_key()).unwrap());
    let (mut conn, mut conn_too) = (engine.connect().unwrap(), by_crate.connect().unwrap());
    runtime.block_on(raw.client.batch_execute("begin")).unwrap();
    blocking.client.batch_execute("begin").unwrap();
    let mut table = Table::new("PostgreSQL, blocking: one prepared row, open transaction (D16)");
    table.add_timed(
        "tokio-postgres, current thread",
        timed!(runtime, {
            let row = raw.client.query_one(&raw.by_key, &[&next()]).await.unwrap();
            let row: Typed = (row.get(0), row.get(1));
            black_box(row)
        }),
    );
    table.add("postgres", || {
        black_box(blocking.one(next()));
    });
    table.add("aludel, postgresql:// (tokio-postgres)", || {
        black_box(conn.execute_prepared(&prepared, (next(),)).unwrap().one().unwrap());
    });
    table.add("aludel, postgresql+postgres://", || {
        black_box(conn_too.execute_prepared(&prepared_too, (next(),)).unwrap().one().unwrap());
    });
    table.print(quick);
    runtime.block_on(raw.client.batch_execute("rollback")).unwrap();
}

fn checked_out(engine: &Engine, by_crate: &Engine, quick: bool) {
    let mut table = Table::new("PostgreSQL, blocking: checkout, SELECT, return (D16)");
    for (engine, name, close) in [
        (engine, "aludel, postgresql://, dropped", false),
        (engine, "aludel, postgresql://, closed", true),
        (by_crate, "aludel, postgresql+postgres://, dropped", false),
        (by_crate, "aludel, postgresql+postgres://, closed", true),
    ] {
        let prepared = engine.prepare(&by_key()).unwrap();
        table.add(name, move || {
            let mut conn = engine.connect().unwrap();
            black_box(conn.execute_prepared(&prepared, (1_i64,)).unwrap().one().unwrap());
            if close {
                conn.close().unwrap();
            }
        });
    }
    table.print(quick);
}

fn many_rows(runtime: &Runtime, raw: &Raw, blocking: Blocking, engines: [&Engine; 2], quick: bool) {
    use aludel::postgres::postgres::fallible_iterator::FallibleIterator;
    use futures::TryStreamExt;
    let Blocking { client, all, .. } = blocking;
    let client = std::cell::RefCell::new(client);
    let mut table = Table::new("PostgreSQL, blocking: 10,000 rows into structs (D16)");
    table.add_timed(
        "tokio-postgres, query_raw",
        timed!(runtime, {
            let none: [i64; 0] = [];
            let rows = raw.client.query_raw(&raw.all, none).await.unwrap();
            let rows: Vec<Plain> = rows.map_ok(|row| plain(&row)).try_collect().await.unwrap();
            assert!(rows.len() == 10_000);
            black_box((rows[0].id, &rows[0].name, &rows[0].hair));
        }),
    );
    table.add("postgres, query_raw", || {
        let none: [i64; 0] = [];
        let mut client = client.borrow_mut();
        let rows = client.query_raw(&all, none).unwrap();
        let rows: Vec<Plain> = rows.map(|row| Ok(plain(&row))).collect().unwrap();
        assert!(rows.len() == 10_000);
        black_box(rows);
    });
    table.add("postgres, query", || {
        let rows = client.borrow_mut().query(&all, &[]).unwrap();
        let rows: Vec<Plain> = rows.iter().map(plain).collect();
        assert!(rows.len() == 10_000);
        black_box(rows);
    });
    let names = ["aludel, postgresql:// (tokio-postgres)", "aludel, postgresql+postgres://"];
    for (engine, name) in engines.into_iter().zip(names) {
        let mut conn = engine.connect().unwrap();
        table.add(name, move || {
            let rows: Vec<User> = conn.execute(select(User::c)).unwrap().all().unwrap();
            assert!(rows.len() == 10_000);
            black_box(rows);
        });
    }
    table.print(quick);
}
