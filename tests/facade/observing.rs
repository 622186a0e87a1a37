//! What is seen of awaited calls: in whose span they run, and who holds which connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aludel::engine::{AfterCursorExecute, BeforeCursorExecute, HandleError};
use aludel::{
    AsyncEngine, EngineOptions, ErrorKind, Result, Strategy, create_async_engine_on, event, text,
};
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, Span, dispatcher, info_span};

use crate::support::log::Log;
use crate::support::{Database, Fresh};
use crate::{add, everywhere, facade, names, settle, users};

facade![
    calls_run_in_the_span_of_their_caller,
    connections_know_where_they_were_taken,
    a_cancellation_is_seen_from_an_error
];
everywhere!(echo_and_spans);

async fn calls_run_in_the_span_of_their_caller<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a"]).await?;
    let log = Log::default();
    let seen: Arc<Mutex<Vec<Option<&'static str>>>> = Arc::default();
    let look = |what: &Arc<Mutex<Vec<_>>>| {
        let what = Arc::clone(what);
        move || what.lock().unwrap().push(Span::current().metadata().map(|span| span.name()))
    };
    let (before, after, failed) = (look(&seen), look(&seen), look(&seen));
    event::listen(engine.sync_engine(), move |_: &mut BeforeCursorExecute<'_>| {
        before();
        tracing::info!(target: "hook", "before");
        Ok(())
    });
    event::listen(engine.sync_engine(), move |_: &mut AfterCursorExecute<'_>| {
        after();
        Ok(())
    });
    event::listen(engine.sync_engine(), move |_: &mut HandleError<'_>| {
        failed();
        Ok(())
    });
    let work = async {
        let mut conn = engine.connect().await?;
        add(&mut conn, "b").await?;
        assert_eq!(names(&mut conn).await?, ["a", "b"]);
        conn.commit().await?;
        let mut stream = conn.stream(text("select 1")).await?;
        while stream.next_partition().await?.is_some() {}
        drop(stream);
        let wrong = conn.execute(text("selec")).await;
        assert_eq!(wrong.unwrap_err().kind(), ErrorKind::Programming);
        conn.run_sync(|conn| conn.execute(text("select 2")).map(drop)).await.unwrap_or_default();
        conn.close().await
    };
    let dispatch = log.dispatch();
    let request = dispatcher::with_default(&dispatch, || info_span!("request"));
    work.instrument(request).with_subscriber(dispatch).await?;
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert!(seen.len() >= 6 && seen.iter().all(|span| *span == Some("request")), "{seen:?}");
    let hook = log.take("hook");
    assert!(hook.len() >= 4 && hook.iter().all(|said| said.path == "request"), "{hook:?}");
    let statements = log.take_spans("statement");
    let within = |path: &str| path == "request/statement";
    assert!(statements.iter().all(|(path, _)| within(path)), "{statements:?}");
    let texts: Vec<_> = statements.iter().map(|(_, fields)| &*fields["db.query.text"]).collect();
    for text in ["select 1", "selec", "COMMIT", "ROLLBACK"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    Ok(())
}

async fn connections_know_where_they_were_taken<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let pool = engine.sync_engine().pool();
    assert!(pool.status().lent.is_empty());
    let connecting = engine.connect();
    let line = line!() - 1;
    let mut conn = connecting.await?;
    let lent = pool.status().lent;
    assert_eq!((lent[0].place.file(), lent[0].place.line()), (file!(), line));
    assert_eq!((lent.len(), lent[0].statement.as_deref()), (1, None));
    conn.execute(text("select 1")).await?;
    conn.execute(text("select 2")).await?;
    assert_eq!(pool.status().lent[0].statement.as_deref(), Some("select 2"));
    conn.invalidate().await?;
    assert!(pool.status().lent.is_empty(), "given up");
    conn.rollback().await?;
    conn.execute(text("select 3")).await?;
    let lent = pool.status().lent;
    assert_eq!((lent[0].place.line(), lent[0].statement.as_deref()), (line, Some("select 3")));
    conn.close().await?;
    assert!(pool.status().lent.is_empty());
    let here = line!() + 1;
    engine
        .begin(async |conn| {
            conn.execute(text("select 4")).await?;
            let lent = pool.status().lent;
            assert_eq!(lent[0].statement.as_deref(), Some("select 4"));
            assert!(lent[0].place.line().abs_diff(here) <= 1, "{lent:?}");
            Ok(())
        })
        .await?;
    let held = engine.run_sync(|engine| {
        let _conn = engine.connect()?;
        let lent = engine.pool().status().lent;
        assert_eq!((lent[0].place.file(), lent.len()), (file!(), 1));
        Ok(())
    });
    held.await
}

async fn a_cancellation_is_seen_from_an_error<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &["a"]).await?;
    let seen: Arc<Mutex<Vec<bool>>> = Arc::default();
    let sees = Arc::clone(&seen);
    event::listen(engine.sync_engine(), move |e: &mut HandleError<'_>| {
        sees.lock().unwrap().push(e.is_cancellation);
        // Whatever is made of it, the connection is treated as cut.
        *e.error = aludel::Error::new(ErrorKind::Data, "another");
        Ok(())
    });
    let mut conn = engine.connect().await?;
    let wrong = conn.execute(text("selec")).await;
    assert_eq!(wrong.unwrap_err().message(), "another");
    assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), [false]);
    conn.rollback().await?;
    add(&mut conn, "b").await?;
    let slow = match engine.name() {
        "postgresql" => "select pg_sleep(60)",
        "sqlite" => {
            "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"
        }
        _ => "select sleep(60)",
    };
    let cut = tokio::time::timeout(Duration::from_millis(200), conn.execute(text(slow))).await;
    assert!(cut.is_err());
    assert_eq!(
        conn.execute(text("select 1")).await.unwrap_err().kind(),
        ErrorKind::PendingRollback
    );
    assert_eq!(*seen.lock().unwrap(), [true]);
    conn.rollback().await?;
    assert_eq!(names(&mut conn).await?, ["a"]);
    conn.close().await
}

fn echo_and_spans<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let log = Log::default();
    let options = EngineOptions::new().echo(true).slow_threshold(Duration::ZERO);
    let engine = create_async_engine_on::<S>(fresh.url(), options).unwrap();
    let work = async {
        let mut conn = engine.connect().await?;
        let number = engine.sync_engine().pool().status().lent[0].connection;
        conn.execute(text("select :x").bind("x", "secret")).await?;
        drop(conn);
        settle(&engine).await;
        Ok::<_, aludel::Error>(number)
    };
    let dispatch = log.dispatch();
    let request = dispatcher::with_default(&dispatch, || info_span!("request"));
    let number = runtime.block_on(work.instrument(request).with_subscriber(dispatch)).unwrap();
    let echoed = log.take("aludel::engine");
    assert!(echoed.iter().all(|said| said.path.starts_with("request")), "{echoed:?}");
    assert!(echoed.iter().all(|said| said.fields["connection"] == number.to_string()));
    let words: Vec<_> = echoed.iter().map(|said| said.message()).collect();
    assert_eq!(words.len(), 3, "{words:?}");
    assert_eq!((words[0], words[2]), ("BEGIN (implicit)", "ROLLBACK (the connection was dropped)"));
    assert_eq!(echoed[1].fields["parameters"], "(\"secret\")");
    let slow = log.take("aludel::slow");
    assert!(slow.iter().all(|said| said.path == "request/statement"), "{slow:?}");
    assert!(slow.iter().any(|said| said.fields["db.query.text"].starts_with("select")));
    drop(runtime);
}
