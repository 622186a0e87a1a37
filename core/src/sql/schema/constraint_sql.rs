//! The SQL of constraints.

use super::super::{Feature, SqlWriter};
use super::names_sql::{write_columns, write_constraint_name, write_table_name};
use super::{
    ConflictResolution, Constraint, ExcludeConstraint, ForeignKeyConstraint, Table, TableName,
    listed,
};
use crate::error::{Error, ErrorKind, Result};

/// Writes a constraint with its name.
pub(super) fn write_constraint(
    table: &Table,
    constraint: &Constraint,
    to: &mut SqlWriter<'_>,
) -> Result<()> {
    to.dialect().check_constraint(constraint)?;
    let name = constraint.constraint_name();
    if name.get().is_some() {
        to.sql("CONSTRAINT ");
        write_constraint_name(name, to)?;
        to.sql(" ");
    }
    match constraint {
        Constraint::PrimaryKey(key) => {
            to.sql("PRIMARY KEY ");
            write_columns(key.columns(), to);
            write_conflict(key.conflict_resolution(), to);
        }
        Constraint::Unique(unique) => {
            to.sql("UNIQUE ");
            write_columns(unique.columns(), to);
            write_conflict(unique.conflict_resolution(), to);
            to.sql(unique.deferral().deferrable_sql());
        }
        Constraint::Check(check) => {
            to.sql("CHECK (");
            to.sql(&check.condition_for(to.dialect())?);
            to.sql(")");
        }
        Constraint::Exclude(exclude) => write_exclude(exclude, to)?,
        Constraint::ForeignKey(key) => write_foreign_key(table, key, to)?,
    }
    Ok(())
}

fn write_conflict(resolution: Option<ConflictResolution>, to: &mut SqlWriter<'_>) {
    if to.dialect().has_conflict_clauses() {
        to.sql(resolution.map_or("", ConflictResolution::conflict_sql));
    }
}

fn write_exclude(exclude: &ExcludeConstraint, to: &mut SqlWriter<'_>) -> Result<()> {
    to.require(Feature::ExclusionConstraints);
    to.sql("EXCLUDE USING ");
    to.sql(exclude.method.as_str());
    for (index, (of, operator)) in exclude.elements.iter().enumerate() {
        to.sql(if index > 0 { ", " } else { " (" });
        of.write(to)?;
        to.sql(" WITH ");
        to.sql(operator.as_str());
    }
    to.sql(")");
    if let Some(condition) = &exclude.condition {
        to.sql(" WHERE (");
        condition.write(to)?;
        to.sql(")");
    }
    to.sql(exclude.deferrable.deferrable_sql());
    Ok(())
}

fn write_foreign_key(
    table: &Table,
    key: &ForeignKeyConstraint,
    to: &mut SqlWriter<'_>,
) -> Result<()> {
    let dialect = to.dialect();
    to.sql("FOREIGN KEY ");
    write_columns(key.columns(), to);
    to.sql(" REFERENCES ");
    let referred = key.referred_table();
    let schema = |name: &TableName| {
        let schema = dialect.translated(name.schema().map(|schema| &**schema));
        schema.map(str::to_owned)
    };
    if dialect.references_schemas() {
        write_table_name(referred, to);
    } else if schema(referred) == schema(table.full_name()) {
        to.name(referred.name());
    } else {
        return Err(Error::new(
            ErrorKind::Compile,
            format!(
                "the foreign key of {} goes to {:?}, and this database has foreign keys within one \
                 schema only; put both tables into one",
                listed(key.columns()),
                referred.to_string()
            ),
        ));
    }
    to.sql(" ");
    write_columns(key.referred_columns(), to);
    for (event, action) in [("DELETE", key.delete_action()), ("UPDATE", key.update_action())] {
        if let Some(action) = action {
            to.sql(" ON ");
            to.sql(event);
            to.sql(" ");
            to.sql(action.action_sql());
        }
    }
    to.sql(key.deferral().deferrable_sql());
    Ok(())
}
