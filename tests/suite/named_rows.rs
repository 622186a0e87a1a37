//! Structs that are made of rows by the names of the columns.

use aludel::sql::Executable;
use aludel::{ErrorKind, FromRow, Mapped, Result, literal, select, text};

use crate::{Db, User, suite};

suite![
    columns_are_found_by_name,
    nested_structs,
    what_is_missing_or_wrong_is_named,
    of_every_statement_and_stream,
    mapped_structs_by_their_columns,
];

#[derive(Debug, PartialEq, FromRow)]
#[aludel(rename_all = "SCREAMING-KEBAB-CASE")]
struct Counted {
    how_many: i64,
    #[aludel(rename = "who")]
    name: Option<String>,
    #[aludel(default)]
    not_there: Vec<u8>,
    #[aludel(default, rename = "there")]
    is_there: i64,
    #[aludel(skip)]
    made: bool,
}

fn columns_are_found_by_name(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let statement = select((
        literal(7_i64).label("there"),
        literal("more".to_owned()).label("more"),
        literal("x".to_owned()).label("who"),
        literal(3_i64).label("HOW-MANY"),
    ));
    let expected = Counted {
        how_many: 3,
        name: Some("x".into()),
        not_there: Vec::new(),
        is_there: 7,
        made: false,
    };
    assert_eq!(conn.execute(statement.into_rows::<Counted>())?.all()?, [expected]);
    Ok(())
}

#[derive(Debug, PartialEq, FromRow)]
struct Pair {
    n: i64,
    #[aludel(flatten)]
    user: User,
    #[aludel(flatten, prefix = "other_")]
    other: Option<Small>,
}

#[derive(Debug, PartialEq, FromRow)]
struct Small {
    id: i64,
    #[aludel(flatten, prefix = "in_")]
    inner: Option<Inner>,
}

#[derive(Debug, PartialEq, FromRow)]
struct Inner {
    x: Option<i64>,
    y: i64,
}

fn nested_structs(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c"])?;
    let mut conn = db.engine.connect()?;
    let sql = "select o.id as other_id, u.name, u.age, u.id, 1 as n, \
               case when o.id = 1 then 5 end as other_in_y, null as other_in_x \
               from users u left join users o on o.id = u.id - 1 order by u.id";
    let rows = conn.execute(text(sql).into_rows::<Pair>())?.all()?;
    let names: Vec<_> = rows.iter().map(|row| (&*row.user.name, row.n)).collect();
    assert_eq!(names, [("a", 1), ("b", 1), ("c", 1)]);
    let others: Vec<_> = rows.iter().map(|row| &row.other).collect();
    let inner = Some(Inner { x: None, y: 5 });
    assert_eq!(others, [&None, &Some(Small { id: 1, inner }), &Some(Small { id: 2, inner: None })]);
    Ok(())
}

fn what_is_missing_or_wrong_is_named(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let mut conn = db.engine.connect()?;
    let mut failed =
        |sql: &'static str| conn.execute(text(sql).into_rows::<Pair>()).expect_err("no such row");
    let error = failed(
        "select 1 as n, 'x' as name, null as age, 1 as other_id, 1 as other_in_x, 1 as other_in_y",
    );
    assert_eq!(error.kind(), ErrorKind::NoSuchColumn, "{error}");
    assert!(error.message().contains("`Pair.user`: the field `User.id`"), "{error}");
    assert!(
        error.message().contains("no column \"id\"; it has: n, name, age, other_id"),
        "{error}"
    );
    // Also where there are no rows.
    let error = failed(
        "select 1 as n, 'x' as name, null as age, 1 as id, 1 as other_id, 1 as other_in_y where 1 = 0",
    );
    assert!(error.message().contains("no column \"other_in_x\""), "{error}");
    assert!(error.message().contains("the field `Inner.x`"), "{error}");
    let error = failed("select 1 as n, 2 as n, 'x' as name, null as age, 1 as id");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(
        error.message().contains("the field `Pair.n`: the column name \"n\" is ambiguous"),
        "{error}"
    );
    let error = failed(
        "select 1 as n, 'x' as name, null as age, 1 as id, 1 as other_id, null as other_in_x, 'z' as other_in_y",
    );
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    for part in ["`Pair.other`: ", "the field `Inner.y`: ", "\"other_in_y\"", "i64"] {
        assert!(error.message().contains(part), "{error}");
    }
    let error = failed(
        "select cast(null as char) as n, 'x' as name, null as age, 1 as id, 1 as other_id, null as other_in_x, 1 as \
         other_in_y",
    );
    assert!(error.message().contains("the field `Pair.n`"), "{error}");
    assert!(error.message().contains("Option<i64>"), "{error}");
    // The connection goes on.
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

#[derive(Debug, PartialEq, FromRow)]
struct Name {
    name: String,
}

fn of_every_statement_and_stream(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c"])?;
    let mut conn = db.engine.connect()?;
    let named = |name: &str| Name { name: name.into() };
    let statement = select(User::c).order_by(User::c.id.asc());
    let mut stream = conn.stream(statement.clone().into_rows::<Name>())?.yield_per(1);
    assert_eq!(stream.fetchall()?, ["a", "b", "c"].map(named));
    drop(stream);
    let mut result = conn.execute(statement.into_rows::<Name>())?;
    assert_eq!(result.first()?, Some(named("a")));
    let missing = select((User::c.id,)).into_rows::<Name>();
    let error = conn.stream(missing)?.fetchall().expect_err("no name");
    assert_eq!(error.kind(), ErrorKind::NoSuchColumn);
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

/// A mapped struct is made by the names of its columns.
#[derive(Debug, PartialEq, Mapped)]
#[aludel(table = "renamed")]
struct Renamed {
    #[aludel(primary_key, column = "number")]
    id: i64,
    #[aludel(column = "Word")]
    word: String,
}

#[derive(Debug, PartialEq, FromRow)]
struct Holder {
    #[aludel(flatten)]
    of: Option<Renamed>,
}

fn mapped_structs_by_their_columns(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let statement = select((
        literal("x".to_owned()).label("Word"),
        literal(0_i64).label("n"),
        literal(5_i64).label("number"),
    ));
    let holder = conn.execute(statement.into_rows::<Holder>())?.one()?;
    assert_eq!(holder.of, Some(Renamed { id: 5, word: "x".into() }));
    let wrong =
        select((literal("x".to_owned()).label("number"), literal("y".to_owned()).label("Word")))
            .into_rows::<Holder>();
    let error = conn.execute(wrong).expect_err("no number");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("the field `Holder.of`: column \"number\""), "{error}");
    Ok(())
}
