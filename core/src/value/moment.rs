//! Dates with times: civil ones, and instants.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use super::calendar::{
    DAYS_TO_2000, MICROS_PER_DAY, MICROS_PER_SECOND, write_date, write_era, write_offset,
    write_time,
};
use super::scan::{Scan, impossible, malformed};
use super::time::scan_offset;
use super::{Date, Time};
use crate::error::{Error, Result};

/// From 1970-01-01 to 2000-01-01.
const MICROS_TO_2000: i64 = DAYS_TO_2000 * MICROS_PER_DAY;

const INFINITY: i64 = i64::MAX;
const NEG_INFINITY: i64 = i64::MIN;

/// What a clock and a calendar somewhere show, in microseconds; or one of the two that PostgreSQL
/// calls `infinity`. It is no instant: see [`Timestamp`].
///
/// ```
/// use aludel::value::{Date, DateTime, Time};
///
/// let moment: DateTime = "2024-02-29 13:05:00.25".parse()?;
/// assert_eq!(moment, DateTime::new(Date::new(2024, 2, 29)?, Time::new(13, 5, 0, 250_000)?)?);
/// assert_eq!(moment.date(), Date::new(2024, 2, 29)?);
/// assert_eq!(moment.to_string(), "2024-02-29 13:05:00.25");
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    micros: i64,
}

/// An instant, in microseconds; or one of the two that PostgreSQL calls `infinity`.
///
/// ```
/// use aludel::value::Timestamp;
///
/// let instant: Timestamp = "2024-02-29T13:05:00+02:00".parse()?;
/// assert_eq!(instant.to_string(), "2024-02-29 11:05:00+00");
/// assert_eq!(instant.unix_micros(), Some(1_709_204_700_000_000));
/// assert_eq!(instant.to_utc().to_string(), "2024-02-29 11:05:00");
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    micros: i64,
}

/// What both have.
macro_rules! moments {
    ($($ty:ident),*) => {$(
        impl $ty {
            /// Later than all others.
            pub const INFINITY: Self = Self { micros: INFINITY };
            /// Earlier than all others.
            pub const NEG_INFINITY: Self = Self { micros: NEG_INFINITY };

            /// So many microseconds after 2000-01-01 00:00:00, which for an instant is in UTC;
            /// `i64::MAX` and `i64::MIN` are the two infinities.
            #[must_use]
            pub const fn from_micros(micros: i64) -> Self {
                Self { micros }
            }

            /// The microseconds since 2000-01-01 00:00:00, as for
            /// [`from_micros`](Self::from_micros).
            #[must_use]
            pub const fn micros(self) -> i64 {
                self.micros
            }

            /// Whether it is none of the infinities.
            #[must_use]
            pub const fn is_finite(self) -> bool {
                self.micros != INFINITY && self.micros != NEG_INFINITY
            }

            fn write(self, offset: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::INFINITY => return f.write_str("infinity"),
                    Self::NEG_INFINITY => return f.write_str("-infinity"),
                    _ => {}
                }
                let days = self.micros.div_euclid(MICROS_PER_DAY);
                write_date(days, f)?;
                f.write_str(" ")?;
                write_time(self.micros.rem_euclid(MICROS_PER_DAY), f)?;
                if offset {
                    write_offset(0, f)?;
                }
                write_era(days, f)
            }
        }

        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
moments!(DateTime, Timestamp);

impl DateTime {
    /// The date and the time of day. The end of a day is the beginning of the next.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the date is infinite, or hundreds of thousands of
    /// years away.
    pub fn new(date: Date, time: Time) -> Result<Self> {
        let micros = i64::from(date.days())
            .checked_mul(MICROS_PER_DAY)
            .and_then(|micros| micros.checked_add(time.micros()));
        match micros.map(Self::from_micros) {
            Some(moment) if date.is_finite() && moment.is_finite() => Ok(moment),
            _ => Err(impossible("the date is too far away, or infinite, to have a time of day")),
        }
    }

    /// The day; of an infinity, that of days.
    #[must_use]
    pub fn date(self) -> Date {
        match self {
            Self::INFINITY => Date::INFINITY,
            Self::NEG_INFINITY => Date::NEG_INFINITY,
            Self { micros } => {
                let days = micros.div_euclid(MICROS_PER_DAY);
                Date::from_days(days.try_into().expect("an i64 of microseconds has fewer days"))
            }
        }
    }

    /// The time of day; `None` for an infinity.
    #[must_use]
    pub fn time(self) -> Option<Time> {
        if !self.is_finite() {
            return None;
        }
        Time::from_micros(self.micros.rem_euclid(MICROS_PER_DAY)).ok()
    }

    /// The instant at which a clock in UTC shows this.
    #[must_use]
    pub const fn in_utc(self) -> Timestamp {
        Timestamp { micros: self.micros }
    }
}

impl Timestamp {
    /// So many microseconds after 1970-01-01 00:00:00 UTC.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if that is hundreds of thousands of years away.
    pub fn from_unix_micros(micros: i64) -> Result<Self> {
        micros
            .checked_sub(MICROS_TO_2000)
            .map(Self::from_micros)
            .filter(|instant| instant.is_finite())
            .ok_or_else(|| impossible("the instant is too far away"))
    }

    /// The microseconds since 1970-01-01 00:00:00 UTC; `None` for an infinity, and for instants
    /// hundreds of thousands of years away.
    #[must_use]
    pub const fn unix_micros(self) -> Option<i64> {
        if self.is_finite() { self.micros.checked_add(MICROS_TO_2000) } else { None }
    }

    /// What a clock in UTC shows at this instant.
    #[must_use]
    pub const fn to_utc(self) -> DateTime {
        DateTime { micros: self.micros }
    }
}

/// A finer part than microseconds is cut off, towards the past.
impl TryFrom<SystemTime> for Timestamp {
    type Error = Error;

    fn try_from(time: SystemTime) -> Result<Self> {
        let micros = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).ok(),
            Err(before) => {
                let nanos = before.duration().as_nanos();
                i64::try_from(nanos.div_ceil(1000)).ok().map(|micros| -micros)
            }
        };
        let micros = micros.ok_or_else(|| impossible("the instant is too far away"))?;
        Self::from_unix_micros(micros)
    }
}

/// # Errors
///
/// [`Argument`](crate::ErrorKind::Argument) for an infinity.
impl TryFrom<Timestamp> for SystemTime {
    type Error = Error;

    fn try_from(instant: Timestamp) -> Result<Self> {
        let since = |micros: i64| {
            let length = Duration::from_micros(micros.unsigned_abs());
            if micros < 0 {
                Self::UNIX_EPOCH.checked_sub(length)
            } else {
                Self::UNIX_EPOCH.checked_add(length)
            }
        };
        instant
            .unix_micros()
            .and_then(since)
            .ok_or_else(|| impossible("an infinite instant is no time of the system"))
    }
}

/// A date and a time, `T` or a space between them, and what is behind them.
struct Parts {
    moment: DateTime,
    offset: Option<i32>,
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let mut scan = Scan::new(text);
        let date = Date::scan(&mut scan)?;
        if !scan.skip(b' ') && !scan.skip(b'T') && !scan.skip(b't') {
            return None;
        }
        let time = Time::scan(&mut scan).filter(|time| *time < Time::END_OF_DAY)?;
        let offset = match scan.peek() {
            Some(b'Z' | b'z' | b'+' | b'-') => Some(scan_offset(&mut scan)?),
            _ => None,
        };
        let date = Date::finish(date, &mut scan)?;
        Some(Self { moment: DateTime::new(date, time).ok()?, offset })
    }
}

impl Timestamp {
    /// Reads an instant as SQLite's functions write it: without an offset it is in UTC.
    pub(super) fn parse_utc(text: &str) -> Result<Self> {
        Self::parse(text, Some(0))
    }

    fn parse(text: &str, default: Option<i32>) -> Result<Self> {
        let read = || {
            let Parts { moment, offset } = Parts::read(text)?;
            let offset = i64::from(offset.or(default)?) * MICROS_PER_SECOND;
            moment.micros.checked_sub(offset).map(Self::from_micros)
        };
        match text {
            "infinity" => Ok(Self::INFINITY),
            "-infinity" => Ok(Self::NEG_INFINITY),
            _ => read().filter(|instant| instant.is_finite()).ok_or_else(|| {
                malformed(
                    "an instant in microseconds, with an offset",
                    "2024-02-29 13:05:00.25+00:00",
                )
            }),
        }
    }
}

/// Reads a date and a time with `T` or a space between them, and no offset: `2024-02-29 13:05`,
/// `2024-02-29T13:05:00.25`, `infinity`.
impl FromStr for DateTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "infinity" => Ok(Self::INFINITY),
            "-infinity" => Ok(Self::NEG_INFINITY),
            _ => match Parts::read(text) {
                Some(Parts { moment, offset: None }) => Ok(moment),
                _ => Err(malformed(
                    "a date with a time in microseconds, without an offset",
                    "2024-02-29 13:05:00.25",
                )),
            },
        }
    }
}

/// Reads a date and a time with an offset: `2024-02-29 13:05+02`, `2024-02-29T13:05:00.25Z`,
/// `infinity`.
impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text, None)
    }
}

/// Prints `2024-02-29 13:05:00.25`; the digits behind the point are as for [`Time`].
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(false, f)
    }
}

/// Prints `2024-02-29 13:05:00.25+00`, in UTC; the digits behind the point are as for [`Time`].
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(true, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_there_and_back() {
        for text in [
            "2024-02-29 01:02:03.4",
            "1999-12-31 23:59:59.999999",
            "9999-12-31 23:59:59.999999",
            "294276-12-31 23:59:59.999999",
            "4714-11-24 00:00:00 BC",
            "infinity",
            "-infinity",
        ] {
            let moment: DateTime = text.parse().unwrap();
            assert_eq!(moment.to_string(), text);
            let (body, era) = text.split_once(" BC").map_or((text, ""), |(body, _)| (body, " BC"));
            let offset = if moment.is_finite() { "+00" } else { "" };
            let text = format!("{body}{offset}{era}");
            assert_eq!(text.parse::<Timestamp>().unwrap(), moment.in_utc());
            assert_eq!(moment.in_utc().to_string(), text);
        }
        assert_eq!(format!("{:.6}", DateTime::from_micros(0)), "2000-01-01 00:00:00.000000");
    }

    #[test]
    fn what_is_read_besides() {
        let same = |a: &str, b: &str| {
            assert_eq!(Timestamp::parse_utc(a).unwrap(), b.parse::<Timestamp>().unwrap(), "{a}");
        };
        same("2024-01-02 03:04:05", "2024-01-02 03:04:05+00");
        same("2024-01-02T03:04:05Z", "2024-01-02 03:04:05+00");
        same("2024-01-02 03:04:05.0+00:00", "2024-01-02 03:04:05+00");
        same("2024-01-02T03:04:05.500000000+05:30", "2024-01-01 21:34:05.5+00");
        same("-000043-03-15T00:00:00Z", "0044-03-15 00:00:00+00 BC");
        same("2024-01-02 03:04", "2024-01-02 03:04:00+00");
        for text in [
            "2024-01-02",
            "2024-01-02 24:00:00",
            "2024-01-02 23:59:60",
            "2024-01-02 00:00:00.0000001",
            "2024-01-02  00:00:00",
            "2024-01-02 00:00:00 +00",
            "2024-01-02 00:00:00+00x",
            "2024-01-02 00:00:00[Europe/Berlin]",
            "294278-01-01 00:00:00",
        ] {
            assert!(Timestamp::parse_utc(text).is_err(), "{text}");
            assert!(text.parse::<DateTime>().is_err(), "{text}");
        }
        assert!("2024-01-02 00:00:00Z".parse::<DateTime>().is_err());
        assert!("2024-01-02 00:00:00".parse::<Timestamp>().is_err());
    }

    #[test]
    fn times_of_the_system_are_cut_towards_the_past() {
        let epoch = SystemTime::UNIX_EPOCH;
        let at = |time| Timestamp::try_from(time).unwrap().unix_micros().unwrap();
        assert_eq!(at(epoch + Duration::from_nanos(1_999)), 1);
        assert_eq!(at(epoch - Duration::from_nanos(1)), -1);
        assert_eq!(at(epoch - Duration::from_micros(1)), -1);
        let before = Timestamp::from_unix_micros(-5).unwrap();
        assert_eq!(SystemTime::try_from(before).unwrap(), epoch - Duration::from_micros(5));
        assert!(SystemTime::try_from(Timestamp::INFINITY).is_err());
        assert!(SystemTime::try_from(Timestamp::NEG_INFINITY).is_err());
        assert!(DateTime::new(Date::INFINITY, Time::MIDNIGHT).is_err());
    }
}
