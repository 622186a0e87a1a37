//! What is sent in AUTOCOMMIT, counted at a proxy: a SELECT is one message, from the checkout to the
//! return.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use aludel::dbapi::IsolationLevel;
use aludel::{
    Connection, Engine, EngineOptions, ExecutionOptions, Result, create_engine_with, text,
};
use aludel_testing::proxy::{Piece, SERVER_DRIVERS, behind_a_proxy, mentions, round_trips};

fn ask(conn: &mut Connection) -> Result<()> {
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

/// Uses a connection of the pool, and gives it back.
fn once(engine: &Engine, level: Option<IsolationLevel>) -> Result<()> {
    let mut conn = engine.connect()?;
    if let Some(level) = level {
        conn.set_isolation_level(level)?;
    }
    ask(&mut conn)
}

fn messages(log: &[Piece]) -> usize {
    log.iter().filter(|piece| matches!(piece, Piece::FromClient(_))).count()
}

const ONE: usize = 1;
const MANY: usize = 5;

#[test]
fn a_select_on_an_engine_in_autocommit_is_one_message() {
    for (variable, scheme) in SERVER_DRIVERS {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        let options = EngineOptions::new()
            .isolation_level(IsolationLevel::Autocommit)
            .pool_size(1)
            .max_overflow(0);
        let engine = create_engine_with(&url, options).unwrap();
        // The session is made and set to the level, and the statement is prepared.
        for _ in 0..2 {
            once(&engine, None).unwrap();
        }
        for uses in [ONE, MANY] {
            proxy.take_log();
            for _ in 0..uses {
                once(&engine, None).unwrap();
            }
            let log = proxy.take_log();
            assert_eq!((round_trips(&log), messages(&log)), (uses, uses), "{scheme}: {log:?}");
            for word in ["BEGIN", "COMMIT", "ROLLBACK", "SET", "START"] {
                assert!(!mentions(&log, word), "{scheme}: {word} in {log:?}");
            }
        }
        engine.dispose();
    }
}

#[test]
fn autocommit_of_one_connection_costs_mysql_a_statement_each_way_and_postgresql_none() {
    for (variable, scheme) in SERVER_DRIVERS {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        let options = EngineOptions::new().pool_size(1).max_overflow(0);
        let engine = create_engine_with(&url, options).unwrap();
        let autocommit = Some(IsolationLevel::Autocommit);
        for level in [None, autocommit, None] {
            once(&engine, level).unwrap();
        }
        proxy.take_log();
        // Two uses in a row cost no more than one.
        for level in [autocommit, autocommit, None] {
            once(&engine, level).unwrap();
        }
        let log = proxy.take_log();
        let sent: Vec<u8> = log
            .iter()
            .filter_map(|piece| match piece {
                Piece::FromClient(bytes) => Some(bytes.clone()),
                Piece::FromServer(_) => None,
            })
            .collect::<Vec<_>>()
            .concat();
        let sent = String::from_utf8_lossy(&sent);
        let each_way = usize::from(scheme.starts_with("mysql"));
        assert_eq!(sent.matches("SET autocommit = 1").count(), each_way, "{scheme}: {sent}");
        assert_eq!(sent.matches("SET autocommit = 0").count(), each_way, "{scheme}: {sent}");
        assert_eq!(sent.matches("BEGIN").count(), 1 - each_way, "{scheme}: {sent}");
        engine.dispose();
    }
}

#[test]
fn one_statement_in_autocommit_costs_mysql_a_statement_each_way_and_postgresql_none() {
    for (variable, scheme) in SERVER_DRIVERS {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        let engine =
            create_engine_with(&url, EngineOptions::new().pool_size(1).max_overflow(0)).unwrap();
        let mut conn = engine.connect().unwrap();
        ask(&mut conn).unwrap();
        conn.rollback().unwrap();
        let alone = ExecutionOptions::new().isolation_level(IsolationLevel::Autocommit);
        let mut ask_alone = || {
            let asked = text("select 1").execution_options(alone.clone());
            assert_eq!(conn.scalar(asked).unwrap(), Some(1_i64));
        };
        ask_alone();
        proxy.take_log();
        // Two in a row cost no more than one, and none begins a transaction.
        ask_alone();
        ask_alone();
        let log = proxy.take_log();
        for word in ["BEGIN", "START", "COMMIT", "ROLLBACK", "SET"] {
            assert!(!mentions(&log, word), "{scheme}: {word} in {log:?}");
        }
        ask(&mut conn).unwrap();
        conn.rollback().unwrap();
        let log = proxy.take_log();
        assert_eq!(mentions(&log, "SET autocommit = 0"), scheme.starts_with("mysql"), "{scheme}");
        assert_eq!(mentions(&log, "BEGIN"), scheme.starts_with("postgresql"), "{scheme}");
        ask(&mut conn).unwrap();
        conn.rollback().unwrap();
        assert!(!mentions(&proxy.take_log(), "SET autocommit"), "{scheme}");
        drop(conn);
        engine.dispose();
    }
}
