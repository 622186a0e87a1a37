//! CREATE TYPE and DROP TYPE of enums, where they are types of their own.

use std::fmt;

use super::super::types::{EnumType, Type};
use super::super::{
    CacheKey, ClauseElement, Executable, Feature, Literals, Params, SqlDialect, SqlWriter, Template,
};
use super::names_sql::write_name;
use super::{Table, listed};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Row;
use crate::statement::StatementKind;

/// CREATE TYPE of a native enum: PostgreSQL. [`MetaData::create_all`](super::MetaData::create_all)
/// executes it before the tables that have the type.
///
/// ```
/// use aludel::sql::schema::CreateEnumType;
/// use aludel::sql::types::EnumType;
///
/// let mood = EnumType::new("mood", ["happy", "it's sad"]).native();
/// assert_eq!(
///     CreateEnumType::new(&mood).to_string(),
///     "CREATE TYPE mood AS ENUM ('happy', 'it''s sad')"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CreateEnumType {
    of: EnumType,
}

/// DROP TYPE of a native enum.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropEnumType {
    of: EnumType,
    if_exists: bool,
}

impl CreateEnumType {
    /// Creates the type.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateEnumType;
    /// # use aludel::types;
    /// let statement = CreateEnumType::new(&types::EnumType::new("mood", ["happy", "sad"]));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TYPE mood AS ENUM ('happy', 'sad')"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(of: &EnumType) -> Self {
        Self { of: of.clone() }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::EnumTypes);
        to.sql("CREATE TYPE ");
        to.schema(None);
        write_name(self.of.name(), to)?;
        to.sql(" AS ENUM (");
        to.separated(", ", self.of.labels(), |label, to| {
            let mut quoted = String::new();
            to.dialect().quote_text(label, &mut quoted);
            to.sql(&quoted);
        });
        to.sql(")");
        Ok(())
    }
}

impl DropEnumType {
    /// Drops the type.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::DropEnumType;
    /// # use aludel::types;
    /// let statement = DropEnumType::new(&types::EnumType::new("mood", ["happy", "sad"]));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP TYPE mood");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(of: &EnumType) -> Self {
        Self { of: of.clone(), if_exists: false }
    }

    /// Does nothing if there is no such type.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::DropEnumType;
    /// # use aludel::types;
    /// let statement =
    ///     DropEnumType::new(&types::EnumType::new("mood", ["happy", "sad"])).if_exists();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP TYPE IF EXISTS mood");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_exists(self) -> Self {
        Self { if_exists: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::EnumTypes);
        to.sql("DROP TYPE ");
        to.sql(if self.if_exists { "IF EXISTS " } else { "" });
        to.schema(None);
        write_name(self.of.name(), to)
    }
}

super::definition_statements!(CreateEnumType b'6', DropEnumType b'7');

/// The native enums of the columns of tables, each once.
///
/// # Errors
///
/// [`ErrorKind::Argument`]: two of one name have other labels.
pub(crate) fn native_enums(tables: &[Table]) -> Result<Vec<EnumType>> {
    let mut all: Vec<EnumType> = Vec::new();
    for column in tables.iter().flat_map(Table::columns) {
        let Some(of) = Type::as_enum(column.column_type()).filter(|of| of.is_native()) else {
            continue;
        };
        match all.iter().find(|known| known.name() == of.name()) {
            None => all.push(of.clone()),
            Some(known) if known.labels() == of.labels() => {}
            Some(known) => {
                return Err(Error::new(
                    ErrorKind::Argument,
                    format!(
                        "two enum types have the name {:?}, one with {}, one with {}; give one of \
                         them another name",
                        &**of.name(),
                        listed(known.labels()),
                        listed(of.labels())
                    ),
                ));
            }
        }
    }
    Ok(all)
}
