//! Values, and SQL that the program wrote, as expressions.

use super::tree::{Fragment, ValueType};
use super::{
    ColumnType, Expr, ExprType, Expression, IntoSql, Name, Nullable, Params, Text, TypedExpression,
};
use super::{Condition, Dynamic};
use crate::value::Value;

/// What [`literal`] takes: a value of a type that columns have, or text or bytes that are borrowed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a type that columns have",
    note = "for a type of your own implement `aludel::sql::ColumnValue`"
)]
pub trait LiteralValue {
    /// The type of the expression.
    type Of: ColumnType;

    /// The value.
    fn into_value(self) -> Value;
}

impl<V: ColumnType + Into<Value>> LiteralValue for V {
    type Of = V;

    fn into_value(self) -> Value {
        self.into()
    }
}

macro_rules! borrowed {
    ($($ty:ty: $of:ty),*) => {$(
        impl LiteralValue for $ty {
            type Of = $of;

            fn into_value(self) -> Value {
                self.into()
            }
        }
    )*};
}
borrowed!(&str: String, &String: String, &[u8]: Vec<u8>);

/// A value as an expression: bound, never part of the text.
///
/// ```
/// use aludel::{create_engine, literal, select};
///
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// let sum: Option<i64> = conn.scalar(select(literal(40_i64) + 2))?;
/// assert_eq!(sum, Some(42));
/// let text: Option<String> = conn.scalar(select(literal("a").concat("b")))?;
/// assert_eq!(text.as_deref(), Some("ab"));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn literal<L: LiteralValue>(value: L) -> Expr<L::Of> {
    let ty = ValueType::Declared(L::Of::TYPE);
    Expr::new(Expression::literal(value.into_value()).with_type(ty))
}

/// NULL, which is part of the text. Compared by `eq` and `ne` it is IS NULL and IS NOT NULL.
///
/// ```
/// use aludel::{Column, MetaData, Table, null, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let statement = t.select().where_(t.c("a")?.eq(null::<i32>()));
/// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a IS NULL");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn null<V: ExprType>() -> Expr<<V::Bare as ExprType>::With<Nullable>> {
    Expr::new(Expression::null())
}

/// True. `and_` leaves it out, and `or_` with it is true.
///
/// ```
/// use aludel::{Column, MetaData, Table, and_, or_, true_, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let a = || t.c("a").map(|a| a.gt(5));
/// let statement = t.select().where_(and_((true_(), a()?)));
/// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a > :1");
/// let statement = t.select().where_(or_((true_(), a()?)));
/// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE true");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn true_() -> Expr<bool> {
    Expr::new(Expression::truth(true))
}

/// False. `or_` leaves it out, and `and_` with it is false.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{false_, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(t.c("a")?).where_(false_());
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a FROM t WHERE false");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a FROM t WHERE false");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a FROM t WHERE 0");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn false_() -> Expr<bool> {
    Expr::new(Expression::truth(false))
}

/// SQL that the program wrote, as an expression of the type `V`. What is not one word stands in
/// parentheses beside operators.
///
/// ```
/// use aludel::sql::literal_column;
/// use aludel::{create_engine, select};
///
/// let statement = select(literal_column::<i64>("20 + 1") * 2);
/// assert_eq!(statement.to_string(), "SELECT (20 + 1) * :1");
/// let answer: Option<i64> = create_engine("sqlite://")?.connect()?.scalar(statement)?;
/// assert_eq!(answer, Some(42));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn literal_column<V: ExprType>(sql: impl IntoSql) -> Expr<V> {
    let sql = Name::from(sql.into_sql());
    Expr::new(Expression::fragment(Fragment::new(sql, Params::none())))
}

/// A condition as the program wrote it: `where_(text("age > :least").bind("least", 18))`.
#[diagnostic::do_not_recommend]
impl Condition for Text {
    type Null = Nullable;

    fn condition(self) -> Expression {
        self.into_expression()
    }
}

impl TypedExpression for Text {
    type Value = Dynamic;

    fn expr(self) -> Expr<Dynamic> {
        Expr::new(self.into_expression())
    }
}
