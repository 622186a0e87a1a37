//! What passes between the client crate and the socket: the bytes of either, but for the names of
//! prepared statements.
//!
//! The crate counts the names from `s0` on in every process. A pooler hands the sessions of the server
//! from one client to the next, and a name that is known there is run without an error, whoever
//! prepared it. So the names that the server gets are those of this connection alone
//! ([`Unique`](unique::Unique)), or there are none ([`Unnamed`](unnamed::Unnamed)).

mod frames;
mod unique;
mod unnamed;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

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
        Self { stream, names, waiting: BytesMut::new(), arrived: BytesMut::new() }
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
            self.waiting.advance(written);
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
        match &mut this.names {
            Names::Unique(unique) => unique.outgoing(bytes, &mut this.waiting),
            Names::Unnamed(unnamed) => unnamed.outgoing(bytes, &mut this.waiting),
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

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, names, arrived, .. } = self.get_mut();
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
        let taken = arrived.split_to(arrived.len().min(buffer.remaining()));
        buffer.put_slice(&taken);
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
