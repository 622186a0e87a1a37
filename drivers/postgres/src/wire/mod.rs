//! What passes between the client crate and the socket: the bytes of either, but for the names of
//! prepared statements.
//!
//! The crate counts the names from `s0` on in every process. A pooler hands the sessions of the server
//! from one client to the next, and a name that is known there is run without an error, whoever
//! prepared it. So the names that the server gets are those of this connection alone
//! ([`Unique`](unique::Unique)), or there are none ([`Unnamed`](unnamed::Unnamed)).

mod frames;
mod incoming;
mod shortcut;
#[cfg(test)]
mod tests;
mod unique;
mod unnamed;

use std::fmt;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

use self::shortcut::State;
pub(crate) use self::shortcut::{End, MOST_KEPT, Shortcut};
use self::unique::Unique;
use self::unnamed::Unnamed;

/// Bytes that may wait for the socket before the client waits too.
const MOST_WAITING: usize = 64 * 1024;

/// Under which names a server prepares statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum StatementNames {
    /// Each connection has names of its own.
    #[default]
    Unique,
    /// None: a statement is parsed with each execution, in one message with it.
    Unnamed,
}

/// A stream to the server, on which prepared statements have the names that are wanted.
pub(crate) struct Wire<S> {
    stream: S,
    names: Names,
    /// What is still to be written.
    waiting: BytesMut,
    /// What was read and nobody has taken.
    arrived: BytesMut,
    /// The way of prepared statements past the client, where statements have names.
    shortcut: Option<Arc<Shortcut>>,
}

enum Names {
    Unique(Unique),
    Unnamed(Box<Unnamed>),
}

impl<S> Wire<S> {
    pub(crate) fn new(stream: S, names: StatementNames) -> Self {
        let names = match names {
            StatementNames::Unique => Names::Unique(Unique::new()),
            StatementNames::Unnamed => Names::Unnamed(Box::default()),
        };
        let (waiting, arrived) = (BytesMut::new(), BytesMut::new());
        Self { stream, names, waiting, arrived, shortcut: None }
    }

    /// With a way for prepared statements past the client, if they have names.
    pub(crate) fn with_shortcut(mut self, shortcut: &Arc<Shortcut>) -> Self {
        if let Names::Unique(_) = self.names {
            self.shortcut = Some(Arc::clone(shortcut));
        }
        self
    }
}

impl<S> Drop for Wire<S> {
    fn drop(&mut self) {
        if let Some(shortcut) = &self.shortcut {
            shortcut.close();
        }
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// Writes what waits.
    fn poll_write_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.waiting.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.waiting))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            if written == self.waiting.len() {
                // So that its memory is used again from the beginning.
                self.waiting.clear();
            } else {
                self.waiting.advance(written);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    /// Takes all of the bytes. What the socket does not take at once is written by the flush, which
    /// the client does after each message.
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.waiting.len() > MOST_WAITING {
            ready!(this.poll_write_out(context))?;
        }
        match (&mut this.names, &this.shortcut) {
            (Names::Unnamed(unnamed), _) => unnamed.outgoing(bytes, &mut this.waiting),
            (Names::Unique(unique), None) => unique.outgoing(bytes, &mut this.waiting),
            (Names::Unique(unique), Some(shortcut)) => {
                let mut state = shortcut.lock();
                let swallowed = state.swallow(bytes, &mut this.arrived)?;
                if swallowed > 0 {
                    // It reads before it writes: now there is something.
                    context.waker().wake_by_ref();
                    return Poll::Ready(Ok(swallowed));
                }
                unique.note(&mut state.wanted);
                unique.outgoing(bytes, &mut this.waiting);
                unique.has_noted(&mut state.found);
                state.is_partial = unique.is_partial();
                state.sent(unique.take_requests());
            }
        }
        if let Poll::Ready(Err(error)) = this.poll_write_out(context) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_write_out(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_write_out(context))?;
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

impl<S> Wire<S> {
    /// Gives what has arrived to the client.
    fn deliver(&mut self, buffer: &mut ReadBuf<'_>) {
        let taken = self.arrived.len().min(buffer.remaining());
        buffer.put_slice(&self.arrived[..taken]);
        self.arrived.advance(taken);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Reads for the client, and before it for a statement that does not go through it.
    fn poll_read_beside(
        &mut self,
        shortcut: &Shortcut,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = shortcut.lock();
        let read = self.poll_read_locked(&mut state, context, buffer);
        let waker = state.whom_to_wake();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        read
    }

    fn poll_read_locked(
        &mut self,
        state: &mut State,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        state.check()?;
        if state.has_request() {
            // What is there already is the crate's, such as the reason of an end, which a write would only find.
            if let Poll::Ready(read) = self.poll_for_crate(state, context, buffer) {
                return Poll::Ready(read);
            }
            if !state.may_request() {
                return Poll::Pending;
            }
            let request = state.request();
            if self.waiting.is_empty() {
                std::mem::swap(&mut self.waiting, request);
            } else {
                self.waiting.extend_from_slice(request);
            }
            return match self.poll_write_out(context) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => Poll::Pending,
            };
        }
        let read =
            if state.reads() { self.poll_answer(state, context) } else { Poll::Ready(Ok(())) };
        // What belongs to no request stands between the messages of an answer.
        if self.arrived.is_empty() {
            ready!(read)?;
        }
        self.poll_for_crate(state, context, buffer)
    }

    fn poll_for_crate(
        &mut self,
        state: &mut State,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.arrived.is_empty() {
            self.deliver(buffer);
            return Poll::Ready(Ok(()));
        }
        if state.is_paused() {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        state.pass(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }

    /// Reads the answer to a statement. Ready when what follows is not its.
    fn poll_answer(
        &mut self,
        state: &mut State,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        state.look_again(&mut self.arrived)?;
        while state.reads() {
            let Some(answer) = state.buffer() else { return Poll::Pending };
            match ready!(pin!(self.stream.read_buf(answer)).poll(context)) {
                Ok(0) => state.cut(&mut self.arrived),
                Ok(_) => state.look(&mut self.arrived)?,
                // A server that ends while there is something that it has not read resets the socket.
                Err(_) if state.is_refused() => state.cut(&mut self.arrived),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(shortcut) = &this.shortcut {
            let shortcut = Arc::clone(shortcut);
            return this.poll_read_beside(&shortcut, context, buffer);
        }
        let Self { stream, names, arrived, .. } = this;
        let Names::Unnamed(unnamed) = names else {
            return Pin::new(stream).poll_read(context, buffer);
        };
        while arrived.is_empty() {
            let mut bytes = [0; 8 * 1024];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut *stream).poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            unnamed.incoming(read.filled(), arrived);
        }
        this.deliver(buffer);
        Poll::Ready(Ok(()))
    }
}

impl<S: TlsStream + Unpin> TlsStream for Wire<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

impl<S> fmt::Debug for Wire<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = match self.names {
            Names::Unique(_) => StatementNames::Unique,
            Names::Unnamed(_) => StatementNames::Unnamed,
        };
        f.debug_struct("Wire").field("names", &names).finish_non_exhaustive()
    }
}
