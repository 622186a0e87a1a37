//! Values for which the obvious conversion is wrong: each comes back exactly, or is a typed error.
//!
//! `docs/types.md` lists them with the tests that have them, here and in other files.

use aludel::sql::Feature;
use aludel::value::Timestamp;
use aludel::{
    Auto, Column, Connection, ErrorKind, FromRow, Mapped, MetaData, RawSql, Result, Row, Table,
    insert, literal, select, text, types,
};
use chrono::{NaiveDateTime, NaiveTime, Timelike};
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
    regular_expressions,
    integers_beyond_floats,
];

pub(crate) fn one(conn: &mut Connection, sql: &str) -> Result<Row> {
    conn.execute(text(RawSql::new(sql.to_owned())))?.one()
}

fn run(conn: &mut Connection, sql: &str) -> Result<()> {
    conn.execute(text(RawSql::new(sql.to_owned()))).map(|_| ())
}

/// The cell cannot be read as this type, and the error has each of these parts.
pub(crate) fn misread<T: FromRow>(row: &Row, at: usize, parts: &[&str]) {
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
pub(crate) struct Moment {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) of_chrono: Option<NaiveDateTime>,
    pub(crate) of_time: Option<PrimitiveDateTime>,
    pub(crate) of_jiff: Option<jiff_1::civil::DateTime>,
    pub(crate) utc_of_chrono: Option<chrono::DateTime<chrono::Utc>>,
    pub(crate) utc_of_time: Option<OffsetDateTime>,
    pub(crate) utc_of_jiff: Option<jiff_1::Timestamp>,
    pub(crate) clock: Option<NaiveTime>,
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
        for part in ["sqlite", "does not have regexp", "in the program"] {
            let message = error.message().replace("regular expressions", "regexp");
            assert!(message.contains(part), "{error}");
        }
    }
    Ok(())
}

/// A column of floats would hold the number beside it, on every database.
fn integers_beyond_floats(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let t = Table::new("floats", &metadata, [Column::new("f", types::Double)])?;
    metadata.create_all(&mut conn)?;
    conn.execute(t.insert().values(t.c("f")?.set(9_007_199_254_740_992_i64)))?;
    let error = conn.execute(t.insert().values(t.c("f")?.set(9_007_199_254_740_993_i64)));
    let error = error.expect_err("it would be rounded");
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    for part in ["\"f\"", "DOUBLE PRECISION", "i64"] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    assert_eq!(conn.scalars::<_, f64>(select(t.c("f")?))?, [9_007_199_254_740_992.0]);
    Ok(())
}
