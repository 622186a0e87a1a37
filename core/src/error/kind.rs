//! The kinds of error, with their codes.

/// What sort of mistake an [`Error`](super::Error) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is invalid: a malformed URL, an impossible pool size, a bind without a value.
    Argument,
    /// A sync engine on a blocking driver was used inside an async context.
    BlockingInAsync,
    /// The future that waited for this work was dropped.
    Cancelled,
    /// The rows of a flush need each other in a circle.
    CircularDependency,
    /// COMMIT was sent, and its answer was lost or left it open: the server may or may not have committed.
    CommitUnknown,
    /// A statement cannot be written down for this database.
    Compile,
    /// The database found a value impossible: out of range, malformed, too long.
    Data,
    /// A value from the database does not fit the Rust type that it is read as.
    Decode,
    /// The key is that of an object which its session no longer has.
    Detached,
    /// What a flush is asked for cannot be written.
    Flush,
    /// The key is that of an object of another session.
    ForeignRef,
    /// A constraint was violated.
    Integrity,
    /// The driver misbehaved, or the server broke the protocol.
    Interface,
    /// The database reports an error of its own or of a program in it, or Aludel met a state that it
    /// holds to be impossible.
    Internal,
    /// A method was called in a state in which it means nothing.
    InvalidRequest,
    /// A struct is mapped in a way that cannot be.
    Mapping,
    /// Something had to wait outside a greenlet.
    MissingGreenlet,
    /// `one()` found more than one row.
    MultipleResultsFound,
    /// `one()` found no row.
    NoResultFound,
    /// A row has no such column.
    NoSuchColumn,
    /// An object is expired and must be loaded before it is read.
    NotLoaded,
    /// The database, the driver or Aludel cannot do this.
    NotSupported,
    /// The row of an object is gone.
    ObjectDeleted,
    /// Beyond the program's control: connection refused or lost, out of disk, locks, shutdown.
    Operational,
    /// The transaction is broken and waits for `rollback()`.
    PendingRollback,
    /// The statement is wrong: syntax, unknown table, unknown column.
    Programming,
    /// The object was closed.
    ResourceClosed,
    /// A limit was reached: stacks, parameters.
    ResourceExhausted,
    /// Rows are gone or changed that were to be changed.
    StaleData,
    /// The pool had no connection in time.
    Timeout,
    /// COMMIT was answered by a rollback, because a statement had failed before or a conflict was lost.
    TransactionAborted,
}

impl ErrorKind {
    /// Whether the names that a server reports with an error of this kind are those of the schema.
    /// With others they can come from the statement, and so from a value.
    pub(super) fn names_the_schema(self) -> bool {
        matches!(self, Self::Integrity | Self::Data)
    }

    /// The stable code of the kind.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::BlockingInAsync => "blocking-in-async",
            Self::Cancelled => "cancelled",
            Self::CircularDependency => "circular-dependency",
            Self::CommitUnknown => "commit-unknown",
            Self::Compile => "compile",
            Self::Data => "data",
            Self::Decode => "decode",
            Self::Detached => "detached",
            Self::Flush => "flush",
            Self::ForeignRef => "foreign-ref",
            Self::Integrity => "integrity",
            Self::Interface => "interface",
            Self::Internal => "internal",
            Self::InvalidRequest => "invalid-request",
            Self::Mapping => "mapping",
            Self::MissingGreenlet => "missing-greenlet",
            Self::MultipleResultsFound => "multiple-results-found",
            Self::NoResultFound => "no-result-found",
            Self::NoSuchColumn => "no-such-column",
            Self::NotLoaded => "not-loaded",
            Self::NotSupported => "not-supported",
            Self::ObjectDeleted => "object-deleted",
            Self::Operational => "operational",
            Self::PendingRollback => "pending-rollback",
            Self::Programming => "programming",
            Self::ResourceClosed => "resource-closed",
            Self::ResourceExhausted => "resource-exhausted",
            Self::StaleData => "stale-data",
            Self::Timeout => "timeout",
            Self::TransactionAborted => "transaction-aborted",
        }
    }
}

/// The kinds of constraint whose violations are distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Constraint {
    /// A check constraint.
    Check,
    /// A foreign key.
    ForeignKey,
    /// A column that may not be null.
    NotNull,
    /// A unique constraint or a primary key.
    Unique,
}
