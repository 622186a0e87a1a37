//! CREATE TABLE and DROP TABLE.

use std::fmt;

use super::super::spelling::Generic;
use super::super::types::Type;
use super::super::{CacheKey, Compiled, Executable, Literals, Params, Spelling, Verb, Writer};
use super::{Column, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Row;

/// CREATE TABLE; see [`Table::create`].
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CreateTable(pub(super) Table);

/// DROP TABLE; see [`Table::drop`].
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropTable(pub(super) Table);

impl CreateTable {
    fn write(&self, to: &mut Writer<'_>) {
        let table = &self.0;
        to.sql("CREATE TABLE ");
        to.name(table.name());
        to.sql(" (");
        let counted = table.autoincrement();
        for (index, column) in table.columns().iter().enumerate() {
            to.sql(if index > 0 { ",\n\t" } else { "\n\t" });
            write_column(column, counted == Some(column), to);
        }
        let key: Vec<&Column> =
            table.columns().iter().filter(|column| column.primary_key).collect();
        if !key.is_empty() {
            to.sql(",\n\tPRIMARY KEY (");
            to.separated(", ", &key, |column, to| to.name(&column.name));
            to.sql(")");
        }
        for column in table.columns().iter().filter(|column| column.unique) {
            to.sql(",\n\tUNIQUE (");
            to.name(&column.name);
            to.sql(")");
        }
        for column in table.columns() {
            let Some((target, key)) = column.target() else { continue };
            to.sql(",\n\tFOREIGN KEY (");
            to.name(&column.name);
            to.sql(") REFERENCES ");
            to.name(target);
            to.sql(" (");
            to.name(key);
            to.sql(")");
        }
        to.sql("\n)");
    }
}

fn write_column(column: &Column, counted: bool, to: &mut Writer<'_>) {
    to.name(&column.name);
    to.sql(" ");
    let spelling = to.spelling();
    let ty =
        if counted { spelling.serial_type(column.ty) } else { spelling.column_type(column.ty) };
    to.sql(&ty);
    if !column.nullable {
        to.sql(" NOT NULL");
    }
}

/// Whether the database can make a key of the column.
fn measured(table: &Table, column: &Column) -> Result<()> {
    let key = column.primary_key || column.unique || column.foreign_key.is_some();
    if !key || !matches!(column.ty, Type::String | Type::LargeBinary) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Argument,
        format!(
            "the column {:?} of the table {:?} is part of a key, so this database wants to know \
             how long its values can be: give it the type Varchar(n), in a mapped struct by \
             `#[aludel(length = n)]`",
            column.name(),
            &**table.name(),
        ),
    ))
}

impl Executable for CreateTable {
    type Row = Row;

    fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
        key.mark(b'C');
        // The table itself is the rest of the structure, and it prints completely.
        key.name(&format!("{:?}", self.0).into());
    }

    fn compile(&self, spelling: &dyn Spelling, _: &Params) -> Result<Compiled> {
        self.0.check()?;
        if spelling.measures_keys() {
            self.0.columns().iter().try_for_each(|column| measured(&self.0, column))?;
        }
        let mut writer = Writer::new(spelling);
        self.write(&mut writer);
        Ok(writer.finish(Verb::Define))
    }
}

impl Executable for DropTable {
    type Row = Row;

    fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
        key.mark(b'D');
        key.name(self.0.name());
    }

    fn compile(&self, spelling: &dyn Spelling, _: &Params) -> Result<Compiled> {
        let mut writer = Writer::new(spelling);
        writer.sql("DROP TABLE ");
        writer.name(self.0.name());
        Ok(writer.finish(Verb::Define))
    }
}

impl fmt::Display for CreateTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer::new(&Generic);
        self.write(&mut writer);
        f.write_str(&writer.finish(Verb::Define).shown())
    }
}
