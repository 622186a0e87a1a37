//! ANY and ALL: comparisons with each row of a statement.

use std::fmt;
use std::marker::PhantomData;

use super::select::one_column;
use super::tree::Kind;
use super::{
    ArrayElement, ColumnType, ComparedWith, CompoundSelect, Expr, ExprType, Expression, Nullable,
    Operand, Select, Selection,
};

/// The right side of a comparison: any or all rows of a statement, or elements of an array.
pub struct Quantified<U> {
    expression: Expression,
    of: PhantomData<fn() -> U>,
}

impl<U> fmt::Debug for Quantified<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Quantified").field(&self.expression).finish()
    }
}

#[diagnostic::do_not_recommend]
impl<V, U: ComparedWith<V>> Operand<V> for Quantified<U> {
    type Null = Nullable;

    fn operand(self) -> Expression {
        self.expression
    }
}

/// What `any_` and `all_` take: a statement that selects one column, a `Vec` of values, or an
/// expression whose value is an array.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no rows and no elements to compare with",
    note = "give a statement that selects one column, a `Vec` of values, or an expression whose value \
            is an array"
)]
pub trait QuantifiedOperand {
    /// The type that is compared with.
    type Element;

    /// As an expression.
    fn quantified(self) -> Expression;
}

impl<S: Selection> QuantifiedOperand for Select<S> {
    type Element = S::Item;

    fn quantified(self) -> Expression {
        one_column(self)
    }
}

impl<S: Selection> QuantifiedOperand for CompoundSelect<S> {
    type Element = S::Item;

    fn quantified(self) -> Expression {
        one_column(self)
    }
}

/// Values, which are bound as one array.
impl<E: ArrayElement> QuantifiedOperand for Vec<E>
where
    Self: ColumnType,
{
    type Element = E;

    fn quantified(self) -> Expression {
        array(Expression::literal(self.to_value()).with_type(Self::TYPE))
    }
}

/// An array whose type the compiler does not know.
impl<V: ExprType<Bare = super::Dynamic>> QuantifiedOperand for Expr<V> {
    type Element = crate::value::Value;

    fn quantified(self) -> Expression {
        array(self.into_expression())
    }
}

impl QuantifiedOperand for super::AnyColumn {
    type Element = crate::value::Value;

    fn quantified(self) -> Expression {
        array(self.expression())
    }
}

/// An expression stands in parentheses of its own.
pub(super) fn array(expression: Expression) -> Expression {
    Expression::node(Kind::Tuple, vec![expression])
}

/// At least one of the rows: `column.gt(any_(select(…)))`.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::{ClauseElement, any_};
/// use aludel::{Column, MetaData, Table, select, types};
///
/// let columns = ["a", "b"].map(|name| Column::new(name, types::Integer));
/// let t = Table::new("t", &MetaData::new(), columns)?;
/// let x = t.alias("x");
/// let statement = select(t.c("a")?).where_(t.c("a")?.gt(any_(select(x.c("b")?))));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT t.a FROM t WHERE t.a > ANY (SELECT x.b FROM t AS x)"
/// );
/// let error = statement.compile(&Sqlite::new()).unwrap_err();
/// assert!(error.message().starts_with("sqlite does not have ANY and ALL"), "{error}");
/// # Ok::<(), aludel::Error>(())
/// ```
///
/// Of a `Vec` of values it is what PostgreSQL has for an IN list: one bound array, so that the text is
/// the same for each length.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::{ClauseElement, any_};
/// use aludel::{Column, MetaData, Table, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let statement = t.select().where_(t.c("a")?.eq(any_(vec![1, 2, 3])));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT t.a FROM t WHERE t.a = ANY ($1)"
/// );
/// let error = statement.compile(&MySql::new()).unwrap_err();
/// assert_eq!(
///     error.message(),
///     "mysql does not have ANY and ALL of an array; use `in_` or `not_in` with the list"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn any_<Q: QuantifiedOperand>(of: Q) -> Quantified<Q::Element> {
    quantified(of, false)
}

/// All of the rows: `column.ge(all_(select(…)))`. It holds if there are none.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, all_, tables_of_examples};
/// # use aludel::select;
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(t.c("a")?).where_(t.c("a")?.ge(all_(select(u.c("t_id")?))));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT t.a FROM t WHERE t.a >= ALL (SELECT u.t_id FROM u)"
/// );
/// assert_eq!(
///     statement.compile(&MySql::new())?.sql(),
///     "SELECT t.a FROM t WHERE t.a >= ALL (SELECT u.t_id FROM u)"
/// );
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn all_<Q: QuantifiedOperand>(of: Q) -> Quantified<Q::Element> {
    quantified(of, true)
}

fn quantified<Q: QuantifiedOperand>(of: Q, all: bool) -> Quantified<Q::Element> {
    let expression = of.quantified().under(Kind::Quantified { all });
    Quantified { expression, of: PhantomData }
}
