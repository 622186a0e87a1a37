//! CAST, between which types it goes by way of another.

use super::tree::Op;
use super::types::{IntoType, Type, TypeKind};
use super::{Dynamic, Expr, ExprType, Expression, TypedExpression};

/// A cast to a type, from one that may be known.
pub(super) struct Cast {
    from: Option<TypeKind>,
    to: Type,
}

impl Cast {
    pub(super) fn new(from: Option<&Type>, to: Type) -> Self {
        Self { from: from.map(Type::kind), to }
    }

    pub(super) fn of(self, value: Expression) -> Expression {
        match (self.from, self.to.kind()) {
            // PostgreSQL makes a truth value of no number but an INTEGER, and the reverse.
            (Some(from), TypeKind::Boolean) if is_number(from) => {
                value.binary(Op::Ne, Expression::literal(0.into()))
            }
            (Some(TypeKind::Boolean), to) if is_number(to) && to != TypeKind::Integer => {
                value.cast(Type::Integer).cast(self.to)
            }
            _ => value.cast(self.to),
        }
    }
}

fn is_number(kind: TypeKind) -> bool {
    matches!(
        kind,
        TypeKind::SmallInteger
            | TypeKind::Integer
            | TypeKind::BigInteger
            | TypeKind::UnsignedBigInteger
            | TypeKind::Float
            | TypeKind::Double
            | TypeKind::Numeric
    )
}

/// `CAST(value AS type)`, where the compiler does not know the Rust type of the result;
/// `value.cast::<T>()` where it does.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{cast, literal, select, types};
///
/// let statement = select(cast(literal(12345), types::String(3)));
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT CAST(? AS CHAR(3))");
/// // SQLite itself takes no notice of the length.
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT substr(CAST(?1 AS TEXT), 1, 3)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn cast<E: TypedExpression, K>(value: E, to: impl IntoType<K>) -> Expr<Dynamic> {
    let from = <E::Value as ExprType>::DATABASE_TYPE;
    Expr::new(Cast::new(from, to.into_type()).of(value.expr().into_expression()))
}

/// The same value with another Rust type, without a change in the database.
///
/// ```
/// use aludel::sql::type_coerce;
/// use aludel::{create_engine, func, literal, select};
///
/// // The compiler does not know what a function gives that is named by text.
/// let length = func::function("length", [literal("abc").into_expression()]);
/// let statement = select(type_coerce::<i64>(length));
/// let length: Option<i64> = create_engine("sqlite://")?.connect()?.scalar(statement)?;
/// assert_eq!(length, Some(3));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn type_coerce<W: ExprType>(value: impl TypedExpression) -> Expr<W> {
    Expr::new(value.expr().into_expression().with_type(W::DATABASE_TYPE))
}
