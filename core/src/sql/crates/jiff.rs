//! Dates and times of `jiff`, versions 0.2 and 1.
//!
//! ```
//! use aludel::{create_engine, params, text};
//! use jiff_1::civil::Date;
//! use jiff_1::{SignedDuration, Timestamp};
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! let (day, length) = (Date::constant(2024, 2, 29), SignedDuration::from_millis(-1500));
//! let instant = Timestamp::from_microsecond(-1).expect("an instant");
//! let statement = text("select :day, :instant, :length")
//!     .params(params! { day: day, instant: instant, length: length });
//! let row = conn.execute(statement)?.one()?;
//! assert_eq!(row.get::<Date>(0)?, day);
//! assert_eq!(row.get::<Timestamp>(1)?, instant);
//! assert_eq!(row.get::<SignedDuration>(2)?, length);
//! # Ok::<(), aludel::Error>(())
//! ```

use super::calendar::{beyond, instant, interval, micros, parts, within_day, ymd};
use super::{length, over_plain, refused, unix_micros};
use crate::error::{Error, Result};
use crate::sql::types;
use crate::value::{Date, DateTime, Interval, Time, Timestamp};

fn too_far(what: &str, plain: &str) -> Error {
    beyond(what, "jiff's limits", plain)
}

/// The parts of a time of day, as jiff counts them.
fn clock(time: Time) -> Result<(i8, i8, i8, i32)> {
    within_day(time)?;
    let part =
        |number: u8| i8::try_from(number).expect("an hour, a minute and a second are below 60");
    let nanos = i32::try_from(time.microsecond() * 1000).expect("a second has fewer nanoseconds");
    Ok((part(time.hour()), part(time.minute()), part(time.second()), nanos))
}

/// A time of day of its parts.
fn plain_time(hour: i8, minute: i8, second: i8, nanos: i32) -> Result<Time> {
    let part = |number: i8| u8::try_from(number).unwrap_or(u8::MAX);
    let micros = u32::try_from(nanos / 1000).unwrap_or(u32::MAX);
    Time::new(part(hour), part(minute), part(second), micros)
}

/// The types of one version of the crate.
macro_rules! version {
    ($name:ident, $feature:literal, $jiff:ident) => {
        #[cfg(feature = $feature)]
        mod $name {
            use $jiff::civil;
            use $jiff::{SignedDuration, Span};

            use super::*;

            fn day(date: Date) -> Result<civil::Date> {
                let (year, month, day) = ymd(date)?;
                let part = |number: u8| i8::try_from(number).expect("a month or a day of one");
                i16::try_from(year)
                    .ok()
                    .and_then(|year| civil::Date::new(year, part(month), part(day)).ok())
                    .ok_or_else(|| too_far("date", "Date"))
            }

            fn plain_day(date: civil::Date) -> Result<Date> {
                let part = |number: i8| u8::try_from(number).unwrap_or(0);
                Date::new(date.year().into(), part(date.month()), part(date.day()))
            }

            fn time(of: Time) -> Result<civil::Time> {
                let (hour, minute, second, nanos) = clock(of)?;
                civil::Time::new(hour, minute, second, nanos).map_err(|_| too_far("time", "Time"))
            }

            fn plain_time(of: civil::Time) -> Result<Time> {
                super::plain_time(of.hour(), of.minute(), of.second(), of.subsec_nanosecond())
            }

            /// The three parts stay apart: nothing is converted into larger units.
            fn span(of: Interval) -> Result<Span> {
                let signs = [i64::from(of.months()), i64::from(of.days()), of.micros()];
                if signs.iter().any(|part| *part < 0) && signs.iter().any(|part| *part > 0) {
                    return Err(refused(
                        "the interval has parts of both signs, and jiff's Span one sign; read it as \
                         aludel::value::Interval",
                    ));
                }
                Span::new()
                    .try_months(of.months())
                    .and_then(|span| span.try_days(of.days()))
                    .and_then(|span| span.try_microseconds(of.micros()))
                    .map_err(|_| too_far("interval", "Interval"))
            }

            fn plain_span(of: &Span) -> Result<Interval> {
                let months = i32::from(of.get_years()) * 12 + of.get_months();
                let days = of.get_weeks() * 7 + of.get_days();
                let minutes = i128::from(of.get_hours()) * 60 + i128::from(of.get_minutes());
                let seconds = minutes * 60 + i128::from(of.get_seconds());
                let millis = seconds * 1000 + i128::from(of.get_milliseconds());
                let all = millis * 1000 + i128::from(of.get_microseconds());
                let nanos = all * 1000 + i128::from(of.get_nanoseconds());
                Ok(Interval::new(months, days, micros(nanos)?))
            }

            over_plain! {
                civil::Date: Date, Date, types::Date, day, |date: &civil::Date| plain_day(*date);
                civil::Time: Time, Time, types::Time, time, |of: &civil::Time| plain_time(*of);
                civil::DateTime: DateTime, DateTime, types::DateTime,
                    |moment| {
                        let (date, of_day) = parts(moment)?;
                        Ok(day(date)?.to_datetime(time(of_day)?))
                    },
                    |moment: &civil::DateTime| {
                        DateTime::new(plain_day(moment.date())?, plain_time(moment.time())?)
                    };
                $jiff::Timestamp: Timestamp, Timestamp, types::Timestamp,
                    |of| {
                        // Of microseconds it would refuse those of its last second.
                        $jiff::Timestamp::from_nanosecond(i128::from(unix_micros(of)?) * 1000)
                            .map_err(|_| too_far("instant", "Timestamp"))
                    },
                    |of: &$jiff::Timestamp| instant(of.as_nanosecond());
                Span: Interval, Interval, types::Interval, span, plain_span;
                SignedDuration: Interval, Interval, types::Interval,
                    |of| length(of).map(SignedDuration::from_micros),
                    |of: &SignedDuration| interval(of.as_nanos());
            }
        }
    };
}
version!(version_02, "jiff-02", jiff_02);
version!(version_1, "jiff-1", jiff_1);
