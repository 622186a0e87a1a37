//! Replies that were not waited for.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use aludel_core::dbapi::errors;
use aludel_core::error::Error;
use futures::{FutureExt, Stream, TryStreamExt};
use tokio::time::timeout;
use tokio_postgres::{RowStream, SimpleQueryStream};

use crate::error::Failure;
use crate::limit::Refusals;

/// A reply that was not waited for. It is read before the next statement reports anything.
pub(crate) enum PendingReply {
    /// To a BEGIN or ROLLBACK, without which nothing is known about the session.
    Boundary(&'static str, Pin<Box<SimpleQueryStream>>),
    /// To a change of the limit on statements, and who learns that it was refused.
    Limit(Pin<Box<SimpleQueryStream>>, Refusals),
    /// To the CLOSE of a cursor that was dropped.
    Close(Pin<Box<SimpleQueryStream>>),
    /// The rest of the rows of a cursor that was dropped, and how long reading them may take.
    Rows(Pin<Box<RowStream>>, Duration),
}

impl PendingReply {
    async fn collect(self) -> Result<(), Failure> {
        match self {
            Self::Boundary(what, stream) => drain(stream).await.map_err(|failure| {
                // Whether a transaction is open is unknown, so the session must not be used again.
                failure.breaking(&format!("{what} failed"), what == "ROLLBACK")
            }),
            Self::Close(stream) => ignore_refusal(drain(stream).await),
            Self::Limit(stream, refusals) => {
                let outcome = drain(stream).await;
                ignore_refusal(outcome.inspect_err(|failure| refusals.note(failure)))
            }
            Self::Rows(stream, budget) => ignore_refusal(read_rest(stream, budget).await),
        }
    }

    /// What has arrived of the answer, if that is all of it.
    pub(crate) fn poll_now(&mut self) -> Poll<Result<(), tokio_postgres::Error>> {
        let mut context = Context::from_waker(Waker::noop());
        let mut next = || match self {
            Self::Boundary(_, stream) | Self::Limit(stream, _) | Self::Close(stream) => {
                stream.as_mut().poll_next(&mut context).map_ok(drop)
            }
            Self::Rows(stream, _) => stream.as_mut().poll_next(&mut context).map_ok(drop),
        };
        loop {
            match ready!(next()) {
                Some(Ok(())) => {}
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => return Poll::Ready(Ok(())),
            }
        }
    }

    /// The failure in what has arrived of the answer, when no more will. This needs no runtime.
    pub(crate) fn received_failure(self) -> Option<Failure> {
        match self {
            Self::Boundary(_, stream) | Self::Limit(stream, _) | Self::Close(stream) => {
                drain(stream).now_or_never()?.err()
            }
            Self::Rows(stream, _) => drain(stream).now_or_never()?.err(),
        }
    }
}

/// The outcome of a statement whose cursor was dropped before its end. A refusal is only logged: the
/// next statement reports by itself if the transaction was aborted.
pub(crate) fn ignore_refusal(outcome: Result<(), Failure>) -> Result<(), Failure> {
    match outcome {
        Err(Failure::Refused(error)) => {
            tracing::debug!("a statement failed whose cursor was dropped: {error}");
            Ok(())
        }
        other => other,
    }
}

/// Reads the rows of a dropped cursor, unless that takes too long.
pub(crate) async fn read_rest(
    stream: Pin<Box<RowStream>>,
    budget: Duration,
) -> Result<(), Failure> {
    match timeout(budget, drain(stream)).await {
        Ok(read) => read,
        Err(_) => Err(Failure::Broken(unread(budget))),
    }
}

#[cold]
fn unread(budget: Duration) -> Error {
    errors::cursor_not_drained(
        budget,
        "close the connection, or open the cursor within a transaction, where it is kept on the server",
    )
}

/// Reads an answer to its end.
pub(crate) async fn drain<T>(
    stream: impl Stream<Item = Result<T, tokio_postgres::Error>>,
) -> Result<(), Failure> {
    let mut stream = pin!(stream);
    while stream.try_next().await?.is_some() {}
    Ok(())
}

/// Reads pending replies, in order. The first failure counts; after one the session is not usable.
pub(crate) async fn collect(replies: Vec<PendingReply>) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for answer in replies {
        let this = answer.collect().await;
        let end = this.as_ref().is_err_and(Failure::is_end);
        if outcome.is_ok() {
            outcome = this;
        }
        if end {
            break;
        }
    }
    outcome
}
