//! Constraints of tables: the primary key, what is unique, what is checked.

use std::borrow::Cow;

use super::super::compile::Generic;
use super::super::types::EnumType;
use super::super::{Feature, Name, SqlDialect};
use super::{
    ConflictResolution, DdlExpression, DdlIf, Deferrable, ExcludeConstraint, ForeignKeyConstraint,
    IntoDdlExpression,
};
use crate::error::Result;

/// The name of a constraint or an index.
///
/// Whatever has none is named by the [`NamingConvention`](super::NamingConvention) of its metadata
/// when it becomes a part of a table, so a later migration can drop it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ConstraintName {
    /// To be made by the naming convention.
    #[default]
    Convention,
    /// Given by the program.
    Given(Name),
    /// Made by the naming convention. A database that has no names of this length gets a shorter
    /// one, which ends in a hash of this.
    Made(Name),
}

impl ConstraintName {
    /// The name, once there is one.
    #[must_use]
    pub fn get(&self) -> Option<&Name> {
        match self {
            Self::Convention => None,
            Self::Given(name) | Self::Made(name) => Some(name),
        }
    }
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Constraint {
    /// PRIMARY KEY.
    PrimaryKey(PrimaryKey),
    /// UNIQUE.
    Unique(UniqueConstraint),
    /// FOREIGN KEY.
    ForeignKey(ForeignKeyConstraint),
    /// CHECK.
    Check(CheckConstraint),
    /// EXCLUDE.
    Exclude(ExcludeConstraint),
}

impl Constraint {
    /// Its name in the database, if it belongs to a table.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        self.constraint_name().get()
    }

    pub(super) fn constraint_name(&self) -> &ConstraintName {
        match self {
            Self::PrimaryKey(of) => of.constraint_name(),
            Self::Unique(of) => of.constraint_name(),
            Self::ForeignKey(of) => of.constraint_name(),
            Self::Check(of) => of.constraint_name(),
            Self::Exclude(of) => of.constraint_name(),
        }
    }

    pub(super) fn constraint_name_mut(&mut self) -> &mut ConstraintName {
        match self {
            Self::PrimaryKey(of) => of.constraint_name_mut(),
            Self::Unique(of) => of.constraint_name_mut(),
            Self::ForeignKey(of) => of.constraint_name_mut(),
            Self::Check(of) => of.constraint_name_mut(),
            Self::Exclude(of) => of.constraint_name_mut(),
        }
    }

    /// For which databases it is.
    #[must_use]
    pub fn condition_of_ddl(&self) -> &DdlIf {
        match self {
            Self::PrimaryKey(of) => &of.ddl_if,
            Self::Unique(of) => &of.ddl_if,
            Self::ForeignKey(of) => of.condition_of_ddl(),
            Self::Check(of) => &of.ddl_if,
            Self::Exclude(of) => &of.ddl_if,
        }
    }

    /// The columns of the table that it is about. Those of a CHECK are known only if it was made
    /// for a column.
    #[must_use]
    pub fn columns(&self) -> &[Name] {
        match self {
            Self::PrimaryKey(of) => of.columns(),
            Self::Unique(of) => of.columns(),
            Self::ForeignKey(of) => of.columns(),
            Self::Check(of) => of.columns(),
            Self::Exclude(of) => of.columns(),
        }
    }
}

macro_rules! into_constraint {
    ($($ty:ident: $variant:ident),*) => {$(
        impl From<$ty> for Constraint {
            fn from(constraint: $ty) -> Self {
                Self::$variant(constraint)
            }
        }
    )*};
}
into_constraint! {
    PrimaryKey: PrimaryKey, UniqueConstraint: Unique, ForeignKeyConstraint: ForeignKey,
    CheckConstraint: Check, ExcludeConstraint: Exclude
}

/// The columns that identify a row.
///
/// Columns that say [`primary_key`](super::Column::primary_key) make one; it is given to a table
/// apart only for a name of its own, or for another order of the columns.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a constraint does nothing until a table has it"]
pub struct PrimaryKey {
    name: ConstraintName,
    columns: Vec<Name>,
    ddl_if: DdlIf,
    on_conflict: Option<ConflictResolution>,
}

/// No two rows have the same values in these columns.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a constraint does nothing until a table has it"]
pub struct UniqueConstraint {
    name: ConstraintName,
    columns: Vec<Name>,
    deferrable: Deferrable,
    ddl_if: DdlIf,
    on_conflict: Option<ConflictResolution>,
}

/// Each row fulfils a condition.
///
/// ```
/// use aludel::sql::schema::CheckConstraint;
///
/// let check = CheckConstraint::new("price > 0").named("positive_price");
/// assert_eq!(check.condition_sql(), "price > 0");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a constraint does nothing until a table has it"]
pub struct CheckConstraint {
    name: ConstraintName,
    columns: Vec<Name>,
    condition: Condition,
    ddl_if: DdlIf,
}

/// What a row fulfils.
#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Sql(DdlExpression),
    /// The column has one of these texts.
    Labels(Vec<Name>),
}

macro_rules! named {
    ($($ty:ident),*) => {$(
        impl $ty {
            /// Names the constraint. What becomes of the name, where there is a naming convention
            /// for it, is said at [`NamingConvention`](super::NamingConvention).
            ///
            /// ```
            /// # use aludel::sql::schema::{CreateTable, UniqueConstraint};
            /// # use aludel::{Column, MetaData, Table, types};
            /// let x = Table::builder("x")
            ///     .columns([Column::new("a", types::Integer)])
            ///     .constraint(UniqueConstraint::new(["a"]).named("one_a"))
            ///     .build(&MetaData::new())?;
            /// let statement = CreateTable::new(&x);
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT one_a UNIQUE (a)\n)"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn named(self, name: impl Into<Name>) -> Self {
                Self { name: ConstraintName::Given(name.into()), ..self }
            }

            /// For which databases it is; others create the table without it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::ClauseElement;
            /// # use aludel::sql::schema::{CheckConstraint, CreateTable};
            /// # use aludel::{Column, MetaData, Table, types};
            /// let x = Table::builder("x")
            ///     .columns([Column::new("a", types::Integer)])
            ///     .constraint(
            ///         CheckConstraint::new("a > 0").named("positive").ddl_if("postgresql"),
            ///     )
            ///     .build(&MetaData::new())?;
            /// let statement = CreateTable::new(&x);
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT ck_x_positive CHECK (a > 0)\n)"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "CREATE TABLE x (\n\ta INTEGER\n)"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "CREATE TABLE x (\n\ta INTEGER\n)"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn ddl_if(self, of: impl Into<DdlIf>) -> Self {
                Self { ddl_if: of.into(), ..self }
            }

            /// Its name in the database, if it belongs to a table.
            #[must_use]
            pub fn name(&self) -> Option<&Name> {
                self.name.get()
            }

            /// Its columns.
            #[must_use]
            pub fn columns(&self) -> &[Name] {
                &self.columns
            }

            pub(super) fn constraint_name(&self) -> &ConstraintName {
                &self.name
            }

            pub(super) fn constraint_name_mut(&mut self) -> &mut ConstraintName {
                &mut self.name
            }
        }
    )*};
}
named!(PrimaryKey, UniqueConstraint, CheckConstraint, ExcludeConstraint);

impl PrimaryKey {
    /// Of these columns, in this order.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateTable, PrimaryKey};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer), Column::new("b", types::Integer)])
    ///     .constraint(PrimaryKey::new(["a", "b"]))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER NOT NULL,\n\tb INTEGER NOT NULL,\n\
    ///      \tCONSTRAINT pk_x PRIMARY KEY (a, b)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new<C: Into<Name>>(columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        let (name, ddl_if) = (ConstraintName::default(), DdlIf::default());
        Self { name, columns, ddl_if, on_conflict: None }
    }
}

macro_rules! on_conflict {
    ($($ty:ident),*) => {$(
        impl $ty {
            /// SQLite: what becomes of a row whose values there are already. Other databases have
            /// only the error.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::ClauseElement;
            /// # use aludel::sql::schema::{ConflictResolution, CreateTable, UniqueConstraint};
            /// # use aludel::{Column, MetaData, Table, types};
            /// let x = Table::builder("x")
            ///     .columns([Column::new("a", types::Integer)])
            ///     .constraint(
            ///         UniqueConstraint::new(["a"])
            ///             .sqlite_on_conflict(ConflictResolution::Replace),
            ///     )
            ///     .build(&MetaData::new())?;
            /// let statement = CreateTable::new(&x);
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT uq_x_a UNIQUE (a)\n)"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT uq_x_a UNIQUE (a)\n)"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT uq_x_a UNIQUE (a) ON CONFLICT \
            ///      REPLACE\n)"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn sqlite_on_conflict(self, resolution: ConflictResolution) -> Self {
                Self { on_conflict: Some(resolution), ..self }
            }

            pub(super) fn conflict_resolution(&self) -> Option<ConflictResolution> {
                self.on_conflict
            }
        }
    )*};
}
on_conflict!(PrimaryKey, UniqueConstraint);

impl UniqueConstraint {
    /// Of these columns together.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateTable, UniqueConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer), Column::new("b", types::Integer)])
    ///     .constraint(UniqueConstraint::new(["a", "b"]))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tb INTEGER,\n\tCONSTRAINT uq_x_a_b UNIQUE (a, b)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new<C: Into<Name>>(columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self {
            name: ConstraintName::default(),
            columns,
            deferrable: Deferrable::No,
            ddl_if: DdlIf::default(),
            on_conflict: None,
        }
    }

    /// When it is checked.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, Deferrable, UniqueConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(UniqueConstraint::new(["a"]).deferrable(Deferrable::InitiallyDeferred))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT uq_x_a UNIQUE (a) DEFERRABLE \
    ///      INITIALLY DEFERRED\n)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn deferrable(self, deferrable: Deferrable) -> Self {
        Self { deferrable, ..self }
    }

    /// When it is checked.
    #[must_use]
    pub fn deferral(&self) -> Deferrable {
        self.deferrable
    }
}

impl CheckConstraint {
    /// A condition: SQL, or an expression of the language.
    ///
    /// ```
    /// # use aludel::sql::schema::{CheckConstraint, CreateTable};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(CheckConstraint::new("a > 0").named("positive"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT ck_x_positive CHECK (a > 0)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(condition: impl IntoDdlExpression) -> Self {
        let condition = Condition::Sql(condition.into_ddl_expression());
        let name = ConstraintName::default();
        Self { name, columns: Vec::new(), condition, ddl_if: DdlIf::default() }
    }

    /// That a column has one of these texts.
    pub(super) fn of_labels(column: &Name, of: &EnumType) -> Self {
        let ddl_if = match of.is_native() {
            true => DdlIf::without(Feature::NativeEnums),
            false => DdlIf::default(),
        };
        Self {
            name: ConstraintName::default(),
            columns: vec![column.clone()],
            condition: Condition::Labels(of.labels().to_vec()),
            ddl_if,
        }
    }

    /// The same, as a constraint of one column: the naming convention may use its name.
    ///
    /// ```
    /// # use aludel::sql::schema::{CheckConstraint, CreateTable};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(CheckConstraint::new("a > 0").of_column("a").named("positive"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT ck_x_positive CHECK (a > 0)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn of_column(self, column: impl Into<Name>) -> Self {
        Self { columns: vec![column.into()], ..self }
    }

    /// The condition, as far as it does not depend on the database.
    #[must_use]
    pub fn condition_sql(&self) -> Cow<'_, str> {
        match &self.condition {
            Condition::Sql(sql) => sql.as_str().into(),
            Condition::Labels(labels) => self.labels_sql(labels, &Generic).into(),
        }
    }

    /// The condition, for a database.
    pub(super) fn condition_for(&self, dialect: &dyn SqlDialect) -> Result<String> {
        match &self.condition {
            Condition::Sql(sql) if dialect.name() == Generic.name() => Ok(sql.as_str().to_owned()),
            Condition::Sql(sql) => sql.sql_for(dialect),
            Condition::Labels(labels) => Ok(self.labels_sql(labels, dialect)),
        }
    }

    fn labels_sql(&self, labels: &[Name], dialect: &dyn SqlDialect) -> String {
        let mut sql = String::new();
        self.columns.iter().for_each(|column| dialect.quote(column, &mut sql));
        sql.push_str(" IN (");
        for (index, label) in labels.iter().enumerate() {
            sql.push_str(if index > 0 { ", " } else { "" });
            dialect.quote_text(label, &mut sql);
        }
        sql.push(')');
        sql
    }

    /// What the naming convention calls it if the program has not named it: for labels the column,
    /// else nothing.
    pub(super) fn own_name(&self) -> Option<&Name> {
        match &self.condition {
            Condition::Sql(_) => None,
            Condition::Labels(_) => self.columns.first(),
        }
    }
}
