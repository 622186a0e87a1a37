//! What can be selected, and what its rows become.

use std::convert::Infallible;
use std::marker::PhantomData;

use super::super::{
    AnyColumn, Col, ColumnType, Dynamic, Expr, Expression, Mapped, MappedAlias, Name, Text,
};
use crate::row::{Fetch, FromRow, Row};
use crate::sql::from::ResultColumns;
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
    fn add_columns(self, columns: &mut Vec<Expression>);

    /// Adds for each column whether its value is read as a type that cannot be NULL. What may be
    /// missing because of an outer join is then an error when the statement is compiled.
    fn required(_columns: &mut Vec<bool>) {}
}

/// The columns of a mapped struct, as `T::c` has them. `#[derive(Mapped)]` implements it.
pub trait ColumnSet: Selection + Copy {
    /// The columns of the table, or of an alias of it.
    fn of(alias: Option<MappedAlias>) -> Self;
}

impl<T: Mapped, V: ColumnType> Selection for Col<T, V> {
    type Row = (V::Output,);
    type Item = V::Output;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.expression());
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(!V::NULLABLE);
    }
}

impl<V: ColumnType> Selection for Expr<V> {
    type Row = (V::Output,);
    type Item = V::Output;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(!V::NULLABLE);
    }
}

impl Selection for AnyColumn {
    type Row = Row;
    type Item = Value;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.expression());
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(false);
    }
}

impl Selection for Expr<Dynamic> {
    type Row = Row;
    type Item = Value;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(false);
    }
}

impl Selection for Vec<AnyColumn> {
    type Row = Row;
    type Item = Row;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        columns.extend(self.into_iter().map(AnyColumn::expression));
    }
}

impl<const N: usize> Selection for [AnyColumn; N] {
    type Row = Row;
    type Item = Row;

    fn add_columns(self, columns: &mut Vec<Expression>) {
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

            fn add_columns(self, columns: &mut Vec<Expression>) {
                $(self.$at.add_columns(columns);)+
            }

            fn required(columns: &mut Vec<bool>) {
                $($one::required(columns);)+
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

    /// The name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }
}

impl<V: ColumnType> Selection for Label<V> {
    type Row = (V::Output,);
    type Item = V::Output;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(!V::NULLABLE);
    }
}

impl Selection for Label<Dynamic> {
    type Row = Row;
    type Item = Value;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(false);
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
///     .outerjoin_on(Pet::entity(), Pet::c.owner_id.eq(User::c.id));
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

    fn add_columns(self, columns: &mut Vec<Expression>) {
        self.0.add_columns(columns);
    }

    fn required(columns: &mut Vec<bool>) {
        let start = columns.len();
        S::required(columns);
        columns[start..].fill(false);
    }
}

/// SQL as it is: one column.
impl Selection for Text {
    type Row = Row;
    type Item = Value;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.into_expression());
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(false);
    }
}

/// The selection of a set operation over queries that are no SELECT: their rows. There are no values
/// of it.
#[derive(Debug)]
pub struct RowOf<I>(Infallible, PhantomData<fn() -> I>);

impl<I: ResultColumns> Selection for RowOf<I> {
    type Row = I::Row;
    type Item = I;

    fn add_columns(self, _: &mut Vec<Expression>) {
        match self.0 {}
    }
}
