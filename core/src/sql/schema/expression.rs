//! Expressions in definitions: of a CHECK, a default, a computed column, an index.

use std::sync::Arc;

use super::super::compile::Generic;
use super::super::tree::Fragment;
use super::super::{
    AnyColumn, Col, Expr, Expression, IntoSql, Mapped, Params, RawSql, SqlDialect, SqlWriter,
};
use crate::error::Result;

/// An expression in a definition: text, or an expression of the language, which each database gets in
/// its own words. A definition cannot bind values, so they stand in its text, and columns stand
/// without their table.
#[derive(Debug, Clone)]
pub struct DdlExpression {
    /// For people, and to compare by.
    text: RawSql,
    tree: Option<Arc<Expression>>,
}

/// Two are the same if they read the same: their values are a part of the text.
impl PartialEq for DdlExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.tree.is_some() == other.tree.is_some()
    }
}

impl DdlExpression {
    pub(super) fn of_tree(expression: Expression) -> Self {
        // What cannot be written is an error when the table is created.
        let text = SqlWriter::definition(&Generic, &expression).unwrap_or_default();
        Self { text: RawSql::new(text), tree: Some(Arc::new(expression)) }
    }

    /// The text, as far as it does not depend on the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// As an expression of a statement, in which its values are bound.
    #[must_use]
    pub fn to_expression(&self) -> Expression {
        match &self.tree {
            Some(tree) => (**tree).clone(),
            None => {
                let fragment = Fragment::new(self.text.clone().into(), Params::none());
                Expression::fragment(fragment)
            }
        }
    }

    /// The SQL for a database.
    pub(super) fn sql_for(&self, dialect: &dyn SqlDialect) -> Result<String> {
        match &self.tree {
            None => Ok(self.as_str().to_owned()),
            Some(tree) => SqlWriter::definition(dialect, tree),
        }
    }

    /// Writes it.
    pub(super) fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        let dialect = to.dialect();
        let sql = if dialect.name() == Generic.name() {
            self.as_str().to_owned()
        } else {
            self.sql_for(dialect)?
        };
        to.sql(&sql);
        Ok(())
    }
}

/// What a definition takes as an expression: text that stands in the program, [`RawSql`], or an
/// expression of the language.
///
/// ```
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::sql::schema::{CheckConstraint, CreateTable};
/// use aludel::{Auto, Mapped, literal};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     age: i32,
/// }
///
/// assert_eq!(CheckConstraint::new("age >= 0").condition_sql(), "age >= 0");
/// let adult = CheckConstraint::new(User::c.age.ge(18));
/// assert_eq!(adult.condition_sql(), "age >= 18");
/// let named = CheckConstraint::new(literal("it's".to_owned()).ne("b"));
/// assert_eq!(named.condition_sql(), "'it''s' != 'b'");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no expression of a definition",
    label = "expected SQL that stands in the program, or an expression",
    note = "text made at run time is said to be SQL by `RawSql::new(text)`; a value is given as \
            `literal(value)`"
)]
pub trait IntoDdlExpression {
    /// As an expression of a definition.
    fn into_ddl_expression(self) -> DdlExpression;
}

impl IntoDdlExpression for &'static str {
    fn into_ddl_expression(self) -> DdlExpression {
        DdlExpression { text: self.into_sql(), tree: None }
    }
}

impl IntoDdlExpression for RawSql {
    fn into_ddl_expression(self) -> DdlExpression {
        DdlExpression { text: self, tree: None }
    }
}

impl IntoDdlExpression for DdlExpression {
    fn into_ddl_expression(self) -> Self {
        self
    }
}

impl<V> IntoDdlExpression for Expr<V> {
    fn into_ddl_expression(self) -> DdlExpression {
        DdlExpression::of_tree(self.into_expression())
    }
}

impl<T: Mapped, V> IntoDdlExpression for Col<T, V> {
    fn into_ddl_expression(self) -> DdlExpression {
        DdlExpression::of_tree(self.expression())
    }
}

impl IntoDdlExpression for AnyColumn {
    fn into_ddl_expression(self) -> DdlExpression {
        DdlExpression::of_tree(self.expression())
    }
}
