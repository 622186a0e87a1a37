//! Streams of one column.

use std::fmt;
use std::marker::PhantomData;

use super::Connection;
use super::result::FirstColumn;
use super::stream::StreamResult;
use crate::error::Result;
use crate::row::Fetch;
use crate::sql::Executable;

/// The first column of the rows of an open statement: what
/// [`stream_scalars`](Connection::stream_scalars) gives.
pub struct StreamScalars<'c, T: Fetch, V> {
    rows: StreamResult<'c, T>,
    column: PhantomData<fn() -> V>,
}

impl Connection {
    /// As [`stream`](Self::stream), for the first column of each row.
    ///
    /// ```
    /// use aludel::{Result, create_engine, text};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// let numbers = conn.stream_scalars(text("values (1), (2), (3)"))?;
    /// assert_eq!(numbers.collect::<Result<Vec<i64>>>()?, [1, 2, 3]);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream).
    pub fn stream_scalars<E: Executable, V>(
        &mut self,
        statement: E,
    ) -> Result<StreamScalars<'_, E::Row, V>>
    where
        E::Row: FirstColumn<V>,
    {
        Ok(StreamScalars { rows: self.stream(statement)?, column: PhantomData })
    }
}

impl<T: Fetch + FirstColumn<V>, V> StreamScalars<'_, T, V> {
    /// Sets how many rows are fetched at a time.
    #[must_use]
    pub fn yield_per(self, rows: usize) -> Self {
        Self { rows: self.rows.yield_per(rows), ..self }
    }

    /// The next values as they come: a whole portion, `None` at the end.
    ///
    /// # Errors
    ///
    /// As [`StreamResult::next_partition`].
    pub fn next_partition(&mut self) -> Result<Option<Vec<V>>> {
        let Some(rows) = self.rows.next_partition()? else { return Ok(None) };
        rows.into_iter().map(T::first_column).collect::<Result<_>>().map(Some)
    }

    /// Ends the statement and waits until the connection is free.
    ///
    /// # Errors
    ///
    /// As [`StreamResult::close`].
    pub fn close(self) -> Result<()> {
        self.rows.close()
    }
}

impl<T: Fetch + FirstColumn<V>, V> Iterator for StreamScalars<'_, T, V> {
    type Item = Result<V>;

    fn next(&mut self) -> Option<Result<V>> {
        self.rows.next().map(|row| row.and_then(T::first_column))
    }
}

impl<T: Fetch, V> fmt::Debug for StreamScalars<'_, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamScalars").field(&self.rows).finish()
    }
}
