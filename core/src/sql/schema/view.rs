//! Views, and tables that a select fills.

use std::fmt;
use std::sync::Arc;

use super::super::{
    CacheKey, ClauseElement, Compiled, Executable, Feature, IntoSql, Literals, Name, Params,
    RawSql, SqlDialect, SqlWriter, Template,
};
use super::names_sql::{check_length, write_columns, write_table_name};
use super::{DdlIf, MetaData, TableName};
use crate::error::Result;
use crate::row::Row;
use crate::statement::StatementKind;

/// The statement that a view or a table is made by. Its values stand in the text.
#[derive(Clone)]
enum Source {
    Statement(Arc<dyn ClauseElement + Send + Sync>),
    Sql(RawSql),
}

impl Source {
    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        match self {
            Self::Statement(statement) => {
                to.sql(&Compiled::with_values(&**statement, to.dialect())?);
            }
            Self::Sql(sql) => to.sql(sql.as_str()),
        }
        Ok(())
    }
}

/// What a view can be: one that is read anew each time, or one that is filled when it is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    View,
    Materialized,
}

/// CREATE VIEW. The values of its select stand in the text.
///
/// ```
/// use aludel::sql::schema::CreateView;
/// use aludel::{Column, MetaData, Table, types};
///
/// let users = Table::new("users", &MetaData::new(), [Column::new("age", types::Integer)])?;
/// let adults = CreateView::new("adults", users.select().where_(users.c("age")?.ge(18)));
/// assert_eq!(
///     adults.to_string(),
///     "CREATE VIEW adults AS SELECT users.age FROM users WHERE users.age >= 18"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CreateView {
    name: TableName,
    source: Source,
    kind: Kind,
    columns: Vec<Name>,
    or_replace: bool,
    if_not_exists: bool,
    temporary: bool,
    with_no_data: bool,
    ddl_if: DdlIf,
}

/// DROP VIEW.
#[derive(Debug, Clone)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropView {
    name: TableName,
    kind: Kind,
    if_exists: bool,
    cascade: bool,
}

/// CREATE TABLE AS: a table with the columns and the rows of a select, whose values stand in the text.
///
/// ```
/// use aludel::sql::schema::CreateTableAs;
/// use aludel::{Column, MetaData, Table, types};
///
/// let users = Table::new("users", &MetaData::new(), [Column::new("age", types::Integer)])?;
/// assert_eq!(
///     CreateTableAs::new("copy", users.select()).temporary().to_string(),
///     "CREATE TEMPORARY TABLE copy AS SELECT users.age FROM users"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CreateTableAs {
    name: TableName,
    source: Source,
    temporary: bool,
    if_not_exists: bool,
}

impl CreateView {
    /// Of what a select gives.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::CreateView;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateView::new("v", u.select());
    /// assert_eq!(statement.to_string(), "CREATE VIEW v AS SELECT u.id, u.t_id FROM u");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new<E>(name: impl Into<TableName>, select: E) -> Self
    where
        E: ClauseElement + Send + Sync + 'static,
    {
        Self::of(name.into(), Source::Statement(Arc::new(select)))
    }

    /// Of a select as text.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateView;
    /// let statement = CreateView::of_sql("v", "SELECT id FROM u");
    /// assert_eq!(statement.to_string(), "CREATE VIEW v AS SELECT id FROM u");
    /// ```
    pub fn of_sql(name: impl Into<TableName>, select: impl IntoSql) -> Self {
        Self::of(name.into(), Source::Sql(select.into_sql()))
    }

    fn of(name: TableName, source: Source) -> Self {
        Self {
            name,
            source,
            kind: Kind::View,
            columns: Vec::new(),
            or_replace: false,
            if_not_exists: false,
            temporary: false,
            with_no_data: false,
            ddl_if: DdlIf::default(),
        }
    }

    /// It is created with the tables of the metadata, after them, and dropped before them: each view
    /// after those whose names stand in its text, and else in the order in which they were added. One that
    /// is there is left as it is, unless this one says [`or_replace`](Self::or_replace).
    ///
    /// ```
    /// use aludel::sql::schema::CreateView;
    /// use aludel::{Auto, Mapped, MetaData, create_engine, insert, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     age: i32,
    /// }
    ///
    /// /// The view, to select from.
    /// #[derive(Mapped)]
    /// #[aludel(table = "adults")]
    /// struct Adult {
    ///     #[aludel(primary_key)]
    ///     id: i64,
    /// }
    ///
    /// let metadata = MetaData::new().with::<User>();
    /// let adults = select(User::c.id).where_(User::c.age.ge(18));
    /// CreateView::new("adults", adults).in_metadata(&metadata);
    /// create_engine("sqlite://")?.begin(|conn| {
    ///     metadata.create_all(conn)?;
    ///     conn.execute(insert::<User>().values(User::c.age.set(18)))?;
    ///     assert_eq!(conn.scalars(select(Adult::c.id))?, [1]);
    ///     metadata.drop_all(conn)
    /// })?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn in_metadata(self, metadata: &MetaData) {
        metadata.add_view(self);
    }

    /// The names of its columns, in place of those of the select.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::CreateView;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateView::new("v", u.select()).columns(["id", "owner"]);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE VIEW v (id, owner) AS SELECT u.id, u.t_id FROM u"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn columns<N: Into<Name>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.columns.extend(names.into_iter().map(Into::into));
        self
    }

    /// In place of the view that there is.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::sql::schema::CreateView;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateView::new("v", u.select()).or_replace();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE OR REPLACE VIEW v AS SELECT u.id, u.t_id FROM u"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE OR REPLACE VIEW v AS SELECT u.id, u.t_id FROM u"
    /// );
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn or_replace(self) -> Self {
        Self { or_replace: true, ..self }
    }

    /// Does nothing if there is a view of this name already.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::sql::schema::CreateView;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateView::new("v", u.select()).if_not_exists();
    /// assert!(statement.compile(&PostgreSql::new()).is_err());
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "CREATE VIEW IF NOT EXISTS v AS SELECT u.id, u.t_id FROM u"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE VIEW IF NOT EXISTS v AS SELECT u.id, u.t_id FROM u"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_not_exists(self) -> Self {
        Self { if_not_exists: true, ..self }
    }

    /// Only this connection has it, until it ends.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::sql::schema::CreateView;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateView::new("v", u.select()).temporary();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TEMPORARY VIEW v AS SELECT u.id, u.t_id FROM u"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TEMPORARY VIEW v AS SELECT u.id, u.t_id FROM u"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn temporary(self) -> Self {
        Self { temporary: true, ..self }
    }

    /// Filled when it is created, and when the program says so, with what the select gives then.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::sql::schema::CreateView;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateView::new("v", u.select()).materialized();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE MATERIALIZED VIEW v AS SELECT u.id, u.t_id FROM u"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn materialized(self) -> Self {
        Self { kind: Kind::Materialized, ..self }
    }

    /// A materialized view that is empty, and cannot be read, until it is filled by
    /// [`RefreshMaterializedView`](super::RefreshMaterializedView).
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::sql::schema::CreateView;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateView::new("v", u.select()).materialized().with_no_data();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE MATERIALIZED VIEW v AS SELECT u.id, u.t_id FROM u WITH NO DATA"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn with_no_data(self) -> Self {
        Self { with_no_data: true, ..self }
    }

    /// For which databases it is, if it is part of metadata.
    ///
    /// ```
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::dialect::sqlite::Sqlite;
    /// use aludel::sql::schema::CreateView;
    ///
    /// let view = CreateView::of_sql("v", "SELECT 1 AS one").ddl_if("postgresql");
    /// assert!(view.condition_of_ddl().holds(&PostgreSql::new()));
    /// assert!(!view.condition_of_ddl().holds(&Sqlite::new()));
    /// ```
    pub fn ddl_if(self, of: impl Into<DdlIf>) -> Self {
        Self { ddl_if: of.into(), ..self }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// For which databases it is.
    #[must_use]
    pub fn condition_of_ddl(&self) -> &DdlIf {
        &self.ddl_if
    }

    /// Whether it replaces one that is there.
    pub(crate) fn replaces(&self) -> bool {
        self.or_replace
    }

    /// The statement that drops it.
    pub(crate) fn dropped(&self) -> DropView {
        DropView { name: self.name.clone(), kind: self.kind, if_exists: false, cascade: false }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        check_length(self.name.name(), to.dialect())?;
        to.sql("CREATE ");
        if self.or_replace {
            to.require(Feature::ReplaceView);
            to.sql("OR REPLACE ");
        }
        if self.temporary {
            to.require(Feature::TemporaryViews);
            to.sql("TEMPORARY ");
        }
        write_kind(self.kind, to);
        if self.if_not_exists {
            if self.kind == Kind::View {
                to.require(Feature::ViewIfNotExists);
            }
            to.sql("IF NOT EXISTS ");
        }
        write_table_name(&self.name, to);
        if !self.columns.is_empty() {
            to.sql(" ");
            write_columns(&self.columns, to);
        }
        to.sql(" AS ");
        self.source.write(to)?;
        to.sql(if self.with_no_data { " WITH NO DATA" } else { "" });
        Ok(())
    }
}

fn write_kind(kind: Kind, to: &mut SqlWriter<'_>) {
    if kind == Kind::Materialized {
        to.require(Feature::MaterializedViews);
        to.sql("MATERIALIZED ");
    }
    to.sql("VIEW ");
}

impl DropView {
    /// Drops the view.
    ///
    /// ```
    /// # use aludel::sql::schema::DropView;
    /// let statement = DropView::new("v");
    /// assert_eq!(statement.to_string(), "DROP VIEW v");
    /// ```
    pub fn new(name: impl Into<TableName>) -> Self {
        Self { name: name.into(), kind: Kind::View, if_exists: false, cascade: false }
    }

    /// It is a materialized one.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::DropView;
    /// let statement = DropView::new("v").materialized();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP MATERIALIZED VIEW v");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn materialized(self) -> Self {
        Self { kind: Kind::Materialized, ..self }
    }

    /// Does nothing if there is no such view.
    ///
    /// ```
    /// # use aludel::sql::schema::DropView;
    /// let statement = DropView::new("v").if_exists();
    /// assert_eq!(statement.to_string(), "DROP VIEW IF EXISTS v");
    /// ```
    pub fn if_exists(self) -> Self {
        Self { if_exists: true, ..self }
    }

    /// Drops what depends on it too.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::DropView;
    /// let statement = DropView::new("v").cascade();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP VIEW v CASCADE");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn cascade(self) -> Self {
        Self { cascade: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.sql("DROP ");
        write_kind(self.kind, to);
        to.sql(if self.if_exists { "IF EXISTS " } else { "" });
        write_table_name(&self.name, to);
        if self.cascade {
            to.require(Feature::DropCascade);
            to.sql(" CASCADE");
        }
        Ok(())
    }
}

impl CreateTableAs {
    /// A table with what a select gives.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::CreateTableAs;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateTableAs::new("copy", u.select());
    /// assert_eq!(statement.to_string(), "CREATE TABLE copy AS SELECT u.id, u.t_id FROM u");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new<E>(name: impl Into<TableName>, select: E) -> Self
    where
        E: ClauseElement + Send + Sync + 'static,
    {
        Self::of(name.into(), Source::Statement(Arc::new(select)))
    }

    /// A table with what a select gives, which is text.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTableAs;
    /// let statement = CreateTableAs::of_sql("copy", "SELECT id FROM u");
    /// assert_eq!(statement.to_string(), "CREATE TABLE copy AS SELECT id FROM u");
    /// ```
    pub fn of_sql(name: impl Into<TableName>, select: impl IntoSql) -> Self {
        Self::of(name.into(), Source::Sql(select.into_sql()))
    }

    fn of(name: TableName, source: Source) -> Self {
        Self { name, source, temporary: false, if_not_exists: false }
    }

    /// Only this connection has it, until it ends.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::CreateTableAs;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateTableAs::new("copy", u.select()).temporary();
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TEMPORARY TABLE copy AS SELECT u.id, u.t_id FROM u"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn temporary(self) -> Self {
        Self { temporary: true, ..self }
    }

    /// Does nothing if there is a table of this name already.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::CreateTableAs;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = CreateTableAs::new("copy", u.select()).if_not_exists();
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE IF NOT EXISTS copy AS SELECT u.id, u.t_id FROM u"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_not_exists(self) -> Self {
        Self { if_not_exists: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        check_length(self.name.name(), to.dialect())?;
        to.sql(if self.temporary { "CREATE TEMPORARY TABLE " } else { "CREATE TABLE " });
        to.sql(if self.if_not_exists { "IF NOT EXISTS " } else { "" });
        write_table_name(&self.name, to);
        to.sql(" AS ");
        self.source.write(to)
    }
}

macro_rules! debug {
    ($($ty:ident),*) => {$(
        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug!(CreateView, CreateTableAs);

super::definition_statements!(CreateView b'8', DropView b'9', CreateTableAs b'a');
