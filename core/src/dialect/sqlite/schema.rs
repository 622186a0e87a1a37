//! The types of SQLite, and what it accepts in definitions of tables.

use std::borrow::Cow;

use super::Sqlite;
use crate::error::Result;
use crate::sql::schema::{
    Constraint, Deferrable, IndexOwner, SchemaDialect, Table, TableOptions, check_precision,
    no_such_constraint, no_such_type, no_user_defined, standard_type_sql,
};
use crate::sql::types::{Type, TypeKind};

/// The class of values that a column of a type keeps.
fn strict(word: &str) -> &'static str {
    let word = word.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    if has(&["INT", "BOOL"]) {
        "INTEGER"
    } else if has(&["CHAR", "CLOB", "TEXT", "DATE", "TIME"]) {
        "TEXT"
    } else if has(&["BLOB", "BINARY"]) {
        "BLOB"
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        "REAL"
    } else {
        "ANY"
    }
}

impl SchemaDialect for Sqlite {
    /// The word decides how SQLite keeps a value: a NUMERIC column keeps text that reads as a number
    /// as a floating-point number, with the digits that this has. So exact numbers, UUIDs and JSON
    /// are in columns for text.
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        check_precision("SQLite", ty)?;
        Ok(match ty {
            Type::Numeric { .. } | Type::Json { .. } => "TEXT".into(),
            Type::Uuid => "CHAR(36)".into(),
            Type::Time { .. } => "TIME".into(),
            Type::DateTime { .. } => "DATETIME".into(),
            Type::LargeBinary { .. } => "BLOB".into(),
            // A number of microseconds.
            Type::UnsignedBigInteger | Type::Interval { .. } => "BIGINT".into(),
            Type::Bit { .. } => "TEXT".into(),
            Type::Array(_) => {
                return Err(no_such_type("SQLite", ty, "use Json, or a table of its own"));
            }
            Type::Set(_) => {
                return Err(no_such_type("SQLite", ty, "use Json, or a table of its own"));
            }
            Type::Native(of) => of.type_sql("sqlite")?.into(),
            Type::Domain(_) | Type::Composite(_) => return Err(no_user_defined("SQLite", ty)),
            Type::Variant(_) => return self.type_sql(ty.in_dialect("sqlite")),
            Type::Custom(of) => match of.type_sql("sqlite") {
                Some(sql) => sql,
                None => self.type_sql(of.base())?,
            },
            other => standard_type_sql(other),
        })
    }

    /// A STRICT table has no other words than those of the classes in which SQLite keeps values.
    fn column_type_sql(&self, ty: &Type, options: &TableOptions) -> Result<Cow<'static, str>> {
        let word = self.type_sql(ty)?;
        Ok(if options.sqlite_strict { strict(&word).into() } else { word })
    }

    /// Only a key of exactly this type is counted.
    fn autoincrement_sql(&self, _: &Type) -> Result<Cow<'static, str>> {
        Ok("INTEGER".into())
    }

    /// Keys, indexes and what the program writes as text go by their values then, too.
    fn column_collation(&self, ty: &Type) -> Option<&'static str> {
        (ty.in_dialect("sqlite").kind() == TypeKind::Numeric).then_some("decimal")
    }

    fn has_conflict_clauses(&self) -> bool {
        true
    }

    fn defer_foreign_keys_sql(&self) -> Option<&'static str> {
        Some("PRAGMA defer_foreign_keys = ON")
    }

    fn write_table_options(&self, table: &Table, to: &mut String) {
        let options = table.options();
        to.push_str(match (options.sqlite_without_rowid, options.sqlite_strict) {
            (false, false) => "",
            (true, false) => " WITHOUT ROWID",
            (false, true) => " STRICT",
            (true, true) => " WITHOUT ROWID, STRICT",
        });
    }

    fn index_owner(&self) -> IndexOwner {
        IndexOwner::OwnSchema
    }

    fn references_schemas(&self) -> bool {
        false
    }

    fn check_constraint(&self, constraint: &Constraint) -> Result<()> {
        match constraint {
            Constraint::Unique(unique) if unique.deferral() != Deferrable::No => {
                let why = "SQLite defers foreign keys only; remove `deferrable`";
                Err(no_such_constraint(constraint, why))
            }
            _ => Ok(()),
        }
    }
}
