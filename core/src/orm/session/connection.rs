//! The connections of a session's transaction.

use crate::engine::{Connection, Engine, TransactionEnd};
use crate::error::{Error, ErrorKind, Result};

/// The connections of a transaction, and how far each has come.
pub(in crate::orm) struct Connections {
    engine: Engine,
    open: Vec<Open>,
    /// How deep transactions and savepoints are nested; 0: none is begun.
    depth: u32,
}

/// A connection with an open transaction.
struct Open {
    connection: Connection,
    /// Its savepoints, which are fewer than the session's where no statement has needed them.
    savepoints: Vec<u64>,
}

impl Connections {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, open: Vec::new(), depth: 0 }
    }

    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    pub(super) fn set_depth(&mut self, depth: u32) {
        self.depth = depth;
    }

    /// The connection for a statement; it begins what the session has begun.
    pub(in crate::orm) fn connection(&mut self) -> Result<&mut Connection> {
        self.depth = self.depth.max(1);
        if self.open.is_empty() {
            let connection = self.engine.connect()?;
            self.open.push(Open { connection, savepoints: Vec::new() });
        }
        let Some(Open { connection, savepoints }) = self.open.last_mut() else {
            return Err(Error::new(ErrorKind::Internal, "a session has lost its connection"));
        };
        while savepoints.len() + 1 < self.depth as usize {
            savepoints.push(connection.begin_savepoint()?);
        }
        Ok(connection)
    }

    /// Commits all of them, and gives them back.
    pub(super) fn commit(&mut self) -> Result<()> {
        for open in &mut self.open {
            open.connection.commit()?;
        }
        self.depth = 0;
        for open in self.open.drain(..) {
            open.connection.close()?;
        }
        Ok(())
    }

    /// Rolls all of them back, and gives them back.
    pub(super) fn roll_back(&mut self) -> Result<()> {
        self.depth = 0;
        let mut ended = Ok(());
        for mut open in self.open.drain(..) {
            let this = open.connection.rollback();
            ended = ended.and(this);
        }
        ended
    }

    /// Ends the innermost savepoint, where it was sent.
    pub(super) fn end_savepoint(&mut self, end: TransactionEnd) -> Result<()> {
        let depth = self.depth as usize;
        self.depth -= 1;
        let mut ended = Ok(());
        for Open { connection, savepoints } in &mut self.open {
            if savepoints.len() + 1 == depth
                && let Some(id) = savepoints.pop()
            {
                let this = connection.end(id, end);
                ended = ended.and(this);
            }
        }
        ended
    }
}

impl Connections {
    /// Undoes in the database what the innermost transaction or savepoint did, which is not over yet for the session.
    pub(super) fn abort(&mut self) -> Result<()> {
        let depth = self.depth;
        let ended =
            if depth > 1 { self.end_savepoint(TransactionEnd::Rollback) } else { self.roll_back() };
        self.depth = depth;
        ended
    }
}
