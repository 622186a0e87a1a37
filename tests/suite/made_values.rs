//! Defaults that the program makes: when they are made, and in which statements.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aludel::sql::{Dynamic, Insert};
use aludel::{
    Column, Connection, MetaData, Result, Table, bindparam, literal, params, select, types,
};

use crate::{Db, suite};

suite![
    rows_are_made_anew_for_each_execution,
    prepared_statements_make_values_anew,
    selected_rows_have_defaults,
    a_bind_is_made_once_for_each_execution,
];

/// A table whose columns `number` and `state` have defaults, of which the first counts.
fn counted(db: &Db) -> Result<(Connection, Table)> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let made = Arc::new(AtomicI64::new(100));
    let columns = [
        Column::new("id", types::BigInteger).primary_key().autoincrement(false),
        Column::new("number", types::BigInteger)
            .default_fn(move || made.fetch_add(1, Ordering::Relaxed)),
        Column::new("state", types::String(10)).default("new"),
    ];
    let t = Table::new("counted", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    Ok((conn, t))
}

type Found = (i64, i64, String);

/// What is in the table, which is emptied.
fn take(conn: &mut Connection, t: &Table) -> Result<Vec<Found>> {
    let all = [t.c("id")?, t.c("number")?, t.c("state")?];
    let rows = conn.execute(select(all).order_by(t.c("id")?))?.all()?;
    conn.execute(t.delete())?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

fn row(id: i64, number: i64, state: &str) -> Found {
    (id, number, state.to_owned())
}

// conforms: D10.12
fn rows_are_made_anew_for_each_execution(db: &Db) -> Result<()> {
    let (mut conn, t) = counted(db)?;
    let (id, number) = (t.c("id")?, t.c("number")?);
    let statement = t.insert().rows([1, 2].map(|n| id.clone().set(n)));
    for first in [100, 102] {
        conn.execute(&statement)?;
        assert_eq!(take(&mut conn, &t)?, [row(1, first, "new"), row(2, first + 1, "new")]);
    }
    // Some rows set it, and some are expressions.
    let some = [vec![id.clone().set(1), number.clone().set(7)], vec![id.clone().set(2)]];
    let some = t.insert().rows(some);
    let sums = [literal(1_i64) + 0, literal(1_i64) + 1].map(|sum| id.clone().set(sum));
    let sums = t.insert().rows(sums);
    for first in [104, 107] {
        conn.execute(&some)?;
        assert_eq!(take(&mut conn, &t)?, [row(1, 7, "new"), row(2, first, "new")]);
        conn.execute(&sums)?;
        assert_eq!(take(&mut conn, &t)?, [row(1, first + 1, "new"), row(2, first + 2, "new")]);
    }
    Ok(())
}

fn prepared_statements_make_values_anew(db: &Db) -> Result<()> {
    let (mut conn, t) = counted(db)?;
    let id = t.c("id")?;
    let one = db.engine.prepare(&t.insert().values(id.clone().set(bindparam("id"))))?;
    conn.execute_prepared(&one, (5_i64,))?;
    conn.execute_prepared(&one, (6_i64,))?;
    assert_eq!(take(&mut conn, &t)?, [row(5, 100, "new"), row(6, 101, "new")]);
    let error = conn.execute_prepared(&one, (7_i64, 8_i64)).expect_err("it takes one value");
    assert!(error.message().contains("takes 1 values (id)"), "{error}");
    let two = db.engine.prepare(&t.insert().rows([1, 2].map(|n| id.clone().set(n))))?;
    for first in [102, 104] {
        conn.execute_prepared(&two, ())?;
        assert_eq!(take(&mut conn, &t)?, [row(1, first, "new"), row(2, first + 1, "new")]);
    }
    let updated = t.update().values(t.c("state")?.set(bindparam("to")));
    let updated = db.engine.prepare(&updated.where_(id.eq(bindparam("id"))))?;
    conn.execute_prepared(&updated, ("old", 1_i64))?;
    Ok(())
}

/// Inserts two rows, which have one value together, and the same again, for which another is made.
fn twice(first: i64, conn: &mut Connection, t: &Table, statement: Insert<Dynamic>) -> Result<()> {
    for number in [first, first + 1] {
        conn.execute(&statement)?;
        assert_eq!(take(conn, t)?, [row(1, number, "new"), row(2, number, "new")]);
    }
    Ok(())
}

fn selected_rows_have_defaults(db: &Db) -> Result<()> {
    let (mut conn, t) = counted(db)?;
    let metadata = MetaData::new();
    let source = Table::new("source", &metadata, [Column::new("n", types::BigInteger)])?;
    metadata.create_all(&mut conn)?;
    let n = source.c("n")?;
    conn.execute(source.insert().rows([1, 2, 2].map(|value| n.clone().set(value))))?;
    let id = || t.c("id");
    let up = || select(n.clone()).where_(n.clone().le(2));
    twice(100, &mut conn, &t, t.insert().from_select(id()?, up().distinct()))?;
    twice(102, &mut conn, &t, t.insert().from_select(id()?, up().group_by(n.clone())))?;
    twice(104, &mut conn, &t, t.insert().from_select(id()?, up().union(up())))?;
    conn.execute(source.delete().where_(n.clone().eq(2)))?;
    conn.execute(source.insert().values(n.clone().set(2)))?;
    twice(106, &mut conn, &t, t.insert().from_select(id()?, up()))?;
    // What is selected is not made.
    let both = select((n.clone(), n.clone() + 5));
    conn.execute(t.insert().from_select((id()?, t.c("number")?), both))?;
    assert_eq!(take(&mut conn, &t)?, [row(1, 6, "new"), row(2, 7, "new")]);
    // Each set is an execution.
    let wanted = select(n.clone()).where_(n.eq(bindparam("wanted")));
    let sets = [1, 2].map(|wanted| params! { wanted: wanted });
    conn.execute_many(t.insert().from_select(id()?, wanted), sets)?;
    let numbers: Vec<_> = take(&mut conn, &t)?.into_iter().map(|row| row.1).collect();
    assert_ne!(numbers[0], numbers[1]);
    Ok(())
}

// Also where the database has no numbers of placeholders, so that it stands there twice.
fn a_bind_is_made_once_for_each_execution(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let made = AtomicI64::new(1);
    let bind = bindparam("made").callable(move || made.fetch_add(1, Ordering::Relaxed));
    let bind = bind.typed::<i64>();
    let twice = select((bind.clone(), bind + 0));
    assert_eq!(conn.execute(twice.clone())?.all()?, [(1, 1)]);
    assert_eq!(conn.execute(twice)?.all()?, [(2, 2)]);
    Ok(())
}
