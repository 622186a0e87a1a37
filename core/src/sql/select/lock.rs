//! FOR UPDATE: rows that are locked when they are read.

use crate::sql::from::FromClause;
use crate::sql::tree::Visitor;
use crate::sql::{Feature, SqlWriter};

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
    pub const fn update() -> Self {
        Self::new(LockStrength::Update)
    }

    /// As [`update`](Self::update), but others may insert rows whose foreign keys name these: FOR NO
    /// KEY UPDATE, in PostgreSQL.
    pub const fn no_key_update() -> Self {
        Self::new(LockStrength::NoKeyUpdate)
    }

    /// Others can read and lock the rows, and neither change nor delete them: FOR SHARE.
    pub const fn share() -> Self {
        Self::new(LockStrength::Share)
    }

    /// Others can neither delete the rows nor change their keys: FOR KEY SHARE, in PostgreSQL.
    pub const fn key_share() -> Self {
        Self::new(LockStrength::KeyShare)
    }

    /// Locks rows of this object alone, and not of the others that the statement selects from. Several
    /// calls name several.
    pub fn of(mut self, from: impl Into<FromClause>) -> Self {
        self.of.push(from.into());
        self
    }

    /// A row that another transaction has locked is an error at once.
    pub fn nowait(self) -> Self {
        Self { wait: LockWait::Nowait, ..self }
    }

    /// Rows that another transaction has locked are left out.
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
