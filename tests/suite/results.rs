//! Results: how rows are fetched.

use aludel::{CursorResult, ErrorKind, Result, Row, func, insert, select, text};

use crate::{Db, User, suite};

suite![
    all_then_nothing,
    first_closes,
    one_and_its_errors,
    scalars_and_scalar,
    aggregates_of_no_rows,
    fetchmany_in_parts,
    iteration,
    nothing_to_fetch,
    columns_by_name,
    untyped_rows,
];

fn letters(conn: &mut aludel::Connection) -> Result<CursorResult<(String,)>> {
    conn.execute(select(User::c.name).order_by(User::c.id.asc()))
}

// conforms: D9.05
fn all_then_nothing(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let mut conn = db.engine.connect()?;
    let mut result = letters(&mut conn)?;
    assert_eq!(result.all()?.len(), 2);
    assert_eq!(result.all()?.len(), 0);
    assert_eq!(result.fetchone()?, None);
    Ok(())
}

// conforms: D9.06, D9.07
fn first_closes(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let mut conn = db.engine.connect()?;
    let mut result = letters(&mut conn)?;
    assert_eq!(result.first()?, Some(("a".to_owned(),)));
    let error = result.all().expect_err("the result is closed");
    assert_eq!(error.kind(), ErrorKind::ResourceClosed);
    let mut none = conn.execute(select(User::c.name).where_(User::c.name.eq("x")))?;
    assert_eq!(none.first()?, None);
    Ok(())
}

// conforms: D9.09, B86
fn one_and_its_errors(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let mut conn = db.engine.connect()?;
    let named = |name: &str| select(User::c.name).where_(User::c.name.eq(name));
    assert_eq!(conn.execute(named("a"))?.one()?, ("a".to_owned(),));
    let error = conn.execute(named("x"))?.one().expect_err("no row");
    assert_eq!(error.kind(), ErrorKind::NoResultFound);
    let error = letters(&mut conn)?.one().expect_err("two rows");
    assert_eq!(error.kind(), ErrorKind::MultipleResultsFound);
    assert_eq!(conn.execute(named("x"))?.one_or_none()?, None);
    let error = letters(&mut conn)?.one_or_none().expect_err("two rows");
    assert_eq!(error.kind(), ErrorKind::MultipleResultsFound);
    let name: String = conn.execute(named("b"))?.scalar_one()?;
    assert_eq!(name, "b");
    Ok(())
}

// conforms: B43, D9.10, D9.17
fn scalars_and_scalar(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let mut conn = db.engine.connect()?;
    let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age))?;
    assert_eq!(ages, [None, None]);
    let first: Option<String> = conn.scalar(select(User::c.name).order_by(User::c.name.asc()))?;
    assert_eq!(first.as_deref(), Some("a"));
    let none: Option<String> = conn.scalar(select(User::c.name).where_(User::c.name.eq("x")))?;
    assert_eq!(none, None);
    let untyped: Option<i64> = conn.scalar(text("select 7"))?;
    assert_eq!(untyped, Some(7));
    // One Option for both: no row, and NULL.
    assert_eq!(conn.scalar(select(func::max(User::c.id)))?, Some(2));
    let nobody = || select(func::max(User::c.id)).where_(User::c.id.lt(0));
    let largest: Option<i64> = conn.scalar(nobody())?;
    assert_eq!(largest, None);
    assert_eq!(conn.scalar(select((User::c.age, User::c.id)))?, None);
    assert_eq!(conn.scalar::<_, i64>(text("select null"))?, None);
    assert_eq!(conn.scalar::<_, Option<i64>>(text("select null"))?, None);
    assert_eq!(conn.scalar::<_, i64>(text("select 1 where 1 = 0"))?, None);
    // What may be NULL is an Option where a row must be there.
    assert_eq!(conn.execute(nobody())?.scalar_one()?, None);
    let error = conn.execute(text("select null"))?.scalar_one::<i64>().expect_err("NULL");
    assert_eq!(error.kind(), ErrorKind::Decode);
    // A struct is its own first column.
    let user = conn.scalar(select((User::c, User::c.id)).order_by(User::c.id))?;
    assert_eq!(user.map(|user: User| user.name).as_deref(), Some("a"));
    Ok(())
}

fn fetchmany_in_parts(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c", "d", "e"])?;
    let mut conn = db.engine.connect()?;
    let mut result = letters(&mut conn)?;
    assert_eq!(result.fetchmany(2)?.len(), 2);
    assert_eq!(result.fetchone()?, Some(("c".to_owned(),)));
    assert_eq!(result.fetchmany(10)?.len(), 2);
    assert_eq!(result.fetchmany(10)?.len(), 0);
    Ok(())
}

fn iteration(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let mut conn = db.engine.connect()?;
    let mut seen = Vec::new();
    for (name,) in letters(&mut conn)? {
        seen.push(name);
    }
    assert_eq!(seen, ["a", "b"]);
    Ok(())
}

// conforms: D9.23
fn nothing_to_fetch(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let mut result = conn.execute(insert::<User>().values(User::c.name.set("a")))?;
    assert!(!result.returns_rows());
    assert_eq!(result.rowcount(), 1);
    let error = result.all().expect_err("an insert returns no rows");
    assert_eq!(error.kind(), ErrorKind::ResourceClosed);
    Ok(())
}

// conforms: D9.24, D9.04, D9.03
fn columns_by_name(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let mut result = conn.execute(text("select 1 as one, 2 as two, 3 as one"))?;
    assert_eq!(result.columns().names().collect::<Vec<_>>(), ["one", "two", "one"]);
    let row = result.one()?;
    assert_eq!(row.get::<i64>("two")?, 2);
    let error = row.get::<i64>("one").expect_err("it stands twice");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(row.get::<i64>(2)?, 3);
    let error = row.get::<i64>("three").expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::NoSuchColumn);
    Ok(())
}

// conforms: D9.01
fn untyped_rows(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    // Enough that the rows fill several blocks.
    let sets = (0..5000).map(|n| aludel::params! { name: format!("{n:->50}"), age: n });
    conn.execute_many(insert::<User>(), sets)?;
    let rows: Vec<Row> =
        conn.execute(text("select name, age, null from users order by age"))?.all()?;
    assert_eq!(rows.len(), 5000);
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(row.get::<String>("name")?, format!("{n:->50}"));
        assert_eq!(row.get::<usize_as_u32>(1)?.0 as usize, n);
        assert_eq!(row.get::<Option<i64>>(2)?, None);
    }
    assert_eq!(rows[0], rows[0].clone());
    assert_ne!(rows[0], rows[1]);
    Ok(())
}

/// A reader's own type, made of a cell.
#[allow(non_camel_case_types, reason = "it reads as what it does")]
struct usize_as_u32(u32);

impl aludel::FromValue for usize_as_u32 {
    fn from_value(value: aludel::value::ValueRef<'_>) -> Result<Self> {
        u32::from_value(value).map(Self)
    }
}

/// One NULL is one `None`, whether the column may be NULL by its type or by what the database answers; who reads it
/// as what has no NULL gets the reason.
fn aggregates_of_no_rows(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let most: Option<i64> = conn.scalar(select(func::max(User::c.id)))?;
    assert_eq!(most, None);
    let most: Option<i64> = conn.scalar(text("select max(id) from users"))?;
    assert_eq!(most, None);
    assert_eq!(conn.execute(select(func::max(User::c.id)))?.one()?, (None,));
    assert_eq!(conn.scalars(select(func::max(User::c.id)))?, [None::<i64>]);
    let typed = text("select max(id) as most from users").columns::<(Option<i64>,)>();
    assert_eq!(conn.scalar::<_, i64>(typed.clone())?, None);
    assert_eq!(conn.execute(typed)?.one()?, (None,));
    let row = conn.execute(text("select max(id) as most from users"))?.one()?;
    assert_eq!(row.get::<Option<i64>>(0)?, None);
    let narrow = text("select max(id) as most from users").columns::<(i64,)>();
    let errors = [row.get::<i64>("most").unwrap_err(), conn.execute(narrow).err().unwrap()];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        let message = error.message();
        for word in ["most", "Option<i64>", "of no rows"] {
            assert!(message.contains(word), "{word}: {message}");
        }
    }
    Ok(())
}
