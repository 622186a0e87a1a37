//! Events: who hears what, and what a listener may do.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aludel::dbapi::{IsolationLevel, Statement, StatementKind};
use aludel::engine::{
    AfterCursorExecute, AllEngines, BeforeCursorExecute, BeforeExecute, Begin, Commit,
    ExecutedStatement, HandleError, Parameters, Rollback,
};
use aludel::sql::Params;
use aludel::{Connection, Error, ErrorKind, Result, event, insert, pool, text};

use crate::{Db, User, settle, suite, whole};

suite![
    pool_events,
    each_checkout_has_its_checkin,
    all_engines_are_heard,
    pool_events_of_all_engines_are_heard,
    connect_listeners_take_any_text,
    connect_listener_runs_sql_and_may_refuse,
    statement_events_in_order,
    before_execute_has_the_statement,
    listener_rewrites_statement_and_parameters,
    listener_runs_sql_on_the_connection,
    transaction_events,
    one_connection_only,
    listeners_can_be_removed,
    error_listener_replaces_the_error,
    error_listener_that_fails_is_the_last,
    error_listener_decides_what_a_disconnect_is,
    error_listener_hears_of_levels,
    error_listener_hears_of_a_ping,
    listener_that_panics_spoils_nothing,
    listener_error_ends_the_statement,
];

type Log = Arc<Mutex<Vec<String>>>;

fn log(db: &Db) -> Log {
    let log = Log::default();
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut Begin<'_>| note(&into, "begin"));
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut Commit<'_>| note(&into, "commit"));
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut Rollback<'_>| note(&into, "rollback"));
    log
}

fn note(log: &Log, text: &str) -> Result<()> {
    log.lock().unwrap().push(text.to_owned());
    Ok(())
}

fn taken(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

// conforms: D6.17, D8.04
fn pool_events(db: &Db) -> Result<()> {
    let log = Log::default();
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut pool::Connect<'_>| note(&into, "connect"));
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut pool::Checkout<'_>| note(&into, "checkout"));
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut pool::Checkin<'_>| note(&into, "checkin"));
    db.engine.connect()?.close()?;
    assert_eq!(taken(&log), ["connect", "checkout", "checkin"]);
    db.engine.connect()?.close()?;
    assert_eq!(taken(&log), ["checkout", "checkin"]);
    Ok(())
}

/// However a connection is given back, from the background too, each checkout has one checkin.
fn each_checkout_has_its_checkin(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    conn.execute(text("create table plain (a integer)"))?;
    conn.commit()?;
    conn.close()?;
    let log = Log::default();
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut pool::Checkout<'_>| note(&into, "checkout"));
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut pool::Checkin<'_>| note(&into, "checkin"));
    let ways: [fn(Connection) -> Result<()>; 4] = [
        Connection::close,
        |mut conn| conn.execute(text("insert into plain values (1)")).map(drop),
        |mut conn| conn.stream(text("select 1 union all select 2")).map(drop),
        |mut conn| {
            conn.execute(text("select 1"))?;
            let unwound = catch_unwind(AssertUnwindSafe(move || {
                let _conn = conn;
                // Without the message of a panic, which is on purpose.
                resume_unwind(Box::new(()));
            }));
            assert!(unwound.is_err());
            Ok(())
        },
    ];
    for way in ways {
        way(db.engine.connect()?)?;
        settle(db);
        assert_eq!(taken(&log), ["checkout", "checkin"]);
    }
    Ok(())
}

// conforms: D6.18, B75
fn connect_listener_runs_sql_and_may_refuse(db: &Db) -> Result<()> {
    let refuse = Arc::new(AtomicUsize::new(1));
    let left = Arc::clone(&refuse);
    event::listen(&db.engine, move |e: &mut pool::Connect<'_>| {
        let rows = e.dbapi_connection.execute("select 'execute from event'")?;
        assert_eq!(rows[0].get::<String>(0)?, "execute from event");
        if left.load(Ordering::Relaxed) > 0 {
            left.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::new(ErrorKind::Argument, "not this one"));
        }
        Ok(())
    });
    let error = db.engine.connect().expect_err("the listener refuses");
    assert_eq!(error.message(), "not this one");
    assert_eq!(db.engine.pool().status().in_use, 0);
    let mut conn = db.engine.connect()?;
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

// conforms: B73, D8.04
fn statement_events_in_order(db: &Db) -> Result<()> {
    let log = log(db);
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |_: &mut BeforeExecute<'_>| note(&into, "before execute"));
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |e: &mut BeforeCursorExecute<'_>| {
        note(&into, &format!("before {}", e.statement.sql()))
    });
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |e: &mut AfterCursorExecute<'_>| {
        note(&into, &format!("after {}", e.statement.sql()))
    });
    let mut conn = db.engine.connect()?;
    conn.execute(text("select 1"))?;
    conn.commit()?;
    assert_eq!(
        taken(&log),
        ["before execute", "begin", "before select 1", "after select 1", "commit"]
    );
    Ok(())
}

fn before_execute_has_the_statement(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let log = log(db);
    let (into, dialect) = (Arc::clone(&log), db.engine.clone());
    event::listen(&db.engine, move |e: &mut BeforeExecute<'_>| {
        let sql = match e.statement {
            ExecutedStatement::Element(statement) => {
                statement.compile(dialect.dialect())?.sql().to_owned()
            }
            ExecutedStatement::Prepared(sql) => format!("prepared {sql}"),
            _ => "another".to_owned(),
        };
        let names: Vec<_> = e.parameters.iter().flat_map(Params::names).map(|n| &**n).collect();
        note(&into, &format!("{sql} with {names:?}"))
    });
    let mut conn = db.engine.connect()?;
    conn.execute(text("select 1 where 1 = :one").bind("one", 1))?;
    let sets = ["b", "c"].map(|name| aludel::params! { name: name });
    conn.execute_many(insert::<User>(), sets)?;
    let prepared = db.engine.prepare(&text("select 2"))?;
    conn.execute_prepared(&prepared, ())?;
    let mut logged = taken(&log);
    logged.retain(|line| line.contains(" with "));
    assert_eq!(logged.len(), 3);
    assert!(logged[0].starts_with("select 1") && logged[0].ends_with("[\"one\"]"), "{logged:?}");
    assert!(logged[1].starts_with("INSERT") && logged[1].ends_with("[\"name\", \"name\"]"));
    assert_eq!(logged[2], "prepared select 2 with []");
    // Without its columns an insert would be one of defaults only.
    let error = db.engine.prepare(&insert::<User>()).expect_err("no columns");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("bindparam"), "{error}");
    Ok(())
}

// conforms: B77, D8.04
fn all_engines_are_heard(db: &Db) -> Result<()> {
    let log = Log::default();
    let (into, this) = (Arc::clone(&log), db.engine.clone());
    // Other tests run beside this one, with engines of their own.
    let listening = event::listen(&AllEngines, move |e: &mut BeforeCursorExecute<'_>| {
        if *e.connection.engine() == this { note(&into, e.statement.sql()) } else { Ok(()) }
    });
    db.engine.connect()?.execute(text("select 1"))?;
    event::remove(&AllEngines, &listening)?;
    db.engine.connect()?.execute(text("select 2"))?;
    assert_eq!(taken(&log), ["select 1"]);
    Ok(())
}

// conforms: D8.04
fn pool_events_of_all_engines_are_heard(db: &Db) -> Result<()> {
    let log = Log::default();
    // Other tests run beside this one, on threads of their own.
    let here = std::thread::current().id();
    let say = |what: &'static str| {
        let into = Arc::clone(&log);
        move || if std::thread::current().id() == here { note(&into, what) } else { Ok(()) }
    };
    let (connect, checkout, checkin) = (say("connect"), say("checkout"), say("checkin"));
    let connect = event::listen(&AllEngines, move |_: &mut pool::Connect<'_>| connect());
    let checkout = event::listen(&AllEngines, move |_: &mut pool::Checkout<'_>| checkout());
    let checkin = event::listen(&AllEngines, move |_: &mut pool::Checkin<'_>| checkin());
    db.engine.connect()?.close()?;
    event::remove(&AllEngines, &connect)?;
    event::remove(&AllEngines, &checkout)?;
    event::remove(&AllEngines, &checkin)?;
    db.engine.connect()?.close()?;
    assert_eq!(taken(&log), ["connect", "checkout", "checkin"]);
    Ok(())
}

fn connect_listeners_take_any_text(db: &Db) -> Result<()> {
    event::listen(&db.engine, |e: &mut pool::Connect<'_>| {
        let place = if e.dbapi_connection.execute("select 1")?.is_empty() { "?" } else { "1" };
        let statement = Statement::new(format!("select {place} + 41"), StatementKind::Text)?;
        let rows = e.dbapi_connection.execute_statement(&statement, &[])?;
        assert_eq!(rows[0].get::<i64>(0)?, 42);
        Ok(())
    });
    db.engine.connect()?.close()
}

// conforms: D8.01
fn listener_rewrites_statement_and_parameters(db: &Db) -> Result<()> {
    event::listen(&db.engine, |e: &mut BeforeCursorExecute<'_>| {
        e.statement = Statement::new(format!("{} + 1", e.statement.sql()), StatementKind::Text)?;
        e.parameters = Parameters::One(vec![41.into()]);
        Ok(())
    });
    let mut conn = db.engine.connect()?;
    assert_eq!(conn.scalar(text("select :n").bind("n", 1))?, Some(42_i64));
    Ok(())
}

// conforms: B75, D8.05
fn listener_runs_sql_on_the_connection(db: &Db) -> Result<()> {
    db.users(&[])?;
    let begun = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&begun);
    let listening = event::listen(&db.engine, move |e: &mut Begin<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        e.connection.execute(insert::<User>().values(User::c.name.set("from begin")))?;
        Ok(())
    });
    event::listen(&db.engine, |e: &mut Commit<'_>| {
        e.connection.execute(insert::<User>().values(User::c.name.set("from commit")))?;
        Ok(())
    });
    let mut conn = db.engine.connect()?;
    conn.execute(insert::<User>().values(User::c.name.set("itself")))?;
    conn.commit()?;
    assert_eq!(begun.load(Ordering::Relaxed), 1);
    event::remove(&db.engine, &listening)?;
    assert_eq!(db.names()?, ["from begin", "itself", "from commit"]);
    Ok(())
}

// conforms: D1.03, D1.12
fn transaction_events(db: &Db) -> Result<()> {
    let log = log(db);
    let mut conn = db.engine.connect()?;
    conn.execute(text("select 1"))?;
    conn.close()?;
    assert_eq!(taken(&log), ["begin", "rollback"]);
    let mut conn = db.engine.connect()?;
    let tx = conn.begin()?;
    tx.rollback()?;
    conn.close()?;
    assert_eq!(taken(&log), ["begin", "rollback"]);
    db.engine.connect()?.close()?;
    assert_eq!(taken(&log), Vec::<String>::new());
    let mut conn = db.engine.connect()?;
    conn.begin_nested()?.commit()?;
    conn.commit()?;
    conn.close()?;
    assert_eq!(taken(&log), ["begin", "commit"]);
    Ok(())
}

// conforms: D8.04, B74
fn one_connection_only(db: &Db) -> Result<()> {
    let log = Log::default();
    let mut one = db.engine.connect()?;
    let mut other = db.engine.connect()?;
    let into = Arc::clone(&log);
    event::listen(&one, move |_: &mut Begin<'_>| note(&into, "begin"));
    other.execute(text("select 1"))?;
    assert_eq!(taken(&log), Vec::<String>::new());
    one.execute(text("select 1"))?;
    assert_eq!(taken(&log), ["begin"]);
    Ok(())
}

fn listeners_can_be_removed(db: &Db) -> Result<()> {
    let log = Log::default();
    let into = Arc::clone(&log);
    let listening = event::listen(&db.engine, move |_: &mut Begin<'_>| note(&into, "begin"));
    let mut conn = db.engine.connect()?;
    conn.execute(text("select 1"))?;
    event::remove(&db.engine, &listening)?;
    conn.rollback()?;
    conn.execute(text("select 1"))?;
    assert_eq!(taken(&log), ["begin"]);
    let error = event::remove(&db.engine, &listening).expect_err("it is gone");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    Ok(())
}

// conforms: D4.16
fn error_listener_replaces_the_error(db: &Db) -> Result<()> {
    let log = Log::default();
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |e: &mut HandleError<'_>| {
        note(&into, e.statement.unwrap_or("no statement"))?;
        if e.error.is_missing_table() {
            return Err(Error::new(ErrorKind::Argument, "mine"));
        }
        Ok(())
    });
    let mut conn = db.engine.connect()?;
    let error = conn.execute(text("select * from nowhere")).expect_err("no such table");
    assert_eq!(error.message(), "mine");
    conn.rollback()?;
    let error = conn.execute(text("selekt")).expect_err("no syntax");
    assert!(error.is_syntax_error());
    assert_eq!(taken(&log), ["select * from nowhere", "selekt"]);
    Ok(())
}

// conforms: D4.16
fn error_listener_that_fails_is_the_last(db: &Db) -> Result<()> {
    let log = Log::default();
    for name in ["first", "second", "third"] {
        let into = Arc::clone(&log);
        event::listen(&db.engine, move |e: &mut HandleError<'_>| {
            note(&into, &format!("{name} {}", e.error.message() == "mine"))?;
            match name {
                // What it puts in the place of the error is what the next one gets.
                "first" => *e.error = Error::new(ErrorKind::Argument, "mine"),
                "second" => return Err(Error::new(ErrorKind::Argument, "the second's")),
                _ => {}
            }
            Ok(())
        });
    }
    let mut conn = db.engine.connect()?;
    let error = conn.execute(text("selekt")).expect_err("no syntax");
    assert_eq!(error.message(), "the second's");
    assert_eq!(taken(&log), ["first false", "second true"]);
    Ok(())
}

// conforms: D4.17
fn error_listener_decides_what_a_disconnect_is(db: &Db) -> Result<()> {
    let engine = db.another(aludel::EngineOptions::new().pool_size(2))?;
    let (mut conn, mut idle) = (engine.connect()?, engine.connect()?);
    idle.info()?.insert("before");
    conn.info()?.insert("before");
    idle.close()?;
    let listening = event::listen(&engine, |e: &mut HandleError<'_>| {
        e.error.set_disconnect(e.error.is_syntax_error());
        Ok(())
    });
    let error = conn.execute(text("selekt")).expect_err("no syntax");
    assert!(error.is_disconnect() && conn.is_invalidated(), "{error}");
    let pending = conn.execute(text("select 1")).expect_err("the transaction is lost");
    assert_eq!(pending.kind(), ErrorKind::PendingRollback);
    conn.rollback()?;
    // The session is another one, and so are those that were idle.
    let mut other = engine.connect()?;
    for conn in [&mut conn, &mut other] {
        assert_eq!(conn.info()?.get::<&str>(), None);
    }
    event::remove(&engine, &listening)?;
    if db.has_a_server() {
        let session = db.session(&mut conn)?;
        db.kill(&mut other, session)?;
        let listening = event::listen(&engine, |e: &mut HandleError<'_>| {
            e.error.set_disconnect(false);
            Ok(())
        });
        let error = conn.execute(text("select 1")).expect_err("the session was killed");
        assert!(!error.is_disconnect(), "{error}");
        event::remove(&engine, &listening)?;
    }
    for conn in [conn, other] {
        drop(conn);
    }
    whole(&engine);
    engine.dispose();
    Ok(())
}

// conforms: D4.19
fn error_listener_hears_of_levels(db: &Db) -> Result<()> {
    let log = Log::default();
    let into = Arc::clone(&log);
    event::listen(&db.engine, move |e: &mut HandleError<'_>| {
        note(&into, &format!("{:?}", e.error.kind()))
    });
    let mut conn = db.engine.connect()?;
    let levels = [IsolationLevel::ReadCommitted, IsolationLevel::RepeatableRead];
    let refused = levels.into_iter().filter(|level| conn.set_isolation_level(*level).is_err());
    let refused = vec!["NotSupported"; refused.count()];
    assert_eq!(taken(&log), refused);
    assert_eq!(refused.is_empty(), db.has_a_server(), "SQLite has neither");
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

/// An idle session that is found dead is replaced all the same.
// conforms: D4.19
fn error_listener_hears_of_a_ping(db: &Db) -> Result<()> {
    if !db.has_a_server() {
        return Ok(());
    }
    // The pool must not know that it is dead: it learns of what this connection asks.
    let options = aludel::EngineOptions::new().pool_pre_ping_after(std::time::Duration::ZERO);
    let engine = db.another(options.pool_size(1))?;
    let log = Log::default();
    let into = Arc::clone(&log);
    event::listen(&engine, move |e: &mut HandleError<'_>| {
        note(&into, &format!("{}", e.statement.is_none() && e.error.is_disconnect()))
    });
    let mut conn = engine.connect()?;
    let session = db.session(&mut conn)?;
    conn.close()?;
    db.kill(&mut db.engine.connect()?, session)?;
    let mut conn = engine.connect()?;
    assert_ne!(db.session(&mut conn)?, session);
    conn.close()?;
    let heard = taken(&log);
    assert!(heard.iter().all(|heard| heard == "true"), "{heard:?}");
    // An async driver has noticed it by itself, so that there was no ping; the others cannot.
    assert!(!heard.is_empty() || !engine.url().contains('+'));
    engine.dispose();
    Ok(())
}

// fault: B03, P23
fn listener_that_panics_spoils_nothing(db: &Db) -> Result<()> {
    let armed = Arc::new(AtomicUsize::new(1));
    let shots = Arc::clone(&armed);
    event::listen(&db.engine, move |_: &mut BeforeCursorExecute<'_>| {
        if shots.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::panic::resume_unwind(Box::new("the listener's panic"));
        }
        shots.store(0, Ordering::Relaxed);
        Ok(())
    });
    let mut conn = db.engine.connect()?;
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        conn.execute(text("select 1")).map(drop)
    }));
    assert_eq!(caught.expect_err("a panic").downcast_ref(), Some(&"the listener's panic"));
    for nonce in 0..10_i64 {
        let mut conn = db.engine.connect()?;
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce))?, Some(nonce));
    }
    Ok(())
}

// conforms: D4.22
fn listener_error_ends_the_statement(db: &Db) -> Result<()> {
    db.users(&[])?;
    let listening = event::listen(&db.engine, |_: &mut BeforeCursorExecute<'_>| {
        Err(Error::new(ErrorKind::Argument, "vetoed"))
    });
    let mut conn = db.engine.connect()?;
    let error = conn.execute(text("select 1")).expect_err("a veto");
    assert_eq!(error.message(), "vetoed");
    event::remove(&db.engine, &listening)?;
    assert_eq!(conn.scalar(text("select 2"))?, Some(2_i64));
    Ok(())
}
