//! The names of columns that have none of their own.

use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::{ClauseElement, LabelStyle};
use aludel::{Column, MetaData, Table, literal, select, text, types};

use super::{User, one_text};

#[test]
fn names_that_are_made_up_are_as_long_as_every_database_takes() {
    let (of, name) = ("a".repeat(40), "b".repeat(30));
    let columns = ["b".repeat(22), name.clone(), format!("{name}c")];
    let columns = columns.map(|name| Column::new(name, types::Integer));
    let t = Table::new(of.clone(), &MetaData::new(), columns).unwrap();
    let statement = t.select().set_label_style(LabelStyle::TablenamePlusCol);
    let compiled = statement.compile(&PostgreSql::new()).unwrap();
    let labels: Vec<&str> = compiled
        .sql()
        .split(" AS ")
        .skip(1)
        .map(|rest| rest.split([',', ' ']).next().unwrap())
        .collect();
    assert_eq!(labels.len(), 3);
    // What fits is as it was.
    assert_eq!(labels[0], format!("{of}_{}", "b".repeat(22)));
    let begin = format!("{of}_{}_", "b".repeat(13));
    assert!(
        labels[1..].iter().all(|label| label.len() == 63 && label.starts_with(&begin)),
        "{labels:?}"
    );
    assert_ne!(labels[1], labels[2]);
    // By the same name others select from it.
    let inner = statement.subquery("inner_");
    let outer = select(inner.c(labels[1]).unwrap()).compile(&PostgreSql::new()).unwrap();
    assert!(
        outer.sql().starts_with(&format!("SELECT inner_.{} FROM", labels[1])),
        "{}",
        outer.sql()
    );
    // A second one of a name.
    let long = literal(1).label("c".repeat(62));
    let twice = select((long.clone(), long)).set_label_style(LabelStyle::Disambiguate);
    twice.compile(&PostgreSql::new()).unwrap();
    // A label of the program's own is cut by the server, and read by its place; a name that could be another's is refused.
    let own = select(literal(1).label("c".repeat(64))).compile(&PostgreSql::new()).unwrap();
    assert_eq!(own.sql(), format!("SELECT $1 AS {}", "c".repeat(64)));
    let own = select(literal(1)).subquery("c".repeat(64));
    let error = select(text("1")).select_from(own).compile(&PostgreSql::new()).unwrap_err();
    assert!(error.message().contains("shorten it"), "{error}");
}

// A label that is not of the result is what it labels.
#[test]
fn distinct_rows_sorted_by_a_label() {
    let c = User::c;
    let sorted = select(c.age).distinct().order_by(c.name.label("x"));
    let error = sorted.compile(&Sqlite::new()).expect_err("it is not selected");
    assert!(error.message().contains("not selected"), "{error}");
    one_text(
        &select(c.age.label("x")).distinct().order_by(c.age.label("x")),
        "SELECT DISTINCT users.age AS x FROM users ORDER BY x",
    );
}
