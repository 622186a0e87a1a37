//! Values for which the obvious conversion is wrong: each comes back exactly, or is a typed error.
//!
//! `docs/types.md` lists them with the tests that have them, here and in other files.

use aludel::sql::Feature;
use aludel::value::{RawJson, Time, Timestamp};
use aludel::{
    Auto, Connection, ErrorKind, FromRow, Mapped, MetaData, RawSql, Result, Row, Table, insert,
    literal, select, text, types,
};
use chrono::{FixedOffset, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use rust_decimal::Decimal;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::support::Database;
use crate::{Db, suite};

suite![
    one_byte_is_no_number,
    decimals_beyond_28_digits,
    scales_of_zero,
    infinities_of_system_time,
    finer_than_microseconds,
    leap_seconds,
    domains_of_text,
    nulls_of_unions,
    parameters_take_the_type_asked_for,
    affinities_of_sqlite,
    numbers_of_sqlite,
    instants_of_sqlite,
    dates_of_sqlite,
    json_of_sqlite,
    classes_in_one_column,
    regular_expressions,
];

fn one(conn: &mut Connection, sql: &str) -> Result<Row> {
    conn.execute(text(RawSql::new(sql.to_owned())))?.one()
}

fn run(conn: &mut Connection, sql: &str) -> Result<()> {
    conn.execute(text(RawSql::new(sql.to_owned()))).map(|_| ())
}

/// The cell cannot be read as this type, and the error has each of these parts.
fn misread<T: FromRow>(row: &Row, at: usize, parts: &[&str]) {
    let Err(error) = row.get::<T>(at) else { panic!("cell {at} was read: {parts:?}") };
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    for part in parts {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

/// `"char"` of PostgreSQL is a character, though it is kept as a byte.
fn one_byte_is_no_number(db: &Db) -> Result<()> {
    if db.database != Database::Postgres {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let row = one(&mut conn, "select 'a'::\"char\" as c, 5::int2 as n, '\\303'::\"char\" as odd")?;
    assert_eq!(row.get::<String>(0)?, "a");
    assert_eq!(row.get::<i8>(1)?, 5);
    misread::<i8>(&row, 0, &["\"c\"", "char", "i8"]);
    assert_eq!(row.get::<String>(2)?, "\\303");
    Ok(())
}

fn decimals_beyond_28_digits(db: &Db) -> Result<()> {
    if db.database != Database::Postgres {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    for exact in ["1.500", "0.00", "100", "10000000000", "12300", "-79228162514264337593543950335"]
    {
        let row = one(&mut conn, &format!("select '{exact}'::numeric"))?;
        assert_eq!(row.get::<Decimal>(0)?.to_string(), exact);
    }
    let row = one(&mut conn, "select 12345::numeric(3,-2), -0.0::numeric, 41::int4, 41.5::float8")?;
    assert_eq!(row.get::<Decimal>(0)?.to_string(), "12300");
    assert_eq!(row.get::<Decimal>(1)?.to_string(), "0.0");
    assert_eq!(row.get::<Decimal>(2)?, Decimal::from(41));
    misread::<Decimal>(&row, 3, &["float8", "Decimal"]);
    for beyond in [
        "'NaN'",
        "'Infinity'",
        "'-Infinity'",
        "0.3333333333333333333333333333333333333333",
        "1.000000000000000000000000000005",
        "1e-30",
        "0.00000000000000000000000000005",
        "7922816251426433759354395033.56",
        "79228162514264337593543950336",
        "1e30",
    ] {
        let row = one(&mut conn, &format!("select ({beyond})::numeric as n"))?;
        misread::<Decimal>(&row, 0, &["\"n\"", "numeric", "Decimal", "read it as"]);
        // What is exact is there.
        let value: aludel::value::Decimal = row.get(0)?;
        let found = text("select count(*) from (select (:n)::numeric as n) t where n = :n");
        assert_eq!(conn.execute(found.bind("n", value))?.scalar()?, Some(1_i64));
    }
    Ok(())
}

#[derive(Mapped)]
#[aludel(table = "prices")]
struct Price {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::Numeric)]
    price: Decimal,
}

fn scales_of_zero(db: &Db) -> Result<()> {
    if !db.keeps_scales() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Price>().create_all(&mut conn)?;
    for number in ["0.00", "1.10", "100.00", "10000.0000", "0.0000"] {
        let price: Decimal = number.parse().unwrap();
        conn.execute(insert::<Price>().values(Price::c.price.set(price)))?;
        let row = one(
            &mut conn,
            "select cast(price as varchar(40)) from prices order by id desc limit 1",
        )?;
        assert_eq!(row.get::<String>(0)?, number);
    }
    Ok(())
}

fn infinities_of_system_time(db: &Db) -> Result<()> {
    if !db.has_distant_dates() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let row = one(&mut conn, "select 'infinity'::timestamptz as a, '-infinity'::timestamptz as b")?;
    for (at, name) in ["\"a\"", "\"b\""].into_iter().enumerate() {
        misread::<std::time::SystemTime>(&row, at, &[name, "timestamptz", "SystemTime"]);
    }
    assert_eq!(row.get::<Timestamp>(0)?, Timestamp::INFINITY);
    Ok(())
}

#[derive(Mapped)]
#[aludel(table = "moments")]
struct Moment {
    #[aludel(primary_key)]
    id: Auto<i64>,
    of_chrono: Option<NaiveDateTime>,
    of_time: Option<PrimitiveDateTime>,
    of_jiff: Option<jiff_1::civil::DateTime>,
    utc_of_chrono: Option<chrono::DateTime<chrono::Utc>>,
    utc_of_time: Option<OffsetDateTime>,
    utc_of_jiff: Option<jiff_1::Timestamp>,
    clock: Option<NaiveTime>,
}

/// Before 2000, where servers count from, as after: never later than what was bound.
fn finer_than_microseconds(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Moment>().create_all(&mut conn)?;
    let c = Moment::c;
    for nanosecond in [999_999_500, 999_999_999] {
        let of_chrono: NaiveDateTime = "1999-12-31T23:59:59".parse().unwrap();
        let of_chrono = of_chrono.with_nanosecond(nanosecond).unwrap();
        let civil = jiff_1::civil::date(1999, 12, 31).at(23, 59, 59, nanosecond.cast_signed());
        let of_time = OffsetDateTime::from_unix_timestamp(946_684_799).unwrap();
        let of_time = of_time.replace_nanosecond(nanosecond).unwrap();
        let instant = jiff_1::Timestamp::new(946_684_799, nanosecond.cast_signed()).unwrap();
        conn.execute(insert::<Moment>().values((
            c.of_chrono.set(Some(of_chrono)),
            c.of_time.set(Some(PrimitiveDateTime::new(of_time.date(), of_time.time()))),
            c.of_jiff.set(Some(civil)),
            c.utc_of_chrono.set(Some(of_chrono.and_utc())),
            c.utc_of_time.set(Some(of_time)),
            c.utc_of_jiff.set(Some(instant)),
            c.clock.set(Some(of_chrono.time())),
        )))?;
        let row = conn.execute(select(c).order_by(c.id.desc()).limit(1))?.one()?;
        let wanted = of_chrono.with_nanosecond(999_999_000).unwrap();
        assert_eq!((row.of_chrono, row.clock), (Some(wanted), Some(wanted.time())));
        assert_eq!(row.utc_of_chrono, Some(wanted.and_utc()));
        assert_eq!(row.of_time.map(|of| of.nanosecond()), Some(999_999_000));
        assert_eq!(row.utc_of_time.map(OffsetDateTime::unix_timestamp), Some(946_684_799));
        assert_eq!(
            row.of_jiff.map(|of| of.to_string()).as_deref(),
            Some("1999-12-31T23:59:59.999999")
        );
        assert_eq!(
            row.utc_of_jiff.map(jiff_1::Timestamp::as_microsecond),
            Some(946_684_799_999_999)
        );
    }
    Ok(())
}

fn leap_seconds(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Moment>().create_all(&mut conn)?;
    let c = Moment::c;
    for (hour, minute, micros) in [(23, 59, 1_000_000), (23, 59, 1_500_000), (12, 0, 1_500_000)] {
        let clock = NaiveTime::from_hms_micro_opt(hour, minute, 59, micros).unwrap();
        let error = conn.execute(insert::<Moment>().values(c.clock.set(Some(clock))));
        let error = error.expect_err("a leap second");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert!(error.message().contains("leap second"), "{error}");
    }
    Ok(())
}

#[derive(Debug, PartialEq, Mapped)]
#[aludel(table = "letters")]
struct Letter {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::Domain("short words", types::Text))]
    word: String,
    #[aludel(type = types::Array(types::Domain("short words", types::Text)))]
    words: Vec<String>,
}

fn domains_of_text(db: &Db) -> Result<()> {
    if db.database != Database::Postgres {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    run(&mut conn, "create domain \"short words\" as text check (length(value) < 5)")?;
    MetaData::new().with::<Letter>().create_all(&mut conn)?;
    let c = Letter::c;
    let letter = |word: &str| {
        insert::<Letter>().values((c.word.set(word), c.words.set(vec![word.to_owned()])))
    };
    conn.execute(letter("abc"))?;
    let both = c.word.eq("abc").and(c.words.eq(vec!["abc".to_owned()]));
    let found = conn.execute(select(c).where_(both))?.one()?;
    assert_eq!(found, Letter { id: 1.into(), word: "abc".into(), words: vec!["abc".into()] });
    conn.commit()?;
    assert!(conn.execute(letter("abcde")).expect_err("too long").is_integrity());
    conn.rollback()
}

/// A union of NULLs alone is text in PostgreSQL; what the program says of their type counts.
fn nulls_of_unions(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let null = || select(literal(None::<i64>));
    let all = null().union_all(null()).union_all(select(literal(Some(7_i64))));
    let mut rows: Vec<Option<i64>> = conn.scalars(all)?;
    rows.sort_unstable();
    assert_eq!(rows, [None, None, Some(7)]);
    Ok(())
}

/// Not the type of the Rust value: integers of all widths, and NULL of another type.
fn parameters_take_the_type_asked_for(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    run(&mut conn, "create table widths (small smallint, large bigint, exact numeric(20, 2))")?;
    let add = text("insert into widths (small, large, exact) values (:s, :l, :e)");
    conn.execute(add.clone().params(aludel::params! { s: 5_i64, l: 6_i16, e: 7 }))?;
    let nulls = aludel::params! { s: None::<i64>, l: None::<String>, e: None::<bool> };
    conn.execute(add.clone().params(nulls))?;
    let row = one(&mut conn, "select small, large, exact from widths where small is not null")?;
    assert_eq!((row.get::<i64>(0)?, row.get::<i16>(1)?), (5, 6));
    let limit = text("select small from widths where small = :s limit :n");
    let found = conn.execute(limit.params(aludel::params! { s: 5_u64, n: 1_i16 }))?;
    assert_eq!({ found }.one()?.get::<u64>(0)?, 5);
    conn.commit()?;
    // SQLite has no width that is too small.
    if db.database != Database::Sqlite {
        let error = conn.execute(add.params(aludel::params! { s: 70_000, l: 0, e: 0 }));
        assert_eq!(error.expect_err("too large").kind(), ErrorKind::Data);
        conn.rollback()?;
    }
    Ok(())
}

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
fn affinities_of_sqlite(db: &Db) -> Result<()> {
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
fn numbers_of_sqlite(db: &Db) -> Result<()> {
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
    misread::<i64>(&row, 0, &["\"real\"", "a float", "i64"]);
    misread::<f64>(&row, 1, &["\"whole\"", "integer", "f64"]);
    misread::<bool>(&row, 3, &["integer", "bool"]);
    assert_eq!(row.get::<f64>(2)?, 9_007_199_254_740_992.0);
    // Whatever SQLite was built with.
    let row = one(&mut conn, "select floor(-1.5), ceil(1.2), sqrt(16), power(2, 10), floor('x')")?;
    assert_eq!(row.get::<(f64, f64, f64, f64, Option<f64>)>(0)?, (-2.0, 2.0, 4.0, 1024.0, None));
    Ok(())
}

/// One form for the instants of all crates, so that they sort and compare.
fn instants_of_sqlite(db: &Db) -> Result<()> {
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
fn dates_of_sqlite(db: &Db) -> Result<()> {
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
fn json_of_sqlite(db: &Db) -> Result<()> {
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
    misread::<String>(&rows[1], 0, &["\"word\"", "an integer", "String"]);
    misread::<i64>(&rows[0], 0, &["\"word\"", "text", "i64"]);
    Ok(())
}

/// Where there are none they are refused here, and not by the database for want of a function.
fn regular_expressions(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let found = literal("abc".to_owned()).regexp_match("^a.c$");
    let replaced = literal("abc".to_owned()).regexp_replace("b", "x");
    if db.engine.dialect().has(Feature::Regexp) {
        let row = conn.execute(select((found, replaced)))?.one()?;
        assert_eq!(row, (true, "axc".to_owned()));
        return Ok(());
    }
    for error in [
        conn.execute(select(found)).expect_err("it has none"),
        conn.execute(select(replaced)).expect_err("it has none"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
        assert!(error.message().contains("SQLite"), "{error}");
    }
    Ok(())
}
