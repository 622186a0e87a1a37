//! The limits of the types of other crates, without a database: what is converted is exact, or an error.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};

use aludel::sql::{ColumnValue, Json};
use aludel::value::{Date, DateTime, Decimal, Interval, RawJson, Time, Timestamp};
use aludel::{Auto, ErrorKind, FromValue, Value};
use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Reads a plain value as a type.
fn read<T: FromValue>(plain: impl Into<Value>) -> aludel::Result<T> {
    T::from_value(plain.into().as_ref())
}

/// The value that is read, which is written as it was.
fn same<T: FromValue + Into<Value>>(plain: impl Into<Value>) {
    let plain = plain.into();
    let made = T::from_value(plain.as_ref()).expect("a value");
    assert_eq!(made.into(), plain);
}

/// Why it cannot be read.
fn misread<T: FromValue>(plain: impl Into<Value>) -> String {
    let Err(error) = read::<T>(plain) else { panic!("it is read") };
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert!(error.message().starts_with("reading it as "), "{error}");
    error.message().to_owned()
}

/// Why it cannot be sent.
fn unsent(value: impl Into<Value>) -> String {
    let error = value.into().refusal().expect("a value that cannot be sent");
    assert_eq!(error.kind(), ErrorKind::Data);
    error.message().to_owned()
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn moment(text: &str) -> DateTime {
    text.parse().expect("a moment")
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number")
}

#[test]
fn chrono_has_limits() {
    for text in ["2024-02-29", "0001-12-31 BC", "262142-12-31", "262143-01-01 BC"] {
        same::<NaiveDate>(date(text));
    }
    assert_eq!(read::<NaiveDate>(date("0044-03-15 BC")).expect("a day").to_string(), "-0043-03-15");
    assert!(misread::<NaiveDate>(date("262143-01-01")).contains("chrono's years"));
    assert!(misread::<NaiveDate>(Date::INFINITY).contains("infinite"));
    assert!(misread::<NaiveDateTime>(DateTime::NEG_INFINITY).contains("infinite"));
    assert!(misread::<chrono::DateTime<Utc>>(Timestamp::INFINITY).contains("infinite"));
    assert!(misread::<NaiveTime>(Time::END_OF_DAY).contains("24:00:00"));
    assert!(misread::<TimeDelta>(Interval::new(0, 1, 0)).contains("days"));
    assert!(misread::<TimeDelta>(Interval::new(1, 0, 0)).contains("months"));
    same::<NaiveDateTime>(moment("9999-12-31 23:59:59.999999"));
    same::<chrono::DateTime<Utc>>(moment("0001-01-01 00:00:00").in_utc());
    same::<TimeDelta>(Interval::from_micros(i64::MIN));
    let Value::Date(first) = Value::from(NaiveDate::MIN) else { panic!("no date") };
    assert_eq!(first.to_string(), "262144-01-01 BC");
    assert_eq!(read::<NaiveDate>(first).expect("a day"), NaiveDate::MIN);
}

#[test]
fn leap_seconds_of_chrono_cannot_be_sent() {
    let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).expect("a leap second");
    assert!(unsent(leap).contains("leap second"));
    let moment = NaiveDate::MAX.and_time(leap);
    assert!(unsent(moment).contains("leap second"));
    assert!(unsent(moment.and_utc()).contains("leap second"));
    assert!(unsent(vec![NaiveTime::MIN, leap]).contains("leap second"));
    // Databases have no minute of 61 seconds anywhere in a day.
    let odd = NaiveTime::from_hms_nano_opt(12, 0, 59, 1_000_000_000).expect("a leap second");
    assert!(unsent(Some(odd)).contains("leap second"));
}

#[test]
fn what_is_finer_than_microseconds_is_cut_off_towards_the_past() {
    let time = NaiveTime::from_hms_nano_opt(23, 59, 59, 999_999_999).expect("a time");
    let before = "1999-12-31 23:59:59.999999";
    let expected = Value::from(moment(before));
    let day = NaiveDate::from_ymd_opt(1999, 12, 31).expect("a day");
    assert_eq!(Value::from(day.and_time(time)), expected);
    let time = time::Time::from_hms_nano(23, 59, 59, 999_999_999).expect("a time");
    let day = time::Date::from_ordinal_date(1999, 365).expect("a day");
    assert_eq!(Value::from(day.with_time(time)), expected);
    let time = jiff_1::civil::Time::constant(23, 59, 59, 999_999_999);
    assert_eq!(
        Value::from(jiff_1::civil::Date::constant(1999, 12, 31).to_datetime(time)),
        expected
    );

    let last = Value::from(Timestamp::from_unix_micros(-1).expect("an instant"));
    assert_eq!(Value::from(chrono::DateTime::<Utc>::from_timestamp_nanos(-1)), last);
    assert_eq!(Value::from(OffsetDateTime::UNIX_EPOCH - time::Duration::NANOSECOND), last);
    assert_eq!(Value::from(jiff_02::Timestamp::from_nanosecond(-1).expect("an instant")), last);
    assert_eq!(Value::from(SystemTime::UNIX_EPOCH - Duration::from_nanos(1)), last);

    let less = Value::from(Interval::from_micros(-1));
    assert_eq!(Value::from(TimeDelta::nanoseconds(-1)), less);
    assert_eq!(Value::from(-time::Duration::NANOSECOND), less);
    assert_eq!(Value::from(jiff_1::SignedDuration::from_nanos(-1)), less);
    assert_eq!(Value::from(jiff_1::Span::new().nanoseconds(-1)), less);
    assert_eq!(Value::from(Duration::from_nanos(1)), Value::from(Interval::default()));
}

#[test]
fn the_crate_time_has_limits() {
    for text in ["2024-02-29", "9999-12-31", "10000-01-01 BC"] {
        same::<time::Date>(date(text));
    }
    assert!(misread::<time::Date>(date("10000-01-01")).contains("-9999 to 9999"));
    assert!(misread::<PrimitiveDateTime>(moment("20000-01-01 00:00:00")).contains("-9999 to 9999"));
    assert!(misread::<OffsetDateTime>(moment("10000-01-01 00:00:00").in_utc()).contains("9999"));
    assert!(misread::<time::Date>(Date::NEG_INFINITY).contains("infinite"));
    assert!(misread::<OffsetDateTime>(Timestamp::NEG_INFINITY).contains("infinite"));
    assert!(misread::<time::Time>(Time::END_OF_DAY).contains("24:00:00"));
    assert!(misread::<time::Duration>(Interval::new(0, -1, 0)).contains("days"));
    same::<OffsetDateTime>(moment("9999-12-31 23:59:59.999999").in_utc());
    same::<time::Duration>(Interval::from_micros(i64::MAX));
    assert!(unsent(time::Duration::MAX).contains("long"));
}

macro_rules! jiff_has_limits {
    ($name:ident, $jiff:ident) => {
        #[test]
        fn $name() {
            use $jiff::civil;
            use $jiff::{SignedDuration, Span};

            for text in ["2024-02-29", "9999-12-31", "10000-01-01 BC"] {
                same::<civil::Date>(date(text));
            }
            assert!(misread::<civil::Date>(date("10000-01-01")).contains("jiff's limits"));
            assert!(misread::<civil::Date>(date("5874897-12-31")).contains("jiff's limits"));
            // All of the last day can be written, as it can be read.
            same::<civil::DateTime>(moment("9999-12-31 00:00:00"));
            same::<civil::DateTime>(moment("9999-12-31 23:59:59.999999"));
            // Its instants end a little before.
            same::<$jiff::Timestamp>(moment("9999-12-30 22:00:00.999999").in_utc());
            let late = moment("9999-12-31 23:59:59").in_utc();
            assert!(misread::<$jiff::Timestamp>(late).contains("jiff's limits"));
            assert!(misread::<$jiff::Timestamp>(Timestamp::INFINITY).contains("infinite"));
            assert!(misread::<civil::Time>(Time::END_OF_DAY).contains("24:00:00"));
            assert!(misread::<SignedDuration>(Interval::new(1, 0, 0)).contains("months"));
            same::<SignedDuration>(Interval::from_micros(i64::MIN));
            assert!(unsent(SignedDuration::MAX).contains("long"));

            // Months, days and microseconds stay apart, and are converted into nothing larger.
            same::<Span>(Interval::new(14, 40, 90_000_000_000));
            same::<Span>(Interval::new(-14, -40, -1));
            let odd = misread::<Span>(Interval::new(-1, 1, -1));
            assert!(odd.contains("both signs") && odd.contains("aludel::value::Interval"), "{odd}");
            assert!(misread::<Span>(Interval::new(239_977, 0, 0)).contains("jiff's limits"));
            assert!(misread::<Span>(Interval::new(0, 7_304_485, 0)).contains("jiff's limits"));
            assert!(misread::<Span>(Interval::from_micros(i64::MAX)).contains("jiff's limits"));
            let span = Span::new().years(1).months(2).weeks(1).days(3).hours(1).minutes(2);
            let span = span.seconds(3).milliseconds(4).microseconds(5).nanoseconds(6);
            let expected = Interval::new(14, 10, 3_723_004_005);
            assert_eq!(Value::from(span), Value::from(expected));
        }
    };
}
jiff_has_limits!(jiff_02_has_limits, jiff_02);
jiff_has_limits!(jiff_1_has_limits, jiff_1);

#[test]
fn the_standard_library_has_limits() {
    assert!(misread::<SystemTime>(Timestamp::INFINITY).contains("infinite"));
    assert!(misread::<SystemTime>(Timestamp::NEG_INFINITY).contains("infinite"));
    assert!(misread::<Duration>(Interval::from_micros(-1)).contains("negative"));
    assert!(misread::<Duration>(Interval::new(0, 1, 0)).contains("days"));
    assert!(unsent(Duration::MAX).contains("long"));
    assert!(misread::<IpAddr>("10.0.0.1/8").contains("a network"));
    assert!(misread::<IpAddr>("canary").ends_with("the cell holds no address"));
    assert!(misread::<Ipv4Addr>("::1").contains("IPv6"));
    assert_eq!(read::<IpAddr>("::1").expect("an address"), "::1".parse::<IpAddr>().expect("one"));
    assert_eq!(read::<ipnet::IpNet>("::1").expect("a network").to_string(), "::1/128");
    assert!(misread::<ipnet::IpNet>("10.0.0.1/33").contains("no network"));
    assert!(misread::<ipnet::Ipv6Net>("10.0.0.0/8").contains("IPv4"));
}

#[test]
fn rust_decimal_is_exact_or_refused() {
    for text in [
        "0.00",
        "1.500",
        "100",
        "10000000000",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "7.9228162514264337593543950335",
        "0.0000000000000000000000000001",
    ] {
        same::<rust_decimal::Decimal>(decimal(text));
    }
    for text in [
        "NaN",
        "Infinity",
        "-Infinity",
        "0.3333333333333333333333333333333333333333",
        "1.000000000000000000000000000005",
        "1e-30",
        "0.00000000000000000000000000005",
        "7922816251426433759354395033.56",
        "79228162514264337593543950336",
        "1e30",
    ] {
        let message = misread::<rust_decimal::Decimal>(decimal(text));
        assert!(message.contains("28 digits"), "{message}");
    }
    // Zeros that a column of a large scale adds are not lost digits.
    let padded = decimal("1.100000000000000000000000000000");
    let read = read::<rust_decimal::Decimal>(padded.clone()).expect("a number");
    assert_eq!(Value::from(read), Value::from(padded));
    assert!(misread::<rust_decimal::Decimal>(1.5).contains("a float"));
    assert_eq!(Value::from(rust_decimal::Decimal::new(-0, 2)).to_text(), "0.00");
}

#[test]
fn bigdecimal_is_exact_or_refused() {
    for text in ["0.00", "1.500", "1e30", "1e-30", "12345678901234567890123456789012345.10"] {
        same::<BigDecimal>(decimal(text));
    }
    assert!(misread::<BigDecimal>(Decimal::nan()).contains("NaN or infinite"));
    assert!(misread::<BigDecimal>(Decimal::neg_infinity()).contains("NaN or infinite"));
    let number = |text: &str| text.parse::<BigDecimal>().expect("a number");
    assert_eq!(Value::from(number("1e5")).to_text(), "100000");
    assert_eq!(Value::from(number("-1.10e-3")).to_text(), "-0.00110");
    // Not a text of a billion digits.
    assert!(unsent(number("1e999999999")).contains("150000 digits"));
    assert!(unsent(number("1e-9999999999")).contains("exponent"));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Shape {
    n: f64,
}

#[test]
fn json_is_exact_where_it_is_raw() {
    let json = |text: &str| RawJson::new(text).expect("JSON");
    for text in ["1.10", "1e400", "18446744073709551616", r#"{"b": 1, "a": 2, "a": 3}"#, " [ ] "] {
        same::<RawJson>(json(text));
    }
    for text in ["1.10", "1e400", "18446744073709551616", r#"{"b": 1, "a": 2, "a": 3}"#, "[ ]"] {
        same::<Box<RawValue>>(json(text));
    }
    // What serde_json alone cannot say.
    assert!(misread::<serde_json::Value>(json("1e400")).contains("no JSON that serde_json reads"));
    assert!(misread::<serde_json::Value>(json(r#""\ud83d""#)).contains("line 1, column"));
    // Without `arbitrary_precision`, which the program in `tests/packages` turns on.
    let rounded: serde_json::Value = read(json("18446744073709551616")).expect("a number");
    assert_eq!(rounded.to_string(), "1.8446744073709552e+19");
    let cut: serde_json::Value = read(json("0.1234567890123456789012345")).expect("a number");
    assert_eq!(cut.to_string(), "0.12345678901234568");
    let read = read::<Json<Shape>>(json(r#"{"n": 1.5}"#)).expect("a shape");
    assert_eq!(read, Json(Shape { n: 1.5 }));
    let error = misread::<Json<Shape>>(json(r#"{"n": "canary"}"#));
    assert!(error.contains("of another shape") && !error.contains("canary"), "{error}");
    assert!(misread::<Json<Shape>>(5).contains("an integer"));
    let of_pairs = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert!(unsent(value_of(&of_pairs)).contains("a key of a map is no text"));
    assert_eq!(Json(vec![1, 2]).to_string(), "[1,2]");
}

/// A map with keys that are no text can be written by serde, but to JSON.
fn value_of(map: &std::collections::BTreeMap<(i32, i32), i32>) -> Value {
    ColumnValue::to_value(&Json(map.clone()))
}

#[test]
fn an_auto_is_its_value_for_serde() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct User {
        #[serde(default)]
        id: Auto<i64>,
        name: String,
    }
    let user: User = serde_json::from_str(r#"{"name": "sandy"}"#).expect("JSON");
    assert_eq!(user, User { id: Auto::unset(), name: "sandy".into() });
    assert_eq!(serde_json::to_string(&user).expect("JSON"), r#"{"id":null,"name":"sandy"}"#);
    let user: User = serde_json::from_str(r#"{"id": 5, "name": "sandy"}"#).expect("JSON");
    assert_eq!((user.id, user.id.to_string()), (Auto::from(5), "5".to_owned()));
    assert!(user.id == 5);
}
