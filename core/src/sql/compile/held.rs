//! What is held exactly: a value that the database would round, cut or take for another one in
//! silence is refused before it is sent.

use std::borrow::Cow;

use super::{BoundCast, CastLimit, Coercion, SqlDialect};
use crate::error::{Details, Error, ErrorKind, Result};
use crate::sql::Name;
use crate::sql::types::{Type, TypeKind};
use crate::value::{DateTime, Decimal, Time, TimeTz, Timestamp, Value};

/// What a value must fit.
#[derive(Debug, PartialEq)]
pub(crate) struct Held {
    /// The column that is set to it, and its type in the database; without one it stands in an
    /// expression.
    column: Option<(Name, Cow<'static, str>)>,
    limit: Limit,
}

/// What values there are.
#[derive(Debug, PartialEq)]
enum Limit {
    /// Numbers without a fraction; whether text is read as one.
    Whole { text: bool },
    /// Numbers with so many digits before and behind the point.
    Digits { whole: usize, fraction: usize, text: bool },
    /// Integers with so many binary digits; whether times are read as numbers.
    Bits { most: u32, times: bool },
    /// Days without a time.
    Day,
    /// Times with so many digits of a second, of one kind; whether an offset in text would be left out.
    Seconds { kind: TypeKind, digits: u8, local: bool },
    /// So many characters.
    Characters(usize),
    /// One of these labels, or several of them with commas between.
    Labels { labels: Box<[Name]>, several: bool },
    /// Years of four digits, and 0.
    Year,
    /// Bits, and no text that would be taken for its bytes.
    Binary,
    /// Arrays of such values.
    Elements(Box<Limit>),
}

/// Why a value does not fit, and what to do.
struct Reason(Cow<'static, str>, &'static str);

const NO_NUMBER: Reason = Reason(Cow::Borrowed("it is no number"), "give a number");
const NO_TIME: Reason =
    Reason(Cow::Borrowed("it is no time"), "give a value of the type of the column");
const OTHER_TIME: Reason =
    Reason(Cow::Borrowed("it is another kind of time"), "give a value of the type of the column");
const OFFSET: Reason = Reason(
    Cow::Borrowed("it has an offset from UTC, which would be left out"),
    "give a value without one, or give the column a time zone",
);
const ROUND: &str = "round it in the program, or give the column more digits";

impl Held {
    /// What is written around a placeholder.
    pub(super) fn by_cast(cast: &BoundCast) -> Option<Self> {
        let limit = match cast.limit? {
            CastLimit::Digits(whole, fraction) => {
                Limit::Digits { whole: whole.into(), fraction: fraction.into(), text: false }
            }
            CastLimit::Day => Limit::Day,
        };
        Some(Self { column: None, limit })
    }

    /// What a column holds, of values that its database does not refuse by itself.
    pub(super) fn by_column(name: &Name, ty: &Type, dialect: &dyn SqlDialect) -> Option<Self> {
        let limit = limit(ty, dialect)?;
        let shown = dialect.type_sql(ty).unwrap_or_else(|_| ty.to_string().into());
        Some(Self { column: Some((name.clone(), shown)), limit })
    }

    /// Whether it is what a column holds.
    pub(super) fn is_of_column(&self) -> bool {
        self.column.is_some()
    }

    /// Whether the value fits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Data`], naming the column and its type.
    #[inline]
    pub(crate) fn check(&self, value: &Value) -> Result<()> {
        match (&self.limit, value) {
            (_, Value::Null) | (Limit::Whole { .. }, Value::Int(_)) => Ok(()),
            (limit, value) => match limit.refusal(value) {
                None => Ok(()),
                Some(reason) => Err(self.refused(value, &reason)),
            },
        }
    }

    #[cold]
    fn refused(&self, value: &Value, Reason(why, cure): &Reason) -> Error {
        let rust = rust_type(value);
        let (message, details) = match &self.column {
            Some((name, ty)) => (
                format!(
                    "the column {:?} is {ty} and does not hold this {rust} exactly: {why}; {cure}",
                    &**name
                ),
                Details { column: Some(name.to_string()), ..Details::default() },
            ),
            None => (
                format!(
                    "the database does not take this {rust} exactly where it stands in an \
                     expression: {why}; {cure}"
                ),
                Details::default(),
            ),
        };
        let unredacted = format!("{message}; the value is {}", value.to_text());
        Error::new(ErrorKind::Data, message).with_details(details).with_unredacted(unredacted)
    }
}

fn limit(ty: &Type, dialect: &dyn SqlDialect) -> Option<Limit> {
    let coercion = dialect.coercion();
    let converts = coercion == Coercion::Kinds;
    let ty = ty.in_dialect(dialect.name());
    let rounds = coercion != Coercion::Never;
    match ty {
        Type::Float if rounds => return Some(Limit::Bits { most: 24, times: converts }),
        Type::Float | Type::Double => return Some(Limit::Bits { most: 53, times: converts }),
        _ if !rounds => return None,
        _ => {}
    }
    let seconds = |kind, precision: Option<u8>, local: bool| {
        let local = local && !converts;
        Some(Limit::Seconds { kind, digits: precision.unwrap_or(6), local })
    };
    match ty {
        Type::Native(of) if converts && of.name() == "Year" => Some(Limit::Year),
        Type::Numeric { precision: Some(precision), scale } => {
            let fraction = usize::from(scale.unwrap_or(0));
            let whole = usize::from(*precision).saturating_sub(fraction);
            Some(Limit::Digits { whole, fraction, text: true })
        }
        Type::Numeric { precision: None, .. } if converts => {
            Some(Limit::Digits { whole: 35, fraction: 30, text: true })
        }
        Type::UnsignedBigInteger => Some(Limit::Whole { text: true }),
        Type::Date => Some(Limit::Day),
        Type::Time { precision, timezone } => seconds(TypeKind::Time, *precision, !timezone),
        Type::Interval { precision } => seconds(TypeKind::Interval, *precision, false),
        Type::DateTime { precision, timezone } => {
            seconds(TypeKind::DateTime, *precision, !timezone)
        }
        Type::String { length: Some(length), .. } => {
            usize::try_from(*length).ok().map(Limit::Characters)
        }
        Type::Enum(of) if converts && of.is_native() => {
            Some(Limit::Labels { labels: of.labels().into(), several: false })
        }
        Type::Set(labels) if converts => {
            Some(Limit::Labels { labels: labels.as_slice().into(), several: true })
        }
        Type::Bit { .. } if converts => Some(Limit::Binary),
        Type::Array(of) => limit(of, dialect).map(|limit| Limit::Elements(Box::new(limit))),
        Type::Domain(of) => limit(of.base(), dialect),
        Type::Custom(of) if of.type_sql(type_word(dialect)).is_none() => limit(of.base(), dialect),
        ty if ty.is_integer() => Some(Limit::Whole { text: converts }),
        _ => None,
    }
}

/// The name by which types know the dialect.
fn type_word(dialect: &dyn SqlDialect) -> &'static str {
    match dialect.name() {
        "mariadb" => "mysql",
        name => name,
    }
}

impl Limit {
    fn refusal(&self, value: &Value) -> Option<Reason> {
        match self {
            Self::Whole { text } => whole(value, *text),
            Self::Digits { whole, fraction, text } => digits(value, *whole, *fraction, *text),
            Self::Bits { times: true, .. } if is_time(value) => Some(NO_NUMBER),
            Self::Bits { most, .. } => binary_digits(value, *most),
            Self::Day => day(value),
            Self::Seconds { digits, local, kind } => match value {
                Value::Text(text) => seconds_of_text(text, *digits, *local, *kind),
                Value::TimeTz(_) if *local && *kind == TypeKind::Time => Some(OFFSET),
                Value::Interval(_) if *local && *kind == TypeKind::Time => Some(OTHER_TIME),
                _ => seconds(value, *kind, *digits),
            },
            Self::Characters(most) => characters(value, *most),
            Self::Labels { labels, several } => self::labels(value, labels, *several),
            Self::Year => year(value),
            Self::Binary => match value {
                Value::Text(_) => Some(Reason(
                    "its bytes would be taken for bits".into(),
                    "give a BitString, or an integer",
                )),
                _ => None,
            },
            Self::Elements(of) => match value {
                Value::Array(array) => array.elements().iter().find_map(|value| of.refusal(value)),
                _ => None,
            },
        }
    }
}

fn whole(value: &Value, text: bool) -> Option<Reason> {
    let is_whole = match value {
        Value::Float(value) => value.fract() == 0.0,
        Value::Decimal(value) => value.is_integer(),
        Value::Text(value) if text => {
            value.parse::<Decimal>().is_ok_and(|number| number.is_integer())
        }
        _ => !is_time(value),
    };
    (!is_whole).then_some(Reason("it is no integer".into(), "give an integer"))
}

fn digits(value: &Value, most_whole: usize, most_fraction: usize, text: bool) -> Option<Reason> {
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
        _ if text && is_time(value) => return Some(NO_NUMBER),
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

fn binary_digits(value: &Value, most: u32) -> Option<Reason> {
    let size = match value {
        Value::Int(value) => value.unsigned_abs(),
        Value::UInt(value) => *value,
        _ => return None,
    };
    let digits = u64::BITS - size.leading_zeros() - size.trailing_zeros().min(u64::BITS - 1);
    (size != 0 && digits > most).then_some(Reason(
        "a float does not have so many digits".into(),
        "use an integer or Numeric",
    ))
}

fn day(value: &Value) -> Option<Reason> {
    let moment = match value {
        Value::DateTime(value) => *value,
        Value::Timestamp(value) => value.to_utc(),
        Value::Text(text) => match text.parse::<DateTime>() {
            Ok(moment) => moment,
            Err(_) => return text.contains(':').then_some(TIME_OF_DAY),
        },
        _ => return is_number(value).then_some(NO_TIME),
    };
    let has_time = moment.time().is_some_and(|time| time != Time::MIDNIGHT);
    has_time.then_some(TIME_OF_DAY)
}

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

fn is_number(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Decimal(_)
    )
}

fn seconds(value: &Value, kind: TypeKind, digits: u8) -> Option<Reason> {
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

/// Databases read many forms of text; a fraction is written alike in all of them.
fn seconds_of_text(text: &str, most: u8, local: bool, kind: TypeKind) -> Option<Reason> {
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
fn characters(value: &Value, most: usize) -> Option<Reason> {
    let Value::Text(text) = value else { return None };
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

fn labels(value: &Value, labels: &[Name], several: bool) -> Option<Reason> {
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
fn year(value: &Value) -> Option<Reason> {
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

fn rust_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Int(_) => "i64",
        Value::UInt(_) => "u64",
        Value::Float(_) => "f64",
        Value::Decimal(_) => "Decimal",
        Value::Text(_) => "String",
        Value::Bytes(_) => "Vec<u8>",
        Value::Date(_) => "Date",
        Value::Time(_) => "Time",
        Value::TimeTz(_) => "TimeTz",
        Value::DateTime(_) => "DateTime",
        Value::Timestamp(_) => "Timestamp",
        Value::Interval(_) => "Interval",
        Value::Array(_) => "Array",
        _ => "value",
    }
}
