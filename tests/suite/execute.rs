//! Statements: what is sent, with which values.

use aludel::dbapi::Statement;
use aludel::engine::{AfterCursorExecute, BeforeCursorExecute, BeforeExecute, Parameters};
use aludel::{ErrorKind, RawSql, Result, bindparam, event, insert, params, select, text};
use std::sync::{Arc, Mutex};

use crate::{Db, User, fill, suite};

suite![
    text_with_named_binds,
    missing_and_extra_binds,
    nul_is_refused,
    typed_select,
    struct_select,
    insert_many,
    insert_many_wants_the_same_keys,
    execute_many_stops_at_the_first_failure,
    no_sets_is_no_statement,
    driver_sql,
    prepared_statement,
    prepared_before_the_first_connection,
    same_structure_compiles_once,
    in_lists_of_any_length,
    limit_and_order,
    wrong_column_type_at_get,
];

// conforms: D10.16
fn text_with_named_binds(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let statement = text("select :x + :y, ':z', :x").params(params! { x: 2, y: 40 });
    let row = conn.execute(statement)?.one()?;
    assert_eq!(row.get::<i64>(0)?, 42);
    assert_eq!(row.get::<String>(1)?, ":z");
    assert_eq!(row.get::<i64>(2)?, 2);
    Ok(())
}

// conforms: D10.16, D4.02
fn missing_and_extra_binds(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let error = conn.execute(text("select :x, :y").bind("x", 1)).expect_err("y is missing");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains('y'), "{error}");
    let statement = text("select :x").params(params! { x: 1, typo: 2 });
    let error = conn.execute(statement).expect_err("typo is too much");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("typo"), "{error}");
    // No statement was sent, so the connection is as it was.
    assert!(calls.take().iter().all(|call| call == "BEGIN"));
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

// fault: D18
fn nul_is_refused(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let error = conn.execute(text("select 1 \0 garbage")).expect_err("NUL");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("NUL"), "{error}");
    let error = conn.exec_driver_sql(RawSql::new("select '\0'".to_owned()), ()).expect_err("NUL");
    assert_eq!(error.kind(), ErrorKind::Argument);
    Ok(())
}

// conforms: B41
fn typed_select(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c"])?;
    let mut conn = db.engine.connect()?;
    let statement = select((User::c.id, User::c.name, User::c.age))
        .where_(User::c.name.ne("b"))
        .order_by(User::c.id.desc());
    let mut result = conn.execute(statement)?;
    // The rows are here.
    conn.close()?;
    let rows: Vec<(_, String, Option<i32>)> = result.all()?;
    let rows: Vec<_> = rows.into_iter().map(|(_, name, age)| (name, age)).collect();
    assert_eq!(rows, [("c".to_owned(), None), ("a".to_owned(), None)]);
    Ok(())
}

fn struct_select(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let mut conn = db.engine.connect()?;
    let user: User = conn.execute(select(User::c).where_(User::c.age.is_null()))?.one()?;
    assert_eq!(user.name, "a");
    assert_eq!(user.age, None);
    let found = conn.execute(select(User::c).where_(User::c.age.gt(3)))?.one_or_none()?;
    assert_eq!(found, None);
    Ok(())
}

// conforms: D10.07, D4.02
fn insert_many(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let sets = (0..200).map(|n| params! { age: n, name: format!("user {n}") });
    let result = conn.execute_many(insert::<User>(), sets)?;
    let sent = calls.take();
    let [begin, many] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(begin, "BEGIN");
    assert!(many.starts_with("INSERT INTO users (age, name) VALUES ("), "{many}");
    assert_eq!(many.matches("), (").count(), 199);
    assert_eq!(result.rowcount(), 200);
    assert!(!result.returns_rows());
    let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age).order_by(User::c.id.asc()))?;
    assert_eq!(ages, (0..200).map(Some).collect::<Vec<_>>());
    Ok(())
}

// conforms: D10.13
fn insert_many_wants_the_same_keys(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let sets = [params! { name: "a", age: 1 }, params! { name: "b" }];
    let error = conn.execute_many(insert::<User>(), sets).expect_err("age is missing");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("age"), "{error}");
    let error = conn
        .execute_many(insert::<User>(), [params! { nmae: "a" }])
        .expect_err("there is no such column");
    assert!(error.message().contains("nmae"), "{error}");
    Ok(())
}

fn execute_many_stops_at_the_first_failure(db: &Db) -> Result<()> {
    db.users(&["taken"])?;
    let mut conn = db.engine.connect()?;
    let mut sp = conn.begin_nested()?;
    let sets = ["a", "taken", "b"].map(|name| params! { name: name });
    let error = sp.execute_many(insert::<User>(), sets).expect_err("the name is unique");
    assert!(error.is_unique_violation(), "{error}");
    sp.rollback()?;
    // The connection is at a boundary: the next answers are its own.
    for nonce in 0..5_i64 {
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce))?, Some(nonce));
    }
    Ok(())
}

// conforms: D4.03
fn no_sets_is_no_statement(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["a"])?;
    let mut conn = engine.connect()?;
    let result = conn.execute_many(insert::<User>(), [])?;
    assert_eq!(result.rowcount(), 0);
    assert_eq!(calls.take(), [""; 0]);
    assert_eq!(crate::names(&mut conn)?, ["a"]);
    Ok(())
}

// conforms: B42, D8.03
fn driver_sql(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let [before, cursor, after] = std::array::from_fn(|_| Arc::clone(&heard));
    event::listen(&engine, move |_: &mut BeforeExecute<'_>| {
        before.lock().unwrap().push("before_execute");
        Ok(())
    });
    event::listen(&engine, move |_: &mut BeforeCursorExecute<'_>| {
        cursor.lock().unwrap().push("before_cursor_execute");
        Ok(())
    });
    event::listen(&engine, move |_: &mut AfterCursorExecute<'_>| {
        after.lock().unwrap().push("after_cursor_execute");
        Ok(())
    });
    let mut conn = engine.connect()?;
    let row = conn.exec_driver_sql("select 'a:b'", ())?.one()?;
    assert_eq!(row.get::<String>(0)?, "a:b");
    assert_eq!(calls.take(), ["BEGIN", "select 'a:b'"]);
    assert_eq!(*heard.lock().unwrap(), ["before_cursor_execute", "after_cursor_execute"]);
    heard.lock().unwrap().clear();
    conn.execute(text("select 1"))?;
    assert_eq!(heard.lock().unwrap()[0], "before_execute");
    Ok(())
}

/// An engine that does not know its server yet compiles for the newest one.
fn prepared_before_the_first_connection(db: &Db) -> Result<()> {
    let (engine, _) = (db.record)()?;
    let by_name = select(User::c.name).where_(User::c.name.eq(bindparam("name")));
    let prepared = engine.prepare(&by_name)?;
    fill(&engine, &["sandy", "squidward"])?;
    for _ in 0..2 {
        let mut conn = engine.connect()?;
        for name in ["sandy", "squidward"] {
            let found = conn.execute_prepared(&prepared, (name,))?.all()?;
            assert_eq!(found, [(name.to_owned(),)]);
        }
        conn.close()?;
    }
    engine.dispose();
    Ok(())
}

fn prepared_statement(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["a", "b"])?;
    let statement = select((User::c.name, User::c.age)).where_(User::c.name.eq(bindparam("name")));
    let prepared = engine.prepare(&statement)?;
    let mut conn = engine.connect()?;
    for name in ["a", "b", "a"] {
        let row = conn.execute_prepared(&prepared, (name,))?.one()?;
        assert_eq!(row, (name.to_owned(), None));
    }
    // It is prepared once for the session.
    assert_eq!(calls.take(), ["BEGIN", "PREPARE", "EXECUTE", "EXECUTE", "EXECUTE"]);
    let error = conn.execute_prepared(&prepared, ()).expect_err("a value is missing");
    assert_eq!(error.kind(), ErrorKind::Argument);
    Ok(())
}

fn sent(db: &Db) -> Arc<Mutex<Vec<(Statement, Parameters)>>> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&sent);
    event::listen(&db.engine, move |e: &mut BeforeCursorExecute<'_>| {
        into.lock().unwrap().push((e.statement.clone(), e.parameters.clone()));
        Ok(())
    });
    sent
}

// conforms: D10.01, D10.03
fn same_structure_compiles_once(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let sent = sent(db);
    let mut conn = db.engine.connect()?;
    for name in ["a", "b"] {
        let found: Option<String> =
            conn.scalar(select(User::c.name).where_(User::c.name.eq(name)))?;
        assert_eq!(found.as_deref(), Some(name));
    }
    let sent = sent.lock().unwrap();
    // Not only two texts that are equal.
    assert!(std::ptr::eq(sent[0].0.sql(), sent[1].0.sql()));
    assert_eq!(sent[0].1, Parameters::One(vec!["a".into()]));
    assert_eq!(sent[1].1, Parameters::One(vec!["b".into()]));
    Ok(())
}

// conforms: D10.06
fn in_lists_of_any_length(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c"])?;
    let mut conn = db.engine.connect()?;
    for (wanted, found) in [(vec![], 0), (vec!["a"], 1), (vec!["c", "a", "x"], 2)] {
        let statement = select(User::c.name).where_(User::c.name.in_(wanted));
        let names: Vec<String> = conn.scalars(statement)?;
        assert_eq!(names.len(), found);
    }
    Ok(())
}

fn limit_and_order(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c"])?;
    let mut conn = db.engine.connect()?;
    let statement = select(User::c.name).order_by(User::c.name.desc()).limit(2);
    let names: Vec<String> = conn.scalars(statement)?;
    assert_eq!(names, ["c", "b"]);
    Ok(())
}

fn wrong_column_type_at_get(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let row = conn.execute(text("select 'text' as label, 5000000000 as large, null"))?.one()?;
    let error = row.get::<i64>("label").expect_err("it is text");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("label"), "{error}");
    let error = row.get::<i32>(1).expect_err("it is too large");
    assert!(error.message().contains("i32") && !error.message().contains("5000"), "{error}");
    let error = row.get::<String>(2).expect_err("it is NULL");
    assert!(error.message().contains("Option"), "{error}");
    let error = row.get::<String>("nothing").expect_err("no such column");
    assert_eq!(error.kind(), ErrorKind::NoSuchColumn);
    assert!(error.message().contains("label"), "{error}");
    Ok(())
}
