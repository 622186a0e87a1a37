//! By what an upsert recognises a row that is there already.

use std::marker::PhantomData;

use super::super::{AnyColumn, Col, Condition, Dynamic, Expression, Name};
use super::columns::{ColumnNames, names};

/// What a row is recognised by as being there already: see [`IntoConflictTarget`].
#[derive(Debug, Clone)]
#[must_use = "a target does nothing until a statement has it"]
pub struct ConflictTarget<T> {
    pub(super) target: Target,
    table: PhantomData<fn() -> T>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    pub(super) columns: Vec<Name>,
    pub(super) constraint: Option<Name>,
    pub(super) condition: Option<Expression>,
}

/// The constraint of this name, as what `on_conflict_do_update` recognises a row by.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, constraint, tables_of_examples};
/// # let (t, u) = tables_of_examples()?;
/// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5)));
/// let statement = new.on_conflict_do_update(constraint("pk_t"), t.c("a")?.set(6));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT pk_t DO UPDATE SET a = \
///      $3"
/// );
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn constraint<T>(name: impl Into<Name>) -> ConflictTarget<T> {
    let target = Target { constraint: Some(name.into()), ..Target::default() };
    ConflictTarget { target, table: PhantomData }
}

impl<T> ConflictTarget<T> {
    /// The columns of a unique index or constraint, or the primary key.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, ConflictTarget, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5)));
    /// let target = ConflictTarget::index(t.c("id")?);
    /// let statement = new.on_conflict_do_nothing(target);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn index(columns: impl ColumnNames<T>) -> Self {
        let target = Target { columns: names(columns), ..Target::default() };
        Self { target, table: PhantomData }
    }

    /// The condition of the index, if it is one over some rows only. The database must see that the
    /// index has the same condition, so give it without values: `User::c.active`,
    /// `User::c.ended_at.is_null()`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, ConflictTarget, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5)));
    /// let target = ConflictTarget::index(t.c("a")?).where_(t.c("b")?.is_null());
    /// let statement = new.on_conflict_do_nothing(target);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT (a) WHERE b IS NULL DO NOTHING"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?1, ?2) ON CONFLICT (a) WHERE b IS NULL DO NOTHING"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn where_(mut self, condition: impl Condition) -> Self {
        self.target.condition = Some(condition.condition());
        self
    }
}

/// What `on_conflict_do_nothing` and `on_conflict_do_update` take: columns, a [`constraint`], or
/// `()` for any.
pub trait IntoConflictTarget<T> {
    /// As a target.
    fn into_target(self) -> ConflictTarget<T>;
}

impl<T> IntoConflictTarget<T> for ConflictTarget<T> {
    fn into_target(self) -> Self {
        self
    }
}

macro_rules! of_columns {
    ([$($generics:tt)*] $table:ty, $columns:ty) => {
        impl<$($generics)*> IntoConflictTarget<$table> for $columns {
            fn into_target(self) -> ConflictTarget<$table> {
                ConflictTarget::index(self)
            }
        }
    };
}
of_columns!([T] T, ());
of_columns!([T, V] T, Col<T, V>);
of_columns!([] Dynamic, AnyColumn);
of_columns!([T, C: ColumnNames<T>] T, Vec<C>);
of_columns!([T, C: ColumnNames<T>, const N: usize] T, [C; N]);

macro_rules! of_tuples {
    ($($one:ident $at:tt),+) => {
        of_columns!([T, $($one: ColumnNames<T>),+] T, ($($one,)+));
    };
}
tuples!(of_tuples);
