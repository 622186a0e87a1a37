//! Errors: each mistake has its kind, and carries what the server reported.

use std::error::Error as _;

use aludel::dbapi::IsolationLevel;
use aludel::engine::StreamResult;
use aludel::{Auto, ErrorKind, Mapped, MetaData, Result, insert, params, select, text};

use crate::{Db, User, suite};

suite![
    unique_violation,
    a_unique_violation_says_which_columns,
    not_null_violation,
    foreign_key_violation,
    check_violation,
    syntax_error,
    missing_table,
    missing_column,
    the_text_is_told_and_no_value,
    the_driver_error_is_inside,
];

// conforms: D4.04
fn unique_violation(db: &Db) -> Result<()> {
    db.users(&["taken"])?;
    let mut conn = db.engine.connect()?;
    let again = insert::<User>().values(User::c.name.set("taken"));
    let error = conn.execute(again).expect_err("the name is taken");
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.is_integrity() && error.is_unique_violation(), "{error}");
    assert!(!error.is_disconnect() && !error.is_foreign_key_violation(), "{error}");
    assert_eq!((error.table(), error.constraint()), (Some("users"), Some("uq_users_name")));
    assert_eq!((error.column(), error.columns()), (Some("name"), &["name".to_owned()][..]));
    if db.has_a_server() {
        assert!(matches!(error.sqlstate(), Some("23505" | "23000")), "{error}");
    }
    Ok(())
}

fn a_unique_violation_says_which_columns(db: &Db) -> Result<()> {
    db.users(&["taken"])?;
    let mut conn = db.engine.connect()?;
    for sql in [
        "create table pairs (a integer not null, b integer not null, c integer, \
         constraint one_pair unique (b, a))",
        "create unique index one_c on pairs (c)",
        "insert into pairs values (1, 2, 3)",
    ] {
        conn.exec_driver_sql(sql, ())?;
    }
    conn.commit()?;
    let mut refused = |sql: &'static str| {
        let error = conn.execute(text(sql)).expect_err("it is there");
        assert!(error.is_unique_violation(), "{error}");
        conn.rollback()?;
        let names = (error.table().map(str::to_owned), error.constraint().map(str::to_owned));
        Ok::<_, aludel::Error>((names, error.columns().join("+")))
    };
    let of = |name: &str| (Some("pairs".to_owned()), Some(name.to_owned()));
    let pair = refused("insert into pairs (a, b) values (1, 2)")?;
    assert_eq!(pair, (of("one_pair"), "b+a".to_owned()));
    let index = refused("insert into pairs values (5, 6, 3)")?;
    assert_eq!(index, (of("one_c"), "c".to_owned()));
    let ((table, _), columns) = refused("insert into users (id, name) values (1, 'x')")?;
    assert_eq!((table.as_deref(), &*columns), (Some("users"), "id"));
    // Of many sets, and behind which the transaction goes on where it can.
    let sets = [params! { name: "new" }, params! { name: "taken" }];
    let error = conn.execute_many(insert::<User>(), sets).expect_err("the name is taken");
    assert_eq!((error.constraint(), error.columns().len()), (Some("uq_users_name"), 1));
    if db.capabilities().statement_errors_keep_transaction {
        assert_eq!(conn.scalar(text("select count(*) from users"))?, Some(1_i64));
    }
    conn.rollback()?;
    // As a stream, which the driver refuses when it is opened, or at its first row, or behind one.
    if db.capabilities().insert_returning {
        let sql = "insert into pairs (a, b) values (7, 7), (1, 2) returning a, b";
        for level in [None, Some(IsolationLevel::Autocommit)] {
            conn.set_isolation_level(level)?;
            let read = conn.stream(text(sql)).and_then(StreamResult::collect::<Result<Vec<_>>>);
            let error = read.expect_err("the second is there");
            assert!(error.is_unique_violation(), "{error}");
            assert_eq!((error.table(), error.constraint()), (Some("pairs"), Some("one_pair")));
            assert_eq!(error.columns(), ["b", "a"], "{level:?}");
            conn.rollback()?;
        }
        conn.set_isolation_level(None)?;
    }
    conn.exec_driver_sql("drop table pairs", ())?;
    conn.commit()
}

fn not_null_violation(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let error =
        conn.execute_many(insert::<User>(), [params! { age: 5 }]).expect_err("the name is missing");
    assert!(error.is_not_null_violation() && !error.is_unique_violation(), "{error}");
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert_eq!(error.table(), db.names_tables().then_some("users"));
    assert_eq!(error.column(), Some("name"));
    Ok(())
}

#[derive(Debug, Mapped)]
#[aludel(table = "notes")]
#[allow(dead_code, reason = "its columns are what the test uses")]
struct Note {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "users.id")]
    user_id: i64,
}

fn foreign_key_violation(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Note>().with::<User>().create_all(&mut conn)?;
    let orphan = insert::<Note>().values(Note::c.user_id.set(7));
    let error = conn.execute(orphan).expect_err("there is no such user");
    assert!(error.is_foreign_key_violation() && error.is_integrity(), "{error}");
    assert!(!error.is_unique_violation(), "{error}");
    Ok(())
}

fn check_violation(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    conn.execute(text("create table small (n integer check (n < 10))"))?;
    let error = conn.execute(text("insert into small values (10)")).expect_err("too large");
    assert!(error.is_check_violation() && error.is_integrity(), "{error}");
    Ok(())
}

fn syntax_error(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let error = conn.execute(text("selct 1")).expect_err("it does not parse");
    assert_eq!(error.kind(), ErrorKind::Programming);
    assert!(error.is_syntax_error() && !error.is_missing_table(), "{error}");
    assert!(error.message().contains("selct"), "{error}");
    Ok(())
}

fn missing_table(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let error = conn.execute(select(User::c.name)).expect_err("no table was made");
    assert_eq!(error.kind(), ErrorKind::Programming);
    assert!(error.is_missing_table() && !error.is_syntax_error(), "{error}");
    assert!(error.message().contains("users"), "{error}");
    Ok(())
}

fn missing_column(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let error = conn.execute(text("select hair from users")).expect_err("no such column");
    assert_eq!(error.kind(), ErrorKind::Programming);
    assert!(!error.is_missing_table(), "{error}");
    assert!(error.message().contains("hair"), "{error}");
    Ok(())
}

// fault: S08
// conforms: D4.07
fn the_text_is_told_and_no_value(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let statement = text("select * from nowhere where x = :x").bind("x", "canary");
    let error = conn.execute(statement).expect_err("no such table");
    assert!(error.statement().is_some_and(|sql| sql.contains("from nowhere where x = ")));
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.contains("nowhere") && !shown.contains("canary"), "{shown}");
    }
    Ok(())
}

// conforms: D4.08
fn the_driver_error_is_inside(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let error = conn.execute(text("selct 1")).expect_err("it does not parse");
    assert!(error.driver_error().is_some(), "{error:?}");
    // Its own text may hold values, so it is not in the chain of sources.
    assert!(error.source().is_none(), "{error:?}");
    Ok(())
}
