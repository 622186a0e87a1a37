//! What a statement does: the one classification that the SQL language, the engine and the drivers
//! share.

/// What a statement does, as far as its execution depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatementKind {
    /// SELECT: it returns rows, and a cursor on the server can serve it.
    Select,
    /// INSERT, UPDATE or DELETE.
    Dml,
    /// CREATE, DROP and the like: executed once, so not worth caching.
    Ddl,
    /// Text that the program wrote: any statement.
    Text,
}
