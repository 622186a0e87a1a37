//! Lengths of time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::calendar::{MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, write_time};
use super::scan::{Scan, impossible, malformed};
use crate::error::{Error, Result};

/// A length of time as PostgreSQL keeps it: months, days and microseconds, which are not converted
/// into each other, because a month has no fixed number of days, nor a day one of hours.
///
/// Two are equal if all three parts are. SQL finds `1 day` equal to `24 hours`, and so does not
/// compare them as Rust does.
///
/// ```
/// use std::time::Duration;
///
/// use aludel::value::Interval;
///
/// let interval: Interval = "1 mon 2 days 03:04:05.678901".parse()?;
/// assert_eq!(interval, Interval::new(1, 2, 11_045_678_901));
/// assert_eq!(interval, "P1M2DT3H4M5.678901S".parse()?);
/// assert_eq!(Interval::from_micros(-1_500_000).to_string(), "-00:00:01.5");
/// assert_eq!(Duration::try_from(Interval::new(0, 0, 5))?, Duration::from_micros(5));
/// assert!(Duration::try_from(interval).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Interval {
    micros: i64,
    days: i32,
    months: i32,
}

impl Interval {
    /// Of months, days and microseconds, whose signs may differ.
    #[must_use]
    pub const fn new(months: i32, days: i32, micros: i64) -> Self {
        Self { micros, days, months }
    }

    /// Of microseconds only.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self::new(0, 0, micros)
    }

    /// The months.
    #[must_use]
    pub const fn months(self) -> i32 {
        self.months
    }

    /// The days.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.days
    }

    /// The microseconds, which can be more than a day has.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The microseconds of all of it, if it has neither months nor days.
    #[must_use]
    pub const fn as_micros(self) -> Option<i64> {
        if self.months == 0 && self.days == 0 { Some(self.micros) } else { None }
    }
}

/// A finer part than microseconds is cut off.
///
/// # Errors
///
/// [`Argument`](crate::ErrorKind::Argument) if it is hundreds of thousands of years long.
impl TryFrom<Duration> for Interval {
    type Error = Error;

    fn try_from(length: Duration) -> Result<Self> {
        let micros = i64::try_from(length.as_micros());
        micros.map(Self::from_micros).map_err(|_| impossible("the length of time is too long"))
    }
}

/// # Errors
///
/// [`Argument`](crate::ErrorKind::Argument) if it has months or days, or is negative.
impl TryFrom<Interval> for Duration {
    type Error = Error;

    fn try_from(interval: Interval) -> Result<Self> {
        let micros = interval.as_micros().ok_or_else(|| {
            impossible("the interval has months or days, which have no fixed length")
        })?;
        let micros = u64::try_from(micros);
        micros.map(Self::from_micros).map_err(|_| impossible("the interval is negative"))
    }
}

/// The parts while they are read.
#[derive(Default)]
struct Parts {
    months: i64,
    days: i64,
    micros: i64,
}

impl Parts {
    fn add(to: &mut i64, number: i64, unit: i64, negative: bool) -> Option<()> {
        let number = number.checked_mul(unit)?;
        *to = to.checked_add(if negative { number.checked_neg()? } else { number })?;
        Some(())
    }

    fn finish(self) -> Option<Interval> {
        Some(Interval::new(self.months.try_into().ok()?, self.days.try_into().ok()?, self.micros))
    }

    /// `1 year 2 mons -3 days 04:05:06.7`, as PostgreSQL prints them, and `-838:59:59`.
    fn read_words(text: &mut Scan<'_>) -> Option<Self> {
        let mut parts = Self::default();
        loop {
            let negative = text.skip(b'-');
            if !negative {
                text.skip(b'+');
            }
            let number = text.number(1, 18)?;
            if text.skip(b':') {
                let minutes = text.two(60)?;
                let (seconds, micros) =
                    if text.skip(b':') { (text.two(60)?, text.fraction()?) } else { (0, 0) };
                let rest = minutes * MICROS_PER_MINUTE + seconds * MICROS_PER_SECOND + micros;
                Self::add(&mut parts.micros, number, MICROS_PER_HOUR, negative)?;
                Self::add(&mut parts.micros, rest, 1, negative)?;
                return text.is_empty().then_some(parts);
            }
            text.skip_spaces();
            let (to, unit) = if text.skip_word("year") {
                (&mut parts.months, 12)
            } else if text.skip_word("mon") {
                text.skip_word("th");
                (&mut parts.months, 1)
            } else if text.skip_word("day") {
                (&mut parts.days, 1)
            } else {
                return None;
            };
            Self::add(to, number, unit, negative)?;
            text.skip_word("s");
            if text.is_empty() {
                return Some(parts);
            }
            if !text.skip(b' ') {
                return None;
            }
            text.skip_spaces();
        }
    }

    /// `P1Y2M-3DT4H5M6.7S`.
    fn read_iso(text: &mut Scan<'_>) -> Option<Self> {
        let mut parts = Self::default();
        let mut in_time = false;
        let mut any = false;
        while !text.is_empty() {
            if !in_time && text.skip_word("T") {
                in_time = true;
                any = false;
                continue;
            }
            let negative = text.skip(b'-');
            let number = text.number(1, 18)?;
            let point = text.peek() == Some(b'.');
            let micros = text.fraction()?;
            let date = !in_time && !point;
            let (to, unit) = if date && text.skip_word("Y") {
                (&mut parts.months, 12)
            } else if date && text.skip_word("M") {
                (&mut parts.months, 1)
            } else if date && text.skip_word("W") {
                (&mut parts.days, 7)
            } else if date && text.skip_word("D") {
                (&mut parts.days, 1)
            } else if in_time && !point && text.skip_word("H") {
                (&mut parts.micros, MICROS_PER_HOUR)
            } else if in_time && !point && text.skip_word("M") {
                (&mut parts.micros, MICROS_PER_MINUTE)
            } else if in_time && text.skip_word("S") {
                Self::add(&mut parts.micros, micros, 1, negative)?;
                (&mut parts.micros, MICROS_PER_SECOND)
            } else {
                return None;
            };
            Self::add(to, number, unit, negative)?;
            any = true;
        }
        any.then_some(parts)
    }
}

/// Reads what it prints, the form of ISO 8601 (`P1Y2M3DT4H5M6.7S`), and a time of any number of hours
/// (`-838:59:59`).
impl FromStr for Interval {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut scan = Scan::new(text);
        let parts = if scan.skip_word("P") {
            Parts::read_iso(&mut scan)
        } else {
            Parts::read_words(&mut scan)
        };
        parts.and_then(Parts::finish).ok_or_else(|| {
            malformed("an interval in microseconds", "1 year 2 mons 3 days 04:05:06.7")
        })
    }
}

/// Prints as PostgreSQL does: `1 year 2 mons -3 days +04:05:06.7`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = None;
        let words = [(self.months / 12, "year"), (self.months % 12, "mon"), (self.days, "day")];
        for (number, word) in words.into_iter().filter(|(number, _)| *number != 0) {
            let space = if before.is_some() { " " } else { "" };
            // Behind what is negative a sign says that this is not.
            let sign = if before == Some(true) && number > 0 { "+" } else { "" };
            let plural = if number == 1 { "" } else { "s" };
            write!(f, "{space}{sign}{number} {word}{plural}")?;
            before = Some(number < 0);
        }
        if self.micros == 0 && before.is_some() {
            return Ok(());
        }
        if before.is_some() {
            f.write_str(" ")?;
        }
        if self.micros < 0 {
            f.write_str("-")?;
        } else if before == Some(true) {
            f.write_str("+")?;
        }
        match self.micros.checked_abs() {
            Some(micros) => write_time(micros, f),
            // One more than the largest.
            None => f.write_str("2562047788:00:54.775808"),
        }
    }
}

impl fmt::Debug for Interval {
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
            "00:00:00",
            "1 year 2 mons 3 days 04:05:06.7",
            "-1 mons +1 day -00:00:01",
            "-1 years -2 mons +3 days -04:05:06",
            "1 day",
            "-838:59:59",
            "-2562047788:00:54.775807",
            "178956970 years 7 mons 2147483647 days 2562047788:00:54.775807",
        ] {
            assert_eq!(text.parse::<Interval>().unwrap().to_string(), text);
        }
        assert!("-2562047788:00:54.775808".parse::<Interval>().is_ok());
        let least = Interval::new(i32::MIN, i32::MIN, i64::MIN);
        assert_eq!(least.to_string().parse::<Interval>().unwrap(), least);
    }

    #[test]
    fn other_forms() {
        let same = |a: &str, b: &str| {
            assert_eq!(a.parse::<Interval>().unwrap(), b.parse().unwrap(), "{a}");
        };
        same("P1Y2M-3DT4H5M6.7S", "1 year 2 mons -3 days +04:05:06.7");
        same("PT-0.5S", "-00:00:00.5");
        same("P1W", "7 days");
        same("1 month 1 day", "1 mon 1 day");
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "P1.5D",
            "1",
            "1 day ",
            "1 hour",
            "00:60:00",
            "1 day 2",
            "00:00:00.1234567",
        ] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
    }
}
