//! VALUES: rows that the program has, as a query.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::parts::LEVELS;
use super::query::{Context, Query, QueryParts};
use crate::error::{Error, ErrorKind, Result};
use crate::row::{FromRow, Row};
use crate::sql::compile::compile_query;
use crate::sql::from::ResultColumns;
use crate::sql::tree::{KeyWalk, NumberKind, Visitor};
use crate::sql::{
    CacheKey, ClauseElement, ColumnType, Executable, Expression, Literals, Name, Params,
    SqlDialect, SqlWriter, Template, ValuesClause,
};
use crate::value::Value;

/// The tree of VALUES.
#[derive(Debug, Clone)]
pub(in crate::sql) struct ValuesParts {
    pub(super) names: Vec<Name>,
    rows: Vec<Vec<Expression>>,
}

impl ValuesParts {
    /// The values of the column at this place.
    pub(in crate::sql) fn column(&self, place: usize) -> impl Iterator<Item = &Expression> {
        self.rows.iter().filter_map(move |row| row.get(place))
    }

    pub(super) fn has_several_rows(&self) -> bool {
        self.rows.len() > 1
    }

    pub(super) fn depth(&self) -> u16 {
        LEVELS
    }

    pub(super) fn refusal(&self) -> Option<&'static str> {
        self.rows.iter().flatten().find_map(Expression::refusal)
    }

    pub(super) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.node(b'V', self.rows.len());
        to.number(self.names.len());
        self.names.iter().for_each(|name| to.name(name));
        self.rows.iter().flatten().for_each(|value| value.walk(to));
    }

    pub(super) fn write(&self, context: Context<'_>, to: &mut SqlWriter<'_>) {
        match self.check() {
            Ok(()) => {
                let clause =
                    ValuesClause::new(context.names, &self.rows).inserted(context.inserted);
                let compared = self.compared_as(context, to);
                to.dialect().write_values(&clause.compared(&compared), to);
            }
            Err(error) => to.fail(error),
        }
    }

    /// As what sort of number each column is compared, if its values must be brought to that.
    fn compared_as(&self, context: Context<'_>, to: &SqlWriter<'_>) -> Vec<NumberKind> {
        if !to.keeps_decimals_as_text() {
            return Vec::new();
        }
        let needed = |(place, sort): (usize, &NumberKind)| match sort {
            NumberKind::Float if !self.column(place).any(Expression::is_decimal) => {
                NumberKind::Other
            }
            sort => *sort,
        };
        context.compared.unwrap_or_default().iter().enumerate().map(needed).collect()
    }

    fn check(&self) -> Result<()> {
        let message = match self.rows.iter().find(|row| row.len() != self.names.len()) {
            None if !self.rows.is_empty() => return Ok(()),
            None => "VALUES needs at least one row".to_owned(),
            Some(row) => format!(
                "a row of VALUES has {} values, for {} columns",
                row.len(),
                self.names.len()
            ),
        };
        Err(Error::new(ErrorKind::Compile, message))
    }
}

/// Rows that the program has, as a query: [`values`]. Cheap to clone.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Values<I> {
    parts: Arc<ValuesParts>,
    item: PhantomData<fn() -> I>,
}

/// Rows that the program has, as a query whose columns have these names: VALUES. To select from it,
/// make it a [`subquery`](Values::subquery) or a [`cte`](Values::cte).
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{Auto, Mapped, select, values};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
/// }
///
/// let v = values(["id", "rank"], [(7_i64, "high"), (8, "low")]).subquery("v");
/// let (id, rank) = v.columns();
/// let ranked = select((User::c.id, rank)).join_on(&v, id.eq(User::c.id));
/// assert_eq!(
///     ranked.compile(&PostgreSql::new())?.sql(),
///     "SELECT users.id, v.rank FROM users JOIN (VALUES ($1, $2), ($3, $4)) AS v (id, rank) \
///      ON v.id = users.id"
/// );
/// assert_eq!(
///     ranked.compile(&Sqlite::new())?.sql(),
///     "SELECT users.id, v.rank FROM users JOIN (SELECT column1 AS id, column2 AS rank \
///      FROM (VALUES (?1, ?2), (?3, ?4))) AS v ON v.id = users.id"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
///
/// How many rows there are is part of the statement, so each number of rows is compiled once.
pub fn values<N: Into<Name>, R: ValuesRow>(
    names: impl IntoIterator<Item = N>,
    rows: impl IntoIterator<Item = R>,
) -> Values<R::Item> {
    let names = names.into_iter().map(Into::into).collect();
    let row = |row: R| {
        let mut values = Vec::new();
        row.values(&mut values);
        values
    };
    let rows = rows.into_iter().map(row).collect();
    Values { parts: Arc::new(ValuesParts { names, rows }), item: PhantomData }
}

/// A row of [`values`]: a tuple of values of the types of columns, or a vector of [`Value`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of values",
    note = "give tuples of values such as `(7_i64, \"name\")`, one place for each column"
)]
pub trait ValuesRow {
    /// What it is read back as.
    type Item;

    /// Adds its values.
    fn values(self, to: &mut Vec<Expression>);
}

impl ValuesRow for Vec<Value> {
    type Item = Row;

    fn values(self, to: &mut Vec<Expression>) {
        to.extend(self.into_iter().map(Expression::literal));
    }
}

/// A value in a row of [`values`]: of the type of a column, or text.
pub trait ValuesItem {
    /// The type of the column.
    type Column: ColumnType;

    /// As an expression.
    fn value(self) -> Expression;
}

impl<V: ColumnType> ValuesItem for V {
    type Column = V;

    fn value(self) -> Expression {
        Expression::literal(self.to_value()).with_type(V::TYPE)
    }
}

impl ValuesItem for &str {
    type Column = String;

    fn value(self) -> Expression {
        Expression::literal(self.into()).with_type(String::TYPE)
    }
}

macro_rules! values_row {
    ($($one:ident $at:tt),+) => {
        impl<$($one: ValuesItem),+> ValuesRow for ($($one,)+)
        where
            $($one::Column: FromRow,)+
        {
            type Item = ($($one::Column,)+);

            fn values(self, to: &mut Vec<Expression>) {
                to.extend([$(self.$at.value()),+]);
            }
        }
    };
}
tuples!(values_row);

impl<I> Values<I> {
    pub(super) fn query(self) -> QueryParts {
        QueryParts::Values(self.parts)
    }
}

impl<I: ResultColumns> ClauseElement for Values<I> {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, _: &Params) {
        self.parts.walk(&mut KeyWalk::new(key, literals));
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        compile_query(&QueryParts::Values(Arc::clone(&self.parts)), |_| {}, dialect, names)
    }
}

impl<I: ResultColumns> Executable for Values<I> {
    type Row = I::Row;
}

impl<I: ResultColumns> Query for Values<I> {
    type Item = I;

    fn into_query(self) -> Expression {
        Expression::query(self.query())
    }
}

impl<I> Clone for Values<I> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), item: PhantomData }
    }
}

/// Prints as SQL, with numbers in the place of values.
impl<I> fmt::Display for Values<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display_query(&QueryParts::Values(Arc::clone(&self.parts))))
    }
}

impl<I> fmt::Debug for Values<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
