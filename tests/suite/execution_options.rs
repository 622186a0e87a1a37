//! Execution options of engines, connections and statements: whose count, and for how long.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aludel::dbapi::{IsolationLevel, Statement};
use aludel::engine::{AfterCursorExecute, BeforeCursorExecute, BeforeExecute, CompiledCache};
use aludel::sql::Params;
use aludel::{
    Connection, EngineOptions, Error, ErrorKind, ExecutionOptions, RawSql, Result, event, insert,
    params, select, text,
};

use crate::support::Database;
use crate::{Db, User, names, suite};

suite![
    a_time_out_of_one_statement,
    a_statement_lifts_the_time_out_of_its_connection,
    the_nearest_options_count,
    what_listeners_execute_has_the_connections_options,
    an_engine_with_other_options,
    options_leave_the_transaction_open,
    the_compiled_cache_is_cleared,
    nothing_is_kept_where_nothing_shall_be,
    a_cache_of_ones_own,
    options_of_the_program_reach_listeners,
    results_are_read_from_a_cursor,
    portions_grow,
    streams_of_one_column,
    each_option_counts_at_each_level,
];

fn slow(db: &Db) -> &'static str {
    match db.database {
        Database::Postgres => "select pg_sleep(60)",
        Database::MySql => "select sleep(60)",
        _ => {
            "with recursive c(x) as (select 1 union all select x + 1 from c) \
             select count(*) from c"
        }
    }
}

fn timeout(milliseconds: u64) -> ExecutionOptions {
    ExecutionOptions::new().timeout(Duration::from_millis(milliseconds))
}

// conforms: D4.12
fn a_time_out_of_one_statement(db: &Db) -> Result<()> {
    type Run = fn(&mut Connection, aludel::sql::WithOptions<aludel::sql::Text>) -> Result<()>;
    let ways: [(&str, Run); 4] = [
        ("execute", |conn, statement| conn.execute(&statement).map(drop)),
        ("execute_many", |conn, statement| {
            conn.execute_many(&statement, [Params::new()]).map(drop)
        }),
        ("stream", |conn, statement| conn.stream(&statement)?.fetchall().map(drop)),
        ("execute_prepared", |conn, statement| {
            let prepared = conn.engine().prepare(&statement)?;
            conn.execute_prepared(&prepared, ()).map(drop)
        }),
    ];
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    for (way, run) in ways {
        conn.execute(insert::<User>().values(User::c.name.set("undone")))?;
        let statement = text(slow(db)).execution_options(timeout(100));
        let error = run(&mut conn, statement).expect_err("it takes longer");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{way}: {error}");
        assert!(error.message().contains("100ms"), "{way}: {error}");
        let error = names(&mut conn).expect_err("the transaction waits for its rollback");
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{way}: {error}");
        conn.rollback()?;
        assert_eq!(conn.execution_options(), ExecutionOptions::DEFAULT, "{way}");
        assert!(names(&mut conn)?.is_empty(), "{way}");
        conn.rollback()?;
    }
    conn.close()
}

fn a_statement_lifts_the_time_out_of_its_connection(db: &Db) -> Result<()> {
    // One text: a brief time is longer than the time-out, a long one outlasts any delay of its end.
    let (sleep, brief, long) = match db.database {
        Database::Postgres => ("select pg_sleep(:n)", 0.3, 60.0),
        Database::MySql => ("select sleep(:n)", 0.3, 60.0),
        _ => (
            "with recursive c(x) as (select 1 union all select x + 1 from c where x < :n) \
             select count(*) from c",
            3e6,
            1e15,
        ),
    };
    let mut conn = db.engine.connect()?;
    conn.set_execution_options(timeout(20));
    let lifted = ExecutionOptions::new().timeout(None);
    conn.execute(text(sleep).bind("n", brief).execution_options(lifted))?;
    let again = text(sleep).bind("n", long);
    let error = conn.execute(again).expect_err("it has the connection's again");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    conn.rollback()?;
    // What a failed statement had of its own is not the next one's.
    let refused = text("select from from").execution_options(timeout(0).timeout(None));
    conn.execute(refused).expect_err("it is no SQL");
    conn.rollback()?;
    let error = conn.execute(text(slow(db))).expect_err("it has the connection's");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    conn.rollback()?;
    conn.close()
}

/// Five rows without a table, which a memory database would have for itself.
const FIVE: &str =
    "select 1 union all select 2 union all select 3 union all select 4 union all select 5";

/// How many rows the first portion of a stream has.
fn first_portion(conn: &mut Connection, portion: Option<usize>) -> Result<usize> {
    let statement = text(FIVE);
    let mut stream = match portion {
        Some(rows) => conn.stream(
            statement
                .execution_options(ExecutionOptions::new().portion(9).cache_statement(false))
                .execution_options(ExecutionOptions::new().portion(rows)),
        ),
        None => conn.stream(statement),
    }?;
    let first = stream.next_partition()?.map_or(0, |rows| rows.len());
    stream.close()?;
    conn.rollback()?;
    Ok(first)
}

// conforms: D4.09
fn the_nearest_options_count(db: &Db) -> Result<()> {
    let portion = |rows| ExecutionOptions::new().portion(rows);
    let options = portion(1).timeout(Duration::from_secs(50));
    let engine = db.another(EngineOptions::new().execution_options(options.clone()))?;
    assert_eq!(engine.execution_options(), options.clone());
    let mut conn = engine.connect()?;
    assert_eq!(conn.execution_options(), options.clone());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    event::listen(&conn.events(), move |event: &mut BeforeExecute<'_>| {
        into.lock().unwrap().push(event.execution_options.clone());
        Ok(())
    });
    assert_eq!(first_portion(&mut conn, None)?, 1);
    conn.set_execution_options(portion(2));
    assert_eq!(conn.execution_options(), options.clone().portion(2), "the engine's time-out stays");
    assert_eq!(first_portion(&mut conn, None)?, 2);
    assert_eq!(first_portion(&mut conn, Some(3))?, 3);
    assert_eq!(first_portion(&mut conn, None)?, 2);
    let (two, three) = (options.clone().portion(2), options.clone().portion(3));
    let three = three.cache_statement(false);
    let wanted = [options, two.clone(), three, two];
    assert_eq!(*seen.lock().unwrap(), wanted);
    conn.close()?;
    let mut conn = engine.connect()?;
    assert_eq!(first_portion(&mut conn, None)?, 1, "the next borrower has the engine's");
    conn.close()?;
    engine.dispose();
    Ok(())
}

fn what_listeners_execute_has_the_connections_options(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    event::listen(&conn.events(), move |event: &mut BeforeExecute<'_>| {
        let first = into.lock().unwrap().is_empty();
        into.lock().unwrap().push(event.execution_options.portion);
        if first {
            event.connection.execute(text("select 1"))?;
            let own = text("select 2").execution_options(ExecutionOptions::new().portion(4));
            event.connection.execute(own)?;
            // It counts for the statement that runs, where that has none of its own.
            let more = ExecutionOptions::new().portion(5).timeout(Duration::from_millis(100));
            event.connection.set_execution_options(more);
        }
        Ok(())
    });
    let own = ExecutionOptions::new().portion(3);
    let error = conn.execute(text(slow(db)).execution_options(own)).expect_err("it has a time-out");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    conn.rollback()?;
    conn.execute(text("select 3"))?;
    assert_eq!(*seen.lock().unwrap(), [3, 512, 4, 5]);
    conn.close()
}

// conforms: B19, D4.11
fn an_engine_with_other_options(db: &Db) -> Result<()> {
    let heard = Arc::new(Mutex::new(0));
    let into = Arc::clone(&heard);
    let other = db.engine.with_execution_options(ExecutionOptions::new().portion(2));
    event::listen(&db.engine, move |_: &mut BeforeExecute<'_>| {
        *into.lock().unwrap() += 1;
        Ok(())
    });
    assert_ne!(other, db.engine);
    assert_eq!(db.engine.execution_options(), ExecutionOptions::DEFAULT);
    let mut conn = other.connect()?;
    assert_eq!(db.engine.pool().status().in_use, 1, "one pool");
    assert_eq!(first_portion(&mut conn, None)?, 2);
    assert_eq!(*heard.lock().unwrap(), 1, "the same listeners");
    conn.close()?;
    let both = other.with_execution_options(ExecutionOptions::new().cache_statement(false));
    assert_eq!(both.execution_options(), other.execution_options().cache_statement(false));
    let mut conn = db.engine.connect()?;
    assert_eq!(first_portion(&mut conn, None)?, 5);
    conn.close()
}

// conforms: D1.22
fn options_leave_the_transaction_open(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let mut transaction = conn.begin()?;
    transaction.execute(insert::<User>().values(User::c.name.set("a")))?;
    transaction
        .set_execution_options(ExecutionOptions::new().portion(2))
        .execute(insert::<User>().values(User::c.name.set("b")))?;
    assert!(transaction.in_transaction());
    transaction.rollback()?;
    assert_eq!(conn.execution_options().portion, 2);
    assert!(names(&mut conn)?.is_empty());
    conn.close()
}

// conforms: B20
fn the_compiled_cache_is_cleared(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let texts: Arc<Mutex<Vec<Statement>>> = Arc::default();
    let into = Arc::clone(&texts);
    event::listen(&conn.events(), move |event: &mut AfterCursorExecute<'_>| {
        into.lock().unwrap().push(event.statement.clone());
        Ok(())
    });
    let mut run = || {
        conn.execute(text("select :n").params(params! { n: 1_i64 }))?;
        Ok::<_, Error>(texts.lock().unwrap().last().expect("a statement").clone())
    };
    let (first, second) = (run()?, run()?);
    db.engine.clear_compiled_cache();
    let third = run()?;
    assert!(std::ptr::eq(first.sql(), second.sql()), "one text");
    assert!(!std::ptr::eq(second.sql(), third.sql()), "another text");
    assert_eq!(second, third);
    conn.close()
}

/// The text of the statement that ran last.
fn last_text(conn: &Connection) -> impl Fn() -> Statement + use<> {
    let texts: Arc<Mutex<Vec<Statement>>> = Arc::default();
    let into = Arc::clone(&texts);
    event::listen(&conn.events(), move |event: &mut AfterCursorExecute<'_>| {
        into.lock().unwrap().push(event.statement.clone());
        Ok(())
    });
    move || texts.lock().unwrap().last().expect("a statement").clone()
}

fn nothing_is_kept_where_nothing_shall_be(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let last = last_text(&conn);
    let mut run = |cached: bool| {
        let options = ExecutionOptions::new();
        let options = if cached { options } else { options.compiled_cache(None) };
        conn.execute(text("select :n").params(params! { n: 1_i64 }).execution_options(options))?;
        Ok::<_, Error>(last())
    };
    let (kept, once, twice, again) = (run(true)?, run(false)?, run(false)?, run(true)?);
    assert!(std::ptr::eq(kept.sql(), again.sql()), "one text");
    assert!(!std::ptr::eq(once.sql(), kept.sql()) && !std::ptr::eq(once.sql(), twice.sql()));
    assert_eq!(once, kept);
    conn.close()
}

// conforms: D4.10
fn a_cache_of_ones_own(db: &Db) -> Result<()> {
    let [of_engine, of_connection, own] = [2, 2, 2].map(CompiledCache::new);
    let with = |cache: &CompiledCache| ExecutionOptions::new().compiled_cache(cache);
    let engine = db.another(EngineOptions::new().execution_options(with(&of_engine)))?;
    let mut conn = engine.connect()?;
    let last = last_text(&conn);
    let run = |conn: &mut Connection, options: ExecutionOptions| {
        let statement = text("select :n").params(params! { n: 1_i64 });
        conn.execute(statement.execution_options(options))?;
        Ok::<_, Error>(last())
    };
    let sizes = || [&of_engine, &of_connection, &own].map(CompiledCache::len);
    let first = run(&mut conn, ExecutionOptions::new())?;
    assert_eq!(sizes(), [1, 0, 0]);
    conn.set_execution_options(with(&of_connection));
    let second = run(&mut conn, ExecutionOptions::new())?;
    assert_eq!(sizes(), [1, 1, 0]);
    let third = run(&mut conn, with(&own))?;
    assert_eq!(sizes(), [1, 1, 1]);
    assert!(std::ptr::eq(third.sql(), run(&mut conn, with(&own))?.sql()), "it is kept");
    assert!(!std::ptr::eq(first.sql(), second.sql()) && !std::ptr::eq(second.sql(), third.sql()));
    // It drops what was used longest ago.
    for sql in ["select 1", "select 2", "select 3"] {
        conn.execute(text(sql).execution_options(with(&own)))?;
    }
    assert_eq!(sizes(), [1, 1, 2]);
    assert!(!std::ptr::eq(third.sql(), run(&mut conn, with(&own))?.sql()), "it was dropped");
    own.clear();
    assert!(own.is_empty());
    conn.close()?;
    engine.dispose();
    Ok(())
}

// conforms: D4.09
fn options_of_the_program_reach_listeners(db: &Db) -> Result<()> {
    let far = ExecutionOptions::new().with("level", "engine").with("engine", 1_u8);
    let engine = db.another(EngineOptions::new().execution_options(far))?;
    let mut conn = engine.connect()?;
    type Seen = Vec<(Option<&'static str>, [bool; 4])>;
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let note = |options: &ExecutionOptions, into: &Mutex<Seen>| {
        let set = ["engine", "connection", "statement", "call"];
        let set = set.map(|name| options.get::<u8>(name).is_some());
        into.lock().unwrap().push((options.get::<&str>("level").copied(), set));
    };
    let into = Arc::clone(&seen);
    event::listen(&conn.events(), move |event: &mut BeforeExecute<'_>| {
        note(&event.execution_options, &into);
        Ok(())
    });
    let into = Arc::clone(&seen);
    event::listen(&conn.events(), move |event: &mut BeforeCursorExecute<'_>| {
        note(&event.execution_options, &into);
        Ok(())
    });
    let at = |level: &'static str| ExecutionOptions::new().with("level", level).with(level, 1_u8);
    conn.execute(text("select 1"))?;
    conn.set_execution_options(at("connection"));
    conn.execute(text("select 1"))?;
    let statement = text("select 1").execution_options(at("statement"));
    conn.execute(&statement)?;
    conn.execute(statement.clone().execution_options(at("call")))?;
    conn.execute(&statement)?;
    let wanted = [
        ("engine", [true, false, false, false]),
        ("connection", [true, true, false, false]),
        ("statement", [true, true, true, false]),
        ("call", [true, true, true, true]),
        ("statement", [true, true, true, false]),
    ];
    let wanted = wanted.iter().flat_map(|(level, set)| [(Some(*level), *set); 2]);
    assert_eq!(*seen.lock().unwrap(), wanted.collect::<Vec<_>>());
    conn.close()?;
    engine.dispose();
    Ok(())
}

fn results_are_read_from_a_cursor(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["a", "b", "c"])?;
    let mut conn = engine.connect()?;
    let options = ExecutionOptions::new().stream_results(true).yield_per(2);
    calls.take();
    let statement = select(User::c.name).order_by(User::c.id.asc());
    let mut result = conn.execute(statement.clone().execution_options(options.clone()))?;
    assert_eq!(result.rowcount(), 3);
    assert_eq!(result.scalars::<String>()?, ["a", "b", "c"]);
    let sent = calls.take();
    assert!(sent.iter().any(|call| call.starts_with("CURSOR SELECT")), "{sent:?}");
    // A statement that changes rows is executed as ever.
    let insert = insert::<User>().values(User::c.name.set("d"));
    conn.execute(insert.execution_options(options.clone()))?;
    let wrong = text("select no_such_column from users").execution_options(options);
    assert_eq!(conn.execute(wrong).unwrap_err().kind(), ErrorKind::Programming);
    assert!(calls.take().iter().all(|call| !call.starts_with("CURSOR INSERT")));
    conn.rollback()?;
    conn.execute(statement)?;
    let sent = calls.take();
    assert!(sent.iter().all(|call| !call.starts_with("CURSOR")), "{sent:?}");
    conn.close()
}

fn portions_grow(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let numbers = format!("select 1{}", " union all select 1".repeat(99));
    let statement =
        text(RawSql::new(numbers)).execution_options(ExecutionOptions::new().max_row_buffer(50));
    let mut stream = conn.stream(&statement)?;
    let mut sizes = Vec::new();
    while let Some(rows) = stream.next_partition()? {
        sizes.push(rows.len());
    }
    assert_eq!(sizes, [8, 32, 50, 10]);
    drop(stream);
    let set = ExecutionOptions::new().portion(60);
    let mut stream = conn.stream(statement.execution_options(set))?;
    assert_eq!(stream.next_partition()?.map(|rows| rows.len()), Some(60));
    drop(stream);
    conn.close()
}

fn streams_of_one_column(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c"])?;
    let mut conn = db.engine.connect()?;
    let statement = select((User::c.name, User::c.id)).order_by(User::c.id.asc());
    let mut names = conn.stream_scalars::<_, String>(statement.clone())?.yield_per(2);
    assert_eq!(names.next_partition()?, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(names.next().transpose()?.as_deref(), Some("c"));
    assert_eq!(names.next_partition()?, None);
    names.close()?;
    let numbers = conn.stream_scalars::<_, i64>(text("select 1 union all select null"))?;
    let read = numbers.collect::<Vec<_>>();
    assert_eq!(read[0].as_ref().ok(), Some(&1));
    assert_eq!(read[1].as_ref().unwrap_err().kind(), ErrorKind::Decode);
    conn.close()
}

/// An option by its name: how it is set for the n-th level, and what is found.
type Named = (&'static str, fn(u8) -> ExecutionOptions, fn(&ExecutionOptions) -> Option<u8>);

/// All of them, as SQLAlchemy names them or as they are named here.
fn all_options() -> [Named; 11] {
    fn new() -> ExecutionOptions {
        ExecutionOptions::new()
    }
    fn n(of: usize) -> Option<u8> {
        u8::try_from(of).ok()
    }
    // Even levels set one thing, odd levels the other.
    [
        (
            "stream_results",
            |level| new().stream_results(level % 2 == 0),
            |found| Some(u8::from(!found.streams_results())),
        ),
        (
            "yield_per",
            |level| new().yield_per(usize::from(level) + 10),
            |found| n(found.portion - 10),
        ),
        (
            "max_row_buffer",
            |level| new().max_row_buffer(usize::from(level) + 10),
            |found| n(found.growing_portions()? - 10),
        ),
        (
            "isolation_level",
            |level| new().isolation_level(LEVELS[usize::from(level % 2)]),
            |found| n(LEVELS.iter().position(|level| found.isolation_level == Some(*level))?),
        ),
        (
            "schema_translate_map",
            |level| new().schema_translate_map([(None, Some(&*format!("s{level}")))]),
            |found| {
                let shown = format!("{:?}", found.get_schema_translate_map()?);
                (0..4).find(|level| shown.contains(&format!("\"s{level}\"")))
            },
        ),
        (
            "logging_token",
            |level| new().logging_token(format!("{level}")),
            |found| found.get_logging_token()?.parse().ok(),
        ),
        (
            "timeout",
            |level| new().timeout(Duration::from_secs(u64::from(level) + 60)),
            |found| u8::try_from(found.timeout?.as_secs() - 60).ok(),
        ),
        (
            "cache_statement",
            |level| new().cache_statement(level % 2 == 0),
            |found| Some(u8::from(!found.cache_statement)),
        ),
        (
            "insertmanyvalues_page_size",
            |level| new().insertmanyvalues_page_size(usize::from(level) + 10),
            |found| n(found.insertmanyvalues_page_size - 10),
        ),
        ("with", |level| new().with("mine", level), |found| found.get("mine").copied()),
        (
            "with, beside another",
            |level| new().with("b", level).with("a", 9_u8),
            |found| {
                found
                    .get("a")
                    .and_then(|nine: &u8| found.get("b").map(|level: &u8| level + nine - 9))
            },
        ),
    ]
}

const LEVELS: [IsolationLevel; 2] = [IsolationLevel::Serializable, IsolationLevel::Autocommit];

/// Those of the engine, of the connection, of the statement, of the call: each before the ones behind it, for each
/// option, whatever else is set.
// conforms: D4.09
fn each_option_counts_at_each_level(db: &Db) -> Result<()> {
    for (name, set, get) in all_options() {
        let two = ["stream_results", "isolation_level", "cache_statement"].contains(&name);
        let wanted = |level: u8| Some(if two { level % 2 } else { level });
        let found_at = |options: &ExecutionOptions| get(options);
        let engine = db.another(EngineOptions::new().execution_options(set(0)))?;
        assert_eq!(found_at(&engine.execution_options()), wanted(0), "{name} of the engine");
        let mut conn = engine.connect()?;
        let seen: Arc<Mutex<Vec<Option<u8>>>> = Arc::default();
        let into = Arc::clone(&seen);
        event::listen(&conn.events(), move |event: &mut BeforeCursorExecute<'_>| {
            into.lock().unwrap().push(get(&event.execution_options));
            Ok(())
        });
        let other = ExecutionOptions::new().with("other", 1_u8);
        let statement = || text("select 1").execution_options(other.clone());
        conn.execute(statement())?;
        conn.rollback()?;
        conn.set_execution_options(set(1));
        conn.execute(statement())?;
        conn.rollback()?;
        let own = statement().execution_options(set(2));
        conn.execute(&own)?;
        conn.rollback()?;
        conn.execute(own.clone().execution_options(set(3)))?;
        conn.rollback()?;
        // A call leaves the statement as it is, a statement the connection, and that the engine.
        conn.execute(&own)?;
        conn.rollback()?;
        conn.execute(statement())?;
        conn.rollback()?;
        conn.close()?;
        let levels = [0, 1, 2, 3, 2, 1].map(wanted);
        assert_eq!(*seen.lock().unwrap(), levels, "{name}");
        assert_eq!(found_at(&engine.connect()?.execution_options()), wanted(0), "{name}");
        engine.dispose();
    }
    Ok(())
}
