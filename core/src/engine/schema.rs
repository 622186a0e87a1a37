//! Creating and dropping the tables of a [`MetaData`], each only if need be.

use std::sync::Arc;

use super::Connection;
use super::schema_events::{
    AfterCreateEvent, AfterDropEvent, BeforeCreateEvent, BeforeDropEvent, SchemaItem, fire,
};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::schema::{
    AddConstraint, CommentPlace, CreateEnumType, CreateIndex, CreateSequence, CreateTable,
    CreateView, DropConstraint, DropEnumType, DropSequence, DropTable, KeyOfTable, MetaData,
    SetComment, Table, TableName, in_order, native_enums,
};
use crate::sql::{Feature, text};

/// What is created or dropped.
struct Plan {
    /// In their order.
    tables: Vec<Table>,
    /// Foreign keys that are not a part of their tables.
    keys: Vec<KeyOfTable>,
    /// Whether there would be such keys, if the database had them.
    is_circular: bool,
}

impl MetaData {
    /// Creates the tables that do not exist, with their indexes and comments, each after those that its foreign
    /// keys name. A table that exists is left as it is. Of foreign keys that go in a circle one is
    /// added by ALTER TABLE; SQLite, which does not have that, takes a foreign key to a table that is
    /// created later. Sequences and enum types come before the tables, views after them.
    ///
    /// # Errors
    ///
    /// A table makes no sense, a view has the name of a table, or the database refuses.
    pub fn create_all(&self, connection: &mut Connection) -> Result<()> {
        let Plan { tables, keys, .. } = self.plan(connection, |exists| !exists)?;
        fire::<BeforeCreateEvent>(connection, SchemaItem::MetaData(self), &tables)?;
        for sequence in self.sequences() {
            if !connection.has_sequence(sequence.name())? {
                connection.execute(CreateSequence::new(&sequence))?;
            }
        }
        create_enum_types(connection, &tables)?;
        for table in &tables {
            let keys = keys.iter().filter(|(of, _)| of == table);
            let later: Vec<_> = keys.filter_map(|(_, key)| key.name().cloned()).collect();
            create(connection, table, CreateTable::new(table).without_foreign_keys(later))?;
        }
        for (table, key) in keys {
            connection.execute(AddConstraint::new(&table, key))?;
        }
        for view in self.views_of(connection)? {
            if view.replaces() || !connection.has_table(view.name())? {
                connection.execute(view)?;
            }
        }
        fire::<AfterCreateEvent>(connection, SchemaItem::MetaData(self), &tables)
    }

    /// Drops the tables that exist, in the opposite order: foreign keys that go in a circle first. On
    /// SQLite, where they cannot be dropped, foreign keys are checked at the end of the transaction.
    ///
    /// # Errors
    ///
    /// As [`create_all`](Self::create_all).
    pub fn drop_all(&self, connection: &mut Connection) -> Result<()> {
        let Plan { mut tables, keys, is_circular } = self.plan(connection, |exists| exists)?;
        tables.reverse();
        fire::<BeforeDropEvent>(connection, SchemaItem::MetaData(self), &tables)?;
        for view in self.views_of(connection)?.iter().rev() {
            if connection.has_table(view.name())? {
                connection.execute(view.dropped())?;
            }
        }
        for (table, key) in keys {
            connection.execute(DropConstraint::new(&table, key))?;
        }
        if is_circular && let Some(sql) = connection.engine().dialect().defer_foreign_keys_sql() {
            connection.execute(text(sql))?;
        }
        for table in &tables {
            table.drop(connection)?;
        }
        drop_enum_types(connection, &tables)?;
        for sequence in self.sequences() {
            if connection.has_sequence(sequence.name())? {
                connection.execute(DropSequence::new(&sequence))?;
            }
        }
        fire::<AfterDropEvent>(connection, SchemaItem::MetaData(self), &tables)
    }

    /// The views for this database, each after those that it reads, none of which has the name of a
    /// table.
    fn views_of(&self, connection: &Connection) -> Result<Vec<CreateView>> {
        let dialect = connection.engine().dialect();
        let mut views = self.views();
        views.retain(|view| view.condition_of_ddl().holds(dialect));
        match views.iter().find(|view| self.contains(view.name().clone())) {
            None => in_order(views, dialect),
            Some(view) => Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "the metadata has a table and a view of the name {:?}; describe what is selected \
                     from the view in metadata of its own, or without any",
                    view.name().to_string()
                ),
            )),
        }
    }

    /// The tables that exist, or those that do not.
    fn plan(&self, connection: &mut Connection, wanted: impl Fn(bool) -> bool) -> Result<Plan> {
        let (tables, mut keys) = self.sorted_tables_and_constraints()?;
        let mut chosen = Vec::with_capacity(tables.len());
        for table in tables {
            if wanted(connection.has_table(table.full_name())?) {
                chosen.push(table);
            }
        }
        let dialect = connection.engine().dialect();
        let can_alter = dialect.has(Feature::AlterConstraints);
        let is_circular = !keys.is_empty() && !can_alter;
        keys.retain(|(table, key)| {
            can_alter && chosen.contains(table) && key.condition_of_ddl().holds(dialect)
        });
        Ok(Plan { tables: chosen, keys, is_circular })
    }
}

impl Table {
    /// Creates the table, with its indexes and comments, and before it those of its enum types that
    /// do not exist.
    ///
    /// # Errors
    ///
    /// The table makes no sense, or the database refuses: the table is there already.
    pub fn create(&self, connection: &mut Connection) -> Result<()> {
        create_enum_types(connection, std::slice::from_ref(self))?;
        create(connection, self, CreateTable::new(self))
    }

    /// Drops the table, but not its enum types, which other tables may have.
    ///
    /// # Errors
    ///
    /// The database's refusal.
    pub fn drop(&self, connection: &mut Connection) -> Result<()> {
        let tables = std::slice::from_ref(self);
        fire::<BeforeDropEvent>(connection, SchemaItem::Table(self), tables)?;
        connection.execute(DropTable::new(self))?;
        fire::<AfterDropEvent>(connection, SchemaItem::Table(self), tables)
    }
}

/// Creates the native enums of the tables that do not exist, where they are types of their own.
fn create_enum_types(connection: &mut Connection, tables: &[Table]) -> Result<()> {
    for of in native_enums(tables)? {
        if has_enum_type(connection, of.name())? == Some(false) {
            connection.execute(CreateEnumType::new(&of))?;
        }
    }
    Ok(())
}

/// Drops the native enums of the tables.
fn drop_enum_types(connection: &mut Connection, tables: &[Table]) -> Result<()> {
    for of in native_enums(tables)? {
        if has_enum_type(connection, of.name())? == Some(true) {
            connection.execute(DropEnumType::new(&of))?;
        }
    }
    Ok(())
}

/// Whether the enum type exists; `None` where enums are no types of their own.
fn has_enum_type(connection: &mut Connection, name: &str) -> Result<Option<bool>> {
    let name = connection.translated(TableName::new(name.to_owned()));
    match connection.engine().dialect().has_enum_type_statement(&name) {
        None => Ok(None),
        Some(statement) => Ok(Some(connection.execute(statement)?.first()?.is_some())),
    }
}

fn create(connection: &mut Connection, table: &Table, statement: CreateTable) -> Result<()> {
    let (item, tables) = (SchemaItem::Table(table), std::slice::from_ref(table));
    fire::<BeforeCreateEvent>(connection, item, tables)?;
    connection.execute(statement)?;
    let engine = connection.engine().clone();
    let indexes = table.indexes().iter();
    for index in indexes.filter(|index| index.condition_of_ddl().holds(engine.dialect())) {
        connection.execute(CreateIndex::new(table, index))?;
    }
    if engine.dialect().comment_place() == CommentPlace::Statement {
        for comment in SetComment::all_of(table) {
            connection.execute(comment)?;
        }
    }
    fire::<AfterCreateEvent>(connection, item, tables)
}

impl Connection {
    /// The name in the schema that the options put in the place of its own.
    fn translated(&self, name: TableName) -> TableName {
        let Some(schemas) = self.0.options.get_schema_translate_map() else { return name };
        let own = TableName::new(name.name().clone());
        match schemas.translate(name.schema().map(|schema| &**schema)) {
            Some(schema) => own.in_schema(schema.to_owned()),
            None => own,
        }
    }

    /// The dialect, with the schemas that the options put in the place of others.
    pub(super) fn writing_dialect(&self) -> Arc<dyn Dialect> {
        self.engine().dialect_for(&self.0.options)
    }

    /// Whether a table or a view of this name exists: `"table"` in the current schema, or
    /// `"schema.table"`; see [`TableName`]. The schema is that of the
    /// program's tables: [`schema_translate_map`](crate::statement::ExecutionOptions::schema_translate_map) counts.
    ///
    /// # Errors
    ///
    /// The database's refusal.
    pub fn has_table(&mut self, name: impl Into<TableName>) -> Result<bool> {
        let name = self.translated(name.into());
        let statement = self.engine().dialect().has_table_statement(&name);
        Ok(self.execute(statement)?.first()?.is_some())
    }

    /// Whether a sequence of this name exists: `"sequence"` or `"schema.sequence"`. Where there are no
    /// sequences, it does not.
    ///
    /// # Errors
    ///
    /// The database's refusal.
    pub fn has_sequence(&mut self, name: impl Into<TableName>) -> Result<bool> {
        let name = self.translated(name.into());
        match self.engine().dialect().has_sequence_statement(&name) {
            None => Ok(false),
            Some(statement) => Ok(self.execute(statement)?.first()?.is_some()),
        }
    }
}
