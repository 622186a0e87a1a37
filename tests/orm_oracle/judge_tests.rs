//! The judge finds what differs, and nothing where nothing does.

use serde_json::json;

use crate::item::{Item, Statement};
use crate::judge::{Verdict, judge, judge_seen};
use crate::record::{Db, Oracle};

fn recorded(id: &str, db: Db) -> Vec<Item> {
    Oracle::read().cases[id].trace(db).expect("it is recorded").to_vec()
}

/// A trace and a copy with a change, which is found.
fn changed(id: &str, db: Db, change: impl FnOnce(&mut Vec<Item>)) -> String {
    let theirs = recorded(id, db);
    let mut ours = theirs.clone();
    change(&mut ours);
    assert_ne!(theirs, ours, "{id}: nothing is changed");
    match judge(&theirs, &ours, &[]) {
        Verdict::Different(why) => why,
        verdict => panic!("{id}: {verdict:?}"),
    }
}

fn statements(items: &[Item]) -> Vec<usize> {
    let is_statement = |place: &usize| matches!(items[*place], Item::Statement(_));
    (0..items.len()).filter(is_statement).collect()
}

fn statement(item: &mut Item) -> &mut Statement {
    match item {
        Item::Statement(statement) => statement,
        other => panic!("{other:?}"),
    }
}

/// Errors of our kinds in place of SQLAlchemy's.
fn with_our_kinds(items: &mut [Item]) {
    for item in items {
        let Item::Raises { kind, .. } = item else { continue };
        let ours = [("IntegrityError", "Integrity"), ("StaleDataError", "StaleData")];
        if let Some((_, ours)) = ours.iter().find(|(theirs, _)| theirs == kind) {
            *kind = (*ours).to_owned();
        }
    }
}

#[test]
fn a_trace_is_the_same_as_itself() {
    let oracle = Oracle::read();
    assert_eq!(oracle.cases.len(), 133);
    for (id, case) in &oracle.cases {
        for db in [Db::Sqlite, Db::PostgreSql] {
            let Some(theirs) = case.trace(db) else { continue };
            let mut ours = theirs.to_vec();
            with_our_kinds(&mut ours);
            assert_eq!(judge(theirs, &ours, &[]), Verdict::Same, "{id} on {db:?}");
            assert_eq!(judge_seen(theirs, &ours, &[]), Verdict::Same, "{id} on {db:?}");
        }
    }
}

/// Every statement of every trace: without it, the traces are not the same.
#[test]
fn a_lost_statement_is_found() {
    let oracle = Oracle::read();
    let (mut fewer, mut different) = (0, 0);
    for (id, case) in &oracle.cases {
        let Some(theirs) = case.trace(Db::PostgreSql) else { continue };
        for place in statements(theirs) {
            let mut ours = theirs.to_vec();
            let lost = ours.remove(place);
            match judge(theirs, &ours, &[]) {
                Verdict::Same => panic!("{id}: {lost:?} is not missed"),
                Verdict::Fewer(count) => {
                    // What writes may be missing if it was rolled back, or has written nothing that lasts.
                    assert_eq!(count, 1, "{id}: {lost:?}");
                    fewer += 1;
                }
                Verdict::Different(_) => different += 1,
            }
        }
    }
    assert!(fewer > 100 && different > 200, "{fewer} reads and {different} writes");
    let why = changed("uow-008", Db::PostgreSql, |items| drop(items.remove(1)));
    assert!(
        why.starts_with("a statement that writes is missing: INSERT users {name: \"a\""),
        "{why}"
    );
}

#[test]
fn fewer_statements_are_counted() {
    let theirs = recorded("uow-008", Db::Sqlite);
    let mut ours = theirs.clone();
    let second = statement(&mut ours.remove(2)).sets.clone();
    statement(&mut ours[1]).sets.extend(second);
    assert_eq!(judge(&theirs, &ours, &[]), Verdict::Fewer(1));

    // A child that is moved: the first of two updates of one column, and the read between them.
    let theirs = recorded("uow-006", Db::Sqlite);
    let reads = |item: &Item| matches!(item, Item::Statement(one) if one.sql.starts_with("UPDATE"));
    let place = theirs.iter().position(reads).unwrap();
    let mut ours = theirs.clone();
    ours.drain(place..place + 2);
    assert_eq!(judge(&theirs, &ours, &[]), Verdict::Fewer(2));

    // A transaction in which nothing is left to be sent is not begun.
    let read = |sql: &str| {
        let sql = sql.to_owned();
        Item::Statement(Statement { sql, sets: vec![Vec::new()], is_in_any_order: false })
    };
    let word = |word: &str| Item::Transaction(word.to_owned());
    let step = || Item::Step("next".to_owned());
    let (one, other) = (read("SELECT t.a FROM t"), read("SELECT t.b FROM t"));
    let theirs = [word("BEGIN"), one.clone(), word("COMMIT"), step()];
    assert_eq!(judge(&theirs, &[step()], &[]), Verdict::Fewer(1));
    let verdict = judge(&theirs, &[word("BEGIN"), word("COMMIT"), step()], &[]);
    assert!(matches!(verdict, Verdict::Different(_)), "{verdict:?}");
    // It begins with the first that is left.
    let theirs = [word("BEGIN"), one, step(), other.clone(), word("COMMIT")];
    let ours = [step(), word("BEGIN"), other.clone(), word("COMMIT")];
    assert_eq!(judge(&theirs, &ours, &[]), Verdict::Fewer(1));
    let early = [word("BEGIN"), step(), other, word("COMMIT")];
    assert!(matches!(judge(&theirs, &early, &[]), Verdict::Different(_)));
}

#[test]
fn a_statement_too_many_is_found() {
    let why = changed("uow-001", Db::Sqlite, |items| {
        let place = statements(items)[0];
        let twice = items[place].clone();
        items.insert(place, twice);
    });
    assert!(why.contains("statements behind"), "{why}");
}

#[test]
fn swapped_statements_are_found() {
    let oracle = Oracle::read();
    let mut swapped = 0;
    for (id, case) in &oracle.cases {
        let theirs = case.trace(Db::Sqlite).expect("all are recorded there");
        let places = statements(theirs);
        for pair in places.windows(2).filter(|pair| pair[0] + 1 == pair[1]) {
            let (Item::Statement(one), Item::Statement(other)) =
                (&theirs[pair[0]], &theirs[pair[1]])
            else {
                continue;
            };
            // The order of such rows is not promised.
            if one == other || one.is_in_any_order || other.is_in_any_order {
                continue;
            }
            let mut ours = theirs.to_vec();
            ours.swap(pair[0], pair[1]);
            let verdict = judge(theirs, &ours, &[]);
            assert!(
                matches!(verdict, Verdict::Different(_)),
                "{id}: {one:?}, {other:?}: {verdict:?}"
            );
            swapped += 1;
        }
    }
    assert!(swapped > 100, "{swapped}");
}

#[test]
fn a_changed_value_is_found() {
    let why = changed("uow-008", Db::Sqlite, |items| {
        let place = items.len() - 1;
        let Item::Show { value, .. } = &mut items[place] else { panic!("it shows the table") };
        value[3][2] = json!(1);
    });
    assert!(why.starts_with("contents:"), "{why}");
    let why = changed("uow-008", Db::PostgreSql, |items| {
        statement(&mut items[1]).sets[0][0] = json!("other");
    });
    assert!(why.starts_with("values or text at the beginning"), "{why}");
    let why = changed("sta-001", Db::Sqlite, |items| {
        let Item::Show { value, .. } = &mut items[0] else { panic!("it shows a state") };
        *value = json!("pending");
    });
    assert!(why.starts_with("states:"), "{why}");
}

#[test]
fn another_error_is_found() {
    let why = changed("uow-017", Db::Sqlite, |items| {
        for item in items {
            if let Item::Raises { kind, .. } = item {
                "StaleData".clone_into(kind);
            }
        }
    });
    assert!(why.starts_with("errors:") && why.contains("StaleData"), "{why}");
    let why = changed("uow-017", Db::Sqlite, |items| {
        items.retain(|item| !matches!(item, Item::Raises { .. }));
    });
    assert!(why.starts_with("errors:"), "{why}");
}

#[test]
fn a_batch_that_is_split_is_found() {
    let why = changed("inh-002", Db::Sqlite, |items| {
        let place = items.iter().position(
            |item| matches!(item, Item::Statement(statement) if statement.sets.len() == 2),
        );
        let place = place.unwrap();
        let mut second = items[place].clone();
        statement(&mut second).sets.remove(0);
        statement(&mut items[place]).sets.truncate(1);
        items.insert(place + 1, second);
    });
    assert!(why.starts_with("a batch is split"), "{why}");
}

#[test]
fn other_columns_and_conditions_are_found() {
    for (from, to) in [
        ("users.nickname FROM", "users.id FROM"),
        ("WHERE users.id = ?", "WHERE users.id <= ? AND users.name IS NULL"),
    ] {
        let why = changed("sta-003", Db::Sqlite, |items| {
            for place in statements(items) {
                let sql = statement(&mut items[place]);
                if sql.sql.contains(from) {
                    sql.sql = sql.sql.replace(from, to);
                    return;
                }
            }
        });
        assert!(why.starts_with("values or text"), "{why}");
    }
}

#[test]
fn events_and_warnings_are_in_order() {
    let why = changed("eve-001", Db::Sqlite, |items| items.swap(2, 3));
    assert!(why.starts_with("events:"), "{why}");
    let why = changed("rel-005", Db::Sqlite, |items| {
        items.retain(|item| !matches!(item, Item::Warning(_)));
    });
    assert!(why.starts_with("warnings:"), "{why}");
    // A hook that is called before the transaction begins, and not behind.
    let why = changed("eve-001", Db::Sqlite, |items| {
        let begin = items.iter().position(|item| *item == Item::Transaction("BEGIN".to_owned()));
        let begin = begin.unwrap();
        items.swap(begin, begin + 1);
    });
    assert!(why.starts_with("statements"), "{why}");
}

#[test]
fn edits_say_what_is_otherwise() {
    let theirs = recorded("uow-017", Db::Sqlite);
    let mut ours = theirs.clone();
    for item in &mut ours {
        if let Item::Raises { kind, .. } = item {
            "StaleData".clone_into(kind);
        }
    }
    let edit: &[_] = &[("raises IntegrityError at flush", &["raises StaleData at flush"] as &[_])];
    assert_eq!(judge(&theirs, &ours, edit), Verdict::Same);
    assert_eq!(judge_seen(&theirs, &ours, edit), Verdict::Same);
    // One that is no longer needed is found.
    let unknown: &[_] = &[("raises StaleData at flush", &[] as &[_])];
    let verdict = judge(&theirs, &ours, unknown);
    assert!(matches!(&verdict, Verdict::Different(why) if why.contains("no line")), "{verdict:?}");
    with_our_kinds(&mut ours);
    assert!(matches!(
        judge(&theirs, &recorded("uow-017", Db::Sqlite), edit),
        Verdict::Different(_)
    ));
}

/// Spelling, placeholders and batches of the databases differ: the programs are the same, but for those that wait in vain
/// (`asy`), whose error comes at another moment, and for what a database lacks.
#[test]
fn the_traces_of_the_databases_agree() {
    let oracle = Oracle::read();
    let mut different = Vec::new();
    for (id, case) in &oracle.cases {
        let (Some(theirs), Some(other)) = (case.trace(Db::Sqlite), case.trace(Db::PostgreSql))
        else {
            continue;
        };
        let mut other = other.to_vec();
        with_our_kinds(&mut other);
        if let Verdict::Different(why) = judge(theirs, &other, &[]) {
            different.push(&**id);
            assert!(why.contains("recorded:"), "{id}: {why}");
        }
    }
    let known =
        ["asy-001", "asy-002", "asy-005", "asy-010", "asy-011", "sta-010", "uow-022", "uow-028"];
    assert_eq!(different, known);
}
