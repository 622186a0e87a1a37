//! Many rows: what is sent for them, and what comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aludel::{
    Auto, Column, ErrorKind, ExecutionOptions, Mapped, MetaData, Params, Result, Table, Value,
    bindparam, func, insert, literal, params, select, types, update,
};

use crate::{Db, User, names, suite};

suite![
    many_rows_by_few_statements,
    as_many_rows_as_there_are_parameters,
    large_values_stand_alone,
    values_of_all_sets,
    sets_that_leave_values_to_defaults,
    what_selects_is_sent_for_each_set,
    an_error_names_the_sets,
    returned_rows_are_those_of_the_sets,
    structs_by_one_statement,
    more_rows_than_one_statement_takes,
    updates_and_deletes_of_many_sets,
    defaults_of_the_program,
];

fn sets(range: std::ops::Range<i64>) -> impl Iterator<Item = Params> {
    range.map(|n| params! { name: format!("user {n}"), age: n })
}

/// How many rows each INSERT has that was sent.
fn rows_of(sent: &[String]) -> Vec<usize> {
    let inserts = sent.iter().filter(|sql| sql.starts_with("INSERT"));
    inserts.map(|sql| sql.matches("), (").count() + 1).collect()
}

fn by(rows: usize) -> ExecutionOptions {
    ExecutionOptions::new().insertmanyvalues_page_size(rows)
}

// conforms: D10.07, D10.08, D10.10
fn many_rows_by_few_statements(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    conn.set_execution_options(by(10));
    let done = conn.execute_many(insert::<User>(), sets(0..25))?;
    assert_eq!((done.rowcount(), done.returns_rows()), (25, false));
    let sent = calls.take();
    assert_eq!(sent[0], "BEGIN");
    assert_eq!(rows_of(&sent), [10, 10, 5]);
    assert_eq!(sent[1], sent[2]);
    let (one, two) = match sent[1].as_bytes()[sent[1].len() - 2] {
        b'?' => ("?", "?"),
        _ => (&sent[1][sent[1].len() - 3..sent[1].len() - 1], "20"),
    };
    assert!(one.ends_with(two), "{}", sent[1]);
    let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age).order_by(User::c.id.asc()))?;
    assert_eq!(ages, (0..25).map(Some).collect::<Vec<_>>());
    conn.commit()?;
    // One row by itself is the statement that it always is; 1 sends all so.
    calls.take();
    conn.set_execution_options(by(1));
    conn.execute_many(insert::<User>(), sets(30..33))?;
    let sent = calls.take();
    assert!(sent[1].ends_with(" x 3"), "{sent:?}");
    Ok(())
}

// fault: D14
// conforms: D10.07
fn as_many_rows_as_there_are_parameters(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    conn.set_execution_options(by(1_000_000));
    let most = db.capabilities().max_parameters / 2;
    let all = i64::try_from(most).unwrap() + 10;
    let done = conn.execute_many(insert::<User>(), sets(0..all))?;
    assert_eq!(done.rowcount(), u64::try_from(all).unwrap());
    assert_eq!(rows_of(&calls.take()), [most, 10]);
    assert_eq!(conn.scalar(select(func::count()).select_from(User::entity()))?, Some(all));
    Ok(())
}

fn large_values_stand_alone(db: &Db) -> Result<()> {
    #[derive(Debug, Mapped)]
    #[aludel(table = "documents")]
    struct Document {
        #[aludel(primary_key)]
        id: i64,
        text: Vec<u8>,
    }
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    MetaData::new().with::<Document>().create_all(&mut conn)?;
    calls.take();
    // Two of them are more than a server must take at once.
    let size = [10, 600_000, 600_000, 10, 10];
    let sets = (1_i64..).zip(size).map(|(id, size)| params! { id: id, text: vec![7_u8; size] });
    conn.execute_many(insert::<Document>(), sets)?;
    assert_eq!(rows_of(&calls.take()), [2, 3]);
    let found: Vec<Vec<u8>> = conn.scalars(select(Document::c.text).order_by(Document::c.id))?;
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), size);
    Ok(())
}

fn values_of_all_sets(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    // A literal, a value of the statement, and one of each set, in an expression.
    let name = func::lower(literal("USER ".to_owned()).concat(bindparam("n")));
    let statement = insert::<User>().values(User::c.name.set(name)).params(params! { age: 7 });
    let sets = ["A", "B", "C"].map(|n| params! { n: n });
    assert_eq!(conn.execute_many(statement, sets)?.rowcount(), 3);
    assert_eq!(rows_of(&calls.take()), [3]);
    assert_eq!(names(&mut conn)?, ["user a", "user b", "user c"]);
    let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age))?;
    assert_eq!(ages, [Some(7); 3]);
    // A set comes before the statement; NULL stands among other values.
    let statement = insert::<User>().params(params! { age: 8 });
    let ages = [Value::Null, 9.into(), Value::Null];
    let sets = ages.into_iter().zip(["d", "e", "f"]);
    let sets = sets.map(|(age, name)| params! { age: age, name: name });
    conn.execute_many(statement, sets)?;
    let added = select(User::c.age).where_(User::c.name.in_(["d", "e", "f"]));
    let ages: Vec<Option<i32>> = conn.scalars(added.order_by(User::c.name))?;
    assert_eq!(ages, [None, Some(9), None]);
    Ok(())
}

// Statements of many rows would give all rows what the first set gives or leaves out.
fn sets_that_leave_values_to_defaults(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let of_statement = || insert::<User>().params(params! { age: 7 });
    conn.execute_many(of_statement(), [params! { name: "a", age: 1 }, params! { name: "b" }])?;
    conn.execute_many(of_statement(), [params! { name: "c" }, params! { name: "d", age: 9 }])?;
    let of_bind = || insert::<User>().values(User::c.age.set(bindparam("n").value(5)));
    conn.execute_many(of_bind(), [params! { name: "e", n: 1 }, params! { name: "f" }])?;
    conn.execute_many(of_bind(), [params! { name: "g" }, params! { name: "h", n: 9 }])?;
    let sent = calls.take();
    assert_eq!(sent.iter().filter(|sql| sql.ends_with(" x 2")).count(), 4, "{sent:?}");
    let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age).order_by(User::c.name))?;
    assert_eq!(ages, [1, 7, 7, 9, 1, 5, 5, 9].map(Some));
    // The order of the names says nothing.
    let sets = [params! { name: "i", age: 1 }, params! { age: 2, name: "j" }];
    conn.execute_many(insert::<User>(), sets)?;
    assert_eq!(rows_of(&calls.take()), [2]);
    let ages: Vec<Option<i32>> =
        conn.scalars(select(User::c.age).where_(User::c.name.gt("h")).order_by(User::c.name))?;
    assert_eq!(ages, [1, 2].map(Some));
    Ok(())
}

// What the next row selects depends on the row before.
fn what_selects_is_sent_for_each_set(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["first"])?;
    let mut conn = engine.connect()?;
    let other = aludel::aliased::<User>("other");
    let next = select(func::count_of(other.c.id)).scalar_subquery();
    let statement = insert::<User>().values(User::c.age.set(next));
    let sets = ["a", "b", "c"].map(|name| params! { name: name });
    conn.execute_many(statement, sets)?;
    assert!(calls.take()[1].ends_with(" x 3"));
    let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age).order_by(User::c.id))?;
    assert_eq!(ages, [None, Some(1), Some(2), Some(3)]);
    Ok(())
}

fn an_error_names_the_sets(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["user 7"])?;
    let mut conn = engine.connect()?;
    conn.set_execution_options(by(5));
    let error = conn.execute_many(insert::<User>(), sets(0..12)).expect_err("the name is unique");
    assert!(error.is_unique_violation(), "{error}");
    assert!(error.message().starts_with("one of the parameter sets number 6 to 10: "), "{error}");
    assert_eq!(rows_of(&calls.take()), [5, 5]);
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["user 7"]);
    // A key that only the last set has wrong is found before anything is sent.
    let last = [params! { name: "x", age: 1, nmae: 2 }];
    calls.take();
    let error = conn.execute_many(insert::<User>(), sets(20..40).chain(last)).expect_err("a typo");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("number 21") && error.message().contains("nmae"), "{error}");
    assert!(rows_of(&calls.take()).is_empty());
    Ok(())
}

// conforms: D10.09
fn returned_rows_are_those_of_the_sets(db: &Db) -> Result<()> {
    let (engine, _) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let statement = insert::<User>().returning((User::c.id, User::c.name));
    if !engine.dialect().capabilities().insert_returning {
        let error = conn.execute_many(statement, sets(0..2)).expect_err("there is no such clause");
        assert_eq!(error.kind(), ErrorKind::Compile);
        return Ok(());
    }
    conn.set_execution_options(by(40));
    let mut result = conn.execute_many(statement, sets(0..100))?;
    assert_eq!((result.rowcount(), result.returns_rows()), (100, true));
    let rows = result.all()?;
    let wanted: Vec<String> = (0..100).map(|n| format!("user {n}")).collect();
    assert_eq!(rows.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>(), wanted);
    for (id, name) in rows {
        let found: Option<String> = conn.scalar(select(User::c.name).where_(User::c.id.eq(id)))?;
        assert_eq!(found, Some(name));
    }
    Ok(())
}

fn user(name: &str, age: Option<i32>) -> User {
    User { id: Auto::unset(), name: name.into(), age }
}

fn structs_by_one_statement(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let users = [user("a", Some(1)), user("b", None)];
    let done = conn.execute(insert::<User>().rows(&users))?;
    assert_eq!(done.rowcount(), 2);
    assert_eq!(rows_of(&calls.take()), [2]);
    assert_eq!(conn.execute(insert::<User>().values(user("c", Some(3))))?.rowcount(), 1);
    let found: Vec<User> = conn.execute(select(User::c).order_by(User::c.name))?.all()?;
    let found: Vec<_> = found.into_iter().map(|user| (user.name, user.age)).collect();
    assert_eq!(found, [("a".into(), Some(1)), ("b".into(), None), ("c".into(), Some(3))]);
    // A key that is set is inserted, and each row can have another number of values.
    let kept = User { id: 77.into(), ..user("d", None) };
    conn.execute(insert::<User>().values(&kept))?;
    let found: Option<String> = conn.scalar(select(User::c.name).where_(User::c.id.eq(77)))?;
    assert_eq!(found.as_deref(), Some("d"));
    let error = conn.execute(insert::<User>().rows::<&User>([])).expect_err("no rows");
    assert_eq!(error.kind(), ErrorKind::Argument);
    Ok(())
}

fn more_rows_than_one_statement_takes(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let most = db.capabilities().max_parameters / 2;
    let users: Vec<User> = (0..most + 3).map(|n| user(&format!("user {n}"), None)).collect();
    let done = conn.execute(insert::<User>().rows(&users))?;
    assert_eq!(done.rowcount(), u64::try_from(most).unwrap() + 3);
    assert_eq!(rows_of(&calls.take()), [most, 3]);
    Ok(())
}

// conforms: D10.11
fn updates_and_deletes_of_many_sets(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["a", "b", "c"])?;
    let mut conn = engine.connect()?;
    let statement = update::<User>().where_(User::c.name.eq(bindparam("who")));
    let sets = [("a", 1), ("c", 3), ("x", 4)].map(|(who, age)| params! { who: who, age: age });
    assert_eq!(conn.execute_many(statement, sets)?.rowcount(), 2);
    assert!(calls.take()[1].ends_with(" x 3"));
    let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age).order_by(User::c.name))?;
    assert_eq!(ages, [Some(1), None, Some(3)]);
    let statement = aludel::delete::<User>().where_(User::c.name.eq(bindparam("who")));
    let sets = ["a", "b"].map(|who| params! { who: who });
    assert_eq!(conn.execute_many(statement, sets)?.rowcount(), 2);
    assert_eq!(names(&mut conn)?, ["c"]);
    Ok(())
}

// conforms: D10.12
fn defaults_of_the_program(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let (made, counter) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let (make, count) = (Arc::clone(&made), Arc::clone(&counter));
    let columns = [
        Column::new("id", types::Integer).primary_key().autoincrement(false),
        Column::new("state", types::String(10)).default("new"),
        Column::new("number", types::BigInteger)
            .default_fn(move || make.fetch_add(1, Ordering::Relaxed)),
        Column::new("sum", types::BigInteger).default_expression(literal(40_i64) + 2),
        Column::new("changes", types::BigInteger)
            .default(0)
            .onupdate_fn(move || count.fetch_add(1, Ordering::Relaxed) + 1),
    ];
    let metadata = MetaData::new();
    let t = Table::new("t", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    let c = |name: &str| t.c(name).unwrap();
    type Found = (i64, String, i64, i64, i64);
    let found = |conn: &mut aludel::Connection| -> Result<Vec<Found>> {
        let all = [c("id"), c("state"), c("number"), c("sum"), c("changes")];
        let rows = conn.execute(select(all).order_by(c("id")))?.all()?;
        let row = |row: aludel::Row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        };
        rows.into_iter().map(row).collect()
    };
    calls.take();
    conn.execute(t.insert().values(c("id").set(1)))?;
    // What is given is not made, by any name.
    let given = t.insert().values((c("id").set(2), c("number").set(70)));
    conn.execute(given.params(params! { state: "old", sum: 5 }))?;
    assert_eq!(made.load(Ordering::Relaxed), 1);
    // Each row has its own, in one statement.
    conn.set_execution_options(by(2));
    let sets = (3..6).map(|id| params! { id: id });
    conn.execute_many(t.insert(), sets)?;
    assert_eq!(rows_of(&calls.take()), [1, 1, 2, 1]);
    let rows = [vec![c("id").set(6)], vec![c("id").set(7), c("state").set("x")]];
    conn.execute(t.insert().rows(rows))?;
    let row = |id: i64, state: &str, number: i64, sum: i64| (id, state.to_owned(), number, sum, 0);
    let wanted = [
        row(1, "new", 0, 42),
        row(2, "old", 70, 5),
        row(3, "new", 1, 42),
        row(4, "new", 2, 42),
        row(5, "new", 3, 42),
        row(6, "new", 4, 42),
        row(7, "x", 5, 42),
    ];
    assert_eq!(found(&mut conn)?, wanted);
    conn.execute(t.update().values(c("state").set("done")).where_(c("id").le(2)))?;
    let set = t.update().values((c("state").set("set"), c("changes").set(50)));
    conn.execute(set.where_(c("id").eq(3)))?;
    let changes: Vec<i64> = found(&mut conn)?.into_iter().map(|row| row.4).collect();
    assert_eq!(changes, [1, 1, 50, 0, 0, 0, 0]);
    // An update of nothing stays an error.
    let error = conn.execute(t.update()).expect_err("nothing is set");
    assert_eq!(error.kind(), ErrorKind::Compile);
    Ok(())
}
