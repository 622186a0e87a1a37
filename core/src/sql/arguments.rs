//! Lists of expressions.

use super::tree::{Adaptation, Kind};
use super::types::{Type, TypeKind};
use super::{ExprType, Expression, TypedExpression};
use crate::value::Value;

/// The arguments of a function, or other expressions of any types: one of them, a tuple, none as `()`,
/// or a vector of
/// [`Expression`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expression, nor a tuple of such",
    note = "give columns, expressions and values: `(User::c.name, 5)`"
)]
pub trait Arguments {
    /// As expressions.
    fn arguments(self) -> Vec<Expression>;
}

impl<E: TypedExpression> Arguments for E {
    fn arguments(self) -> Vec<Expression> {
        vec![argument(self)]
    }
}

impl Arguments for () {
    fn arguments(self) -> Vec<Expression> {
        Vec::new()
    }
}

impl Arguments for Vec<Expression> {
    fn arguments(self) -> Self {
        self
    }
}

/// An argument. An integer of 16 or 32 bits stays one, which matters where the database chooses a function by
/// the types of its arguments.
fn argument<E: TypedExpression>(of: E) -> Expression {
    of.expr().into_expression().narrow_as(<E::Value as ExprType>::DATABASE_TYPE.map(Type::kind))
}

impl Expression {
    /// An integer of 32 bits, if it is a value, which else is bound with 64.
    pub(super) fn narrow(self) -> Self {
        if self.is_value() { self.adapted(Adaptation::Integer) } else { self }
    }

    /// The same where this is the sort of its type; one of 16 bits if it is that.
    pub(super) fn narrow_as(self, of: Option<TypeKind>) -> Self {
        // A number with a fraction is not cut off.
        let is_integer = match &self.kind {
            Kind::Literal(literal) => matches!(literal.value, Value::Int(_)),
            Kind::Bind(_) => true,
            _ => false,
        };
        match of {
            Some(TypeKind::Integer) if is_integer => self.adapted(Adaptation::Integer),
            Some(TypeKind::SmallInteger) if is_integer => self.adapted(Adaptation::SmallInteger),
            _ => self,
        }
    }

    /// The same of what is computed, also of values.
    pub(super) fn narrowed(self) -> Self {
        if self.is_one_column() { self } else { self.adapted(Adaptation::Integer) }
    }

    /// Whether it is an integer that the program gives, and no less than this.
    pub(super) fn is_at_least(&self, least: i64) -> bool {
        match &self.kind {
            Kind::Literal(literal) => matches!(literal.value, Value::Int(value) if value >= least),
            _ => false,
        }
    }
}

macro_rules! arguments {
    ($($argument:ident $at:tt),+) => {
        impl<$($argument: TypedExpression),+> Arguments for ($($argument,)+) {
            fn arguments(self) -> Vec<Expression> {
                vec![$(argument(self.$at)),+]
            }
        }
    };
}
tuples!(arguments);
