//! Aggregates that make JSON.

use super::{Characters, known};
use crate::sql::tree::Adaptation;
use crate::sql::{Expr, ExprType, Expression, KnownFunction, TypedExpression};
use crate::value::RawJson;

/// The values as an array of JSON; NULL of no rows.
///
/// NULL is `null` in it. Databases without truth values have 1 and 0 for them.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{Column, MetaData, Table, func, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let statement = select(func::json_agg(t.c("a")?));
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT json_agg(t.a) FROM t");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT json_arrayagg(t.a) FROM t");
/// // SQLite gives an empty array of no rows.
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT nullif(json_group_array(t.a), '[]') FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn json_agg<E: TypedExpression>(of: E) -> Expr<Option<RawJson>> {
    Expr::new(known(KnownFunction::JsonAgg, of).adapted(Adaptation::NoEmptyArray))
}

/// Keys and values as an object of JSON; NULL of no rows. A key is never NULL.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::json_object_agg(t.c("s")?, t.c("a")?));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT json_object_agg(t.s, t.a) FROM t"
/// );
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT json_objectagg(t.s, t.a) FROM t");
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT nullif(json_group_object(t.s, t.a), '{}') FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn json_object_agg<K, E>(key: K, of: E) -> Expr<Option<RawJson>>
where
    K: TypedExpression<Value: ExprType<Bare: Characters>>,
    E: TypedExpression,
{
    let arguments = vec![key.expr().into_expression(), of.expr().into_expression()];
    let object = Expression::known(KnownFunction::JsonObjectAgg, arguments);
    Expr::new(object.adapted(Adaptation::NoEmptyObject))
}
