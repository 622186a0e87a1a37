//! A session with a PostgreSQL server.

use std::fmt;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aludel_core::dbapi::DirectSocket;
use aludel_core::error::{Error, Result};
use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio_postgres::Client;

use crate::error::Failure;
use crate::pending::PendingReply;
use crate::session::Session;
use crate::socket::{Content, Watch};
use crate::target::Server;
use crate::task::Task;
use crate::wire::Shortcut;

/// How long the server may take to be sent the message that closes the session.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A session with a PostgreSQL server, over tokio-postgres.
pub struct PostgresConnection {
    // The order matters: statements that are dropped after the client are not closed one by one,
    // and the task that would carry their closes ends last.
    pub(crate) client: Arc<Client>,
    pub(crate) pending_replies: Vec<PendingReply>,
    pub(crate) preparing:
        Option<BoxFuture<'static, Result<tokio_postgres::Statement, tokio_postgres::Error>>>,
    pub(crate) session: Session,
    pub(crate) task: Task,
    pub(crate) watch: Watch,
    pub(crate) direct: Arc<DirectSocket>,
    pub(crate) shortcut: Arc<Shortcut>,
    /// The memory of the answer that is read past the crate.
    pub(crate) messages: Vec<u8>,
    pub(crate) handle: Handle,
    pub(crate) server: Server,
    pub(crate) recovery_budget: Duration,
}

impl PostgresConnection {
    /// The client of tokio-postgres, for what only it can do: COPY, notifications, types of its
    /// own. Its calls run in the transaction that was begun, and must be awaited to their end.
    /// What is open afterwards is rolled back when the connection is given back.
    ///
    /// # Errors
    ///
    /// The connection is gone, or was interrupted in the middle of an exchange.
    pub fn client(&mut self) -> Result<&Client> {
        self.check()?;
        self.session.limit.enter_client();
        let sent = self.send_ahead();
        self.session.limit.doubt();
        self.session.raw_transaction = true;
        self.shortcut.distrust();
        match sent {
            Ok(()) => Ok(&self.client),
            Err(_) => Err(self.task.disconnected()),
        }
    }

    /// How many prepared statements are kept.
    #[must_use]
    pub fn cached_statements(&self) -> usize {
        self.session.cache.len()
    }

    pub(crate) fn is_alive(&self) -> bool {
        !self.client.is_closed() && !self.task.is_over()
    }

    pub(crate) fn check(&mut self) -> Result<()> {
        if !self.is_alive() {
            self.learn();
            return Err(self.task.disconnected());
        }
        self.session.check()
    }

    /// Looks at what has arrived while nobody waited for anything.
    pub(crate) fn look_at_socket(&mut self) -> bool {
        if self.session.dirty || !self.is_alive() {
            return false;
        }
        if self.watch.look() != Content::Nothing {
            let link = self.task.link();
            self.watch.reading_at_once(|| link.move_now());
        }
        while let Some(reply) = self.pending_replies.first_mut() {
            match reply.poll_now() {
                Poll::Pending => break,
                Poll::Ready(Ok(())) => drop(self.pending_replies.remove(0)),
                // A rollback that did not take place, or the end.
                Poll::Ready(Err(error)) => {
                    let failure = Failure::from(error);
                    if let PendingReply::Limit(_, refusals) = reply {
                        refusals.note(&failure);
                    }
                    if let PendingReply::Close(_) | PendingReply::Limit(..) = reply
                        && !failure.is_end()
                    {
                        drop(self.pending_replies.remove(0));
                        continue;
                    }
                    self.session.dirty = true;
                    return false;
                }
            }
        }
        self.is_alive()
    }

    /// Looks for the reason of the end in replies that were not waited for.
    fn learn(&mut self) {
        for reply in self.pending_replies.drain(..) {
            if let Some(Failure::Ended(error)) = reply.received_failure() {
                self.task.note_end(&error);
            }
        }
    }

    /// Opens an exchange: from here on a future that is dropped leaves the connection dirty.
    pub(crate) fn enter(&mut self) -> Result<()> {
        self.check()?;
        self.session.dirty = true;
        Ok(())
    }

    /// Closes an exchange.
    pub(crate) async fn leave<T>(&mut self, outcome: Result<T, Failure>) -> Result<T> {
        match outcome {
            Ok(value) => {
                self.session.dirty = false;
                Ok(value)
            }
            Err(failure) => {
                let failure = self.session.judge(failure);
                self.session.dirty = !matches!(failure, Failure::Refused(_));
                Err(Box::pin(self.explain(failure)).await)
            }
        }
    }

    /// The error of a failure, with the reason if the connection is gone.
    pub(crate) async fn explain(&mut self, failure: Failure) -> Error {
        match failure {
            Failure::Refused(error) | Failure::Broken(error) => error,
            Failure::Ended(error) => {
                self.task.note_end(&error);
                error
            }
            Failure::Gone(source) => self.task.disconnect_reason().await.with_source(source),
        }
    }
}

impl fmt::Debug for PostgresConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConnection")
            .field("address", &self.server.address)
            .field("transaction", &self.session.transaction)
            .field("dirty", &self.session.dirty)
            .field("alive", &self.is_alive())
            .field("statements", &self.session.cache.len())
            .finish_non_exhaustive()
    }
}
