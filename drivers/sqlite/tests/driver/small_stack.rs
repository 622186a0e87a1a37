//! SQLite on small stacks of greenlets: what is too deep is an error, and no end of the process.
//!
//! The size of stacks is the process's, so each size has a process of its own.

use std::process::Command;

use aludel_bridge::{greenlet_spawn, set_stack_size, sync::park_on};
use aludel_core::dbapi::Driver;
use aludel_core::error::{Error, ErrorKind};
use aludel_sqlite::SqliteDriver;

use crate::support::{Short, memory};

/// What the child process is asked to do.
const SIZE: &str = "ALUDEL_SQLITE_STACK_SIZE";

fn child(test: &str, size: usize) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("small_stack::{test}"), "--ignored", "--nocapture"])
        .env(SIZE, size.to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{size}: {}", String::from_utf8_lossy(&output.stderr));
}

fn told_size() -> Option<usize> {
    std::env::var(SIZE).ok()?.parse().ok()
}

// C does not probe its stack, so what keeps it from running past the guard is that it never is deep.
// fault: B22
#[test]
fn the_deepest_statement_fits_on_every_stack() {
    for size in [128, 192, 256, 512, 1024, 2048] {
        child("child_deep", size * 1024);
    }
}

/// A sum, a condition and subqueries, so many levels deep.
fn deep(levels: usize) -> [String; 3] {
    [
        format!("select {}0 from t", "a + ".repeat(levels - 1)),
        format!("select a from t where {}a", "not ".repeat(levels - 1)),
        // One inside another counts as two levels or more.
        format!(
            "select a from t where {}1{}",
            "exists (select a from t where ".repeat(levels / 4),
            ")".repeat(levels / 4)
        ),
    ]
}

/// SELECTs in FROM, so many inside of each other, and parts of a UNION, so many in a row.
fn nested(levels: &[usize], parts: &[usize]) -> Vec<String> {
    let mut all = Vec::new();
    for levels in levels {
        for (before, behind) in [
            ("select a from (", ")"),
            ("select distinct a + 1 as a from (", ") where a < 1000 order by a limit 9"),
            ("select count(*) as a from (", ") group by a order by a limit 9"),
            ("select a from t where exists (select a from (", "))"),
        ] {
            let (before, behind) = (before.repeat(*levels), behind.repeat(*levels));
            all.push(format!("{before}select a from t{behind}"));
        }
    }
    for parts in parts {
        for (part, behind) in [
            (" union all select a from t", ""),
            (" union select a from t", " order by a"),
            (" except select 7 from t", " order by 1"),
        ] {
            all.push(format!("select a from t{}{behind}", part.repeat(parts - 1)));
        }
    }
    all
}

#[test]
#[ignore = "it is run by the test above, in a process of its own"]
fn child_deep() {
    let Some(size) = told_size() else { return };
    set_stack_size(size);
    let greenlet = greenlet_spawn(move || {
        let mut connection = memory(&["create table t (a)", "insert into t values (1)"]);
        let most = ((size - 96 * 1024) / 768).min(1000);
        for sql in deep(most) {
            for sql in [format!("explain {sql}"), sql] {
                match connection.query(&sql, &[]) {
                    Ok(kept) => assert!(!kept.rows.is_empty() || sql.contains("not "), "{sql}"),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{error}"),
                }
            }
        }
        // As many as SQLite accepts on such a stack, and more.
        let (marks, parts) = ((size - 96 * 1024) / 256, (size - 96 * 1024) / 1536);
        let levels = [marks / 16, marks / 12, marks / 8, marks / 6, 100, 150, 300, 400, 500];
        for sql in nested(&levels, &[parts, parts + 1, 500]) {
            if let Err(error) = connection.query(&sql, &[]) {
                assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{error}");
            }
        }
        for sql in nested(&[1, 4], &[1, 20]) {
            assert!(!connection.query(&sql, &[])?.rows.is_empty(), "it is not too deep: {sql}");
        }
        let [sum, ..] = deep(most);
        assert_eq!(connection.query(&sum, &[])?.rows.len(), 1, "it is not too deep");
        let [sum, ..] = deep(most + 2);
        let error = connection.query(&sum, &[]).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceExhausted);
        assert!(error.message().contains("maximum depth"), "{error}");
        Ok::<_, Error>(())
    });
    park_on(greenlet).unwrap();
}

// fault: B22
#[test]
fn the_smallest_stack_is_refused() {
    child("child_smallest", 64 * 1024);
}

#[test]
#[ignore = "it is run by the test above, in a process of its own"]
fn child_smallest() {
    let Some(size) = told_size() else { return };
    set_stack_size(size);
    let driver = SqliteDriver::memory().unwrap();
    let soon = std::time::Instant::now() + std::time::Duration::from_secs(5);
    assert!(driver.connect(soon).is_ok(), "a thread has a stack of its own");
    let error = park_on(greenlet_spawn(move || driver.connect(soon).map(drop))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("set_stack_size 131072"), "{error}");
}
