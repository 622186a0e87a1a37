//! Days of the Gregorian calendar, counted, and parts of days in microseconds.

use std::fmt;

pub(super) const MICROS_PER_SECOND: i64 = 1_000_000;
pub(super) const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
pub(super) const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;
pub(super) const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// From 1970-01-01 to 2000-01-01.
pub(super) const DAYS_TO_2000: i64 = 10_957;

/// Days of 400 years.
const ERA: i64 = 146_097;
/// From 0000-03-01, where the eras begin, to 2000-01-01.
const ERAS_BEGIN: i64 = 719_468 + DAYS_TO_2000;

/// The days from 2000-01-01 to a date. The year before 1 is 0.
pub(super) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March, so that the day that may be missing is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA + day_of_era - ERAS_BEGIN
}

/// The year, month and day so many days after 2000-01-01.
pub(super) const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + ERAS_BEGIN;
    let era = days.div_euclid(ERA);
    let day_of_era = days.rem_euclid(ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// Whether there is such a day.
pub(super) const fn is_date(year: i64, month: i64, day: i64) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    1 <= day && day <= last
}

/// Writes `2024-02-29`; the years before the year 1 are counted backwards, and `write_era` writes what
/// says so behind all the rest.
pub(super) fn write_date(days: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (year, month, day) = civil_from_days(days);
    let year = if year > 0 { year } else { 1 - year };
    write!(f, "{year:04}-{month:02}-{day:02}")
}

pub(super) fn write_era(days: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if civil_from_days(days).0 > 0 { Ok(()) } else { f.write_str(" BC") }
}

/// Writes `03:04:05.678`: as many digits behind the point as are needed, or as the format asks for.
/// The hours may be any number.
pub(super) fn write_time(micros: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (seconds, fraction) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    write!(f, "{hours:02}:{minutes:02}:{:02}", seconds % 60)?;
    let digits = format!("{fraction:06}");
    let digits = match f.precision() {
        Some(wanted) => &digits[..wanted.min(6)],
        None => digits.trim_end_matches('0'),
    };
    if digits.is_empty() { Ok(()) } else { write!(f, ".{digits}") }
}

/// Writes an offset from UTC: `+02`, `-03:30`, `+00:19:32`.
pub(super) fn write_offset(seconds: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.unsigned_abs();
    write!(f, "{sign}{:02}", all / 3600)?;
    if !all.is_multiple_of(3600) {
        write!(f, ":{:02}", all / 60 % 60)?;
    }
    if !all.is_multiple_of(60) {
        write!(f, ":{:02}", all % 60)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_2000() {
        for (year, month, day, days) in [
            (2000, 1, 1, 0),
            (1999, 12, 31, -1),
            (1970, 1, 1, -DAYS_TO_2000),
            (2000, 2, 29, 59),
            (2000, 3, 1, 60),
            // What PostgreSQL says of `'…'::date - '2000-01-01'::date`.
            (1, 1, 1, -730_119),
            (0, 12, 31, -730_120),
            (-4712, 1, 1, -2_451_507),
            (9999, 12, 31, 2_921_939),
            (5_874_897, 12, 31, 2_145_031_948),
        ] {
            assert_eq!(days_from_civil(year, month, day), days, "{year}-{month}-{day}");
            assert_eq!(civil_from_days(days), (year, month, day), "{days}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_is_the_one_after_the_day_before() {
        let (mut year, mut month, mut day) = (1599, 12, 31);
        for days in days_from_civil(1600, 1, 1)..days_from_civil(2400, 1, 1) {
            (year, month, day) = if is_date(year, month, day + 1) {
                (year, month, day + 1)
            } else if month < 12 {
                (year, month + 1, 1)
            } else {
                (year + 1, 1, 1)
            };
            assert_eq!(civil_from_days(days), (year, month, day));
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert!(!is_date(1900, 2, 29) && is_date(2000, 2, 29) && !is_date(2024, 13, 1));
    }
}
