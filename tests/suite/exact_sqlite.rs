//! Values in SQLite, which has no types but classes of values, and makes numbers of texts.

use aludel::value::{RawJson, Time};
use aludel::{Auto, ErrorKind, Mapped, MetaData, Result, Table, insert, select, text, types};
use chrono::{FixedOffset, NaiveDateTime, NaiveTime, TimeDelta};
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::exact_values::{Moment, misread, one};
use crate::support::Database;
use crate::{Db, suite};

suite![affinities, numbers, instants, dates, json, classes_in_one_column];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "texts")]
struct Texts {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 60)]
    word: String,
    price: aludel::value::Decimal,
    json: RawJson,
    #[aludel(type = types::Numeric(10, 2))]
    exact: aludel::value::Decimal,
}

/// What reads as a number stays the text that it is.
fn affinities(db: &Db) -> Result<()> {
    if db.database != Database::Sqlite {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Texts>().create_all(&mut conn)?;
    let c = Texts::c;
    for word in [
        "1.10",
        "7",
        "100.00",
        "5.0",
        "9007199254740993",
        "9223372036854775808",
        "12345678901234567890.1234567890",
    ] {
        let row = Texts {
            id: Auto::unset(),
            word: format!("00{word}"),
            price: word.parse()?,
            json: RawJson::new(word)?,
            exact: "1.10".parse()?,
        };
        conn.execute(insert::<Texts>().values(&row))?;
        let found = conn.execute(select(c).where_(c.price.eq(row.price.clone())))?.one()?;
        assert_eq!(found, Texts { id: found.id, ..row });
        let classes = "select typeof(word), typeof(price), typeof(json), typeof(exact) from texts";
        let classes = one(&mut conn, &format!("{classes} order by id desc limit 1"))?;
        assert_eq!(classes.get::<(String, String, String, String)>(0)?, {
            let text = || "text".to_owned();
            (text(), text(), text(), text())
        });
    }
    Ok(())
}

#[derive(Mapped)]
#[aludel(table = "numbers", options = aludel::sql::schema::TableOptions::new().sqlite_strict())]
struct Numbers {
    #[aludel(primary_key)]
    id: Auto<i64>,
    flag: bool,
    real: Option<f64>,
    whole: i64,
    large: Option<u64>,
    word: String,
    bytes: Vec<u8>,
    day: Option<aludel::value::Date>,
    #[aludel(type = types::Numeric(10, 2))]
    price: Option<aludel::value::Decimal>,
}

/// In a STRICT table as well, whose types are those of the classes of values.
fn numbers(db: &Db) -> Result<()> {
    if db.database != Database::Sqlite {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Numbers>().create_all(&mut conn)?;
    let c = Numbers::c;
    conn.execute(insert::<Numbers>().values((
        c.flag.set(true),
        c.real.set(Some(5.0)),
        c.whole.set(9_007_199_254_740_993),
        c.large.set(Some(i64::MAX.cast_unsigned())),
        c.word.set("007"),
        c.bytes.set(vec![0x35]),
        c.day.set(Some("2024-02-29".parse()?)),
        c.price.set(Some("1.10".parse()?)),
    )))?;
    let row = conn.execute(select(c))?.one()?;
    assert_eq!((row.flag, row.real, row.whole), (true, Some(5.0), 9_007_199_254_740_993));
    assert_eq!(
        (row.large, &*row.word, &*row.bytes),
        (Some(i64::MAX.cast_unsigned()), "007", &[0x35][..])
    );
    assert_eq!(row.day.map(|day| day.to_string()).as_deref(), Some("2024-02-29"));
    assert_eq!(row.price.as_ref().map(aludel::value::Decimal::as_str), Some("1.10"));
    conn.commit()?;
    // NaN would be NULL, and the error one of another column.
    let error = conn.execute(insert::<Numbers>().values(c.real.set(Some(f64::NAN))));
    let error = error.expect_err("NaN");
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert!(error.message().contains("NaN"), "{error}");
    conn.rollback()?;
    let row = one(&mut conn, "select real, whole, 9007199254740993.0, flag + 1 from numbers")?;
    misread::<i64>(&row, 0, &["\"real\" (REAL)", "i64"]);
    misread::<f64>(&row, 1, &["\"whole\" (INTEGER)", "f64"]);
    misread::<bool>(&row, 3, &["(INTEGER)", "bool"]);
    assert_eq!(row.get::<f64>(2)?, 9_007_199_254_740_992.0);
    // Whatever SQLite was built with.
    let row = one(&mut conn, "select floor(-1.5), ceil(1.2), sqrt(16), power(2, 10), floor('x')")?;
    assert_eq!(row.get::<(f64, f64, f64, f64, Option<f64>)>(0)?, (-2.0, 2.0, 4.0, 1024.0, None));
    Ok(())
}

/// One form for the instants of all crates, so that they sort and compare.
fn instants(db: &Db) -> Result<()> {
    if db.database != Database::Sqlite {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Moment>().create_all(&mut conn)?;
    let c = Moment::c;
    let seconds = 1_704_164_645;
    let instants = [
        (
            c.utc_of_chrono.set(chrono::DateTime::from_timestamp(seconds, 500_000_000)),
            "utc_of_chrono",
        ),
        (c.utc_of_time.set(OffsetDateTime::from_unix_timestamp(seconds).ok()), "utc_of_time"),
        (c.utc_of_jiff.set(jiff_1::Timestamp::new(seconds, 0).ok()), "utc_of_jiff"),
    ];
    let mut written = Vec::new();
    for (set, column) in instants {
        conn.execute(insert::<Moment>().values(set))?;
        written.push(
            one(&mut conn, &format!("select {column} from moments order by id desc limit 1"))?
                .get::<String>(0)?,
        );
    }
    let same = "2024-01-02 03:04:05.000000";
    assert_eq!(written, ["2024-01-02 03:04:05.500000", same, same]);
    // An offset is not kept, and so orders nothing.
    let offset = FixedOffset::east_opt(5 * 3600).unwrap();
    let there = chrono::DateTime::from_timestamp(seconds, 0).unwrap().with_timezone(&offset);
    let row = conn
        .execute(
            text("select :at, datetime(:at), :at < '2024-01-02 03:04:05.500000'").bind("at", there),
        )?
        .one()?;
    assert_eq!(
        row.get::<(String, String, bool)>(0)?,
        (same.into(), "2024-01-02 03:04:05".into(), true)
    );
    // What `datetime()` writes reads as an instant, as what other programs write does.
    for other in [
        "2024-01-02 03:04:05",
        "2024-01-02T03:04:05Z",
        "2024-01-02 03:04:05.0+00:00",
        "2024-01-02T08:04:05+05:00",
    ] {
        let row = conn.execute(text("select :at").bind("at", other))?.one()?;
        assert_eq!(row.get::<jiff_1::Timestamp>(0)?.as_second(), seconds);
        assert_eq!(row.get::<OffsetDateTime>(0)?.unix_timestamp(), seconds);
        assert_eq!(row.get::<chrono::DateTime<chrono::Utc>>(0)?.timestamp(), seconds);
    }
    Ok(())
}

/// Malformed and foreign texts are errors, never another time, and never a panic.
fn dates(db: &Db) -> Result<()> {
    if db.database != Database::Sqlite {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    for odd in [
        "",
        "2",
        "2024",
        "2024-01",
        "2024-01-02 ",
        "2024-01-02 03",
        "2024-01-02 03:04:05+",
        "2024-13-01 00:00:00",
        "2024-01-02 03:04:05.",
        "2024-01-02 03:04:05+99:00",
        "ü2024-01-02",
        "2024-01-02 24:00:00",
        "2024-01-02 03:04:60",
        "20240102",
        "2024-01-02 03:04:05 Europe/Berlin",
    ] {
        let row = conn.execute(text("select :at as \"at\"").bind("at", odd))?.one()?;
        misread::<OffsetDateTime>(&row, 0, &["\"at\"", "OffsetDateTime"]);
        misread::<PrimitiveDateTime>(&row, 0, &["\"at\"", "DateTime"]);
        misread::<chrono::DateTime<chrono::Utc>>(&row, 0, &["\"at\""]);
        misread::<jiff_1::Timestamp>(&row, 0, &["\"at\"", "Timestamp"]);
    }
    let row = one(
        &mut conn,
        "select '2024-01-02 03:04:05+05:00', '2024-01-02 03:04:05Z', 1704164645000, 2460311.5, '23:59:60', '24:00:00'",
    )?;
    for at in [0, 1] {
        misread::<jiff_1::civil::DateTime>(&row, at, &["DateTime"]);
        misread::<NaiveDateTime>(&row, at, &["NaiveDateTime"]);
        misread::<jiff_1::civil::Date>(&row, at, &["Date"]);
    }
    for at in [2, 3] {
        misread::<chrono::DateTime<chrono::Utc>>(&row, at, &["DateTime"]);
        misread::<OffsetDateTime>(&row, at, &["OffsetDateTime"]);
    }
    misread::<jiff_1::civil::Time>(&row, 4, &["Time"]);
    misread::<NaiveTime>(&row, 5, &["NaiveTime"]);
    assert_eq!(row.get::<Time>(5)?, Time::from_micros(86_400_000_000)?);
    // Years whose texts do not sort.
    for year in [-43, 20_000] {
        let day = chrono::NaiveDate::from_ymd_opt(year, 3, 15).unwrap();
        let error = conn.execute(text("select :day").bind("day", day)).expect_err("no such year");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    }
    let length = conn.execute(text("select :l").bind("l", TimeDelta::microseconds(-1)))?;
    assert_eq!({ length }.one()?.get::<i64>(0)?, -1);
    Ok(())
}

#[derive(Mapped)]
#[aludel(table = "documents")]
struct Document {
    #[aludel(primary_key)]
    id: Auto<i64>,
    body: Option<serde_json::Value>,
}

/// Always JSON text, whatever its value: a number would lose digits, and the JSON null be a NULL.
fn json(db: &Db) -> Result<()> {
    if db.database != Database::Sqlite {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Document>().create_all(&mut conn)?;
    let c = Document::c;
    let values = [
        (serde_json::json!(null), "null"),
        (serde_json::json!(5), "5"),
        (serde_json::json!(1.5), "1.5"),
        (serde_json::json!(true), "true"),
        (serde_json::json!(u64::MAX), "18446744073709551615"),
        (serde_json::json!("a\0b"), "\"a\\u0000b\""),
    ];
    for (value, written) in values {
        conn.execute(insert::<Document>().values(c.body.set(Some(value.clone()))))?;
        let row =
            one(&mut conn, "select typeof(body), body from documents order by id desc limit 1")?;
        assert_eq!(row.get::<(String, String)>(0)?, ("text".into(), written.into()));
        assert_eq!(row.get::<serde_json::Value>(1)?, value);
    }
    conn.execute(insert::<Document>().values(c.body.set(None)))?;
    let row = one(
        &mut conn,
        "select typeof(body), jsonb('[1]'), 9e999, 'x' from documents order by id desc limit 1",
    )?;
    assert_eq!(row.get::<String>(0)?, "null");
    for at in [1, 2, 3] {
        misread::<serde_json::Value>(&row, at, &["Value"]);
    }
    Ok(())
}

/// The declared type of a union is that of its first select, and says nothing of the others.
fn classes_in_one_column(db: &Db) -> Result<()> {
    if db.database != Database::Sqlite {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let table =
        Table::new("words", &MetaData::new(), [aludel::Column::new("word", types::String(5))])?;
    table.create(&mut conn)?;
    conn.execute(table.insert().values(table.c("word")?.set("a")))?;
    let rows = conn
        .execute(text("select word from words union all select 7 union all select 2.5"))?
        .all()?;
    assert_eq!(rows[0].get::<String>(0)?, "a");
    assert_eq!(rows[1].get::<i64>(0)?, 7);
    assert_eq!(rows[2].get::<f64>(0)?, 2.5);
    misread::<String>(&rows[1], 0, &["\"word\" (INTEGER)", "String"]);
    misread::<i64>(&rows[0], 0, &["\"word\" (TEXT)", "i64"]);
    Ok(())
}
