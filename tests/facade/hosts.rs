//! Several threads for the greenlets of one engine: what runs where, and that sessions stay where they are.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::ThreadId;
use std::time::Duration;

use aludel::{
    AsyncConnection, AsyncEngine, Engine, EngineOptions, ErrorKind, Hosted, Result,
    create_async_engine_with, event, pool, text,
};
use aludel_testing::BOUND;
use futures::future::{join, try_join_all};

use crate::support::{Database, Fresh};
use crate::{options, settle, spawned};

fn engine(database: Database, options: EngineOptions) -> Option<(Fresh, AsyncEngine<Hosted>)> {
    let fresh = Fresh::new(database)?;
    let engine = create_async_engine_with(fresh.url(), options).expect("an engine");
    Some((fresh, engine))
}

/// Counts the sessions that an engine makes.
fn sessions_made(engine: &Engine) -> Arc<AtomicUsize> {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    event::listen(engine, move |_: &mut pool::Connect<'_>| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    made
}

/// Asks a server for the number of the session.
fn number_of(database: Database) -> &'static str {
    match database {
        Database::MySql => "select cast(connection_id() as signed)",
        _ => "select pg_backend_pid()::bigint",
    }
}

async fn thread_of(conn: &mut AsyncConnection) -> Result<ThreadId> {
    conn.run_sync(|_| Ok(std::thread::current().id())).await
}

/// The session of a connection, and the thread.
async fn seen(database: Database, conn: &mut AsyncConnection) -> Result<(i64, ThreadId)> {
    let seen = conn.run_sync(move |conn| {
        let number = conn.scalar(text(number_of(database)))?.expect("a number");
        Ok((number, std::thread::current().id()))
    });
    seen.await
}

/// Declares tests of a body on databases.
macro_rules! on {
    ($body:ident: $($name:ident $database:ident),*) => {
        mod $body {
            $(#[test] fn $name() { super::$body(crate::support::Database::$database); })*
        }
    };
}

fn connections_compute_at_the_same_time(database: Database) {
    let Some((_fresh, engine)) = engine(database, options().host_threads(2)) else { return };
    spawned(async move {
        let (mut one, mut other) = (engine.connect().await?, engine.connect().await?);
        let ((to_other, from_one), (to_one, from_other)) = (mpsc::channel(), mpsc::channel());
        // Each blocks its thread until the other has begun.
        let meet = |to: mpsc::Sender<()>, from: mpsc::Receiver<()>| {
            move |_: &mut aludel::Connection| {
                to.send(()).expect("the other waits");
                from.recv_timeout(BOUND).expect("the other runs, too");
                Ok(())
            }
        };
        let (one, other) =
            join(one.run_sync(meet(to_other, from_other)), other.run_sync(meet(to_one, from_one)))
                .await;
        one.and(other)
    });
}
on!(connections_compute_at_the_same_time: sqlite Sqlite, postgres Postgres, mysql MySql);

fn one_thread_has_all_if_so_asked(database: Database) {
    let Some((_fresh, engine)) = engine(database, options().host_threads(1)) else { return };
    spawned(async move {
        let mut threads = HashSet::new();
        let mut all = try_join_all((0..5).map(|_| engine.connect())).await?;
        for conn in &mut all {
            threads.insert(thread_of(conn).await?);
        }
        threads.insert(engine.run_sync(|_| Ok(std::thread::current().id())).await?);
        assert_eq!(threads.len(), 1);
        Ok(())
    });
}
on!(one_thread_has_all_if_so_asked: sqlite Sqlite, postgres Postgres, mysql MySql);

fn no_more_threads_than_connections_at_the_same_time(database: Database) {
    let Some((_fresh, engine)) = engine(database, options().host_threads(3)) else { return };
    spawned(async move {
        let mut threads = HashSet::new();
        for _ in 0..5 {
            let mut conn = engine.connect().await?;
            threads.insert(thread_of(&mut conn).await?);
            conn.close().await?;
        }
        assert_eq!(threads.len(), 1, "one after the other they need one thread");
        let mut all = try_join_all((0..6).map(|_| engine.connect())).await?;
        let mut uses = HashMap::<_, usize>::new();
        for conn in &mut all {
            *uses.entry(thread_of(conn).await?).or_default() += 1;
        }
        assert_eq!(uses.into_values().collect::<Vec<_>>(), [2, 2, 2]);
        Ok(())
    });
}
on!(no_more_threads_than_connections_at_the_same_time: sqlite Sqlite, postgres Postgres, mysql MySql);

async fn use_many_times(engine: AsyncEngine, database: Database) -> Result<Vec<(i64, ThreadId)>> {
    let mut all = Vec::new();
    for _ in 0..20 {
        let mut conn = engine.connect().await?;
        all.push(seen(database, &mut conn).await?);
        tokio::task::yield_now().await;
        // Half of them go back by their drop.
        if all.len() % 2 == 0 {
            conn.close().await?;
        }
    }
    Ok(all)
}

fn a_session_stays_on_its_thread(database: Database) {
    let options = options().host_threads(2).pool_size(4).max_overflow(0);
    let Some((_fresh, engine)) = engine(database, options) else { return };
    let made = sessions_made(engine.sync_engine());
    spawned(async move {
        let tasks = (0..16).map(|_| tokio::spawn(use_many_times(engine.clone(), database)));
        let mut threads = HashMap::<i64, HashSet<ThreadId>>::new();
        for task in tasks.collect::<Vec<_>>() {
            for (session, thread) in task.await.expect("no panic")? {
                threads.entry(session).or_default().insert(thread);
            }
        }
        assert!(threads.values().all(|threads| threads.len() == 1), "{threads:?}");
        assert_eq!((threads.len(), made.load(Ordering::SeqCst)), (4, 4));
        assert_eq!(threads.into_values().flatten().collect::<HashSet<_>>().len(), 2);
        Ok(())
    });
}
on!(a_session_stays_on_its_thread: postgres Postgres, mysql MySql);

/// What runs on a thread takes a session of another one, if that is the one that is free, and does not make
/// its own in its place.
fn sessions_of_other_threads_are_lent(database: Database) {
    let options = options().host_threads(2).pool_size(2).max_overflow(0);
    let Some((_fresh, engine)) = engine(database, options) else { return };
    let made = sessions_made(engine.sync_engine());
    spawned(async move {
        let both = join(engine.connect(), engine.connect()).await;
        drop((both.0?, both.1?));
        let tasks = (0..12_i64).map(|n| {
            let engine = engine.clone();
            tokio::spawn(async move {
                for turn in 0..20 {
                    let asked = n * 100 + turn;
                    let ask = move || text("select :n").bind("n", asked);
                    let answer: Option<i64> = if (n + turn) % 3 == 0 {
                        engine.connect().await?.scalar(ask()).await?
                    } else {
                        engine.run_sync(move |engine| engine.connect()?.scalar(ask())).await?
                    };
                    assert_eq!(answer, Some(asked));
                }
                Ok::<_, aludel::Error>(())
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no panic")?;
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
        settle(&engine).await;
        Ok(())
    });
}
on!(sessions_of_other_threads_are_lent: postgres Postgres, mysql MySql);

/// Of those who wait on threads, one on a session's own thread has it before others, mostly.
fn who_waits_is_given_a_session_of_its_thread(database: Database) {
    let options = options().host_threads(2).pool_size(4).max_overflow(0);
    let Some((_fresh, engine)) = engine(database, options) else { return };
    spawned(async move {
        let tasks = (0..24).map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..20 {
                    let ask = engine.run_sync(move |engine| {
                        let number: Option<i64> =
                            engine.connect()?.scalar(text(number_of(database)))?;
                        Ok((number, std::thread::current().id()))
                    });
                    seen.push(ask.await?);
                }
                Ok::<_, aludel::Error>(seen)
            })
        });
        let mut counts = HashMap::<_, HashMap<ThreadId, usize>>::new();
        for task in tasks.collect::<Vec<_>>() {
            for (session, thread) in task.await.expect("no panic")? {
                *counts.entry(session).or_default().entry(thread).or_default() += 1;
            }
        }
        let own: usize = counts.values().filter_map(|threads| threads.values().max()).sum();
        let threads: HashSet<_> = counts.values().flat_map(HashMap::keys).collect();
        assert!(threads.len() == 2 && own >= 24 * 20 * 8 / 10, "{own}: {counts:?}");
        settle(&engine).await;
        Ok(())
    });
}
on!(who_waits_is_given_a_session_of_its_thread: postgres Postgres, mysql MySql);

/// A connection whose session is gone goes on, on its thread, with one of another thread; which can be cut
/// there and recovers.
fn a_connection_goes_on_with_a_session_of_another_thread(database: Database) {
    let options = options().host_threads(2).pool_size(2).max_overflow(0);
    let Some((fresh, engine)) = engine(database, options) else { return };
    let made = sessions_made(engine.sync_engine());
    let checked = engine.clone();
    spawned(async move {
        let (mut one, mut other) = (engine.connect().await?, engine.connect().await?);
        let (first, thread) = seen(database, &mut one).await?;
        let (_, elsewhere) = seen(database, &mut other).await?;
        assert_ne!(thread, elsewhere);
        one.close().await?;
        other.invalidate().await?;
        other.rollback().await?;
        assert_eq!(seen(database, &mut other).await?, (first, elsewhere));
        let sleeps = match database {
            Database::MySql => text("select sleep(60)"),
            _ => text("select pg_sleep(60)"),
        };
        let sleeps = other.execute(sleeps);
        tokio::time::timeout(Duration::from_millis(100), sleeps).await.expect_err("it sleeps");
        assert_eq!(
            other.scalar::<_, i64>(text("select 1")).await.map_err(|error| error.kind()),
            Err(ErrorKind::PendingRollback)
        );
        other.rollback().await?;
        assert_eq!(other.scalar(text("select 2")).await?, Some(2_i64));
        other.close().await?;
        assert!(made.load(Ordering::SeqCst) <= 3);
        settle(&engine).await;
        engine.dispose().await
    });
    aludel_testing::settle("no session is left", || fresh.server_states().is_empty());
    drop(checked);
}
on!(a_connection_goes_on_with_a_session_of_another_thread: postgres Postgres, mysql MySql);

#[test]
fn a_number_that_no_engine_can_have_is_refused() {
    for threads in [0, 1025] {
        let options = EngineOptions::new().host_threads(threads);
        let error = create_async_engine_with("sqlite://", options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains("host_threads"), "{error}");
    }
}
