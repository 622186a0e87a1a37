//! The connections of a session's transaction.

use super::binds::{BindRequest, Binds};
use super::events::Heard;
use crate::dbapi::ExecutionOptions;
use crate::engine::{Connection, Engine, TransactionEnd};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::mapper::Mapper;
use crate::sql::ClauseElement;

/// What the transaction of a session is to that of the connection that the session was given, if that had one open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum JoinMode {
    /// A savepoint if the connection is in one, and otherwise as [`RollbackOnly`](Self::RollbackOnly).
    #[default]
    ConditionalSavepoint,
    /// The session's commit leaves the connection's transaction open; its rollback rolls that back.
    RollbackOnly,
    /// The session's commit and rollback are those of the connection.
    ControlFully,
    /// The session works in a savepoint, which its commit releases: the connection's transaction is never ended.
    CreateSavepoint,
}

/// The connections of a transaction, and how far each has come.
pub(in crate::orm) struct Connections {
    source: Source,
    pub(super) binds: Binds,
    pub(super) heard: Option<Heard>,
    /// What the connections are given.
    pub(super) execution_options: Option<ExecutionOptions>,
    open: Vec<Open>,
    /// How deep transactions and savepoints are nested; 0: none is begun.
    depth: u32,
    /// Whether something was written since the session was made or closed.
    has_written: bool,
    /// How often a connection was asked for.
    uses: u64,
    /// Whether the transaction that is open was given up, and another one begins behind it.
    abandoned: bool,
}

/// Where connections come from.
enum Source {
    Engine(Engine),
    /// The one that the session was given, unless it is open.
    Given(Option<Connection>, JoinMode),
    /// That of a session which stands in the place of one that is lent.
    Nowhere,
}

/// A connection with an open transaction.
struct Open {
    connection: Connection,
    /// What was begun when the session got it.
    root: Root,
    /// Its savepoints, which are fewer than the session's where no statement has needed them.
    savepoints: Vec<u64>,
    /// Those whose guards were dropped where nothing could be sent, the innermost first.
    abandoned: Vec<u64>,
}

impl Open {
    /// Rolls back the savepoints whose guards were dropped.
    fn roll_back_abandoned(&mut self) -> Result<()> {
        for id in std::mem::take(&mut self.abandoned) {
            self.connection.end(id, TransactionEnd::Rollback)?;
        }
        Ok(())
    }
}

/// What the session's transaction is on a connection.
#[derive(Clone, Copy)]
enum Root {
    /// The connection's own.
    Own,
    /// Part of one that the program began: it commits that, too.
    Whole,
    /// Part of one that the program commits.
    Part,
    /// A savepoint in one that the program ends.
    Savepoint(u64),
}

impl Connections {
    pub(super) fn new(engine: Engine) -> Self {
        Self::of(Source::Engine(engine))
    }

    pub(super) fn given(connection: Connection, mode: JoinMode) -> Self {
        Self::of(Source::Given(Some(connection), mode))
    }

    pub(super) fn nowhere() -> Self {
        Self::of(Source::Nowhere)
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            binds: Binds::default(),
            heard: None,
            execution_options: None,
            open: Vec::new(),
            depth: 0,
            has_written: false,
            uses: 0,
            abandoned: false,
        }
    }

    /// How often a connection was asked for.
    pub(super) fn uses(&self) -> u64 {
        self.uses
    }

    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    pub(super) fn set_depth(&mut self, depth: u32) {
        self.depth = depth;
    }

    /// The session is used anew: what it wrote does not matter any more.
    pub(super) fn forget_writes(&mut self) {
        self.has_written = false;
    }

    /// The connection for what the program does by itself, which may write; it begins what the session has begun.
    pub(in crate::orm) fn connection(&mut self) -> Result<&mut Connection> {
        self.connection_for(None, true)
    }

    /// The connection for a statement that loads or writes objects of a class.
    pub(in crate::orm) fn connection_for(
        &mut self,
        class: Option<&Mapper>,
        writes: bool,
    ) -> Result<&mut Connection> {
        let depth_before = self.depth;
        self.depth = self.depth.max(1);
        self.uses += 1;
        self.roll_back_abandoned()?;
        let place = match self.open_for(class, writes) {
            Ok(place) => place,
            Err(error) => {
                // Where there is no connection nothing is begun.
                self.depth = depth_before;
                return Err(error);
            }
        };
        self.has_written |= writes;
        let depth = self.depth as usize;
        let Open { connection, savepoints, .. } = &mut self.open[place];
        while savepoints.len() + 1 < depth {
            savepoints.push(connection.begin_savepoint()?);
        }
        Ok(connection)
    }

    /// The engine for a request; `None` if the session was given a connection.
    pub(super) fn bind(&self, class: Option<&Mapper>, writes: bool) -> Option<Engine> {
        let Source::Engine(usual) = &self.source else { return None };
        let has_written = self.has_written;
        let chosen = self.binds.choose(&BindRequest { class, writes, has_written });
        Some(chosen.unwrap_or_else(|| usual.clone()))
    }

    /// Whether a statement writes, where that matters.
    pub(super) fn may_write(&self, statement: &dyn ClauseElement) -> bool {
        match &self.source {
            Source::Engine(usual) if self.binds.is_routed() => usual.may_write(statement),
            _ => false,
        }
    }

    /// The place of the connection for a statement, which is opened if it is not yet.
    fn open_for(&mut self, class: Option<&Mapper>, writes: bool) -> Result<usize> {
        let chosen = match &self.source {
            Source::Given(..) => None,
            _ if self.binds.is_plain() => None,
            _ => {
                let has_written = self.has_written;
                self.binds.choose(&BindRequest { class, writes, has_written })
            }
        };
        let (connection, root) = match &mut self.source {
            Source::Engine(usual) => {
                let engine = chosen.as_ref().unwrap_or(usual);
                let is_its = |open: &Open| open.connection.engine() == engine;
                let found = match self.open.as_slice() {
                    [_] if self.binds.is_plain() => Some(0),
                    open => open.iter().position(is_its),
                };
                if let Some(place) = found {
                    return Ok(place);
                }
                let mut connection = engine.connect()?;
                if let Some(options) = &self.execution_options {
                    connection.set_execution_options(options.clone());
                }
                (connection, Root::Own)
            }
            Source::Given(connection, mode) => match connection.take() {
                None if !self.open.is_empty() => return Ok(0),
                None => return Err(without_connection()),
                Some(mut given) => match join(&mut given, *mode) {
                    Ok(root) => (given, root),
                    Err(error) => {
                        *connection = Some(given);
                        return Err(error);
                    }
                },
            },
            Source::Nowhere => return Err(without_connection()),
        };
        let mut open = Open { connection, root, savepoints: Vec::new(), abandoned: Vec::new() };
        if let Some(heard) = &self.heard
            && let Err(error) = heard.after_begin(&mut open.connection)
        {
            // What the listeners make of a connection is what they refuse it without.
            let _ = self.undo(open);
            return Err(error);
        }
        self.open.push(open);
        Ok(self.open.len() - 1)
    }

    /// Rolls back what the session did on a connection, and gives that back.
    fn undo(&mut self, open: Open) -> Result<()> {
        let Open { mut connection, root, .. } = open;
        let ended = match root {
            Root::Savepoint(id) => connection.end(id, TransactionEnd::Rollback),
            Root::Own | Root::Whole | Root::Part => connection.rollback(),
        };
        // Closing has nothing to say that the rollback has not.
        let _ = self.give_back(connection);
        ended
    }

    /// The guard of the transaction or savepoint of this depth was dropped where nothing can be sent: the next use rolls
    /// it back, and all in it.
    pub(super) fn abandon(&mut self, depth: u32) {
        self.abandoned |= depth <= 1;
        self.depth = depth.saturating_sub(1);
        let stays = depth.saturating_sub(2) as usize;
        for Open { savepoints, abandoned, .. } in &mut self.open {
            while savepoints.len() > stays
                && let Some(id) = savepoints.pop()
            {
                abandoned.push(id);
            }
        }
    }

    fn roll_back_abandoned(&mut self) -> Result<()> {
        let depth = self.depth;
        if self.abandoned {
            self.roll_back()?;
            self.depth = depth;
        }
        self.open.iter_mut().try_for_each(Open::roll_back_abandoned)
    }

    /// Commits all of them, and gives them back.
    pub(super) fn commit(&mut self) -> Result<()> {
        self.roll_back_abandoned()?;
        for Open { connection, root, .. } in &mut self.open {
            match *root {
                Root::Own | Root::Whole => connection.commit()?,
                Root::Part => {}
                Root::Savepoint(id) => connection.end(id, TransactionEnd::Commit)?,
            }
        }
        self.depth = 0;
        let mut ended = Ok(());
        for open in std::mem::take(&mut self.open) {
            let this = self.give_back(open.connection);
            ended = ended.and(this);
        }
        ended
    }

    /// Rolls all of them back, and gives them back.
    pub(super) fn roll_back(&mut self) -> Result<()> {
        self.depth = 0;
        self.abandoned = false;
        let mut ended = Ok(());
        for open in std::mem::take(&mut self.open) {
            let this = self.undo(open);
            ended = ended.and(this);
        }
        ended
    }

    /// A call panicked: nothing is known of what it was in the middle of.
    pub(super) fn interrupted(&mut self) {
        self.open.iter_mut().for_each(|open| open.connection.interrupted());
    }

    /// The connections are thrown away with their transactions, as after a time-out somewhere else.
    pub(super) fn invalidate(&mut self) {
        self.depth = 0;
        self.abandoned = false;
        for Open { mut connection, .. } in std::mem::take(&mut self.open) {
            connection.invalidate();
            let _ = self.give_back(connection);
        }
    }

    fn give_back(&mut self, connection: Connection) -> Result<()> {
        match &mut self.source {
            Source::Given(place, _) => {
                *place = Some(connection);
                Ok(())
            }
            Source::Engine(_) | Source::Nowhere => connection.close(),
        }
    }

    /// The connection that the session was given, if it has not got one open.
    pub(super) fn take_given(&mut self) -> Option<Connection> {
        match &mut self.source {
            Source::Given(connection, _) => connection.take(),
            Source::Engine(_) | Source::Nowhere => None,
        }
    }

    /// Ends the innermost savepoint, where it was sent.
    pub(super) fn end_savepoint(&mut self, end: TransactionEnd) -> Result<()> {
        let mut ended = self.roll_back_abandoned();
        let depth = self.depth as usize;
        self.depth -= 1;
        for Open { connection, savepoints, .. } in &mut self.open {
            if savepoints.len() + 1 == depth
                && let Some(id) = savepoints.pop()
            {
                let this = connection.end(id, end);
                ended = ended.and(this);
            }
        }
        ended
    }

    /// Undoes in the database what the innermost transaction or savepoint did, which is not over yet for the session.
    pub(super) fn abort(&mut self) -> Result<()> {
        let depth = self.depth;
        let ended =
            if depth > 1 { self.end_savepoint(TransactionEnd::Rollback) } else { self.roll_back() };
        self.depth = depth;
        ended
    }
}

/// Begins what the session's transaction is on a connection that it was given.
fn join(connection: &mut Connection, mode: JoinMode) -> Result<Root> {
    if !connection.in_transaction() {
        return Ok(Root::Own);
    }
    let savepoint = match mode {
        JoinMode::ControlFully => return Ok(Root::Whole),
        JoinMode::RollbackOnly => false,
        JoinMode::CreateSavepoint => true,
        JoinMode::ConditionalSavepoint => connection.in_nested_transaction(),
    };
    if savepoint { Ok(Root::Savepoint(connection.begin_savepoint()?)) } else { Ok(Root::Part) }
}

#[cold]
fn without_connection() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the session was given a connection, and that is not here: it was taken out by into_connection(), or the \
         session is lent to a listener",
    )
}
