//! What moves the bytes of a session.

use std::ops::ControlFlow;
use std::task::{Context, Poll};

use tokio_postgres::{AsyncMessage, Connection};

use crate::ending::Ending;
use crate::socket::Socket;
use crate::tls::Stream;
use crate::wire::Wire;

/// The half of a connection that tokio-postgres leaves to a task.
pub(crate) type Mover = Connection<ToServer, ToServer>;

/// The crate's stream.
type ToServer = Wire<Stream<Socket>>;

/// What [`Link`](crate::link::Link) has polled: a [`Mover`], or what stands for one in its model.
pub(crate) trait Move: Send + 'static {
    /// Moves bytes until there is a message, which it takes. The break is the end of the connection,
    /// whose reason is known then.
    fn poll_step(&mut self, context: &mut Context<'_>, ending: &Ending) -> Poll<ControlFlow<()>>;
}

impl Move for Mover {
    fn poll_step(&mut self, context: &mut Context<'_>, ending: &Ending) -> Poll<ControlFlow<()>> {
        self.poll_message(context).map(|message| match message {
            Some(Ok(AsyncMessage::Notice(notice))) => {
                ending.notices.note(&notice);
                ControlFlow::Continue(())
            }
            Some(Ok(_)) => ControlFlow::Continue(()),
            Some(Err(error)) => {
                // The reason must stand before the mover is dropped, which wakes who waits.
                ending.learn(&error);
                ControlFlow::Break(())
            }
            None => ControlFlow::Break(()),
        })
    }
}
