//! Days.

use std::fmt;
use std::str::FromStr;

use super::calendar::{civil_from_days, days_from_civil, is_date, write_date, write_era};
use super::scan::{Scan, impossible, malformed};
use crate::error::{Error, Result};

/// A day of the Gregorian calendar, which is continued to the times before it was in use; or one of
/// the two that PostgreSQL calls `infinity`.
///
/// It prints as databases do. The year before the year 1 is 0 for programs, and `0001 BC` in print.
///
/// ```
/// use aludel::value::Date;
///
/// let day: Date = "2024-02-29".parse()?;
/// assert_eq!(day, Date::new(2024, 2, 29)?);
/// assert_eq!(day.ymd(), Some((2024, 2, 29)));
/// assert!(day < Date::INFINITY);
/// assert_eq!(Date::new(-43, 3, 15)?.to_string(), "0044-03-15 BC");
/// assert!(Date::new(2023, 2, 29).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i32,
}

impl Date {
    /// Later than every day.
    pub const INFINITY: Self = Self { days: i32::MAX };
    /// Earlier than every day.
    pub const NEG_INFINITY: Self = Self { days: i32::MIN };

    /// The day of a year, a month and a day of the month, the latter two counted from 1.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if there is no such day, or if it is millions of years
    /// away.
    pub fn new(year: i32, month: u8, day: u8) -> Result<Self> {
        let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
        Self::of(year, month, day)
            .ok_or_else(|| impossible("there is no day of this year, month and day of the month"))
    }

    fn of(year: i64, month: i64, day: i64) -> Option<Self> {
        if !is_date(year, month, day) {
            return None;
        }
        let days = i32::try_from(days_from_civil(year, month, day)).ok()?;
        Some(Self { days }).filter(|date| date.is_finite())
    }

    /// The day so many days after 2000-01-01; `i32::MAX` and `i32::MIN` are the two infinities.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self { days }
    }

    /// The days from 2000-01-01, as for [`from_days`](Self::from_days).
    #[must_use]
    pub const fn days(self) -> i32 {
        self.days
    }

    /// Whether it is a day, and not an infinity.
    #[must_use]
    pub const fn is_finite(self) -> bool {
        self.days != i32::MAX && self.days != i32::MIN
    }

    /// The year, the month and the day of the month; `None` for an infinity.
    #[must_use]
    pub fn ymd(self) -> Option<(i32, u8, u8)> {
        if !self.is_finite() {
            return None;
        }
        let (year, month, day) = civil_from_days(self.days.into());
        Some((year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?))
    }

    /// Reads a day, without the era that may follow a time behind it.
    pub(super) fn scan(text: &mut Scan<'_>) -> Option<(i64, i64, i64)> {
        let negative = text.skip(b'-');
        if !negative {
            text.skip(b'+');
        }
        let year = text.number(4, 9)?;
        let month = text.skip(b'-').then(|| text.number(2, 2))??;
        let day = text.skip(b'-').then(|| text.number(2, 2))??;
        // The year 0 has no sign.
        let year = match (negative, year) {
            (true, 0) => return None,
            (true, year) => -year,
            (false, year) => year,
        };
        Some((year, month, day))
    }

    /// The day of what [`scan`](Self::scan) has read and of the era that follows, which is read too.
    pub(super) fn finish((year, month, day): (i64, i64, i64), text: &mut Scan<'_>) -> Option<Self> {
        let year = if text.skip_word(" BC") {
            if year < 1 {
                return None;
            }
            1 - year
        } else {
            year
        };
        if text.is_empty() { Self::of(year, month, day) } else { None }
    }
}

/// Reads `2024-02-29`, `0044-03-15 BC`, `-0043-03-15`, `+20000-01-01`, `infinity` and `-infinity`.
impl FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "infinity" => return Ok(Self::INFINITY),
            "-infinity" => return Ok(Self::NEG_INFINITY),
            _ => {}
        }
        let mut scan = Scan::new(text);
        Self::scan(&mut scan)
            .and_then(|parts| Self::finish(parts, &mut scan))
            .ok_or_else(|| malformed("a date", "2024-02-29"))
    }
}

/// Prints as databases do: `2024-02-29`, `0044-03-15 BC`, `infinity`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::INFINITY => f.write_str("infinity"),
            Self::NEG_INFINITY => f.write_str("-infinity"),
            Self { days } => {
                write_date(days.into(), f)?;
                write_era(days.into(), f)
            }
        }
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_there_and_back() {
        for text in [
            "2024-02-29",
            "0001-01-01",
            "9999-12-31",
            "20000-01-01",
            "5874897-12-31",
            "0001-12-31 BC",
            "4713-01-01 BC",
            "infinity",
            "-infinity",
        ] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
        let same = |a: &str, b: &str| assert_eq!(a.parse::<Date>().unwrap(), b.parse().unwrap());
        same("-0043-03-15", "0044-03-15 BC");
        same("-000043-03-15", "0044-03-15 BC");
        same("+20000-01-01", "20000-01-01");
        same("0000-12-31", "0001-12-31 BC");
        for text in [
            "",
            "2024",
            "2024-2-9",
            "2024-02-30",
            "0000-00-00",
            "2024-00-00",
            "2024-01-00",
            "24-01-01",
            "2024-01-01 ",
            "2024-01-01T00:00",
            "0000-01-01 BC",
            "-0000-01-01",
            "99999999-01-01",
            "9999999999-01-01",
            "Infinity",
            "২০২৪-01-01",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
