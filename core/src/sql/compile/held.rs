//! What is held exactly: a value that the database would round, cut or take for another one in
//! silence is refused before it is sent.

use std::borrow::Cow;

use super::fits::{
    ARRAY, FLOAT_REMAINDER, NUL, OFFSET, OTHER_TIME, Reason, UNKNOWN_NUMBER, characters, day,
    digits, float, labels, number, odd_time, other_kind, rows, seconds, seconds_of_text, text,
    time, truth, uncast, whole, year,
};
use super::{BoundCast, CastLimit, Coercion, Given, SqlDialect};
use crate::error::{Details, Error, ErrorKind, Result};
use crate::sql::Name;
use crate::sql::types::{Type, TypeKind};
use crate::value::Value;

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
    /// What a float of so many binary digits holds; whether text that is no number and times are
    /// read as numbers.
    Bits { most: u32, converts: bool },
    /// Days without a time; whether other text would be read as a day.
    Day { converts: bool },
    /// Times with so many digits of a second, of one kind; whether an offset in text would be left out.
    Seconds { kind: TypeKind, digits: u8, local: bool, converts: bool },
    /// So many characters, of which NUL may be one.
    Characters { most: usize, nul: bool },
    /// One of these labels, or several of them with commas between.
    Labels { labels: Box<[Name]>, several: bool },
    /// Years of four digits, and 0.
    Year,
    /// Bits, and no text that would be taken for its bytes.
    Binary,
    /// Arrays of such values.
    Elements(Box<Limit>),
    /// Values of the kind for which a cast was written, within what the cast takes.
    Alike { own: TypeKind, within: Option<Box<Limit>> },
    /// Values that need no cast; numbers alone beside numbers.
    Uncast { numbers: bool },
    /// Other values than decimal numbers, which would be text.
    NoDecimal,
    /// Other values than floating-point numbers.
    NoFloat,
    /// Text without NUL, and no array, whose text would be stored.
    One,
    /// Text and what is printed, and no number, for which text would be read as numbers.
    Texts,
    /// Numbers, and text that is one.
    Numbers,
    /// Times and text, and no number.
    Times,
    /// True, false, and the numbers of them.
    Truth,
    /// How many rows: integers that are not negative.
    Rows,
}

impl Held {
    /// What is written around a placeholder.
    pub(super) fn by_cast(cast: &BoundCast) -> Option<Self> {
        Some(Self { column: None, limit: limit_of_cast(cast)? })
    }

    /// What is written around a placeholder because of a value of this kind, where other executions give
    /// other values.
    pub(super) fn like_given(cast: &BoundCast, own: TypeKind) -> Self {
        let within = limit_of_cast(cast).map(Box::new);
        Self { column: None, limit: Limit::Alike { own, within } }
    }

    /// What is no value that needs a cast, where none is written.
    pub(super) fn uncast(numbers: bool) -> Self {
        Self { column: None, limit: Limit::Uncast { numbers } }
    }

    /// What a bind can be given; whether text is read as a number.
    pub(super) fn given(given: Given, converts: bool) -> Self {
        let limit = match given {
            Given::Integer => Limit::Whole { text: converts },
            Given::NoFloat => Limit::NoFloat,
            Given::NoDecimal => Limit::NoDecimal,
        };
        Self { column: None, limit }
    }

    /// What a column holds, of values that its database does not refuse by itself.
    pub(super) fn by_column(name: &Name, ty: &Type, dialect: &dyn SqlDialect) -> Option<Self> {
        let limit = limit(ty, dialect)?;
        let shown = dialect.type_sql(ty).unwrap_or_else(|_| ty.to_string().into());
        Some(Self { column: Some((name.clone(), shown)), limit })
    }

    /// What stands in an expression beside what is of this type, where the database would convert one of
    /// the two.
    pub(super) fn by_kind(ty: &Type, dialect: &dyn SqlDialect) -> Option<Self> {
        if dialect.coercion() != Coercion::Kinds {
            return None;
        }
        let ty = ty.in_dialect(dialect.name());
        let limit = match ty.kind() {
            TypeKind::String | TypeKind::Text | TypeKind::Enum | TypeKind::Set => Limit::Texts,
            TypeKind::Boolean | TypeKind::Float | TypeKind::Double => Limit::Numbers,
            TypeKind::UnsignedBigInteger => Limit::Numbers,
            TypeKind::Date | TypeKind::DateTime | TypeKind::Timestamp => Limit::Times,
            _ if ty.is_integer() => Limit::Numbers,
            _ => return None,
        };
        Some(Self { column: None, limit })
    }

    /// What LIMIT and OFFSET take.
    pub(super) fn of_rows() -> Self {
        Self { column: None, limit: Limit::Rows }
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
            (Limit::Whole { .. }, Value::Int(_)) => Ok(()),
            (limit, Value::Null) if *limit != Limit::Rows => Ok(()),
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
            None if self.limit == Limit::Rows => (
                format!("LIMIT and OFFSET do not take this {rust}: {why}; {cure}"),
                Details::default(),
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

fn limit_of_cast(cast: &BoundCast) -> Option<Limit> {
    Some(match cast.limit? {
        CastLimit::Digits(whole, fraction) => {
            Limit::Digits { whole: whole.into(), fraction: fraction.into(), text: true }
        }
        CastLimit::Day => Limit::Day { converts: true },
    })
}

fn limit(ty: &Type, dialect: &dyn SqlDialect) -> Option<Limit> {
    let coercion = dialect.coercion();
    let converts = coercion == Coercion::Kinds;
    let ty = ty.in_dialect(dialect.name());
    let rounds = coercion != Coercion::Never;
    match ty {
        Type::Float if rounds => return Some(Limit::Bits { most: 24, converts }),
        Type::Float | Type::Double => return Some(Limit::Bits { most: 53, converts }),
        Type::Boolean if coercion != Coercion::Digits => return Some(Limit::Truth),
        // It is text there, and compared as a number.
        Type::Numeric { .. } if !rounds => return Some(Limit::Numbers),
        _ if !rounds => return None,
        _ => {}
    }
    let seconds = |kind, precision: Option<u8>, local: bool| {
        let local = local && !converts;
        Some(Limit::Seconds { kind, digits: precision.unwrap_or(6), local, converts })
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
        Type::Date => Some(Limit::Day { converts }),
        Type::Time { precision, timezone } => seconds(TypeKind::Time, *precision, !timezone),
        Type::Interval { precision } => seconds(TypeKind::Interval, *precision, false),
        Type::DateTime { precision, timezone } => {
            seconds(TypeKind::DateTime, *precision, !timezone)
        }
        Type::String { length: Some(length), .. } => {
            let most = usize::try_from(*length).ok()?;
            Some(Limit::Characters { most, nul: dialect.has_nul_in_text() })
        }
        Type::Enum(of) if converts && of.is_native() => {
            Some(Limit::Labels { labels: of.labels().into(), several: false })
        }
        Type::Set(labels) if converts => {
            Some(Limit::Labels { labels: labels.as_slice().into(), several: true })
        }
        Type::Bit { .. } if converts => Some(Limit::Binary),
        Type::String { length: None, .. } | Type::Text { .. } | Type::Char { .. } if !converts => {
            Some(Limit::One)
        }
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
            Self::Bits { most, converts } => float(value, *most, *converts),
            Self::Day { converts } => day(value, *converts),
            Self::Texts => text(value),
            Self::Numbers => number(value),
            Self::Times => time(value),
            Self::Truth => truth(value),
            Self::Seconds { digits, local, kind, converts } => match value {
                Value::Text(text) => seconds_of_text(text, *digits, *local, *kind)
                    .or_else(|| converts.then(|| odd_time(text, *kind)).flatten()),
                Value::TimeTz(_) if *local && *kind == TypeKind::Time => Some(OFFSET),
                Value::Interval(_) if *local && *kind == TypeKind::Time => Some(OTHER_TIME),
                _ => seconds(value, *kind, *digits),
            },
            Self::Characters { most, nul } => characters(value, *most, *nul),
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
            Self::Alike { own, within } => other_kind(value, *own)
                .or_else(|| within.as_ref().and_then(|within| within.refusal(value))),
            Self::Uncast { numbers } => {
                numbers.then(|| number(value)).flatten().or_else(|| uncast(value))
            }
            Self::One => match value {
                Value::Array(_) => Some(ARRAY),
                Value::Text(text) if text.contains('\0') => Some(NUL),
                _ => None,
            },
            Self::NoDecimal => matches!(value, Value::Decimal(_)).then_some(UNKNOWN_NUMBER),
            Self::NoFloat => matches!(value, Value::Float(_)).then_some(FLOAT_REMAINDER),
            Self::Rows => rows(value),
        }
    }
}

fn rust_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "None",
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
