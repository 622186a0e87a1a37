//! A session with a PostgreSQL server that blocks the calling thread.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aludel_bridge as bridge;
use aludel_core::dbapi::{
    Arrived, IdleSocket, Timer, execution_timed_out, in_background, refuse_in_async,
};
use aludel_core::error::{Error, Result};
use postgres::{CancelToken, Client};

use super::background::Owned;
use super::socket::{Connector, Cut};
use crate::ending::Ending;
use crate::error::Failure;
use crate::session::Session;
use crate::tls::Encryption;

/// How long a server has to answer that it has stopped a statement, before the connection is cut.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// How long the request to stop a statement may take, once its socket is open.
const STOP_BUDGET: Duration = Duration::from_secs(5);

/// The driver's name in a URL.
pub(super) const NAME: &str = "postgres";

/// A session with a PostgreSQL server, over the `postgres` crate.
///
/// Inside of a runtime every call is refused, and the connection is none the worse for it.
pub struct BlockingConnection {
    // The order matters: statements that are dropped after the client are not closed one by one.
    pub(super) client: Owned,
    pub(super) session: Session,
    pub(super) ending: Ending,
    /// The server has ended the session, or the socket broke.
    pub(super) gone: bool,
    /// The last exchange was answered to its end, so that the server does nothing, even if the
    /// connection is dirty since it was asked to stop.
    answered: bool,
    token: Arc<Stop>,
    /// Set when the server was asked to stop the exchange that runs: of many statements none begins any more.
    stopping: Arc<AtomicBool>,
    pub(super) cut: Cut,
    /// If it could be found.
    socket: Option<IdleSocket>,
    pub(super) recovery_budget: Duration,
}

impl BlockingConnection {
    pub(super) fn new(
        client: Owned,
        cut: Cut,
        encryption: Encryption,
        socket: Option<IdleSocket>,
        session: Session,
        ending: Ending,
        recovery_budget: Duration,
    ) -> Self {
        let token = Arc::new(Stop { token: client.cancel_token(), encryption });
        Self {
            client,
            session,
            ending,
            gone: false,
            answered: true,
            token,
            stopping: Arc::default(),
            cut,
            socket,
            recovery_budget,
        }
    }

    /// The client of the `postgres` crate, for what only it can do: COPY, notifications, types of
    /// its own. Its calls run in the transaction that was begun. What is open afterwards is rolled
    /// back when the connection is given back.
    ///
    /// # Errors
    ///
    /// The connection is gone, was interrupted in the middle of an exchange, or this thread runs
    /// async tasks.
    pub fn client(&mut self) -> Result<&mut Client> {
        self.session.limit.enter_client();
        self.exchange(Self::before_statement)?;
        self.session.limit.doubt();
        self.session.raw_transaction = true;
        Ok(&mut self.client)
    }

    /// How many prepared statements are kept.
    #[must_use]
    pub fn cached_statements(&self) -> usize {
        self.session.cache.len()
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.gone && self.client.is_open()
    }

    /// Looks at what has arrived while nothing was asked. What the server remarks is left for the next
    /// statement to read. Under TLS that cannot be distinguished from its last words, so the session counts as ended
    /// whatever has arrived; one in which nothing was remarked is kept.
    pub(super) fn look_at_socket(&self) -> bool {
        if self.session.dirty || !self.is_alive() {
            return false;
        }
        let Some(socket) = self.socket else { return true };
        let mut bytes = [0; 512];
        match socket.peek(&mut bytes) {
            Arrived::Nothing => true,
            Arrived::Bytes(count) => are_remarks(&bytes[..count]),
            Arrived::End => false,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        refuse_in_async(NAME)?;
        if !self.is_alive() {
            return Err(self.ending.disconnected());
        }
        self.session.check()
    }

    /// Runs an exchange with the server. While it runs, a panic leaves the connection dirty, and
    /// the job of a worker that is cancelled has the server stop it. It is unknown when that
    /// arrives, so the connection is not used again.
    pub(super) fn exchange<T>(
        &mut self,
        exchange: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T> {
        self.exchange_within(None, exchange)
    }

    /// The same with a time-out, after which the server is asked to stop too, later if it keeps the time itself. From
    /// one that does not answer the connection is cut.
    pub(super) fn exchange_within<T>(
        &mut self,
        timeout: Option<Duration>,
        exchange: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T> {
        self.check()?;
        self.stopping.store(false, Ordering::Relaxed);
        let (token, cut, stopping) =
            (Arc::clone(&self.token), self.cut.clone(), Arc::clone(&self.stopping));
        // To cancel a COMMIT that waits for a standby is to have it commit without.
        let (committing, budget) = (self.session.committing, self.recovery_budget);
        let watched = bridge::on_cancel(move || {
            if committing {
                cut.after(budget);
            } else {
                stopping.store(true, Ordering::Relaxed);
                stop(token);
                cut.after(STOP_GRACE);
            }
        })?;
        let margin = self.session.limit.margin(self.session.place());
        let timed = timeout.map(|timeout| self.time(timeout, margin)).transpose()?;
        self.session.dirty = true;
        self.answered = false;
        let outcome = exchange(self);
        self.answered = matches!(outcome, Ok(_) | Err(Failure::Refused(_)));
        let in_time = watched.disarm();
        if !in_time {
            self.cut.call_off();
        }
        let expired = timed.and_then(|(timeout, timer)| (!timer.disarm()).then_some(timeout));
        let outcome = match outcome {
            Ok(value) => {
                self.session.dirty = false;
                Ok(value)
            }
            Err(failure) => {
                let failure = self.session.judge(failure);
                self.session.dirty = !matches!(failure, Failure::Refused(_));
                Err(self.explain(failure))
            }
        };
        if !in_time {
            self.session.dirty = true;
            bridge::checkpoint()?;
        }
        if let Some(timeout) = expired {
            self.session.dirty = true;
            return Err(execution_timed_out(timeout));
        }
        outcome
    }

    /// Whether the exchange that runs may send another statement. The server was asked once to stop, which
    /// ends one statement, or none if it came between two.
    pub(super) fn may_go_on(&self) -> Result<(), Failure> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(Failure::Refused(bridge::Error::Cancelled.into()));
        }
        Ok(())
    }

    /// Starts the time-out of an exchange.
    #[cold]
    fn time(&self, timeout: Duration, margin: Duration) -> Result<(Duration, Timer)> {
        let (token, cut, stopping) =
            (Arc::clone(&self.token), self.cut.clone(), Arc::clone(&self.stopping));
        let expired = move || {
            stopping.store(true, Ordering::Relaxed);
            stop(token);
        };
        let timer = Timer::start_with_grace(
            timeout.saturating_add(margin),
            expired,
            STOP_GRACE,
            move || cut.now(),
        )?;
        Ok((timeout, timer))
    }

    /// The error of a failure, with the reason if the connection is gone.
    pub(super) fn explain(&mut self, failure: Failure) -> Error {
        self.gone |= failure.is_end();
        match failure {
            Failure::Refused(error) | Failure::Broken(error) => error,
            Failure::Ended(error) => {
                self.ending.note(&error);
                error
            }
            Failure::Gone(source) => {
                self.ending.learn(&source);
                self.ending.disconnected().with_source(source)
            }
        }
    }
}

/// Whether all the messages that begin in these bytes are notices, notifications and settings, or what stands behind
/// an error, which the crate reads with the next answer: that the session is ready, outside of a transaction.
fn are_remarks(mut bytes: &[u8]) -> bool {
    while let Some((tag, rest)) = bytes.split_first() {
        let Some(length) = rest.first_chunk() else { return true };
        let is_ready = *tag == b'Z' && matches!(rest.get(4), Some(b'I') | None);
        if !is_ready && !matches!(tag, b'N' | b'A' | b'S') {
            return false;
        }
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        bytes = rest.get(length..).unwrap_or_default();
    }
    true
}

/// What it takes to have the server stop what a session does.
struct Stop {
    token: CancelToken,
    encryption: Encryption,
}

/// Asks the server to stop what it does, in the background. A request that takes long is given up.
fn stop(stop: Arc<Stop>) {
    in_background(move || {
        let cut = Cut::default();
        cut.after(STOP_BUDGET);
        let connector = Connector::of_cancel(cut.clone(), stop.encryption.clone());
        if let Err(error) = stop.token.cancel_query(connector) {
            tracing::debug!("a statement that nobody waits for could not be stopped: {error}");
        }
        cut.call_off();
    });
}

impl Drop for BlockingConnection {
    fn drop(&mut self) {
        // Its client closes the session only after the last row.
        if !self.answered && !self.session.committing && self.is_alive() {
            stop(Arc::clone(&self.token));
        }
    }
}

impl fmt::Debug for BlockingConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingConnection")
            .field("transaction", &self.session.transaction)
            .field("dirty", &self.session.dirty)
            .field("alive", &self.is_alive())
            .field("statements", &self.session.cache.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_told_from_last_words() {
        let remarks = b"N\0\0\0\x06abS\0\0\0\x04A\0\0\0\x09abcde";
        for end in 0..remarks.len() {
            assert!(are_remarks(&remarks[..end]), "{end}");
        }
        // What follows remarks that are not all there is not known.
        assert!(are_remarks(b"N\0\0\x01\0abE\0\0\0\x06ab"));
        assert!(!are_remarks(b"N\0\0\0\x06abE\0\0\0\x06ab"));
        assert!(!are_remarks(b"E\0\0\0\x06"));
        let ready = b"Z\0\0\0\x05IN\0\0\0\x06ab";
        for end in 0..ready.len() {
            assert!(are_remarks(&ready[..end]), "{end}");
        }
        assert!(!are_remarks(b"Z\0\0\0\x05E"), "a transaction that has failed");
        assert!(!are_remarks(b"Z\0\0\0\x05IE\0\0\0\x06ab"));
    }
}
