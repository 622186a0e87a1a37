//! Types of other crates as columns: what is stored comes back as it was, or is refused.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use aludel::sql::Json;
use aludel::{
    Auto, Connection, ErrorKind, Mapped, MetaData, Result, case, func, insert, literal, params,
    select, text,
};
use bigdecimal::BigDecimal;
use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use ipnet::IpNet;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::{Db, suite};

suite![
    chrono_there_and_back,
    time_there_and_back,
    jiff_there_and_back,
    numbers_and_the_rest_there_and_back,
    numbers_are_divided,
    numbers_beside_others,
    json_there_and_back,
    what_databases_do_not_have_is_refused,
    what_a_type_does_not_have_is_refused,
    arrays_of_them,
];

macro_rules! there_and_back {
    ($conn:expr, $table:ident: $($field:ident = $values:expr;)*) => {$(
        for value in $values {
            let column = $table::c.$field;
            $conn.execute(insert::<$table>().values(column.set(Some(value.clone()))))?;
            let found = select($table::c.id).where_(column.eq(value.clone()));
            let newest = select(column).order_by($table::c.id.desc()).limit(1);
            assert_eq!($conn.scalars(newest)?, [Some(value.clone())]);
            let found = $conn.scalars(found)?;
            assert_eq!(found.len(), 1, "{value:?} is not found by itself");
            let listed = select($table::c.id).where_(column.in_([value]));
            assert_eq!($conn.scalars(listed)?, found);
        }
    )*};
}

fn made<T: Mapped>(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<T>().create_all(&mut conn)?;
    Ok(conn)
}

#[derive(Mapped)]
#[aludel(table = "of_chrono")]
struct OfChrono {
    #[aludel(primary_key)]
    id: Auto<i64>,
    day: Option<NaiveDate>,
    time: Option<NaiveTime>,
    moment: Option<NaiveDateTime>,
    instant: Option<chrono::DateTime<Utc>>,
    offset: Option<chrono::DateTime<FixedOffset>>,
    length: Option<TimeDelta>,
}

fn moment(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn chrono_there_and_back(db: &Db) -> Result<()> {
    let mut conn = made::<OfChrono>(db)?;
    there_and_back! { conn, OfChrono:
        day = ["2024-02-29", "1000-01-01", "9999-12-31"].map(|day| day.parse::<NaiveDate>().unwrap());
        time = ["00:00:00", "23:59:59.999999"].map(|time| time.parse::<NaiveTime>().unwrap());
        moment = ["1999-12-31T23:59:59.999999", "9999-12-31T23:59:59"].map(moment);
        instant = ["1969-12-31T23:59:59.999999", "9999-12-31T23:59:59"].map(|of| moment(of).and_utc());
        length = [TimeDelta::microseconds(-1), TimeDelta::hours(838), TimeDelta::zero()];
    }
    // The instant is kept, not the offset.
    let c = OfChrono::c;
    let offset: chrono::DateTime<FixedOffset> = "2024-01-01T00:30:00+02:00".parse().unwrap();
    conn.execute(insert::<OfChrono>().values(c.offset.set(Some(offset))))?;
    let found = conn.scalars(select(c.offset).where_(c.offset.eq(offset)))?[0].unwrap();
    assert_eq!(found, offset);
    assert_eq!(found.offset().local_minus_utc(), 0);
    // What is finer than microseconds is cut off towards the past, before 2000 as after.
    let finer = moment("1999-12-31T23:59:59.999999999");
    conn.execute(insert::<OfChrono>().values(c.moment.set(Some(finer))))?;
    let newest = select(c.moment).order_by(c.id.desc()).limit(1);
    assert_eq!(conn.scalars(newest)?, [Some(moment("1999-12-31T23:59:59.999999"))]);
    Ok(())
}

#[derive(Mapped)]
#[aludel(table = "of_time")]
struct OfTime {
    #[aludel(primary_key)]
    id: Auto<i64>,
    day: Option<time::Date>,
    time: Option<time::Time>,
    moment: Option<PrimitiveDateTime>,
    instant: Option<OffsetDateTime>,
    length: Option<time::Duration>,
}

fn time_there_and_back(db: &Db) -> Result<()> {
    let mut conn = made::<OfTime>(db)?;
    let day = |year, month, day| {
        time::Date::from_calendar_date(year, time::Month::try_from(month).unwrap(), day).unwrap()
    };
    let last = time::Time::from_hms_micro(23, 59, 59, 999_999).unwrap();
    let before = OffsetDateTime::UNIX_EPOCH - time::Duration::MICROSECOND;
    there_and_back! { conn, OfTime:
        day = [day(2024, 2, 29), day(1000, 1, 1), time::Date::MAX];
        time = [time::Time::MIDNIGHT, last];
        moment = [day(9999, 12, 31).with_time(last), day(1999, 12, 31).with_time(last)];
        instant = [before, day(9999, 12, 31).with_time(last).assume_utc()];
        length = [-time::Duration::MICROSECOND, time::Duration::hours(838)];
    }
    Ok(())
}

/// The same for both versions.
macro_rules! of_jiff {
    ($name:ident, $jiff:ident, $table:literal) => {
        mod $name {
            use $jiff::civil::{Date, DateTime, Time};
            use $jiff::{SignedDuration, Span, Timestamp};

            use super::*;

            #[derive(Mapped)]
            #[aludel(table = $table)]
            struct OfJiff {
                #[aludel(primary_key)]
                id: Auto<i64>,
                day: Option<Date>,
                time: Option<Time>,
                moment: Option<DateTime>,
                instant: Option<Timestamp>,
                length: Option<SignedDuration>,
                span: Option<Span>,
            }

            pub(super) fn there_and_back(db: &Db) -> Result<()> {
                let mut conn = made::<OfJiff>(db)?;
                let last = Time::constant(23, 59, 59, 999_999_000);
                let before = Timestamp::from_microsecond(-1).unwrap();
                let latest = Timestamp::MAX - SignedDuration::from_nanos(999);
                there_and_back! { conn, OfJiff:
                    day = [Date::constant(2024, 2, 29), Date::constant(1000, 1, 1), Date::MAX];
                    time = [Time::midnight(), last];
                    // The driver's own conversion cannot write this day.
                    moment = [Date::MAX.to_datetime(last), Date::constant(1999, 12, 31).to_datetime(last)];
                    instant = [before, latest];
                    length = [SignedDuration::from_micros(-1), SignedDuration::from_hours(838)];
                }
                let span = |span: Span| insert::<OfJiff>().values(OfJiff::c.span.set(Some(span)));
                let newest = || select(OfJiff::c.span).order_by(OfJiff::c.id.desc()).limit(1);
                conn.execute(span(Span::new().minutes(90).seconds(1)))?;
                let found = conn.scalars(newest())?[0].unwrap();
                assert_eq!(found.fieldwise(), Span::new().microseconds(5_401_000_000_i64));
                let parts = Span::new().months(14).days(40).microseconds(1);
                if db.has_distant_dates() {
                    conn.execute(span(parts))?;
                    assert_eq!(conn.scalars(newest())?[0].unwrap().fieldwise(), parts);
                } else {
                    let error = conn.execute(span(parts)).expect_err("no months");
                    assert_eq!(error.kind(), ErrorKind::Data);
                }
                Ok(())
            }
        }
    };
}
of_jiff!(version_02, jiff_02, "of_jiff_02");
of_jiff!(version_1, jiff_1, "of_jiff_1");

fn jiff_there_and_back(db: &Db) -> Result<()> {
    version_02::there_and_back(db)?;
    version_1::there_and_back(db)
}

#[derive(Mapped)]
#[aludel(table = "of_others")]
struct OfOthers {
    #[aludel(primary_key)]
    id: Auto<i64>,
    uuid: Option<uuid::Uuid>,
    #[aludel(type = aludel::types::Numeric(30, 10))]
    price: Option<Decimal>,
    #[aludel(type = aludel::types::Numeric(60, 20))]
    large: Option<BigDecimal>,
    host: Option<IpAddr>,
    net: Option<IpNet>,
    instant: Option<SystemTime>,
    length: Option<Duration>,
}

fn numbers_and_the_rest_there_and_back(db: &Db) -> Result<()> {
    let mut conn = made::<OfOthers>(db)?;
    let decimals = ["1.10", "0.0000000001", "-12345678901234567890"];
    let large = ["12345678901234567890123456789012345.12345", "-1e-20", "1e35"];
    let nets = ["10.0.0.1/8", "10.0.0.0/8", "10.0.0.1/32", "2001:db8::/32", "::1/128"];
    there_and_back! { conn, OfOthers:
        uuid = [uuid::Uuid::from_u128(u128::MAX), uuid::Uuid::from_u128(1 << 95)];
        host = ["10.0.0.1", "::ffff:1.2.3.4", "fe80::1"].map(|host| host.parse::<IpAddr>().unwrap());
        net = nets.map(|net| net.parse::<IpNet>().unwrap());
        instant = [SystemTime::UNIX_EPOCH - Duration::from_micros(1)];
        length = [Duration::from_micros(1), Duration::from_secs(838 * 3600)];
    }
    there_and_back! { conn, OfOthers:
        price = decimals.map(|number| number.parse::<Decimal>().unwrap());
        large = large.map(|number| number.parse::<BigDecimal>().unwrap());
    }
    Ok(())
}

/// Like the plain type.
fn numbers_are_divided(db: &Db) -> Result<()> {
    let mut conn = made::<OfOthers>(db)?;
    let c = OfOthers::c;
    let (price, large) = (Decimal::new(1000, 2), BigDecimal::from(9));
    conn.execute(insert::<OfOthers>().values((c.price.set(price), c.large.set(large))))?;
    let quarters = select((c.price / Decimal::from(4), c.large / BigDecimal::from(4)));
    let found = conn.execute(quarters)?.one()?;
    assert_eq!(found, (Some(Decimal::new(25, 1)), Some("2.25".parse().unwrap())));
    let whole = select((c.price.floordiv(Decimal::from(4)), c.large.floordiv(BigDecimal::from(4))));
    let found = conn.execute(whole)?.one()?;
    assert_eq!(found, (Some(Decimal::from(2)), Some(BigDecimal::from(2))));
    Ok(())
}

/// The type of both is the wider one.
// conforms: F06
fn numbers_beside_others(db: &Db) -> Result<()> {
    let mut conn = made::<OfOthers>(db)?;
    let c = OfOthers::c;
    let (price, large) = (Decimal::new(1025, 2), BigDecimal::from(9));
    conn.execute(insert::<OfOthers>().values((c.price.set(price), c.large.set(large))))?;
    let exact = select((
        c.price + c.id,
        func::coalesce(c.id, c.price),
        func::coalesce(c.price, c.id),
        func::greatest(c.id, c.large),
        case(c.id.gt(5), c.id).else_(c.price),
    ));
    let found = conn.execute(exact)?.one()?;
    let (price, nine) = (Some(price), Some(BigDecimal::from(9)));
    let sum = Some(Decimal::new(1125, 2));
    assert_eq!(found, (sum, Some(Decimal::ONE), Decimal::new(1025, 2), nine, price));
    let half = literal(0.5_f64);
    let floats = select((
        c.price * half.clone(),
        func::coalesce(c.price, half.clone()),
        func::coalesce(half.clone(), c.large),
        func::least(c.large, half),
    ));
    let found: (Option<f64>, f64, Option<f64>, Option<f64>) = conn.execute(floats)?.one()?;
    assert_eq!(found, (Some(5.125), 10.25, Some(0.5), Some(0.5)));
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settings {
    dark: bool,
    size: f64,
    tabs: Vec<Option<String>>,
}

#[derive(Mapped)]
#[aludel(table = "of_json")]
struct OfJson {
    #[aludel(primary_key)]
    id: Auto<i64>,
    value: Option<serde_json::Value>,
    settings: Option<Json<Settings>>,
    raw: Option<Box<RawValue>>,
}

fn json_there_and_back(db: &Db) -> Result<()> {
    let mut conn = made::<OfJson>(db)?;
    let c = OfJson::c;
    let values = [
        serde_json::json!(null),
        serde_json::json!(5),
        serde_json::json!(true),
        serde_json::json!("x"),
        serde_json::json!(u64::MAX),
        serde_json::json!({"b": [1.5, {"a": null}], "a": "ü"}),
    ];
    for value in values {
        conn.execute(insert::<OfJson>().values(c.value.set(Some(value.clone()))))?;
        let newest = select(c.value).order_by(c.id.desc()).limit(1);
        // The JSON null is a value, and no NULL.
        assert_eq!(conn.scalars(newest)?, [Some(value)]);
    }
    let settings = Json(Settings { dark: true, size: 1.5, tabs: vec![None, Some("x".into())] });
    let raw = r#"{"b": 1.10, "a": 18446744073709551616, "a": 1e400}"#;
    let values = (
        c.settings.set(Some(settings.clone())),
        c.raw.set(Some(RawValue::from_string(raw.to_owned()).unwrap())),
    );
    conn.execute(insert::<OfJson>().values(values))?;
    let newest = select((c.value, c.settings, c.raw)).order_by(c.id.desc()).limit(1);
    let (value, found, text) = conn.execute(newest)?.one()?;
    assert_eq!((value, found), (None, Some(settings)));
    assert_eq!(text.unwrap().get(), raw);

    let other = r#"{"dark": "canary"}"#;
    let raw = RawValue::from_string(other.to_owned()).unwrap();
    conn.execute(insert::<OfJson>().values(c.raw.set(Some(raw))))?;
    let newest = select(c.raw).order_by(c.id.desc()).limit(1);
    let row = conn.execute(aludel::sql::Executable::untyped(newest))?.one()?;
    let error = row.get::<Json<Settings>>(0).expect_err("another shape");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("Settings: the JSON is of another shape"), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    assert!(error.unredacted().is_some_and(|text| text.contains("canary")));
    Ok(())
}

// conforms: D4.05
fn what_databases_do_not_have_is_refused(db: &Db) -> Result<()> {
    let mut conn = made::<OfChrono>(db)?;
    let c = OfChrono::c;
    let leap = NaiveTime::from_hms_micro_opt(23, 59, 59, 1_500_000).unwrap();
    let instant = moment("2016-12-31T00:00:00").date().and_time(leap).and_utc();
    for refused in [
        insert::<OfChrono>().values(c.time.set(Some(leap))),
        insert::<OfChrono>().values(c.moment.set(Some(instant.naive_utc()))),
        insert::<OfChrono>().values(c.instant.set(Some(instant))),
    ] {
        let error = conn.execute(refused).expect_err("a leap second");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert!(error.message().contains("a leap second"), "{error}");
    }
    let error = conn.execute(select(c.id).where_(c.time.eq(leap))).expect_err("a leap second");
    assert!(error.message().contains("a leap second"), "{error}");
    let error = conn.execute(text("select :leap").params(params! { leap: leap }));
    assert_eq!(error.expect_err("a leap second").kind(), ErrorKind::Data);

    let length = insert::<OfChrono>().values(c.length.set(Some(TimeDelta::hours(839))));
    if db.has_long_times() {
        conn.execute(length)?;
    } else {
        let error = conn.execute(length).expect_err("too long");
        assert!(error.message().contains("838:59:59"), "{error}");
    }
    let distant = insert::<OfChrono>().values(c.day.set(NaiveDate::from_ymd_opt(20_000, 1, 1)));
    if db.has_distant_dates() {
        conn.execute(distant)?;
        assert!(conn.scalars(select(c.day).order_by(c.id.desc()))?.len() > 1);
    } else {
        assert_eq!(conn.execute(distant).expect_err("too far").kind(), ErrorKind::Data);
    }
    // The connection is as it was.
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

/// What PostgreSQL alone has.
fn what_a_type_does_not_have_is_refused(db: &Db) -> Result<()> {
    if !db.has_distant_dates() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let row = conn.execute(text(
        "select 'infinity'::date, '-infinity'::timestamp, 'infinity'::timestamptz, '24:00:00'::time, \
         '1 day'::interval, '10.0.0.1/8'::inet, '-1 mon +1 day'::interval, \
         '9999-12-31 23:59:59+00'::timestamptz",
    ))?;
    let row = { row }.one()?;
    let mut refused = Vec::new();
    macro_rules! misread {
        ($($at:literal: $($ty:ty),*;)*) => {$($(
            let error = row.get::<$ty>($at).expect_err(stringify!($ty));
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            refused.push(error.message().to_owned());
        )*)*};
    }
    misread! {
        0: NaiveDate, time::Date, jiff_02::civil::Date, jiff_1::civil::Date;
        1: NaiveDateTime, PrimitiveDateTime, jiff_02::civil::DateTime, jiff_1::civil::DateTime;
        2: chrono::DateTime<Utc>, OffsetDateTime, jiff_02::Timestamp, jiff_1::Timestamp, SystemTime;
        3: NaiveTime, time::Time, jiff_02::civil::Time, jiff_1::civil::Time;
        4: TimeDelta, time::Duration, jiff_02::SignedDuration, jiff_1::SignedDuration, Duration;
        5: IpAddr, std::net::Ipv4Addr;
        6: jiff_02::Span, jiff_1::Span;
        7: jiff_02::Timestamp, jiff_1::Timestamp;
    }
    refused.retain(|message| !message.contains("read it as"));
    assert!(refused.is_empty(), "{refused:#?}");
    assert_eq!(row.get::<IpNet>(5)?, "10.0.0.1/8".parse().unwrap());
    assert_eq!(row.get::<jiff_1::Span>(4)?.fieldwise(), jiff_1::Span::new().days(1));
    Ok(())
}

#[derive(Debug, PartialEq, Mapped)]
#[aludel(table = "of_arrays")]
struct OfArrays {
    #[aludel(primary_key)]
    id: Auto<i64>,
    days: Vec<NaiveDate>,
    instants: Vec<Option<jiff_1::Timestamp>>,
    uuids: Vec<uuid::Uuid>,
    hosts: Vec<IpAddr>,
    json: Option<Vec<serde_json::Value>>,
}

/// As elements of arrays, which PostgreSQL alone has.
fn arrays_of_them(db: &Db) -> Result<()> {
    if !db.has_distant_dates() {
        return Ok(());
    }
    let mut conn = made::<OfArrays>(db)?;
    let c = OfArrays::c;
    let days = vec![NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(), NaiveDate::MAX];
    let row = OfArrays {
        id: 1.into(),
        days: days.clone(),
        instants: vec![None, Some(jiff_1::Timestamp::UNIX_EPOCH)],
        uuids: vec![uuid::Uuid::from_u128(7)],
        hosts: vec!["::1".parse().unwrap(), "10.0.0.1".parse().unwrap()],
        json: Some(vec![serde_json::json!({"a": "\",{}"}), serde_json::json!(null)]),
    };
    conn.execute(insert::<OfArrays>().values((
        c.days.set(row.days.clone()),
        c.instants.set(row.instants.clone()),
        c.uuids.set(row.uuids.clone()),
        c.hosts.set(row.hosts.clone()),
        c.json.set(row.json.clone()),
    )))?;
    let found =
        conn.execute(select(c).where_(c.days.eq(days).and(c.hosts.eq(row.hosts.clone()))))?;
    assert_eq!({ found }.one()?, row);
    Ok(())
}
