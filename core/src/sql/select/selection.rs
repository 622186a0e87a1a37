//! What can be selected, and what its rows become.

use super::super::{AnyColumn, Col, ColumnType, Dynamic, Expr, Expression, Mapped, Name};
use crate::row::{Fetch, FromRow, Row};
use crate::value::Value;

/// What `select` takes: a column, an expression, `T::c` for whole structs, or a tuple of such, up
/// to 16, nested as you like. Columns of tables that are described at run time come as a vector or
/// an array too.
///
/// The selection is the parameter of [`Select`](super::Select), so whoever decodes the rows knows
/// what was selected: a connection makes structs of `User::c`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    note = "select a column (`User::c.name`), a whole struct (`User::c`), or a tuple of such"
)]
pub trait Selection {
    /// What a row becomes.
    type Row: Fetch;

    /// What it becomes as one place of a tuple.
    type Item;

    /// Adds the columns.
    fn columns(self, columns: &mut Vec<Expression>);
}

/// The columns of a mapped struct, as `T::c` has them. `#[derive(Mapped)]` implements it.
pub trait ColumnSet: Selection + Copy {
    /// The columns of the table, or of an alias of it.
    fn of(alias: Option<&'static str>) -> Self;
}

impl<T: Mapped, V: ColumnType> Selection for Col<T, V> {
    type Row = (V::Output,);
    type Item = V::Output;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.expression());
    }
}

impl<V: ColumnType> Selection for Expr<V> {
    type Row = (V::Output,);
    type Item = V::Output;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }
}

impl Selection for AnyColumn {
    type Row = Row;
    type Item = Value;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.expression());
    }
}

impl Selection for Expr<Dynamic> {
    type Row = Row;
    type Item = Value;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }
}

impl Selection for Vec<AnyColumn> {
    type Row = Row;
    type Item = Row;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.extend(self.into_iter().map(AnyColumn::expression));
    }
}

impl<const N: usize> Selection for [AnyColumn; N] {
    type Row = Row;
    type Item = Row;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.extend(self.into_iter().map(AnyColumn::expression));
    }
}

macro_rules! selection {
    ($($one:ident $at:tt),+) => {
        impl<$($one: Selection),+> Selection for ($($one,)+)
        where
            $($one::Item: FromRow,)+
        {
            type Row = ($($one::Item,)+);
            type Item = Self::Row;

            fn columns(self, columns: &mut Vec<Expression>) {
                $(self.$at.columns(columns);)+
            }
        }
    };
}
tuples!(selection);

/// An expression under a name of its own: `expr.label("total")`.
///
/// In a selection the name is that of the column in the result; in ORDER BY it refers to it.
#[derive(Debug, Clone)]
pub struct Label<V> {
    expression: Expr<V>,
    name: Name,
}

impl<V> Label<V> {
    pub(in crate::sql) fn new(expression: Expr<V>, name: Name) -> Self {
        Self { expression, name }
    }

    pub(in crate::sql) fn into_expression(self) -> Expression {
        self.expression.into_expression().label(self.name)
    }
}

impl<V: ColumnType> Selection for Label<V> {
    type Row = (V::Output,);
    type Item = V::Output;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }
}

impl Selection for Label<Dynamic> {
    type Row = Row;
    type Item = Value;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }
}

/// What an outer join may have no row for. See [`nullable`].
#[derive(Debug, Clone, Copy)]
pub struct OrNull<S>(S);

/// Reads what is selected as an `Option`, which is `None` if all of it is NULL: the right side of
/// an outer join.
///
/// ```
/// use aludel::{Auto, Mapped, create_engine, insert, nullable, select};
///
/// #[derive(Debug, PartialEq, Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
/// }
///
/// #[derive(Debug, PartialEq, Mapped)]
/// #[aludel(table = "pets")]
/// struct Pet {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     owner_id: i64,
/// }
///
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// aludel::MetaData::new().with::<User>().with::<Pet>().create_all(&mut conn)?;
/// conn.execute(insert::<User>())?;
/// let statement = select((User::c, nullable(Pet::c)))
///     .outerjoin(Pet::entity(), Pet::c.owner_id.eq(User::c.id));
/// assert_eq!(conn.execute(statement)?.one()?, (User { id: 1.into() }, None));
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn nullable<S: Selection>(what: S) -> OrNull<S> {
    OrNull(what)
}

impl<S: Selection> Selection for OrNull<S>
where
    S::Item: FromRow,
{
    type Row = (Option<S::Item>,);
    type Item = Option<S::Item>;

    fn columns(self, columns: &mut Vec<Expression>) {
        self.0.columns(columns);
    }
}
