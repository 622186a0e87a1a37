//! The pool's numbers at one moment.

use std::fmt;

use super::holder::Lent;

/// How many connections a pool has and what they do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Status {
    /// Handed out, being made, or being recovered after a cancelled statement.
    pub in_use: usize,
    /// Waiting for a borrower.
    pub idle: usize,
    /// Checkouts that wait for a connection.
    pub waiting: usize,
    /// The most connections there can be.
    pub limit: usize,
    /// Who has those that were handed out, the longest first. One that is being made or recovered has no
    /// holder.
    pub lent: Vec<Lent>,
}

impl Status {
    /// The numbers of two pools together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.in_use += other.in_use;
        self.idle += other.idle;
        self.waiting += other.waiting;
        self.limit = self.limit.saturating_add(other.limit);
        self.lent.extend(other.lent);
        self
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { in_use, idle, waiting, limit, .. } = self;
        if *limit == usize::MAX {
            return write!(f, "{in_use} in use, {idle} idle, {waiting} waiting, no limit");
        }
        write!(f, "{in_use} in use, {idle} idle, {waiting} waiting, limit {limit}")
    }
}
