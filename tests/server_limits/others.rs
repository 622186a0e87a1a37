//! Statements of all kinds with a limit of the server: it changes nothing about them but the time.

use std::time::{Duration, Instant};

use aludel::dbapi::IsolationLevel;
use aludel::{Connection, EngineOptions, ErrorKind, RawSql, create_engine_with, text};
use aludel_testing::proxy::{Proxy, SERVER_DRIVERS};
use aludel_testing::{server_url, settle, unique};

use crate::{LATE, NONE, SOON, each, is_postgres, narrow, within};

fn run(conn: &mut Connection, sql: &str) -> u64 {
    let done = conn.execute(text(RawSql::new(sql.to_owned())));
    done.unwrap_or_else(|error| panic!("{sql}: {error}")).rowcount()
}

#[test]
fn statements_of_all_kinds() {
    each(|_, url, _| {
        let engine = narrow(url, &within(LATE));
        let mut conn = engine.connect().unwrap();
        let t = unique("kinds");
        run(&mut conn, &format!("create table {t} (a integer primary key, b varchar(9))"));
        assert_eq!(run(&mut conn, &format!("insert into {t} values (1, 'x'), (2, 'y')")), 2);
        let insert = format!("insert into {t} (a, b) values (:a, :b)");
        let sets = (3_i64..=5).map(|a| aludel::params! { a: a, b: "z" });
        conn.execute_many(text(RawSql::new(insert)), sets).unwrap();
        assert_eq!(run(&mut conn, &format!("update {t} set b = 'w' where a > 3")), 2);
        assert_eq!(run(&mut conn, &format!("delete from {t} where a = 5")), 1);
        for (sql, expected) in [
            (format!("select count(*) from {t}"), 4_i64),
            (
                format!(
                    "(select a from {t} where a = 1) union all (select 7 from {t} where a = 9)"
                ),
                1,
            ),
            (format!("with r as (select max(a) as m from {t}) select m from r"), 4),
            (format!("/* a */ -- b\n select min(a) from {t}"), 1),
            ("values (3)".to_owned(), 3),
            (format!("insert into {t} (a) values (9) returning a"), 9),
            (format!("select 1 - 1 + a from {t} where b = 'x' /* :c */"), 1),
        ] {
            let sql = RawSql::new(sql.replace(":c", "\\:c"));
            let found: Option<i64> = conn.scalar(text(sql.clone())).unwrap();
            assert_eq!(found, Some(expected), "{sql:?}");
        }
        run(&mut conn, &format!("create index i_{t} on {t} (b)"));
        run(&mut conn, &format!("alter table {t} add column c integer"));
        run(&mut conn, &format!("create view v_{t} as select a from {t}"));
        run(&mut conn, &format!("explain select * from {t}"));
        run(&mut conn, &format!("drop view v_{t}"));
        run(&mut conn, &format!("truncate table {t}"));
        run(&mut conn, &format!("drop table {t}"));
        conn.commit().unwrap();
        conn.close().unwrap();
        engine.dispose();
    });
}

/// A procedure, the key of a row that was inserted, and errors, as without a limit.
#[test]
fn what_only_mariadb_has() {
    each(|scheme, url, _| {
        if is_postgres(scheme) {
            return;
        }
        let engine = narrow(url, &within(LATE));
        let mut conn = engine.connect().unwrap();
        let t = unique("only");
        run(
            &mut conn,
            &format!("create table {t} (a integer auto_increment primary key, b integer)"),
        );
        let done = conn
            .execute(text(RawSql::new(format!("insert into {t} (b) values (:b)"))).bind("b", 7))
            .unwrap();
        assert_eq!(done.lastrowid(), Some(1));
        assert_eq!(run(&mut conn, &format!("replace into {t} (a, b) values (1, 8)")), 2);
        run(&mut conn, &format!("create procedure p_{t}() begin select b from {t}; select 9; end"));
        let called: Option<i64> = conn.scalar(text(RawSql::new(format!("call p_{t}()")))).unwrap();
        assert_eq!(called, Some(8), "{scheme}");
        run(&mut conn, "do sleep(0)");
        run(&mut conn, &format!("analyze table {t}"));
        let error = conn.execute(text("select nothing_of_the_sort")).expect_err("no such column");
        assert!(error.message().contains("(error 1054)"), "{error}");
        conn.rollback().unwrap();
        run(&mut conn, "begin not atomic select 1; end");
        run(&mut conn, "set statement max_statement_time = 9 for select 1");
        run(&mut conn, &format!("drop procedure p_{t}"));
        run(&mut conn, &format!("drop table {t}"));
        conn.commit().unwrap();
        conn.close().unwrap();
        engine.dispose();
    });
}

/// A wait for a lock, which is where time-outs are met most.
#[test]
fn a_wait_for_a_lock() {
    each(|scheme, url, proxy: &Proxy| {
        let t = unique("locked");
        let wide = EngineOptions::new().execution_options(within(LATE));
        let engine = create_engine_with(url, wide).unwrap();
        let mut holding = engine.connect().unwrap();
        run(&mut holding, &format!("create table {t} (a integer primary key, b integer)"));
        run(&mut holding, &format!("insert into {t} values (1, 1)"));
        holding.commit().unwrap();
        run(&mut holding, &format!("update {t} set b = 2"));
        let mut conn = engine.connect().unwrap();
        let number = crate::session(scheme, &mut conn);
        proxy.take_log();
        let waiting = text(RawSql::new(format!("update {t} set b = 3")));
        let error = conn
            .execute(waiting.execution_options(within(SOON)))
            .map(drop)
            .expect_err("the lock is held");
        crate::assert_ended_by_server(scheme, proxy, &error, "a lock");
        conn.rollback().unwrap();
        assert_eq!(crate::session(scheme, &mut conn), number, "{scheme}");
        conn.close().unwrap();
        holding.rollback().unwrap();
        run(&mut holding, &format!("drop table {t}"));
        holding.commit().unwrap();
        holding.close().unwrap();
        settle("all are back", || engine.pool().status().in_use == 0);
        engine.dispose();
    });
}

/// A process that is killed while it waits asks nobody to stop: its statement ends all the same.
#[test]
fn a_statement_whose_program_was_killed() {
    for (variable, scheme) in SERVER_DRIVERS {
        let Some(url) = server_url(variable) else { continue };
        let mark = unique("killed");
        let (_, rest) = url.split_once("://").unwrap();
        let mut program = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "others::child_that_is_killed", "--nocapture"])
            .env("ALUDEL_TEST_CHILD", format!("{scheme}://{rest} {mark}"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let engine = create_engine_with(&url, EngineOptions::new()).unwrap();
        let mut watching = engine.connect().unwrap();
        watching.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        let sql = if is_postgres(scheme) {
            "select count(*) from pg_stat_activity where state = 'active' and query like :mark \
             and pid <> pg_backend_pid()"
        } else {
            "select count(*) from information_schema.processlist where info like :mark and id <> connection_id()"
        };
        let mut is_at_work = || {
            let seeking = text(sql).bind("mark", format!("%{mark}%"));
            watching.scalar(seeking).unwrap() == Some(1_i64)
        };
        settle("it runs", &mut is_at_work);
        program.kill().unwrap();
        program.wait().unwrap();
        let begun = Instant::now();
        settle("the server has ended it", || !is_at_work());
        assert!(begun.elapsed() < Duration::from_secs(20), "{scheme}: {:?}", begun.elapsed());
        drop(watching);
        engine.dispose();
    }
}

#[test]
#[ignore = "it is run by the test above, in a process of its own, and killed"]
fn child_that_is_killed() {
    let told = std::env::var("ALUDEL_TEST_CHILD").unwrap();
    let (url, mark) = told.split_once(' ').unwrap();
    let options = EngineOptions::new().execution_options(within(Duration::from_secs(2)));
    let mut conn = create_engine_with(url, options).unwrap().connect().unwrap();
    let sleep = if url.starts_with("postgresql") { "pg_sleep" } else { "sleep" };
    let sql = format!("select {sleep}(60) /* {mark} */");
    let _ = conn.execute(text(RawSql::new(sql)));
}

/// A role that may not change settings by functions loses no transaction, and its time-outs are kept by the client.
#[test]
fn a_server_that_refuses_limits() {
    let Some(server) = server_url("ALUDEL_TEST_POSTGRES_URL") else { return };
    let engine = narrow(&server, &NONE);
    let mut conn = engine.connect().unwrap();
    conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
    let name = unique("refusing");
    run(&mut conn, &format!("create role {name} login password 's3cret'"));
    run(&mut conn, &format!("create database {name} owner {name}"));
    let place = server.rsplit_once('@').unwrap().1.split('/').next().unwrap();
    let own = narrow(&format!("{}/{name}", server.rsplit_once('/').unwrap().0), &NONE);
    let mut within_it = own.connect().unwrap();
    let revoke =
        "revoke execute on function pg_catalog.set_config(text, text, boolean) from public";
    run(&mut within_it, revoke);
    within_it.commit().unwrap();
    within_it.close().unwrap();
    own.dispose();
    for scheme in ["postgresql", "postgresql+postgres"] {
        let url = format!("{scheme}://{name}:s3cret@{place}/{name}");
        for options in [NONE, within(SOON)] {
            let engine = narrow(&url, &options);
            let mut conn = engine.connect().unwrap();
            run(&mut conn, "create table t (a integer)");
            conn.commit().unwrap();
            for _ in 0..2 {
                let insert = text("insert into t values (1)");
                conn.execute(insert.execution_options(within(LATE))).unwrap();
                run(&mut conn, "insert into t values (2)");
                conn.commit().unwrap();
            }
            let slow = text("select pg_sleep(60)").execution_options(within(SOON));
            let error = conn.execute(slow).map(drop).expect_err("it takes longer");
            assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Timeout, None), "{error}");
            conn.rollback().unwrap();
            let count: Option<i64> = conn.scalar(text("select count(*) from t")).unwrap();
            assert_eq!(count, Some(4), "{scheme}: the transactions are whole");
            run(&mut conn, "drop table t");
            conn.commit().unwrap();
            conn.close().unwrap();
            engine.dispose();
        }
    }
    run(&mut conn, &format!("drop database {name} with (force)"));
    run(&mut conn, &format!("drop role {name}"));
    conn.set_isolation_level(None).unwrap();
    conn.close().unwrap();
    engine.dispose();
}
