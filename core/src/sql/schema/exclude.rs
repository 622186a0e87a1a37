//! EXCLUDE constraints of PostgreSQL.

use super::super::{IntoSql, Name, RawSql};
use super::{ConstraintName, DdlExpression, DdlIf, Deferrable, IntoDdlExpression};

/// No two rows have values for which all of the operators hold: a generalized unique constraint, which
/// PostgreSQL has.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::sql::schema::{CreateTable, ExcludeConstraint};
/// use aludel::{Column, MetaData, Table, types};
///
/// let no_overlap = ExcludeConstraint::new([("during", "&&")]).named("no_overlap");
/// let table = Table::builder("t")
///     .column(Column::new("during", types::Integer))
///     .constraint(no_overlap)
///     .build(&MetaData::new())?;
/// assert_eq!(
///     CreateTable::new(&table).compile(&PostgreSql::new())?.sql(),
///     "CREATE TABLE t (\n\
///      \tduring INTEGER,\n\
///      \tCONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&)\n\
///      )"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a constraint does nothing until a table has it"]
pub struct ExcludeConstraint {
    pub(super) name: ConstraintName,
    pub(super) columns: Vec<Name>,
    pub(super) elements: Vec<(DdlExpression, RawSql)>,
    pub(super) method: RawSql,
    pub(super) condition: Option<DdlExpression>,
    pub(super) deferrable: Deferrable,
    pub(super) ddl_if: DdlIf,
}

impl ExcludeConstraint {
    /// Of columns, each with its operator.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, ExcludeConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(ExcludeConstraint::new([("a", "=")]).named("once"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT once EXCLUDE USING gist (a WITH =)\n)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new<C: Into<Name>, O: IntoSql>(elements: impl IntoIterator<Item = (C, O)>) -> Self {
        let mut this = Self {
            name: ConstraintName::default(),
            columns: Vec::new(),
            elements: Vec::new(),
            method: "gist".into_sql(),
            condition: None,
            deferrable: Deferrable::No,
            ddl_if: DdlIf::default(),
        };
        for (column, operator) in elements {
            let column = column.into();
            let quoted = super::super::SqlWriter::display(|to| to.name(&column));
            this.columns.push(column);
            let quoted = RawSql::new(quoted).into_ddl_expression();
            this.elements.push((quoted, operator.into_sql()));
        }
        this
    }

    /// One more element: an expression with its operator.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, ExcludeConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(ExcludeConstraint::new([("a", "=")]).element("abs(a)", "=").named("once"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT once EXCLUDE USING gist (a WITH =, \
    ///      abs(a) WITH =)\n)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn element(mut self, of: impl IntoDdlExpression, operator: impl IntoSql) -> Self {
        self.elements.push((of.into_ddl_expression(), operator.into_sql()));
        self
    }

    /// The method of its index; without it `gist`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, ExcludeConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(ExcludeConstraint::new([("a", "=")]).using("btree").named("once"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT once EXCLUDE USING btree (a WITH =)\n)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn using(self, method: impl IntoSql) -> Self {
        Self { method: method.into_sql(), ..self }
    }

    /// Only the rows that fulfil a condition are compared.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, ExcludeConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(ExcludeConstraint::new([("a", "=")]).where_("a > 0").named("once"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT once EXCLUDE USING gist (a WITH =) \
    ///      WHERE (a > 0)\n)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn where_(self, condition: impl IntoDdlExpression) -> Self {
        Self { condition: Some(condition.into_ddl_expression()), ..self }
    }

    /// When it is checked.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, Deferrable, ExcludeConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(
    ///         ExcludeConstraint::new([("a", "=")])
    ///             .deferrable(Deferrable::InitiallyImmediate)
    ///             .named("once"),
    ///     )
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT once EXCLUDE USING gist (a WITH =) \
    ///      DEFERRABLE INITIALLY IMMEDIATE\n)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn deferrable(self, deferrable: Deferrable) -> Self {
        Self { deferrable, ..self }
    }
}
