//! Dates and times, as either protocol gives them.

use aludel_core::value::{Date, DateTime, Interval, Time, ValueRef};
use mysql_async::Value as Cell;
use mysql_async::consts::ColumnType;

/// A cell of the binary protocol; `None` if it is a date that is none.
pub(super) fn read(cell: &Cell, ty: ColumnType) -> Option<ValueRef<'static>> {
    match *cell {
        Cell::Date(year, month, day, hour, minute, second, micros) => {
            let date = Date::new(year.into(), month, day).ok()?;
            let time = Time::new(hour, minute, second, micros).ok()?;
            of_parts(date, time, ty)
        }
        Cell::Time(negative, days, hours, minutes, seconds, micros) => {
            let hours = i64::from(days) * 24 + i64::from(hours);
            let seconds = (hours * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
            let micros = seconds * 1_000_000 + i64::from(micros);
            Some(of_length(if negative { -micros } else { micros }))
        }
        _ => None,
    }
}

/// The same in the text protocol.
pub(super) fn parse(text: &str, ty: ColumnType) -> Option<ValueRef<'static>> {
    match ty {
        ColumnType::MYSQL_TYPE_TIME => text.parse::<Interval>().ok()?.as_micros().map(of_length),
        ColumnType::MYSQL_TYPE_DATE => of_parts(text.parse().ok()?, Time::MIDNIGHT, ty),
        _ => {
            let moment: DateTime = text.parse().ok()?;
            of_parts(moment.date(), moment.time()?, ty)
        }
    }
}

fn of_parts(date: Date, time: Time, ty: ColumnType) -> Option<ValueRef<'static>> {
    if ty == ColumnType::MYSQL_TYPE_DATE {
        return Some(ValueRef::Date(date));
    }
    let moment = DateTime::new(date, time).ok()?;
    Some(match ty {
        // The session's time zone is UTC.
        ColumnType::MYSQL_TYPE_TIMESTAMP => ValueRef::Timestamp(moment.in_utc()),
        _ => ValueRef::DateTimeOrUtc(moment),
    })
}

/// What MySQL calls TIME is a time of day, or a length of up to 838 hours.
fn of_length(micros: i64) -> ValueRef<'static> {
    match Time::from_micros(micros) {
        Ok(time) => ValueRef::Time(time),
        Err(_) => ValueRef::Interval(Interval::from_micros(micros)),
    }
}
