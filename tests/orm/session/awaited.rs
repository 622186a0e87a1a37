//! The async session under each strategy, and what is left when its calls are dropped.

use std::time::Duration;

use aludel::orm::State;
use aludel::{
    AsyncEngine, AsyncSession, EngineOptions, ErrorKind, Hosted, Local, Mapped, MetaData, Result,
    Strategy, Threaded, async_scoped_session, async_sessionmaker, select, text,
};

use super::{Address, User, address, user};
use crate::support::drop_after::after;
use crate::support::{Database, Fresh, say};

/// Runs a test on each database under a strategy, and looks that the pool is whole then.
fn under<S: Strategy>(test: impl AsyncFn(&AsyncEngine<S>) -> Result<()>) {
    for database in [Database::Sqlite, Database::Postgres, Database::MySql] {
        let Some(fresh) = Fresh::new(database) else { continue };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let run = async {
            let engine = fresh.async_engine::<S>(EngineOptions::new())?;
            let metadata = MetaData::new().with::<User>().with::<Address>();
            engine
                .begin(async |conn| conn.run_sync(move |conn| metadata.create_all(conn)).await)
                .await?;
            test(&engine).await?;
            let pool = engine.sync_engine().pool();
            for _ in 0..1000 {
                if pool.status().in_use == 0 {
                    return Ok::<(), aludel::Error>(());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            panic!("connections are still out: {:?}", pool.status());
        };
        let run = async { tokio::time::timeout(Duration::from_secs(100), run).await };
        match runtime.block_on(run) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("on {database:?}: {error}"),
            Err(_) => panic!("on {database:?}: it does not end"),
        }
    }
}

macro_rules! everywhere {
    ($($test:ident)*) => {
        mod hosted {
            $(#[test] fn $test() { super::under::<aludel::Hosted>(super::$test); })*
        }
        mod local {
            $(#[test] fn $test() { super::under::<aludel::Local>(super::$test); })*
        }
        mod threaded {
            $(#[test] fn $test() { super::under::<aludel::Threaded>(super::$test); })*
        }
    };
}
// conforms: C18, C19, C24, C27, C28, C29, C39, C40, C42, C44, C51, C52, C53
everywhere! { program lazy_in_run_sync guards abandoned makers scopes sweeps dropped_while_it_runs }

/// The first program: write, commit, look, change, load.
async fn program<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    // oracle: asy-001 asy-002 asy-004 asy-005 asy-006
    let mut s = AsyncSession::new(engine);
    let u = s.add(user("u"))?;
    let a = s.push(&u, User::c.addresses, address("a"))?;
    assert_eq!(s.state(&u), Some(State::Pending));
    s.commit().await?;
    assert_eq!(s.state(&u), Some(State::Persistent));
    // Expired: indexing would have to load, `read` does.
    assert_eq!(s.read(&u).await?.name, "u");
    assert_eq!(s[&u].name, "u");
    let of_u = s.load(&u, User::c.addresses).await?;
    assert_eq!(of_u, std::slice::from_ref(&a));
    let (x, y) = s.edit((&u, &a)).await?;
    x.name.push('!');
    y.email.push('!');
    s.flush().await?;
    assert_eq!(s.scalar(select(User::c.name)).await?.as_deref(), Some("u!"));
    assert_eq!(s.get::<User>(1).await?, Some(u.clone()));
    let missing = s.get_one::<User>(77).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NoResultFound);
    s.rollback().await?;
    assert_eq!(s.peek(&u).unwrap().name, "u");
    let mut value = s.snapshot(&u)?;
    value.name = "merged".into();
    assert_eq!(s.merge(value).await?, u);
    s.flush().await?;
    s.refresh(&u).await?;
    assert_eq!(s[&u].name, "merged");
    s.delete(&a).await?;
    s.commit().await?;
    assert_eq!(s.state(&a), Some(State::Detached));
    let other = s.execute(select(User::entity())).await?.all();
    assert_eq!(other, [u]);
    s.close().await
}

/// Synchronous code with lazy loads; its errors keep their type.
async fn lazy_in_run_sync<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    // oracle: asy-003
    #[derive(Debug)]
    struct Refused;
    impl From<aludel::Error> for Refused {
        fn from(_: aludel::Error) -> Self {
            Self
        }
    }
    let mut s = AsyncSession::new(engine);
    let emails = s.run_sync(|s| {
        let u = s.add(user("u"))?;
        s.push(&u, User::c.addresses, address("a"))?;
        s.push(&u, User::c.addresses, address("b"))?;
        s.commit()?;
        let mut emails = Vec::new();
        for a in s.load(&u, User::c.addresses)? {
            assert_eq!(s.load(&a, Address::c.user)?, Some(u.clone()));
            emails.push(s.read(&a)?.email.clone());
        }
        Ok(emails)
    });
    assert_eq!(emails.await?, ["a", "b"]);
    let refused = s.run_sync_with(|_| Err::<(), _>(Refused)).await;
    assert!(matches!(refused, Err(Refused)));
    s.close().await
}

/// Guards of transactions and savepoints: committed, rolled back, dropped.
async fn guards<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    // oracle: asy-009
    let mut s = AsyncSession::new(engine);
    let mut tx = s.begin().await?;
    let u = tx.add(user("kept"))?;
    let mut nested = tx.begin_nested().await?;
    nested.edit(&u).await?.name = "undone".into();
    nested.flush().await?;
    drop(nested);
    assert_eq!(tx.peek(&u).unwrap().name, "kept");
    assert_eq!(tx.read(&u).await?.name, "kept");
    let nested = tx.begin_nested().await?;
    nested.rollback().await?;
    tx.commit().await?;
    assert!(!s.in_transaction());

    let mut tx = s.begin().await?;
    tx.add(user("lost"))?;
    tx.flush().await?;
    assert_eq!(tx.begin().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    drop(tx);
    assert_eq!(s.scalars(select(User::c.name)).await?.all(), ["kept"]);
    s.close().await
}

/// Guards of savepoints that are dropped where nothing is sent until the next savepoint begins or ends.
async fn abandoned<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    let mut s = AsyncSession::new(engine);
    // The next savepoint is not the one that was dropped.
    let mut dropped = s.begin_nested().await?;
    let lost = dropped.add(user("lost"))?;
    dropped.flush().await?;
    drop(dropped);
    let mut next = s.begin_nested().await?;
    next.add(user("next"))?;
    next.commit().await?;
    s.commit().await?;
    assert_eq!(names(engine).await?, ["next"]);
    assert_eq!(s.state(&lost), Some(State::Detached));
    // The outer one is committed though the inner one was dropped.
    let mut outer = s.begin_nested().await?;
    let kept = outer.add(user("outer"))?;
    outer.flush().await?;
    let mut inner = outer.begin_nested().await?;
    inner.add(user("inner"))?;
    inner.flush().await?;
    drop(inner);
    outer.commit().await?;
    s.commit().await?;
    assert_eq!(names(engine).await?, ["next", "outer"]);
    assert_eq!(s.state(&kept), Some(State::Persistent));
    // What is deleted is neither read nor edited.
    s.read(&kept).await?;
    s.delete(&kept).await?;
    s.flush().await?;
    assert_eq!(s.edit(&kept).await.map(drop).unwrap_err().kind(), ErrorKind::ObjectDeleted);
    assert_eq!(s.read(&kept).await.map(drop).unwrap_err().kind(), ErrorKind::ObjectDeleted);
    s.rollback().await?;
    assert_eq!(s.read(&kept).await?.name, "outer");
    s.close().await
}

/// Sessions that are made alike, in async blocks.
async fn makers<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    let maker = async_sessionmaker(engine).configured(|options| options.expire_on_commit(false));
    let mut s = maker.session();
    let u = s.add(user("u"))?;
    s.commit().await?;
    assert_eq!(s[&u].name, "u");
    s.close().await?;
    let failed = maker
        .begin(async |s| {
            s.add(user("lost"))?;
            s.flush().await?;
            s.get_one::<User>(77).await.map(drop)
        })
        .await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::NoResultFound);
    let names = maker.begin(async |s| Ok(s.scalars(select(User::c.name)).await?.all())).await?;
    assert_eq!(names, ["u"]);
    Ok(())
}

/// One session for each scope, lent to one at a time.
async fn scopes<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    // oracle: asy-007
    let scoped = async_scoped_session(async_sessionmaker(engine), || 7_u32);
    let mut lease = scoped.lease()?;
    let u = lease.add(user("u"))?;
    assert_eq!(scoped.lease().unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(scoped.remove().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    drop(lease);
    let mut lease = scoped.lease()?;
    lease.commit().await?;
    assert_eq!(lease.read(&u).await?.name, "u");
    drop(lease);
    assert!(scoped.remove().await?);
    assert!(!scoped.has());
    Ok(())
}

/// The calls that are dropped after each number of polls.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
    Flush,
    Commit,
    Load,
    Refresh,
    Merge,
    RunSync,
}

const CALLS: [Call; 6] =
    [Call::Flush, Call::Commit, Call::Load, Call::Refresh, Call::Merge, Call::RunSync];

async fn call<S: Strategy>(s: &mut AsyncSession<S>, which: Call) -> Result<()> {
    let u = s.get_one::<User>(1).await?;
    match which {
        Call::Flush => s.flush().await,
        Call::Commit => s.commit().await,
        Call::Load => s.load(&u, User::c.addresses).await.map(drop),
        Call::Refresh => s.refresh(&u).await,
        Call::Merge => {
            let value = User { id: 1.into(), ..user("merged") };
            s.merge(value).await.map(drop)
        }
        Call::RunSync => {
            s.run_sync(move |s| {
                s.edit(&u)?.name.push('?');
                s.flush()?;
                s.load(&u, User::c.addresses).map(drop)
            })
            .await
        }
    }
}

/// What another connection sees.
async fn names<S: Strategy>(engine: &AsyncEngine<S>) -> Result<Vec<String>> {
    let mut conn = engine.connect().await?;
    let names = conn.scalars(text("select name from users order by id")).await?;
    conn.close().await?;
    Ok(names)
}

/// Each call is dropped after each number of polls. A rollback gives a session whose objects say what they are, and
/// nothing is stored that was not committed.
async fn sweeps<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    let mut s = AsyncSession::new(engine);
    let u = s.add(user("0"))?;
    s.push(&u, User::c.addresses, address("a"))?;
    s.commit().await?;
    for which in CALLS {
        let mut cut = 0;
        for k in 1.. {
            s.rollback().await?;
            let u = s.get_one::<User>(1).await?;
            s.rollback().await?;
            let before = names(engine).await?;
            s.read(&u).await?;
            let (name, added) = (format!("{which:?} {k}"), format!("added {which:?} {k}"));
            s[&u].name.clone_from(&name);
            let new = s.add(user(&added))?;
            let outcome = after(k, call(&mut s, which)).await;
            let done = outcome.transpose()?.is_some();
            cut += u32::from(!done);
            let ended = s.rollback().await;
            let unknown = match &ended {
                Ok(()) => false,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{which:?} {k}: {error}");
                    true
                }
            };
            assert!(s.is_active() && !s.in_transaction(), "{which:?} {k}");
            if unknown {
                // The server goes on with a COMMIT.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let now = names(engine).await?;
            assert_eq!(s.state(&u), Some(State::Persistent));
            assert_eq!(s.read(&u).await?.name, now[0], "{which:?} {k}");
            if which == Call::Commit {
                let is_stored = now.contains(&added);
                assert!(is_stored == (now[0] == name), "all of it or nothing: {which:?} {k}");
                let is_here = s.state(&new) == Some(State::Persistent);
                assert!(is_here == is_stored || unknown, "{which:?} {k}: {:?}", s.state(&new));
                assert!(is_stored || !done);
            } else {
                assert_eq!(now, before, "{which:?} {k}");
                assert_ne!(s.state(&new), Some(State::Persistent), "{which:?} {k}");
            }
            if done {
                break;
            }
            assert!(k < 500, "{which:?} does not complete");
        }
        say(&format!("{which:?} was cut {cut} times"));
    }
    s.close().await
}

/// A call that runs on where its future is gone: what does not wait says so, what waits gets the session back.
async fn dropped_while_it_runs<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    let mut s = AsyncSession::new(engine);
    let u = s.add(user("u"))?;
    s.commit().await?;
    s.read(&u).await?;
    let slow = s.run_sync(move |s| {
        s.connection()?;
        // The bridge refuses what a cancelled call asks of it; this does not ask.
        std::thread::sleep(Duration::from_millis(200));
        s.execute(text("select 1")).map(drop)
    });
    let outcome = tokio::time::timeout(Duration::from_millis(50), slow).await;
    if outcome.is_err() {
        assert!(s.sync_session().is_none() && s.peek(&u).is_none());
        assert_eq!(s.add(user("x")).unwrap_err().kind(), ErrorKind::InvalidRequest);
        s.ready().await?;
        assert_eq!(s.peek(&u).unwrap().name, "u");
        let error = s.execute(text("select 1")).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
    }
    s.rollback().await?;
    assert_eq!(s.read(&u).await?.name, "u");
    s.close().await
}

/// Futures of calls can be sent to other threads where the strategy says so.
#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: &T) {}
    fn of<S: Strategy>(engine: &AsyncEngine<S>) -> AsyncSession<S> {
        AsyncSession::new(engine)
    }
    let engine = aludel::create_async_engine_on::<Hosted>("sqlite://", EngineOptions::new());
    let mut s = of(&engine.unwrap());
    is_send(&s);
    is_send(&s.commit());
    is_send(&s.get::<User>(1));
    is_send(&s.scalars(select(User::entity())));
    is_send(&s.run_sync(|s| s.flush()));
    let engine = aludel::create_async_engine_on::<Threaded>("sqlite://", EngineOptions::new());
    let mut s = of(&engine.unwrap());
    is_send(&s.commit());
    let engine = aludel::create_async_engine_on::<Local>("sqlite://", EngineOptions::new());
    is_send(&of(&engine.unwrap()));
}
