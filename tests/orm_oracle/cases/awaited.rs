//! Programs of the group "async".

use aludel::orm::{Session, SessionOptions, selectinload};
use aludel::{
    AsyncEngine, AsyncSession, Error, Local, Mapped, Result, async_scoped_session,
    async_sessionmaker, select,
};

use super::Cases;
use super::loading::setup;
use crate::models::{self, Tag, User, address, tag, user};
use crate::trace::Trace;

pub(super) fn cases(to: &mut Cases) {
    to.awaited("asy-001", |t, engine| {
        Box::pin(async move {
            t.setup(&models::blog(), &[]);
            let options = SessionOptions::new().expire_on_commit(false);
            let mut s = AsyncSession::with_options(&engine, options);
            let mut block = s.begin().await?;
            block.add(User { addresses: vec![address("x")].into(), ..user("a") })?;
            block.add(user("b"))?;
            block.commit().await?;
            let q = select(User::entity()).options(selectinload(User::c.addresses));
            let users = s.scalars(q.order_by(User::c.id)).await?.all();
            let shown = users.iter().map(|u| (&s[u].name, s[u].addresses.get().map(<[_]>::len)));
            t.show("users", shown.collect::<Vec<_>>());
            t.panics("lazy attribute", || s[&users[0]].tags.into_iter().count());
            s.close().await
        })
    });
    to.awaited("asy-002", |t, engine| {
        Box::pin(async move {
            t.setup(&models::blog(), &[]);
            let mut s = AsyncSession::new(&engine);
            let u = s.add(user("a"))?;
            s.commit().await?;
            t.panics("column", || &s[&u].name);
            t.panics("key", || s[&u].id);
            t.show("identity", s.peek(&u).map(|u| [u.id]));
            t.step("after refresh");
            s.refresh(&u).await?;
            t.show("name", &s[&u].name);
            t.panics("collection", || s[&u].addresses.into_iter().count());
            s.close().await
        })
    });
    to.awaited("asy-003", |t, engine| {
        Box::pin(async move {
            setup(&t, 1, 2);
            let mut s = AsyncSession::new(&engine);
            let trace = t.clone();
            let emails = s.run_sync(move |s| work(s, &trace, "x")).await?;
            t.show("emails", emails);
            t.show("new", s.new_objects().len());
            let failed = s.run_sync_with::<Inside, _, _>(|_| Err::<(), _>(Inside)).await;
            t.raises_own("run_sync", failed.map_err(|_| "inside".to_owned()));
            s.commit().await?;
            s.close().await
        })
    });
    to.awaited("asy-007", |t, engine| {
        Box::pin(async move {
            t.setup(&models::blog(), &[]);
            let tasks = tokio::task::LocalSet::new();
            let (again, same) = (t.clone(), engine.clone());
            let one = async { tokio::task::spawn_local(in_task("one", again, same)).await };
            let one = tasks.run_until(one).await.expect("the task ends")?;
            let again = t.clone();
            let two = async { tokio::task::spawn_local(in_task("two", again, engine)).await };
            let two = tasks.run_until(two).await.expect("the task ends")?;
            t.show("differ between tasks", one != two);
            Ok(())
        })
    });
    to.awaited("asy-009", |t, engine| {
        Box::pin(async move {
            t.setup(&models::blog(), &["tags (id, label) VALUES (1, 'x')"]);
            t.raises_own("block", stopped(&engine).await);
            let mut s = AsyncSession::new(&engine);
            let mut block = s.begin().await?;
            block.add(user("kept"))?;
            let mut nested = block.begin_nested().await?;
            nested.add(Tag { id: 1.into(), ..tag("clash") })?;
            t.raises("nested", nested.commit().await);
            block.add(user("after"))?;
            block.commit().await?;
            s.close().await?;
            t.rows("SELECT name FROM users ORDER BY id");
            Ok(())
        })
    });
}

fn work(s: &mut Session, t: &Trace, label: &str) -> Result<Vec<String>> {
    let u = s.get_one::<User>(1)?;
    s.add(tag(label))?;
    t.show("type", std::any::type_name_of_val(s).rsplit("::").next());
    let addresses = s.load(&u, User::c.addresses)?;
    Ok(addresses.iter().map(|a| s[a].email.clone()).collect())
}

/// An error of the program's own.
#[derive(Debug)]
struct Inside;

impl From<Error> for Inside {
    fn from(_: Error) -> Self {
        Self
    }
}

async fn in_task(
    name: &'static str,
    t: Trace,
    engine: AsyncEngine<Local>,
) -> Result<aludel::orm::SessionId> {
    let maker = async_sessionmaker(&engine);
    let scoped = async_scoped_session(maker, tokio::task::id);
    let mut first = scoped.lease()?;
    let id = first.id();
    first.add(user(name))?;
    drop(first);
    t.show(&format!("{name} same in the task"), scoped.lease()?.id() == id);
    scoped.lease()?.commit().await?;
    scoped.remove().await?;
    t.show(&format!("{name} other after remove"), scoped.lease()?.id() != id);
    scoped.remove().await?;
    Ok(id)
}

async fn stopped(engine: &AsyncEngine<Local>) -> Result<(), String> {
    let stopped = async {
        let mut s = AsyncSession::new(engine);
        let mut block = s.begin().await?;
        block.add(user("lost"))?;
        block.flush().await?;
        block.rollback().await?;
        s.close().await
    };
    stopped.await.map_err(|error: Error| error.to_string())?;
    Err("stop".to_owned())
}
