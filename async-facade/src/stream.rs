//! A streamed result: one greenlet, or one job of a worker, that keeps the database's cursor on its
//! stack.
//!
//! ```text
//!   AsyncStream::poll_next ── wanted ──► greenlet: cursor.fetch ── await driver
//!                          ◄─ portion ──
//! ```
//!
//! The greenlet fetches only when asked, so between two portions nothing is in flight: dropping
//! the stream then closes the cursor and leaves the transaction as it is. A portion that was asked for
//! and not taken is an outcome that was not accepted.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aludel_bridge as bridge;
use aludel_bridge::sync::{ContainedWaker, waking};
use aludel_core::row::{Columns, Fetch};
use aludel_core::sql::Executable;
use aludel_core::{Connection, Result};
use futures::channel::mpsc;
use futures::future::poll_fn;
use futures::{SinkExt, Stream, StreamExt};

use crate::owner::Owner;
use crate::strategy::{Hosted, Strategy};

/// What the stream asks of its greenlet.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// So many rows, or fewer.
    Portion(Option<usize>),
    End,
}

/// The rows of an open statement, as a [`Stream`] of `Result<T>`. It borrows the connection.
///
/// Dropping it before the end closes the database's cursor, and the transaction goes on. If a portion
/// was asked for and not taken at that moment, the statement is cancelled, and everything answers
/// [`PendingRollback`](aludel_core::ErrorKind::PendingRollback) until the rollback, as
/// [`AsyncConnection`](crate::AsyncConnection) says of dropped futures.
pub struct AsyncStream<'c, T: Fetch, S: Strategy = Hosted> {
    /// `None` once the greenlet has ended.
    call: Option<Pin<Box<S::Call<()>>>>,
    wanted: mpsc::Sender<Wanted>,
    portions: mpsc::Receiver<Vec<T>>,
    rows: std::vec::IntoIter<T>,
    columns: Arc<Columns>,
    asked: bool,
    /// How many rows are fetched at a time, if that was set and the greenlet does not know it yet.
    size: Option<usize>,
    /// For the channel of portions, into which others send.
    waker: ContainedWaker,
    /// Of the connection, which is borrowed mutably.
    owner: &'c Owner<S, Connection>,
}

impl<'c, T: Fetch, S: Strategy> AsyncStream<'c, T, S> {
    pub(crate) async fn open<Q>(owner: &'c Owner<S, Connection>, statement: Q) -> Result<Self>
    where
        Q: Executable<Row = T> + Send + 'static,
    {
        let mut lease = owner.lease().await?;
        let (mut opened, mut columns) = mpsc::channel::<Arc<Columns>>(1);
        let (wanted, mut requests) = mpsc::channel::<Wanted>(0);
        let (mut deliver, portions) = mpsc::channel::<Vec<T>>(0);
        let job = move || {
            lease.start();
            let mut stream = lease.stream(statement)?;
            // A closed channel means that the stream was dropped, as the loop will see.
            let _ = opened.try_send(stream.shared_columns());
            let mut waker = ContainedWaker::default();
            loop {
                match bridge::await_(waker.contain(requests.next())) {
                    Ok(Some(Wanted::Portion(None))) => {}
                    Ok(Some(Wanted::Portion(Some(size)))) => stream = stream.yield_per(size),
                    Ok(Some(Wanted::End)) => return stream.close(),
                    // The stream was dropped, while nothing was in flight: the cursor is closed by
                    // the next use of the connection.
                    Ok(None) | Err(_) => return Ok(()),
                }
                let Some(rows) = stream.next_partition()? else { return Ok(()) };
                if !matches!(bridge::await_(waker.contain(deliver.send(rows))), Ok(Ok(()))) {
                    return Ok(());
                }
            }
        };
        let mut call = Box::pin(S::call(owner.host(), job));
        let mut waker = ContainedWaker::default();
        let opened = poll_fn(|cx| {
            // The greenlet runs when it is polled; it sends the columns before it first waits.
            let ended = call.as_mut().poll(cx);
            let mut contained = Context::from_waker(waker.of(cx.waker()));
            match (columns.poll_next_unpin(&mut contained), ended) {
                (Poll::Ready(Some(columns)), ended) => Poll::Ready(Ok((columns, ended))),
                (_, Poll::Ready(Err(error))) => Poll::Ready(Err(error)),
                (Poll::Ready(None), Poll::Ready(Ok(()))) => {
                    Poll::Ready(Ok((Arc::default(), Poll::Ready(Ok(())))))
                }
                _ => Poll::Pending,
            }
        });
        let opened = opened.await;
        owner.accept();
        let (columns, ended) = opened?;
        let call = match ended {
            Poll::Pending => Some(call),
            Poll::Ready(outcome) => {
                outcome?;
                None
            }
        };
        let rows = Vec::new().into_iter();
        Ok(Self { call, wanted, portions, rows, columns, asked: false, size: None, waker, owner })
    }

    /// As [`StreamResult::yield_per`](aludel_core::engine::StreamResult::yield_per): sets how many
    /// rows are fetched at a time, from the next portion on.
    ///
    /// # Examples
    ///
    /// ```
    /// use aludel::{create_async_engine, text};
    ///
    /// # futures::executor::block_on(async {
    /// let engine = create_async_engine("sqlite://")?;
    /// let mut conn = engine.connect().await?;
    /// let mut stream = conn.stream(text("values (1), (2), (3)")).await?.yield_per(2);
    /// assert_eq!(stream.next_partition().await?.map(|rows| rows.len()), Some(2));
    /// assert_eq!(stream.next_partition().await?.map(|rows| rows.len()), Some(1));
    /// assert!(stream.next_partition().await?.is_none());
    /// # Ok::<(), aludel::Error>(())
    /// # })?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn yield_per(mut self, rows: usize) -> Self {
        self.size = Some(rows.max(1));
        self
    }

    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next rows as they come: a whole portion, `None` at the end.
    ///
    /// # Errors
    ///
    /// The database's, or a row that cannot be decoded. The statement is over then.
    pub async fn next_partition(&mut self) -> Result<Option<Vec<T>>> {
        if self.rows.as_slice().is_empty() {
            let Some(portion) = poll_fn(|cx| self.poll_portion(cx)).await else { return Ok(None) };
            portion?;
        }
        Ok(Some(std::mem::take(&mut self.rows).collect()))
    }

    /// The next `size` rows, fewer at the end. If its future is dropped, the rows that it has
    /// collected are lost; those of `next()` are not.
    ///
    /// # Errors
    ///
    /// As [`next_partition`](Self::next_partition).
    pub async fn fetchmany(&mut self, size: usize) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        while rows.len() < size {
            let Some(row) = self.next().await.transpose()? else { break };
            rows.push(row);
        }
        Ok(rows)
    }

    /// All rows that are left. If its future is dropped, the rows that it has collected are lost.
    ///
    /// # Errors
    ///
    /// As [`next_partition`](Self::next_partition).
    pub async fn fetchall(&mut self) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        while let Some(mut portion) = self.next_partition().await? {
            rows.append(&mut portion);
        }
        Ok(rows)
    }

    /// Ends the statement and waits until the connection is free.
    ///
    /// # Errors
    ///
    /// The database's refusal, or a lost connection.
    pub async fn close(mut self) -> Result<()> {
        // It waits for a portion that was asked for: to cut it would cost the transaction.
        while self.asked && self.call.is_some() {
            poll_fn(|cx| self.poll_asked(cx)).await.transpose()?;
        }
        let Some(call) = self.call.take() else { return Ok(()) };
        // The channel takes it, since no request is under way.
        waking(|| drop(self.wanted.try_send(Wanted::End)));
        call.await
    }

    fn poll_portion(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<()>>> {
        if self.call.is_some() && !self.asked {
            self.owner.expect();
            // The channel takes it: no other request is under way.
            let size = self.size.take();
            self.asked = true;
            waking(|| self.asked = self.wanted.try_send(Wanted::Portion(size)).is_ok());
        }
        self.poll_asked(cx)
    }

    /// Waits for the portion that was asked for.
    fn poll_asked(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<()>>> {
        if let Some(call) = &mut self.call
            && let Poll::Ready(outcome) = call.as_mut().poll(cx)
        {
            self.call = None;
            if let Err(error) = outcome {
                self.owner.accept();
                return Poll::Ready(Some(Err(error)));
            }
        }
        let mut contained = Context::from_waker(self.waker.of(cx.waker()));
        match self.portions.poll_next_unpin(&mut contained) {
            Poll::Ready(Some(rows)) => {
                self.asked = false;
                self.owner.accept();
                self.rows = rows.into_iter();
                Poll::Ready(Some(Ok(())))
            }
            Poll::Ready(None) if self.call.is_none() => {
                self.owner.accept();
                Poll::Ready(None)
            }
            _ => Poll::Pending,
        }
    }
}

impl<T: Fetch, S: Strategy> Stream for AsyncStream<'_, T, S> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let this = self.get_mut();
        loop {
            if let Some(row) = this.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            match std::task::ready!(this.poll_portion(cx)) {
                Some(Ok(())) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T: Fetch, S: Strategy> Unpin for AsyncStream<'_, T, S> {}

impl<T: Fetch, S: Strategy> fmt::Debug for AsyncStream<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncStream").field("open", &self.call.is_some()).finish_non_exhaustive()
    }
}
