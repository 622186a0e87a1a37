//! Constraints of tables: the primary key, what is unique, what is checked.

use std::borrow::Cow;

use super::super::compile::Generic;
use super::super::{IntoSql, Name, RawSql, SqlDialect};
use super::{Deferrable, ForeignKeyConstraint};

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
    CheckConstraint: Check
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
}

/// No two rows have the same values in these columns.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a constraint does nothing until a table has it"]
pub struct UniqueConstraint {
    name: ConstraintName,
    columns: Vec<Name>,
    deferrable: Deferrable,
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
}

/// What a row fulfils.
#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Sql(RawSql),
    /// The column has one of these texts.
    Labels(Vec<Name>),
}

macro_rules! named {
    ($($ty:ident),*) => {$(
        impl $ty {
            /// Names the constraint. What becomes of the name, where there is a naming convention
            /// for it, is said at [`NamingConvention`](super::NamingConvention).
            pub fn named(self, name: impl Into<Name>) -> Self {
                Self { name: ConstraintName::Given(name.into()), ..self }
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
named!(PrimaryKey, UniqueConstraint, CheckConstraint);

impl PrimaryKey {
    /// Of these columns, in this order.
    pub fn new<C: Into<Name>>(columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { name: ConstraintName::default(), columns }
    }
}

impl UniqueConstraint {
    /// Of these columns together.
    pub fn new<C: Into<Name>>(columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { name: ConstraintName::default(), columns, deferrable: Deferrable::No }
    }

    /// When it is checked.
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
    /// A condition in SQL.
    pub fn new(condition: impl IntoSql) -> Self {
        let condition = Condition::Sql(condition.into_sql());
        Self { name: ConstraintName::default(), columns: Vec::new(), condition }
    }

    /// That a column has one of these texts.
    pub(super) fn of_labels(column: &Name, labels: &[Name]) -> Self {
        Self {
            name: ConstraintName::default(),
            columns: vec![column.clone()],
            condition: Condition::Labels(labels.to_vec()),
        }
    }

    /// The same, as a constraint of one column: the naming convention may use its name.
    pub fn of_column(self, column: impl Into<Name>) -> Self {
        Self { columns: vec![column.into()], ..self }
    }

    /// The condition, as far as it does not depend on the database.
    #[must_use]
    pub fn condition_sql(&self) -> Cow<'_, str> {
        match &self.condition {
            Condition::Sql(sql) => sql.as_str().into(),
            Condition::Labels(_) => self.condition_for(&Generic).into(),
        }
    }

    /// The condition, for a database.
    pub(super) fn condition_for(&self, dialect: &dyn SqlDialect) -> String {
        let labels = match &self.condition {
            Condition::Sql(sql) => return sql.as_str().to_owned(),
            Condition::Labels(labels) => labels,
        };
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
