//! What the crates for dates and times have in common.

use super::{infinite, refused};
use crate::error::{Error, Result};
#[cfg(any(feature = "jiff-02", feature = "jiff-1", feature = "time-03"))]
use crate::value::Timestamp;
use crate::value::{Date, DateTime, Interval, Time};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Microseconds of nanoseconds, cut off towards the past.
pub(super) fn micros(nanos: i128) -> Result<i64> {
    let micros = nanos.div_euclid(1000);
    micros.try_into().map_err(|_| refused("it is hundreds of thousands of years away, or long"))
}

/// An interval of nanoseconds.
pub(super) fn interval(nanos: i128) -> Result<Interval> {
    micros(nanos).map(Interval::from_micros)
}

/// The instant so many nanoseconds after 1970.
#[cfg(any(feature = "jiff-02", feature = "jiff-1", feature = "time-03"))]
pub(super) fn instant(nanos: i128) -> Result<Timestamp> {
    micros(nanos).and_then(Timestamp::from_unix_micros)
}

/// The date and the time of a moment that is finite.
pub(super) fn parts(moment: DateTime) -> Result<(Date, Time)> {
    let time = moment.time().ok_or_else(|| infinite("moment", "DateTime"))?;
    Ok((moment.date(), time))
}

/// The year, month and day of a date that is finite.
pub(super) fn ymd(date: Date) -> Result<(i32, u8, u8)> {
    date.ymd().ok_or_else(|| infinite("date", "Date"))
}

/// The microseconds of a time that is not the end of a day.
pub(super) fn within_day(time: Time) -> Result<i64> {
    if time.micros() < MICROS_PER_DAY {
        return Ok(time.micros());
    }
    Err(refused("the time is 24:00:00, the end of a day; read it as aludel::value::Time"))
}

#[cold]
pub(super) fn beyond(what: &str, limits: &str, plain: &str) -> Error {
    refused(&format!("the {what} is beyond {limits}; read it as aludel::value::{plain}"))
}
