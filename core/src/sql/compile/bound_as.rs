//! As what a value is bound: its type, what is written around its placeholder, what it must fit.

use std::borrow::Cow;
use std::sync::Arc;

use super::SqlDialect;
use super::held::Held;
use crate::sql::Name;
use crate::sql::tree::{ValueType, own_type, type_in_text};
use crate::sql::types::Type;
use crate::value::Value;

/// As what a value is bound.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BoundAs {
    /// The type that the database takes it for, where that is known.
    pub(crate) ty: Option<Type>,
    /// Whether the type must be declared to the database, because nothing else says it.
    pub(crate) declared: bool,
    /// What the database needs around it to take it for what it is.
    pub(crate) cast: Option<BoundCast>,
    /// What it must fit, because the database would make another value of it in silence.
    pub(crate) held: Option<Arc<Held>>,
}

/// What a bind can be given where the database would make another value of the rest in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Given {
    /// Integers: a fraction would be cut off.
    Integer,
    /// Other values than floating-point numbers, for which the database has no such operator.
    NoFloat,
    /// Other values than decimal numbers, which would be text there.
    NoDecimal,
}

/// What a dialect writes around the placeholder of a value that stands in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundCast {
    /// What stands before it.
    pub before: &'static str,
    /// What stands behind it.
    pub after: Cow<'static, str>,
    /// What would be another value behind it.
    pub limit: Option<CastLimit>,
}

/// What a cast makes another value of, in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CastLimit {
    /// Numbers with more digits before and behind the point.
    Digits(u16, u16),
    /// Days with a time.
    Day,
}

impl BoundCast {
    /// Of any value.
    #[must_use]
    pub fn new(before: &'static str, after: impl Into<Cow<'static, str>>) -> Self {
        Self { before, after: after.into(), limit: None }
    }

    /// Of what is within a limit.
    #[must_use]
    pub fn within(self, limit: CastLimit) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

impl BoundAs {
    /// A value in an expression.
    pub(super) fn in_expression(ty: &ValueType, dialect: &dyn SqlDialect) -> Self {
        let this = Self::of_any_kind(ty, dialect);
        // Of a mapped struct the compiler has seen to it.
        if matches!(ty, ValueType::Described(_)) { this.of_its_kind(dialect) } else { this }
    }

    /// A value in an expression, where values of every kind are taken for what they are.
    pub(super) fn of_any_kind(ty: &ValueType, dialect: &dyn SqlDialect) -> Self {
        let cast = ty.get().and_then(|ty| dialect.bound_cast(ty.in_dialect(dialect.name())));
        let held = cast.as_ref().and_then(Held::by_cast).map(Arc::new);
        Self { ty: ty.get().cloned(), declared: ty.is_declared(), cast, held }
    }

    /// As a value that may be of any kind, and must be one that fits its type.
    pub(super) fn of_its_kind(self, dialect: &dyn SqlDialect) -> Self {
        let by_kind = || self.ty.as_ref().and_then(|ty| Held::by_kind(ty, dialect)).map(Arc::new);
        let held = self.held.clone().or_else(by_kind);
        Self { held, ..self }
    }

    /// A value that is compared with a column of its `own` type; where it is `ty` all the same, it is
    /// in an expression like any other.
    pub(super) fn beside_column(ty: &ValueType, own: &ValueType, dialect: &dyn SqlDialect) -> Self {
        let is_own = own.get().is_some_and(|own| {
            !ty.is_declared() && dialect.compares_exactly(own.in_dialect(dialect.name()))
        });
        if !is_own || ty != own {
            return Self::in_expression(ty, dialect);
        }
        let this = Self { ty: ty.get().cloned(), ..Self::default() };
        if matches!(ty, ValueType::Described(_)) { this.of_its_kind(dialect) } else { this }
    }

    /// A value in SQL that the program wrote, where the database finds out the type.
    pub(super) fn in_text(value: Option<&Value>, dialect: &dyn SqlDialect) -> Self {
        let own = value.and_then(type_in_text).map(|own| ValueType::Described(Box::new(own)));
        let Self { cast, held, .. } =
            own.map_or_else(Self::default, |own| Self::in_expression(&own, dialect));
        Self { cast, held, ..Self::default() }
    }

    /// As one of which the values that are given differ from execution to execution: the others must be
    /// of the kind of this one.
    pub(super) fn like_given(self, value: Option<&Value>) -> Self {
        let Some(cast) = self.cast.as_ref() else { return self };
        let Some(own) = value.and_then(own_type) else { return self };
        let held = Some(Arc::new(Held::like_given(cast, own.kind())));
        Self { held, ..self }
    }

    /// As one around which nothing is written where the database wants a cast of some values: a
    /// statement that was prepared is given those, which it would compare as others.
    pub(super) fn uncast(self, dialect: &dyn SqlDialect) -> Self {
        if self.cast.is_some() || !dialect.casts_bound_values() {
            return self;
        }
        let is_number = self.held.is_some();
        Self { held: Some(Arc::new(Held::uncast(is_number))), ..self }
    }

    /// Holds what it can be given where it stands. Integers alone are the strictest of all; else what was said
    /// before counts.
    pub(super) fn hold_given(&mut self, given: Given, converts: bool) {
        match given {
            Given::Integer => self.held = Some(Arc::new(Held::given(given, converts))),
            _ => _ = self.held.get_or_insert_with(|| Arc::new(Held::given(given, converts))),
        }
    }

    /// A value that a column of this type is set to.
    pub(super) fn assigned(
        ty: &ValueType,
        column: &Name,
        column_type: Option<&Type>,
        dialect: &dyn SqlDialect,
    ) -> Self {
        let held = column_type.or(ty.get()).and_then(|ty| Held::by_column(column, ty, dialect));
        let held = held.map(Arc::new);
        Self { ty: ty.get().cloned(), declared: ty.is_declared(), cast: None, held }
    }

    /// A value of a SELECT whose rows are inserted, of which it is this column.
    pub(super) fn inserted(
        ty: &ValueType,
        column: &Name,
        column_type: Option<&Type>,
        dialect: &dyn SqlDialect,
    ) -> Self {
        let Self { held, .. } = Self::assigned(ty, column, column_type, dialect);
        let this = Self::in_expression(ty, dialect);
        Self { held: held.or(this.held), ..this }
    }

    /// How many rows.
    pub(super) fn rows(ty: &ValueType, dialect: &dyn SqlDialect) -> Self {
        let held = Some(Arc::new(Held::of_rows()));
        Self { held, ..Self::in_expression(ty, dialect) }
    }

    /// Writes the placeholder of this number, and what stands around it.
    pub(super) fn write(&self, number: usize, dialect: &dyn SqlDialect, to: &mut String) {
        let Some(cast) = &self.cast else { return dialect.placeholder(number, to) };
        to.push_str(cast.before);
        dialect.placeholder(number, to);
        to.push_str(&cast.after);
    }

    /// Whether the database takes both for the same type.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.ty == other.ty && self.declared == other.declared
    }
}
