//! Values that a database makes itself, of each of its types: they read as the database prints them.

use aludel::value::{
    Array, BitString, Date, DateTime, Decimal, Interval, Other, Time, TimeTz, Timestamp,
};
use aludel::{Error, ErrorKind, RawSql, Result, Row, Value, text};

use crate::{Db, suite};

suite![samples_of_every_type, what_no_rust_type_has, integers_and_floats];

fn one(conn: &mut aludel::Connection, sql: &str) -> Result<Row> {
    conn.execute(text(RawSql::new(sql.to_owned())))?.one()
}

// fault: D16
fn samples_of_every_type(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    for setting in db.settings_of_samples() {
        conn.execute(text(*setting))?;
    }
    for (sql, expected) in db.samples() {
        let expected = match expected {
            Some(expected) => (*expected).to_owned(),
            None => {
                let row = one(&mut conn, &format!("select ({sql})::text"))?;
                row.get::<Option<String>>(0)?.unwrap_or_default()
            }
        };
        let row = one(&mut conn, &format!("select {sql}"))?;
        let value: Value = row.get(0)?;
        assert_eq!(value.to_text(), expected, "{sql}: {value:?}");
        // The same value, whichever way it is held.
        assert_eq!(value.as_ref().to_value()?, value);
        assert_eq!(row.clone(), row);
    }
    Ok(())
}

type Read = fn(&Row) -> Result<Value>;

fn read<T: aludel::FromRow + Into<Value>>(row: &Row) -> Result<Value> {
    row.get::<T>(0).map(Into::into)
}

/// What is read into a type that has no such value is an error, never another value.
fn what_no_rust_type_has(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    for (sql, wanted, part) in db.misreadings() {
        let row = one(&mut conn, &format!("select {sql}"))?;
        let read: Read = match *wanted {
            "i16" => read::<i16>,
            "i32" => read::<i32>,
            "i64" => read::<i64>,
            "u64" => read::<u64>,
            "bool" => read::<bool>,
            "f32" => read::<f32>,
            "f64" => read::<f64>,
            "String" => read::<String>,
            "bytes" => read::<Vec<u8>>,
            "Vec" => read::<Vec<i32>>,
            "Decimal" => read::<Decimal>,
            "Date" => read::<Date>,
            "Time" => read::<Time>,
            "TimeTz" => read::<TimeTz>,
            "DateTime" => read::<DateTime>,
            "Timestamp" => read::<Timestamp>,
            "Interval" => read::<Interval>,
            "BitString" => read::<BitString>,
            "Array" => read::<Array>,
            "Other" => read::<Other>,
            other => panic!("no such type: {other}"),
        };
        let error: Error = match read(&row) {
            Ok(value) => panic!("{sql} was read as {wanted}: {value:?}"),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Decode, "{sql}: {error}");
        assert!(error.message().contains(part), "{sql}: {error}");
    }
    Ok(())
}

// fault: D16, D19
fn integers_and_floats(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let row = one(&mut conn, "select 41, 2.5, 9223372036854775807, -1")?;
    assert_eq!(row.get::<u8>(0)?, 41);
    assert_eq!(row.get::<usize>(0)?, 41);
    assert_eq!(row.get::<f32>(0)?.to_bits(), 41_f32.to_bits());
    assert_eq!(row.get::<u64>(2)?, 9_223_372_036_854_775_807);
    for error in [
        row.get::<i32>(2).map(i64::from).expect_err("too large"),
        row.get::<u64>(3).map(|_| 0).expect_err("negative"),
        row.get::<usize>(3).map(|_| 0).expect_err("negative"),
        row.get::<bool>(3).map(i64::from).expect_err("neither 0 nor 1"),
        row.get::<f64>(2).map(|_| 0).expect_err("not exact"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("column"), "{error}");
    }
    // A sum of integers is a decimal number in some databases, without digits behind the point.
    let sum = one(&mut conn, "select sum(n) from (select 1 as n union all select 41) t")?;
    assert_eq!(sum.get::<i64>(0)?, 42);
    Ok(())
}
