//! ALTER TABLE: adding and dropping a constraint.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, Feature, Literals, Params, SqlDialect, SqlWriter, Template,
};
use super::constraint_sql::write_constraint;
use super::names_sql::{write_constraint_name, write_table_name};
use super::{Constraint, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Row;
use crate::statement::StatementKind;

/// ALTER TABLE … ADD CONSTRAINT. SQLite does not have it.
///
/// ```
/// use aludel::sql::schema::{AddConstraint, UniqueConstraint};
/// use aludel::{Column, MetaData, Table, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let unique = UniqueConstraint::new(["a"]).named("uq_a");
/// assert_eq!(
///     AddConstraint::new(&t, unique).to_string(),
///     "ALTER TABLE t ADD CONSTRAINT uq_a UNIQUE (a)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct AddConstraint {
    table: Table,
    constraint: Constraint,
}

/// ALTER TABLE … DROP CONSTRAINT, by the name of the constraint.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropConstraint {
    table: Table,
    constraint: Constraint,
    cascade: bool,
}

impl AddConstraint {
    /// Adds a constraint to the table: one of [`Table::constraints`], or another.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{AddConstraint, CheckConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .build(&MetaData::new())?;
    /// let statement = AddConstraint::new(&x, CheckConstraint::new("a > 0").named("positive"));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "ALTER TABLE x ADD CONSTRAINT positive CHECK (a > 0)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "ALTER TABLE x ADD CONSTRAINT positive CHECK (a > 0)"
    /// );
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(table: &Table, constraint: impl Into<Constraint>) -> Self {
        Self { table: table.clone(), constraint: constraint.into() }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::AlterConstraints);
        to.sql("ALTER TABLE ");
        write_table_name(self.table.full_name(), to);
        to.sql(" ADD ");
        write_constraint(&self.table, &self.constraint, to)
    }
}

impl DropConstraint {
    /// Drops a constraint of the table: one of [`Table::constraints`], or another that has a name.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::DropConstraint;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).unique()])
    ///     .build(&MetaData::new())?;
    /// let statement =
    ///     DropConstraint::new(&x, x.unique_constraints().next().expect("one").clone());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "ALTER TABLE x DROP CONSTRAINT uq_x_a"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "ALTER TABLE x DROP INDEX uq_x_a");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(table: &Table, constraint: impl Into<Constraint>) -> Self {
        Self { table: table.clone(), constraint: constraint.into(), cascade: false }
    }

    /// Drops what depends on it too, such as the foreign keys to a unique constraint.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{DropConstraint, UniqueConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let unique = UniqueConstraint::new(["a"]).named("uq_a");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .build(&MetaData::new())?;
    /// let statement = DropConstraint::new(&x, unique).cascade();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "ALTER TABLE x DROP CONSTRAINT uq_a CASCADE"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn cascade(self) -> Self {
        Self { cascade: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::AlterConstraints);
        to.sql("ALTER TABLE ");
        write_table_name(self.table.full_name(), to);
        to.sql(" ");
        match to.dialect().drop_constraint_sql(&self.constraint) {
            None => to.sql("DROP PRIMARY KEY"),
            Some(_) if self.constraint.name().is_none() => return Err(without_name(&self.table)),
            Some(words) => {
                to.sql(words);
                write_constraint_name(self.constraint.constraint_name(), to)?;
            }
        }
        if self.cascade {
            to.require(Feature::DropCascade);
            to.sql(" CASCADE");
        }
        Ok(())
    }
}

#[cold]
fn without_name(table: &Table) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "a constraint of the table {:?} is to be dropped and has no name; use one of \
             `table.constraints()`, which have names",
            table.full_name().to_string()
        ),
    )
}

super::definition_statements!(AddConstraint b'1', DropConstraint b'2');
