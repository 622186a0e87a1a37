//! What an owner can lend to its calls, and what it must know for that. Today that is the synchronous
//! connection.

use std::fmt;

use aludel_core::Connection;
use aludel_core::engine::{DroppedTransaction, TransactionMark};

/// A synchronous object that calls of the facade use one after the other, each on its own stack.
pub(crate) trait Lend: fmt::Debug + Send + 'static {
    /// How its transactions stood when a call began.
    type Mark: fmt::Debug + Copy + Send;

    /// How its transactions stand.
    fn mark(&self) -> Self::Mark;

    /// The outcome of the call that began at `since` reached nobody: a transaction that was open at
    /// any time during the call must be rolled back before anything else.
    fn outcome_lost(&mut self, since: Self::Mark);

    /// What it parts with when a guard was dropped, and what is to be dropped where nothing is locked.
    type Parted: Send + 'static;

    /// The guard of a transaction was dropped: it is rolled back at the next use, unless the object
    /// [parts](Self::part_with_dropped) with it.
    fn guard_dropped(&mut self, id: u64);

    /// Parts with what others wait for and no guard keeps.
    fn part_with_dropped(&mut self) -> Option<Self::Parted>;

    /// A call panicked: nothing is known of what the code was in the middle of.
    fn panicked(&mut self);
}

impl Lend for Connection {
    type Mark = TransactionMark;
    type Parted = DroppedTransaction;

    fn mark(&self) -> TransactionMark {
        self.transaction_mark()
    }

    fn outcome_lost(&mut self, since: TransactionMark) {
        Self::outcome_lost(self, since);
    }

    fn guard_dropped(&mut self, id: u64) {
        self.guard_dropped(id);
    }

    fn part_with_dropped(&mut self) -> Option<DroppedTransaction> {
        Self::part_with_dropped(self)
    }

    fn panicked(&mut self) {
        self.interrupted();
    }
}
