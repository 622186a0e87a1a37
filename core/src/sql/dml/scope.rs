//! Which rows an UPDATE or DELETE is about.

use super::super::from::{FromClause, FromList, Sources};
use super::super::select::Correlate;
use super::super::tree::Visitor;
use super::super::{Expression, Feature, LimitClause, OrderBy, OrderTerm, SqlWriter};
use super::statement::walk_all;
use crate::error::Result;

/// The methods of a statement that is about some rows of a table, over [`Typed`](super::statement::Typed)
/// parts that have a `scope`.
macro_rules! scoped {
    ($name:ident, $returning:literal) => {
        impl<T, S> $name<T, S> {
            /// Only the rows for which the condition holds. Several calls are joined by AND. Tables
            /// that it names besides are joined.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = t.update().values(t.c("a")?.set(5)).where_(t.c("b")?.gt(1));
            /// assert_eq!(statement.to_string(), "UPDATE t SET a = :1 WHERE t.b > :2");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn where_(mut self, condition: impl $crate::sql::Condition) -> Self {
                self.0.parts().scope.conditions.push(condition.condition());
                self
            }

            /// In which order the rows are changed, for [`limit`](Self::limit). MySQL and MariaDB have
            /// it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = t.update().values(t.c("a")?.set(5)).order_by(t.c("b")?).limit(1);
            /// assert!(statement.compile(&PostgreSql::new()).is_err());
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "UPDATE t SET a = ? ORDER BY t.b LIMIT ?"
            /// );
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn order_by(mut self, by: impl $crate::sql::OrderBy) -> Self {
                self.0.parts().scope.order_by(by);
                self
            }

            /// At most so many rows. MySQL and MariaDB have it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = t.update().values(t.c("a")?.set(5)).limit(1);
            /// assert!(statement.compile(&PostgreSql::new()).is_err());
            /// assert_eq!(statement.compile(&MySql::new())?.sql(), "UPDATE t SET a = ? LIMIT ?");
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn limit(mut self, rows: impl $crate::sql::RowCount) -> Self {
                self.0.parts().scope.limit = rows.row_count();
                self
            }

            #[doc = $returning]
            pub fn returning<R: $crate::sql::Selection>(mut self, what: R) -> $name<T, R> {
                let returning = &mut self.0.parts().returning;
                returning.clear();
                what.add_columns(returning);
                $name(self.0.returning())
            }
        }
    };
}
pub(super) use scoped;

/// Which rows a statement is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// Other tables that are named, whether the conditions name them or not.
    pub(super) from: Vec<FromClause>,
    pub(super) conditions: Vec<Expression>,
    pub(super) orders: Vec<Expression>,
    pub(super) limit: Option<Expression>,
}

impl Scope {
    pub(super) fn order_by(&mut self, by: impl OrderBy) {
        let mut terms = Vec::new();
        by.order_by(&mut terms);
        self.orders.extend(terms.into_iter().map(OrderTerm::into_expression));
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.conditions.iter().chain(&self.orders).chain(&self.limit)
    }

    /// Calls `with` for each expression.
    pub(super) fn each_expression(&mut self, with: &mut dyn FnMut(&mut Expression)) {
        let all = self.conditions.iter_mut().chain(&mut self.orders).chain(&mut self.limit);
        all.for_each(with);
    }

    pub(super) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(self.from.len());
        self.from.iter().for_each(|from| to.from(from));
        walk_all(self.conditions.iter(), to);
        walk_all(self.orders.iter(), to);
        walk_all(self.limit.as_slice().iter(), to);
    }

    /// The tables that are named besides the one that the statement changes.
    fn others<'t>(
        &'t self,
        given: &'t [FromClause],
        table: &FromClause,
        more: impl Iterator<Item = &'t Expression>,
    ) -> Result<FromList<'t>> {
        let named = self.conditions.iter().chain(more);
        let mut list = FromList::derive(Sources {
            given,
            expressions: named,
            joins: &[],
            enclosing: &[],
            correlate: &Correlate::Auto,
        })?;
        list.remove(table);
        Ok(list)
    }

    /// Begins the statement that changes this table: it sees that and the tables that it names besides,
    /// which are returned with what the statement around it sees. What cannot be derived is an error.
    pub(super) fn enter<'t>(
        &'t self,
        given: &'t [FromClause],
        table: FromClause,
        more: impl Iterator<Item = &'t Expression>,
        to: &mut SqlWriter<'_>,
    ) -> Option<(FromList<'t>, Vec<FromClause>)> {
        match self.others(given, &table, more) {
            Ok(others) => {
                let passes = |leaf: &&FromClause| {
                    leaf.subquery().is_some_and(|query| query.passes_rows_of(&table))
                };
                if !to.has(Feature::MergedChangedTable) && others.leaves().iter().any(passes) {
                    to.require(Feature::MergedChangedTable);
                }
                let mut visible = vec![table];
                visible.extend(others.leaves().into_iter().cloned());
                let outer = to.enter(visible);
                Some((others, outer))
            }
            Err(error) => {
                to.fail(error);
                None
            }
        }
    }

    pub(super) fn write_conditions(&self, to: &mut SqlWriter<'_>) {
        match &*self.conditions {
            [] => {}
            [only] => {
                to.sql(" WHERE ");
                only.write(to);
            }
            several => {
                to.sql(" WHERE ");
                to.separated(" AND ", several, Expression::write_conjunct);
            }
        }
    }

    /// Writes ORDER BY and LIMIT, which no database has where tables are joined.
    pub(super) fn write_bounds(&self, joined: bool, to: &mut SqlWriter<'_>) {
        if self.orders.is_empty() && self.limit.is_none() {
            return;
        }
        if joined {
            to.refuse(
                "ORDER BY and LIMIT in a statement that changes joined tables",
                "choose the rows by a subquery of their keys",
            );
        }
        to.require(Feature::DmlLimit);
        if !self.orders.is_empty() {
            to.sql(" ORDER BY ");
            to.separated(", ", &self.orders, Expression::write);
        }
        if let Some(limit) = &self.limit {
            to.dialect().write_limit(&LimitClause::new(Some(limit), None), to);
        }
    }
}
