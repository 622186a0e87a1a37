//! A cursor that has its session for itself: a statement alone, where one session writes and others read.

use std::sync::Arc;

use self_cell::{MutBorrow, self_cell};

use crate::dbapi::{Cursor, ExecutionOptions, RowSink, Statement};
use crate::error::{Error, Result};
use crate::pool::Pooled;
use crate::row::Columns;
use crate::value::Value;

/// `None` once it is closed.
type Open<'c> = Option<Box<dyn Cursor + 'c>>;

self_cell!(
    /// The session goes back to its pool when the statement has ended, or when its rows are dropped.
    pub(super) struct OwnCursor {
        owner: MutBorrow<Pooled>,
        #[not_covariant]
        dependent: Open,
    }
);

impl OwnCursor {
    /// Opens a statement. The session comes back with an error.
    pub(super) fn open(
        session: Pooled,
        statement: &Statement,
        values: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Self, Box<(Pooled, Error)>> {
        let opened = Self::try_new_or_recover(MutBorrow::new(session), |session| {
            let connection = session.borrow_mut().connection();
            connection.open_cursor(statement, values, options).map(Some)
        });
        opened.map_err(|(session, error)| Box::new((session.into_inner(), error)))
    }
}

impl Cursor for OwnCursor {
    fn columns(&self) -> Arc<Columns> {
        self.with_dependent(|_, cursor| {
            cursor.as_ref().map_or_else(Arc::default, |cursor| cursor.columns())
        })
    }

    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        self.with_dependent_mut(|_, cursor| match cursor {
            Some(cursor) => cursor.fetch(max, sink),
            None => Ok(false),
        })
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        self.with_dependent_mut(|_, cursor| cursor.take().map_or(Ok(()), |cursor| cursor.close()))
    }
}
