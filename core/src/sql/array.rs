//! Arrays, which PostgreSQL has.

use super::quantified::QuantifiedOperand;
use super::tree::{DocumentOperator, Kind};
use super::types::{self, Type};
use super::{
    AnyColumn, Arguments, ArrayElement, Col, ColumnType, Dynamic, Expr, ExprType, Expression,
    KnownFunction, Mapped, Nullable, Operand, TypedExpression,
};

/// An array of expressions of any types; the database finds what does not fit. Where none of them has
/// a type that the database knows, as of values alone, take [`array_of`].
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::{ClauseElement, array};
/// use aludel::{Column, MetaData, Table, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let statement = select(array((t.c("a")?, t.c("a")? + 1, 7)));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT ARRAY[t.a, t.a + $1, CAST($2 AS INTEGER)] FROM t"
/// );
/// let error = statement.compile(&MySql::new()).unwrap_err();
/// assert!(error.message().starts_with("mysql does not have arrays"), "{error}");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn array(elements: impl Arguments) -> Expr<Dynamic> {
    Expr::new(Expression::node(Kind::Array(None), elements.arguments()))
}

/// An array of values or expressions of one type; it may be empty.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::{ClauseElement, array_of};
/// use aludel::select;
///
/// let statement = select((array_of([1, 2]), array_of(Vec::<String>::new())));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT CAST(ARRAY[$1, $2] AS INTEGER[]), CAST(ARRAY[] AS VARCHAR[])"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn array_of<E>(elements: impl IntoIterator<Item = E>) -> Expr<Vec<E::Value>>
where
    E: TypedExpression<Value: ArrayElement>,
{
    let ty = Type::Array(types::Shared::Static(<E::Value as ArrayElement>::ELEMENT));
    let typed = |element: E| element.expr().into_expression();
    let elements = elements.into_iter().map(typed).collect();
    Expr::new(Expression::node(Kind::Array(Some(Box::new(ty))), elements))
}

/// An array, or what the compiler does not know.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of an array",
    note = "a column of an array is a `Vec`, or `Option` of one"
)]
pub trait ArraySet: ExprType {
    /// The type of an element, which there may not be.
    type Element;
}

impl<V, E> ArraySet for V
where
    V: ColumnType<Bare = Vec<E>>,
    E: ArrayElement + ExprType,
{
    type Element = <E::Bare as ExprType>::With<Nullable>;
}

impl ArraySet for Dynamic {
    type Element = Self;
}

fn element_type(of: &Type) -> Option<&Type> {
    match of {
        Type::Array(of) => Some(of),
        _ => None,
    }
}

macro_rules! array_operators {
    ([$($generics:tt)*] $of:ty, $bare:ty, $element:ty, $item:ty, $own:ty, $ty:expr) => {
        impl<$($generics)*> $of {
            /// The element in this place, counted from 1; NULL if there is none.
            ///
            /// ```
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Column, MetaData, Table, select, types};
            ///
            /// let matrix = types::Array(types::Array(types::Integer));
            /// let t = Table::new("t", &MetaData::new(), [Column::new("matrix", matrix)])?;
            /// let statement = select(t.c("matrix")?.element(2).element(1));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.matrix[$1][$2] FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn element(self, place: impl Operand<i32>) -> Expr<$element> {
                let place = place.operand().with_type(i32::TYPE);
                let kind = Kind::Subscript { slice: false };
                Expr::new(Expression::node(kind, vec![self.expression(), place]))
            }

            /// The elements from one place to another, both included and counted from 1.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("tags")?.slice(1, 2));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.tags[$1:$2] FROM t"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn slice(self, from: impl Operand<i32>, to: impl Operand<i32>) -> Expr<$own> {
                let [from, to] = [from.operand(), to.operand()].map(|at| at.with_type(i32::TYPE));
                let kind = Kind::Subscript { slice: true };
                Expr::new(Expression::node(kind, vec![self.expression(), from, to]))
            }

            /// Whether it has all elements of another array.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?)
            ///     .where_(t.c("tags")?.array_contains(vec!["x".to_owned()]));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.tags @> $1"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn array_contains(self, other: impl Operand<$bare>) -> Expr<Option<bool>> {
                Expr::new(self.with_array(DocumentOperator::ArrayContains, other.operand()))
            }

            /// Whether another array has all of its elements.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?)
            ///     .where_(t.c("tags")?.array_contained_by(vec!["x".to_owned()]));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.tags <@ $1"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn array_contained_by(self, other: impl Operand<$bare>) -> Expr<Option<bool>> {
                Expr::new(self.with_array(DocumentOperator::ArrayContainedBy, other.operand()))
            }

            /// Whether it has an element in common with another array.
            ///
            /// ```
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Column, MetaData, Table, types};
            ///
            /// let tags = Column::new("tags", types::Array(types::Text));
            /// let t = Table::new("t", &MetaData::new(), [tags])?;
            /// let found = t.c("tags")?.overlap(vec!["a".to_owned()]);
            /// let statement = t.select().where_(found);
            /// assert!(statement.compile(&PostgreSql::new())?.sql().ends_with("WHERE t.tags && $1"));
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn overlap(self, other: impl Operand<$bare>) -> Expr<Option<bool>> {
                Expr::new(self.with_array(DocumentOperator::ArrayOverlap, other.operand()))
            }

            /// Another array behind it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("tags")?.array_concat(vec!["x".to_owned()]));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.tags || $1 FROM t"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn array_concat(self, other: impl Operand<$bare>) -> Expr<$own> {
                Expr::new(self.with_array(DocumentOperator::ArrayConcat, other.operand()))
            }

            /// One more element behind it.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("tags")?.array_append("x"));
            /// assert_eq!(statement.to_string(), "SELECT array_append(t.tags, :1) FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn array_append(self, element: impl Operand<$item>) -> Expr<$own> {
                let ty: fn(&Self) -> super::tree::ValueType = $ty;
                let ty = ty(&self);
                let kind = ty.get().and_then(element_type).map(Type::kind);
                let element = element.operand().narrow_as(kind);
                let arguments = vec![self.expression(), element];
                Expr::new(Expression::known(KnownFunction::ArrayAppend, arguments))
            }

            /// The number of its elements, in all dimensions.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("tags")?.cardinality());
            /// assert_eq!(statement.to_string(), "SELECT cardinality(t.tags) FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn cardinality(self) -> Expr<Option<i64>> {
                let arguments = vec![self.expression()];
                Expr::new(Expression::known(KnownFunction::Cardinality, arguments))
            }

            fn with_array(self, operator: DocumentOperator, other: Expression) -> Expression {
                let ty: fn(&Self) -> super::tree::ValueType = $ty;
                let other = other.with_type(ty(&self));
                self.expression().beside(Kind::Document(operator), other)
            }
        }
    };
}
array_operators!(
    [T: Mapped, V: ColumnType<Bare = Vec<E>>, E: ArrayElement + ExprType] Col<T, V>,
    Vec<E>, <E::Bare as ExprType>::With<Nullable>, E::Bare, V, |column| column.column_type().into()
);
array_operators!(
    [V: ColumnType<Bare = Vec<E>>, E: ArrayElement + ExprType] Expr<V>,
    Vec<E>, <E::Bare as ExprType>::With<Nullable>, E::Bare, V, |_| V::TYPE.into()
);
array_operators!(
    [] Expr<Dynamic>, Dynamic, Dynamic, Dynamic, Dynamic, |_| super::tree::ValueType::Unknown
);
array_operators!(
    [] AnyColumn, Dynamic, Dynamic, Dynamic, Dynamic, |column| column.ty.clone().into()
);

impl<T: Mapped, V: ColumnType<Bare = Vec<E>>, E: ArrayElement> QuantifiedOperand for Col<T, V> {
    type Element = E;

    fn quantified(self) -> Expression {
        super::quantified::array(self.expression())
    }
}
