//! Times of day, without and with an offset from UTC.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::calendar::{
    MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, write_offset, write_time,
};
use super::scan::{Scan, impossible, malformed};
use crate::error::{Error, Result};

/// A time of day in microseconds, from 00:00:00 to 24:00:00: databases tell the end of a day from its
/// beginning.
///
/// ```
/// use aludel::value::Time;
///
/// let time: Time = "13:05:00.25".parse()?;
/// assert_eq!(time, Time::new(13, 5, 0, 250_000)?);
/// assert_eq!((time.hour(), time.minute()), (13, 5));
/// assert_eq!(time.to_string(), "13:05:00.25");
/// assert_eq!(format!("{time:.6}"), "13:05:00.250000");
/// assert!(time < Time::END_OF_DAY);
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    micros: i64,
}

impl Time {
    /// 00:00:00.
    pub const MIDNIGHT: Self = Self { micros: 0 };
    /// 24:00:00.
    pub const END_OF_DAY: Self = Self { micros: MICROS_PER_DAY };

    /// The time of an hour, a minute, a second and a microsecond.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if there is no such time; a leap second is none.
    pub fn new(hour: u8, minute: u8, second: u8, microsecond: u32) -> Result<Self> {
        let refused = || impossible("there is no time of day with this hour, minute and second");
        if minute > 59 || second > 59 || microsecond > 999_999 {
            return Err(refused());
        }
        Self::from_micros(
            i64::from(hour) * MICROS_PER_HOUR
                + i64::from(minute) * MICROS_PER_MINUTE
                + i64::from(second) * MICROS_PER_SECOND
                + i64::from(microsecond),
        )
        .map_err(|_| refused())
    }

    /// The time so many microseconds after midnight.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the number is negative, or more than a day has.
    pub fn from_micros(micros: i64) -> Result<Self> {
        if (0..=MICROS_PER_DAY).contains(&micros) {
            return Ok(Self { micros });
        }
        Err(impossible("a time of day has from 0 to 86400000000 microseconds"))
    }

    /// The microseconds since midnight.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The hour, up to 24.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.part(MICROS_PER_HOUR, 100)
    }

    /// The minute of the hour.
    #[must_use]
    pub fn minute(self) -> u8 {
        self.part(MICROS_PER_MINUTE, 60)
    }

    /// The second of the minute.
    #[must_use]
    pub fn second(self) -> u8 {
        self.part(MICROS_PER_SECOND, 60)
    }

    /// The microsecond of the second.
    #[must_use]
    pub fn microsecond(self) -> u32 {
        u32::try_from(self.micros % MICROS_PER_SECOND).expect("a second has fewer microseconds")
    }

    fn part(self, unit: i64, of: i64) -> u8 {
        u8::try_from(self.micros / unit % of).expect("an hour, a minute and a second are below 100")
    }

    /// Reads a time of day: `03:04`, `03:04:05`, `03:04:05.678`.
    pub(super) fn scan(text: &mut Scan<'_>) -> Option<Self> {
        let hour = text.two(25)?;
        let minute = text.skip(b':').then(|| text.two(60))??;
        let (second, micros) =
            if text.skip(b':') { (text.two(60)?, text.fraction()?) } else { (0, 0) };
        let seconds = (hour * 60 + minute) * 60 + second;
        Self::from_micros(seconds * MICROS_PER_SECOND + micros).ok()
    }
}

/// Reads `03:04`, `03:04:05` and `03:04:05.678`.
impl FromStr for Time {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut scan = Scan::new(text);
        Self::scan(&mut scan)
            .filter(|_| scan.is_empty())
            .ok_or_else(|| malformed("a time of day in microseconds", "13:05:00.25"))
    }
}

/// Prints `03:04:05`, with the digits behind the point that are needed, or as many as the format says.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(self.micros, f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How far an offset may be from UTC, in seconds: less than 16 hours.
const LARGEST_OFFSET: i32 = 16 * 3600 - 1;

/// A time of day with the offset of a place from UTC: PostgreSQL's `time with time zone`.
///
/// Two are equal if both parts are. They are ordered by the moment, as PostgreSQL orders them.
///
/// ```
/// use aludel::value::{Time, TimeTz};
///
/// let time: TimeTz = "13:05:00+02".parse()?;
/// assert_eq!(time.time(), Time::new(13, 5, 0, 0)?);
/// assert_eq!(time.offset(), 2 * 3600);
/// assert!(time < "12:05:00+00".parse()?);
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeTz {
    time: Time,
    offset: i32,
}

impl TimeTz {
    /// A time and an offset in seconds, positive to the east of Greenwich.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the offset is 16 hours or more.
    pub fn new(time: Time, offset: i32) -> Result<Self> {
        if (-LARGEST_OFFSET..=LARGEST_OFFSET).contains(&offset) {
            return Ok(Self { time, offset });
        }
        Err(impossible("an offset from UTC has less than 16 hours"))
    }

    /// The time that a clock at the place shows.
    #[must_use]
    pub const fn time(self) -> Time {
        self.time
    }

    /// The offset in seconds, positive to the east of Greenwich.
    #[must_use]
    pub const fn offset(self) -> i32 {
        self.offset
    }
}

/// Reads an offset from UTC: `Z`, `+02`, `-0330`, `-03:30`, `+00:19:32`.
pub(super) fn scan_offset(text: &mut Scan<'_>) -> Option<i32> {
    if text.skip(b'Z') || text.skip(b'z') {
        return Some(0);
    }
    let negative = text.skip(b'-');
    if !negative && !text.skip(b'+') {
        return None;
    }
    let mut seconds = text.two(16)? * 3600;
    let colon = text.skip(b':');
    if colon || text.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        seconds += text.two(60)? * 60;
        if colon && text.skip(b':') {
            seconds += text.two(60)?;
        }
    }
    i32::try_from(if negative { -seconds } else { seconds }).ok()
}

impl Ord for TimeTz {
    fn cmp(&self, other: &Self) -> Ordering {
        let moment = |of: &Self| of.time.micros - i64::from(of.offset) * MICROS_PER_SECOND;
        moment(self).cmp(&moment(other)).then(other.offset.cmp(&self.offset))
    }
}

impl PartialOrd for TimeTz {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads a time of day with an offset: `03:04:05+02`, `03:04:05.678-03:30`, `03:04Z`.
impl FromStr for TimeTz {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut scan = Scan::new(text);
        let read = |scan: &mut Scan<'_>| {
            let time = Time::scan(scan)?;
            let offset = scan_offset(scan)?;
            Self::new(time, offset).ok()
        };
        read(&mut scan)
            .filter(|_| scan.is_empty())
            .ok_or_else(|| malformed("a time of day with an offset", "13:05:00.25+02:00"))
    }
}

/// Prints `03:04:05+02`.
impl fmt::Display for TimeTz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.time, f)?;
        write_offset(self.offset, f)
    }
}

impl fmt::Debug for TimeTz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_there_and_back() {
        for text in ["00:00:00", "23:59:59.999999", "24:00:00", "01:02:03.4"] {
            assert_eq!(text.parse::<Time>().unwrap().to_string(), text);
        }
        assert_eq!("03:04".parse::<Time>().unwrap().to_string(), "03:04:00");
        assert_eq!("03:04:05.1234560".parse::<Time>().unwrap().microsecond(), 123_456);
        for text in [
            "",
            "3:04:05",
            "24:00:00.000001",
            "23:60:00",
            "23:59:60",
            "03:04:05.",
            "03:04:05.1234567",
            "-01:00:00",
            "03:04:05Z",
            "03:04:05 ",
        ] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
        assert!(Time::new(24, 0, 0, 1).is_err() && Time::new(0, 0, 60, 0).is_err());
    }

    #[test]
    fn offsets() {
        for text in ["01:02:03+00", "24:00:00-15:59:59", "01:02:03.5+05:30", "00:00:00+00:19:32"] {
            assert_eq!(text.parse::<TimeTz>().unwrap().to_string(), text);
        }
        assert_eq!("01:02Z".parse::<TimeTz>().unwrap().offset(), 0);
        assert_eq!("01:02-0330".parse::<TimeTz>().unwrap().offset(), -12_600);
        for text in ["01:02:03", "01:02:03+16", "01:02:03+2", "01:02:03+02:", "01:02:03+02:60"] {
            assert!(text.parse::<TimeTz>().is_err(), "{text}");
        }
    }
}
