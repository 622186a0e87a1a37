//! Values in the tree, and what the database takes them for.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::sql::types::{self, Type, TypeKind};
use crate::sql::{Name, Params};
use crate::value::{Decimal, Value};

/// A value that is bound, and the type that the database takes it for, where that is known.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Literal {
    pub(in crate::sql) value: Value,
    pub(in crate::sql) ty: ValueType,
}

impl Literal {
    /// The type that the database takes it for where it stands in an expression.
    #[inline]
    pub(in crate::sql) fn bound_type(&self) -> &ValueType {
        match &self.value {
            // Most values are what their column is.
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => {
                &self.ty
            }
            value => bound_type(&self.ty, std::iter::once(value)),
        }
    }
}

/// The type of a value that some database takes for another one without it.
pub(in crate::sql) fn own_type(value: &Value) -> Option<&'static Type> {
    match value {
        Value::Decimal(_) => Some(&types::AnyNumeric),
        Value::Bytes(_) => Some(&types::LargeBinary),
        Value::Date(_) => Some(&types::Date),
        _ => None,
    }
}

/// The type that a value has in SQL that the program wrote: a decimal number keeps its digits behind the
/// point, as if it stood there.
pub(in crate::sql) fn type_in_text(value: &Value) -> Option<Type> {
    match value {
        Value::Decimal(number) => {
            Some(Type::Numeric { precision: Some(MOST_DIGITS), scale: Some(digits_behind(number)) })
        }
        _ => own_type(value).cloned(),
    }
}

/// The most digits of a database that wants them declared, in all and behind the point.
const MOST_DIGITS: u16 = 65;
const MOST_BEHIND: u16 = 30;

/// How many digits behind the point a decimal number has in SQL that the program wrote.
pub(in crate::sql) fn digits_behind(number: &Decimal) -> u16 {
    u16::try_from(number.scale()).map_or(MOST_BEHIND, |scale| scale.min(MOST_BEHIND))
}

/// How much must be declared of a value that one text for several values stands for: the more, the
/// larger.
pub(crate) fn needs_of(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Decimal(number) => 3 + usize::from(digits_behind(number)),
        value if own_type(value).is_some() => 2,
        _ => 1,
    }
}

/// Where the type of values is not known, their own, if some database takes them for others without
/// it; that of decimal numbers beside integers, and of those that are not finite beside floats.
pub(in crate::sql) fn bound_type<'v>(
    ty: &'v ValueType,
    mut values: impl Iterator<Item = &'v Value>,
) -> &'v ValueType {
    const NUMERIC: ValueType = ValueType::Static(&types::AnyNumeric);
    const DATE: ValueType = ValueType::Static(&types::Date);
    const BYTES: ValueType = ValueType::Static(&types::LargeBinary);
    match ty.get() {
        None => match values.find_map(own_type).map(Type::kind) {
            Some(TypeKind::Numeric) => &NUMERIC,
            Some(TypeKind::Date) => &DATE,
            Some(_) => &BYTES,
            None => ty,
        },
        Some(of) if of.is_integer() || of.kind() == TypeKind::UnsignedBigInteger => {
            let mut values = values.filter(|value| matches!(value, Value::Decimal(_)));
            if values.next().is_some() { &NUMERIC } else { ty }
        }
        Some(of) if matches!(of.kind(), TypeKind::Float | TypeKind::Double) => {
            let is_infinite =
                |value: &Value| matches!(value, Value::Decimal(number) if !number.is_finite());
            if values.any(is_infinite) { &NUMERIC } else { ty }
        }
        Some(_) => ty,
    }
}

/// A value that is given at execution, by name.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Bind {
    pub(in crate::sql) name: Name,
    pub(in crate::sql) ty: ValueType,
    /// What it is if it is not given.
    pub(in crate::sql) default: Option<BindDefault>,
}

/// A value that is made for each execution, such as the default of a column.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Made {
    /// Its place and its type; the value in it is NULL.
    pub(in crate::sql) literal: Literal,
    pub(in crate::sql) make: BindDefault,
}

/// The value of a bind that is not given one.
#[derive(Clone)]
pub(in crate::sql) enum BindDefault {
    Value(Value),
    Callable(Arc<dyn Fn() -> Value + Send + Sync>),
}

impl BindDefault {
    pub(in crate::sql) fn get(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Callable(make) => make(),
        }
    }

    /// The value, unless it is made for each execution.
    pub(in crate::sql) fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Callable(_) => None,
        }
    }

    pub(in crate::sql) fn into_maker(self) -> Box<dyn Fn() -> Value + Send + Sync> {
        match self {
            Self::Value(value) => Box::new(move || value.clone()),
            Self::Callable(make) => Box::new(move || make()),
        }
    }
}

impl PartialEq for BindDefault {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(one), Self::Value(other)) => one == other,
            (Self::Callable(one), Self::Callable(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for BindDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => fmt::Debug::fmt(value, f),
            Self::Callable(_) => f.write_str("a function"),
        }
    }
}

/// The values of an IN list.
#[derive(Debug, Clone)]
pub(in crate::sql) struct List {
    pub(in crate::sql) of: ListOf,
    /// The type of the first value of each row.
    pub(in crate::sql) ty: ValueType,
    /// Those of the others, if the rows are tuples.
    pub(in crate::sql) others: Box<[ValueType]>,
}

/// Where the values of a list come from.
#[derive(Debug, Clone)]
pub(in crate::sql) enum ListOf {
    /// The statement has them, row by row.
    Values(Box<[Value]>),
    /// They are given at execution, by name, as one array.
    Bind {
        name: Name,
        /// What they are if they are not given.
        default: Option<BindDefault>,
    },
}

impl List {
    /// Of single values.
    pub(in crate::sql) fn new(of: ListOf, ty: ValueType) -> Self {
        Self { of, ty, others: Box::default() }
    }

    /// Its name, if it is given at execution.
    pub(in crate::sql) fn name(&self) -> Option<&Name> {
        match &self.of {
            ListOf::Values(_) => None,
            ListOf::Bind { name, .. } => Some(name),
        }
    }

    /// The types that the database takes the values of a row for; `given` is the value that says most of a
    /// list that is given at execution, if that is known: the one by which its plan is kept.
    pub(in crate::sql) fn bound_types<'v>(
        &'v self,
        given: Option<&'v Value>,
    ) -> impl Iterator<Item = &'v ValueType> {
        let width = 1 + self.others.len();
        let of = move |(place, ty)| match &self.of {
            ListOf::Values(values) => bound_type(ty, values.iter().skip(place).step_by(width)),
            ListOf::Bind { .. } => bound_type(ty, given.into_iter()),
        };
        std::iter::once(&self.ty).chain(&self.others).enumerate().map(of)
    }

    /// Gives it its values, if they are known here; notes its name. What is no array is refused.
    pub(super) fn give(
        &mut self,
        params: &Params,
        used: &mut HashSet<Name>,
    ) -> Result<(), &'static str> {
        let ListOf::Bind { name, .. } = &self.of else { return Ok(()) };
        let Some(value) = params.get(name) else { return Ok(()) };
        used.insert(name.clone());
        let elements = listed(value).ok_or(NO_LIST)?;
        self.of = ListOf::Values(elements.into());
        Ok(())
    }
}

/// The values of a list that is given as one value: the elements of an array.
pub(in crate::sql) fn listed(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(array) if array.dimensions().len() <= 1 => Some(array.elements()),
        _ => None,
    }
}

/// What is said of another value.
pub(in crate::sql) const NO_LIST: &str = "a bind that stands for a list was given a value that is no \
     list; give it a `Vec`, as in `params! { ids: vec![1, 2] }`";

/// The type that the database takes a value for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::sql) enum ValueType {
    #[default]
    Unknown,
    /// That of the column beside which it stands, of a mapped struct.
    Static(&'static Type),
    /// That of the column beside which it stands, of a table that is described at run time.
    Described(Box<Type>),
    /// Its own, because the program said so: it is declared to the database.
    Declared(&'static Type),
}

impl ValueType {
    pub(in crate::sql) fn get(&self) -> Option<&Type> {
        match self {
            Self::Unknown => None,
            Self::Static(ty) | Self::Declared(ty) => Some(ty),
            Self::Described(ty) => Some(ty),
        }
    }

    pub(in crate::sql) fn is_declared(&self) -> bool {
        matches!(self, Self::Declared(_))
    }
}

impl From<&'static Type> for ValueType {
    fn from(ty: &'static Type) -> Self {
        Self::Static(ty)
    }
}

impl From<Option<&'static Type>> for ValueType {
    fn from(ty: Option<&'static Type>) -> Self {
        ty.map_or(Self::Unknown, Self::Static)
    }
}

impl From<Option<Type>> for ValueType {
    fn from(ty: Option<Type>) -> Self {
        ty.map_or(Self::Unknown, |ty| Self::Described(Box::new(ty)))
    }
}
