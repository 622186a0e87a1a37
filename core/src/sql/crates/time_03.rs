//! Dates and times of `time`, version 0.3.
//!
//! ```
//! use aludel::{create_engine, params, text};
//! use time::{Date, Duration, Month, OffsetDateTime};
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! let day = Date::from_calendar_date(2024, Month::February, 29).expect("a day");
//! let instant = OffsetDateTime::UNIX_EPOCH - Duration::MICROSECOND;
//! let statement = text("select :day, :instant, :length")
//!     .params(params! { day: day, instant: instant, length: Duration::MINUTE });
//! let row = conn.execute(statement)?.one()?;
//! assert_eq!(row.get::<Date>(0)?, day);
//! assert_eq!(row.get::<OffsetDateTime>(1)?, instant);
//! assert_eq!(row.get::<Duration>(2)?, Duration::MINUTE);
//! # Ok::<(), aludel::Error>(())
//! ```

use time::{Duration, Month, OffsetDateTime, PrimitiveDateTime};

use super::calendar::{beyond, instant, interval, parts, within_day, ymd};
use super::{length, over_plain, unix_micros};
use crate::error::{Error, Result};
use crate::sql::types;
use crate::value::{Date, DateTime, Interval, Time, Timestamp};

fn too_far(what: &str, plain: &str) -> Error {
    beyond(what, "the years of the crate `time`, -9999 to 9999", plain)
}

fn day(date: Date) -> Result<time::Date> {
    let (year, month, day) = ymd(date)?;
    let month = Month::try_from(month).map_err(|_| too_far("date", "Date"))?;
    time::Date::from_calendar_date(year, month, day).map_err(|_| too_far("date", "Date"))
}

fn plain_day(date: time::Date) -> Result<Date> {
    let (year, month, day) = date.to_calendar_date();
    Date::new(year, month.into(), day)
}

fn time(of: Time) -> Result<time::Time> {
    within_day(of)?;
    let made = time::Time::from_hms_micro(of.hour(), of.minute(), of.second(), of.microsecond());
    Ok(made.expect("within a day"))
}

fn plain_time(of: time::Time) -> Result<Time> {
    let (hour, minute, second, micros) = of.as_hms_micro();
    Time::new(hour, minute, second, micros)
}

over_plain! {
    time::Date: Date, Date, types::Date, day, |date: &time::Date| plain_day(*date);
    time::Time: Time, Time, types::Time, time, |of: &time::Time| plain_time(*of);
    PrimitiveDateTime: DateTime, DateTime, types::DateTime,
        |moment| {
            let (date, of_day) = parts(moment)?;
            Ok(PrimitiveDateTime::new(day(date)?, time(of_day)?))
        },
        |moment: &PrimitiveDateTime| {
            DateTime::new(plain_day(moment.date())?, plain_time(moment.time())?)
        };
    // The database keeps the instant, not the offset that it was written with.
    OffsetDateTime: Timestamp, Timestamp, types::Timestamp,
        |of| {
            let nanos = i128::from(unix_micros(of)?) * 1000;
            OffsetDateTime::from_unix_timestamp_nanos(nanos)
                .map_err(|_| too_far("instant", "Timestamp"))
        },
        |of: &OffsetDateTime| instant(of.unix_timestamp_nanos());
    Duration: Interval, Interval, types::Interval,
        |of| length(of).map(Duration::microseconds),
        |of: &Duration| interval(of.whole_nanoseconds());
}
