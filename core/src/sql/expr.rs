//! Expressions with the Rust type of their value.

use std::fmt;
use std::marker::PhantomData;

use super::{
    AnyColumn, Col, ColumnType, Condition, Dynamic, ExprType, Expression, Label, Mapped, Name,
    Nullability, SqlWriter, conditions,
};

/// An expression whose value has the type `V`: `Expr<bool>` is a condition that is never NULL,
/// `Expr<Option<bool>>` one that can be, `Expr<i64>` a number.
///
/// It has the operators of columns, and can be selected, sorted by, compared and assigned.
///
/// ```
/// use aludel::sql::{Condition, Expr};
/// use aludel::{Auto, Mapped, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     age: Option<i32>,
/// }
///
/// // Any condition over users, whatever it compares:
/// fn adult() -> impl Condition {
///     User::c.age.ge(18)
/// }
/// // The same, to keep in a list with others:
/// fn known(age: bool) -> Expr<Option<bool>> {
///     if age { User::c.age.ge(18) } else { User::c.id.gt(0).nullable() }
/// }
///
/// let statement = select((User::c.id, User::c.age.ge(65))).where_(adult()).where_(known(false));
/// assert_eq!(
///     statement.to_string(),
///     "SELECT users.id, users.age >= :1 FROM users WHERE users.age >= :2 AND users.id > :3"
/// );
/// ```
#[must_use = "an expression does nothing until a statement has it"]
pub struct Expr<V> {
    expression: Expression,
    value: PhantomData<fn() -> V>,
}

impl<V> Expr<V> {
    pub(super) fn new(expression: Expression) -> Self {
        Self { expression, value: PhantomData }
    }

    /// Without the type of the value.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let arguments = [t.c("a")?.expr().into_expression()];
    /// let statement = select(func::function("f", arguments));
    /// assert_eq!(statement.to_string(), "SELECT f(t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn into_expression(self) -> Expression {
        self.expression
    }

    pub(super) fn expression(self) -> Expression {
        self.expression
    }

    /// Gives it a name, by which the result has it and `order_by` can refer to it.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select((t.c("a")? + 1).label("next"));
    /// assert_eq!(statement.to_string(), "SELECT t.a + :1 AS next FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn label(self, name: impl Into<Name>) -> Label<V> {
        Label::new(self, name.into())
    }
}

impl<V: ColumnType> Expr<V> {
    /// The same as an expression that can be NULL, so that it has one type with those that can.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?.is_null().nullable());
    /// assert_eq!(statement.to_string(), "SELECT t.a IS NULL FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn nullable(self) -> Expr<Option<V::Bare>> {
        Expr::new(self.expression)
    }
}

impl<V: ColumnType<Bare = bool>> Expr<V> {
    /// Both.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).where_(t.c("a")?.is_null().and(t.c("b")?.is_null()));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a IS NULL AND t.b IS NULL");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn and<C: Condition>(self, other: C) -> Expr<super::Combined<V::Null, C::Null, bool>> {
        Expr::new(conditions::all([self.expression, other.condition()]))
    }

    /// At least one of the two.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).where_(t.c("a")?.is_null().or(t.c("b")?.is_null()));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a IS NULL OR t.b IS NULL");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn or<C: Condition>(self, other: C) -> Expr<super::Combined<V::Null, C::Null, bool>> {
        Expr::new(conditions::any([self.expression, other.condition()]))
    }
}

impl From<Expr<bool>> for Expr<Option<bool>> {
    fn from(condition: Expr<bool>) -> Self {
        condition.nullable()
    }
}

impl<V> Clone for Expr<V> {
    fn clone(&self) -> Self {
        Self::new(self.expression.clone())
    }
}

impl<V> fmt::Debug for Expr<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expr").field(&self.expression).finish()
    }
}

/// Readable SQL, with numbers in the place of values.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # let (t, u) = tables_of_examples()?;
/// let condition = t.c("a")?.gt(5).and(t.c("s")?.is_null());
/// assert_eq!(condition.to_string(), "t.a > :1 AND t.s IS NULL");
/// # Ok::<(), aludel::Error>(())
/// ```
impl<V> fmt::Display for Expr<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display(|to| self.expression.write(to)))
    }
}

/// A column, an expression or a value, with the type of its value: what functions take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expression",
    note = "give a column (`User::c.name`), an expression or a value"
)]
pub trait TypedExpression {
    /// The type of its value.
    type Value: ExprType;

    /// As an expression.
    fn expr(self) -> Expr<Self::Value>;
}

impl<V: ExprType> TypedExpression for Expr<V> {
    type Value = V;

    fn expr(self) -> Self {
        self
    }
}

impl TypedExpression for AnyColumn {
    type Value = Dynamic;

    fn expr(self) -> Expr<Dynamic> {
        Expr::new(self.expression())
    }
}

impl<T: Mapped, V: ColumnType> TypedExpression for Col<T, V> {
    type Value = V;

    fn expr(self) -> Expr<V> {
        Expr::new(self.expression())
    }
}

impl<C: Condition> std::ops::BitAnd<C> for Expr<bool> {
    type Output = Expr<<C::Null as Nullability>::Of<bool>>;

    fn bitand(self, other: C) -> Self::Output {
        self.and(other)
    }
}

impl<C: Condition> std::ops::BitAnd<C> for Expr<Option<bool>> {
    type Output = Self;

    fn bitand(self, other: C) -> Self {
        self.and(other)
    }
}

impl<C: Condition> std::ops::BitOr<C> for Expr<bool> {
    type Output = Expr<<C::Null as Nullability>::Of<bool>>;

    fn bitor(self, other: C) -> Self::Output {
        self.or(other)
    }
}

impl<C: Condition> std::ops::BitOr<C> for Expr<Option<bool>> {
    type Output = Self;

    fn bitor(self, other: C) -> Self {
        self.or(other)
    }
}

impl<V: ColumnType<Bare = bool>> std::ops::Not for Expr<V> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(self.expression.not())
    }
}

macro_rules! dynamic_conditions {
    ($($ty:ty, $expression:ident);*) => {$(
        impl $ty {
            /// Both.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("id")?).where_(t.c("a")?.expr().and(t.c("b")?.gt(5)));
            /// assert_eq!(statement.to_string(), "SELECT t.id FROM t WHERE t.a AND t.b > :1");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn and<C: Condition>(self, other: C) -> Expr<Option<bool>> {
                Expr::new(conditions::all([self.$expression(), other.condition()]))
            }

            /// At least one of the two.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("id")?).where_(t.c("a")?.expr().or(t.c("b")?.gt(5)));
            /// assert_eq!(statement.to_string(), "SELECT t.id FROM t WHERE t.a OR t.b > :1");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn or<C: Condition>(self, other: C) -> Expr<Option<bool>> {
                Expr::new(conditions::any([self.$expression(), other.condition()]))
            }
        }

        impl<C: Condition> std::ops::BitAnd<C> for $ty {
            type Output = Expr<Option<bool>>;

            fn bitand(self, other: C) -> Expr<Option<bool>> {
                self.and(other)
            }
        }

        impl<C: Condition> std::ops::BitOr<C> for $ty {
            type Output = Expr<Option<bool>>;

            fn bitor(self, other: C) -> Expr<Option<bool>> {
                self.or(other)
            }
        }

        impl std::ops::Not for $ty {
            type Output = Expr<Option<bool>>;

            fn not(self) -> Expr<Option<bool>> {
                Expr::new(self.$expression().not())
            }
        }
    )*};
}
dynamic_conditions!(Expr<Dynamic>, into_expression; AnyColumn, expression);
