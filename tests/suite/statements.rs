//! Statements as values: what is made of one leaves it as it is, and the engine keeps what it compiled.

use std::sync::{Arc, Mutex};

use aludel::dbapi::Statement;
use aludel::engine::AfterCursorExecute;
use aludel::{
    Column, Connection, EngineOptions, ErrorKind, MetaData, Result, Table, Value, and_, event,
    null, or_, params, select, text, types,
};

use crate::{Db, User, suite};

suite![
    what_is_made_of_a_statement_leaves_it_as_it_is,
    null_is_compared_by_is_null,
    a_row_that_cannot_be_read_ends_its_result,
    the_cache_keeps_what_was_used_last,
    a_cache_of_nothing,
];

// conforms: F03
fn what_is_made_of_a_statement_leaves_it_as_it_is(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c"])?;
    let mut conn = db.engine.connect()?;
    let all = select(User::c.name).order_by(User::c.name);
    let named = |conn: &mut Connection, of| conn.scalars::<_, String>(of);
    // Before it is executed, and when it keeps its key.
    for _ in 0..3 {
        let some = all.clone().where_(User::c.name.ne("b"));
        let first = some.clone().limit(1);
        assert_eq!(named(&mut conn, first)?, ["a"]);
        assert_eq!(named(&mut conn, some.clone())?, ["a", "c"]);
        let given = some.where_(text("name = :name")).params(params! { name: "c" });
        assert_eq!(named(&mut conn, given)?, ["c"]);
        assert_eq!(named(&mut conn, all.clone())?, ["a", "b", "c"]);
        assert_eq!(conn.scalars::<_, String>(&all)?, ["a", "b", "c"]);
    }
    let update = aludel::update::<User>().values(User::c.age.set(1));
    let one = update.clone().where_(User::c.name.eq("a"));
    assert_eq!(conn.execute(&update)?.rowcount(), 3);
    assert_eq!(conn.execute(&one)?.rowcount(), 1);
    assert_eq!(conn.execute(&update)?.rowcount(), 3);
    Ok(())
}

// conforms: F05
fn null_is_compared_by_is_null(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let mut conn = db.engine.connect()?;
    let (name, age) = (User::c.name, User::c.age);
    conn.execute(aludel::update::<User>().values(age.set(5)).where_(name.eq("b")))?;
    let mut named = |condition| conn.scalars::<_, String>(select(name).where_(condition));
    assert_eq!(named(age.eq(null::<i32>()))?, ["a"]);
    assert_eq!(named(age.ne(null::<i32>()))?, ["b"]);
    assert_eq!(named(age.eq(5))?, ["b"]);
    assert_eq!(named(and_((name.eq("a"), aludel::true_())).nullable())?, ["a"]);
    assert!(named(and_((name.eq("a"), aludel::false_())).nullable())?.is_empty());
    assert!(named(or_(()).nullable())?.is_empty());
    // As a value that is known when the program runs.
    let metadata = MetaData::new();
    let users = Table::new("users", &metadata, [Column::new("age", types::Integer)])?;
    for (wanted, found) in [(Value::Null, 1), (Value::Int(5), 1), (Value::Int(6), 0)] {
        let rows = conn.execute(users.select().where_(users.c("age")?.eq(wanted)))?.all()?;
        assert_eq!(rows.len(), found);
    }
    Ok(())
}

// conforms: D4.23
fn a_row_that_cannot_be_read_ends_its_result(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let mut conn = db.engine.connect()?;
    conn.execute(aludel::update::<User>().values(User::c.age.set(7)))?;
    for _ in 0..3 {
        let wrong = text("select name from users").columns::<(i64,)>();
        let read = conn.execute(wrong).and_then(|mut result| result.all());
        let error = read.expect_err("a name is no number");
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        // Nothing is open, and the transaction goes on.
        let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age))?;
        assert_eq!(ages, [Some(7); 2]);
    }
    conn.rollback()?;
    let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age))?;
    assert_eq!(ages, [None; 2]);
    Ok(())
}

/// The texts that are sent on a connection. A text that is compiled once is one text.
fn texts(conn: &Connection) -> impl Fn() -> Statement + use<> {
    let texts: Arc<Mutex<Vec<Statement>>> = Arc::default();
    let into = Arc::clone(&texts);
    event::listen(&conn.events(), move |event: &mut AfterCursorExecute<'_>| {
        into.lock().unwrap().push(event.statement.clone());
        Ok(())
    });
    move || texts.lock().unwrap().pop().expect("a statement was sent")
}

fn is_one(this: &Statement, other: &Statement) -> bool {
    assert_eq!(this, other);
    std::ptr::eq(this.sql(), other.sql())
}

// conforms: D10.01, D10.04
fn the_cache_keeps_what_was_used_last(db: &Db) -> Result<()> {
    let engine = db.another(EngineOptions::new().query_cache_size(2))?;
    let mut conn = engine.connect()?;
    let sent = texts(&conn);
    let mut run = |sql: &'static str, n: i64| {
        conn.execute(text(sql).params(params! { n: n }))?;
        Ok::<_, aludel::Error>(sent())
    };
    let (a, b, c) = ("select :n", "select :n + 1", "select :n + 2");
    let first = run(a, 1)?;
    assert!(is_one(&first, &run(a, 2)?), "whatever the value is");
    let second = run(b, 1)?;
    assert!(is_one(&first, &run(a, 3)?));
    run(c, 1)?;
    // The one that was used longest ago has made room.
    assert!(is_one(&first, &run(a, 4)?));
    assert!(!is_one(&second, &run(b, 2)?));
    assert!(is_one(&first, &run(a, 5)?));
    conn.close()?;
    engine.dispose();
    Ok(())
}

// conforms: D10.04
fn a_cache_of_nothing(db: &Db) -> Result<()> {
    let engine = db.another(EngineOptions::new().query_cache_size(0))?;
    let mut conn = engine.connect()?;
    let sent = texts(&conn);
    let mut run = || {
        conn.execute(text("select :n").params(params! { n: 1 }))?;
        Ok::<_, aludel::Error>(sent())
    };
    assert!(!is_one(&run()?, &run()?));
    conn.close()?;
    engine.dispose();
    Ok(())
}
