//! DELETE.

use std::collections::HashSet;

use super::super::from::{FromClause, FromList};
use super::super::schema::Table;
use super::super::select::check_change;
use super::super::tree::Visitor;
use super::super::{Dynamic, Expression, Feature, Mapped, Name, Params, SqlWriter};
use super::scope::{Scope, scoped};
use super::statement::{Parts, Typed, statement, walk_all, walk_table, write_table};
use crate::error::Result;
use crate::lex::LexicalRules;

/// A DELETE from the table of `T`, which gives what `S` selects. Cheap to clone.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Delete<T, S = ()>(Typed<DeleteParts, T, S>);

statement!(Delete);
scoped!(
    Delete,
    "Gives columns of the rows that are deleted. MySQL has no such clause; MariaDB has it."
);

#[derive(Debug, Clone)]
pub(in crate::sql) struct DeleteParts {
    table: Table,
    scope: Scope,
    pub(super) returning: Vec<Expression>,
    params: Params,
}

/// Deletes rows of the table of a mapped struct: all, unless [`where_`](Delete::where_) says which.
///
/// ```
/// use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// use aludel::sql::ClauseElement;
/// use aludel::{Auto, Mapped, delete};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// #[derive(Mapped)]
/// #[aludel(table = "posts")]
/// struct Post {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     user_id: i64,
/// }
///
/// let one = delete::<Post>().where_(Post::c.id.eq(5));
/// assert_eq!(one.to_string(), "DELETE FROM posts WHERE posts.id = :1");
///
/// // Tables that a condition names besides:
/// let theirs = delete::<Post>().where_(Post::c.user_id.eq(User::c.id) & User::c.name.eq("sandy"));
/// assert_eq!(
///     theirs.compile(&PostgreSql::new())?.sql(),
///     "DELETE FROM posts USING users WHERE posts.user_id = users.id AND users.name = $1"
/// );
/// assert_eq!(
///     theirs.compile(&MySql::new())?.sql(),
///     "DELETE FROM posts USING posts, users WHERE posts.user_id = users.id AND users.name = ?"
/// );
/// assert_eq!(
///     theirs.compile(&Sqlite::new())?.sql(),
///     "DELETE FROM posts WHERE EXISTS (SELECT 1 FROM users \
///      WHERE posts.user_id = users.id AND users.name = ?1)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn delete<T: Mapped>() -> Delete<T> {
    Delete(Typed::new(DeleteParts::of(T::table().clone())))
}

impl Delete<Dynamic> {
    pub(in crate::sql) fn from_table(table: Table) -> Self {
        Self(Typed::new(DeleteParts::of(table)))
    }
}

impl<T, S> Delete<T, S> {
    /// Joins a table even if no condition names it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.delete().using(&u);
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DELETE FROM t USING u");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "DELETE FROM t USING t, u");
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "DELETE FROM t WHERE EXISTS (SELECT 1 FROM u)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn using(mut self, from: impl Into<FromClause>) -> Self {
        self.0.parts().scope.from.push(from.into());
        self
    }

    /// Values for its named binds.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{bindparam, params};
    /// # let (t, u) = tables_of_examples()?;
    /// let by_id = t.delete().where_(t.c("id")?.eq(bindparam("id")));
    /// let statement = by_id.params(params! { id: 5 });
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DELETE FROM t WHERE t.id = $1");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "DELETE FROM t WHERE t.id = ?");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "DELETE FROM t WHERE t.id = ?1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn params(mut self, params: Params) -> Self {
        self.0.parts().params.extend(params.into_pairs());
        self
    }
}

impl DeleteParts {
    fn of(table: Table) -> Self {
        Self { table, scope: Scope::default(), returning: Vec::new(), params: Params::new() }
    }
}

impl DeleteParts {
    /// Writes it, beside these tables.
    fn write_clauses(&self, others: &FromList<'_>, to: &mut SqlWriter<'_>) {
        to.sql("DELETE FROM ");
        write_table(&self.table, to);
        let inside = !others.is_empty() && !to.has(Feature::DeleteUsing);
        if inside {
            to.sql(" WHERE EXISTS (SELECT 1");
            others.write(to);
        } else if !others.is_empty() {
            to.sql(" USING ");
            if to.dialect().lists_joined_tables() {
                write_table(&self.table, to);
                to.sql(", ");
            }
            others.write_list(to);
        }
        self.scope.write_conditions(to);
        to.sql(if inside { ")" } else { "" });
        self.scope.write_bounds(!others.is_empty(), to);
        if inside && self.returning.iter().any(|column| others.names_one_of(column)) {
            to.refuse(
                "columns of joined tables in DELETE … RETURNING",
                "select them before, in the same transaction",
            );
        }
        if !self.returning.is_empty() {
            to.require(Feature::DeleteReturning);
            to.dialect().write_returning(&self.returning, to);
        }
    }
}

impl Parts for DeleteParts {
    fn changed(&self) -> Option<(&Table, bool)> {
        Some((&self.table, true))
    }

    fn walk<'t>(&'t self, _: &'t Params, to: &mut impl Visitor<'t>) {
        to.node(b'D', self.returning.len());
        walk_table(&self.table, to);
        self.scope.walk(to);
        walk_all(self.returning.iter(), to);
    }

    fn check(&self, _: &Params, _: LexicalRules) -> Result<()> {
        Ok(())
    }

    fn write(&self, _: &Params, to: &mut SqlWriter<'_>) {
        if let Err(error) = check_change(self.scope.expressions()) {
            to.fail(error);
        }
        let table = FromClause::from(&self.table);
        let (given, named) = (&self.scope.from, self.returning.iter());
        let Some((others, outer)) = self.scope.enter(given, table.clone(), named, to) else {
            return;
        };
        let feature = match others.is_empty() {
            true => Feature::ChangedTableInDelete,
            false => Feature::ChangedTableInDeleteUsing,
        };
        to.while_changing(table, feature, |to| self.write_clauses(&others, to));
        to.leave(outer);
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn take_params(&mut self) -> Params {
        std::mem::take(&mut self.params)
    }

    fn each_expression(&mut self, with: &mut dyn FnMut(&mut Expression)) {
        self.scope.each_expression(with);
        self.returning.iter_mut().for_each(with);
    }

    fn settle(&mut self, _: &Params) -> HashSet<Name> {
        HashSet::new()
    }

    fn refuse(&mut self, message: &'static str) {
        self.scope.conditions.push(Expression::refused(message));
    }
}
