//! Outcomes that nobody takes: the future of a call is dropped when the call has ended where the core
//! runs, and before the caller could see it.
//!
//! The future of a call under `Hosted` or `Threaded` is woken when the call has ended, and not before:
//! a future that is dropped at its first wake-up leaves an outcome that nobody took. Under `Local` a
//! wake-up comes in the middle of the call, which ends the same way.

use aludel::dbapi::IsolationLevel;
use aludel::{
    AsyncConnection, AsyncEngine, Connection, Error, ErrorKind, Result, Strategy, insert, params,
    select, text,
};
use futures::TryStreamExt;

use crate::support::Database;
use crate::support::drop_when_woken::when_woken;
use crate::support::{Fresh, User};
use crate::{add, everywhere, look_at_the_server, names, options, settle, users};

macro_rules! calls {
    ($($call:ident)*) => {
        /// The calls of a connection whose outcome may be lost.
        #[derive(Debug, Clone, Copy, PartialEq)]
        enum Call {
            $($call,)*
        }

        const CALLS: &[Call] = &[$(Call::$call,)*];
    };
}
calls! {
    Execute ExecuteMany ExecutePrepared ExecDriverSql Scalar Scalars Refused OpenStream Portion
    RunSync RunSyncCommits RunSyncWith
    Commit CommitTransaction CommitSavepoint
    Begin BeginNested
    Rollback RollbackTransaction RollbackSavepoint
}

use Call::*;

/// The connection after the outcome was lost.
#[derive(Debug, Clone, Copy, PartialEq)]
enum After {
    /// Everything answers `PendingRollback`, and what was open is not committed.
    Pending,
    /// As `Pending`, but the transaction may have been committed before.
    Unknown,
    /// What was added before is still there and can be committed.
    GoesOn,
    /// There is no transaction, and nothing of it.
    RolledBack,
}

impl Call {
    fn after(self) -> After {
        match self {
            RunSyncCommits | Commit | CommitTransaction => After::Unknown,
            BeginNested | RollbackSavepoint => After::GoesOn,
            Begin | Rollback | RollbackTransaction => After::RolledBack,
            _ => After::Pending,
        }
    }

    /// Whether it waits for a remote database. BEGIN goes with the first statement, and the first rows
    /// may come with the answer to the opening.
    fn waits(self) -> bool {
        !matches!(self, Begin | Portion)
    }
}

/// An error type of the program's own.
#[derive(Debug)]
struct Mine(Error);

impl From<Error> for Mine {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

fn add_now(conn: &mut Connection) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set("lost"))).map(drop)
}

/// Makes a call in a transaction to which "before" was added, and drops its future at the n-th
/// wake-up. Whether the call ended before.
async fn make<S: Strategy>(call: Call, conn: &mut AsyncConnection<S>, n: u32) -> Result<bool> {
    if call != Begin {
        add(conn, "before").await?;
    }
    let done = match call.after() {
        After::Pending if call != CommitSavepoint => run_code(call, conn, n).await?,
        _ => begin_or_end(call, conn, n).await?,
    };
    done.transpose().map(|done| done.is_some())
}

/// Statements, streams and closures. `None` if the future was dropped.
async fn run_code<S: Strategy>(
    call: Call,
    conn: &mut AsyncConnection<S>,
    n: u32,
) -> Result<Option<Result<()>>> {
    let lost = || insert::<User>().values(User::c.name.set("lost"));
    Ok(match call {
        Execute => when_woken(n, conn.execute(lost())).await.map(|done| done.map(drop)),
        ExecuteMany => {
            let sets = (0..40).map(|n| params! { name: format!("lost {n}") });
            when_woken(n, conn.execute_many(insert::<User>(), sets))
                .await
                .map(|done| done.map(drop))
        }
        ExecutePrepared => {
            let engine = conn.engine().sync_engine().clone();
            let prepared = engine.prepare(&text("insert into users (name) values (:name)"))?;
            when_woken(n, conn.execute_prepared(&prepared, ("lost",)))
                .await
                .map(|done| done.map(drop))
        }
        ExecDriverSql => {
            let sql = "insert into users (name) values ('lost')";
            when_woken(n, conn.exec_driver_sql(sql, ())).await.map(|done| done.map(drop))
        }
        Scalar => {
            let found = conn.scalar::<_, String>(select(User::c.name));
            when_woken(n, found).await.map(|done| done.map(drop))
        }
        Scalars => {
            let found = conn.scalars::<_, String>(select(User::c.name));
            when_woken(n, found).await.map(|done| done.map(drop))
        }
        Refused => {
            let twice = insert::<User>().values(User::c.name.set("before"));
            when_woken(n, conn.execute(twice)).await.map(|refused| {
                assert!(refused.expect_err("the name is unique").is_unique_violation());
                Ok(())
            })
        }
        OpenStream => {
            let opened = conn.stream(select(User::c.name));
            when_woken(n, opened).await.map(|done| done.map(drop))
        }
        Portion => {
            let mut stream = conn.stream(select(User::c.name)).await?;
            when_woken(n, stream.try_next()).await.map(|done| done.map(drop))
        }
        RunSync => when_woken(n, conn.run_sync(add_now)).await,
        RunSyncWith => {
            let adds = conn.run_sync_with(|conn| Ok::<_, Mine>(add_now(conn)?));
            when_woken(n, adds).await.map(|done| done.map_err(|mine| mine.0))
        }
        _ => unreachable!("{call:?} begins or ends a transaction"),
    })
}

/// What begins or ends transactions. `None` if the future was dropped.
async fn begin_or_end<S: Strategy>(
    call: Call,
    conn: &mut AsyncConnection<S>,
    n: u32,
) -> Result<Option<Result<()>>> {
    Ok(match call {
        RunSyncCommits => {
            let commits = conn.run_sync(|conn| {
                add_now(conn)?;
                conn.commit()
            });
            when_woken(n, commits).await
        }
        Commit => when_woken(n, conn.commit()).await,
        CommitTransaction => {
            conn.rollback().await?;
            let mut tx = conn.begin().await?;
            add(&mut tx, "before").await?;
            when_woken(n, tx.commit()).await
        }
        CommitSavepoint => {
            let mut sp = conn.begin_nested().await?;
            add(&mut sp, "lost").await?;
            when_woken(n, sp.commit()).await
        }
        Begin => when_woken(n, conn.begin()).await.map(|done| done.map(drop)),
        BeginNested => when_woken(n, conn.begin_nested()).await.map(|done| done.map(drop)),
        Rollback => when_woken(n, conn.rollback()).await,
        RollbackTransaction => {
            conn.rollback().await?;
            let mut tx = conn.begin().await?;
            add(&mut tx, "before").await?;
            when_woken(n, tx.rollback()).await
        }
        RollbackSavepoint => {
            let mut sp = conn.begin_nested().await?;
            add(&mut sp, "lost").await?;
            when_woken(n, sp.rollback()).await
        }
        _ => unreachable!("{call:?} runs code"),
    })
}

async fn assert_pending<S: Strategy>(conn: &mut AsyncConnection<S>, call: Call) {
    let refused = [
        conn.execute(text("select 1")).await.map(drop),
        conn.commit().await,
        conn.begin().await.map(drop),
        conn.begin_nested().await.map(drop),
        conn.run_sync(|conn| conn.execute(text("select 1")).map(drop)).await,
    ];
    for refused in refused {
        let error = refused.expect_err("the transaction is lost");
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{call:?}: {error}");
    }
    assert!(conn.in_transaction(), "{call:?}");
}

/// What the connection is like after a call whose outcome was lost. `ended` says that the call had
/// come to its end.
async fn look<S: Strategy>(conn: &mut AsyncConnection<S>, call: Call, ended: bool) -> Result<()> {
    let mut wanted = call.after();
    if !ended && wanted == After::GoesOn {
        // A statement that was cut costs the transaction.
        wanted = After::Pending;
    }
    match wanted {
        After::Pending | After::Unknown => {
            assert_pending(conn, call).await;
            let rolled_back = conn.rollback().await;
            let in_doubt =
                matches!(&rolled_back, Err(error) if error.kind() == ErrorKind::CommitUnknown);
            if in_doubt {
                // Once: the connection works again.
                assert_eq!(wanted, After::Unknown, "{call:?}");
                conn.rollback().await?;
            } else {
                rolled_back?;
            }
            assert!(!conn.in_transaction());
            let found = names(conn).await?;
            assert!(found.is_empty() || wanted == After::Unknown, "{call:?} left {found:?}");
            if ended && wanted == After::Unknown {
                assert!(found.contains(&"before".to_owned()), "{call:?} has committed");
                assert!(in_doubt, "{call:?} may have committed, and the rollback said nothing");
            }
        }
        After::GoesOn => {
            assert!(!conn.in_nested_transaction(), "{call:?}");
            conn.commit().await?;
            assert_eq!(names(conn).await?, ["before"], "{call:?}");
        }
        After::RolledBack => {
            assert!(!conn.in_transaction(), "{call:?}");
            assert_eq!(names(conn).await?, Vec::<String>::new(), "{call:?}");
        }
    }
    conn.rollback().await
}

/// How many outcomes of a call were lost: at its first wake-up, its second, and so on, until one call
/// has come to its end. A call that ends elsewhere before it is polled at all is made again.
async fn lose<S: Strategy>(engine: &AsyncEngine<S>, call: Call, must: bool) -> Result<u32> {
    let mut conn = engine.connect().await?;
    let mut lost = 0;
    for _ in 0..1000 {
        let completed = make(call, &mut conn, lost + 1).await?;
        if !completed {
            lost += 1;
            // Greenlets of the task are cut where they wait.
            let ended = !is_local::<S>();
            look(&mut conn, call, ended).await?;
        }
        conn.rollback().await?;
        conn.execute(text("delete from users")).await?;
        conn.commit().await?;
        if completed && (lost > 0 || !must) {
            conn.close().await?;
            return Ok(lost);
        }
    }
    panic!("{call:?} did not complete, or never lost its outcome; lost were {lost}");
}

fn is_local<S: Strategy>() -> bool {
    std::any::TypeId::of::<S>() == std::any::TypeId::of::<aludel::Local>()
}

fn run<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<S>(options()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        users(&engine, &[]).await.expect("a table");
        for &call in CALLS {
            let must = !is_local::<S>() || database.is_remote() && call.waits();
            let lost = lose(&engine, call, must).await.expect("a connection that works again");
            println!("{call:?}: {lost} outcomes were lost");
        }
        settle(&engine).await;
    });
    look_at_the_server(&runtime, &fresh, &engine, "outcomes that nobody took");
}

// fault: B32, T03
everywhere![run];

/// Loses the outcome of a call that puts the connection into AUTOCOMMIT, and looks whether a rollback
/// still undoes what was added. Whether the outcome was lost.
async fn lose_level<S: Strategy>(conn: &mut AsyncConnection<S>, in_closure: bool) -> Result<bool> {
    let level = IsolationLevel::Autocommit;
    let taken = if in_closure {
        when_woken(1, conn.run_sync(move |conn| conn.set_isolation_level(level))).await
    } else {
        when_woken(1, conn.set_isolation_level(level)).await
    };
    let lost = taken.transpose()?.is_none();
    if !lost {
        conn.set_isolation_level(None).await?;
    }
    assert_eq!(conn.isolation_level().await?, None);
    add(conn, "undone").await?;
    assert!(conn.in_transaction());
    conn.rollback().await?;
    assert!(names(conn).await?.is_empty(), "it was committed by itself");
    conn.rollback().await?;
    Ok(lost)
}

/// The same, with a transaction that has begun at the other level.
async fn lose_level_within<S: Strategy>(conn: &mut AsyncConnection<S>) -> Result<()> {
    let taken = when_woken(
        1,
        conn.run_sync(|conn| {
            conn.set_isolation_level(IsolationLevel::Serializable)?;
            add_now(conn)
        }),
    );
    if taken.await.transpose()?.is_none() {
        assert_eq!(conn.commit().await.unwrap_err().kind(), ErrorKind::PendingRollback);
    }
    conn.rollback().await?;
    conn.set_isolation_level(None).await?;
    assert!(names(conn).await?.is_empty());
    conn.rollback().await
}

fn lost_level<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<S>(options()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let test = async {
        users(&engine, &[]).await?;
        let mut conn = engine.connect().await?;
        for in_closure in [false, true] {
            let mut tries = 0;
            // Under `Local` nothing is waited for, and so nothing can be lost.
            while !lose_level(&mut conn, in_closure).await? && !is_local::<S>() {
                tries += 1;
                assert!(tries < 1000, "no outcome was lost");
            }
        }
        for _ in 0..3 {
            lose_level_within(&mut conn).await?;
        }
        conn.close().await?;
        settle(&engine).await;
        Ok::<_, Error>(())
    };
    runtime.block_on(test).expect("a connection that works again");
}

// fault: B32
everywhere![lost_level];
