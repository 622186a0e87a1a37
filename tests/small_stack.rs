//! Small stacks of greenlets: what is too deep for one is an error on every database, and no end of the
//! process.
//!
//! The size of stacks is the process's, so each size has a process of its own: this program again, with
//! one of its ignored tests.

mod support;

use std::process::{Command, Output};

use aludel::bridge::{greenlet_spawn, set_stack_size};
use aludel::sql::{type_coerce, window};
use aludel::value::RawJson;
use aludel::{
    AsyncEngine, EngineOptions, ErrorKind, Local, MetaData, RawSql, Result, case, func, not_,
    select, text,
};
use support::{Database, Fresh, User};

/// The stack size of the child, in KiB.
const SIZE: &str = "ALUDEL_TEST_STACK_KIB";

/// The smallest stack with which a greenlet gets a connection, in KiB.
const SMALLEST: usize = 768;

fn child(test: &str, size: usize) -> Output {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(SIZE, size.to_string())
        .output()
        .expect("a process")
}

#[track_caller]
fn passes(test: &str, size: usize) {
    let output = child(test, size);
    assert!(output.status.success(), "{size} KiB: {}", String::from_utf8_lossy(&output.stderr));
}

/// Takes the size that the parent gave; `None` if there is no parent.
fn given_size() -> Option<usize> {
    let size = std::env::var(SIZE).ok()?.parse().ok()?;
    set_stack_size(size * 1024);
    Some(size)
}

/// Runs `f` for each database, in a task that runs greenlets itself.
fn on_each(f: impl AsyncFn(Database, AsyncEngine<Local>) -> Result<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    for database in Database::ALL {
        let Some(fresh) = Fresh::new(database) else { continue };
        let engine = fresh.async_engine::<Local>(EngineOptions::new()).expect("an engine");
        let result = runtime.block_on(f(database, engine));
        result.unwrap_or_else(|error| panic!("{database:?}: {error}"));
    }
}

// fault: B22
#[test]
fn a_greenlet_with_a_small_stack_gets_no_connection() {
    passes("child_refused", SMALLEST - 4);
    passes("child_refused", 64);
}

#[test]
#[ignore = "it is run by the test above, in a process of its own"]
fn child_refused() {
    let Some(size) = given_size() else { return };
    on_each(async |database, engine| {
        let error = engine.connect().await.map(drop).expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
        let message = error.message();
        assert!(message.contains(&(size * 1024).to_string()), "{database:?}: {message}");
        assert!(message.contains("set_stack_size(786432)"), "{database:?}: {message}");
        // Stacks of before are not used again.
        set_stack_size(SMALLEST * 1024);
        let mut conn = engine.connect().await?;
        assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
        conn.close().await?;
        // A connection that waits in the pool is refused as well.
        set_stack_size(size * 1024);
        let error = engine.connect().await.map(drop).expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::Argument, "{database:?}: {error}");
        let inner = engine.sync_engine().clone();
        let error = greenlet_spawn(move || inner.connect().map(drop)).await;
        assert_eq!(error.expect_err("a refusal").kind(), ErrorKind::Argument);
        engine.dispose().await
    });
}

// fault: B22
#[test]
fn a_connection_that_is_held_is_not_used_on_a_stack_that_became_too_small() {
    passes("child_shrunk", 2048);
}

#[test]
#[ignore = "it is run by the test above, in a process of its own"]
fn child_shrunk() {
    let Some(usual) = given_size() else { return };
    on_each(async |database, engine| {
        set_stack_size(usual * 1024);
        let mut conn = engine.connect().await?;
        let prepared = engine.sync_engine().prepare(&text("select 2"))?;
        assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
        set_stack_size((SMALLEST - 4) * 1024);
        let sum = format!("select {}1", "1 + ".repeat(990));
        let errors = [
            conn.execute(text("select 1")).await.map(drop),
            conn.execute(text(RawSql::new(sum.clone()))).await.map(drop),
            conn.execute_prepared(&prepared, ()).await.map(drop),
            conn.stream(text("select 1")).await.map(drop),
        ];
        for error in errors.map(|outcome| outcome.expect_err("a refusal")) {
            assert_eq!(error.kind(), ErrorKind::Argument, "{database:?}: {error}");
            assert!(error.message().contains("set_stack_size(786432)"), "{database:?}: {error}");
        }
        // The smallest will do, and SQLite, which was opened on a larger one, goes less deep on it.
        set_stack_size(SMALLEST * 1024);
        match conn.execute(text(RawSql::new(sum))).await {
            Ok(_) => assert!(!matches!(database, Database::Sqlite)),
            Err(error) if matches!(database, Database::Sqlite) => {
                assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{error}");
            }
            // MariaDB's own stack has a limit too.
            Err(error) => assert!(!error.is_disconnect(), "{database:?}: {error}"),
        }
        conn.rollback().await?;
        assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
        conn.close().await?;
        engine.dispose().await
    });
}

// fault: B21, B22
#[test]
fn the_deepest_expression_fits_on_the_smallest_stack() {
    passes("child_deepest", SMALLEST);
}

/// Builds the deepest expression that is accepted, and everything that walks through it.
#[test]
#[ignore = "it is run by the test above, in a process of its own"]
fn child_deepest() {
    let Some(_) = given_size() else { return };
    on_each(async |database, engine| {
        let work = engine.run_sync(move |engine| {
            let mut conn = engine.connect()?;
            MetaData::new().with::<User>().create_all(&mut conn)?;
            conn.commit()?;
            for kind in 0..14 {
                let nested = |levels: i64| {
                    (0..levels).fold(User::c.id.gt(0), |inner, n| match (n + kind) % 3 {
                        _ if kind == 3 => case(inner, true).else_(false),
                        _ if kind == 4 => inner.is_distinct_from(User::c.id.gt(n)),
                        _ if kind == 5 => func::coalesce(inner, true),
                        _ if kind == 6 => inner.eq(true),
                        _ if kind == 7 => inner.cast::<bool>(),
                        _ if kind == 8 => type_coerce::<String>(inner).contains("1"),
                        _ if kind == 9 => type_coerce::<String>(inner).like("1"),
                        _ if kind == 10 => type_coerce::<bool>(func::max(inner)),
                        _ if kind == 11 => {
                            type_coerce::<bool>(func::max(inner).over(window().rows(..)))
                        }
                        _ if kind == 12 => {
                            let json = type_coerce::<RawJson>(inner);
                            type_coerce::<bool>(json.json_remove("a"))
                        }
                        _ if kind == 13 => {
                            type_coerce::<bool>(type_coerce::<Vec<bool>>(inner).element(1))
                        }
                        0 => inner.and(User::c.id.ne(n + 1000)),
                        1 => inner.or(User::c.id.eq(n + 1000)),
                        _ => not_(inner),
                    })
                };
                // What a dialect writes in a way of its own counts for three.
                let deep = match kind {
                    4 | 7..=10 | 12 | 13 => 333,
                    // A function and its window.
                    11 => 166,
                    _ => 1000,
                };
                let deepest = select(User::c.id).where_(nested(deep));
                assert!(deepest.clone().to_string().len() > 1_000);
                assert!(format!("{deepest:?}").len() > 1_000);
                if let Err(error) = conn.execute(deepest) {
                    assert!(!error.is_disconnect(), "{database:?}: {error}");
                    conn.rollback()?;
                }
                let too_deep = select(User::c.id).where_(nested(deep + 1));
                let error = conn.execute(too_deep).map(drop).expect_err("too deep");
                assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
            }
            conn.close()
        });
        work.await?;
        engine.dispose().await
    });
}
