//! The keys of inserted rows, and the rows that come back for many sets.

use aludel::{
    Auto, Column, ErrorKind, ExecutionOptions, Mapped, MetaData, Result, Row, Table, Value,
    bindparam, insert, params, select, text, types, update,
};

use crate::{Db, User, suite};

suite![
    keys_that_the_database_counts,
    keys_that_are_given,
    keys_that_are_given_as_nothing,
    keys_of_tables_of_one_name,
    keys_that_the_database_computes,
    results_without_a_key,
    returned_rows_by_few_statements,
    returned_rows_of_given_keys,
    returned_rows_without_a_key,
    rows_whose_order_is_unknown,
];

fn user(name: &str) -> User {
    User { id: Auto::unset(), name: name.into(), age: None }
}

fn by(rows: usize) -> ExecutionOptions {
    ExecutionOptions::new().insertmanyvalues_page_size(rows)
}

fn keys_that_the_database_counts(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let reports = db.capabilities().reports_lastrowid;
    for name in ["a", "b", "c"] {
        let done = conn.execute(insert::<User>().values(user(name)))?;
        assert_eq!((done.rowcount(), done.returns_rows()), (1, false));
        let key: i64 = done.inserted_primary_key()?;
        let found: Option<i64> = conn.scalar(select(User::c.id).where_(User::c.name.eq(name)))?;
        assert_eq!(found, Some(key));
        let sent = calls.take();
        let insert = sent.iter().find(|sql| sql.starts_with("INSERT")).unwrap();
        assert_eq!(insert.ends_with(" RETURNING id"), !reports, "{insert}");
    }
    // It may be read as any type that it has, and a typo of the type is an error.
    let done = conn.execute(insert::<User>().params(params! { name: "d", age: 4 }))?;
    let (key,): (i64,) = done.inserted_primary_key()?;
    assert_eq!(done.inserted_primary_key::<Auto<i64>>()?, key);
    let error = done.inserted_primary_key::<String>().expect_err("it is a number");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("\"id\" of the primary key"), "{error}");
    calls.take();
    let done = conn.execute(insert::<User>().values(user("e")).inline())?;
    assert!(calls.take()[0].ends_with(')'));
    // What is not asked for is known only where it is reported.
    assert_eq!(done.inserted_primary_key::<i64>().is_ok(), reports);
    Ok(())
}

fn keys_that_are_given(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let columns = [
        Column::new("a", types::BigInteger).primary_key(),
        Column::new("b", types::String(20)).primary_key(),
        Column::new("n", types::Integer),
    ];
    let t = Table::new("pairs", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    let (a, b) = (t.c("a")?, t.c("b")?);
    let done = conn.execute(t.insert().values((a.clone().set(5), b.clone().set("x"))))?;
    assert_eq!(done.inserted_primary_key::<(i64, String)>()?, (5, "x".to_owned()));
    let bound = t.insert().values(b.clone().set(bindparam("wanted")));
    let done = conn.execute(bound.params(params! { wanted: "y", a: 6, n: 1 }))?;
    assert_eq!(done.inserted_primary_key::<(i64, String)>()?, (6, "y".to_owned()));
    let error = done.inserted_primary_key::<i64>().expect_err("the key has two columns");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("2 columns"), "{error}");
    let kept = User { id: 77.into(), ..user("kept") };
    let done = conn.execute(insert::<User>().values(&kept))?;
    assert_eq!(done.inserted_primary_key::<i64>()?, 77);
    Ok(())
}

// MySQL would count for 0 as for NULL, and does so in a mode that the program sets.
fn keys_that_are_given_as_nothing(db: &Db) -> Result<()> {
    if !db.capabilities().reports_lastrowid {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let columns =
        [Column::new("id", types::Integer).primary_key(), Column::new("n", types::Integer)];
    let t = Table::new("counted", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    for (n, id) in [Value::Int(41), Value::Null, Value::Int(0)].into_iter().enumerate() {
        let n = i64::try_from(n).expect("a small number");
        let done = conn.execute(t.insert().params(params! { id: id, n: n }))?;
        let found: Option<i64> = conn.scalar(select(t.c("id")?).where_(t.c("n")?.eq(n)))?;
        assert_eq!(Some(done.inserted_primary_key::<i64>()?), found);
        assert!(n != 2 || found == Some(0), "{found:?}");
    }
    if db.converts_kinds() {
        conn.execute(text("set sql_mode = 'STRICT_TRANS_TABLES'"))?;
        let done = conn.execute(t.insert().params(params! { id: 0, n: 7 }))?;
        let found: Option<i64> = conn.scalar(select(t.c("id")?).where_(t.c("n")?.eq(7)))?;
        assert_eq!(Some(done.inserted_primary_key::<i64>()?), found);
        assert_ne!(found, Some(0));
    }
    Ok(())
}

fn keys_of_tables_of_one_name(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let table = |key: &str, metadata: &MetaData| {
        let columns = ["a", "b"].map(|name| {
            let column = Column::new(name, types::Integer).nullable(true);
            if name == key { column.primary_key().autoincrement(false) } else { column }
        });
        Table::new("one_name", metadata, columns)
    };
    let (metadata, other) = (MetaData::new(), MetaData::new());
    let (by_a, by_b) = (table("a", &metadata)?, table("b", &other)?);
    metadata.create_all(&mut conn)?;
    for (t, wanted) in [(&by_a, 1), (&by_b, 12), (&by_a, 3)] {
        let n = if wanted == 12 { 2 } else { wanted };
        let set = (t.c("a")?.set(n), t.c("b")?.set(n + 10));
        let done = conn.execute(t.insert().values(set))?;
        assert_eq!(done.inserted_primary_key::<i32>()?, wanted);
    }
    Ok(())
}

fn keys_that_the_database_computes(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let columns = [
        Column::new("a", types::Integer).primary_key(),
        Column::new("b", types::Integer).primary_key().server_default("40 + 2"),
    ];
    let t = Table::new("computed", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    let a = t.c("a")?;
    let done = conn.execute(t.insert().values(a.set(1)))?;
    if db.capabilities().insert_returning {
        assert_eq!(done.inserted_primary_key::<(i32, i32)>()?, (1, 42));
    } else {
        let error = done.inserted_primary_key::<(i32, i32)>().expect_err("it is not given");
        assert!(error.message().contains("\"b\""), "{error}");
    }
    Ok(())
}

// conforms: D9.27
fn results_without_a_key(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let mut conn = db.engine.connect()?;
    let none = |done: aludel::CursorResult<Row>| {
        let error = done.inserted_primary_key::<i64>().expect_err("there is none");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains("by `execute`"), "{error}");
    };
    none(conn.execute(update::<User>().values(User::c.age.set(1)))?);
    none(conn.execute(text("select 1"))?);
    none(conn.execute_many(insert::<User>(), [params! { name: "b" }])?);
    none(conn.execute(insert::<User>().rows([&user("c"), &user("d")]))?);
    none(conn.execute(insert::<User>().values(user("a")).upsert(User::c.name))?);
    if db.capabilities().insert_returning {
        let done = conn.execute(insert::<User>().values(user("e")).returning(User::c.id))?;
        assert!(done.inserted_primary_key::<i64>().is_err());
    }
    Ok(())
}

// conforms: D10.07, D10.09
fn returned_rows_by_few_statements(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    if !db.capabilities().insert_returning {
        return Ok(());
    }
    conn.set_execution_options(by(40));
    let sets = || (0..100_i64).map(|n| params! { name: format!("user {n}"), age: n });
    // The key is asked for besides, and is no part of the rows.
    let mut done = conn.execute_many(insert::<User>().returning(User::c.name), sets())?;
    assert_eq!(done.rowcount(), 100);
    assert_eq!(done.columns().names().collect::<Vec<_>>(), ["name"]);
    let wanted: Vec<_> = (0..100).map(|n| (format!("user {n}"),)).collect();
    assert_eq!(done.all()?, wanted);
    let sent = calls.take();
    let inserts: Vec<_> = sent.iter().filter(|sql| sql.starts_with("INSERT")).collect();
    assert_eq!(inserts.len(), 3, "{inserts:?}");
    assert!(inserts[0].ends_with(" RETURNING users.name, id"), "{}", inserts[0]);
    // One that is among them is not asked for twice.
    conn.rollback()?;
    calls.take();
    let statement = insert::<User>().returning((User::c.age, User::c.id));
    let rows = conn.execute_many(statement, sets())?.all()?;
    assert!(rows.iter().map(|(age, _)| age.unwrap()).eq(0..100));
    let sent = calls.take();
    let inserts: Vec<_> = sent.iter().filter(|sql| sql.starts_with("INSERT")).collect();
    assert_eq!(inserts.len(), 3);
    assert!(inserts[0].ends_with(" RETURNING users.age, users.id"), "{}", inserts[0]);
    // Untyped rows are as wide.
    conn.rollback()?;
    let untyped = User::table().insert().returning(vec![User::table().c("age")?]);
    let rows = conn.execute_many(untyped, sets().take(3))?.all()?;
    assert_eq!(rows.iter().map(aludel::Row::len).collect::<Vec<_>>(), [1, 1, 1]);
    Ok(())
}

fn returned_rows_of_given_keys(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    if !db.capabilities().insert_returning {
        return Ok(());
    }
    let metadata = MetaData::new();
    let columns = [
        Column::new("id", types::Uuid).primary_key(),
        Column::new("code", types::String(20)).primary_key(),
        Column::new("n", types::Integer).server_default("5"),
    ];
    let t = Table::new("given", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    calls.take();
    // Not in the order that they have in an index.
    let id = |n: u8| aludel::value::Uuid::from_bytes([200 - n; 16]);
    let sets = (0..30).map(|n| params! { id: id(n), code: format!("code {n}") });
    let statement = t.insert().returning(vec![t.c("n")?, t.c("code")?]);
    let rows = conn.execute_many(statement, sets)?.all()?;
    assert_eq!(calls.take().iter().filter(|sql| sql.starts_with("INSERT")).count(), 1);
    for (n, row) in rows.iter().enumerate() {
        assert_eq!((row.len(), row.get::<i32>("n")?), (2, 5));
        assert_eq!(row.get::<String>("code")?, format!("code {n}"));
    }
    assert_eq!(rows.len(), 30);
    Ok(())
}

// Some databases make a key where NULL is given.
fn returned_rows_without_a_key(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    if !db.capabilities().insert_returning {
        return Ok(());
    }
    let ids = [Value::from(50), Value::Null, Value::from(7)];
    let sets = ids.into_iter().zip(["a", "b", "c"]);
    let sets = sets.map(|(id, name)| params! { id: id, name: name });
    match conn.execute_many(insert::<User>().returning((User::c.id, User::c.name)), sets) {
        Ok(mut rows) => {
            let rows = rows.all()?;
            assert_eq!(rows.iter().map(|(_, name)| &**name).collect::<Vec<_>>(), ["a", "b", "c"]);
            assert_eq!((rows[0].0, rows[2].0), (50, 7));
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::Integrity, "{error}"),
    }
    Ok(())
}

// The description says that the database counts, and it does not.
fn rows_whose_order_is_unknown(db: &Db) -> Result<()> {
    #[derive(Debug, Mapped)]
    #[aludel(table = "uncounted")]
    struct Uncounted {
        #[aludel(primary_key)]
        id: Auto<i64>,
        n: i64,
    }
    let mut conn = db.engine.connect()?;
    if !db.capabilities().insert_returning {
        return Ok(());
    }
    conn.execute(text("create table uncounted (id bigint, n bigint)"))?;
    conn.commit()?;
    let sets = || (0..3_i64).map(|n| params! { n: n });
    let statement = || insert::<Uncounted>().returning(Uncounted::c.n);
    let error = conn.execute_many(statement(), sets()).expect_err("the order is unknown");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(error.message().contains("insertmanyvalues_page_size(1)"), "{error}");
    conn.rollback()?;
    conn.set_execution_options(by(1));
    let rows = conn.execute_many(statement(), sets())?.all()?;
    assert_eq!(rows, [(0,), (1,), (2,)]);
    Ok(())
}
