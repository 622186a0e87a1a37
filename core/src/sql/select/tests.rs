//! Statements in statements: what they select from, whose values are whose.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::select;
use crate::sql::compile::Generic;
use crate::sql::schema::{Column, MetaData, Table};
use crate::sql::{AnyColumn, ClauseElement, CompiledParam, Params, bindparam, types};
use crate::value::Value;

/// Three tables, each with the columns `a` and `b`.
fn three_tables() -> [Table; 3] {
    let metadata = MetaData::new();
    ["t", "u", "v"].map(|name| {
        let columns = ["a", "b"].map(|column| Column::new(column, types::Integer));
        Table::new(name, &metadata, columns).expect("a table")
    })
}

fn column(table: &Table, name: &str) -> AnyColumn {
    table.c(name).expect("a column")
}

// What is joined to a table of the enclosing statement is not left out with that table.
#[test]
fn a_join_to_an_enclosing_table_stays() {
    let [t, u, v] = three_tables();
    let inner = select(column(&v, "a"))
        .select_from(&t)
        .join_on(&u, column(&u, "a").eq(column(&t, "a")))
        .where_(column(&v, "b").eq(column(&u, "b")));
    assert_eq!(
        select(column(&t, "a")).where_(inner.exists()).to_string(),
        "SELECT t.a FROM t WHERE EXISTS (SELECT v.a FROM t JOIN u ON u.a = t.a, v WHERE v.b = u.b)"
    );
}

// A table to which another is joined already is not joined itself without that other.
#[test]
fn no_join_is_lost() {
    let [t, u, v] = three_tables();
    let statement = select(column(&u, "a"))
        .select_from(&t)
        .join_on(&v, column(&v, "a").eq(column(&u, "a")))
        .join_on(&u, column(&u, "a").eq(column(&t, "a")));
    let error = statement.compile(&Generic).expect_err("two FROM objects are u");
    assert!(error.message().contains("have the name \"u\""), "{error}");
}

// The names of one statement's binds may be those of another's.
#[test]
fn values_of_a_nested_statement_stay_its_own() {
    let [t, u, _] = three_tables();
    let given = |value: i64| Params::new().with("n", value);
    let inner = || select(column(&u, "a")).where_(column(&u, "b").eq(bindparam("n")));
    let of = |value: i64| {
        select(column(&t, "a")).where_(column(&t, "b").in_select(inner())).params(given(value))
    };
    let (x, y) = (of(1).subquery("x"), of(2).subquery("y"));
    let (a, b) = (x.c("a").expect("a column"), y.c("a").expect("a column"));
    let compiled = select((a, b)).compile(&Generic).expect("all binds have values");
    let values: Vec<_> = compiled.params().iter().map(CompiledParam::value).collect();
    assert_eq!(values, [Some(&Value::Int(1)), Some(&Value::Int(2))]);
    // What a statement selects from may be named elsewhere, so it is not changed there.
    let from = inner().subquery("f");
    let outer = select(from.c("a").expect("a column")).params(given(1)).subquery("o");
    let error = outer.c("a").expect_err("the value cannot be given");
    assert!(error.message().contains("in which the bind stands"), "{error}");
}

// What cannot be compiled says why, however deep it stands.
#[test]
fn a_reason_is_kept_in_nested_statements() {
    let [t, u, _] = three_tables();
    let refused = || select(column(&u, "a")).limit(-1);
    let x = refused().subquery("x");
    for statement in [
        select(x.c("a").unwrap_or_else(|_| column(&t, "a"))).select_from(&x),
        select(column(&t, "a")).where_(column(&t, "a").in_select(refused())),
    ] {
        let error = statement.compile(&Generic).expect_err("a negative limit");
        assert!(error.message().contains("negative"), "{error}");
    }
}

/// Counts the warnings that are logged.
#[derive(Default)]
struct Warnings(AtomicUsize);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if *event.metadata().level() == tracing::Level::WARN
            && event.metadata().target() == "aludel::sql"
        {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

// conforms: F10
#[test]
fn each_row_with_each_is_warned_of() {
    let [t, u, v] = three_tables();
    let warnings = Arc::new(Warnings::default());
    // One for the whole test: while it is there, who asks elsewhere whether anybody listens learns that somebody does.
    let dispatch = tracing::Dispatch::new(Arc::clone(&warnings));
    let count = |statement: &dyn ClauseElement| {
        let before = warnings.0.load(Ordering::Relaxed);
        tracing::dispatcher::with_default(&dispatch, || {
            // Text for people is no statement.
            statement.compile(&Generic).expect("it compiles")
        });
        warnings.0.load(Ordering::Relaxed) - before
    };
    let (a, b) = (|| column(&t, "a"), || column(&u, "a"));
    let c = || column(&v, "a");
    // Another test may have asked for the first time just before, and learned that nobody listens: one more listener has
    // that asked again.
    let seen = (0..100).any(|_| {
        let _another = tracing::Dispatch::new(Arc::clone(&warnings));
        count(&select((a(), b()))) == 1
    });
    assert!(seen, "the warning is seen");
    assert_eq!(count(&select((a(), b()))), 1);
    assert_eq!(count(&select((a(), b())).where_(a().gt(1)).where_(b().gt(1))), 1);
    assert_eq!(count(&select((a(), b(), c())).where_(a().eq(b()))), 1);
    assert_eq!(count(&select((a(), b())).where_(a().eq(b()))), 0);
    assert_eq!(count(&select((a(), b(), c())).where_(a().eq(b())).where_(b().lt(c()))), 0);
    assert_eq!(count(&select((a(), b())).cross_join(&u)), 0);
    assert_eq!(count(&select((a(), b())).join_on(&u, a().eq(1))), 0);
    // A condition inside a statement counts.
    let inner = select(c()).where_(c().eq(a())).where_(c().eq(b()));
    assert_eq!(count(&select((a(), b())).where_(inner.exists())), 0);
}
