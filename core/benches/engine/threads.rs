//! What it costs that the core runs elsewhere than where it is called: on a host, on a worker, and in
//! a coroutine of `may`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aludel::engine::Prepared;
use aludel::{
    AsyncConnection, AsyncEngine, Connection, EngineOptions, Hosted, MetaData, Strategy, Threaded,
    bindparam, create_async_engine_on, create_engine, insert, params, select,
};
use tokio::runtime::Runtime;

use crate::User;
use crate::rounds::Table;

type Typed = (String, Option<String>);

fn fill(conn: &mut Connection) -> aludel::Result<()> {
    let metadata = MetaData::new().with::<User>();
    metadata.drop_all(conn)?;
    metadata.create_all(conn)?;
    let sets = (0..10).map(|n| params! { name: format!("user {n}"), hair: Some("brown") });
    conn.execute_many(insert::<User>(), sets)?;
    conn.commit()
}

fn ask(conn: &mut Connection, prepared: &Prepared<Typed>, id: i64) -> aludel::Result<()> {
    black_box(conn.execute_prepared(prepared, (id,))?.one()?);
    Ok(())
}

/// One engine under one strategy, with its table and a connection.
struct Far<'r, S: Strategy> {
    runtime: &'r Runtime,
    engine: AsyncEngine<S>,
    prepared: Prepared<Typed>,
}

impl<'r, S: Strategy> Far<'r, S> {
    fn new(runtime: &'r Runtime, url: &str) -> Self {
        let engine = create_async_engine_on::<S>(url, EngineOptions::new()).unwrap();
        let by_key = select((User::c.name, User::c.hair)).where_(User::c.id.eq(bindparam("id")));
        let prepared = engine.sync_engine().prepare(&by_key).unwrap();
        runtime.block_on(async {
            let mut conn = engine.connect().await.unwrap();
            conn.run_sync(fill).await.unwrap();
            conn.close().await.unwrap();
        });
        Self { runtime, engine, prepared }
    }

    fn connect(&self) -> AsyncConnection<S> {
        self.runtime.block_on(self.engine.connect()).unwrap()
    }

    fn one_each(&self, conn: &mut AsyncConnection<S>, times: u32) -> Duration {
        self.runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..times {
                let found = conn.execute_prepared(&self.prepared, (1_i64,)).await;
                black_box(found.unwrap().one().unwrap());
            }
            started.elapsed()
        })
    }

    fn ten_each(&self, conn: &mut AsyncConnection<S>, times: u32) -> Duration {
        self.runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..times {
                let prepared = self.prepared.clone();
                let ten =
                    conn.run_sync(move |conn| (1..=10).try_for_each(|id| ask(conn, &prepared, id)));
                ten.await.unwrap();
            }
            started.elapsed() / 10
        })
    }

    /// A connection, one statement, and the connection's end.
    fn whole(&self, times: u32) -> Duration {
        self.runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..times {
                let mut conn = self.engine.connect().await.unwrap();
                let found = conn.execute_prepared(&self.prepared, (1_i64,)).await;
                black_box(found.unwrap().one().unwrap());
                conn.close().await.unwrap();
            }
            started.elapsed()
        })
    }
}

/// The statements of a coroutine that goes on until it has run so many.
#[cfg(feature = "may")]
fn in_coroutine(engine: &aludel::Engine, prepared: &Prepared<Typed>, times: u32) -> Duration {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        may::config().set_workers(1).set_stack_size(1024 * 1024 / size_of::<usize>());
    });
    let (engine, prepared) = (engine.clone(), prepared.clone());
    let coroutine = may::go!(move || {
        let mut conn = engine.connect().unwrap();
        ask(&mut conn, &prepared, 1).unwrap();
        let started = Instant::now();
        for _ in 0..times {
            ask(&mut conn, &prepared, 1).unwrap();
        }
        started.elapsed()
    });
    coroutine.join().unwrap()
}

pub(crate) fn run(url: &str, title: &'static str, quick: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let hosted = Far::<Hosted>::new(&runtime, url);
    let threaded = Far::<Threaded>::new(&runtime, url);
    let engine = create_engine(url).unwrap();
    let mut conn = engine.connect().unwrap();
    fill(&mut conn).unwrap();
    let (mut host, mut hosts) = (hosted.connect(), hosted.connect());
    let (mut worker, mut workers) = (threaded.connect(), threaded.connect());
    let prepared = &hosted.prepared;
    let mut table = Table::new(title);
    table.add("blocking, open transaction", || ask(&mut conn, prepared, 1).unwrap());
    table.add_timed("Hosted, one statement for each call", |n| hosted.one_each(&mut host, n));
    table.add_timed("Threaded, one statement for each call", |n| threaded.one_each(&mut worker, n));
    table.add_timed("Hosted, ten in one run_sync, each", |n| hosted.ten_each(&mut hosts, n));
    table.add_timed("Threaded, ten in one run_sync, each", |n| threaded.ten_each(&mut workers, n));
    #[cfg(feature = "may")]
    table.add_timed("blocking, in a coroutine of may", |n| in_coroutine(&engine, prepared, n));
    table.add_timed("Hosted: connect, one statement, close", |n| hosted.whole(n));
    table.add_timed("Threaded: connect, one statement, close", |n| threaded.whole(n));
    table.print(quick);
    drop((conn, host, hosts, worker, workers));
    runtime.block_on(async {
        hosted.engine.dispose().await.unwrap();
        threaded.engine.dispose().await.unwrap();
    });
    engine.begin(|conn| MetaData::new().with::<User>().drop_all(conn)).unwrap();
}
