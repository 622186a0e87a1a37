//! Queries that others select from, with columns that know their types.

use std::marker::PhantomData;
use std::sync::Arc;

use super::alias::{AliasParts, no_column};
use super::{FromClause, FromKind, name_of};
use crate::error::{Error, ErrorKind, Result};
use crate::row::{Fetch, FromRow, Row};
use crate::sql::select::{QueryParts, SelectParts};
use crate::sql::tree::{ColumnKinds, Kind, MAX_DEPTH, TOO_DEEP, Visitor};
use crate::sql::types::TypeKind;
use crate::sql::{
    AnyColumn, Col, ColumnType, Expr, Expression, Label, Mapped, Name, Selection, SqlWriter,
};
use crate::value::Value;

/// A query that stands in FROM, or another object whose columns are those of a query: an alias of
/// it, VALUES, a function. Its rows were `I` where it was selected. Cheap to clone.
///
/// A column of it is found by its name ([`c`](Self::c)), by what it was selected as
/// ([`column`](Self::column)), or by its place ([`columns`](Self::columns)).
///
/// ```
/// use aludel::{Auto, Mapped, func, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "orders")]
/// struct Order {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     customer: String,
/// }
///
/// let named = select((Order::c.id, func::lower(Order::c.customer).label("customer")));
/// let x = named.where_(Order::c.id.gt(5)).subquery("x");
/// let (id, customer) = x.columns();
/// let statement = select(customer).where_(id.lt(9));
/// assert_eq!(
///     statement.to_string(),
///     "SELECT x.customer FROM (SELECT orders.id, lower(orders.customer) AS customer \
///      FROM orders WHERE orders.id > :1) AS x WHERE x.id < :2"
/// );
/// ```
///
/// Columns that have no name of their own get one, and so do those whose name another has:
///
/// ```
/// use aludel::{Column, MetaData, Table, select, types};
///
/// let metadata = MetaData::new();
/// let a = Table::new("a", &metadata, [Column::new("id", types::Integer)])?;
/// let b = Table::new("b", &metadata, [Column::new("id", types::Integer)])?;
/// let both = select((a.c("id")?, b.c("id")?, a.c("id")? + 1)).where_(a.c("id")?.eq(b.c("id")?));
/// let both = both.anon_subquery();
/// assert_eq!(
///     select((both.c("id_1")?, both.c("anon_1")?)).to_string(),
///     "SELECT anon_1.id_1, anon_1.anon_1 FROM (SELECT a.id, b.id AS id_1, a.id + :1 AS anon_1 \
///      FROM a, b WHERE a.id = b.id) AS anon_1"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub struct Subquery<I> {
    from: FromClause,
    names: Arc<[Name]>,
    /// What its columns are in the query, to find one by that.
    query: Option<QueryParts>,
    item: PhantomData<fn() -> I>,
}

#[derive(Debug)]
pub(in crate::sql) struct SubqueryParts {
    pub(super) name: Option<Name>,
    pub(super) query: QueryParts,
    pub(super) lateral: bool,
    pub(super) depth: u16,
    pub(super) names: Arc<[Name]>,
    pub(super) kinds: ColumnKinds,
}

impl SubqueryParts {
    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        name_of(self.name.as_ref(), to);
        to.number(usize::from(self.lateral));
        to.query(&self.query);
    }

    pub(super) fn write(&self, object: &FromClause, to: &mut SqlWriter<'_>) {
        self.write_query(object, to);
        object.write_as(to);
        self.query.write_names_behind(&self.names, to);
    }

    pub(super) fn write_query(&self, object: &FromClause, to: &mut SqlWriter<'_>) {
        if self.lateral {
            to.require(crate::sql::Feature::Lateral);
            to.sql("LATERAL ");
        }
        to.sql("(");
        let lateral = self.lateral.then_some(object);
        to.computed_before(|to| self.query.write_in_from(&self.names, lateral, to));
        to.sql(")");
    }
}

impl<I> Subquery<I> {
    pub(in crate::sql) fn new(name: Option<Name>, query: QueryParts) -> Self {
        Self::with_lateral(name, query, false)
    }

    fn with_lateral(name: Option<Name>, query: QueryParts, lateral: bool) -> Self {
        let depth = query.depth();
        let (query, depth) = if depth <= MAX_DEPTH {
            (query, depth)
        } else {
            // What is nested too deeply is given up; compiling the statement is an error.
            let refused = Expression::refused(query.refusal().unwrap_or(TOO_DEEP));
            (QueryParts::Select(Arc::new(SelectParts::of(vec![refused]))), MAX_DEPTH)
        };
        let names: Arc<[Name]> = query.column_names().into();
        let parts = SubqueryParts {
            name,
            query: query.clone(),
            lateral,
            depth,
            names: Arc::clone(&names),
            kinds: ColumnKinds::default(),
        };
        Self::of(FromClause(FromKind::Subquery(Arc::new(parts))), names, Some(query))
    }

    pub(super) fn of(from: FromClause, names: Arc<[Name]>, query: Option<QueryParts>) -> Self {
        Self { from, names, query, item: PhantomData }
    }

    /// The same query, which may name columns of what stands before it in FROM.
    ///
    /// ```
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::ClauseElement;
    /// use aludel::{Auto, Mapped, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    /// }
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "posts")]
    /// struct Post {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     author_id: i64,
    /// }
    ///
    /// let last = select(Post::c.id).where_(Post::c.author_id.eq(User::c.id));
    /// let last = last.order_by(Post::c.id.desc()).limit(1).subquery("last").lateral();
    /// let statement = select((User::c.id, last.columns())).cross_join(&last);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT users.id, last.id FROM users CROSS JOIN LATERAL (SELECT posts.id FROM posts \
    ///      WHERE posts.author_id = users.id ORDER BY posts.id DESC LIMIT $1) AS last"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn lateral(&self) -> Self {
        match &self.from.0 {
            FromKind::Subquery(parts) => {
                Self::with_lateral(parts.name.clone(), parts.query.clone(), true)
            }
            // Functions are lateral already; what is left names nothing beside it.
            _ => self.clone(),
        }
    }

    /// The same under another name, to select from it twice.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let x = select(t.c("a")?).subquery("x");
    /// let statement = select(x.alias("y").c("a")?);
    /// assert_eq!(statement.to_string(), "SELECT y.a FROM (SELECT t.a FROM t) AS y");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn alias(&self, name: impl Into<Name>) -> Self {
        self.with_alias(Some(name.into()))
    }

    /// The same under a name that each statement finds for itself.
    #[must_use]
    pub fn anon_alias(&self) -> Self {
        self.with_alias(None)
    }

    fn with_alias(&self, name: Option<Name>) -> Self {
        let parts = AliasParts { name, of: self.from.clone() };
        let from = FromClause(FromKind::Alias(Arc::new(parts)));
        Self::of(from, Arc::clone(&self.names), self.query.clone())
    }

    /// Its name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        self.from.given_name().map(|(_, name)| name.to_owned().into())
    }

    /// The names of its columns.
    pub fn column_names(&self) -> impl ExactSizeIterator<Item = &Name> {
        self.names.iter()
    }

    /// One of its columns, by the name that it has in the query: of the column, or of its label.
    ///
    /// # Errors
    ///
    /// [`NoSuchColumn`](crate::ErrorKind::NoSuchColumn), with the columns there are;
    /// [`Compile`](crate::ErrorKind::Compile) if the query itself cannot be compiled.
    pub fn c(&self, name: &str) -> Result<AnyColumn> {
        let name = self.find(name)?;
        Ok(AnyColumn { of: self.from.clone(), name, ty: None })
    }

    /// The column that was selected as this column or under this label, with its type.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, func, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "orders")]
    /// struct Order {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     customer: String,
    /// }
    ///
    /// let n = func::count().label("n");
    /// let x = select((Order::c.customer, n.clone())).group_by(Order::c.customer).subquery("x");
    /// let often = select(x.column(Order::c.customer)?).where_(x.column(&n)?.gt(5));
    /// assert!(often.to_string().ends_with("AS x WHERE x.n > :1"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`c`](Self::c).
    pub fn column<C: NamedColumn>(&self, like: C) -> Result<Expr<C::Value>> {
        let wanted = like.named();
        let same = |column: &Expression| column.is_column(&wanted);
        let place = self.query.as_ref().and_then(|query| query.place_of(same));
        let name = match place.and_then(|place| self.names.get(place)) {
            Some(name) => name.clone(),
            None => self.find(&wanted.result_name().unwrap_or("".into()))?,
        };
        Ok(Expr::new(Expression::column(self.from.clone(), name, None)))
    }

    /// All of its columns, with their types: of a query of `(i64, String)` a tuple of `Expr<i64>`
    /// and `Expr<String>`.
    #[must_use]
    pub fn columns(&self) -> I::Columns
    where
        I: ResultColumns,
    {
        I::columns_of(&self.from, &mut self.names.iter())
    }

    fn find(&self, name: &str) -> Result<Name> {
        self.names.iter().find(|known| ***known == *name).cloned().ok_or_else(|| {
            match self.query.as_ref().and_then(QueryParts::refusal) {
                Some(reason) => Error::new(ErrorKind::Compile, reason),
                None => no_column(self.name().as_ref(), name, &self.names),
            }
        })
    }

    pub(in crate::sql) fn columns_into(&self, columns: &mut Vec<Expression>) {
        let column = |name: &Name| Expression::column(self.from.clone(), name.clone(), None);
        columns.extend(self.names.iter().map(column));
    }
}

impl<I> Clone for Subquery<I> {
    fn clone(&self) -> Self {
        Self::of(self.from.clone(), Arc::clone(&self.names), self.query.clone())
    }
}

impl<I> std::fmt::Debug for Subquery<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subquery").field("from", &self.from).finish_non_exhaustive()
    }
}

impl<I> From<&Subquery<I>> for FromClause {
    fn from(subquery: &Subquery<I>) -> Self {
        subquery.from.clone()
    }
}

impl<I> From<Subquery<I>> for FromClause {
    fn from(subquery: Subquery<I>) -> Self {
        subquery.from
    }
}

/// All of its columns: `select(x.clone())`.
impl<I: ResultColumns> Selection for Subquery<I> {
    type Row = I::Row;
    type Item = I;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        self.columns_into(columns);
    }

    fn required(columns: &mut Vec<bool>) {
        I::required(columns);
    }
}

/// What names a column of a query: the column that was selected, or the label that it has.
pub trait NamedColumn {
    /// The type of its value.
    type Value;

    /// As an expression.
    fn named(&self) -> Expression;
}

impl<T: Mapped, V: ColumnType> NamedColumn for Col<T, V> {
    type Value = V;

    fn named(&self) -> Expression {
        (*self).expression()
    }
}

impl<V> NamedColumn for Label<V> {
    type Value = V;

    fn named(&self) -> Expression {
        Expression::result_column(self.name().clone())
    }
}

impl<C: NamedColumn> NamedColumn for &C {
    type Value = C::Value;

    fn named(&self) -> Expression {
        (**self).named()
    }
}

/// What the rows of a query are, as columns of an object in FROM: a value is an expression, a tuple
/// is a tuple of such.
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` have no columns with a type",
    note = "take the columns one by one: `subquery.column(User::c.name)?`, `subquery.c(\"name\")?`"
)]
pub trait ResultColumns {
    /// What a row is when all of them are selected.
    type Row: Fetch;
    /// The columns.
    type Columns;

    /// The columns of this object, which have these names.
    fn columns_of(from: &FromClause, names: &mut std::slice::Iter<'_, Name>) -> Self::Columns;

    /// Adds for each column whether its value is never NULL.
    fn required(columns: &mut Vec<bool>);
}

const NO_NAME: &str = "a column of text has no name, so it cannot be selected from; name the columns \
     by `columns_named`";

/// The next column.
fn next(from: &FromClause, names: &mut std::slice::Iter<'_, Name>, ty: TypeKind) -> Expression {
    match names.next() {
        Some(name) => Expression::column(from.clone(), name.clone(), Some(ty)),
        None => Expression::refused(NO_NAME),
    }
}

impl<V: ColumnType> ResultColumns for V {
    type Row = (V::Output,);
    type Columns = Expr<V>;

    fn columns_of(from: &FromClause, names: &mut std::slice::Iter<'_, Name>) -> Expr<V> {
        Expr::new(next(from, names, V::TYPE.kind()))
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(!V::NULLABLE);
    }
}

impl ResultColumns for Value {
    type Row = Row;
    type Columns = AnyColumn;

    fn columns_of(from: &FromClause, names: &mut std::slice::Iter<'_, Name>) -> AnyColumn {
        let name = names.next().cloned().unwrap_or("".into());
        AnyColumn { of: from.clone(), name, ty: None }
    }

    fn required(columns: &mut Vec<bool>) {
        columns.push(false);
    }
}

impl ResultColumns for Row {
    type Row = Self;
    type Columns = Vec<AnyColumn>;

    fn columns_of(from: &FromClause, names: &mut std::slice::Iter<'_, Name>) -> Vec<AnyColumn> {
        let of = |name: &Name| AnyColumn { of: from.clone(), name: name.clone(), ty: None };
        names.map(of).collect()
    }

    fn required(_: &mut Vec<bool>) {}
}

macro_rules! result_columns {
    ($($one:ident $at:tt),+) => {
        impl<$($one: ResultColumns + FromRow),+> ResultColumns for ($($one,)+) {
            type Row = Self;
            type Columns = ($($one::Columns,)+);

            fn columns_of(
                from: &FromClause,
                names: &mut std::slice::Iter<'_, Name>,
            ) -> Self::Columns {
                ($($one::columns_of(from, names),)+)
            }

            fn required(columns: &mut Vec<bool>) {
                $($one::required(columns);)+
            }
        }
    };
}
tuples!(result_columns);

impl Expression {
    /// Whether it is this column, or has this label.
    fn is_column(&self, wanted: &Self) -> bool {
        match (&self.kind, &wanted.kind) {
            (
                Kind::MappedColumn { table, alias, name },
                Kind::MappedColumn { table: of, alias: under, name: wanted },
            ) => table == of && alias == under && name == wanted,
            (Kind::Label(name), Kind::ResultName(wanted)) => name == wanted,
            _ => false,
        }
    }
}
