//! The event before a connection is made: where, as whom and how may change each time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use aludel::pool::DoConnect;
use aludel::url::Secret;
use aludel::{EngineOptions, Error, ErrorKind, Result, bridge, event, text};
use futures::channel::oneshot;

use crate::support::Database;
use crate::{Db, suite};

suite![
    a_password_is_awaited_for_each_connection,
    what_is_changed_is_for_one_connection,
    an_error_fails_the_checkout_and_loses_no_place,
];

/// One connection that is kept, so that all others are made anew.
fn options() -> EngineOptions {
    EngineOptions::new().pool_size(1).max_overflow(0)
}

fn a_password_is_awaited_for_each_connection(db: &Db) -> Result<()> {
    let engine = db.another(options())?;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let server = db.has_a_server();
    let right = Arc::new(Mutex::new(None));
    event::listen(&engine, move |e: &mut DoConnect<'_>| {
        let (send, token) = oneshot::channel();
        // As if it came over the network.
        let answering = thread::spawn(move || send.send("expired"));
        let token = bridge::sync::await_or_park(token)?
            .map_err(|_| Error::new(ErrorKind::Operational, "no token"))?;
        answering.join().unwrap().unwrap();
        let mut right = right.lock().unwrap();
        let password = right.get_or_insert_with(|| e.url.password().cloned());
        assert_eq!(e.url.password(), password.as_ref(), "each begins with the engine's");
        if counted.fetch_add(1, Ordering::SeqCst) == 0 && server {
            e.url.set_password(Secret::new(token));
        }
        Ok(())
    });
    if server {
        let error = engine.connect().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(!format!("{error} {error:?}").contains("expired"), "{error}");
    }
    let mut conn = engine.connect()?;
    let answer: Option<i64> = conn.scalar(text("select 6 * 7"))?;
    assert_eq!(answer, Some(42));
    conn.close()?;
    // Nobody is asked for a connection that is there.
    let made = calls.load(Ordering::SeqCst);
    engine.connect()?.close()?;
    assert_eq!((made, calls.load(Ordering::SeqCst)), (if server { 2 } else { 1 }, made));
    Ok(())
}

fn what_is_changed_is_for_one_connection(db: &Db) -> Result<()> {
    let engine = db.another(options())?;
    let first = AtomicUsize::new(0);
    event::listen(&engine, move |e: &mut DoConnect<'_>| {
        if first.fetch_add(1, Ordering::SeqCst) == 0 {
            match e.url.backend() {
                "postgresql" => e.url.set_option("application_name", "changed"),
                _ => e.url.set_database("information_schema".to_owned()),
            }
        }
        Ok(())
    });
    let sql = match db.database.server() {
        Database::Postgres => "select cast(current_setting('application_name') as text)",
        Database::MySql => "select database()",
        // It opens one database, and says so.
        _ => {
            let error = engine.connect().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
            assert!(error.message().contains("do_connect"), "{error}");
            return engine.connect()?.close();
        }
    };
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut conn = engine.connect()?;
        seen.push(conn.scalar::<_, String>(text(sql))?);
        conn.invalidate();
        conn.close()?;
    }
    let changed =
        if db.database.server() == Database::Postgres { "changed" } else { "information_schema" };
    assert_eq!(seen[0].as_deref(), Some(changed));
    assert_ne!(seen[1], seen[0]);
    Ok(())
}

fn an_error_fails_the_checkout_and_loses_no_place(db: &Db) -> Result<()> {
    let engine = db.another(options())?;
    let refuse = event::listen(&engine, |_: &mut DoConnect<'_>| {
        Err(Error::new(ErrorKind::Operational, "the vault is sealed"))
    });
    for _ in 0..3 {
        let error = engine.connect().unwrap_err();
        assert!(error.message().contains("the vault is sealed"), "{error}");
    }
    event::remove(&engine, &refuse)?;
    engine.connect()?.close()
}
