//! Values there and back, at their extremes.

use aludel::sql::{ColumnValue, family};
use aludel::{
    Auto, Error, ErrorKind, FromValue, Mapped, MetaData, Result, Value, ValueRef, insert, select,
    text, types,
};

use crate::{Db, suite};

suite![
    every_type_at_its_extremes,
    nulls,
    floats,
    untyped_parameters,
    large_values,
    a_type_of_ones_own,
    a_value_without_a_decoder_names_its_type,
];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "extremes")]
struct Extreme {
    #[aludel(primary_key)]
    id: Auto<i64>,
    flag: bool,
    small: i16,
    medium: i32,
    large: i64,
    real: f64,
    words: String,
    bytes: Vec<u8>,
}

fn made(db: &Db) -> Result<aludel::Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Extreme>().with::<Sparse>().create_all(&mut conn)?;
    Ok(conn)
}

// fault: D19, D16
// conforms: F22
fn every_type_at_its_extremes(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let cases = [
        (false, i16::MIN, i32::MIN, i64::MIN, f64::MIN, "", vec![]),
        (true, i16::MAX, i32::MAX, i64::MAX, f64::MAX, "ü 🦀 \u{1} ' \" \\ $1 :x", vec![0, 255]),
        (true, 0, 0, 0, 5e-324, "\r\n\t", vec![0; 1000]),
        (false, -1, -1, -1, -0.0, "x", vec![b'\'', b'\\']),
    ];
    for (flag, small, medium, large, real, words, bytes) in cases {
        let c = Extreme::c;
        conn.execute(insert::<Extreme>().values((
            c.flag.set(flag),
            c.small.set(small),
            c.medium.set(medium),
            c.large.set(large),
            c.real.set(real),
            c.words.set(words),
            c.bytes.set(bytes.clone()),
        )))?;
        let found = conn.execute(select(Extreme::c).order_by(c.id.desc()).limit(1))?.one()?;
        assert_eq!((found.flag, found.small, found.medium), (flag, small, medium));
        assert_eq!(found.large, large);
        assert_eq!(found.real, real);
        if db.has_negative_zero() {
            assert_eq!(found.real.to_bits(), real.to_bits());
        }
        assert_eq!(found.words, words);
        assert_eq!(found.bytes, bytes);
        let by_value = select((c.large,)).where_(c.large.eq(large).and(c.words.eq(words)));
        assert_eq!(conn.execute(by_value)?.one()?, (large,));
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "sparse")]
struct Sparse {
    #[aludel(primary_key)]
    id: Auto<i64>,
    flag: Option<bool>,
    medium: Option<i32>,
    real: Option<f64>,
    words: Option<String>,
    bytes: Option<Vec<u8>>,
}

// fault: D16
fn nulls(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Sparse::c;
    let empty = insert::<Sparse>().values((
        c.flag.set(None),
        c.medium.set(None),
        c.real.set(None),
        c.words.set(None),
        c.bytes.set(None),
    ));
    conn.execute(empty)?;
    conn.execute(insert::<Sparse>().values((c.words.set("x"), c.medium.set(Some(1)))))?;
    let rows: Vec<Sparse> = conn.execute(select(Sparse::c).order_by(c.id.asc()))?.all()?;
    assert_eq!((rows[0].flag, rows[0].medium, rows[0].real), (None, None, None));
    assert_eq!((&rows[0].words, &rows[0].bytes), (&None, &None));
    assert_eq!((rows[1].words.as_deref(), rows[1].medium), (Some("x"), Some(1)));
    Ok(())
}

// fault: D19
// conforms: F27
fn floats(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Sparse::c;
    for value in [1e308, -1e-308, f64::INFINITY, f64::NEG_INFINITY] {
        if value.is_infinite() && !db.has_infinity() {
            let refused = conn.execute(insert::<Sparse>().values(c.real.set(Some(value))));
            assert_eq!(refused.expect_err("no infinity").kind(), aludel::ErrorKind::Data);
            continue;
        }
        conn.execute(insert::<Sparse>().values(c.real.set(Some(value))))?;
        let found = conn.scalar(select(c.real).order_by(c.id.desc()).limit(1))?;
        assert_eq!(found, Some(value));
    }
    // SQLite would store NaN as NULL without a word; that must not happen.
    let nan = conn.execute(insert::<Sparse>().values(c.real.set(Some(f64::NAN))));
    if db.has_nan() {
        nan?;
        let found = conn.scalar(select(c.real).order_by(c.id.desc()).limit(1))?;
        assert!(found.is_some_and(f64::is_nan));
    } else {
        assert_eq!(nan.expect_err("no NaN").kind(), aludel::ErrorKind::Data);
    }
    Ok(())
}

fn untyped_parameters(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let statement = text("select :i, :f, :s, :b").params(aludel::params! {
        i: i64::MAX, f: 1.5, s: "text", b: vec![1_u8, 2]
    });
    let row = conn.execute(statement)?.one()?;
    assert_eq!(row.get::<i64>(0)?, i64::MAX);
    assert_eq!(row.get::<f64>(1)?.to_bits(), 1.5_f64.to_bits());
    assert_eq!(row.get::<String>(2)?, "text");
    if db.tells_bytes_from_text() {
        assert_eq!(row.get::<Vec<u8>>(3)?, [1, 2]);
    }
    Ok(())
}

// fault: D15
fn large_values(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let words = "0123456789abcdef".repeat(256 * 1024);
    let row = conn.execute(text("select :s").bind("s", words.clone()))?.one()?;
    assert!(row.get::<String>(0)? == words);
    let bytes = words.into_bytes();
    conn.execute(insert::<Sparse>().values(Sparse::c.bytes.set(Some(bytes.clone()))))?;
    assert!(conn.scalar(select(Sparse::c.bytes))? == Some(bytes));
    Ok(())
}

/// A newtype of this program: one trait makes it a column.
#[derive(Debug, Clone, PartialEq)]
struct Email(String);

impl ColumnValue for Email {
    type Family = family::Text;
    const TYPE: &'static types::Type = &types::String(60);

    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        let text = <String as FromValue>::from_value(value)?;
        if text.contains('@') {
            return Ok(Self(text));
        }
        Err(Error::new(ErrorKind::Decode, "an e-mail address has an @"))
    }

    fn to_value(&self) -> Value {
        self.0.as_str().into()
    }
}

/// An enum of this program, kept as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Level {
    Low,
    High,
}

impl ColumnValue for Level {
    type Family = family::Numeric;
    const TYPE: &'static types::Type = &types::SmallInteger;

    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match <i16 as FromValue>::from_value(value)? {
            0 => Ok(Self::Low),
            1 => Ok(Self::High),
            _ => Err(Error::new(ErrorKind::Decode, "a level is 0 or 1")),
        }
    }

    fn to_value(&self) -> Value {
        (*self as i16).into()
    }
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "account")]
struct Account {
    #[aludel(primary_key)]
    email: Email,
    other: Option<Email>,
    level: Level,
    #[aludel(server_default = "1")]
    reached: Auto<Level>,
}

// conforms: F24
fn a_type_of_ones_own(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Account>().create_all(&mut conn)?;
    let email = |name: &str| Email(format!("{name}@example.org"));
    let c = Account::c;
    let add = |name, other: Option<Email>, level| {
        insert::<Account>().values((
            c.email.set(email(name)),
            c.other.set(other),
            c.level.set(level),
        ))
    };
    conn.execute(add("a", None, Level::Low))?;
    conn.execute(add("b", Some(email("a")), Level::High))?;
    let found = conn.execute(select(Account::c).where_(c.email.eq(email("b"))))?.one()?;
    let expected = Account {
        email: email("b"),
        other: Some(email("a")),
        level: Level::High,
        reached: Level::High.into(),
    };
    assert_eq!(found, expected);
    assert_eq!(found.key_values(), [Value::from("b@example.org")]);
    let listed = select(c.email).where_(c.email.in_([email("a"), email("x")]));
    assert_eq!(conn.scalars(listed)?, [email("a")]);
    let joined = select(c.email).where_(c.email.ne(email("a")).and(c.level.eq(Level::High)));
    assert_eq!(conn.scalars(joined)?, [email("b")]);
    let others: Vec<Option<Email>> = conn.scalars(select(c.other).order_by(c.email.asc()))?;
    assert_eq!(others, [None, Some(email("a"))]);

    conn.execute(text("update account set level = 7, other = 'nobody'"))?;
    let error = conn.execute(select(c.level)).expect_err("no such level");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("a level is 0 or 1"), "{error}");
    let error = conn.execute(select(c.other)).expect_err("no address");
    assert!(error.message().contains("an @") && !error.message().contains("nobody"), "{error}");
    Ok(())
}

/// Which type it is, and what to do about it.
fn a_value_without_a_decoder_names_its_type(db: &Db) -> Result<()> {
    let Some((database, name, sql)) = db.undecoded() else { return Ok(()) };
    let mut conn = db.engine.connect()?;
    let row = conn.execute(text(sql))?.one()?;
    let error = row.get::<i32>(0).expect_err("no decoder");
    assert_eq!(error.kind(), ErrorKind::Decode);
    for part in [database, name, "i32", "cast it in the statement"] {
        assert!(error.message().contains(part), "{error}");
    }
    assert_eq!(row.to_string(), format!("(<{name}>,)"));
    let error = row.get::<Value>(0).expect_err("no variant");
    assert!(error.message().contains(name), "{error}");
    Ok(())
}
