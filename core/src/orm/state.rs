//! How an object stands to its session and to the database.

/// How an object stands to its session and to the database.
///
/// A value that no session has (SQLAlchemy's *transient*, and *detached* after
/// [`expunge`](super::Session::expunge)) is a plain value of the struct and has no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Added, and not yet inserted.
    Pending,
    /// It has a row, as far as the session knows.
    Persistent,
    /// Its row was deleted in the transaction that is open.
    Deleted,
    /// The session has given it up: it was added in a transaction that was rolled back, or deleted in one that
    /// was committed. [`expunge`](super::Session::expunge) gives the value back.
    Detached,
}
