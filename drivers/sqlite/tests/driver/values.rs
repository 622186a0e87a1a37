//! Values at their extremes, there and back.

use aludel_core::dbapi::Connection;
use aludel_core::error::ErrorKind;
use aludel_core::value::{Value, ValueRef};

use crate::support::{Short, cell, memory};

fn there_and_back(connection: &mut dyn Connection, value: &Value) -> Value {
    connection.query("select ?", std::slice::from_ref(value)).unwrap().rows.remove(0).remove(0)
}

// fault: D19, D20
#[test]
fn extremes_come_back_as_they_were() {
    let mut connection = memory(&[]);
    for value in [
        Value::Null,
        Value::Int(i64::MIN),
        Value::Int(i64::MAX),
        Value::Int(0),
        Value::Float(f64::MAX),
        Value::Float(f64::MIN_POSITIVE / 4.0),
        Value::Float(f64::INFINITY),
        Value::Float(f64::NEG_INFINITY),
        Value::Float(0.1),
        Value::from(""),
        Value::from("größer als 💎"),
        Value::Bytes(Box::default()),
        Value::from(&[0_u8, 255, 0][..]),
        Value::from("x".repeat(1_000_000)),
    ] {
        assert_eq!(there_and_back(&mut *connection, &value), value);
    }
    let zero = cell(&mut *connection, "select ?", &[Value::Float(-0.0)], |value| match value {
        ValueRef::Float(value) => value.is_sign_negative(),
        _ => false,
    });
    assert!(zero.unwrap(), "the sign of zero was lost");
}

#[test]
fn truth_is_an_integer() {
    let mut connection = memory(&[]);
    assert_eq!(there_and_back(&mut *connection, &Value::Bool(true)), Value::Int(1));
    assert_eq!(there_and_back(&mut *connection, &Value::Bool(false)), Value::Int(0));
}

// fault: D19
#[test]
fn nan_is_refused_and_not_made_null() {
    let mut connection = memory(&["create table t (a)"]);
    let error =
        connection.query("insert into t values (?)", &[Value::Float(f64::NAN)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.message().contains("NaN"), "{error}");
    assert_eq!(connection.int("select count(*) from t"), 0);
}

// fault: D18
#[test]
fn nul_is_part_of_a_text() {
    let mut connection = memory(&[]);
    let value = Value::from("a\0b");
    assert_eq!(there_and_back(&mut *connection, &value), value);
}

// fault: D17
#[test]
fn text_that_is_not_utf8_is_an_error_and_its_bytes_can_be_had() {
    let mut connection = memory(&[]);
    let bad = "cast(x'61ff62' as text)";
    let error = connection.query(&format!("select {bad}"), &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("from byte 1 on"), "{error}");
    let bytes = connection.query(&format!("select cast({bad} as blob)"), &[]).unwrap();
    assert_eq!(bytes.rows[0][0], Value::from(&b"a\xffb"[..]));
    assert_eq!(connection.int(&format!("select length({bad})")), 3);
}

// fault: D15
#[test]
fn large_values_come_back_whole() {
    let mut connection = memory(&["create table t (a)"]);
    for size in [1, 4096, (1 << 24) - 1, 1 << 24, (1 << 24) + 1] {
        connection.run("delete from t").unwrap();
        for value in [Value::from(vec![0xa5_u8; size]), Value::from("ä".repeat(size / 2))] {
            let params = [value];
            connection.query("insert into t values (?)", &params).unwrap();
            let read = connection.query("select a from t where a = ?", &params).unwrap();
            assert!(read.rows == [params], "{size} bytes were changed");
        }
    }
}

// fault: D16
#[test]
fn rows_may_be_wide_and_empty() {
    let mut connection = memory(&[]);
    let nulls = format!("select {}", vec!["null"; 1600].join(","));
    let wide = connection.query(&nulls, &[]).unwrap();
    assert_eq!(wide.rows, [vec![Value::Null; 1600]]);
    assert_eq!(wide.names().len(), 1600);
    let none = connection.query(&format!("{nulls} limit 0"), &[]).unwrap();
    assert_eq!((none.names().len(), none.rows.len()), (1600, 0));
}
