//! Functions whose rows are selected from.

use std::sync::Arc;

use super::{FromClause, FromKind, Subquery, name_of};
use crate::row::Row;
use crate::sql::tree::Visitor;
use crate::sql::{AnyColumn, Expr, Expression, Feature, Name, SqlWriter};

#[derive(Debug)]
pub(in crate::sql) struct FunctionParts {
    pub(super) name: Option<Name>,
    function: Expression,
    /// The names of the columns, the last of which is the number of the row if it has one.
    names: Arc<[Name]>,
    ordinality: bool,
    /// It has one column, which is called as the function is.
    scalar: bool,
}

impl FunctionParts {
    pub(super) fn depth(&self) -> u16 {
        self.function.depth()
    }

    pub(super) fn is_scalar(&self) -> bool {
        self.scalar
    }

    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        name_of(self.name.as_ref(), to);
        to.number(self.names.len());
        self.names.iter().for_each(|name| to.name(name));
        to.number(usize::from(self.ordinality) + 2 * usize::from(self.scalar));
        self.function.walk(to);
    }

    pub(super) fn write(&self, object: &FromClause, to: &mut SqlWriter<'_>) {
        to.require(Feature::TableFunctions);
        to.dialect().write_lateral_function(to);
        self.function.write(to);
        if self.ordinality {
            to.require(Feature::WithOrdinality);
            to.sql(" WITH ORDINALITY");
        }
        object.write_as(to);
        if !self.scalar && to.dialect().names_columns_behind() {
            to.sql(" (");
            to.separated(", ", &self.names, |name, to| to.name(name));
            to.sql(")");
        }
    }
}

impl<V> Expr<V> {
    /// The rows of a function, to select from: its columns get these names.
    ///
    /// ```
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::ClauseElement;
    /// use aludel::{func, literal, select};
    ///
    /// let series = func::function("generate_series", [
    ///     literal(1_i64).into_expression(),
    ///     literal(3_i64).into_expression(),
    /// ]);
    /// let n = series.table_valued("g", ["n"]);
    /// assert_eq!(
    ///     select(n.c("n")?).compile(&PostgreSql::new())?.sql(),
    ///     "SELECT g.n FROM generate_series($1, $2) AS g (n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// In SQLite the columns must have the names that the function gives them. It may name columns
    /// of what stands before it in FROM.
    pub fn table_valued<N: Into<Name>>(
        self,
        name: impl Into<Name>,
        columns: impl IntoIterator<Item = N>,
    ) -> Subquery<Row> {
        let names = columns.into_iter().map(Into::into).collect();
        self.in_from(Some(name.into()), names, false, false)
    }

    /// As [`table_valued`](Self::table_valued); the last of the names is that of a further column,
    /// the number of the row from 1 on. PostgreSQL has it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::{func, select};
    /// let statement = select(func::call("f", 1).with_ordinality("g", ["v", "n"]).c("n")?);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT g.n FROM f(CAST($1 AS INTEGER)) WITH ORDINALITY AS g (v, n)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn with_ordinality<N: Into<Name>>(
        self,
        name: impl Into<Name>,
        columns: impl IntoIterator<Item = N>,
    ) -> Subquery<Row> {
        let names = columns.into_iter().map(Into::into).collect();
        self.in_from(Some(name.into()), names, true, false)
    }

    /// The one column of the rows of a function, as PostgreSQL has it: the alias of the function is
    /// the column.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::{func, select};
    /// let statement = select(func::call("generate_series", (1, 3)).column_valued("n"));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT n FROM generate_series(CAST($1 AS INTEGER), CAST($2 AS INTEGER)) AS n"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT n FROM generate_series(?1, ?2) AS n"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn column_valued(self, name: impl Into<Name>) -> Expr<V> {
        let name: Name = name.into();
        let subquery = self.in_from(Some(name.clone()), Arc::new([name.clone()]), false, true);
        let column = AnyColumn { of: subquery.into(), name, ty: None };
        Expr::new(column.expression())
    }

    fn in_from(
        self,
        name: Option<Name>,
        names: Arc<[Name]>,
        ordinality: bool,
        scalar: bool,
    ) -> Subquery<Row> {
        let function = self.into_expression();
        let parts = FunctionParts { name, function, names: Arc::clone(&names), ordinality, scalar };
        Subquery::of(FromClause(FromKind::Function(Arc::new(parts))), names, None)
    }
}
