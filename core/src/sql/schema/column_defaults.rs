//! What the library sets a column to where a statement does not set it.

use super::{ClientDefault, Column, IntoDdlExpression};
use crate::value::Value;

impl Column {
    /// What an INSERT sets it to if the program does not: a value that is always the same.
    ///
    /// ```
    /// use aludel::{Column, Value, types};
    ///
    /// let column = Column::new("state", types::String(10)).default("new");
    /// let default = column.client_default().expect("a default");
    /// assert_eq!(default.value(), Some(Value::from("new")));
    /// ```
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(ClientDefault::of_value(value.into()));
        self
    }

    /// What an INSERT sets it to if the program does not: what a closure gives, which is called for
    /// each row.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([
    ///         Column::new("a", types::Integer).default_fn(|| 5),
    ///         Column::new("b", types::Integer),
    ///     ])
    ///     .build(&MetaData::new())?;
    /// let statement = x.insert().values(x.c("b")?.set(6));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO x (b, a) VALUES ($1, $2)"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "INSERT INTO x (b, a) VALUES (?, ?)");
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "INSERT INTO x (b, a) VALUES (?1, ?2)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn default_fn<V: Into<Value>>(
        mut self,
        make: impl Fn() -> V + Send + Sync + 'static,
    ) -> Self {
        self.default = Some(ClientDefault::of_closure(move || make().into()));
        self
    }

    /// What an INSERT sets it to if the program does not: an expression, which becomes a part of the
    /// statement.
    ///
    /// ```
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([
    ///         Column::new("a", types::Text).default_expression("lower('A')"),
    ///         Column::new("b", types::Integer),
    ///     ])
    ///     .build(&MetaData::new())?;
    /// let statement = x.insert().values(x.c("b")?.set(6));
    /// assert_eq!(statement.to_string(), "INSERT INTO x (b, a) VALUES (:1, lower('A'))");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn default_expression(mut self, expression: impl IntoDdlExpression) -> Self {
        self.default = Some(ClientDefault::of_expression(expression.into_ddl_expression()));
        self
    }

    pub(in crate::sql) fn with_default(mut self, default: ClientDefault) -> Self {
        self.default = Some(default);
        self
    }

    pub(in crate::sql) fn with_onupdate(mut self, onupdate: ClientDefault) -> Self {
        self.onupdate = Some(onupdate);
        self
    }

    /// What an UPDATE that does not set it sets it to: a value that is always the same.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([
    ///         Column::new("a", types::Integer).onupdate(5),
    ///         Column::new("b", types::Integer),
    ///     ])
    ///     .build(&MetaData::new())?;
    /// let statement = x.update().values(x.c("b")?.set(6));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "UPDATE x SET b = $1, a = $2");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "UPDATE x SET b = ?, a = ?");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "UPDATE x SET b = ?1, a = ?2");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn onupdate(mut self, value: impl Into<Value>) -> Self {
        self.onupdate = Some(ClientDefault::of_value(value.into()));
        self
    }

    /// What an UPDATE that does not set it sets it to: what a closure gives, which is called for each
    /// execution.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([
    ///         Column::new("a", types::Integer).onupdate_fn(|| 5),
    ///         Column::new("b", types::Integer),
    ///     ])
    ///     .build(&MetaData::new())?;
    /// let statement = x.update().values(x.c("b")?.set(6));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "UPDATE x SET b = $1, a = $2");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "UPDATE x SET b = ?, a = ?");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "UPDATE x SET b = ?1, a = ?2");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn onupdate_fn<V: Into<Value>>(
        mut self,
        make: impl Fn() -> V + Send + Sync + 'static,
    ) -> Self {
        self.onupdate = Some(ClientDefault::of_closure(move || make().into()));
        self
    }

    /// What an UPDATE that does not set it sets it to: an expression, which becomes a part of the
    /// statement.
    ///
    /// ```
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([
    ///         Column::new("a", types::DateTime).onupdate_expression("CURRENT_TIMESTAMP"),
    ///         Column::new("b", types::Integer),
    ///     ])
    ///     .build(&MetaData::new())?;
    /// let statement = x.update().values(x.c("b")?.set(6));
    /// assert_eq!(statement.to_string(), "UPDATE x SET b = :1, a = CURRENT_TIMESTAMP");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn onupdate_expression(mut self, expression: impl IntoDdlExpression) -> Self {
        self.onupdate = Some(ClientDefault::of_expression(expression.into_ddl_expression()));
        self
    }
}
