//! What each method of the facade does.

use std::sync::{Arc, Mutex};

use aludel::dbapi::{ExecutionOptions, IsolationLevel, TransactionOptions};
use aludel::engine::{BeforeCursorExecute, Begin};
use aludel::{
    AsyncConnection, AsyncEngine, Error, ErrorKind, Result, Strategy, bridge, event, insert,
    params, pool, select, text,
};
use futures::{StreamExt, TryStreamExt};

use crate::{User, add, facade, names, settle, users};

facade![
    engine_begin,
    transactions_and_savepoints,
    dropped_guard_rolls_back,
    options_of_transactions_and_statements,
    run_sync_runs_sync_code,
    run_sync_panics_come_back,
    streams,
    half_read_stream_leaves_the_transaction,
    listeners_fire,
    errors_come_through,
    one_engine_underneath,
    engines_compare,
    connections_at_once,
    sync_engine_outside_a_greenlet,
    long_query_lets_others_run,
    checkin_listeners_run_in_greenlets,
    reset_listeners_run_in_greenlets,
    info_stays_with_the_session,
    begin_that_nobody_waits_for,
    what_follows_a_dropped_begin_is_kept,
];

// conforms: B18, G06
async fn engine_begin<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    engine.begin(async |conn| add(conn, "kept").await).await?;
    let outcome: Result<()> = engine
        .begin(async |conn| {
            add(conn, "undone").await?;
            Err(Error::new(ErrorKind::Argument, "changed my mind"))
        })
        .await;
    assert_eq!(outcome.expect_err("the closure's").message(), "changed my mind");
    let mut conn = engine.connect().await?;
    assert_eq!(names(&mut conn).await?, ["kept"]);
    Ok(())
}

// conforms: B55, B59, B61, B62, B63, G14, G19
async fn transactions_and_savepoints<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    assert!(!conn.in_transaction() && !conn.in_nested_transaction());
    let mut tx = conn.begin().await?;
    assert!(tx.is_active() && tx.in_transaction() && !tx.in_nested_transaction());
    add(&mut tx, "a").await?;
    let mut sp = tx.begin_nested().await?;
    assert!(sp.is_active() && sp.in_transaction() && sp.in_nested_transaction());
    add(&mut sp, "undone").await?;
    sp.rollback().await?;
    assert!(tx.in_transaction() && !tx.in_nested_transaction());
    add(&mut tx, "between").await?;
    let mut sp = tx.begin_nested().await?;
    add(&mut sp, "b").await?;
    sp.commit().await?;
    assert!(tx.is_active() && tx.in_transaction() && !tx.in_nested_transaction());
    tx.commit().await?;
    assert!(!conn.in_transaction() && !conn.in_nested_transaction());
    let mut tx = conn.begin().await?;
    add(&mut tx, "undone").await?;
    tx.rollback().await?;
    assert!(!conn.in_transaction());
    // Ended through the connection, the guard is over, and to roll it back does nothing.
    let mut tx = conn.begin().await?;
    add(&mut tx, "c").await?;
    AsyncConnection::commit(&mut tx).await?;
    assert!(!tx.is_active());
    tx.rollback().await?;
    let error = {
        let mut tx = conn.begin().await?;
        add(&mut tx, "dropped").await?;
        tx.begin().await.map(drop).expect_err("a transaction is open")
    };
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(!conn.in_transaction());
    assert_eq!(names(&mut conn).await?, ["a", "between", "b", "c"]);
    Ok(())
}

// conforms: B59
async fn dropped_guard_rolls_back<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    let mut tx = conn.begin().await?;
    add(&mut tx, "undone").await?;
    drop(tx);
    assert!(!conn.in_transaction());
    assert_eq!(names(&mut conn).await?, Vec::<String>::new());
    add(&mut conn, "kept").await?;
    let sp = conn.begin_nested().await?;
    drop(sp);
    conn.commit().await?;
    assert_eq!(names(&mut conn).await?, ["kept"]);
    Ok(())
}

async fn options_of_transactions_and_statements<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    assert_eq!(conn.isolation_level().await?, None);
    conn.set_isolation_level(IsolationLevel::Autocommit).await?;
    assert_eq!(conn.isolation_level().await?, Some(IsolationLevel::Autocommit));
    add(&mut conn, "by itself").await?;
    conn.close().await?;
    let mut conn = engine.connect().await?;
    assert_eq!(conn.isolation_level().await?, None, "the level is not the next borrower's");
    let serializable = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
    let mut tx = conn.begin_with_options(serializable).await?;
    assert_eq!(names(&mut tx).await?, ["by itself"]);
    add(&mut tx, "with options").await?;
    tx.commit().await?;
    let options = ExecutionOptions::new().portion(1);
    conn.set_execution_options(options.clone()).await?;
    assert_eq!(conn.execution_options().await?, options);
    let mut stream = conn.stream(select(User::c.name)).await?;
    assert_eq!(stream.next_partition().await?.map(|rows| rows.len()), Some(1));
    stream.close().await?;
    conn.close().await
}

// conforms: B29, B50, G21
async fn run_sync_runs_sync_code<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    let wanted = vec!["a".to_owned(), "b".to_owned()];
    let found: Vec<String> = conn
        .run_sync(move |conn| {
            assert!(bridge::can_await());
            for name in &wanted {
                conn.execute(insert::<User>().values(User::c.name.set(name.as_str())))?;
            }
            let mut sp = conn.begin_nested()?;
            sp.execute(insert::<User>().values(User::c.name.set("undone")))?;
            sp.rollback()?;
            conn.commit()?;
            conn.scalars(select(User::c.name).order_by(User::c.id.asc()))
        })
        .await?;
    assert_eq!(found, ["a", "b"]);
    assert!(!bridge::can_await());
    Ok(())
}

// fault: B02
async fn run_sync_panics_come_back<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    let call = conn.run_sync(|conn| -> Result<()> {
        conn.execute(insert::<User>().values(User::c.name.set("undone")))?;
        std::panic::resume_unwind(Box::new("the closure's panic"))
    });
    let caught = std::panic::AssertUnwindSafe(call);
    let panic = futures::FutureExt::catch_unwind(caught).await.expect_err("a panic");
    assert_eq!(panic.downcast_ref(), Some(&"the closure's panic"));
    let error = conn.execute(text("select 1")).await.expect_err("the transaction is lost");
    assert_eq!(error.kind(), ErrorKind::PendingRollback);
    conn.rollback().await?;
    assert_eq!(names(&mut conn).await?, Vec::<String>::new());
    Ok(())
}

async fn many<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    users(engine, &[]).await?;
    let mut conn = engine.connect().await?;
    let sets = (0..1500).map(|n| params! { name: format!("{n:05}"), age: n });
    conn.execute_many(insert::<User>(), sets).await?;
    conn.commit().await
}

// conforms: B44, B80, B81, B82, B85, B87, G18
async fn streams<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    many(&engine).await?;
    let mut conn = engine.connect().await?;
    let ages = || select(User::c.age).order_by(User::c.name.asc());
    let mut stream = conn.stream(ages()).await?;
    assert_eq!(stream.columns().names().collect::<Vec<_>>(), ["age"]);
    let mut seen = Vec::new();
    while let Some((age,)) = stream.try_next().await? {
        seen.push(age);
    }
    assert!(stream.next().await.is_none());
    drop(stream);
    assert_eq!(seen, (0..1500).map(Some).collect::<Vec<_>>());
    let mut stream = conn.stream(ages()).await?;
    let five = stream.fetchmany(5).await?;
    let ten = stream.fetchmany(10).await?;
    let rest = stream.fetchall().await?;
    assert_eq!((five.len(), ten.len(), rest.len()), (5, 10, 1485));
    let read = five.into_iter().chain(ten).chain(rest).map(|(age,)| age);
    assert!(read.eq((0..1500).map(Some)), "the parts are in order");
    stream.close().await?;
    // A buffered result is read without awaiting, and when its connection does something else.
    let mut buffered = conn.execute(ages()).await?;
    assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
    assert!(buffered.all()?.into_iter().map(|(age,)| age).eq((0..1500).map(Some)));
    let mut stream = conn.stream(ages()).await?.yield_per(100);
    let portion = stream.next_partition().await?.expect("a portion");
    assert_eq!(portion.len(), 100);
    let mut stream = stream.yield_per(7);
    let portion = stream.next_partition().await?.expect("a portion");
    assert_eq!((portion.len(), portion[0].0), (7, Some(100)));
    assert_eq!(stream.fetchall().await?.len(), 1500 - 107);
    drop(stream);
    let mut stream = conn.stream(text("select name from users where name = 'x'")).await?;
    assert!(stream.next().await.is_none());
    drop(stream);
    let error = conn.stream(text("select * from nowhere")).await.map(drop).expect_err("no table");
    assert!(error.is_missing_table());
    conn.rollback().await?;
    conn.close().await
}

// fault: D03
// conforms: A27
async fn half_read_stream_leaves_the_transaction<S: Strategy>(
    engine: AsyncEngine<S>,
) -> Result<()> {
    many(&engine).await?;
    let mut conn = engine.connect().await?;
    add(&mut conn, "kept").await?;
    for nonce in 0..5_i64 {
        let mut stream = conn.stream(select(User::c.name)).await?;
        assert!(stream.try_next().await?.is_some());
        if nonce % 2 == 0 {
            stream.close().await?;
        } else {
            drop(stream);
        }
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce)).await?, Some(nonce));
    }
    conn.commit().await?;
    let kept = select(User::c.name).where_(User::c.name.eq("kept"));
    assert_eq!(conn.scalar(kept).await?, Some("kept".to_owned()));
    Ok(())
}

// conforms: B15, B37, B73, B74, B75
async fn listeners_fire<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&log);
    event::listen(engine.sync_engine(), move |e: &mut pool::Connect<'_>| {
        let rows = e.dbapi_connection.execute("select 'execute from event'")?;
        into.lock().unwrap().push(rows[0].get::<String>(0)?);
        Ok(())
    });
    let mut conn = engine.connect().await?;
    let into = Arc::clone(&log);
    event::listen(engine.sync_engine(), move |e: &mut BeforeCursorExecute<'_>| {
        assert!(bridge::can_await());
        into.lock().unwrap().push(e.statement.sql().to_owned());
        Ok(())
    });
    let into = Arc::clone(&log);
    event::listen(conn.events(), move |_: &mut Begin<'_>| {
        into.lock().unwrap().push("begin".to_owned());
        Ok(())
    });
    conn.execute(text("select 1")).await?;
    conn.rollback().await?;
    conn.begin().await?.commit().await?;
    conn.close().await?;
    let log = log.lock().unwrap();
    assert_eq!(*log, ["execute from event", "begin", "select 1", "begin"]);
    Ok(())
}

async fn errors_come_through<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["taken"]).await?;
    let mut conn = engine.connect().await?;
    let error = add(&mut conn, "taken").await.expect_err("the name is unique");
    assert!(error.is_unique_violation());
    conn.rollback().await?;
    let error = conn.execute(text("select :x")).await.expect_err("x is missing");
    assert_eq!(error.kind(), ErrorKind::Argument);
    conn.invalidate().await?;
    assert!(conn.is_invalidated());
    conn.rollback().await?;
    assert_eq!(names(&mut conn).await?, ["taken"]);
    Ok(())
}

// conforms: B14
async fn one_engine_underneath<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let sync = engine.sync_engine().clone();
    let wrapped = AsyncEngine::<S>::new(sync.clone())?;
    for other in [&engine, &wrapped] {
        assert_eq!((other.name(), other.url()), (sync.name(), sync.url()));
        assert!(std::ptr::addr_eq(other.sync_engine().dialect(), sync.dialect()));
    }
    assert_eq!(sync.name(), sync.dialect().name());
    assert!(format!("{sync:?}").contains(sync.url()));
    // What either has lent the others see as lent, for the pool is one.
    let count = |engine: &aludel::Engine| {
        let status = engine.pool().status();
        (status.in_use, status.idle)
    };
    let (one, two) = (engine.connect().await?, wrapped.connect().await?);
    assert_eq!([count(&sync), count(engine.sync_engine())], [(2, 0); 2]);
    one.close().await?;
    two.close().await?;
    assert_eq!([count(&sync), count(wrapped.sync_engine())], [(0, 2); 2]);
    wrapped.dispose().await?;
    assert_eq!([count(&sync), count(engine.sync_engine())], [(0, 0); 2]);
    Ok(())
}

// conforms: B16
async fn engines_compare<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let same = engine.clone();
    assert!(same == engine);
    let wrapped = AsyncEngine::<S>::new(engine.sync_engine().clone())?;
    assert!(wrapped == engine);
    assert!(!format!("{engine:?}").contains("aludel:aludel"));
    Ok(())
}

// conforms: B25
async fn connections_at_once<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let one = |nonce: i64| {
        let engine = engine.clone();
        async move {
            let mut conn = engine.connect().await?;
            let found: Option<i64> = conn.scalar(text("select :n").bind("n", nonce)).await?;
            assert_eq!(found, Some(nonce));
            conn.close().await
        }
    };
    futures::future::try_join_all((0..30).map(one)).await?;
    Ok(())
}

// conforms: A08, B97
// fault: B16
async fn sync_engine_outside_a_greenlet<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let connected = engine.sync_engine().connect();
    let blocks = ["postgresql+postgres://", "mysql+mysql://"];
    if blocks.iter().any(|scheme| engine.url().starts_with(scheme)) {
        // It would hold up the other tasks of this thread, where under `Threaded` it has its own.
        let error = connected.expect_err("it would block");
        assert_eq!(error.kind(), ErrorKind::BlockingInAsync);
    } else if S::BLOCKS || engine.url().starts_with("sqlite://") {
        // SQLite in place waits for nothing, and a blocking engine for anything.
        assert_eq!(connected?.scalar(text("select 1"))?, Some(1_i64));
    } else {
        let error = connected.expect_err("it must wait");
        assert_eq!(error.kind(), ErrorKind::MissingGreenlet);
    }
    Ok(())
}

/// A query of about a second, whatever the database.
fn long_query(name: &str) -> aludel::sql::Text {
    match name {
        "sqlite" => text(
            "with recursive c(x) as (select 1 union all select x + 1 from c where x < 6000000) \
             select count(*) from c",
        ),
        "mysql" | "mariadb" => text("select count(*) from (select sleep(0.5)) as s"),
        _ => text("select count(*) from (select pg_sleep(0.5)) as s"),
    }
}

// fault: B18
async fn long_query_lets_others_run<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let mut conn = engine.connect().await?;
    let query = conn.execute(long_query(engine.name()));
    let mut ticks = 0;
    let ticking = async {
        loop {
            tokio::task::yield_now().await;
            ticks += 1;
            if ticks % 64 == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
    };
    tokio::select! {
        done = query => { done?; }
        () = ticking => {}
    }
    assert!(ticks > 50, "the other task ran {ticks} times");
    Ok(())
}

/// Polls so many times, with pauses, and drops. Whether it was complete.
async fn polled(polls: u32, future: impl Future) -> bool {
    let mut future = std::pin::pin!(future);
    for _ in 0..polls {
        if futures::poll!(future.as_mut()).is_ready() {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_micros(200)).await;
    }
    false
}

/// A `begin` whose future is dropped after the transaction began leaves none behind.
async fn begin_that_nobody_waits_for<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    for polls in 0..30 {
        for nested in [false, true] {
            let done = if nested {
                polled(polls, async { conn.begin_nested().await.map(std::mem::forget) }).await
            } else {
                polled(polls, async { conn.begin().await.map(std::mem::forget) }).await
            };
            if nested && !done {
                // The savepoint is rolled back first, while the transaction around it was begun by itself.
                let asked = conn.execute(text("select 1")).await;
                let lost = asked.as_ref().is_err_and(|e| e.kind() == ErrorKind::PendingRollback);
                assert!(asked.is_ok() || lost, "{asked:?}");
                assert!(lost || !conn.in_nested_transaction());
            }
            if done || nested {
                conn.rollback().await?;
            }
            let pending = match conn.begin().await {
                Ok(tx) => {
                    tx.rollback().await?;
                    false
                }
                Err(error) if error.kind() == ErrorKind::PendingRollback => true,
                Err(error) => return Err(error),
            };
            if pending {
                conn.rollback().await?;
            }
            assert!(!conn.in_transaction() && !conn.in_nested_transaction());
        }
    }
    conn.close().await
}

/// What follows a `begin` that was dropped as it came to its end is in a transaction of its own, not
/// in the one that nobody has asked for and that is rolled back.
async fn what_follows_a_dropped_begin_is_kept<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    let mut conn = engine.connect().await?;
    let mut kept = Vec::new();
    for round in 0..400_u32 {
        {
            let mut begin = std::pin::pin!(conn.begin());
            let _ = futures::poll!(begin.as_mut()).map(|begun| begun.map(std::mem::forget));
            // The moments around its end, one after the other.
            for _ in 0..round % 100 * 20 {
                std::hint::spin_loop();
            }
        }
        let name = format!("{round}");
        let added = add(&mut conn, &name).await;
        let done = if added.is_ok() { conn.commit().await } else { added };
        match done {
            Ok(()) => kept.push(name),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
                conn.rollback().await?;
            }
        }
    }
    assert_eq!(names(&mut conn).await?, kept);
    assert!(!kept.is_empty(), "each was lost with its transaction");
    conn.close().await
}

/// What listeners of the return have begun may be rolled back in the background.
async fn reset_listeners_run_in_greenlets<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&heard);
    event::listen(engine.sync_engine(), move |e: &mut pool::Reset<'_>| {
        let rows = e.dbapi_connection.execute("select 'reset'")?;
        into.lock().unwrap().push(rows[0].get::<String>(0)?);
        Ok(())
    });
    for _ in 0..2 {
        engine.connect().await?.close().await?;
        settle(&engine).await;
    }
    assert_eq!(*heard.lock().unwrap(), ["reset", "reset"]);
    assert_eq!(engine.sync_engine().pool().status().idle, 1);
    Ok(())
}

// conforms: B38
async fn info_stays_with_the_session<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let mut conn = engine.connect().await?;
    conn.run_sync(|conn| conn.info().map(|info| info.insert(7_i64))).await?;
    conn.close().await?;
    let mut conn = engine.connect().await?;
    let kept = conn.run_sync(|conn| Ok(conn.info()?.get::<i64>().copied())).await?;
    assert_eq!(kept, Some(7));
    conn.close().await
}

async fn checkin_listeners_run_in_greenlets<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&heard);
    event::listen(engine.sync_engine(), move |e: &mut pool::Checkin<'_>| {
        let rows = e.dbapi_connection.execute("select 'checked in'")?;
        into.lock().unwrap().push(rows[0].get::<String>(0)?);
        Ok(())
    });
    engine.connect().await?.close().await?;
    // What the listener has begun may be rolled back in the background.
    settle(&engine).await;
    engine.begin(async |conn| conn.commit().await).await?;
    settle(&engine).await;
    assert_eq!(*heard.lock().unwrap(), ["checked in", "checked in"]);
    assert_eq!(engine.sync_engine().pool().status().idle, 1);
    Ok(())
}
