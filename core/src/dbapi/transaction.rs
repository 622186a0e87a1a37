//! How a transaction is begun: isolation level, access mode, locks.

use crate::error::{Error, ErrorKind, Result};
use crate::statement::IsolationLevel;

/// Which locks a transaction of SQLite takes when it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum TransactionMode {
    /// BEGIN: none before the first statement. A transaction that reads first and writes later can
    /// then find that it may not write, and has to be run again.
    #[default]
    Deferred,
    /// BEGIN IMMEDIATE: the write lock, waiting for it if necessary.
    Immediate,
    /// BEGIN EXCLUSIVE: as immediate, and without WAL it keeps readers out too.
    Exclusive,
}

/// How one transaction is begun. What is not set is as the session has it.
///
/// A database that lacks what is set refuses it by
/// [`NotSupported`](crate::ErrorKind::NotSupported).
///
/// ```
/// use aludel_core::dbapi::{IsolationLevel, TransactionOptions};
///
/// let report = TransactionOptions::new()
///     .isolation_level(IsolationLevel::RepeatableRead)
///     .read_only(true);
/// assert_eq!(report.read_only, Some(true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[must_use]
pub struct TransactionOptions {
    /// The isolation level.
    pub isolation_level: Option<IsolationLevel>,
    /// Whether statements that write are refused.
    pub read_only: Option<bool>,
    /// Of PostgreSQL, for a transaction that is read-only and serializable: whether it waits at its
    /// beginning until it can neither fail nor make others fail.
    pub deferrable: Option<bool>,
    /// Of SQLite: the locks that it takes.
    pub mode: Option<TransactionMode>,
}

impl TransactionOptions {
    /// Nothing set.
    pub const DEFAULT: Self =
        Self { isolation_level: None, read_only: None, deferrable: None, mode: None };

    /// Nothing set.
    pub const fn new() -> Self {
        Self::DEFAULT
    }

    /// Sets the isolation level.
    pub const fn isolation_level(mut self, level: IsolationLevel) -> Self {
        self.isolation_level = Some(level);
        self
    }

    /// Sets whether statements that write are refused.
    pub const fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = Some(read_only);
        self
    }

    /// Sets whether a transaction of PostgreSQL waits until it cannot fail.
    pub const fn deferrable(mut self, deferrable: bool) -> Self {
        self.deferrable = Some(deferrable);
        self
    }

    /// Sets the locks that a transaction of SQLite takes when it begins.
    pub const fn mode(mut self, mode: TransactionMode) -> Self {
        self.mode = Some(mode);
        self
    }
}

/// Which transaction options a database has, for a driver to check what it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct TransactionSupport {
    /// The name of the database, for messages.
    pub database: &'static str,
    /// Its isolation levels, besides [`IsolationLevel::Autocommit`].
    pub levels: &'static [IsolationLevel],
    /// Whether it has [`TransactionOptions::deferrable`].
    pub deferrable: bool,
    /// Whether it has [`TransactionOptions::mode`].
    pub modes: bool,
}

impl TransactionSupport {
    /// Checks the options of a transaction.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] for what the database lacks, [`ErrorKind::Argument`] for
    /// [`IsolationLevel::Autocommit`].
    pub fn check_options(&self, options: &TransactionOptions) -> Result<()> {
        if options.deferrable.is_some() && !self.deferrable {
            return Err(self.lacks("deferrable transactions"));
        }
        if options.mode.is_some() && !self.modes {
            return Err(self.lacks("transaction modes, which are of SQLite"));
        }
        match options.isolation_level {
            Some(IsolationLevel::Autocommit) => Err(Error::new(
                ErrorKind::Argument,
                "AUTOCOMMIT is no isolation level of a transaction; set it for the session",
            )),
            Some(level) => self.check(level),
            None => Ok(()),
        }
    }

    /// Checks the isolation level of a session.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] within a transaction, [`ErrorKind::NotSupported`] for a level
    /// that the database lacks.
    pub fn check_level(&self, level: Option<IsolationLevel>, in_transaction: bool) -> Result<()> {
        if in_transaction {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "the isolation level of a session cannot be set while a transaction is open; commit \
                 it or roll it back first",
            ));
        }
        match level {
            None | Some(IsolationLevel::Autocommit) => Ok(()),
            Some(level) => self.check(level),
        }
    }

    fn check(&self, level: IsolationLevel) -> Result<()> {
        if self.levels.contains(&level) {
            return Ok(());
        }
        let levels: Vec<_> = self.levels.iter().map(|level| level.as_str()).collect();
        Err(Error::new(
            ErrorKind::NotSupported,
            format!(
                "{} has no isolation level {level}; it has {} and AUTOCOMMIT",
                self.database,
                levels.join(", ")
            ),
        ))
    }

    #[cold]
    fn lacks(&self, what: &str) -> Error {
        Error::new(ErrorKind::NotSupported, format!("{} has no {what}", self.database))
    }
}
