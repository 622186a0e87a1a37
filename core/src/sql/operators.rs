//! The operators of columns and expressions: the same for all kinds of them.

use super::tree::{Op, ValueType};
use super::{
    AnyColumn, Col, ColumnType, Combined, Dynamic, Executable, Expr, Expression, ListItem, Mapped,
    Nullable, Operand, OrderTerm, Select, Selection,
};

macro_rules! operators {
    ([$($generics:tt)*] $of:ty, $bare:ty, $null:ty, $ty:expr) => {
        impl<$($generics)*> $of {
            /// `self = other`. For NULL see [`is_null`](Self::is_null).
            pub fn eq<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Eq, other.operand()))
            }

            /// `self != other`.
            pub fn ne<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Ne, other.operand()))
            }

            /// `self < other`.
            pub fn lt<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Lt, other.operand()))
            }

            /// `self <= other`.
            pub fn le<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Le, other.operand()))
            }

            /// `self > other`.
            pub fn gt<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Gt, other.operand()))
            }

            /// `self >= other`.
            pub fn ge<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Ge, other.operand()))
            }

            /// `self BETWEEN low AND high`, both included.
            pub fn between<L: Operand<$bare>, H: Operand<$bare>>(
                self,
                low: L,
                high: H,
            ) -> Expr<Combined<$null, <L::Null as super::Nullability>::Or<H::Null>, bool>> {
                let ty = self.value_type();
                let low = low.operand().with_type(ty.clone());
                let high = high.operand().with_type(ty);
                Expr::new(self.expression().between(low, high))
            }

            /// `self IN (values)`. No row is in an empty list. The list may have another length
            /// each time: the statement is compiled once all the same.
            pub fn in_<I>(self, values: I) -> Expr<Combined<$null, super::NotNull, bool>>
            where
                I: IntoIterator,
                I::Item: ListItem<$bare>,
            {
                Expr::new(self.list(values, false))
            }

            /// `self NOT IN (values)`. Every row is outside an empty list.
            pub fn not_in<I>(self, values: I) -> Expr<Combined<$null, super::NotNull, bool>>
            where
                I: IntoIterator,
                I::Item: ListItem<$bare>,
            {
                Expr::new(self.list(values, true))
            }

            /// `self IN (SELECT …)`, of a statement that selects one column.
            pub fn in_select<S: Selection>(self, select: Select<S>) -> Expr<Option<bool>>
            where
                Select<S>: Executable,
            {
                Expr::new(self.expression().in_select(select.value(), false))
            }

            /// `self NOT IN (SELECT …)`, of a statement that selects one column.
            pub fn not_in_select<S: Selection>(self, select: Select<S>) -> Expr<Option<bool>>
            where
                Select<S>: Executable,
            {
                Expr::new(self.expression().in_select(select.value(), true))
            }

            /// `self IS NULL`.
            pub fn is_null(self) -> Expr<bool> {
                Expr::new(self.expression().null_check(false))
            }

            /// `self IS NOT NULL`.
            pub fn is_not_null(self) -> Expr<bool> {
                Expr::new(self.expression().null_check(true))
            }

            /// Smaller values first.
            pub fn asc(self) -> OrderTerm {
                OrderTerm::new(self.expression(), false)
            }

            /// Larger values first.
            pub fn desc(self) -> OrderTerm {
                OrderTerm::new(self.expression(), true)
            }

            fn value_type(&self) -> ValueType {
                let ty: fn(&Self) -> ValueType = $ty;
                ty(self)
            }

            /// A value that stands beside it has its type.
            fn compare(self, op: Op, other: Expression) -> Expression {
                let other = other.with_type(self.value_type());
                self.expression().binary(op, other)
            }

            fn list<I>(self, values: I, negated: bool) -> Expression
            where
                I: IntoIterator,
                I::Item: ListItem<$bare>,
            {
                let ty = self.value_type();
                let values = values.into_iter().map(Into::into).collect();
                self.expression().list(values, ty, negated)
            }
        }
    };
}
operators!([T: Mapped, V: ColumnType] Col<T, V>, V::Bare, V::Null, |_| V::TYPE.into());
operators!([V: ColumnType] Expr<V>, V::Bare, V::Null, |_| V::TYPE.into());
operators!([] Expr<Dynamic>, Dynamic, Nullable, |_| ValueType::Unknown);
operators!([] AnyColumn, Dynamic, Nullable, |column| column.ty.clone().into());

/// Operators of text.
macro_rules! text_operators {
    ([$($generics:tt)*] $of:ty, $bare:ty, $null:ty, $concat:ty) => {
        impl<$($generics)*> $of {
            /// `self LIKE pattern`: `%` stands for any text, `_` for any character.
            pub fn like<O: Operand<$bare>>(
                self,
                pattern: O,
            ) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Like, pattern.operand()))
            }

            /// `self NOT LIKE pattern`.
            pub fn not_like<O: Operand<$bare>>(
                self,
                pattern: O,
            ) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::NotLike, pattern.operand()))
            }

            /// `self || other`: one text behind the other.
            pub fn concat<O: Operand<$bare>>(self, other: O) -> Expr<$concat> {
                Expr::new(self.compare(Op::Concat, other.operand()))
            }
        }
    };
}
text_operators!(
    [T: Mapped, V: ColumnType<Bare = String>] Col<T, V>,
    String, V::Null, Combined<V::Null, O::Null, String>
);
text_operators!(
    [V: ColumnType<Bare = String>] Expr<V>,
    String, V::Null, Combined<V::Null, O::Null, String>
);
text_operators!([] Expr<Dynamic>, Dynamic, Nullable, Dynamic);
text_operators!([] AnyColumn, Dynamic, Nullable, Dynamic);
