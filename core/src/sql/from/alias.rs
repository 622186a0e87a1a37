//! Tables under another name, and mapped structs as what is selected.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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

    fn add_columns(self, columns: &mut Vec<Expression>) {
        T::Columns::of(None).add_columns(columns);
    }

    fn required(columns: &mut Vec<bool>) {
        T::Columns::required(columns);
    }
}

/// Which alias of a mapped table a column belongs to. Each call of [`aliased`] makes another.
#[derive(Debug, Clone, Copy)]
pub struct MappedAlias {
    /// Empty if the statement finds a name for it.
    name: &'static str,
    number: u32,
}

impl MappedAlias {
    pub(in crate::sql) fn new(name: &'static str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self { name, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// One for which each statement finds a name.
    pub(crate) fn anonymous() -> Self {
        Self::new("")
    }

    /// One that is the same each time, unlike others of this name.
    pub(in crate::sql) const fn fixed(name: &'static str) -> Self {
        Self { name, number: u32::MAX }
    }

    pub(in crate::sql) fn name(self) -> &'static str {
        self.name
    }

    pub(in crate::sql) fn number(self) -> u32 {
        self.number
    }
}

impl PartialEq for MappedAlias {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && self.name == other.name
    }
}

impl Eq for MappedAlias {}

/// The table of a mapped struct under another name. See [`aliased`].
pub struct Aliased<T: Mapped> {
    /// Its columns, typed as those of the table are.
    pub c: T::Columns,
    alias: MappedAlias,
}

/// The table of a mapped struct under another name, to select from it twice.
///
/// Each call makes an alias of its own, also under a name that another has: keep it, and take its
/// columns from it.
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
    let alias = MappedAlias::new(alias);
    Aliased { c: T::Columns::of(Some(alias)), alias }
}

/// As [`aliased`], under a name that each statement finds for itself: `users_1`.
///
/// ```
/// use aludel::{Auto, Mapped, anon_aliased, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
/// }
///
/// let (one, other) = (anon_aliased::<User>(), anon_aliased::<User>());
/// assert_eq!(
///     select(one.c.id).where_(one.c.id.lt(other.c.id)).to_string(),
///     "SELECT users_1.id FROM users AS users_1, users AS users_2 WHERE users_1.id < users_2.id"
/// );
/// ```
#[must_use]
pub fn anon_aliased<T: Mapped>() -> Aliased<T> {
    aliased("")
}

impl<T: Mapped> Aliased<T> {
    /// The alias, without its type.
    pub(crate) fn mapped_alias(&self) -> MappedAlias {
        self.alias
    }
}

impl<T: Mapped> Clone for Aliased<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Mapped> Copy for Aliased<T> {}

impl<T: Mapped> std::fmt::Debug for Aliased<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Aliased").field(&T::TABLE).field(&self.alias.name).finish()
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

    fn add_columns(self, columns: &mut Vec<Expression>) {
        self.c.add_columns(columns);
    }

    fn required(columns: &mut Vec<bool>) {
        T::Columns::required(columns);
    }
}

/// A table that is described at run time, under another name: `table.alias("t2")`. Cheap to clone.
///
/// Each call of `alias` makes another, also under a name that one has already.
#[derive(Debug, Clone)]
pub struct Alias {
    table: Table,
    parts: Arc<AliasParts>,
}

#[derive(Debug)]
pub(in crate::sql) struct AliasParts {
    /// `None` if the statement finds a name for it.
    pub(super) name: Option<Name>,
    pub(super) of: FromClause,
}

impl Alias {
    pub(in crate::sql) fn new(table: &Table, name: Option<Name>) -> Self {
        let parts = AliasParts { name, of: table.into() };
        Self { table: table.clone(), parts: Arc::new(parts) }
    }

    /// Its name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        self.parts.name.as_ref()
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

    /// All of its columns, in order.
    #[must_use]
    pub fn columns(&self) -> Vec<AnyColumn> {
        let of = FromClause::from(self);
        let column = |mut column: AnyColumn| {
            column.of = of.clone();
            column
        };
        self.table.all_columns().map(column).collect()
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
pub(super) fn no_column(of: Option<&Name>, name: &str, known: &[Name]) -> Error {
    let known: Vec<&str> = known.iter().map(|name| &**name).collect();
    let known = if known.is_empty() { "none with a name".to_owned() } else { known.join(", ") };
    let of = match of {
        Some(of) => format!("{of:?}"),
        None => "the subquery".to_owned(),
    };
    Error::new(ErrorKind::NoSuchColumn, format!("{of} has no column {name:?}; it has: {known}"))
}
