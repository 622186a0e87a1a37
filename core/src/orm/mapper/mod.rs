//! What a mapped struct is mapped to: its table, its columns, its relationships.

mod cascade;
mod configure;
mod definition;
mod overlaps;
mod relationship;
mod version;

use std::fmt;
use std::sync::OnceLock;

pub use cascade::Cascade;
pub(in crate::orm) use definition::PassiveDeletes;
pub use definition::{Definition, Lazy, OrderOf, RelationshipKind, RelationshipOptions};
pub(in crate::orm) use relationship::{Direction, Pair, Relationship, Secondary};
pub use version::{MapperOptions, Version, VersionKind};

use super::identity::Identity;
use super::key::Class;
use super::object::Object;
use crate::error::{Error, ErrorKind, Result};
use crate::row::RawRow;
use crate::sql::schema::{Column, Table};
use crate::sql::{AnyColumn, FromClause, MappedAlias};
use crate::value::Value;

/// Reads a column of a primary key from a row, and where.
pub type KeyReader = fn(&dyn RawRow, usize) -> Result<Value>;

/// Makes an object of a row, whose columns begin at a place.
type FromCells = fn(&dyn RawRow, usize) -> Result<Box<dyn Object>>;

/// The table, or an alias of it, in FROM.
type InFrom = fn(Option<MappedAlias>) -> FromClause;

/// What a mapped struct is mapped to. There is one for each.
pub struct Mapper {
    class: Class,
    table: &'static Table,
    /// The names of the fields that are columns, in their order, which is that of the columns.
    fields: Vec<&'static str>,
    columns: Vec<AnyColumn>,
    key: &'static [usize],
    key_readers: &'static [KeyReader],
    definitions: Vec<Definition>,
    from_row: FromCells,
    options: MapperOptions,
    /// Whether it was looked for relationships that write the same columns.
    overlaps: OnceLock<()>,
    in_from: InFrom,
    relationships: OnceLock<Result<Vec<Relationship>, Misconfigured>>,
}

/// Why a mapper cannot be used. Each use fails with it.
struct Misconfigured(String);

impl Mapper {
    pub(in crate::orm) fn new(
        path: &'static str,
        table: &'static Table,
        fields: Vec<&'static str>,
        (key, key_readers): (&'static [usize], &'static [KeyReader]),
        definitions: Vec<Definition>,
        options: MapperOptions,
        (from_row, in_from): (FromCells, InFrom),
    ) -> Self {
        let columns = table.columns().iter().filter_map(|column| table.c(column.name()).ok());
        Self {
            class: Class::new(path),
            table,
            fields,
            columns: columns.collect(),
            key,
            key_readers,
            definitions,
            from_row,
            options,
            overlaps: OnceLock::new(),
            in_from,
            relationships: OnceLock::new(),
        }
    }

    pub(in crate::orm) fn class(&self) -> Class {
        self.class
    }

    /// The name of the struct.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        self.class.name()
    }

    /// Its table.
    #[must_use]
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// The names of the fields that are columns, in the order of the columns.
    pub fn fields(&self) -> &[&'static str] {
        &self.fields
    }

    /// The names of its relationships.
    pub fn relationship_names(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.definitions.iter().map(Definition::name)
    }

    pub(in crate::orm) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// How many columns it has.
    pub(in crate::orm) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The columns, for statements.
    pub(in crate::orm) fn columns(&self) -> &[AnyColumn] {
        &self.columns
    }

    /// Its table, or an alias of it, in FROM.
    pub(in crate::orm) fn from(&self, alias: Option<MappedAlias>) -> FromClause {
        (self.in_from)(alias)
    }

    /// The columns of an alias, or of what else has the same columns.
    pub(in crate::orm) fn columns_of(&self, from: &FromClause) -> Vec<AnyColumn> {
        self.columns.iter().map(|column| column.over(from)).collect()
    }

    pub(in crate::orm) fn column(&self, place: usize) -> &Column {
        &self.table.columns()[place]
    }

    /// Whether the database computes a column from others.
    pub(in crate::orm) fn is_computed(&self) -> bool {
        self.table.columns().iter().any(|column| column.computed_sql().is_some())
    }

    /// Which columns are the primary key.
    pub(in crate::orm) fn key(&self) -> &'static [usize] {
        self.key
    }

    pub(in crate::orm) fn is_key(&self, column: usize) -> bool {
        self.key.contains(&column)
    }

    /// The column that counts the changes of a row, if there is one.
    pub(in crate::orm) fn version(&self) -> Option<&Version> {
        self.options.version.as_ref()
    }

    /// Whether it is worth a warning if a DELETE finds fewer rows than there are objects.
    pub(in crate::orm) fn confirms_deleted_rows(&self) -> bool {
        self.options.confirm_deleted_rows
    }

    /// The place of a column by its name.
    pub(in crate::orm) fn place_of_column(&self, name: &str) -> Option<usize> {
        self.table.columns().iter().position(|column| **column.name() == *name)
    }

    /// The place of a column by its name, or that of its field.
    pub(in crate::orm) fn place_of(&self, name: &str) -> Option<usize> {
        let field = self.fields.iter().position(|field| *field == name);
        field.or_else(|| self.place_of_column(name))
    }

    /// The values of the primary key of an object; `None` if one of them is not known yet.
    pub(in crate::orm) fn key_of(&self, object: &dyn Object) -> Option<Vec<Value>> {
        let known = |value: &Value| *value != Value::Null || self.key.len() > 1;
        self.key.iter().map(|place| object.column(*place).filter(known)).collect()
    }

    pub(in crate::orm) fn identity_of(&self, object: &dyn Object) -> Option<Identity> {
        self.key_of(object).map(|values| Identity::of(&values))
    }

    /// Which object a row is about, whose columns begin at a place; `None` if the whole key is NULL, as
    /// where an outer join found nothing.
    pub(in crate::orm) fn identity_in(
        &self,
        row: &dyn RawRow,
        start: usize,
    ) -> Result<Option<Identity>> {
        if let ([place], [read]) = (self.key, self.key_readers) {
            return Ok(match read(row, start + place)? {
                Value::Null => None,
                value => Some(Identity::of(&[value])),
            });
        }
        let values = self.key.iter().zip(self.key_readers);
        let values: Vec<_> =
            values.map(|(place, read)| read(row, start + place)).collect::<Result<_>>()?;
        let is_null = values.iter().all(|value| *value == Value::Null);
        Ok((!is_null).then(|| Identity::of(&values)))
    }

    /// Makes an object of a row, whose columns begin at a place.
    pub(in crate::orm) fn read(&self, row: &dyn RawRow, start: usize) -> Result<Box<dyn Object>> {
        (self.from_row)(row, start)
    }

    /// The value of a column, read from another column of the same values: one that refers to it.
    pub(in crate::orm) fn read_column(
        &self,
        place: usize,
        row: &dyn RawRow,
        at: usize,
    ) -> Result<Value> {
        match self.key.iter().position(|key| *key == place) {
            Some(number) => (self.key_readers[number])(row, at),
            None => row.get(at)?.to_value(),
        }
    }

    /// Its relationships.
    ///
    /// # Errors
    ///
    /// [`Mapping`](ErrorKind::Mapping): one of them cannot be as it is declared; each time.
    pub(in crate::orm) fn relationships(&'static self) -> Result<&'static [Relationship]> {
        let relationships = self.configured()?;
        self.overlaps.get_or_init(|| overlaps::warn(self, relationships));
        Ok(relationships)
    }

    fn configured(&'static self) -> Result<&'static [Relationship]> {
        let configured = self.relationships.get_or_init(|| {
            configure::relationships(self).map_err(|error| Misconfigured(error.message().into()))
        });
        match configured {
            Ok(relationships) => Ok(relationships),
            Err(Misconfigured(message)) => Err(Error::new(ErrorKind::Mapping, message.clone())),
        }
    }

    /// One of its relationships, by its place.
    pub(in crate::orm) fn relationship(
        &'static self,
        place: usize,
    ) -> Result<&'static Relationship> {
        Ok(&self.relationships()?[place])
    }
}

impl PartialEq for Mapper {
    fn eq(&self, other: &Self) -> bool {
        self.class == other.class
    }
}

impl Eq for Mapper {}

impl fmt::Debug for Mapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mapper").field(&self.class.name()).finish()
    }
}
