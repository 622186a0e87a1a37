//! The cursor of a stream together with its session, which can be used again when the cursor has failed.

use std::sync::Arc;

use self_cell::{MutBorrow, self_cell};

use crate::dbapi::{Cursor, ExecutionOptions, RowSink, ServerNotice, Statement};
use crate::error::{Error, Result};
use crate::pool::Pooled;
use crate::row::Columns;
use crate::value::Value;

/// `None` once it is closed.
type Open<'c> = Option<Box<dyn Cursor + 'c>>;

self_cell!(
    /// A statement alone, where one session writes and others read. The session goes back to its pool when the
    /// statement has ended, or when its rows are dropped.
    pub(super) struct OwnCursor {
        owner: MutBorrow<Pooled>,
        #[not_covariant]
        dependent: Open,
    }
);

self_cell!(
    /// A statement on the session of its connection.
    pub(super) struct LentCursor<'c> {
        owner: MutBorrow<&'c mut Pooled>,
        #[not_covariant]
        dependent: Open,
    }
);

/// The cursor of a stream.
pub(super) enum StreamCursor<'c> {
    Alone(OwnCursor),
    Lent(LentCursor<'c>),
}

/// The session of a cursor that could not be opened.
pub(super) enum Unused<'c> {
    Alone(Pooled),
    Lent(&'c mut Pooled),
}

impl Unused<'_> {
    pub(super) fn session(&mut self) -> &mut Pooled {
        match self {
            Self::Alone(session) => session,
            Self::Lent(session) => session,
        }
    }
}

impl<'c> StreamCursor<'c> {
    /// Opens a statement. The session comes back with an error.
    pub(super) fn open(
        session: Unused<'c>,
        statement: &Statement,
        values: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Self, Box<(Unused<'c>, Error)>> {
        match session {
            Unused::Alone(session) => {
                let opened = OwnCursor::try_new_or_recover(MutBorrow::new(session), |session| {
                    let connection = session.borrow_mut().connection();
                    connection.open_cursor(statement, values, options).map(Some)
                });
                opened.map(Self::Alone).map_err(|(session, error)| {
                    Box::new((Unused::Alone(session.into_inner()), error))
                })
            }
            Unused::Lent(session) => {
                let opened = LentCursor::try_new_or_recover(MutBorrow::new(session), |session| {
                    let connection = session.borrow_mut().connection();
                    connection.open_cursor(statement, values, options).map(Some)
                });
                opened.map(Self::Lent).map_err(|(session, error)| {
                    Box::new((Unused::Lent(session.into_inner()), error))
                })
            }
        }
    }

    pub(super) fn columns(&self) -> Arc<Columns> {
        let columns =
            |open: &Open<'_>| open.as_ref().map_or_else(Arc::default, |cursor| cursor.columns());
        match self {
            Self::Alone(own) => own.with_dependent(|_, open| columns(open)),
            Self::Lent(lent) => lent.with_dependent(|_, open| columns(open)),
        }
    }

    fn with<T>(&mut self, f: impl FnOnce(&mut Open<'_>) -> T) -> T {
        match self {
            Self::Alone(own) => own.with_dependent_mut(|_, open| f(open)),
            Self::Lent(lent) => lent.with_dependent_mut(|_, open| f(open)),
        }
    }

    /// As [`Cursor::fetch`].
    pub(super) fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        self.with(|open| match open {
            Some(cursor) => cursor.fetch(max, sink),
            None => Ok(false),
        })
    }

    /// As [`Cursor::take_notices`].
    pub(super) fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        self.with(|open| match open {
            Some(cursor) => cursor.take_notices(may_ask),
            None => Ok(Vec::new()),
        })
    }

    /// As [`Cursor::close`].
    pub(super) fn close(mut self) -> Result<()> {
        self.with(|open| open.take().map_or(Ok(()), |cursor| cursor.close()))
    }

    /// Drops it, and uses its session before that may be given back.
    pub(super) fn end_with<T>(self, f: impl FnOnce(&mut Pooled) -> T) -> T {
        match self {
            Self::Alone(own) => f(&mut own.into_owner().into_inner()),
            Self::Lent(lent) => f(lent.into_owner().into_inner()),
        }
    }
}
