//! Whether a value fits: what of it a database would round, cut or take for something else in silence.

use std::borrow::Cow;

use crate::sql::Name;
use crate::sql::tree::own_type;
use crate::sql::types::TypeKind;
use crate::value::{Date, DateTime, Decimal, Time, TimeTz, Timestamp, Value};

/// Why a value does not fit, and what to do.
pub(super) struct Reason(pub(super) Cow<'static, str>, pub(super) &'static str);

const NO_NUMBER: Reason = Reason(Cow::Borrowed("it is no number"), "give a number");
const NO_TIME: Reason =
    Reason(Cow::Borrowed("it is no time"), "give a value of the type of the column");
pub(super) const OTHER_TIME: Reason =
    Reason(Cow::Borrowed("it is another kind of time"), "give a value of the type of the column");
pub(super) const OFFSET: Reason = Reason(
    Cow::Borrowed("it has an offset from UTC, which would be left out"),
    "give a value without one, or give the column a time zone",
);
const ROUND: &str = "round it in the program, or give the column more digits";

pub(super) fn whole(value: &Value, text: bool) -> Option<Reason> {
    let is_whole = match value {
        Value::Float(value) => value.fract() == 0.0,
        Value::Decimal(value) => value.is_integer(),
        Value::Text(value) if text => {
            value.parse::<Decimal>().is_ok_and(|number| number.is_integer())
        }
        _ if text => !is_no_number(value),
        _ => !is_time(value),
    };
    (!is_whole).then_some(Reason("it is no integer".into(), "give an integer"))
}

pub(super) fn digits(
    value: &Value,
    most_whole: usize,
    most_fraction: usize,
    text: bool,
) -> Option<Reason> {
    let number: Cow<'_, Decimal> = match value {
        Value::Decimal(value) => Cow::Borrowed(value),
        // A power of 10 of 19 digits is beyond every i64.
        Value::Int(_) | Value::UInt(_) if most_whole >= 20 => return None,
        Value::Int(value) => Cow::Owned((*value).into()),
        Value::UInt(value) => Cow::Owned((*value).into()),
        // As the database prints it.
        Value::Float(value) => Cow::Owned(value.to_string().parse().ok()?),
        Value::Text(value) if text => match value.parse() {
            Ok(number) => Cow::Owned(number),
            Err(_) => return Some(NO_NUMBER),
        },
        _ if text && is_no_number(value) => return Some(NO_NUMBER),
        _ => return None,
    };
    // Whether there are other than finite numbers is the driver's or the server's to say.
    if !number.is_finite() {
        return None;
    }
    let behind = number.fraction().trim_end_matches('0').len();
    if behind > most_fraction {
        let why =
            format!("it has {behind} digits behind the point and not {most_fraction} at most");
        return Some(Reason(why.into(), ROUND));
    }
    let before = number.whole().trim_start_matches('0').len();
    let why = format!("it has {before} digits before the point and not {most_whole} at most");
    (before > most_whole).then_some(Reason(why.into(), "give the column more digits"))
}

/// A decimal number is held if it is what the float prints: a float that is nearest to it and to no
/// other number of as many digits. A float of more digits is rounded, as floats are.
pub(super) fn float(value: &Value, most: u32, converts: bool) -> Option<Reason> {
    let number: Cow<'_, Decimal> = match value {
        Value::Int(value) => return binary_digits(value.unsigned_abs(), most),
        Value::UInt(value) => return binary_digits(*value, most),
        Value::Decimal(value) => Cow::Borrowed(value),
        Value::Text(text) => match text.parse() {
            Ok(number) => Cow::Owned(number),
            Err(_) => return converts.then_some(NO_NUMBER),
        },
        _ => return (converts && is_no_number(value)).then_some(NO_NUMBER),
    };
    // Whether there are other than finite numbers is the driver's or the server's to say.
    if !number.is_finite() {
        return None;
    }
    let is_held = match most {
        f32::MANTISSA_DIGITS => number.to_f32().is_some(),
        _ => number.to_f64().is_some(),
    };
    (!is_held).then_some(FEW_DIGITS)
}

const FEW_DIGITS: Reason =
    Reason(Cow::Borrowed("a float does not have so many digits"), "use an integer or Numeric");

fn binary_digits(size: u64, most: u32) -> Option<Reason> {
    let digits = u64::BITS - size.leading_zeros() - size.trailing_zeros().min(u64::BITS - 1);
    (size != 0 && digits > most).then_some(FEW_DIGITS)
}

/// What one text for all sets would take for another value.
pub(super) fn other_kind(value: &Value, own: TypeKind) -> Option<Reason> {
    let (fits, name) = match own {
        TypeKind::Numeric => (is_number(value), "a Decimal"),
        TypeKind::Date => (matches!(value, Value::Date(_)), "a Date"),
        _ => (matches!(value, Value::Bytes(_)), "bytes"),
    };
    let why = || format!("another parameter set, or another value of the list, gives {name}");
    (!fits).then(|| Reason(why().into(), "give values of one type"))
}

/// What a text that was written without it takes for another value.
pub(super) fn uncast(value: &Value) -> Option<Reason> {
    own_type(value).is_some().then_some(Reason(
        Cow::Borrowed(
            "it was not known when the statement was prepared, or compiled with a function that makes the value, \
             that it must be cast",
        ),
        "give the bind a type by `typed`, or cast it; or give the value at execution, without preparing the \
         statement",
    ))
}

pub(super) const FLOAT_REMAINDER: Reason = Reason(
    Cow::Borrowed("the database does not have `%` of floating-point numbers"),
    "give an integer or a Decimal, or compute it in the program",
);

pub(super) const UNKNOWN_NUMBER: Reason = Reason(
    Cow::Borrowed(
        "decimal numbers are text there, and what it stands beside is not known to be one",
    ),
    "give the bind a type by `typed`, or cast what stands beside it to `Decimal`",
);

pub(super) const NUL: Reason = Reason(
    Cow::Borrowed("it has the character NUL, which no text of the database has"),
    "leave it out, or use bytes",
);

pub(super) const ARRAY: Reason = Reason(
    Cow::Borrowed("it is an array, whose text would be stored"),
    "give one value, or make the column an array",
);

pub(super) fn rows(value: &Value) -> Option<Reason> {
    let (why, cure) = match value {
        Value::Int(0..) => return None,
        Value::UInt(rows) if i64::try_from(*rows).is_ok() => return None,
        Value::UInt(_) => ("it is more than there are rows in any table", "give a smaller one"),
        Value::Int(_) => ("it is negative", "give an integer that is not"),
        Value::Null => ("it is NULL", "leave `limit` or `offset` out where there is none"),
        _ => ("it is no integer", "give an integer"),
    };
    Some(Reason(why.into(), cure))
}

pub(super) fn day(value: &Value, converts: bool) -> Option<Reason> {
    let moment = match value {
        Value::DateTime(value) => *value,
        Value::Timestamp(value) => value.to_utc(),
        Value::Text(text) => match text.parse::<DateTime>() {
            Ok(moment) => moment,
            Err(_) if text.contains(':') => return Some(TIME_OF_DAY),
            Err(_) => return (converts && text.parse::<Date>().is_err()).then_some(NO_DATE),
        },
        Value::Time(_) | Value::TimeTz(_) | Value::Interval(_) => return Some(OTHER_TIME),
        _ => return is_number(value).then_some(NO_TIME),
    };
    let has_time = moment.time().is_some_and(|time| time != Time::MIDNIGHT);
    has_time.then_some(TIME_OF_DAY)
}

/// MySQL takes years of two digits for some of this century or of the last.
const NO_DATE: Reason = Reason(
    Cow::Borrowed("it is no date"),
    "give a Date, or a year of four digits, a month and a day with `-` between them",
);

const TIME_OF_DAY: Reason = Reason(Cow::Borrowed("it has a time of day"), "give a Date");

fn is_time(value: &Value) -> bool {
    matches!(
        value,
        Value::Date(_)
            | Value::Time(_)
            | Value::TimeTz(_)
            | Value::DateTime(_)
            | Value::Timestamp(_)
            | Value::Interval(_)
    )
}

/// Whether it is of a kind that a database could only take for a number by its text.
fn is_no_number(value: &Value) -> bool {
    let is_other = matches!(value, Value::Bytes(_) | Value::Json(_) | Value::Uuid(_));
    is_other || is_time(value)
}

/// What stands beside numbers.
pub(super) fn number(value: &Value) -> Option<Reason> {
    let is_none = match value {
        Value::Text(text) => text.parse::<Decimal>().is_err(),
        value => is_no_number(value),
    };
    is_none.then_some(NO_NUMBER)
}

/// What stands beside text.
pub(super) fn text(value: &Value) -> Option<Reason> {
    is_number(value).then_some(Reason(
        Cow::Borrowed("it stands beside text, which would be read as a number"),
        "give text, or cast the text to a number",
    ))
}

/// What stands beside times.
pub(super) fn time(value: &Value) -> Option<Reason> {
    is_number(value).then_some(NO_TIME)
}

/// What a column of truth values is set to.
pub(super) fn truth(value: &Value) -> Option<Reason> {
    let fits = match value {
        Value::Bool(_) | Value::Int(0 | 1) | Value::UInt(0 | 1) => true,
        Value::Decimal(number) => number.is_integer() && matches!(number.to_i64(), Some(0 | 1)),
        _ => false,
    };
    (!fits).then_some(Reason("it is neither true nor false".into(), "give a bool"))
}

fn is_number(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Decimal(_)
    )
}

pub(super) fn seconds(value: &Value, kind: TypeKind, digits: u8) -> Option<Reason> {
    let micros = match (kind, value) {
        (_, Value::Time(time)) if kind != TypeKind::DateTime => i64::from(time.microsecond()),
        (_, Value::TimeTz(time)) if kind == TypeKind::Time => i64::from(time.time().microsecond()),
        (_, Value::Interval(interval)) if kind != TypeKind::DateTime => interval.micros(),
        (TypeKind::DateTime, Value::DateTime(moment)) => of_moment(*moment),
        (TypeKind::DateTime, Value::Timestamp(moment)) => of_moment(moment.to_utc()),
        (TypeKind::DateTime, Value::Date(_)) => 0,
        _ if is_time(value) => {
            return Some(OTHER_TIME);
        }
        _ => return is_number(value).then_some(NO_TIME),
    };
    let unit = 10_i64.pow(u32::from(6_u8.saturating_sub(digits)));
    (micros % unit != 0).then(|| more_digits(digits))
}

fn more_digits(most: u8) -> Reason {
    Reason(format!("it has more digits of a second than {most}").into(), ROUND)
}

/// Whether MySQL would make a time of it that the text does not say.
pub(super) fn odd_time(text: &str, kind: TypeKind) -> Option<Reason> {
    let is_read = match kind {
        TypeKind::DateTime => {
            text.parse::<DateTime>().is_ok()
                || text.parse::<Date>().is_ok()
                || text.parse::<Timestamp>().is_ok()
        }
        // A number alone would be one of seconds.
        _ => text.contains(':'),
    };
    (!is_read).then_some(NO_TIME)
}

/// Databases read many forms of text; a fraction is written alike in all of them.
pub(super) fn seconds_of_text(text: &str, most: u8, local: bool, kind: TypeKind) -> Option<Reason> {
    let (before, behind) = text.rsplit_once('.').unwrap_or((text, ""));
    let is_second = kind != TypeKind::DateTime || before.contains(':');
    let end = behind.bytes().take_while(u8::is_ascii_digit).count();
    let digits = behind[..end].trim_end_matches('0').len();
    if is_second && digits > usize::from(most) {
        return Some(more_digits(most));
    }
    let has_offset = || match kind {
        TypeKind::Time => text.parse::<Time>().is_err() && text.parse::<TimeTz>().is_ok(),
        _ => text.parse::<DateTime>().is_err() && text.parse::<Timestamp>().is_ok(),
    };
    (local && has_offset()).then_some(OFFSET)
}

fn of_moment(moment: DateTime) -> i64 {
    moment.time().map_or(0, |time| time.microsecond().into())
}

/// What is too long is refused by the databases, unless all that is too much are blanks.
pub(super) fn characters(value: &Value, most: usize, nul: bool) -> Option<Reason> {
    let text = match value {
        Value::Text(text) => text,
        Value::Array(_) => return Some(ARRAY),
        _ => return None,
    };
    if !nul && text.contains('\0') {
        return Some(NUL);
    }
    if text.len() <= most {
        return None;
    }
    let (end, _) = text.char_indices().nth(most)?;
    let is_blank = text[end..].bytes().all(|byte| byte == b' ');
    is_blank.then_some(Reason(
        "it is longer, and the blanks at its end would be cut off".into(),
        "cut them off in the program, or give the column more length",
    ))
}

pub(super) fn labels(value: &Value, labels: &[Name], several: bool) -> Option<Reason> {
    let is_label = |text: &str| labels.iter().any(|label| **label == *text);
    let fits = match value {
        Value::Text(text) if several => text.is_empty() || text.split(',').all(is_label),
        Value::Text(text) => is_label(text),
        Value::Int(_) | Value::UInt(_) => false,
        _ => true,
    };
    if fits {
        return None;
    }
    let labels: Vec<&str> = labels.iter().map(|label| &**label).collect();
    let why = format!("it is none of its labels, which are: {}", labels.join(", "));
    Some(Reason(why.into(), "give a label as it is written there"))
}

/// A year of two digits would be one of this century or of the last.
pub(super) fn year(value: &Value) -> Option<Reason> {
    let year = match value {
        Value::Int(year) => Some(*year),
        Value::Text(text) if text.len() == 4 => text.parse().ok(),
        Value::Text(_) | Value::UInt(_) => None,
        Value::Float(_) | Value::Decimal(_) => return whole(value, true),
        _ => return None,
    };
    let fits = matches!(year, Some(0 | 1901..=2155));
    (!fits).then_some(Reason("it is not from 1901 to 2155".into(), "give a year of four digits"))
}
