//! Tables under another name, and mapped structs as what is selected.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{FromClause, FromKind};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::schema::Table;
use crate::sql::{AnyColumn, ColumnSet, Expression, Mapped, Name, Selection};

/// A mapped struct as what a statement selects, and its table as what FROM names:
/// `User::entity()`.
///
/// On a connection `select(User::entity())` gives structs, as `select(User::c)` does.
pub struct Entity<T> {
    mapped: PhantomData<fn() -> T>,
}

impl<T> Entity<T> {
    pub(in crate::sql) fn new() -> Self {
        Self { mapped: PhantomData }
    }
}

impl<T> Clone for Entity<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Entity<T> {}

impl<T: Mapped> std::fmt::Debug for Entity<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Entity").field(&T::TABLE).finish()
    }
}

impl<T: Mapped> From<Entity<T>> for FromClause {
    fn from(_: Entity<T>) -> Self {
        Self::mapped::<T>(None)
    }
}

impl<T: Mapped> Selection for Entity<T> {
    type Row = T;
    type Item = T;

    fn columns(self, columns: &mut Vec<Expression>) {
        T::Columns::of(None).columns(columns);
    }
}

/// The table of a mapped struct under another name. See [`aliased`].
pub struct Aliased<T: Mapped> {
    /// Its columns, typed as those of the table are.
    pub c: T::Columns,
    alias: &'static str,
}

/// The table of a mapped struct under another name, to select from it twice.
///
/// ```
/// use aludel::{Auto, Mapped, aliased, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     boss_id: Option<i64>,
/// }
///
/// let boss = aliased::<User>("boss");
/// let pairs = select((User::c.id, boss.c.id)).where_(User::c.boss_id.eq(boss.c.id));
/// assert_eq!(
///     pairs.to_string(),
///     "SELECT users.id, boss.id FROM users, users AS boss WHERE users.boss_id = boss.id"
/// );
/// ```
#[must_use]
pub fn aliased<T: Mapped>(alias: &'static str) -> Aliased<T> {
    Aliased { c: T::Columns::of(Some(alias)), alias }
}

impl<T: Mapped> Clone for Aliased<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Mapped> Copy for Aliased<T> {}

impl<T: Mapped> std::fmt::Debug for Aliased<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Aliased").field(&T::TABLE).field(&self.alias).finish()
    }
}

impl<T: Mapped> From<Aliased<T>> for FromClause {
    fn from(aliased: Aliased<T>) -> Self {
        Self::mapped::<T>(Some(aliased.alias))
    }
}

/// Whole structs, read from the alias.
impl<T: Mapped> Selection for Aliased<T> {
    type Row = T;
    type Item = T;

    fn columns(self, columns: &mut Vec<Expression>) {
        self.c.columns(columns);
    }
}

/// A table that is described at run time, under another name: `table.alias("t2")`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Alias {
    table: Table,
    parts: Arc<AliasParts>,
}

#[derive(Debug)]
pub(in crate::sql) struct AliasParts {
    pub(super) name: Name,
    pub(super) of: FromClause,
}

impl Alias {
    pub(in crate::sql) fn new(table: &Table, name: Name) -> Self {
        let parts = AliasParts { name, of: table.into() };
        Self { table: table.clone(), parts: Arc::new(parts) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.parts.name
    }

    /// One of its columns.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchColumn`], with the columns there are.
    pub fn c(&self, name: &str) -> Result<AnyColumn> {
        let mut column = self.table.c(name)?;
        column.of = self.into();
        Ok(column)
    }
}

impl From<&Alias> for FromClause {
    fn from(alias: &Alias) -> Self {
        Self(FromKind::Alias(Arc::clone(&alias.parts)))
    }
}

impl From<Alias> for FromClause {
    fn from(alias: Alias) -> Self {
        Self(FromKind::Alias(alias.parts))
    }
}

/// What is not in a FROM object.
#[cold]
pub(super) fn no_column(of: &str, name: &str, known: &[Name]) -> Error {
    let known: Vec<&str> = known.iter().map(|name| &**name).collect();
    let known = if known.is_empty() { "none with a name".to_owned() } else { known.join(", ") };
    Error::new(ErrorKind::NoSuchColumn, format!("{of:?} has no column {name:?}; it has: {known}"))
}
