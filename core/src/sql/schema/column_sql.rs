//! The SQL of a column in CREATE TABLE.

use super::super::types::{BigInteger, Type, TypeKind};
use super::super::{Feature, SqlWriter};
use super::names_sql::{write_constraint_name, write_name};
use super::{Column, CommentPlace, Generated, Table};
use crate::error::{Error, ErrorKind, Result};

/// Writes a comment, if CREATE TABLE has it.
pub(super) fn write_comment(text: &str, to: &mut SqlWriter<'_>) {
    if to.dialect().comment_place() == CommentPlace::CreateTable {
        let mut quoted = String::new();
        to.dialect().quote_text(text, &mut quoted);
        to.sql(" COMMENT ");
        to.sql(&quoted);
    }
}

/// Writes the definition of a column.
pub(super) fn write_column(table: &Table, column: &Column, to: &mut SqlWriter<'_>) -> Result<()> {
    let dialect = to.dialect();
    write_name(column.name(), to)?;
    to.sql(" ");
    let ty = column.column_type();
    let counted = table.autoincrement_column().is_some_and(|one| one.name() == column.name());
    let identity = match column.generated() {
        Some(Generated::Identity(identity)) => Some((identity, dialect.identity_sql(identity))),
        _ => None,
    };
    match &identity {
        Some((_, Some(identity))) => {
            // What it counts ends where integers with a sign end.
            let unsigned = ty.kind() == TypeKind::UnsignedBigInteger;
            to.sql(&dialect.type_sql(if unsigned { &BigInteger } else { ty })?);
            to.sql(identity);
        }
        Some((_, None)) if !counted => {
            return Err(Error::new(
                ErrorKind::Compile,
                "this database counts only an integer that is the whole primary key; make the \
                 identity column that, or set its values",
            ));
        }
        _ if counted => to.sql(&dialect.autoincrement_sql(ty)?),
        _ => to.sql(&dialect.column_type_sql(ty, table.options())?),
    }
    if let Type::String { collation: Some(collation), .. }
    | Type::Text { collation: Some(collation) } = ty
    {
        to.sql(" COLLATE ");
        to.name(collation);
    }
    if let Some(collation) = dialect.column_collation(ty) {
        to.sql(" COLLATE ");
        to.sql(collation);
    }
    let mut not_null = !column.is_nullable();
    match column.generated() {
        Some(Generated::Default(expression)) => {
            to.sql(" DEFAULT (");
            expression.write(to)?;
            to.sql(")");
        }
        Some(Generated::Computed(computed)) => {
            to.sql(" GENERATED ALWAYS AS (");
            computed.expression.write(to)?;
            to.sql(if computed.persisted { ") STORED" } else { ") VIRTUAL" });
            if !computed.persisted {
                to.require(Feature::VirtualColumns);
            }
            not_null &= dialect.has_not_null_computed();
        }
        _ => {}
    }
    let has_conflict_clauses = dialect.has_conflict_clauses();
    if not_null {
        to.sql(" NOT NULL");
        let conflict = column.conflict_of_not_null().filter(|_| has_conflict_clauses);
        to.sql(conflict.map_or("", |resolution| resolution.conflict_sql()));
    }
    if has_conflict_clauses && counted && table.options().sqlite_autoincrement {
        write_counted_key(table, to)?;
    }
    if let Some(text) = column.comment_text() {
        write_comment(text, to);
    }
    Ok(())
}

/// SQLite has AUTOINCREMENT only behind the column.
fn write_counted_key(table: &Table, to: &mut SqlWriter<'_>) -> Result<()> {
    let Some(key) = table.primary_key() else { return Ok(()) };
    if key.name().is_some() {
        to.sql(" CONSTRAINT ");
        write_constraint_name(key.constraint_name(), to)?;
    }
    to.sql(" PRIMARY KEY");
    to.sql(key.conflict_resolution().map_or("", |resolution| resolution.conflict_sql()));
    to.sql(" AUTOINCREMENT");
    Ok(())
}
