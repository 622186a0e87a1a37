//! Each row of the survey of MySQL's and MariaDB's types where the obvious conversion is silently wrong:
//! the value is exact, or an error names the column, the type in the database and the Rust type.
//!
//! `docs/types.md` lists the rows with their tests.

use aludel::value::{BitString, Date, DateTime, Decimal, Interval, Time, Uuid};
use aludel::{
    Column, Connection, ErrorKind, MetaData, Result, Table, insert, literal, params, select, text,
    types,
};

use crate::kinds::{Kinds, made};
use crate::support::Database;
use crate::{Db, suite};

suite![
    parameters_are_counted,
    integers_and_truth_values,
    strings_of_bits,
    decimals_are_read_exactly,
    floats_have_all_their_digits,
    floats_of_32_bits,
    floats_without_a_place,
    no_part_of_a_moment_is_dropped,
    dates_that_are_none,
    lengths_and_times_of_day,
    dates_beyond_the_calendar,
    uuids_in_columns_of_every_kind,
];

/// A session with a table of this definition, if it is the right database.
fn table(db: &Db, definition: &'static str) -> Result<Option<Connection>> {
    if db.database != Database::MySql {
        return Ok(None);
    }
    let mut conn = db.engine.connect()?;
    conn.execute(text(definition))?;
    Ok(Some(conn))
}

/// The error says which column it is, what it is in the database, and as what it was to be read.
#[track_caller]
fn names(error: &aludel::Error, parts: [&str; 3]) {
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    for part in parts {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

/// Which of the two it is, is known behind the first connection.
fn is_mariadb(db: &Db) -> Result<bool> {
    drop(db.engine.connect()?);
    Ok(db.engine.dialect().name() == "mariadb")
}

fn parameters_are_counted(db: &Db) -> Result<()> {
    let Some(mut conn) = table(db, "create table t (a int)")? else { return Ok(()) };
    let error = conn.execute(text("select a from t where a = :a")).expect_err("it has no value");
    assert_eq!(error.kind(), ErrorKind::Argument);
    let error = conn.execute(text("select 1").bind("a", 1)).expect_err("there is no such bind");
    assert_eq!(error.kind(), ErrorKind::Argument);
    // A question mark of the program's is no bind, and the session goes on.
    let error = conn.execute(text("select ?")).expect_err("it has no value");
    assert!(!error.is_disconnect(), "{error}");
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

fn integers_and_truth_values(db: &Db) -> Result<()> {
    let definition = "create table t (u bigint unsigned, b bool, z int(5) zerofill)";
    let Some(mut conn) = table(db, definition)? else { return Ok(()) };
    let add =
        |u: u64, b: i64| text("insert into t values (:u, :b, 7)").params(params! { u: u, b: b });
    conn.execute(add(9_223_372_036_854_775_807, 1))?;
    assert_eq!(conn.scalar(text("select u from t"))?, Some(i64::MAX));
    assert_eq!(conn.scalar(text("select u from t"))?, Some(9_223_372_036_854_775_807_u64));
    assert_eq!(conn.scalar(text("select z from t"))?, Some(7_u8));
    assert_eq!(conn.scalar(text("select b from t"))?, Some(true));
    conn.execute(text("delete from t"))?;
    conn.execute(add(u64::MAX, 2))?;
    assert_eq!(conn.scalar(text("select u from t"))?, Some(u64::MAX));
    let error = conn.scalar::<_, i64>(text("select u from t")).expect_err("above i64");
    names(&error, ["\"u\"", "BIGINT", "i64"]);
    let error = conn.scalar::<_, i8>(text("select u from t")).expect_err("above i8");
    names(&error, ["\"u\"", "BIGINT", "i8"]);
    let error = conn.scalar::<_, bool>(text("select b from t")).expect_err("2 is no truth value");
    names(&error, ["\"b\"", "TINYINT", "bool"]);
    // What is sent keeps its sign.
    assert_eq!(conn.scalar(select(literal(u64::MAX)))?, Some(u64::MAX));
    assert_eq!(conn.scalar(text("select u = :u from t").bind("u", u64::MAX))?, Some(true));
    Ok(())
}

fn strings_of_bits(db: &Db) -> Result<()> {
    let Some(mut conn) = table(db, "create table t (b bit(12), one bit(1))")? else {
        return Ok(());
    };
    let bits: BitString = "000100000101".parse()?;
    let add = text("insert into t values (:b, :one)");
    conn.execute(add.params(params! { b: bits.clone(), one: "1".parse::<BitString>()? }))?;
    assert_eq!(conn.scalar(text("select b from t"))?, Some(bits));
    assert_eq!(conn.scalar(text("select one from t"))?, Some("1".parse::<BitString>()?));
    let error = conn.scalar::<_, String>(text("select b from t")).expect_err("bits are no text");
    names(&error, ["\"b\"", "BIT", "String"]);
    Ok(())
}

fn decimals_are_read_exactly(db: &Db) -> Result<()> {
    let definition =
        "create table t (fine decimal(40, 30), whole decimal(65, 0), some decimal(10, 2))";
    let Some(mut conn) = table(db, definition)? else { return Ok(()) };
    let add = "insert into t values (0.333333333333333333333333333333, 79228162514264337593543950336, 1.50)";
    conn.execute(text(add))?;
    let found: Option<Decimal> = conn.scalar(text("select fine from t"))?;
    assert_eq!(found, Some("0.333333333333333333333333333333".parse()?));
    let found: Option<Decimal> = conn.scalar(text("select whole from t"))?;
    assert_eq!(found, Some("79228162514264337593543950336".parse()?));
    let fine = text("select fine from t");
    let error = conn.scalar::<_, rust_decimal::Decimal>(fine).expect_err("30 digits");
    names(&error, ["\"fine\"", "DECIMAL", "Decimal"]);
    let whole = text("select whole from t");
    let error = conn.scalar::<_, rust_decimal::Decimal>(whole).expect_err("97 bits");
    names(&error, ["\"whole\"", "DECIMAL", "Decimal"]);
    let error = conn.scalar::<_, i64>(text("select some from t")).expect_err("a fraction");
    names(&error, ["\"some\"", "DECIMAL", "i64"]);
    // Two of these digits are lost in a float.
    let sum = conn.scalar::<_, Decimal>(text("select fine + whole from t"))?;
    assert_eq!(sum, Some("79228162514264337593543950336.333333333333333333333333333333".parse()?));
    Ok(())
}

fn floats_have_all_their_digits(db: &Db) -> Result<()> {
    let Some(mut conn) = table(db, "create table t (f float, d double, i int)")? else {
        return Ok(());
    };
    conn.execute(text("insert into t values (16777216, 0.1, 1), (2.7512345, 1e300, 2)"))?;
    let floats: Vec<f32> = conn.scalars(text("select f from t order by i"))?;
    assert_eq!(floats, [16_777_216.0, 2.751_234_5]);
    let widened: Vec<f64> = conn.scalars(text("select f from t order by i"))?;
    assert_eq!(widened[1], f64::from(2.751_234_5_f32));
    assert_eq!(conn.scalar(text("select pi()"))?, Some(std::f64::consts::PI));
    assert_eq!(conn.scalar(text("select std(d) from t where i = 1"))?, Some(0.0));
    assert_eq!(conn.scalar(text("select avg(d) from t where i = 1"))?, Some(0.1));
    let error = conn.scalar::<_, f32>(text("select d from t where i = 2")).expect_err("above f32");
    names(&error, ["\"d\"", "DOUBLE", "f32"]);
    let error = conn.scalar::<_, Decimal>(text("select d from t")).expect_err("a float");
    names(&error, ["\"d\"", "DOUBLE", "Decimal"]);
    Ok(())
}

/// An `f32` is sent as the number that it is, of which 0.1 is only the shortest name.
fn floats_of_32_bits(db: &Db) -> Result<()> {
    let Some(mut conn) = table(db, "create table t (f float, d double)")? else {
        return Ok(());
    };
    conn.execute(text("insert into t values (:f, :f)").bind("f", 0.1_f32))?;
    for column in ["f", "d"] {
        let sql = aludel::RawSql::new(format!("select {column} from t where {column} = :f"));
        let found = text(sql);
        assert_eq!(conn.scalar(found.clone().bind("f", 0.1_f32))?, Some(0.1_f32), "{column}");
        assert_eq!(conn.scalar(found.bind("f", 0.1_f32))?, Some(f64::from(0.1_f32)));
    }
    let metadata = MetaData::new();
    let t = Table::new("exact", &metadata, [Column::new("n", types::Numeric(10, 2))])?;
    metadata.create_all(&mut conn)?;
    let error = conn.execute(t.insert().values(t.c("n")?.set(0.1_f32)));
    assert_eq!(error.expect_err("it has more digits").kind(), ErrorKind::Data);
    Ok(())
}

fn floats_without_a_place(db: &Db) -> Result<()> {
    let Some(mut conn) = table(db, "create table t (d double)")? else { return Ok(()) };
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = conn.execute(text("insert into t values (:d)").bind("d", value));
        assert_eq!(error.expect_err("it has no place").kind(), ErrorKind::Data);
    }
    conn.execute(text("insert into t values (:d)").bind("d", -0.0))?;
    let zero: Option<f64> = conn.scalar(text("select d from t"))?;
    assert!(zero.is_some_and(|zero| zero == 0.0 && zero.is_sign_positive()));
    Ok(())
}

fn no_part_of_a_moment_is_dropped(db: &Db) -> Result<()> {
    let Some(mut conn) = table(db, "create table t (m datetime(6), d date)")? else {
        return Ok(());
    };
    conn.execute(text("insert into t values ('2024-01-02 03:04:05.000006', '2024-01-02')"))?;
    let moment: DateTime = "2024-01-02 03:04:05.000006".parse()?;
    assert_eq!(conn.scalar(text("select m from t"))?, Some(moment));
    let error = conn.scalar::<_, Date>(text("select m from t")).expect_err("it has a time");
    names(&error, ["\"m\"", "DATETIME", "Date"]);
    let error = conn.scalar::<_, chrono::NaiveDate>(text("select m from t")).expect_err("a time");
    names(&error, ["\"m\"", "DATETIME", "Date"]);
    let error = conn.scalar::<_, time::Date>(text("select m from t")).expect_err("it has a time");
    names(&error, ["\"m\"", "DATETIME", "Date"]);
    let error = conn.scalar::<_, Time>(text("select m from t")).expect_err("it has a day");
    names(&error, ["\"m\"", "DATETIME", "Time"]);
    assert_eq!(conn.scalar(text("select d from t"))?, Some(Date::new(2024, 1, 2)?));
    Ok(())
}

fn dates_that_are_none(db: &Db) -> Result<()> {
    let definition = "create table t (d date, m datetime)";
    let Some(mut conn) = table(db, definition)? else { return Ok(()) };
    conn.execute(text("insert into t values ('0000-00-00', '2024-00-00 00:00:00')"))?;
    let error = conn.scalar::<_, Date>(text("select d from t")).expect_err("no day");
    names(&error, ["\"d\"", "DATE", "0000-00-00"]);
    let error = conn.scalars::<_, Option<Date>>(text("select d from t")).expect_err("no NULL");
    names(&error, ["\"d\"", "DATE", "0000-00-00"]);
    let error = conn.scalar::<_, DateTime>(text("select m from t")).expect_err("no day");
    names(&error, ["\"m\"", "DATETIME", "2024-00-00"]);
    Ok(())
}

fn lengths_and_times_of_day(db: &Db) -> Result<()> {
    if db.database != Database::MySql {
        return Ok(());
    }
    let mut conn = made(db)?;
    let c = Kinds::c;
    let longest: Interval = "838:59:59.999999".parse()?;
    conn.execute(insert::<Kinds>().values(c.length.set(Some(longest))))?;
    assert_eq!(conn.scalar(select(c.length))?, Some(longest));
    for hours in [839, 4800, -839] {
        let long = Interval::from_micros(hours * 3_600_000_000);
        let error = conn.execute(insert::<Kinds>().values(c.length.set(Some(long))));
        assert_eq!(error.expect_err("too long").kind(), ErrorKind::Data);
        let alone = select(c.id).where_(c.length.eq(long));
        assert_eq!(conn.scalars(alone).expect_err("too long").kind(), ErrorKind::Data);
    }
    for sql in
        ["select time '24:00:00' at", "select time '-00:00:01' at", "select time '838:59:59' at"]
    {
        let error = conn.scalar::<_, chrono::NaiveTime>(text(sql)).expect_err("no time of day");
        names(&error, ["\"at\"", "TIME", "Time"]);
        assert!(conn.scalar::<_, Interval>(text(sql))?.is_some());
        assert!(conn.scalar::<_, chrono::TimeDelta>(text(sql))?.is_some());
        assert!(conn.scalar::<_, time::Duration>(text(sql))?.is_some());
    }
    let error = conn.scalar::<_, std::time::Duration>(text("select time '-00:00:01' at"));
    names(&error.expect_err("below zero"), ["\"at\"", "TIME", "Duration"]);
    Ok(())
}

fn dates_beyond_the_calendar(db: &Db) -> Result<()> {
    if db.database != Database::MySql {
        return Ok(());
    }
    let mut conn = made(db)?;
    let c = Kinds::c;
    for day in [Date::new(-5, 1, 1)?, Date::new(10_000, 1, 1)?, Date::INFINITY] {
        let error = conn.execute(insert::<Kinds>().values(c.day.set(Some(day))));
        assert_eq!(error.expect_err("no such day").kind(), ErrorKind::Data, "{day}");
        let found = conn.scalars(select(c.id).where_(c.day.lt(day)));
        assert_eq!(found.expect_err("no such day").kind(), ErrorKind::Data, "{day}");
    }
    for day in [Date::new(0, 1, 1)?, Date::new(500, 1, 1)?, Date::new(9999, 12, 31)?] {
        conn.execute(insert::<Kinds>().values(c.day.set(Some(day))))?;
        assert_eq!(conn.scalars(select(c.day).where_(c.day.eq(day)))?, [Some(day)]);
    }
    let day = chrono::NaiveDate::MIN.and_hms_opt(0, 0, 0).unwrap();
    let before = text("select :at").bind("at", day);
    assert_eq!(conn.execute(before).expect_err("no such day").kind(), ErrorKind::Data);
    let leap = chrono::NaiveDate::from_ymd_opt(2016, 12, 31).unwrap();
    let leap = leap.and_hms_micro_opt(23, 59, 59, 1_500_000).unwrap();
    let leap = text("select :at").bind("at", leap);
    assert_eq!(conn.execute(leap).expect_err("a leap second").kind(), ErrorKind::Data);
    Ok(())
}

fn uuids_in_columns_of_every_kind(db: &Db) -> Result<()> {
    let definition = "create table t (u uuid, c char(36), b binary(16))";
    if db.database != Database::MySql || !is_mariadb(db)? {
        return Ok(());
    }
    let Some(mut conn) = table(db, definition)? else { return Ok(()) };
    let id: Uuid = "550e8400-e29b-41d4-a716-446655440000".parse()?;
    let add = text("insert into t values (:u, :u, :b)");
    conn.execute(add.params(params! { u: id, b: id.as_bytes().to_vec() }))?;
    for column in ["u", "c", "b"] {
        let sql = aludel::RawSql::new(format!("select {column} from t"));
        assert_eq!(conn.scalar(text(sql.clone()))?, Some(id), "{column}");
        assert_eq!(conn.scalar(text(sql))?, Some(uuid::Uuid::from_bytes(*id.as_bytes())));
    }
    for sql in ["select count(*) from t where u = :u", "select count(*) from t where c = :u"] {
        assert_eq!(conn.scalar(text(sql).bind("u", id))?, Some(1_i64), "{sql}");
    }
    let bytes = text("select count(*) from t where b = :b").bind("b", id.as_bytes().to_vec());
    assert_eq!(conn.scalar(bytes)?, Some(1_i64));
    Ok(())
}
