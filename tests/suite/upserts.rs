//! INSERT where a row may be there already.

use aludel::sql::{ConflictTarget, Executable, excluded};
use aludel::{
    Column, ErrorKind, MetaData, Result, Table, func, insert, params, select, text, types,
};

use crate::{Db, User, suite};

suite![
    upserts_update_the_row_that_is_there,
    upserts_of_named_columns,
    upserts_that_do_nothing,
    upserts_by_the_primary_key,
    upserts_of_many_sets,
    rows_that_repeat_a_key,
    defaults_do_not_replace_what_is_there,
    sets_of_which_some_leave_a_default,
    upserts_give_rows,
    on_conflict,
    on_duplicate_key_update,
];

fn ages(conn: &mut aludel::Connection) -> Result<Vec<(String, Option<i32>)>> {
    conn.execute(select((User::c.name, User::c.age)).order_by(User::c.name))?.all()
}

fn is(found: &[(String, Option<i32>)], wanted: &[(&str, i32)]) {
    let wanted: Vec<_> =
        wanted.iter().map(|(name, age)| ((*name).to_owned(), Some(*age))).collect();
    assert_eq!(found, wanted);
}

/// The rows `a` and `b`.
fn filled(db: &Db) -> Result<aludel::Connection> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let sets = [("a", 1), ("b", 2)].map(|(name, age)| params! { name: name, age: age });
    conn.execute_many(insert::<User>(), sets)?;
    Ok(conn)
}

fn of(name: &str, age: i32) -> (aludel::sql::Assignment<User>, aludel::sql::Assignment<User>) {
    (User::c.name.set(name), User::c.age.set(age))
}

fn upserts_update_the_row_that_is_there(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    conn.execute(insert::<User>().values(of("a", 10)).upsert(User::c.name))?;
    conn.execute(insert::<User>().values(of("c", 30)).upsert(User::c.name))?;
    conn.execute(insert::<User>().rows([of("b", 20), of("d", 40)]).upsert(User::c.name))?;
    is(&ages(&mut conn)?, &[("a", 10), ("b", 20), ("c", 30), ("d", 40)]);
    Ok(())
}

fn upserts_of_named_columns(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let only = insert::<User>().rows([of("a", 10), of("c", 3)]).upsert_columns(User::c.name, ());
    conn.execute(only)?;
    is(&ages(&mut conn)?, &[("a", 1), ("b", 2), ("c", 3)]);
    let age = insert::<User>().values(of("a", 10)).upsert_columns(User::c.name, User::c.age);
    conn.execute(age)?;
    is(&ages(&mut conn)?, &[("a", 10), ("b", 2), ("c", 3)]);
    // A column without a value would become what a new row has there.
    let age = insert::<User>().values(User::c.name.set("a"));
    let error = conn.execute(age.upsert_columns(User::c.name, User::c.age)).expect_err("no age");
    assert_eq!(error.kind(), ErrorKind::Compile);
    assert!(error.message().contains("\"age\""), "{error}");
    Ok(())
}

fn upserts_that_do_nothing(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let rows = [of("a", 10), of("c", 3)];
    conn.execute(insert::<User>().rows(rows).upsert_do_nothing(User::c.name))?;
    is(&ages(&mut conn)?, &[("a", 1), ("b", 2), ("c", 3)]);
    // What is wrong otherwise is an error still.
    let nameless = insert::<User>().values(User::c.age.set(5)).upsert_do_nothing(User::c.name);
    let error = conn.execute(nameless).expect_err("the name is missing");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    Ok(())
}

fn upserts_by_the_primary_key(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let id = conn.scalar(select(User::c.id).where_(User::c.name.eq("a")))?.expect("a row");
    let renamed = insert::<User>().values((User::c.id.set(id), of("z", 26))).upsert(());
    if db.capabilities().on_conflict {
        conn.execute(renamed)?;
        is(&ages(&mut conn)?, &[("b", 2), ("z", 26)]);
    } else {
        // The row of another key could be met, and would be changed.
        let error = conn.execute(renamed).expect_err("there are two keys");
        assert_eq!(error.kind(), ErrorKind::Compile);
        let aged = insert::<User>().values((User::c.id.set(id), User::c.age.set(26)));
        let error = conn.execute(aged.upsert(())).expect_err("the name is missing");
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    }
    Ok(())
}

fn upserts_of_many_sets(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["a"])?;
    let mut conn = engine.connect()?;
    // The last of two sets for one row counts, as if each were sent by itself.
    let sets = [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5)];
    let sets = sets.map(|(name, age)| params! { name: name, age: age });
    conn.execute_many(insert::<User>().upsert(User::c.name), sets)?;
    is(&ages(&mut conn)?, &[("a", 3), ("b", 5), ("c", 4)]);
    let sent = calls.take();
    let rows: Vec<_> = sent.iter().filter(|sql| sql.starts_with("INSERT")).collect();
    assert!(rows.len() <= 2, "{rows:?}");
    Ok(())
}

// One statement may not update a row twice in PostgreSQL.
fn rows_that_repeat_a_key(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let rows = [of("a", 10), of("c", 3), of("a", 11), of("d", 4), of("c", 5)];
    conn.execute(insert::<User>().rows(rows).upsert(User::c.name))?;
    is(&ages(&mut conn)?, &[("a", 11), ("b", 2), ("c", 5), ("d", 4)]);
    if db.capabilities().insert_returning {
        let again = insert::<User>().rows([of("a", 1), of("a", 2)]).upsert(User::c.name);
        let rows = conn.execute(again.returning(User::c.age))?.all()?;
        assert_eq!(rows, [(Some(1),), (Some(2),)]);
    }
    Ok(())
}

// What a set gives replaces what is there, and what it leaves to a default does not, whatever others give.
fn sets_of_which_some_leave_a_default(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let meta = MetaData::new();
    let columns = [
        Column::new("id", types::Integer).primary_key().autoincrement(false),
        Column::new("made", types::Integer).default(7),
        Column::new("n", types::Integer),
    ];
    let t = Table::new("partly_kept", &meta, columns)?;
    meta.create_all(&mut conn)?;
    let given = || params! { id: 1, n: 1, made: 50 };
    let left = || params! { id: 2, n: 2 };
    for sets in [[given(), left()], [left(), given()]] {
        conn.execute(t.delete())?;
        let there = [1, 2].map(|id| params! { id: id, n: 0, made: 100 * id });
        conn.execute_many(t.insert(), there)?;
        let done = conn.execute_many(t.insert().upsert(()), sets)?;
        assert!(done.rowcount() >= 2);
        let rows = conn.execute(t.select().order_by(t.c("id")?))?.all()?;
        let found = rows.iter().map(|row| Ok((row.get("made")?, row.get("n")?)));
        assert_eq!(found.collect::<Result<Vec<(i32, i32)>>>()?, [(50, 1), (200, 2)]);
    }
    // One statement for rows of both kinds would replace what is there by a default.
    let (id, n) = (|id: i32| t.c("id").map(|c| c.set(id)), |n: i32| t.c("n").map(|c| c.set(n)));
    let rows =
        || -> Result<_> { Ok([vec![id(1)?, n(1)?, t.c("made")?.set(50)], vec![id(2)?, n(2)?]]) };
    let error = conn.execute(t.insert().rows(rows()?).upsert(())).expect_err("it is ambiguous");
    assert_eq!(error.kind(), ErrorKind::Compile);
    assert!(error.message().contains("others do not"), "{error}");
    conn.execute(t.insert().rows(rows()?).upsert_columns((), t.c("n")?))?;
    // An error names the set.
    let sets = [left(), params! { id: 1, n: "x".repeat(9), made: 50 }];
    if db.fits_values_to_columns() {
        let error = conn.execute_many(t.insert().upsert(()), sets).expect_err("it is no number");
        assert!(error.message().contains("set number 2"), "{error}");
    }
    Ok(())
}

fn defaults_do_not_replace_what_is_there(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let meta = MetaData::new();
    let columns = [
        Column::new("id", types::Integer).primary_key().autoincrement(false),
        Column::new("n", types::Integer).default(5),
        Column::new("m", types::Integer),
    ];
    let t = Table::new("kept", &meta, columns)?;
    meta.create_all(&mut conn)?;
    let (id, n, m) = (t.c("id")?, t.c("n")?, t.c("m")?);
    conn.execute(t.insert().values((id.clone().set(1), n.clone().set(1), m.clone().set(1))))?;
    let set = |by: i32| (id.clone().set(1), m.clone().set(by));
    let is = |conn: &mut aludel::Connection, wanted: (i32, i32)| -> Result<()> {
        let row = conn.execute(t.select())?.one()?;
        assert_eq!((row.get::<i32>("n")?, row.get::<i32>("m")?), wanted);
        Ok(())
    };
    conn.execute(t.insert().values(set(2)).upsert(()))?;
    is(&mut conn, (1, 2))?;
    conn.execute(t.insert().rows([set(3)]).upsert(()))?;
    is(&mut conn, (1, 3))?;
    // What a row sets is no default, also where the columns are the same.
    conn.execute(t.insert().rows([(set(4), n.clone().set(8))]).upsert(()))?;
    is(&mut conn, (8, 4))?;
    Ok(())
}

// conforms: D10.15
fn upserts_give_rows(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    if !db.capabilities().insert_returning {
        return Ok(());
    }
    let returning = (User::c.name, User::c.age);
    let upsert = insert::<User>().values(of("a", 10)).upsert(User::c.name).returning(returning);
    assert_eq!(conn.execute(upsert)?.one()?, ("a".to_owned(), Some(10)));
    let sets = ["c", "a"].map(|name| params! { name: name, age: 5 });
    let many = insert::<User>().upsert(User::c.name).returning(User::c.name);
    let found = conn.execute_many(many, sets)?.all()?;
    assert_eq!(found, [("c".to_owned(),), ("a".to_owned(),)]);
    Ok(())
}

// conforms: F29, F30
fn on_conflict(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let more = User::c.age.set(User::c.age + excluded::<User>().age);
    let nothing = insert::<User>().rows([of("a", 7), of("c", 3)]).on_conflict_do_nothing(());
    if !db.capabilities().on_conflict {
        let error = conn.execute(nothing).expect_err("there is no such clause");
        assert_eq!(error.kind(), ErrorKind::Compile);
        assert!(error.message().contains("upsert"), "{error}");
        return Ok(());
    }
    assert_eq!(conn.execute(nothing)?.rowcount(), 1);
    let rows = || insert::<User>().rows([of("a", 10), of("d", 4)]);
    assert_eq!(conn.execute(rows().on_conflict_do_update(User::c.name, more))?.rowcount(), 2);
    is(&ages(&mut conn)?, &[("a", 11), ("b", 2), ("c", 3), ("d", 4)]);
    // Only where the row that is there fulfils a condition, with a value of the program's.
    let younger = User::c.age.set(excluded::<User>().age);
    let guarded = insert::<User>()
        .rows([of("a", 50), of("b", 50)])
        .on_conflict_do_update(User::c.name, younger)
        .on_conflict_where(User::c.age.lt(10));
    assert_eq!(conn.execute(guarded)?.rowcount(), 1);
    is(&ages(&mut conn)?, &[("a", 11), ("b", 50), ("c", 3), ("d", 4)]);
    // An index over some rows.
    conn.execute(text("create unique index grown on users (age) where age is not null"))?;
    let target = ConflictTarget::index(User::c.age).where_(User::c.age.is_not_null());
    let renamed = User::c.name.set(excluded::<User>().name);
    let grown = insert::<User>().values(of("new", 50)).on_conflict_do_update(target, renamed);
    conn.execute(grown)?;
    is(&ages(&mut conn)?, &[("a", 11), ("c", 3), ("d", 4), ("new", 50)]);
    // What is selected.
    let others = select((User::c.name, func::coalesce(User::c.age, 0))).where_(User::c.age.lt(5));
    let copied = insert::<User>().from_select((User::c.name, User::c.age), others);
    let twice = User::c.age.set(excluded::<User>().age + User::c.age);
    conn.execute(copied.on_conflict_do_update(User::c.name, twice).untyped())?;
    is(&ages(&mut conn)?, &[("a", 11), ("c", 6), ("d", 8), ("new", 50)]);
    Ok(())
}

// conforms: F31
fn on_duplicate_key_update(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let more = || User::c.age.set(User::c.age + excluded::<User>().age);
    let rows = || insert::<User>().rows([of("a", 10), of("c", 3)]);
    if db.capabilities().on_conflict {
        let error =
            conn.execute(rows().on_duplicate_key_update(more())).expect_err("no such clause");
        assert_eq!(error.kind(), ErrorKind::Compile);
        return Ok(());
    }
    conn.execute(rows().on_duplicate_key_update(more()))?;
    is(&ages(&mut conn)?, &[("a", 11), ("b", 2), ("c", 3)]);
    let users = select((User::c.name, User::c.age)).where_(User::c.name.eq("c"));
    let copied = insert::<User>().from_select((User::c.name, User::c.age), users);
    conn.execute(copied.on_duplicate_key_update(more()))?;
    is(&ages(&mut conn)?, &[("a", 11), ("b", 2), ("c", 6)]);
    Ok(())
}
