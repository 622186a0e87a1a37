//! The tables of a program.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::super::Mapped;
use super::Table;
use crate::error::{Error, ErrorKind, Result};

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
/// create_engine("sqlite://")?.begin(|conn| metadata.create_all(conn))?;
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct MetaData(Arc<Mutex<Vec<Table>>>);

impl MetaData {
    /// An empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the table of a mapped struct. To add it twice is to add it once.
    #[must_use]
    pub fn with<T: Mapped>(self) -> Self {
        let table = Table::unchecked(T::TABLE.into(), T::columns());
        let mut tables = self.0.lock();
        if !tables.contains(&table) {
            tables.push(table);
        }
        drop(tables);
        self
    }

    pub(super) fn add(&self, table: Table) -> Result<()> {
        let mut tables = self.0.lock();
        if tables.iter().any(|known| known.name() == table.name()) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!("the metadata has a table {:?} already", &**table.name()),
            ));
        }
        tables.push(table);
        Ok(())
    }

    /// The tables, each behind those that its foreign keys name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if two tables have one name, if a table makes no sense, or if
    /// foreign keys go in a circle.
    pub fn sorted_tables(&self) -> Result<Vec<Table>> {
        let mut left: Vec<Table> = self.0.lock().clone();
        for (index, table) in left.iter().enumerate() {
            table.check()?;
            if left[..index].iter().any(|before| before.name() == table.name()) {
                return Err(Error::new(
                    ErrorKind::Argument,
                    format!("two tables of the metadata have the name {:?}", &**table.name()),
                ));
            }
        }
        let mut sorted = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let waits = |table: &Table| {
                let targets = table.columns().iter().filter_map(|column| column.target());
                targets.into_iter().any(|(target, _)| {
                    target != &**table.name() && left.iter().any(|other| **other.name() == *target)
                })
            };
            let Some(next) = left.iter().position(|table| !waits(table)) else {
                return Err(circle(&left));
            };
            sorted.push(left.remove(next));
        }
        Ok(sorted)
    }
}

#[cold]
fn circle(left: &[Table]) -> Error {
    let names: Vec<_> = left.iter().map(|table| &**table.name()).collect();
    Error::new(
        ErrorKind::Argument,
        format!(
            "foreign keys go in a circle, or hang on one, among the tables {}; leave one of them \
             out of the columns and add it by ALTER TABLE",
            names.join(", ")
        ),
    )
}

impl fmt::Debug for MetaData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.0.lock();
        f.debug_set().entries(tables.iter().map(Table::name)).finish()
    }
}
