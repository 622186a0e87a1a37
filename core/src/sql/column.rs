//! Columns, with the type of their values and without, and their operators.

use std::fmt;
use std::marker::PhantomData;

use super::expression::{Node, Op};
use super::types::Type;
use super::{
    Assign, Assignment, Dynamic, Expression, Name, Operand, Order, Plain, Predicate, Typed,
};

/// A column of the mapped struct `T` whose field has the type `V`: `User::c.name`.
///
/// It is a small `Copy` value; its methods make conditions, orders and assignments.
pub struct Col<T, V> {
    table: &'static str,
    name: &'static str,
    types: PhantomData<fn() -> (T, V)>,
}

impl<T, V> Clone for Col<T, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V> Copy for Col<T, V> {}

impl<T, V> Col<T, V> {
    /// The column `name` of the table `table`. `#[derive(Mapped)]` calls it.
    #[must_use]
    pub const fn new(table: &'static str, name: &'static str) -> Self {
        Self { table, name, types: PhantomData }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn expression(self) -> Expression {
        Expression::column(self.table.into(), self.name.into())
    }

    /// Sets it, in an insert.
    #[must_use = "an assignment does nothing until a statement has it"]
    pub fn set(self, value: impl Assign<V>) -> Assignment<T> {
        Assignment::new(self.name.into(), value.assigned())
    }
}

impl<T, V> fmt::Debug for Col<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.name)
    }
}

/// A column of a table that is described at run time: `table.c("name")?`.
///
/// It has the operators of [`Col`], with values of any type: what does not fit is found by the
/// database.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyColumn {
    pub(super) table: Name,
    pub(super) name: Name,
    pub(super) ty: Type,
}

impl AnyColumn {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type in the database.
    #[must_use]
    pub fn column_type(&self) -> &Type {
        &self.ty
    }

    pub(super) fn expression(self) -> Expression {
        Expression::column(self.table, self.name)
    }

    /// Sets it, in an insert.
    #[must_use = "an assignment does nothing until a statement has it"]
    pub fn set(self, value: impl Assign<Dynamic>) -> Assignment<Dynamic> {
        Assignment::new(self.name, value.assigned())
    }
}

/// The operators, the same for both kinds of columns.
macro_rules! operators {
    ([$($generics:tt)*] $column:ty, $bare:ty) => {
        impl<$($generics)*> $column {
            /// `self = other`. For NULL see [`is_null`](Self::is_null).
            pub fn eq(self, other: impl Operand<$bare>) -> Predicate {
                self.compare(Op::Eq, other.operand())
            }

            /// `self != other`.
            pub fn ne(self, other: impl Operand<$bare>) -> Predicate {
                self.compare(Op::Ne, other.operand())
            }

            /// `self < other`.
            pub fn lt(self, other: impl Operand<$bare>) -> Predicate {
                self.compare(Op::Lt, other.operand())
            }

            /// `self <= other`.
            pub fn le(self, other: impl Operand<$bare>) -> Predicate {
                self.compare(Op::Le, other.operand())
            }

            /// `self > other`.
            pub fn gt(self, other: impl Operand<$bare>) -> Predicate {
                self.compare(Op::Gt, other.operand())
            }

            /// `self >= other`.
            pub fn ge(self, other: impl Operand<$bare>) -> Predicate {
                self.compare(Op::Ge, other.operand())
            }

            /// `self BETWEEN low AND high`, both included.
            pub fn between(
                self,
                low: impl Operand<$bare>,
                high: impl Operand<$bare>,
            ) -> Predicate {
                let parts = [self.expression(), low.operand(), high.operand()];
                Predicate::new(Node::Between(Box::new(parts)))
            }

            /// `self IN (values)`. No row is in an empty list. The list may have another length
            /// each time: the statement is compiled once all the same.
            pub fn in_<I>(self, values: I) -> Predicate
            where
                I: IntoIterator,
                I::Item: Plain<$bare>,
            {
                self.list(values, false)
            }

            /// `self NOT IN (values)`. Every row is outside an empty list.
            pub fn not_in<I>(self, values: I) -> Predicate
            where
                I: IntoIterator,
                I::Item: Plain<$bare>,
            {
                self.list(values, true)
            }

            /// `self IS NULL`.
            pub fn is_null(self) -> Predicate {
                Predicate::new(Node::IsNull { of: Box::new(self.expression()), negated: false })
            }

            /// `self IS NOT NULL`.
            pub fn is_not_null(self) -> Predicate {
                Predicate::new(Node::IsNull { of: Box::new(self.expression()), negated: true })
            }

            /// Smaller values first.
            #[must_use]
            pub fn asc(self) -> Order {
                Order { by: self.expression(), descending: false }
            }

            /// Larger values first.
            #[must_use]
            pub fn desc(self) -> Order {
                Order { by: self.expression(), descending: true }
            }

            fn compare(self, op: Op, other: Expression) -> Predicate {
                Predicate::new(self.expression().binary(op, other).0)
            }

            fn list<I>(self, values: I, negated: bool) -> Predicate
            where
                I: IntoIterator,
                I::Item: Plain<$bare>,
            {
                let values = values.into_iter().map(Into::into).collect();
                Predicate::new(Node::In { of: Box::new(self.expression()), values, negated })
            }
        }
    };
}
operators!([T, V: Typed] Col<T, V>, V::Bare);
operators!([] AnyColumn, Dynamic);

/// Patterns, for columns that hold text.
macro_rules! patterns {
    ([$($generics:tt)*] $column:ty, $bare:ty) => {
        impl<$($generics)*> $column {
            /// `self LIKE pattern`: `%` stands for any text, `_` for any character.
            pub fn like(self, pattern: impl Operand<$bare>) -> Predicate {
                self.compare(Op::Like, pattern.operand())
            }

            /// `self NOT LIKE pattern`.
            pub fn not_like(self, pattern: impl Operand<$bare>) -> Predicate {
                self.compare(Op::NotLike, pattern.operand())
            }
        }
    };
}
patterns!([T, V: Typed<Bare = String>] Col<T, V>, String);
patterns!([] AnyColumn, Dynamic);
