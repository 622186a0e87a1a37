//! Warnings: the server is asked for them only if it has said that there are some, and somebody listens.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dialect::mysql::MySql;
use aludel_core::engine::Notice;
use aludel_core::sql::text;
use aludel_core::{Engine, EngineOptions, event};
use support::Kind;
use support::rogue::Rogue;

/// All is well, with so many warnings.
fn ok(warnings: u8) -> Vec<u8> {
    vec![0, 0, 0, 0x01, 0, warnings, 0]
}

#[test]
fn nobody_is_asked_for_what_nobody_hears() {
    for kind in [Kind::Async, Kind::Blocking] {
        let rogue = Rogue::start_scripted(|text| match text {
            "delete 1" => Some(ok(1)),
            "delete 2" => Some(ok(0)),
            _ => None,
        });
        let driver = rogue.db(kind).driver().unwrap();
        let options = EngineOptions::new();
        let engine =
            Engine::new("mysql://", Arc::new(MySql::new()), driver.into(), options).unwrap();
        let mut conn = engine.connect().unwrap();
        let run = |conn: &mut aludel_core::Connection| {
            conn.execute(text("delete 1")).unwrap();
            conn.execute(text("delete 2")).unwrap();
            conn.commit().unwrap();
            rogue.heard_texts()
        };
        rogue.heard_texts();
        assert_eq!(run(&mut conn), ["delete 1", "delete 2", "COMMIT"]);
        let listening = event::listen(&engine, |_: &mut Notice<'_>| Ok(()));
        assert_eq!(run(&mut conn), ["delete 1", "SHOW WARNINGS", "delete 2", "COMMIT"]);
        event::remove(&engine, &listening).unwrap();
        assert_eq!(run(&mut conn), ["delete 1", "delete 2", "COMMIT"]);
    }
}

/// What was acknowledged stays so, whatever becomes of the question for its warnings: an answer that never comes
/// to its end, and one that is none.
#[test]
fn a_question_that_fails_changes_no_outcome() {
    for (kind, answer) in [Kind::Async, Kind::Blocking]
        .into_iter()
        .flat_map(|kind| [(kind, vec![1]), (kind, Vec::new())])
    {
        let rogue = Rogue::start_scripted(move |text| match text {
            "delete 1" | "COMMIT" => Some(ok(1)),
            "SHOW WARNINGS" => Some(answer.clone()),
            _ => None,
        });
        let db = rogue.db(kind).with_recovery_budget(Duration::from_millis(200));
        let driver = db.driver().unwrap();
        let options = EngineOptions::new();
        let engine =
            Engine::new("mysql://", Arc::new(MySql::new()), driver.into(), options).unwrap();
        event::listen(&engine, |_: &mut Notice<'_>| Ok(()));
        let begun = Instant::now();
        let mut conn = engine.connect().unwrap();
        conn.execute(text("delete 1")).unwrap();
        // The session, and with it the transaction, is known to be lost at the next use.
        assert!(conn.execute(text("delete 2")).is_err(), "{kind:?}");
        conn.rollback().ok();
        conn.execute(text("delete 2")).unwrap();
        conn.commit().unwrap();
        assert!(!conn.in_transaction());
        assert!(begun.elapsed() < Duration::from_secs(10), "{kind:?}");
    }
}
