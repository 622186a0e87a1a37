//! Expressions that mean one thing on every database, or are an error: parts of text, numbers in JSON.

use aludel::value::{Date, DateTime, Decimal, Interval, RawJson, Time, Timestamp, Uuid};
use aludel::{
    Auto, Connection, ErrorKind, Mapped, MetaData, Result, bindparam, case, func, insert, literal,
    params, select, true_,
};

use crate::{Db, suite};

suite![
    parts_of_text_from_anywhere,
    integers_in_json,
    numbers_in_json,
    values_of_every_kind_in_expressions,
];

/// From which character on, how many, and what that is of `abcdé`.
const PARTS: &[(i32, i32, &str)] = &[
    (1, 2, "ab"),
    (5, 9, "é"),
    (6, 1, ""),
    (2, 0, ""),
    (0, 2, "a"),
    (0, 1, ""),
    (-1, 3, "a"),
    (-1, 2, ""),
    (-3, 100, "abcdé"),
    (2, -1, ""),
    (-5, -5, ""),
    (i32::MIN, 5, ""),
];

fn parts_of_text_from_anywhere(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let of = || literal("abcdé".to_owned());
    for &(start, len, wanted) in PARTS {
        let part = conn.scalar(select(func::substr(of(), start, len)))?;
        assert_eq!(part.as_deref(), Some(wanted), "{start}, {len}");
        // The same where the database alone knows the numbers.
        let named = select(func::substr(of(), bindparam("start"), bindparam("len")));
        let part = conn.scalar(named.params(params! { start: start, len: len }))?;
        assert_eq!(part.as_deref(), Some(wanted), "{start}, {len} by name");
        let computed = func::substr(of(), literal(start) + 0, literal(len) + 0);
        let part = conn.scalar(select(computed))?;
        assert_eq!(part.as_deref(), Some(wanted), "{start}, {len} computed");
    }
    let nothing = select(func::substr(of(), 0, literal(None::<i32>)));
    assert_eq!(conn.scalar(nothing)?, None);
    Ok(())
}

#[derive(Debug, Mapped)]
#[aludel(table = "documents")]
struct Document {
    #[aludel(primary_key)]
    id: Auto<i64>,
    data: RawJson,
}

/// A table with one document, whose member `n` this is.
fn with_member(conn: &mut Connection, member: &str) -> Result<()> {
    conn.execute(aludel::delete::<Document>())?;
    let data = RawJson::new(format!("{{\"n\": {member}}}"))?;
    conn.execute(insert::<Document>().values(Document::c.data.set(data))).map(drop)
}

fn integers_in_json(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Document>().create_all(&mut conn)?;
    conn.commit()?;
    let integer = || select(Document::c.data.json("n").as_integer());
    for wanted in [0, -7, 9_007_199_254_740_993, i64::MAX, i64::MIN] {
        with_member(&mut conn, &wanted.to_string())?;
        assert_eq!(conn.scalar(integer())?, Some(wanted));
        let same = integer().where_(Document::c.data.json("n").as_integer().eq(wanted));
        assert_eq!(conn.scalar(same)?, Some(wanted));
    }
    for other in ["\"5\"", "true", "null", "[5]"] {
        with_member(&mut conn, other)?;
        assert_eq!(conn.scalar(integer())?, None, "{other}");
    }
    // Never another number: an error, or no number.
    for beyond in [
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890123456789012345678901234567890123456789",
    ] {
        with_member(&mut conn, beyond)?;
        conn.commit()?;
        let error = conn.scalar(integer()).expect_err("no i64");
        assert!(matches!(error.kind(), ErrorKind::Data | ErrorKind::Decode), "{beyond}: {error}");
        conn.rollback()?;
    }
    for (written, whole) in [("1e3", 1000), ("1.0", 1), ("1E+2", 100)] {
        with_member(&mut conn, written)?;
        conn.commit()?;
        match conn.scalar(integer()) {
            Ok(found) => assert!(found.is_none_or(|found| found == whole), "{written}: {found:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Data, "{written}: {error}"),
        }
        conn.rollback()?;
    }
    with_member(&mut conn, "1.5")?;
    conn.commit()?;
    if let Ok(found) = conn.scalar(integer()) {
        assert_eq!(found, None);
    }
    conn.rollback()
}

fn numbers_in_json(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Document>().create_all(&mut conn)?;
    conn.commit()?;
    let part = || Document::c.data.json("n");
    for text in [
        "0",
        "-0",
        "12345678901234567890123456789012345.12345",
        "0.123456789012345678901234567891",
        "-7.25",
        "1e3",
        "1.5E-7",
    ] {
        with_member(&mut conn, text)?;
        let found = conn.scalar(select(part().as_numeric()))?;
        assert_eq!(found, Some(text.parse::<Decimal>()?), "{text}");
        let found = conn.scalar(select(part().as_float()))?;
        assert_eq!(found, Some(text.parse::<f64>().unwrap()), "{text}");
    }
    for other in ["\"5\"", "true", "null"] {
        with_member(&mut conn, other)?;
        assert_eq!(conn.scalar(select(part().as_numeric()))?, None, "{other}");
        assert_eq!(conn.scalar(select(part().as_float()))?, None, "{other}");
    }
    // More digits than a database has are an error, and no other number.
    for text in
        ["123456789012345678901234567890123456", "0.1234567890123456789012345678901", "1e400"]
    {
        with_member(&mut conn, text)?;
        conn.commit()?;
        match conn.scalar(select(part().as_numeric())) {
            Ok(found) => assert_eq!(found, Some(text.parse::<Decimal>()?), "{text}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Data, "{text}: {error}"),
        }
        conn.rollback()?;
    }
    match conn.scalar(select(part().as_float())) {
        Ok(found) => assert_eq!(found, Some(f64::INFINITY)),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Data, "{error}"),
    }
    conn.rollback()
}

/// A value that stands in an expression, alone or as what a function or a CASE gives.
macro_rules! kept {
    ($conn:expr, $value:expr) => {{
        let value = $value;
        let of = || literal(value.clone());
        let alone = $conn.scalar(select(of()))?;
        let united = $conn.execute(select(of()).union_all(select(of())))?.all()?;
        let nested = $conn.scalar(select(select(of()).scalar_subquery()))?;
        let found = [
            alone,
            $conn.scalar(select(func::coalesce(of(), value.clone())))?,
            $conn.scalar(select(case(true_(), of()).else_(value.clone())))?,
            Some(united[0].0.clone()),
            nested,
        ];
        assert!(found.iter().all(|found| found.as_ref() == Some(&value)), "{value:?}: {found:?}");
        let same = [
            $conn.scalar(select(of().eq(value.clone())))?,
            $conn.scalar(select(of().in_([value.clone(), value.clone()])))?,
            $conn.scalar(select(of().between(value.clone(), value.clone())))?,
        ];
        assert_eq!(same, [Some(true); 3], "{value:?}");
    }};
}

fn values_of_every_kind_in_expressions(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    kept!(conn, 9_007_199_254_740_993_i64);
    kept!(conn, 0.1_f64);
    kept!(conn, "ü'".to_owned());
    kept!(conn, vec![0xff_u8, 0, b'a']);
    kept!(conn, "2024-02-29".parse::<Date>()?);
    kept!(conn, "2024-02-29 23:59:59.999999".parse::<DateTime>()?);
    kept!(conn, "1969-12-31 23:59:59.999999Z".parse::<Timestamp>()?);
    kept!(conn, "23:59:59.999999".parse::<Time>()?);
    kept!(conn, Interval::from_micros(-3_600_000_001));
    kept!(conn, "550e8400-e29b-41d4-a716-446655440000".parse::<Uuid>()?);
    if db.has_unsigned() {
        kept!(conn, u64::MAX);
    }
    kept!(conn, "12345678901234567890.12345678901234567891".parse::<Decimal>()?);
    Ok(())
}
