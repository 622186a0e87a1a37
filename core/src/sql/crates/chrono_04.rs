//! Dates and times of `chrono`, version 0.4.
//!
//! ```
//! use aludel::{create_engine, params, text};
//! use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! let day = NaiveDate::from_ymd_opt(2024, 2, 29).expect("a day");
//! let instant = DateTime::<Utc>::from_timestamp_micros(-1).expect("an instant");
//! let length = TimeDelta::milliseconds(-1500);
//! let statement = text("select :day, :instant, :length")
//!     .params(params! { day: day, instant: instant, length: length });
//! let row = conn.execute(statement)?.one()?;
//! assert_eq!(row.get::<NaiveDate>(0)?, day);
//! assert_eq!(row.get::<DateTime<Utc>>(1)?, instant);
//! assert_eq!(row.get::<TimeDelta>(2)?, length);
//! # Ok::<(), aludel::Error>(())
//! ```

use chrono::{
    DateTime as Instant, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta,
    TimeZone, Timelike, Utc,
};

use super::calendar::{beyond, interval, parts, within_day, ymd};
use super::{length, over_plain, refused, unix_micros};
use crate::error::{Error, Result};
use crate::sql::types;
use crate::value::{Date, DateTime, Interval, Time, Timestamp};

fn too_far(what: &str, plain: &str) -> Error {
    beyond(what, "chrono's years, -262143 to 262142", plain)
}

fn day(date: Date) -> Result<NaiveDate> {
    let (year, month, day) = ymd(date)?;
    NaiveDate::from_ymd_opt(year, month.into(), day.into()).ok_or_else(|| too_far("date", "Date"))
}

fn plain_day(date: NaiveDate) -> Result<Date> {
    let part = |number: u32| u8::try_from(number).expect("a month or a day of one");
    Date::new(date.year(), part(date.month()), part(date.day()))
}

fn time(time: Time) -> Result<NaiveTime> {
    let micros = within_day(time)?;
    let seconds = u32::try_from(micros / 1_000_000).expect("a day has fewer seconds");
    let nanos = time.microsecond() * 1000;
    Ok(NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).expect("within a day"))
}

fn plain_time(time: NaiveTime) -> Result<Time> {
    if time.nanosecond() >= 1_000_000_000 {
        return Err(refused("the time is a leap second, which databases do not have"));
    }
    let seconds = i64::from(time.num_seconds_from_midnight());
    Time::from_micros(seconds * 1_000_000 + i64::from(time.nanosecond() / 1000))
}

fn plain_moment(moment: NaiveDateTime) -> Result<DateTime> {
    DateTime::new(plain_day(moment.date())?, plain_time(moment.time())?)
}

fn plain_instant<Z: TimeZone>(of: &Instant<Z>) -> Result<Timestamp> {
    plain_moment(of.naive_utc()).map(DateTime::in_utc)
}

fn utc(of: Timestamp) -> Result<Instant<Utc>> {
    let micros = unix_micros(of)?;
    Instant::from_timestamp_micros(micros).ok_or_else(|| too_far("instant", "Timestamp"))
}

over_plain! {
    NaiveDate: Date, Date, types::Date, day, |date: &NaiveDate| plain_day(*date);
    NaiveTime: Time, Time, types::Time, time, |time: &NaiveTime| plain_time(*time);
    NaiveDateTime: DateTime, DateTime, types::DateTime,
        |moment| {
            let (date, of_day) = parts(moment)?;
            Ok(day(date)?.and_time(time(of_day)?))
        },
        |moment: &NaiveDateTime| plain_moment(*moment);
    Instant<Utc>: Timestamp, Timestamp, types::Timestamp, utc, plain_instant;
    // The database keeps the instant, not the offset that it was written with.
    Instant<FixedOffset>: Timestamp, Timestamp, types::Timestamp,
        |of| utc(of).map(|instant| instant.fixed_offset()),
        plain_instant;
    TimeDelta: Interval, Interval, types::Interval,
        |of| length(of).map(TimeDelta::microseconds),
        |of: &TimeDelta| {
            let seconds = i128::from(of.num_seconds());
            interval(seconds * 1_000_000_000 + i128::from(of.subsec_nanos()))
        };
}
