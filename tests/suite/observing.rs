//! What is seen of a blocking engine: its echo, its spans, who holds its connections.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aludel::dbapi::IsolationLevel;
use aludel::engine::{AfterCursorExecute, BeforeCursorExecute};
use aludel::{
    Engine, EngineOptions, ErrorKind, ExecutionOptions, MetaData, Result, event, insert, params,
    select, text,
};
use aludel_testing::settle;
use tracing::dispatcher;

use crate::support::log::{Fields, Log};
use crate::support::{Database, Fresh};
use crate::{Db, User, suite};

suite![the_time_of_a_statement, the_error_of_an_empty_pool_names_who_holds_it];

/// What listeners keep with the connection between two events.
struct Began(Instant);

fn the_time_of_a_statement(db: &Db) -> Result<()> {
    let seen: Arc<Mutex<Vec<(Duration, Duration)>>> = Arc::default();
    let mut conn = db.engine.connect()?;
    event::listen(&conn.events(), |e: &mut BeforeCursorExecute<'_>| {
        e.connection.info()?.insert(Began(Instant::now()));
        Ok(())
    });
    let saw = Arc::clone(&seen);
    event::listen(&conn.events(), move |e: &mut AfterCursorExecute<'_>| {
        let began = e.connection.info()?.remove::<Began>().expect("the event before");
        saw.lock().unwrap().push((e.elapsed, began.0.elapsed()));
        Ok(())
    });
    conn.execute(text("select 1"))?;
    let prepared = db.engine.prepare(&text("select 2"))?;
    conn.execute_prepared(&prepared, ())?;
    let sleep = match db.database.server() {
        Database::Postgres => Some("select 1 from pg_sleep(0.05)"),
        Database::MySql => Some("select sleep(0.05)"),
        _ => None,
    };
    if let Some(sleep) = sleep {
        conn.execute(text(sleep))?;
    }
    let seen = seen.lock().unwrap();
    assert!(seen.iter().all(|(elapsed, all)| elapsed <= all && !elapsed.is_zero()), "{seen:?}");
    if sleep.is_some() {
        assert!(seen[2].0 >= Duration::from_millis(45), "{seen:?}");
    }
    Ok(())
}

fn the_error_of_an_empty_pool_names_who_holds_it(db: &Db) -> Result<()> {
    let engine = db.another(EngineOptions::new().pool_size(4).max_overflow(0))?;
    let mut first = engine.connect()?;
    let line = line!() - 1;
    first.execute(text("select 'the first'"))?;
    let others = (0..3).map(|_| engine.connect()).collect::<Result<Vec<_>>>()?;
    let soon = Duration::from_millis(50);
    let error = engine.pool().checkout_within(soon).expect_err("four are held");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let message = error.message();
    let held = format!("held longest: {}:{line}:", file!());
    assert!(message.contains(&held), "{message}");
    // What one part of a program sends, such as a password, is not for the errors of another one.
    assert!(!message.contains("the first"), "{message}");
    assert_eq!(message.matches(file!()).count(), 3, "the oldest three: {message}");
    let lent = engine.pool().status().lent;
    assert_eq!(lent.len(), 4);
    assert_eq!(lent[0].statement.as_deref(), Some("select 'the first'"));
    drop((first, others));
    assert_eq!(engine.pool().status().lent, []);
    engine.connect()?.close()
}

fn on_each(options: &EngineOptions, test: impl Fn(&Fresh, &Engine, &Log) -> Result<()>) {
    for database in Database::ON_THREADS {
        let Some(fresh) = Fresh::new(database) else { continue };
        let log = Log::default();
        dispatcher::with_default(&log.dispatch(), || {
            let engine = fresh.engine(options.clone()).unwrap();
            test(&fresh, &engine, &log).unwrap_or_else(|error| panic!("{database:?}: {error}"));
        });
    }
}

#[test]
fn the_echo_tells_all_that_is_sent() {
    on_each(&EngineOptions::new().echo(true), |_, engine, log| {
        let mut conn = engine.connect()?;
        let number = engine.pool().status().lent[0].connection.to_string();
        let mut transaction = conn.begin()?;
        let mut savepoint = transaction.begin_nested()?;
        savepoint.execute(text("select :x").bind("x", "some value"))?;
        savepoint.rollback()?;
        drop(transaction.begin_nested()?);
        transaction.commit()?;
        let token = ExecutionOptions::new().logging_token("request 7");
        conn.execute(text("select 1").execution_options(token))?;
        drop(conn);
        let said = log.take("aludel::engine");
        assert!(said.iter().all(|said| said.fields["connection"] == number), "{said:?}");
        let words: Vec<_> = said.iter().map(|said| said.message()).collect();
        let sent = |at: usize, word: &str| assert!(words[at].starts_with(word), "{words:?}");
        sent(0, "BEGIN (implicit)");
        sent(1, "SAVEPOINT ");
        sent(2, "select ");
        assert_eq!(said[2].fields["parameters"], "(\"some value\")");
        sent(3, "ROLLBACK TO SAVEPOINT ");
        sent(4, "SAVEPOINT ");
        sent(5, "ROLLBACK TO SAVEPOINT ");
        sent(6, "COMMIT");
        sent(7, "BEGIN");
        sent(8, "select 1");
        let tokens: Vec<_> = said.iter().map(|said| said.fields.get("logging_token")).collect();
        assert_eq!(tokens[8].map(String::as_str), Some("request 7"));
        assert!(tokens[..7].iter().all(Option::is_none), "{tokens:?}");
        sent(9, "ROLLBACK (the connection was dropped)");
        assert_eq!(words.len(), 10, "{words:?}");
        Ok(())
    });
}

/// A session that is taken by the statement itself has a number, too.
#[test]
fn a_statement_that_takes_its_session_names_it() {
    fn numbers(log: &Log, echoed: usize) -> Vec<String> {
        let said = log.take("aludel::engine");
        let spans = log.take_spans("statement");
        assert_eq!((said.len(), spans.len()), (echoed, echoed), "{said:?} {spans:?}");
        let echo: Vec<_> = said.iter().map(|said| said.fields["connection"].clone()).collect();
        let traced: Vec<_> = spans.iter().map(|(_, of)| of["connection"].clone()).collect();
        assert_eq!(echo, traced);
        assert!(!echo.contains(&"0".to_owned()), "{said:?}");
        echo
    }
    on_each(&EngineOptions::new().echo(true), |_, engine, log| {
        let mut conn = engine.connect()?;
        conn.set_isolation_level(IsolationLevel::Autocommit)?;
        log.take("aludel::engine");
        log.take_spans("statement");
        conn.execute(text("select 1"))?;
        conn.invalidate();
        conn.execute(text("select 2"))?;
        let numbers = numbers(log, 2);
        assert_ne!(numbers[0], numbers[1], "another session");
        Ok(())
    });
    let file = std::env::temp_dir().join(format!("{}.db", aludel_testing::unique("seen")));
    let log = Log::default();
    dispatcher::with_default(&log.dispatch(), || {
        let url = format!("sqlite:///{}?pool=writer-readers&journal_mode=wal", file.display());
        let options = EngineOptions::new().echo(true);
        let engine = aludel::create_engine_with(&url, options).unwrap();
        engine.begin(|conn| conn.execute(text("create table t (n integer)"))).unwrap();
        let mut conn = engine.connect().unwrap();
        conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        log.take("aludel::engine");
        log.take_spans("statement");
        conn.execute(text("insert into t values (1)")).unwrap();
        conn.execute(text("select n from t")).unwrap();
        assert_eq!(conn.stream(text("select n from t")).unwrap().count(), 1);
        let sessions = numbers(&log, 3);
        assert_ne!(sessions[0], sessions[1], "one writes, another reads");
        conn.set_isolation_level(None).unwrap();
        let mut guard = conn.begin().unwrap();
        guard.execute(text("insert into t values (2)")).unwrap();
        drop(guard);
        let said = log.take("aludel::engine");
        assert_eq!(said.last().unwrap().message(), "ROLLBACK (the transaction was dropped)");
        assert!(said.iter().all(|said| said.fields["connection"] == sessions[0]), "{said:?}");
        engine.dispose();
    });
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}

#[test]
fn the_echo_hides_values_where_they_are_secret() {
    on_each(&EngineOptions::new().echo(true).hide_parameters(true), |_, engine, log| {
        let mut conn = engine.connect()?;
        conn.execute(text("select :x, :y").bind("x", "canary").bind("y", "canary"))?;
        let sets = [params! { x: "canary" }, params! { x: "canary" }];
        conn.execute_many(text("select :x"), sets)?;
        let said = log.take("aludel::engine");
        let shown: Vec<_> = said.iter().filter_map(|said| said.fields.get("parameters")).collect();
        assert_eq!(shown, ["(2 values, hidden)", "(2 sets, hidden)"]);
        assert!(!format!("{said:?} {:?}", log.take_spans("statement")).contains("canary"));
        Ok(())
    });
}

#[test]
fn a_span_has_the_names_of_opentelemetry() {
    on_each(&EngineOptions::new(), |fresh, engine, log| {
        let mut conn = engine.connect()?;
        conn.execute(text("select :x").bind("x", "canary"))?;
        let wrong = conn.execute(text("selec 1")).unwrap_err();
        let spans = log.take_spans("statement");
        let of = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or_default();
        let (_, right) = &spans[0];
        assert_eq!(of(right, "db.system.name"), engine.name());
        assert!(of(right, "db.query.text").starts_with("select "));
        assert_eq!(of(right, "db.operation.name"), "SELECT");
        assert_eq!((of(right, "otel.kind"), of(right, "error.type")), ("client".into(), "".into()));
        assert!(of(right, "otel.name").starts_with("SELECT"), "{right:?}");
        if fresh.database.is_remote() {
            assert_eq!(of(right, "server.address"), "127.0.0.1");
            assert_eq!(of(right, "network.peer.address"), "127.0.0.1");
            assert!(engine.url().contains(&format!(":{}", of(right, "network.peer.port"))));
            assert!(engine.url().contains(&format!(":{}", of(right, "server.port"))));
            assert!(engine.url().contains(&format!("/{}", of(right, "db.namespace"))));
        }
        let (_, failed) = &spans[1];
        let state = wrong.sqlstate().unwrap();
        assert_eq!(of(failed, "db.response.status_code"), state);
        assert_eq!(
            (of(failed, "error.type"), of(failed, "otel.status_code")),
            (state.into(), "ERROR".into())
        );
        assert!(!format!("{spans:?}").contains("canary"), "values are not shown");
        Ok(())
    });
}

#[test]
fn a_span_says_what_is_done_to_what() {
    on_each(&EngineOptions::new(), |_, engine, log| {
        let mut conn = engine.connect()?;
        let metadata = MetaData::new().with::<User>();
        metadata.create_all(&mut conn)?;
        log.take_spans("statement");
        conn.execute(insert::<User>().values(User::c.name.set("canary")))?;
        let sets = [params! { name: "b" }, params! { name: "c" }];
        let page = ExecutionOptions::new().insertmanyvalues_page_size(1);
        conn.execute_many(insert::<User>().execution_options(page), sets)?;
        let names = select(User::c.name).where_(User::c.name.ne("canary"));
        conn.execute(names)?;
        conn.stream(select(User::c.name))?.fetchall()?;
        conn.commit()?;
        let spans = log.take_spans("statement");
        let of = |name: &str| -> Vec<String> {
            spans.iter().map(|(_, fields)| fields.get(name).cloned().unwrap_or_default()).collect()
        };
        let all = of("otel.name");
        let [insert, select] = ["INSERT users", "SELECT users"];
        assert_eq!(all[..4], [insert, insert, select, select]);
        assert!(all[4].starts_with("COMMIT"), "{all:?}");
        assert_eq!(of("db.query.summary"), [insert, insert, select, select, "COMMIT"]);
        assert_eq!(of("db.collection.name"), ["users", "users", "users", "users", ""]);
        let operations = ["INSERT", "INSERT", "SELECT", "SELECT", "COMMIT"];
        assert_eq!(of("db.operation.name"), operations);
        assert_eq!(of("db.operation.batch.size"), ["", "2", "", "", ""]);
        assert!(!format!("{spans:?}").contains("canary"), "values are not shown");
        Ok(())
    });
}

#[test]
fn values_are_shown_where_that_is_asked_for() {
    let options = EngineOptions::new().trace_parameters(true);
    on_each(&options, |_, engine, log| {
        let mut conn = engine.connect()?;
        conn.execute(text("select :x, :y").bind("x", "a").bind("y", 5))?;
        let sets = [params! { x: "a" }, params! { x: "b" }];
        conn.execute_many(text("select :x"), sets)?;
        let spans = log.take_spans("statement");
        assert_eq!(spans[0].1["db.query.parameter.0"], "\"a\"");
        assert_eq!(spans[0].1["db.query.parameter.1"], "5");
        assert_eq!(spans[1].1["db.operation.batch.size"], "2");
        Ok(())
    });
}

#[test]
fn what_takes_long_is_said() {
    let texts = |log: &Log| {
        let said = log.take("aludel::slow");
        assert!(said.iter().all(|said| said.message().starts_with("a statement took ")));
        said.iter().map(|said| said.fields["db.query.text"].clone()).collect::<Vec<_>>()
    };
    let options = EngineOptions::new();
    on_each(&options.clone().slow_threshold(Duration::from_millis(40)), |fresh, engine, log| {
        let mut conn = engine.connect()?;
        let sleep = match fresh.database.server() {
            Database::Postgres => "select 1 from pg_sleep(0.06)",
            Database::MySql => "select sleep(0.06)",
            _ => {
                "with recursive c(x) as (select 1 union all select x + 1 from c where x < 2000000) \
                 select count(*) from c"
            }
        };
        conn.execute(text(sleep))?;
        assert!(texts(log).iter().any(|text| text == sleep));
        Ok(())
    });
    on_each(&options.slow_threshold(Duration::from_secs(3600)), |_, engine, log| {
        engine.connect()?.execute(text("select 1"))?;
        assert!(texts(log).is_empty());
        Ok(())
    });
}

#[test]
fn a_connection_that_is_held_for_long_is_warned_of_once() {
    let options = EngineOptions::new().pool_warn_after(Duration::from_secs(1));
    on_each(&options, |_, engine, log| {
        let warnings = |wanted: usize| {
            let mut said = Vec::new();
            settle("it is warned", || {
                said.extend(log.take("aludel::pool").into_iter().filter_map(|said| {
                    let line: u32 = said.fields.get("code.line.number")?.parse().ok()?;
                    Some((line, said))
                }));
                said.len() >= wanted
            });
            said.sort_by_key(|(line, _)| *line);
            said
        };
        engine.connect()?.close()?;
        let mut conn = engine.connect()?;
        let line = line!() - 1;
        conn.execute(text("select 7"))?;
        let kept = engine.connect()?;
        let kept_line = line!() - 1;
        let said = warnings(2);
        let lines: Vec<_> = said.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [line, kept_line], "{said:?}");
        assert_eq!(said[0].1.fields["code.file.path"], file!());
        assert!(!said[0].1.message().contains("select 7"), "{said:?}");
        conn.close()?;
        // Who takes it next is another holder. The one that is still held is not warned of again.
        let _conn = engine.connect()?;
        let next_line = line!() - 1;
        let said = warnings(1);
        let lines: Vec<_> = said.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [next_line], "{said:?}");
        kept.close()
    });
    let refused = Fresh::new(Database::Sqlite)
        .unwrap()
        .engine(EngineOptions::new().pool_warn_after(Duration::ZERO));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn connections_that_were_made_together_do_not_end_together() {
    let recycle = Duration::from_secs(1);
    let options = EngineOptions::new().pool_size(8).pool_recycle(recycle);
    for (jitter, spread) in [(recycle, true), (Duration::ZERO, false)] {
        let fresh = Fresh::new(Database::Sqlite).unwrap();
        let engine = fresh.engine(options.clone().pool_recycle_jitter(jitter)).unwrap();
        let numbers = |engine: &Engine| {
            let held: Vec<_> = (0..8).map(|_| engine.connect().unwrap()).collect();
            let lent = engine.pool().status().lent;
            assert_eq!((held.len(), lent.len()), (8, 8));
            lent.into_iter().map(|lent| lent.connection).collect::<HashSet<_>>()
        };
        let made = Instant::now();
        let first = numbers(&engine);
        std::thread::sleep(recycle / 2);
        let half_way = numbers(&engine);
        let left = first.intersection(&half_way).count();
        if spread {
            assert!(left < 8, "some have ended before their time");
        } else {
            // The machine may have slept for longer.
            assert!(left == 8 || made.elapsed() >= recycle, "none has ended before: {left}");
        }
        std::thread::sleep(recycle);
        assert_eq!(first.intersection(&numbers(&engine)).count(), 0, "none is older");
    }
}
