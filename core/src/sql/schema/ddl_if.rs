//! For which databases a definition is.

use std::fmt;
use std::sync::Arc;

use super::super::{Feature, Name, SqlDialect};

/// For which databases a constraint, an index or a [`Ddl`](super::Ddl) is: SQLAlchemy's `ddl_if` and
/// `execute_if`.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::sql::schema::{CheckConstraint, CreateTable, DdlIf};
/// use aludel::{Column, MetaData, Table, types};
///
/// let digits = CheckConstraint::new("code ~ '^[0-9]+$'").named("digits").ddl_if("postgresql");
/// let table = Table::builder("t")
///     .column(Column::new("code", types::String(8)))
///     .constraint(digits)
///     .build(&MetaData::new())?;
/// let create = CreateTable::new(&table);
/// assert!(create.compile(&PostgreSql::new())?.sql().contains("CHECK"));
/// assert!(!create.compile(&Sqlite::new())?.sql().contains("CHECK"));
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct DdlIf(Of);

type Holds = dyn Fn(&dyn SqlDialect) -> bool + Send + Sync;

#[derive(Clone, Default)]
enum Of {
    #[default]
    All,
    Named(Arc<[Name]>),
    Without(Feature),
    Fulfilling(Arc<Holds>),
}

impl DdlIf {
    /// For the databases whose dialect has one of these names: `"sqlite"`, `"postgresql"`, `"mysql"`,
    /// which is MariaDB too, or `"mariadb"`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CheckConstraint, CreateTable, DdlIf};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(
    ///         CheckConstraint::new("a > 0").named("positive").ddl_if(DdlIf::dialects(["sqlite"])),
    ///     )
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n)"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT ck_x_positive CHECK (a > 0)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn dialects<N: Into<Name>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(Of::Named(names.into_iter().map(Into::into).collect()))
    }

    /// For the databases that lack a part of SQL.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, Feature};
    /// # use aludel::sql::schema::{CheckConstraint, CreateTable, DdlIf};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(
    ///         CheckConstraint::new("a > 0")
    ///             .named("positive")
    ///             .ddl_if(DdlIf::without(Feature::NativeEnums)),
    ///     )
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n)"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT ck_x_positive CHECK (a > 0)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn without(feature: Feature) -> Self {
        Self(Of::Without(feature))
    }

    /// For the databases for which a closure says so: it can look at the version.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CheckConstraint, CreateTable, DdlIf};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(
    ///         CheckConstraint::new("a > 0")
    ///             .named("positive")
    ///             .ddl_if(DdlIf::when(|dialect| dialect.name() != "sqlite")),
    ///     )
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT ck_x_positive CHECK (a > 0)\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT ck_x_positive CHECK (a > 0)\n)"
    /// );
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn when(holds: impl Fn(&dyn SqlDialect) -> bool + Send + Sync + 'static) -> Self {
        Self(Of::Fulfilling(Arc::new(holds)))
    }

    /// Whether it is for this database.
    #[must_use]
    pub fn holds(&self, dialect: &dyn SqlDialect) -> bool {
        match &self.0 {
            Of::All => true,
            Of::Named(names) => {
                let is = |name: &str| names.iter().any(|known| **known == *name);
                // For people, all is shown.
                let name = dialect.name();
                name == "generic" || is(name) || (name == "mariadb" && is("mysql"))
            }
            Of::Without(feature) => !dialect.has(*feature),
            Of::Fulfilling(holds) => holds(dialect),
        }
    }
}

impl From<&'static str> for DdlIf {
    fn from(dialect: &'static str) -> Self {
        Self::dialects([dialect])
    }
}

impl<const N: usize> From<[&'static str; N]> for DdlIf {
    fn from(dialects: [&'static str; N]) -> Self {
        Self::dialects(dialects)
    }
}

/// A closure is the same as itself only.
impl PartialEq for DdlIf {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Of::All, Of::All) => true,
            (Of::Named(one), Of::Named(other)) => one == other,
            (Of::Without(one), Of::Without(other)) => one == other,
            (Of::Fulfilling(one), Of::Fulfilling(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for DdlIf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Of::All => f.write_str("DdlIf(all)"),
            Of::Named(names) => write!(f, "DdlIf({names:?})"),
            Of::Without(feature) => write!(f, "DdlIf(without {feature:?})"),
            Of::Fulfilling(_) => f.write_str("DdlIf(closure)"),
        }
    }
}
