//! Newtypes and enums as columns, by a derive.

use std::marker::PhantomData;

use aludel::{
    Auto, ColumnValue, Connection, ErrorKind, Mapped, MetaData, Result, Value, insert, select,
    text, types,
};

use crate::{Db, suite};

suite![newtypes, labels, numbers];

#[derive(Debug, Clone, PartialEq, ColumnValue)]
#[aludel(type = types::String(40))]
struct Email(String);

/// A key that is that of one table only.
#[derive(Debug, ColumnValue)]
struct Id<T>(i64, PhantomData<fn() -> T>);

impl<T> Id<T> {
    fn new(id: i64) -> Self {
        Self(id, PhantomData)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
#[aludel(rename_all = "snake_case")]
enum Mood {
    Glad,
    SoSo,
    #[aludel(rename = "not glad")]
    Sad,
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
#[aludel(repr = i16)]
enum Level {
    Low = -1,
    High = 300,
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "members")]
struct Member {
    #[aludel(primary_key)]
    id: Auto<Id<Member>>,
    email: Email,
    other: Option<Email>,
    mood: Mood,
    was: Option<Mood>,
    level: Level,
    #[aludel(server_default = "300")]
    reached: Auto<Level>,
    name: String,
    number: i64,
}

fn email(name: &str) -> Email {
    Email(format!("{name}@example.org"))
}

fn filled(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Member>().create_all(&mut conn)?;
    let c = Member::c;
    for (name, mood, was, level, number) in [
        ("a", Mood::Glad, None, Level::Low, 1),
        ("b", Mood::SoSo, Some(Mood::Sad), Level::High, 300),
        ("c", Mood::Sad, Some(Mood::Sad), Level::Low, -1),
    ] {
        conn.execute(insert::<Member>().values((
            c.email.set(email(name)),
            c.other.set(was.map(|_| email("a"))),
            c.mood.set(mood),
            c.was.set(was),
            c.level.set(level),
            c.name.set(format!("{name}@example.org")),
            c.number.set(number),
        )))?;
    }
    Ok(conn)
}

fn newtypes(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Member::c;
    let found = conn.execute(select(Member::c).where_(c.email.eq(email("b"))))?.one()?;
    let expected = Member {
        id: Id::new(2).into(),
        email: email("b"),
        other: Some(email("a")),
        mood: Mood::SoSo,
        was: Some(Mood::Sad),
        level: Level::High,
        reached: Level::High.into(),
        name: "b@example.org".into(),
        number: 300,
    };
    assert_eq!(found, expected);
    assert_eq!(found.key_values(), [Value::Int(2)]);
    let by_key = select(c.email).where_(c.id.eq(Id::new(3)));
    assert_eq!(conn.scalars(by_key)?, [email("c")]);
    let listed = select(c.email).where_(c.email.in_([email("a"), email("x")]));
    assert_eq!(conn.scalars(listed)?, [email("a")]);
    // A column of the same family, and one of the same type.
    let same =
        select(c.email).where_(c.email.eq(c.name).and(c.other.ne(c.email))).order_by(c.id.asc());
    assert_eq!(conn.scalars(same)?, [email("b"), email("c")]);
    let others: Vec<Option<Email>> = conn.scalars(select(c.other).order_by(c.id.asc()))?;
    assert_eq!(others, [None, Some(email("a")), Some(email("a"))]);
    Ok(())
}

// conforms: F25
fn labels(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Member::c;
    let row = conn.execute(text("select mood, was from members order by id"))?.all()?;
    assert_eq!(row[1].get::<(String, String)>(0)?, ("so_so".into(), "not glad".into()));
    let sad = select(c.id).where_(c.mood.eq(Mood::Sad).and(c.was.in_([Mood::Sad, Mood::Glad])));
    assert_eq!(conn.scalars(sad)?, [Id::new(3)]);
    let was: Vec<Option<Mood>> = conn.scalars(select(c.was).order_by(c.id.asc()))?;
    assert_eq!(was, [None, Some(Mood::Sad), Some(Mood::Sad)]);
    // The table has no other labels.
    conn.commit()?;
    let error = conn.execute(text("update members set mood = 'canary'")).expect_err("a CHECK");
    assert!(error.is_integrity() || error.kind() == ErrorKind::Data, "{error}");
    conn.rollback()?;

    let row =
        conn.execute(text("select 'canary' as word, mood from members"))?.first()?.expect("a row");
    let error = row.get::<Mood>(0).expect_err("no label");
    assert_eq!(error.kind(), ErrorKind::Decode);
    let said =
        "the cell holds text that is no label of Mood; the labels are: glad, so_so, not glad";
    assert!(error.message().contains(said), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    assert!(error.unredacted().is_some_and(|text| text.contains("\"canary\"")));
    let error = row.get::<Level>(1).expect_err("no number");
    assert!(error.message().contains("reading it as Level"), "{error}");
    Ok(())
}

fn numbers(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Member::c;
    let row = conn.execute(text("select level from members order by id"))?.all()?;
    assert_eq!(row[1].get::<i16>(0)?, 300);
    // Numbers have an order, and go with columns of numbers.
    let high = select(c.id).where_(c.level.gt(Level::Low).and(c.number.eq(c.level)));
    assert_eq!(conn.scalars(high)?, [Id::new(2)]);
    let listed = select(c.level).where_(c.level.in_([Level::Low])).order_by(c.id.asc());
    assert_eq!(conn.scalars(listed)?, [Level::Low; 2]);
    conn.execute(text("update members set level = 7"))?;
    let error = conn.scalars(select(c.level)).expect_err("no such level");
    assert_eq!(error.kind(), ErrorKind::Decode);
    let said = "the cell holds a number that no variant of Level has; they have: -1, 300";
    assert!(error.message().contains(said) && error.message().contains("level"), "{error}");
    Ok(())
}
