//! Values of columns that the program does not set, made before the statement is sent.

use std::fmt;
use std::sync::Arc;

use super::super::tree::{BindDefault, Kind};
use super::super::{Expression, Name};
use super::DdlExpression;
use crate::value::Value;

/// What an INSERT or an UPDATE sets a column to that the program does not set:
/// [`Column::default`](super::Column::default), [`Column::onupdate`](super::Column::onupdate).
#[derive(Clone)]
pub struct ClientDefault(Made);

#[derive(Clone)]
enum Made {
    Value(Value),
    Closure(Arc<dyn Fn() -> Value + Send + Sync>),
    Expression(DdlExpression),
}

impl ClientDefault {
    pub(super) fn of_value(value: Value) -> Self {
        Self(Made::Value(value))
    }

    /// What a column was set to: a value, or an expression.
    pub(in crate::sql) fn of_assigned(of: Expression) -> Self {
        match of.kind {
            Kind::Literal(literal) => Self::of_value(literal.value),
            _ => Self::of_expression(DdlExpression::of_tree(of)),
        }
    }

    pub(in crate::sql) fn of_closure(make: impl Fn() -> Value + Send + Sync + 'static) -> Self {
        Self(Made::Closure(Arc::new(make)))
    }

    pub(in crate::sql) fn of_expression(expression: DdlExpression) -> Self {
        Self(Made::Expression(expression))
    }

    /// The value, made anew each time if a closure makes it; `None` if it is an expression.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        match &self.0 {
            Made::Value(value) => Some(value.clone()),
            Made::Closure(make) => Some(make()),
            Made::Expression(_) => None,
        }
    }

    /// As a statement has it: a bind of this name that need not be given, or the expression.
    pub(in crate::sql) fn assigned(&self, name: &Name) -> Expression {
        let default = match &self.0 {
            Made::Value(value) => BindDefault::Value(value.clone()),
            Made::Closure(make) => BindDefault::Callable(Arc::clone(make)),
            Made::Expression(expression) => return expression.to_expression(),
        };
        Expression::bind(name.clone(), Some(default))
    }

    /// The expression, if it is one.
    #[must_use]
    pub fn expression(&self) -> Option<&DdlExpression> {
        match &self.0 {
            Made::Expression(expression) => Some(expression),
            _ => None,
        }
    }

    /// What a statement sets the column to: the expression, or the value, made anew each time.
    #[must_use]
    pub fn to_expression(&self) -> Expression {
        match &self.0 {
            Made::Value(value) => Expression::literal(value.clone()),
            Made::Closure(make) => Expression::literal(make()),
            Made::Expression(expression) => expression.to_expression(),
        }
    }
}

/// A closure is the same as itself only.
impl PartialEq for ClientDefault {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Made::Value(one), Made::Value(other)) => one == other,
            (Made::Closure(one), Made::Closure(other)) => Arc::ptr_eq(one, other),
            (Made::Expression(one), Made::Expression(other)) => one == other,
            _ => false,
        }
    }
}

impl fmt::Debug for ClientDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Made::Value(_) => "ClientDefault(value)",
            Made::Closure(_) => "ClientDefault(closure)",
            Made::Expression(_) => "ClientDefault(expression)",
        })
    }
}
