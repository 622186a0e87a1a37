//! Functions of arrays.

use crate::sql::{ArraySet, Expr, Expression, KnownFunction, TypedExpression};

/// The elements of an array as rows. PostgreSQL has it.
///
/// ```
/// use aludel::sql::array_of;
/// use aludel::{func, select};
///
/// let statement = select(func::unnest(array_of([1, 2])));
/// assert_eq!(statement.to_string(), "SELECT unnest(CAST(ARRAY[:1, :2] AS INTEGER[]))");
/// ```
pub fn unnest<E>(of: E) -> Expr<<E::Value as ArraySet>::Element>
where
    E: TypedExpression<Value: ArraySet>,
{
    Expr::new(Expression::known(KnownFunction::Unnest, vec![of.expr().into_expression()]))
}
