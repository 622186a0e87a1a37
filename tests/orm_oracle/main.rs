//! Programs of an ORM, whose statements and what they see were recorded with SQLAlchemy in
//! `oracle.json`: written with this library they must see the same, and send no other statements.
//!
//! `docs/TESTING.md` says how a program is judged. `ORM_ORACLE=uow` runs those whose name begins so, and says
//! how those differ that are still open.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "programs of some kinds are still to be written")]

mod cases;
mod deliberate;
mod errors;
mod item;
mod judge;
mod judge_tests;
mod lines;
mod models;
mod open;
mod place;
mod query;
mod record;
mod runner;
mod sessions;
mod shape;
mod shown;
mod tokens;
mod trace;
mod trace_tests;

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use self::judge::Verdict;
use self::record::{Db, Oracle};
use self::runner::Mode;
use self::support::say;

#[test]
fn sqlite() {
    run_all(Db::Sqlite, Mode::Blocking);
}

#[test]
fn sqlite_local() {
    run_all(Db::Sqlite, Mode::Local);
}

#[test]
fn postgresql() {
    run_all(Db::PostgreSql, Mode::Blocking);
}

#[test]
fn postgresql_local() {
    run_all(Db::PostgreSql, Mode::Local);
}

#[test]
fn mariadb() {
    run_all(Db::MariaDb, Mode::Blocking);
}

#[test]
fn mariadb_local() {
    run_all(Db::MariaDb, Mode::Local);
}

/// Each program has a name of the record, and none twice. How many are still to be written is printed.
#[test]
fn cases_have_names_of_the_record() {
    let oracle = Oracle::read();
    let mut written = BTreeMap::new();
    for case in cases::all() {
        let recorded = oracle.cases.get(case.id);
        let recorded = recorded.unwrap_or_else(|| panic!("{} is not recorded", case.id));
        let awaits = matches!(case.run, cases::Run::Awaited(_));
        assert_eq!(recorded.is_async, awaits, "{}: whether it awaits", case.id);
        assert!(written.insert(case.id, ()).is_none(), "{} is written twice", case.id);
    }
    for (id, _) in deliberate::NOT_WRITTEN {
        assert!(oracle.cases.contains_key(*id), "{id} is not recorded");
        assert!(!written.contains_key(id), "{id} is written");
    }
    let known = |id: &str| deliberate::NOT_WRITTEN.iter().any(|(known, _)| *known == id);
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, recorded) in &oracle.cases {
        if !written.contains_key(&**id) && !known(id) {
            missing.entry(&recorded.group).or_default().push(id);
        }
    }
    say(&format!("orm oracle: {} of {} programs are written", written.len(), oracle.cases.len()));
    for (group, ids) in missing {
        say(&format!("  still to be written of {group}: {}", ids.join(" ")));
    }
}

/// What differs on purpose is described.
#[test]
fn differences_are_documented() {
    let page = std::fs::read_to_string("docs/conformance.md").unwrap();
    let written = deliberate::ALL.iter().map(|difference| (difference.id, difference.reason));
    for (id, reason) in written.chain(deliberate::NOT_WRITTEN.iter().copied()) {
        let row = format!("| {id} | {reason} |");
        assert!(page.contains(&row), "docs/conformance.md lacks {row}");
    }
}

fn run_all(db: Db, mode: Mode) {
    let oracle = Oracle::read();
    let only = std::env::var("ORM_ORACLE").unwrap_or_default();
    let (mut same, mut fewer, mut on_purpose, mut failures) =
        (0, Vec::new(), Vec::new(), Vec::new());
    let mut still_open = Vec::new();
    for case in cases::all().iter().filter(|case| case.id.starts_with(&only)) {
        let recorded = &oracle.cases[case.id];
        let Some(theirs) = recorded.trace(db) else { continue };
        let Some(ours) = runner::run(case, db, mode) else { continue };
        let differences = deliberate::of(case.id, db);
        let edits: Vec<_> = differences.iter().flat_map(|one| one.edits.iter().copied()).collect();
        let verdict = ours.map(|ours| match db {
            Db::MariaDb => judge::judge_seen(theirs, &ours, &edits),
            Db::Sqlite | Db::PostgreSql => judge::judge(theirs, &ours, &edits),
        });
        let is_open = open::of(case.id, db);
        match verdict {
            Ok(Verdict::Different(why)) | Err(why) if is_open.is_some() => {
                if !only.is_empty() {
                    say(&format!("{} ({}): open: {why}", case.id, recorded.title));
                }
                still_open.push(case.id);
            }
            Ok(_) if is_open.is_some() => {
                failures.push(format!("{}: it is no longer open: take it off the list", case.id));
            }
            Ok(Verdict::Different(why)) | Err(why) => {
                failures.push(format!("{} ({}): {why}", case.id, recorded.title));
            }
            Ok(_) if !differences.is_empty() => on_purpose.push(case.id),
            Ok(Verdict::Fewer(count)) => fewer.push(format!("{} ({count})", case.id)),
            Ok(Verdict::Same) => same += 1,
        }
    }
    say(&format!(
        "orm oracle: {db:?}, {mode:?}: {same} the same, {} with fewer statements, {} otherwise on purpose, {} open; {} failed",
        fewer.len(),
        on_purpose.len(),
        still_open.len(),
        failures.len()
    ));
    for (what, which) in [
        ("fewer statements", fewer),
        ("on purpose", on_purpose.iter().map(ToString::to_string).collect()),
        ("open", still_open.iter().map(ToString::to_string).collect()),
    ] {
        if !which.is_empty() {
            say(&format!("  {what}: {}", which.join(" ")));
        }
    }
    assert!(failures.is_empty(), "{db:?}, {mode:?}:\n{}", failures.join("\n"));
}
