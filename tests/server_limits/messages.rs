//! What is sent for a limit: nothing where the server has it already.

use aludel::dbapi::IsolationLevel;
use aludel::{Connection, Engine, EngineOptions, ErrorKind, create_engine_with, text};
use aludel_testing::proxy::{Piece, Proxy, round_trips};

use crate::{LATE, NONE, SOON, each, is_postgres, narrow, sleep, within};

/// What clients have sent since the last time, as text.
fn sent(log: &[Piece]) -> String {
    let pieces = log.iter().filter_map(|piece| match piece {
        Piece::FromClient(bytes) => Some(bytes.as_slice()),
        Piece::FromServer(_) => None,
    });
    String::from_utf8_lossy(&pieces.collect::<Vec<_>>().concat()).into_owned()
}

fn ask(conn: &mut Connection) {
    assert_eq!(conn.scalar(text("select 1")).unwrap(), Some(1_i64));
}

/// Three transactions, the second rolled back, with a savepoint in each.
fn use_it(engine: &Engine) {
    for round in 0..3 {
        let mut conn = engine.connect().unwrap();
        ask(&mut conn);
        let mut savepoint = conn.begin_nested().unwrap();
        ask(&mut savepoint);
        savepoint.rollback().unwrap();
        ask(&mut conn);
        if round == 1 {
            conn.rollback().unwrap()
        } else {
            conn.commit().unwrap()
        }
        conn.close().unwrap();
    }
}

fn trips(engine: &Engine, proxy: &Proxy) -> (usize, String) {
    proxy.take_log();
    use_it(engine);
    let log = proxy.take_log();
    (round_trips(&log), sent(&log))
}

#[test]
fn the_limit_of_an_engine_is_sent_once_for_a_session() {
    each(|scheme, url, proxy| {
        let (plain, limited) = (narrow(url, &NONE), narrow(url, &within(LATE)));
        let (_, first) = trips(&limited, proxy);
        let (with, then) = trips(&limited, proxy);
        trips(&plain, proxy);
        let (without, _) = trips(&plain, proxy);
        assert_eq!(with, without, "{scheme}: no round trip more");
        if is_postgres(scheme) {
            assert_eq!(first.matches("set_config('statement_timeout'").count(), 1, "{scheme}");
            for word in ["set_config", "statement_timeout"] {
                assert!(!then.contains(word), "{scheme}: {word} in {then}");
            }
        } else {
            let limited = "SET STATEMENT max_statement_time = CAST(? AS DOUBLE) FOR select 1";
            assert!(first.contains(limited), "{scheme}: {first}");
            assert!(!then.contains("max_statement_time"), "{scheme}: it is prepared in {then}");
            assert!(!first.contains("FOR COMMIT") && !first.contains("FOR SAVEPOINT"), "{first}");
        }
        plain.dispose();
        limited.dispose();
    });
}

/// The limit of one statement in a transaction goes ahead of it, without a wait where the client can do that.
#[test]
fn another_limit_is_one_message() {
    each(|scheme, url, proxy| {
        let engine = narrow(url, &within(LATE));
        use_it(&engine);
        let once = |options| {
            let mut conn = engine.connect().unwrap();
            ask(&mut conn);
            proxy.take_log();
            let statement = text("select 1").execution_options(options);
            assert_eq!(conn.scalar(statement).unwrap(), Some(1_i64));
            let log = proxy.take_log();
            conn.rollback().unwrap();
            conn.close().unwrap();
            (round_trips(&log), sent(&log))
        };
        let (one, text) = once(within(LATE / 2));
        let waits = usize::from(scheme == "postgresql+postgres");
        assert_eq!(one, 1 + waits, "{scheme}: {text}");
        let local = "SET LOCAL statement_timeout = 1800000";
        assert_eq!(text.contains(local), is_postgres(scheme), "{scheme}: {text}");
        engine.dispose();
    });
}

/// Behind poolers of transactions, and where it is switched off, a server is told nothing.
#[test]
fn a_server_that_is_told_nothing() {
    each(|scheme, url, proxy| {
        let options: &[&str] = if is_postgres(scheme) {
            &["time_outs=client", "prepared_statements=unnamed", "rollback_on_return=awaited"]
        } else {
            &["time_outs=client"]
        };
        for option in options {
            let narrow = EngineOptions::new().pool_size(1).max_overflow(0);
            let narrow = narrow.execution_options(within(SOON));
            let engine = create_engine_with(&format!("{url}?{option}"), narrow).unwrap();
            for level in [None, Some(IsolationLevel::Autocommit)] {
                let mut conn = engine.connect().unwrap();
                conn.set_isolation_level(level).unwrap();
                proxy.take_log();
                let slow = text(sleep(scheme)).bind("n", 60.0);
                let error = conn.execute(slow).map(drop).expect_err("it takes longer");
                let found = (error.kind(), error.sqlstate());
                assert_eq!(found, (ErrorKind::Timeout, None), "{scheme}, {option}: {error}");
                let text = sent(&proxy.take_log());
                for word in ["statement_timeout", "max_statement_time"] {
                    assert!(!text.contains(word), "{scheme}, {option}: {text}");
                }
                conn.rollback().unwrap();
                conn.set_isolation_level(None).unwrap();
                conn.close().unwrap();
            }
            engine.dispose();
        }
    });
}
