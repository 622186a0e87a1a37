//! The tables of a program.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::super::{Mapped, Name};
use super::table::Parts;
use super::{
    CreateView, ForeignKeyConstraint, NamingConvention, Sequence, Slot, Table, TableName, listed,
};
use crate::error::{Error, ErrorKind, Result};
use crate::topological::{Cycle, Dependency, sort};

/// A collection of tables, which are made and dropped together. Cheap to clone; the clones are one
/// collection.
///
/// ```
/// use aludel::{Auto, Mapped, MetaData, create_engine};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let metadata = MetaData::new().with::<User>();
/// assert_eq!(metadata.table("users")?.columns().len(), 2);
/// create_engine("sqlite://")?.begin(|conn| metadata.create_all(conn))?;
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct MetaData(Arc<Inner>);

#[derive(Default)]
struct Inner {
    convention: NamingConvention,
    tables: Mutex<Vec<Table>>,
    sequences: Mutex<Vec<Sequence>>,
    views: Mutex<Vec<CreateView>>,
    listeners: Slot,
}

impl MetaData {
    /// An empty collection.
    ///
    /// ```
    /// use aludel::{Column, MetaData, Table, types};
    ///
    /// let metadata = MetaData::new();
    /// Table::new("t", &metadata, [Column::new("a", types::Integer)])?;
    /// assert!(metadata.contains("t"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty collection, whose tables have their constraints and indexes named in this way.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`]: a template has a token that is not known.
    ///
    /// ```
    /// use aludel::sql::schema::{CreateTable, NamingConvention};
    /// use aludel::{Column, MetaData, Table, types};
    ///
    /// let convention = NamingConvention::default().primary_key("%(table_name)s_pkey");
    /// let metadata = MetaData::with_naming_convention(convention)?;
    /// let t = Table::new("t", &metadata, [Column::new("id", types::Integer).primary_key()])?;
    /// assert!(CreateTable::new(&t).to_string().contains("CONSTRAINT t_pkey PRIMARY KEY (id)"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn with_naming_convention(convention: NamingConvention) -> Result<Self> {
        convention.check_tokens()?;
        Ok(Self(Arc::new(Inner {
            convention,
            tables: Mutex::default(),
            sequences: Mutex::default(),
            views: Mutex::default(),
            listeners: Slot::default(),
        })))
    }

    /// How constraints and indexes without a name are named.
    pub fn naming_convention(&self) -> &NamingConvention {
        &self.0.convention
    }

    /// What the engine keeps with it.
    pub(crate) fn listeners(&self) -> &Slot {
        &self.0.listeners
    }

    /// Adds the table of a mapped struct. To add it twice is to add it once.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, MetaData};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    /// }
    ///
    /// let metadata = MetaData::new().with::<User>().with::<User>();
    /// assert_eq!(metadata.tables().len(), 1);
    /// ```
    #[must_use]
    pub fn with<T: Mapped>(self) -> Self {
        let table = T::table();
        let table = if self.0.convention == NamingConvention::default() {
            table.clone()
        } else {
            Table::named_by(T::describe().into_parts(), &self.0.convention)
        };
        let mut tables = self.0.tables.lock();
        if !tables.contains(&table) {
            tables.push(table);
        }
        drop(tables);
        self
    }

    /// Adds a table that was described.
    pub(super) fn add_described(&self, parts: Parts) -> Result<Table> {
        let table = Table::named_by(parts, &self.0.convention);
        table.check()?;
        let mut tables = self.0.tables.lock();
        if tables.iter().any(|known| known.full_name() == table.full_name()) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "the metadata has a table {:?} already; use `metadata.table(…)` for it, or \
                     give the new one another name or schema",
                    table.full_name().to_string()
                ),
            ));
        }
        tables.push(table.clone());
        Ok(table)
    }

    /// The table of this name: `"users"`, or `"shop.orders"` for one in a schema.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`], with the tables there are.
    pub fn table(&self, name: impl Into<TableName>) -> Result<Table> {
        let name = name.into();
        let tables = self.0.tables.lock();
        if let Some(table) = tables.iter().find(|table| *table.full_name() == name) {
            return Ok(table.clone());
        }
        let known: Vec<_> = tables.iter().map(|table| table.full_name().to_string()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(Error::new(
            ErrorKind::Argument,
            format!("the metadata has no table {:?}; it has: {known}", name.to_string()),
        ))
    }

    /// The sequences, in the order in which they were added.
    pub fn sequences(&self) -> Vec<Sequence> {
        self.0.sequences.lock().clone()
    }

    /// Adds a sequence; to add it twice is to add it once.
    pub(super) fn add_sequence(&self, sequence: &Sequence) {
        let mut sequences = self.0.sequences.lock();
        if !sequences.contains(sequence) {
            sequences.push(sequence.clone());
        }
    }

    /// The views, in the order in which they were added.
    pub fn views(&self) -> Vec<CreateView> {
        self.0.views.lock().clone()
    }

    /// Adds a view, in place of one of this name.
    pub(super) fn add_view(&self, view: CreateView) {
        let mut views = self.0.views.lock();
        views.retain(|known| known.name() != view.name());
        views.push(view);
    }

    /// Whether there is a table of this name.
    #[must_use]
    pub fn contains(&self, name: impl Into<TableName>) -> bool {
        let name = name.into();
        self.0.tables.lock().iter().any(|table| *table.full_name() == name)
    }

    /// The tables, in the order in which they were added.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        self.0.tables.lock().clone()
    }

    /// The tables, each after those that its foreign keys name; a foreign key to its own table, or to
    /// one that is not here, or one that says [`use_alter`](super::ForeignKey::use_alter), counts for
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if two tables have one name, if a table makes no sense, if a foreign key
    /// is to a column that its table does not have, or if foreign keys go in a circle: the error names
    /// those that form it.
    pub fn sorted_tables(&self) -> Result<Vec<Table>> {
        let graph = Graph::new(self.tables())?;
        match sort(graph.tables.len(), &graph.dependencies) {
            Ok(order) => Ok(graph.in_order(&order)),
            Err(cycle) => Err(in_a_circle(&graph, &cycle)),
        }
    }

    /// The tables, each after those that its foreign keys name, and the foreign keys that cannot be a
    /// part of their table: those that say [`use_alter`](super::ForeignKey::use_alter), and one of
    /// each circle, the last. They are added by ALTER TABLE when the tables are there, and dropped
    /// before them.
    ///
    /// ```
    /// use aludel::{Column, MetaData, Table, types};
    ///
    /// let metadata = MetaData::new();
    /// let id = || Column::new("id", types::Integer).primary_key();
    /// let key = |name: &'static str, to: &'static str| {
    ///     Column::new(name, types::Integer).foreign_key(to)
    /// };
    /// Table::new("departments", &metadata, [id(), key("head", "people.id")])?;
    /// Table::new("people", &metadata, [id(), key("department", "departments.id")])?;
    /// let (tables, keys) = metadata.sorted_tables_and_constraints()?;
    /// assert_eq!(&**tables[0].name(), "people");
    /// assert_eq!(keys[0].1.name().map(|name| &**name), Some("fk_people_department_departments"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if two tables have one name, if a table makes no sense, or if a foreign
    /// key is to a column that its table does not have.
    pub fn sorted_tables_and_constraints(&self) -> Result<(Vec<Table>, Vec<KeyOfTable>)> {
        let mut graph = Graph::new(self.tables())?;
        let mut later = std::mem::take(&mut graph.altered);
        loop {
            let cycle = match sort(graph.tables.len(), &graph.dependencies) {
                Ok(order) => {
                    let tables = graph.in_order(&order);
                    let key = |(table, key): (usize, ForeignKeyConstraint)| {
                        (graph.tables[table].clone(), key)
                    };
                    return Ok((tables, later.into_iter().map(key).collect()));
                }
                Err(cycle) => cycle,
            };
            // A circle has at least one dependency.
            let Some(last) = cycle.dependencies.iter().copied().max() else {
                return Err(in_a_circle(&graph, &cycle));
            };
            let Dependency { after, .. } = graph.dependencies.remove(last);
            later.push((after, graph.keys.remove(last)));
        }
    }
}

/// A foreign key with the table that has it.
pub type KeyOfTable = (Table, ForeignKeyConstraint);

/// Tables, and the foreign keys between them.
struct Graph {
    tables: Vec<Table>,
    dependencies: Vec<Dependency>,
    /// The key of each dependency.
    keys: Vec<ForeignKeyConstraint>,
    /// Those that say that they are added later, with the numbers of their tables.
    altered: Vec<(usize, ForeignKeyConstraint)>,
}

impl Graph {
    fn new(tables: Vec<Table>) -> Result<Self> {
        let mut numbers = HashMap::with_capacity(tables.len());
        for (number, table) in tables.iter().enumerate() {
            table.check()?;
            if numbers.insert(table.full_name(), number).is_some() {
                return Err(two_tables(table));
            }
        }
        let (mut dependencies, mut keys, mut altered) = (Vec::new(), Vec::new(), Vec::new());
        for (after, table) in tables.iter().enumerate() {
            for key in table.foreign_keys() {
                let referred = numbers.get(key.referred_table());
                if let Some(&number) = referred {
                    check_referred(table, key, &tables[number])?;
                }
                match referred {
                    _ if key.uses_alter() => altered.push((after, key.clone())),
                    Some(&before) if before != after => {
                        dependencies.push(Dependency { before, after });
                        keys.push(key.clone());
                    }
                    _ => {}
                }
            }
        }
        drop(numbers);
        Ok(Self { tables, dependencies, keys, altered })
    }

    fn in_order(&self, order: &[usize]) -> Vec<Table> {
        order.iter().map(|number| self.tables[*number].clone()).collect()
    }
}

/// Refuses a key to a column that its table does not have. A table that is not here may be in the
/// database.
fn check_referred(table: &Table, key: &ForeignKeyConstraint, referred: &Table) -> Result<()> {
    let has = |name: &Name| referred.columns().iter().any(|column| column.name() == name);
    let Some(missing) = key.referred_columns().iter().find(|name| !has(name)) else {
        return Ok(());
    };
    let known: Vec<_> = referred.columns().iter().map(|column| &**column.name()).collect();
    Err(Error::new(
        ErrorKind::Argument,
        format!(
            "a foreign key of the table {:?} is to the column {:?} of {:?}, which does not have it; \
             it has: {}",
            table.full_name().to_string(),
            &**missing,
            referred.full_name().to_string(),
            known.join(", ")
        ),
    ))
}

#[cold]
fn two_tables(table: &Table) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "two tables of the metadata have the name {:?}; give one of them another name or \
             schema, or remove it",
            table.full_name().to_string()
        ),
    )
}

#[cold]
fn in_a_circle(graph: &Graph, cycle: &Cycle) -> Error {
    let shown = cycle.dependencies.iter().map(|number| {
        let (table, key) = (&graph.tables[graph.dependencies[*number].after], &graph.keys[*number]);
        format!(
            "{:?} by {} to {:?}",
            table.full_name().to_string(),
            listed(key.columns()),
            key.referred_table().to_string()
        )
    });
    Error::new(
        ErrorKind::Argument,
        format!(
            "foreign keys go in a circle: {}; say `use_alter` of one of them, or take the order of \
             `sorted_tables_and_constraints`",
            shown.collect::<Vec<_>>().join(", ")
        ),
    )
}

impl fmt::Debug for MetaData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.0.tables.lock();
        f.debug_set().entries(tables.iter().map(|table| table.full_name().to_string())).finish()
    }
}
