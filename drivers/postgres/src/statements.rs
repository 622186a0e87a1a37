//! Prepared statements, kept by text and by the kinds of their parameters.

use std::sync::Arc;

use aludel_core::dbapi::{Columns, ParamType, Statement};
use aludel_core::value::{Array, Value};
use hashlink::LruCache;
use tokio_postgres::types::Type;

use crate::value::Decoder;

/// What kind of value a parameter gets, as far as preparing is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// NULL, which goes with any type.
    Any,
    /// Text, whose type the server infers.
    Inferred,
    Bool,
    Int,
    Float,
    Bytes,
    Numeric,
    Date,
    Time,
    TimeTz,
    DateTime,
    Timestamp,
    Interval,
    Uuid,
    Bits,
    /// An array, whose type the server infers if the statement says one.
    Array(Element),
    /// Any value, of the type that the statement says.
    Typed(ParamType),
}

impl Kind {
    /// The kind of a parameter: the type that the statement says, if the value can be sent in it,
    /// or else what the value is.
    #[inline]
    pub(crate) fn of(value: &Value, param: ParamType) -> Self {
        if param == ParamType::Unspecified {
            Self::of_value(value)
        } else {
            Self::typed(value, param)
        }
    }

    fn typed(value: &Value, param: ParamType) -> Self {
        use ParamType::{
            BigInteger, Binary, Boolean, Date, DateTime, DateTimeWithTimeZone, Double, Integer,
            Interval, Json, JsonBinary, Numeric, Real, SmallInteger, Time, Uuid,
        };
        let fits = match value {
            Value::Null => true,
            Value::Decimal(_) | Value::UInt(_) => param == Numeric,
            Value::Date(_) => param == Date,
            Value::Time(_) => param == Time,
            // A civil time and an instant are not each other, whatever the server would make of it:
            // the type is declared, and the value refused.
            Value::DateTime(_) | Value::Timestamp(_) => {
                matches!(param, DateTime | DateTimeWithTimeZone)
            }
            Value::Interval(_) => param == Interval,
            Value::Uuid(_) => param == Uuid,
            Value::Json(_) => matches!(param, Json | JsonBinary),
            Value::TimeTz(_) | Value::Bits(_) | Value::Array(_) => false,
            Value::Bool(_) => param == Boolean,
            Value::Int(_) => matches!(param, SmallInteger | Integer | BigInteger | Numeric),
            Value::Float(_) => matches!(param, Real | Double),
            Value::Bytes(_) => param == Binary,
            // Text is read by the server, in any type that is not sent as a number.
            _ => !matches!(
                param,
                Boolean | SmallInteger | Integer | BigInteger | Real | Double | Binary
            ),
        };
        if fits { Self::Typed(param) } else { Self::of_value(value) }
    }

    #[inline]
    fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Any,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Bytes(_) => Self::Bytes,
            Value::UInt(_) | Value::Decimal(_) => Self::Numeric,
            Value::Date(_) => Self::Date,
            Value::Time(_) => Self::Time,
            Value::TimeTz(_) => Self::TimeTz,
            Value::DateTime(_) => Self::DateTime,
            Value::Timestamp(_) => Self::Timestamp,
            Value::Interval(_) => Self::Interval,
            Value::Uuid(_) => Self::Uuid,
            Value::Bits(_) => Self::Bits,
            Value::Array(array) => Self::Array(Element::of(array)),
            _ => Self::Inferred,
        }
    }

    /// The type to prepare with, so that `SELECT $1` returns what was bound.
    pub(crate) fn declared(self) -> Type {
        match self {
            // To the server this is an unspecified type.
            Self::Any | Self::Inferred | Self::Array(_) => Type::UNKNOWN,
            Self::Bool => Type::BOOL,
            Self::Int => Type::INT8,
            Self::Float => Type::FLOAT8,
            Self::Bytes => Type::BYTEA,
            Self::Numeric => Type::NUMERIC,
            Self::Date => Type::DATE,
            Self::Time => Type::TIME,
            Self::TimeTz => Type::TIMETZ,
            Self::DateTime => Type::TIMESTAMP,
            Self::Timestamp => Type::TIMESTAMPTZ,
            Self::Interval => Type::INTERVAL,
            Self::Uuid => Type::UUID,
            Self::Bits => Type::VARBIT,
            Self::Typed(param) => declared(param),
        }
    }

    /// Whether it is an array.
    pub(crate) fn is_array(self) -> bool {
        matches!(self, Self::Array(_))
    }

    /// Whether a statement prepared for `self` serves `wanted`.
    fn serves(self, wanted: Self) -> bool {
        self == wanted || wanted == Self::Any || (self, wanted) == (Self::Any, Self::Inferred)
    }
}

/// What the elements of an array are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    /// There is none but NULL, or they are of several kinds.
    Unknown,
    Bool,
    Int,
    Float,
    Text,
    Bytes,
    Numeric,
    Date,
    Time,
    TimeTz,
    DateTime,
    Timestamp,
    Interval,
    Uuid,
    Json,
    Bits,
}

impl Element {
    fn of(array: &Array) -> Self {
        let values = array.elements().iter().filter(|value| **value != Value::Null);
        let mut kinds = values.map(|value| match value {
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::UInt(_) | Value::Decimal(_) => Self::Numeric,
            Value::Float(_) => Self::Float,
            Value::Text(_) => Self::Text,
            Value::Bytes(_) => Self::Bytes,
            Value::Date(_) => Self::Date,
            Value::Time(_) => Self::Time,
            Value::TimeTz(_) => Self::TimeTz,
            Value::DateTime(_) => Self::DateTime,
            Value::Timestamp(_) => Self::Timestamp,
            Value::Interval(_) => Self::Interval,
            Value::Uuid(_) => Self::Uuid,
            Value::Json(_) => Self::Json,
            Value::Bits(_) => Self::Bits,
            _ => Self::Unknown,
        });
        let first = kinds.next().unwrap_or(Self::Unknown);
        let of_both = |one, other| match (one, other) {
            (one, other) if one == other => one,
            // Of integers those that are above `i64`.
            (Self::Int, Self::Numeric) | (Self::Numeric, Self::Int) => Self::Numeric,
            _ => Self::Unknown,
        };
        kinds.fold(first, of_both)
    }

    /// The array of them.
    fn array(self) -> Option<Type> {
        Some(match self {
            Self::Unknown => return None,
            Self::Bool => Type::BOOL_ARRAY,
            Self::Int => Type::INT8_ARRAY,
            Self::Float => Type::FLOAT8_ARRAY,
            Self::Text => Type::TEXT_ARRAY,
            Self::Bytes => Type::BYTEA_ARRAY,
            Self::Numeric => Type::NUMERIC_ARRAY,
            Self::Date => Type::DATE_ARRAY,
            Self::Time => Type::TIME_ARRAY,
            Self::TimeTz => Type::TIMETZ_ARRAY,
            Self::DateTime => Type::TIMESTAMP_ARRAY,
            Self::Timestamp => Type::TIMESTAMPTZ_ARRAY,
            Self::Interval => Type::INTERVAL_ARRAY,
            Self::Uuid => Type::UUID_ARRAY,
            Self::Json => Type::JSON_ARRAY,
            Self::Bits => Type::VARBIT_ARRAY,
        })
    }
}

/// The types to prepare a statement with once more: those of arrays that the server took for text,
/// because the statement says nothing of their type.
pub(crate) fn with_arrays(
    kinds: impl Iterator<Item = Kind>,
    inferred: &[Type],
) -> Option<Vec<Type>> {
    let mut found = false;
    let types = kinds.zip(inferred).map(|(kind, inferred)| match kind {
        Kind::Array(element) if *inferred == Type::TEXT => {
            let array = element.array();
            found |= array.is_some();
            array.unwrap_or(Type::UNKNOWN)
        }
        kind => kind.declared(),
    });
    let types = types.collect();
    found.then_some(types)
}

/// The server's type for a type of the statement's.
fn declared(param: ParamType) -> Type {
    match param {
        ParamType::Boolean => Type::BOOL,
        ParamType::SmallInteger => Type::INT2,
        ParamType::Integer => Type::INT4,
        ParamType::BigInteger => Type::INT8,
        ParamType::Real => Type::FLOAT4,
        ParamType::Double => Type::FLOAT8,
        ParamType::Numeric => Type::NUMERIC,
        ParamType::Text => Type::TEXT,
        ParamType::Binary => Type::BYTEA,
        ParamType::Date => Type::DATE,
        ParamType::Time => Type::TIME,
        ParamType::DateTime => Type::TIMESTAMP,
        ParamType::DateTimeWithTimeZone => Type::TIMESTAMPTZ,
        ParamType::Interval => Type::INTERVAL,
        ParamType::Uuid => Type::UUID,
        ParamType::Json => Type::JSON,
        ParamType::JsonBinary => Type::JSONB,
        _ => Type::UNKNOWN,
    }
}

/// The kinds of the parameters of a statement.
#[inline]
pub(crate) fn kinds<'a>(
    statement: &'a Statement,
    params: &'a [Value],
) -> impl ExactSizeIterator<Item = Kind> + Clone + 'a {
    params.iter().enumerate().map(|(index, value)| Kind::of(value, statement.param_type(index)))
}

/// The kinds of the longest run of sets, from the first on, that one preparation serves, and the
/// length of the run.
pub(crate) fn common_kinds(statement: &Statement, sets: &[Vec<Value>]) -> (Vec<Kind>, usize) {
    let Some(first) = sets.first() else { return (Vec::new(), 0) };
    let mut common: Vec<Kind> = kinds(statement, first).collect();
    for (index, set) in sets.iter().enumerate().skip(1) {
        let fits = set.len() == common.len()
            && kinds(statement, set)
                .zip(&common)
                .all(|(wanted, kind)| *kind == Kind::Any || kind.serves(wanted));
        if !fits {
            return (common, index);
        }
        for (kind, wanted) in common.iter_mut().zip(kinds(statement, set)) {
            if *kind == Kind::Any {
                *kind = wanted;
            }
        }
    }
    (common, sets.len())
}

/// A statement as the server knows it, with all that is the same for each execution.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) statement: tokio_postgres::Statement,
    pub(crate) columns: Arc<Columns>,
    pub(crate) decoders: Box<[Decoder]>,
    /// What the server knows it by, if that is known.
    pub(crate) name: Option<Box<[u8]>>,
}

impl Prepared {
    /// Of a statement that the server knows by a name.
    pub(crate) fn named(mut self, name: Option<Box<[u8]>>) -> Self {
        self.name = name;
        self
    }

    pub(crate) fn new(statement: tokio_postgres::Statement) -> Self {
        let columns = Columns::new(statement.columns().iter().map(|column| column.name()))
            .with_types(statement.columns().iter().map(|column| column.type_().name()))
            .with_cut_names();
        let decoders =
            statement.columns().iter().map(|column| Decoder::of(column.type_())).collect();
        Self { columns: Arc::new(columns), decoders, statement, name: None }
    }
}

/// How many preparations of one text are kept: its parameters may come in several kinds.
const VARIANTS: usize = 4;

/// One preparation of a text.
pub(crate) struct Variant {
    kinds: Box<[Kind]>,
    pub(crate) prepared: Arc<Prepared>,
}

impl Variant {
    pub(crate) fn new(kinds: impl Iterator<Item = Kind>, prepared: &Arc<Prepared>) -> Self {
        Self { kinds: kinds.collect(), prepared: Arc::clone(prepared) }
    }

    pub(crate) fn serves(&self, kinds: impl ExactSizeIterator<Item = Kind>) -> bool {
        self.kinds.len() == kinds.len()
            && self.kinds.iter().zip(kinds).all(|(this, wanted)| this.serves(wanted))
    }
}

/// The prepared statements of one connection, by text; the text used least recently is thrown out
/// first. What is thrown out is closed on the server too.
pub(crate) struct StatementCache {
    texts: LruCache<Statement, Vec<Variant>>,
}

impl StatementCache {
    /// A cache for so many texts; none is kept if it is 0.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { texts: LruCache::new(capacity) }
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.iter().map(|(_, variants)| variants.len()).sum()
    }

    pub(crate) fn get(
        &mut self,
        statement: &Statement,
        kinds: impl ExactSizeIterator<Item = Kind> + Clone,
    ) -> Option<Arc<Prepared>> {
        let variants = self.texts.get(statement)?;
        let found = variants.iter().find(|variant| variant.serves(kinds.clone()))?;
        Some(Arc::clone(&found.prepared))
    }

    pub(crate) fn put(
        &mut self,
        statement: &Statement,
        kinds: impl Iterator<Item = Kind>,
        prepared: &Arc<Prepared>,
    ) {
        if self.texts.capacity() == 0 {
            return;
        }
        let variant = Variant::new(kinds, prepared);
        match self.texts.get_mut(statement) {
            Some(variants) => {
                if variants.len() == VARIANTS {
                    variants.remove(0);
                }
                variants.push(variant);
            }
            None => {
                self.texts.insert(statement.clone(), vec![variant]);
            }
        }
    }

    pub(crate) fn remove(&mut self, statement: &Statement) {
        self.texts.remove(statement);
    }

    pub(crate) fn clear(&mut self) {
        self.texts.clear();
    }
}

#[cfg(test)]
mod tests {
    use aludel_core::dbapi::StatementKind;

    use super::*;

    #[test]
    fn null_goes_with_any_preparation_but_not_the_other_way_round() {
        assert!(Kind::Int.serves(Kind::Any));
        assert!(!Kind::Any.serves(Kind::Int));
        assert!(Kind::Any.serves(Kind::Inferred));
        assert!(!Kind::Int.serves(Kind::Inferred));
    }

    #[test]
    fn sets_share_a_preparation_as_long_as_their_kinds_agree() {
        let sets = [
            vec![Value::Null, Value::from("a")],
            vec![Value::Int(1), Value::Null],
            vec![Value::Null, Value::from("b")],
            vec![Value::Float(1.0), Value::from("c")],
        ];
        let untyped = Statement::new("select $1, $2", StatementKind::Text).unwrap();
        let common = |sets| common_kinds(&untyped, sets);
        assert_eq!(common(&sets), (vec![Kind::Int, Kind::Inferred], 3));
        assert_eq!(common(&sets[3..]), (vec![Kind::Float, Kind::Inferred], 1));
        assert_eq!(common(&[]), (vec![], 0));
        let ragged = [vec![Value::Null], vec![]];
        assert_eq!(common(&ragged), (vec![Kind::Any], 1));
        let uuid = Kind::Typed(ParamType::Uuid);
        assert_eq!(Kind::of(&Value::Null, ParamType::Uuid), uuid);
        let numeric = Kind::Typed(ParamType::Numeric);
        assert_eq!(Kind::of(&Value::Int(1), ParamType::Numeric), numeric);
        assert_eq!(Kind::of(&Value::from("1"), ParamType::Integer), Kind::Inferred);
        let typed = untyped.with_param_types([ParamType::Unspecified, ParamType::Uuid]);
        assert_eq!(common_kinds(&typed, &sets), (vec![Kind::Int, uuid], 3));
    }
}
