//! Streams of one column, awaited.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use aludel_core::Result;
use aludel_core::engine::FirstColumn;
use aludel_core::row::Fetch;
use futures::{Stream, StreamExt};

use crate::strategy::{Hosted, Strategy};
use crate::stream::AsyncStream;

/// The first column of the rows of an open statement, as a [`Stream`] of `Result<V>`: what
/// [`stream_scalars`](crate::AsyncConnection::stream_scalars) gives.
pub struct AsyncScalars<'c, T: Fetch, V, S: Strategy = Hosted> {
    rows: AsyncStream<'c, T, S>,
    column: PhantomData<fn() -> V>,
}

impl<'c, T: Fetch + FirstColumn<V>, V, S: Strategy> AsyncScalars<'c, T, V, S> {
    pub(crate) fn new(rows: AsyncStream<'c, T, S>) -> Self {
        Self { rows, column: PhantomData }
    }

    /// As [`AsyncStream::yield_per`].
    #[must_use]
    pub fn yield_per(self, rows: usize) -> Self {
        Self { rows: self.rows.yield_per(rows), ..self }
    }

    /// The next values as they come: a whole portion, `None` at the end.
    ///
    /// # Errors
    ///
    /// As [`AsyncStream::next_partition`].
    pub async fn next_partition(&mut self) -> Result<Option<Vec<V>>> {
        let Some(rows) = self.rows.next_partition().await? else { return Ok(None) };
        rows.into_iter().map(T::first_column).collect::<Result<_>>().map(Some)
    }

    /// As [`AsyncStream::close`].
    ///
    /// # Errors
    ///
    /// As [`AsyncStream::close`].
    pub async fn close(self) -> Result<()> {
        self.rows.close().await
    }
}

impl<T: Fetch + FirstColumn<V>, V, S: Strategy> Stream for AsyncScalars<'_, T, V, S> {
    type Item = Result<V>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<V>>> {
        let next = self.get_mut().rows.poll_next_unpin(cx);
        next.map(|row| row.map(|row| row.and_then(T::first_column)))
    }
}

impl<T: Fetch, V, S: Strategy> Unpin for AsyncScalars<'_, T, V, S> {}

impl<T: Fetch, V, S: Strategy> fmt::Debug for AsyncScalars<'_, T, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncScalars").field(&self.rows).finish()
    }
}
