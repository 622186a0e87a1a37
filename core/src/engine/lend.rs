//! A connection that is lent to code of the program's, and is there afterwards.

use super::Connection;
use crate::error::{Error, ErrorKind, Result};

impl Connection {
    /// What distinguishes it from all others, wherever it is moved to.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.transactions.owner()
    }

    /// Lends itself to code of the program's: a listener, or a closure between `begin` and `commit`. If that has
    /// put another connection in its place, the caller would go on with the transaction of that one, and call
    /// it its own.
    ///
    /// # Errors
    ///
    /// The code's, and [`ErrorKind::InvalidRequest`] if another connection is in its place, which then waits for
    /// `rollback()`.
    #[doc(hidden)]
    #[inline]
    pub fn lend<T, E: From<Error>>(
        &mut self,
        code: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let number = self.number();
        let outcome = code(self);
        if self.number() == number { outcome } else { Err(self.refuse_in_place().into()) }
    }

    #[cold]
    fn refuse_in_place(&mut self) -> Error {
        self.0.transactions.refuse("it was put in the place of another connection that was lent");
        replaced()
    }
}

/// The error for another connection in the place of the one that was lent.
#[doc(hidden)]
#[cold]
#[must_use]
pub fn replaced() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the code that the connection was lent to has put another one in its place (mem::replace, mem::swap or \
         an assignment), whose transaction is not the caller's; use a connection of your own beside it",
    )
}
