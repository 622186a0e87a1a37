//! Values on their way to the server.

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Date, DateTime, Decimal, Interval, Time, Value};
use mysql_async::Value as Cell;

/// The last length of a TIME, 838:59:59.999999.
const LONGEST_TIME: i64 = 839 * 3600 * 1_000_000 - 1;

const MOST_DIGITS: usize = 65;
const MOST_FRACTION: usize = 30;

/// The values in the protocol's form. A boolean is 0 or 1.
pub(crate) fn encode(params: &[Value]) -> Result<Vec<Cell>> {
    let mut cells = Vec::with_capacity(params.len());
    for (index, value) in params.iter().enumerate() {
        let cell = encode_one(value);
        cells.push(cell.map_err(|error| error.context(&format!("parameter {}", index + 1)))?);
    }
    Ok(cells)
}

#[inline]
fn encode_one(value: &Value) -> Result<Cell> {
    Ok(match value {
        Value::Null => Cell::NULL,
        Value::Bool(value) => Cell::Int((*value).into()),
        Value::Int(value) => Cell::Int(*value),
        Value::Float(value) if value.is_finite() => Cell::Double(*value),
        Value::Text(value) => Cell::Bytes(value.as_bytes().into()),
        Value::Bytes(value) => Cell::Bytes(value.to_vec()),
        other => return encode_rare(other),
    })
}

fn encode_rare(value: &Value) -> Result<Cell> {
    Ok(match value {
        Value::Float(_) => {
            return Err(refused(
                "NaN and infinity cannot be stored: MySQL's floats have neither; bind NULL if that is \
                 meant",
            ));
        }
        Value::UInt(value) => Cell::UInt(*value),
        Value::Decimal(value) if value.is_finite() => decimal(value)?,
        Value::Decimal(_) => {
            return Err(refused(
                "NaN and infinity cannot be stored: MySQL's DECIMAL has neither; bind NULL if that is \
                 meant",
            ));
        }
        Value::Date(value) => date(*value, Time::MIDNIGHT)?,
        Value::DateTime(value) => moment(*value)?,
        // The session's time zone is UTC.
        Value::Timestamp(value) => moment(value.to_utc())?,
        Value::Time(value) => length(value.micros())?,
        Value::Interval(value) => interval(*value)?,
        Value::Uuid(value) => Cell::Bytes(value.encode().to_vec()),
        Value::Json(value) => Cell::Bytes(value.get().into()),
        Value::Bits(bits) => match bits.as_ref().as_ref().to_u64() {
            Some(number) => Cell::UInt(number),
            None => return Err(refused("the string has more than the 64 bits of MySQL's BIT")),
        },
        Value::Other(other) => match (other.as_text(), other.as_bytes()) {
            (Some(text), _) => Cell::Bytes(text.into()),
            (None, bytes) => Cell::Bytes(bytes.unwrap_or_default().to_vec()),
        },
        other => return Err(unknown(other)),
    })
}

/// The server would round what has more digits behind the point, with no more than a note.
fn decimal(number: &Decimal) -> Result<Cell> {
    let text = number.as_str();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.trim_start_matches(['-', '0']).len();
    let fraction = fraction.trim_end_matches('0').len();
    if fraction > MOST_FRACTION || whole + fraction > MOST_DIGITS {
        return Err(refused(
            "MySQL's DECIMAL has up to 65 digits, of which up to 30 are behind the point",
        ));
    }
    Ok(Cell::Bytes(text.into()))
}

fn date(date: Date, time: Time) -> Result<Cell> {
    let parts = date.ymd().and_then(|(year, month, day)| {
        let year = u16::try_from(year).ok().filter(|year| *year <= 9999)?;
        Some((year, month, day))
    });
    let (year, month, day) = parts
        .ok_or_else(|| refused("MySQL's dates are in the years 0 to 9999, and none is infinite"))?;
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    Ok(Cell::Date(year, month, day, hour, minute, second, time.microsecond()))
}

fn moment(moment: DateTime) -> Result<Cell> {
    date(moment.date(), moment.time().unwrap_or(Time::MIDNIGHT))
}

fn interval(interval: Interval) -> Result<Cell> {
    match interval.as_micros() {
        Some(micros) => length(micros),
        None => Err(refused(
            "the interval has months or days, and MySQL's TIME only hours, minutes and seconds; bind \
             the months and days as integers",
        )),
    }
}

fn length(micros: i64) -> Result<Cell> {
    if !(-LONGEST_TIME..=LONGEST_TIME).contains(&micros) {
        return Err(refused("MySQL's TIME ends at 838:59:59.999999 on either side"));
    }
    let size = micros.unsigned_abs();
    let part = |unit: u64, of: u64| u8::try_from(size / 1_000_000 / unit % of).unwrap_or(0);
    let days = u32::from(part(24 * 3600, 100));
    let fraction = u32::try_from(size % 1_000_000).unwrap_or(0);
    Ok(Cell::Time(micros < 0, days, part(3600, 24), part(60, 60), part(1, 60), fraction))
}

#[cold]
fn refused(why: &str) -> Error {
    Error::new(ErrorKind::Data, why)
}

#[cold]
fn unknown(value: &Value) -> Error {
    let what = value.as_ref().type_name();
    Error::new(
        ErrorKind::NotSupported,
        format!("{what} cannot be bound: MySQL has no such type; bind it as text or as JSON"),
    )
}

#[cfg(test)]
mod tests {
    use aludel_core::value::TimeTz;

    use super::*;

    #[test]
    fn what_has_no_place_is_refused_before_it_is_sent() {
        let error = encode(&[Value::Int(1), Value::Float(f64::NAN)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.message().starts_with("parameter 2: NaN"), "{error}");
        let micros = LONGEST_TIME + 1;
        for value in [
            Decimal::nan().into(),
            Decimal::neg_infinity().into(),
            Decimal::from_unscaled(1, 31).into(),
            format!("1{}", "0".repeat(65)).parse::<Decimal>().unwrap().into(),
            Date::INFINITY.into(),
            Date::new(10_000, 1, 1).unwrap().into(),
            Date::new(-5, 1, 1).unwrap().into(),
            DateTime::NEG_INFINITY.into(),
            "294276-12-31 00:00:00".parse::<DateTime>().unwrap().in_utc().into(),
            Interval::new(1, 0, 0).into(),
            Interval::new(0, 1, 0).into(),
            Interval::from_micros(micros).into(),
            Interval::from_micros(-micros).into(),
            Interval::from_micros(i64::MIN).into(),
            std::iter::repeat_n(true, 65).collect::<aludel_core::value::BitString>().into(),
        ] {
            let error = encode(std::slice::from_ref(&value)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data, "{value:?}");
        }
        let odd = TimeTz::new(Time::MIDNIGHT, 60).unwrap();
        assert_eq!(encode(&[odd.into()]).unwrap_err().kind(), ErrorKind::NotSupported);
    }

    #[test]
    fn parts_of_dates_and_times() {
        let cell = |value: Value| encode_one(&value).unwrap();
        let date = Date::new(0, 2, 29).unwrap();
        assert_eq!(cell(date.into()), Cell::Date(0, 2, 29, 0, 0, 0, 0));
        let moment: DateTime = "9999-12-31 23:59:59.999999".parse().unwrap();
        let parts = Cell::Date(9999, 12, 31, 23, 59, 59, 999_999);
        assert_eq!(cell(moment.into()), parts);
        assert_eq!(cell(moment.in_utc().into()), parts);
        assert_eq!(cell(Time::END_OF_DAY.into()), Cell::Time(false, 1, 0, 0, 0, 0));
        let longest = Interval::from_micros(-LONGEST_TIME);
        assert_eq!(cell(longest.into()), Cell::Time(true, 34, 22, 59, 59, 999_999));
    }
}
