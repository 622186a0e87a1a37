//! REFRESH MATERIALIZED VIEW.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, Feature, Literals, Params, SqlDialect, SqlWriter, Template,
};
use super::TableName;
use super::names_sql::write_table_name;
use crate::error::Result;
use crate::row::Row;
use crate::statement::StatementKind;

/// REFRESH MATERIALIZED VIEW: fills it anew with what its select gives.
///
/// ```
/// use aludel::sql::schema::RefreshMaterializedView;
///
/// let refresh = RefreshMaterializedView::new("stats.by_day").concurrently();
/// assert_eq!(refresh.to_string(), "REFRESH MATERIALIZED VIEW CONCURRENTLY stats.by_day");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct RefreshMaterializedView {
    name: TableName,
    concurrently: bool,
    with_no_data: bool,
}

impl RefreshMaterializedView {
    /// Fills the view of this name, `"view"` or `"schema.view"`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::RefreshMaterializedView;
    /// let statement = RefreshMaterializedView::new("by_day");
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "REFRESH MATERIALIZED VIEW by_day"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(name: impl Into<TableName>) -> Self {
        Self { name: name.into(), concurrently: false, with_no_data: false }
    }

    /// While others read it. PostgreSQL needs a unique index of it for that, over columns and over all
    /// rows.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::RefreshMaterializedView;
    /// let statement = RefreshMaterializedView::new("by_day").concurrently();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "REFRESH MATERIALIZED VIEW CONCURRENTLY by_day"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn concurrently(self) -> Self {
        Self { concurrently: true, ..self }
    }

    /// Empties it in place of that, so that it cannot be read until it is filled.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::RefreshMaterializedView;
    /// let statement = RefreshMaterializedView::new("by_day").with_no_data();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "REFRESH MATERIALIZED VIEW by_day WITH NO DATA"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn with_no_data(self) -> Self {
        Self { with_no_data: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::MaterializedViews);
        to.sql("REFRESH MATERIALIZED VIEW ");
        to.sql(if self.concurrently { "CONCURRENTLY " } else { "" });
        write_table_name(&self.name, to);
        to.sql(if self.with_no_data { " WITH NO DATA" } else { "" });
        Ok(())
    }
}

super::definition_statements!(RefreshMaterializedView b'b');
