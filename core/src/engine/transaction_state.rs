//! The state of a connection's transactions.
//!
//! A guard is a `&mut Connection` and a number. Numbers grow with nesting, so of two the smaller
//! is the outer one. Dropping a guard that was not ended notes its number; the next call on the
//! connection, or its return to the pool, rolls back.
//!
//! No two connections have a number in common, so that a guard ends nothing on a connection that was put in
//! the place of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::dbapi::IsolationLevel;
use crate::error::{Error, ErrorKind, Result};

/// How a transaction or a savepoint ends.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionEnd {
    Commit,
    Rollback,
}

/// How many numbers a connection has.
const NUMBERS: u64 = 1 << 32;

/// The transactions of one connection.
#[derive(Debug)]
pub(super) struct Transactions {
    /// Its numbers are above this one, which is the connection's own.
    owner: u64,
    pub(super) root: Option<Root>,
    /// The numbers of the open savepoints, the innermost last.
    pub(super) savepoints: Vec<u64>,
    /// The outermost guard that was dropped without an end.
    pub(super) dropped_guard: Option<u64>,
    pub(super) next: u64,
    /// How many times COMMIT was sent with another outcome than a sure failure.
    pub(super) commits: u64,
    /// COMMIT was sent, and its outcome reached nobody: the next rollback says so.
    pub(super) in_doubt: bool,
}

#[derive(Debug)]
pub(super) struct Root {
    pub(super) id: u64,
    /// Nothing is sent for it: each statement is committed by itself.
    pub(super) autocommit: bool,
    /// The level that it was begun at; `None` for what the database does by itself.
    pub(super) level: Option<IsolationLevel>,
    /// Why nothing but a rollback is possible.
    pub(super) broken: Option<&'static str>,
}

impl Transactions {
    pub(super) fn new() -> Self {
        static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
        let owner = CONNECTIONS.fetch_add(1, Ordering::Relaxed).wrapping_mul(NUMBERS);
        Self {
            owner,
            root: None,
            savepoints: Vec::new(),
            dropped_guard: None,
            next: owner,
            commits: 0,
            in_doubt: false,
        }
    }

    /// What distinguishes the connection from all others.
    pub(super) fn owner(&self) -> u64 {
        self.owner
    }

    /// Whether a number is that of a transaction or a savepoint of this connection.
    pub(super) fn is_own(&self, id: u64) -> bool {
        id > self.owner && id <= self.next
    }

    /// How many numbers of this connection come up to this one.
    pub(super) fn place(&self, id: u64) -> u64 {
        id.wrapping_sub(self.owner)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Notes that the guard of this number was dropped. Whatever has this number or a later one
    /// began under it: the guard was the only way to the connection. A broken transaction is not
    /// noted: it waits for an explicit rollback.
    pub(super) fn guard_dropped(&mut self, id: u64) {
        if !self.is_own(id) || self.check().is_err() {
            return;
        }
        let open = self.root.iter().map(|root| root.id).chain(self.savepoints.iter().copied());
        let first = open.filter(|open| *open >= id).min();
        self.dropped_guard = match (self.dropped_guard, first) {
            (Some(known), Some(first)) => Some(known.min(first)),
            (known, first) => known.or(first),
        };
    }

    pub(super) fn has_root(&self) -> bool {
        self.root.is_some()
    }

    /// Whether a transaction is open for which nothing is sent.
    pub(super) fn is_autocommit(&self) -> bool {
        self.root.as_ref().is_some_and(|root| root.autocommit)
    }

    /// Whether a transaction is open on the server, as far as is known.
    pub(super) fn is_sent(&self) -> bool {
        self.root.as_ref().is_some_and(|root| !root.autocommit)
    }

    pub(super) fn root_id(&self) -> Option<u64> {
        self.root.as_ref().map(|root| root.id)
    }

    pub(super) fn clear(&mut self) {
        self.root = None;
        self.savepoints.clear();
        self.dropped_guard = None;
    }

    /// Whether statements may run.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PendingRollback`] with the reason.
    #[inline]
    pub(super) fn check(&self) -> Result<()> {
        match &self.root {
            Some(Root { broken: Some(reason), .. }) => Err(pending(reason)),
            _ => Ok(()),
        }
    }

    /// Whether a transaction is open, and not broken.
    pub(super) fn is_open(&self) -> bool {
        self.root.as_ref().is_some_and(|root| root.broken.is_none())
    }

    /// Lets the open transaction wait for its rollback.
    pub(super) fn break_off(&mut self, reason: &'static str) {
        if let Some(root) = &mut self.root {
            root.broken.get_or_insert(reason);
        }
    }

    /// Lets the connection wait for a rollback, whether or not a transaction is open.
    pub(super) fn refuse(&mut self, reason: &'static str) {
        if self.root.is_none() {
            let id = self.next();
            self.root = Some(Root { id, autocommit: false, level: None, broken: None });
        }
        self.break_off(reason);
    }

    /// As [`break_off`](Self::break_off), also if the transaction has ended since the mark.
    pub(super) fn break_off_since(&mut self, mark: TransactionMark, reason: &'static str) {
        self.in_doubt |= self.commits != mark.commits;
        if mark.open || self.next != mark.last {
            self.refuse(reason);
        } else {
            self.break_off(reason);
        }
    }
}

/// How the transactions of a connection stand at one moment, for [`Connection::outcome_lost`].
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct TransactionMark {
    pub(super) open: bool,
    /// The level that was set for the connection.
    pub(super) isolation_level: Option<IsolationLevel>,
    /// The level among its execution options.
    pub(super) option_level: Option<IsolationLevel>,
    /// The number of the last one that began.
    pub(super) last: u64,
    pub(super) commits: u64,
}

#[cold]
fn pending(reason: &str) -> Error {
    Error::new(
        ErrorKind::PendingRollback,
        format!("the transaction cannot go on: {reason}; call rollback() before anything else"),
    )
}
