//! How names stand in definitions.

use super::super::{Name, SqlDialect, SqlWriter};
use super::naming::shortened;
use super::{ConstraintName, TableName};
use crate::error::{Error, ErrorKind, Result};

/// Writes a name that the program gave.
pub(super) fn write_name(name: &str, to: &mut SqlWriter<'_>) -> Result<()> {
    check_length(name, to.dialect())?;
    to.name(name);
    Ok(())
}

pub(super) fn check_length(name: &str, dialect: &dyn SqlDialect) -> Result<()> {
    is_within(name, dialect.longest_name(), dialect)
}

/// Checks that a name that a statement gives is one that the database does not cut.
///
/// # Errors
///
/// [`ErrorKind::Compile`]: it is longer.
pub(in crate::sql) fn check_alias(name: &str, dialect: &dyn SqlDialect) -> Result<()> {
    is_within(name, dialect.longest_alias(), dialect)
}

fn is_within(name: &str, most: usize, dialect: &dyn SqlDialect) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(
            ErrorKind::Compile,
            "a name is empty; give the table, the column, the label or the alias one",
        ));
    }
    if name.len() <= most || dialect.name_length(name) <= most {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Compile,
        format!("the name {name:?} is longer than the {most} that this database has; shorten it"),
    ))
}

/// Writes the name of a constraint or an index: one that was made may be cut.
pub(super) fn write_constraint_name(name: &ConstraintName, to: &mut SqlWriter<'_>) -> Result<()> {
    match name {
        ConstraintName::Convention => Ok(()),
        ConstraintName::Given(name) => write_name(name, to),
        ConstraintName::Made(name) => {
            let dialect = to.dialect();
            let most = dialect.longest_name();
            to.name(&shortened(name, most, |name| dialect.name_length(name)));
            Ok(())
        }
    }
}

pub(super) fn write_table_name(name: &TableName, to: &mut SqlWriter<'_>) {
    to.table_name(name.schema().map(|schema| &**schema), name.name());
}

pub(super) fn write_columns(columns: &[Name], to: &mut SqlWriter<'_>) {
    to.sql("(");
    to.separated(", ", columns, |column, to| to.name(column));
    to.sql(")");
}
