//! FOR UPDATE: rows that are locked when they are read.

use super::parts::{More, SelectParts};
use super::query::QueryParts;
use crate::error::{Error, ErrorKind};
use crate::sql::from::{FromClause, FromList};
use crate::sql::tree::Visitor;
use crate::sql::{Expression, Feature, SqlWriter};

/// How the rows of a SELECT are locked until the transaction ends:
/// [`with_lock`](super::Select::with_lock).
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::{ClauseElement, RowLock};
/// use aludel::{Auto, Mapped, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "jobs")]
/// struct Job {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
/// }
///
/// let next = select(Job::c.id).order_by(Job::c.id).limit(1);
/// let next = next.with_lock(RowLock::update().of(Job::entity()).skip_locked());
/// assert_eq!(
///     next.compile(&PostgreSql::new())?.sql(),
///     "SELECT jobs.id FROM jobs ORDER BY jobs.id LIMIT $1 FOR UPDATE OF jobs SKIP LOCKED"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a lock does nothing until a statement has it"]
pub struct RowLock {
    strength: LockStrength,
    of: Vec<FromClause>,
    wait: LockWait,
}

/// What others may not do with a row that is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum LockStrength {
    /// Lock it themselves, change it or delete it: FOR UPDATE.
    Update,
    /// The same, but they may refer to its key: FOR NO KEY UPDATE.
    NoKeyUpdate,
    /// Change it or delete it: FOR SHARE.
    Share,
    /// Change its key or delete it: FOR KEY SHARE.
    KeyShare,
}

const OF_ITS_OWN: &str = "lock the rows of the table by a statement of its own";

impl SelectParts {
    /// Writes the lock, if it has one.
    pub(super) fn write_lock(&self, more: &More, from: &FromList<'_>, to: &mut SqlWriter<'_>) {
        let Some(lock) = &more.lock else { return };
        if let Some(other) = lock.of.iter().find(|of| !from.leaves().iter().any(|leaf| leaf.is(of)))
        {
            to.fail(not_selected_from(other));
        }
        if to.dialect().locks_only_rows_of_tables() {
            if let Some(other) = lock.of.iter().find(|of| !of.has_locked_rows()) {
                let what = format!("FOR UPDATE OF what is no table ({})", other.shown_name());
                to.refuse(&what, OF_ITS_OWN);
            }
            self.check_rows(&lock.of, from, to);
        }
        lock.write(to);
    }

    /// Refuses what is no row of a table, also in a subquery, whose rows are locked too. `of` are the
    /// objects that are locked; of none, all.
    fn check_rows(&self, of: &[FromClause], from: &FromList<'_>, to: &mut SqlWriter<'_>) {
        let groups = |more: &More| !more.having.is_empty() || more.has_groups();
        let is_grouped = self.more.as_deref().is_some_and(groups);
        if is_grouped || self.columns.iter().any(Expression::has_aggregate) {
            let what = "FOR UPDATE of rows that GROUP BY, DISTINCT or an aggregate put together";
            to.refuse(what, OF_ITS_OWN);
        }
        if self.columns.iter().chain(&self.orders).any(Expression::has_window) {
            to.refuse("FOR UPDATE beside window functions", OF_ITS_OWN);
        }
        let is_locked = |leaf: &FromClause| {
            leaf.has_locked_rows() && (of.is_empty() || of.iter().any(|of| of.is(leaf)))
        };
        for leaf in from.leaves().into_iter().filter(|leaf| is_locked(leaf)) {
            match leaf.subquery() {
                Some(QueryParts::Select(inner)) => {
                    // What cannot be derived is another error.
                    if let Ok(from) = inner.list_of_from(&[]) {
                        inner.check_rows(&[], &from, to);
                    }
                }
                Some(QueryParts::Compound(_)) => {
                    to.refuse("FOR UPDATE of the rows of a set operation", OF_ITS_OWN);
                }
                Some(QueryParts::Text(_) | QueryParts::Values(_) | QueryParts::Change(_))
                | None => {}
            }
        }
        if let Some(leaf) = from.nullable_leaves().iter().find(|leaf| is_locked(leaf)) {
            let what = format!(
                "FOR UPDATE of rows that an outer join may leave out ({})",
                leaf.shown_name()
            );
            to.refuse(&what, "name the other tables by `RowLock::of`");
        }
    }
}

#[cold]
fn not_selected_from(of: &FromClause) -> Error {
    let of = of.shown_name();
    Error::new(
        ErrorKind::Compile,
        format!("FOR UPDATE is of {of}, which the statement does not select from"),
    )
}

/// What happens with a row that another transaction has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum LockWait {
    Wait,
    Nowait,
    SkipLocked,
}

impl RowLock {
    const fn new(strength: LockStrength) -> Self {
        Self { strength, of: Vec::new(), wait: LockWait::Wait }
    }

    /// Others can neither lock nor change nor delete the rows: FOR UPDATE.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, RowLock, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_lock(RowLock::update());
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a FROM t FOR UPDATE");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a FROM t FOR UPDATE");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub const fn update() -> Self {
        Self::new(LockStrength::Update)
    }

    /// As [`update`](Self::update), but others may insert rows whose foreign keys name these: FOR NO
    /// KEY UPDATE, in PostgreSQL.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, RowLock, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_lock(RowLock::no_key_update());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t FOR NO KEY UPDATE"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub const fn no_key_update() -> Self {
        Self::new(LockStrength::NoKeyUpdate)
    }

    /// Others can read and lock the rows, and neither change nor delete them: FOR SHARE.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, RowLock, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_lock(RowLock::share());
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a FROM t FOR SHARE");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a FROM t FOR SHARE");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub const fn share() -> Self {
        Self::new(LockStrength::Share)
    }

    /// Others can neither delete the rows nor change their keys: FOR KEY SHARE, in PostgreSQL.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, RowLock, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_lock(RowLock::key_share());
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a FROM t FOR KEY SHARE");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub const fn key_share() -> Self {
        Self::new(LockStrength::KeyShare)
    }

    /// Locks rows of this object alone, and not of the others that the statement selects from. Several
    /// calls name several.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, RowLock, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_lock(RowLock::update().of(&t));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t FOR UPDATE OF t"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a FROM t FOR UPDATE OF t");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn of(mut self, from: impl Into<FromClause>) -> Self {
        self.of.push(from.into());
        self
    }

    /// A row that another transaction has locked is an error at once.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, RowLock, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_lock(RowLock::update().nowait());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t FOR UPDATE NOWAIT"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a FROM t FOR UPDATE NOWAIT");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn nowait(self) -> Self {
        Self { wait: LockWait::Nowait, ..self }
    }

    /// Rows that another transaction has locked are left out.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, RowLock, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_lock(RowLock::update().skip_locked());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t FOR UPDATE SKIP LOCKED"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a FROM t FOR UPDATE SKIP LOCKED"
    /// );
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn skip_locked(self) -> Self {
        Self { wait: LockWait::SkipLocked, ..self }
    }

    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.strength as u8));
        to.number(usize::from(self.wait as u8));
        to.number(self.of.len());
        self.of.iter().for_each(|from| to.from(from));
    }

    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        to.require(match self.strength {
            LockStrength::Update => Feature::ForUpdate,
            LockStrength::Share => Feature::ForShare,
            LockStrength::NoKeyUpdate | LockStrength::KeyShare => Feature::ForKeyShare,
        });
        to.dialect().write_lock_strength(self.strength, to);
        if !self.of.is_empty() {
            to.require(Feature::LockOf);
            to.sql(" OF ");
            to.separated(", ", &self.of, |from, to| from.write_lock_name(to));
        }
        match self.wait {
            LockWait::Wait => {}
            LockWait::Nowait => {
                to.require(Feature::LockNowait);
                to.sql(" NOWAIT");
            }
            LockWait::SkipLocked => {
                to.require(Feature::LockSkipLocked);
                to.sql(" SKIP LOCKED");
            }
        }
    }
}
