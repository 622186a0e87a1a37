//! Several values that are compared as one: `tuple_((a, b))`.

use std::fmt;
use std::marker::PhantomData;

use super::tree::{Kind, List, ListOf, Op, ValueType};
use super::{
    CompoundSelect, Expr, ExprType, Expression, ListItem, Operand, Query, Select, Selection,
    TypedExpression,
};
use crate::value::Value;

/// Several values that are compared as one, of the types `T`.
#[must_use = "an expression does nothing until a statement has it"]
pub struct Tuple<T> {
    parts: Vec<Expression>,
    types: Vec<ValueType>,
    of: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Tuple<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tuple").field(&self.parts).finish()
    }
}

/// What [`tuple_`] takes: a tuple of two to eight expressions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of expressions",
    note = "give two to eight columns or expressions: `tuple_((User::c.id, User::c.name))`"
)]
pub trait TupleExpressions {
    /// The types of their values.
    type Types;

    /// The expressions, and the types that values beside them have.
    #[doc(hidden)]
    fn expressions(self) -> Vec<(Expression, Option<&'static super::types::Type>)>;
}

/// Values or expressions that stand beside a tuple of the types `T`.
#[diagnostic::on_unimplemented(
    message = "a tuple of the types `{T}` cannot be compared with `{Self}`",
    note = "give a tuple of values or expressions of the same types, or a statement that selects them"
)]
pub trait TupleOperand<T> {
    /// As expressions.
    fn operands(self) -> Vec<Expression>;
}

/// Values that stand in a list beside a tuple of the types `T`.
#[diagnostic::on_unimplemented(
    message = "a tuple of the types `{T}` cannot be compared with a list of `{Self}`",
    note = "give tuples of values of the same types"
)]
pub trait TupleItem<T> {
    /// Adds the values.
    fn values(self, to: &mut Vec<Value>);
}

/// What `in_` of a tuple takes: a list of tuples, or a statement that selects as many columns.
#[diagnostic::on_unimplemented(
    message = "a tuple of the types `{T}` cannot be compared with a list of `{Self}`",
    note = "give a list of tuples of the same types, or a statement that selects as many columns"
)]
pub trait TupleInOperand<T> {
    /// As what it is.
    fn tuple_set(self) -> TupleSet;
}

/// A list of tuples, or the rows of a statement.
#[derive(Debug)]
pub struct TupleSet(Set);

#[derive(Debug)]
enum Set {
    Values(Vec<Value>),
    Select(Expression),
}

impl<T, I> TupleInOperand<T> for I
where
    I: IntoIterator,
    I::Item: TupleItem<T>,
{
    fn tuple_set(self) -> TupleSet {
        let mut values = Vec::new();
        self.into_iter().for_each(|item| item.values(&mut values));
        TupleSet(Set::Values(values))
    }
}

impl<T, S: Selection> TupleInOperand<T> for Select<S> {
    fn tuple_set(self) -> TupleSet {
        TupleSet(Set::Select(self.into_query()))
    }
}

impl<T, S: Selection> TupleInOperand<T> for CompoundSelect<S> {
    fn tuple_set(self) -> TupleSet {
        TupleSet(Set::Select(self.into_query()))
    }
}

/// The one row of a query, which selects as many columns.
impl<T, S: Selection> TupleOperand<T> for Select<S> {
    fn operands(self) -> Vec<Expression> {
        vec![self.into_query()]
    }
}

/// A query that stands beside a tuple of so many values.
fn as_wide(query: Expression, width: usize) -> Expression {
    match &query.kind {
        Kind::Query(parts) if parts.width().is_some_and(|columns| columns != width) => {
            Expression::refused(OTHER_WIDTH)
        }
        _ => query,
    }
}

const OTHER_WIDTH: &str = "a tuple is compared with a query that selects another number of columns; \
     select as many as the tuple has values";

macro_rules! tuple {
    ($($ty:ident $value:ident $at:tt),+) => {
        impl<$($ty: TypedExpression),+> TupleExpressions for ($($ty,)+) {
            type Types = ($(<$ty::Value as ExprType>::Bare,)+);

            fn expressions(self) -> Vec<(Expression, Option<&'static super::types::Type>)> {
                vec![$((
                    self.$at.expr().into_expression(),
                    <$ty::Value as ExprType>::DATABASE_TYPE,
                )),+]
            }
        }

        impl<$($ty, $value: Operand<$ty>),+> TupleOperand<($($ty,)+)> for ($($value,)+) {
            fn operands(self) -> Vec<Expression> {
                vec![$(self.$at.operand()),+]
            }
        }

        impl<$($ty, $value: ListItem<$ty>),+> TupleItem<($($ty,)+)> for ($($value,)+) {
            fn values(self, to: &mut Vec<Value>) {
                to.extend([$(self.$at.into()),+]);
            }
        }
    };
}
tuple!(A V 0, B W 1);
tuple!(A V 0, B W 1, C X 2);
tuple!(A V 0, B W 1, C X 2, D Y 3);
tuple!(A V 0, B W 1, C X 2, D Y 3, E Z 4);
tuple!(A V 0, B W 1, C X 2, D Y 3, E Z 4, F S 5);
tuple!(A V 0, B W 1, C X 2, D Y 3, E Z 4, F S 5, G T 6);
tuple!(A V 0, B W 1, C X 2, D Y 3, E Z 4, F S 5, G T 6, H U 7);

/// Several values that are compared as one, the first that differs decides.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{Auto, Mapped, select, tuple_};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// // The page behind a row:
/// let key = || tuple_((User::c.name, User::c.id));
/// let page = select(User::c.id).where_(key().gt(("sandy", 5)));
/// assert_eq!(
///     page.to_string(),
///     "SELECT users.id FROM users WHERE (users.name, users.id) > (:1, :2)"
/// );
/// let listed = select(User::c.id).where_(key().in_([("sandy", 5), ("ed", 6)]));
/// let compiled = listed.compile(&PostgreSql::new())?;
/// assert!(compiled.sql().ends_with("((users.name, users.id) IN (($1, $2), ($3, $4)))"));
/// let compiled = listed.compile(&Sqlite::new())?;
/// assert!(compiled.sql().ends_with("((users.name, users.id) IN (VALUES (?1, ?2), (?3, ?4)))"));
/// let first = select((User::c.name, User::c.id)).order_by(User::c.id).limit(1);
/// let others = select(User::c.id).where_(key().ne(first.no_correlate()));
/// assert!(others.to_string().ends_with(
///     "WHERE (users.name, users.id) != (SELECT users.name, users.id FROM users ORDER BY users.id LIMIT :1)"
/// ));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn tuple_<X: TupleExpressions>(of: X) -> Tuple<X::Types> {
    let (parts, types) =
        of.expressions().into_iter().map(|(part, ty)| (part, ValueType::from(ty))).unzip();
    Tuple { parts, types, of: PhantomData }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $method:ident $op:ident;)*) => {$(
        $(#[$doc])*
        pub fn $method(self, other: impl TupleOperand<T>) -> Expr<Option<bool>> {
            self.compared(Op::$op, other.operands())
        }
    )*};
}

impl<T> Tuple<T> {
    comparisons! {
        /// Whether all values are equal.
        ///
        /// ```
        /// # use aludel::sql::tables_of_examples;
        /// # use aludel::{select, tuple_};
        /// # let (t, u) = tables_of_examples()?;
        /// let statement = select(t.c("id")?).where_(tuple_((t.c("a")?, t.c("b")?)).eq((1, 2)));
        /// assert_eq!(statement.to_string(), "SELECT t.id FROM t WHERE (t.a, t.b) = (:1, :2)");
        /// # Ok::<(), aludel::Error>(())
        /// ```
        eq Eq;
        /// Whether one of the values differs.
        ///
        /// ```
        /// # use aludel::sql::tables_of_examples;
        /// # use aludel::{select, tuple_};
        /// # let (t, u) = tables_of_examples()?;
        /// let statement = select(t.c("id")?).where_(tuple_((t.c("a")?, t.c("b")?)).ne((1, 2)));
        /// assert_eq!(statement.to_string(), "SELECT t.id FROM t WHERE (t.a, t.b) != (:1, :2)");
        /// # Ok::<(), aludel::Error>(())
        /// ```
        ne Ne;
        /// Whether the first value that differs is smaller.
        ///
        /// ```
        /// # use aludel::sql::tables_of_examples;
        /// # use aludel::{select, tuple_};
        /// # let (t, u) = tables_of_examples()?;
        /// let statement = select(t.c("id")?).where_(tuple_((t.c("a")?, t.c("b")?)).lt((1, 2)));
        /// assert_eq!(statement.to_string(), "SELECT t.id FROM t WHERE (t.a, t.b) < (:1, :2)");
        /// # Ok::<(), aludel::Error>(())
        /// ```
        lt Lt;
        /// Whether the first value that differs is smaller, or none differs.
        ///
        /// ```
        /// # use aludel::sql::tables_of_examples;
        /// # use aludel::{select, tuple_};
        /// # let (t, u) = tables_of_examples()?;
        /// let statement = select(t.c("id")?).where_(tuple_((t.c("a")?, t.c("b")?)).le((1, 2)));
        /// assert_eq!(statement.to_string(), "SELECT t.id FROM t WHERE (t.a, t.b) <= (:1, :2)");
        /// # Ok::<(), aludel::Error>(())
        /// ```
        le Le;
        /// Whether the first value that differs is larger.
        ///
        /// ```
        /// # use aludel::sql::tables_of_examples;
        /// # use aludel::{select, tuple_};
        /// # let (t, u) = tables_of_examples()?;
        /// let statement = select(t.c("id")?).where_(tuple_((t.c("a")?, t.c("b")?)).gt((1, 2)));
        /// assert_eq!(statement.to_string(), "SELECT t.id FROM t WHERE (t.a, t.b) > (:1, :2)");
        /// # Ok::<(), aludel::Error>(())
        /// ```
        gt Gt;
        /// Whether the first value that differs is larger, or none differs.
        ///
        /// ```
        /// # use aludel::sql::tables_of_examples;
        /// # use aludel::{select, tuple_};
        /// # let (t, u) = tables_of_examples()?;
        /// let statement = select(t.c("id")?).where_(tuple_((t.c("a")?, t.c("b")?)).ge((1, 2)));
        /// assert_eq!(statement.to_string(), "SELECT t.id FROM t WHERE (t.a, t.b) >= (:1, :2)");
        /// # Ok::<(), aludel::Error>(())
        /// ```
        ge Ge;
    }

    /// `(a, b) IN (…)`: of a list of tuples, or of a statement that selects as many columns.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{select, tuple_};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?)
    ///     .where_(tuple_((t.c("a")?, t.c("b")?)).in_([(1, 2), (3, 4)]));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE ((t.a, t.b) IN (($1, $2), ($3, $4)))"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE ((t.a, t.b) IN ((?, ?), (?, ?)))"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE ((t.a, t.b) IN (VALUES (?1, ?2), (?3, ?4)))"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn in_(self, values: impl TupleInOperand<T>) -> Expr<Option<bool>> {
        self.contained(values.tuple_set(), false)
    }

    /// `(a, b) NOT IN (…)`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{select, tuple_};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).where_(tuple_((t.c("a")?, t.c("b")?)).not_in([(1, 2)]));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE ((t.a, t.b) NOT IN (($1, $2)))"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE ((t.a, t.b) NOT IN ((?, ?)))"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE ((t.a, t.b) NOT IN (VALUES (?1, ?2)))"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn not_in(self, values: impl TupleInOperand<T>) -> Expr<Option<bool>> {
        self.contained(values.tuple_set(), true)
    }

    fn compared(self, op: Op, others: Vec<Expression>) -> Expr<Option<bool>> {
        let others = match <[Expression; 1]>::try_from(others) {
            // A tuple has at least two: this is the row of a query.
            Ok([query]) => as_wide(query, self.parts.len()),
            Err(others) => {
                let others = others.into_iter().zip(self.types);
                let others = others.map(|(other, ty)| other.with_type(ty)).collect();
                Expression::node(Kind::Tuple, others)
            }
        };
        Expr::new(Expression::node(Kind::Tuple, self.parts).binary(op, others))
    }

    fn contained(self, set: TupleSet, negated: bool) -> Expr<Option<bool>> {
        let width = self.parts.len();
        let tuple = Expression::node(Kind::Tuple, self.parts);
        Expr::new(match set.0 {
            Set::Select(select) => tuple.in_select(as_wide(select, width), negated),
            Set::Values(values) => {
                let mut types = self.types.into_iter();
                let ty = types.next().unwrap_or_default();
                let of = ListOf::Values(values.into());
                let list = List { of, ty, others: types.collect() };
                tuple.under(Kind::In { list: Box::new(list), negated })
            }
        })
    }
}
