//! Where the synchronous connection is: at home, or lent to a greenlet.
//!
//! ```text
//!            take()                         drop of Lent
//!   home ───────────────► lent (greenlet) ───────────────► home
//!                           value, error, panic or cancellation
//! ```
//!
//! A call that was dropped under `Hosted` may still be on its way out on the host: the next call
//! finds the connection lent and waits for it.

use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use aludel_core::{Connection, Error, ErrorKind, Result};
use parking_lot::Mutex;

/// How long a call waits for the connection to come home from one that was dropped.
const PATIENCE: Duration = Duration::from_secs(10);

/// The place of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Home(Arc<Mutex<Place>>);

#[derive(Debug)]
struct Place {
    connection: Option<Connection>,
    /// Who waits for it to come home.
    waker: Option<Waker>,
    /// Transactions whose guard was dropped while the connection was lent.
    owed: Vec<u64>,
}

impl Home {
    pub(crate) fn new(connection: Connection) -> Self {
        let connection = Some(connection);
        Self(Arc::new(Mutex::new(Place { connection, waker: None, owed: Vec::new() })))
    }

    /// Borrows the connection for one call.
    pub(crate) async fn take(&self) -> Result<Lent> {
        let home = poll_fn(|cx| {
            let mut place = self.0.lock();
            if let Some(connection) = place.connection.take() {
                let connection = Some(connection);
                return Poll::Ready(Lent { home: self.clone(), connection });
            }
            drop(place);
            // Wakers are code of the executor's: they are cloned and dropped with no lock held.
            let waker = cx.waker().clone();
            let mut place = self.0.lock();
            let before = place.waker.replace(waker);
            // It may have come home meanwhile, and nobody was told.
            let connection = place.connection.take();
            drop(place);
            drop(before);
            match connection {
                None => Poll::Pending,
                connection => Poll::Ready(Lent { home: self.clone(), connection }),
            }
        });
        let mut home = pin!(home);
        let mut patience = None;
        poll_fn(|cx| {
            if let Poll::Ready(lent) = home.as_mut().poll(cx) {
                return Poll::Ready(Ok(lent));
            }
            // Only a call that was dropped makes anybody wait, so the timer is made late.
            let timer = patience.get_or_insert_with(|| Box::pin(async_io::Timer::after(PATIENCE)));
            timer.as_mut().poll(cx).map(|_| Err(still_lent()))
        })
        .await
    }

    /// Looks at the connection, if it is at home.
    pub(crate) fn look<T>(&self, f: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.0.lock().connection.as_ref().map(f)
    }

    /// Notes that the guard of a transaction was dropped.
    pub(crate) fn owe(&self, id: u64) {
        let mut place = self.0.lock();
        match &mut place.connection {
            Some(connection) => connection.owe(id),
            None => place.owed.push(id),
        }
    }
}

#[cold]
fn still_lent() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the connection is still in use by an earlier call whose future was dropped or forgotten, \
         and whose code does not end; take another connection",
    )
}

/// The connection on its way through a greenlet. Dropping it sends the connection home.
#[derive(Debug)]
pub(crate) struct Lent {
    home: Home,
    /// Present until the drop.
    connection: Option<Connection>,
}

impl Lent {
    /// Ends the use, here on the greenlet: rolls back or commits, and gives the session back.
    pub(crate) fn finish(mut self, commit: bool) -> Result<()> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        if commit { connection.commit() } else { connection.rollback() }
    }

    /// The number of a transaction that has begun, on its way to its guard.
    pub(crate) fn begun(&self, id: u64) -> Begun {
        Begun { home: self.home.clone(), id: Some(id) }
    }
}

/// A transaction that has begun and has no guard yet. If the call that waits for it was dropped
/// meanwhile, it is owed a rollback like one whose guard was dropped.
#[derive(Debug)]
pub(crate) struct Begun {
    home: Home,
    id: Option<u64>,
}

impl Begun {
    /// The number, for the guard.
    pub(crate) fn keep(mut self) -> u64 {
        // Present until here.
        self.id.take().unwrap_or_default()
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.home.owe(id);
        }
    }
}

impl Deref for Lent {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("a lent connection is there until it is dropped"),
        }
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Connection {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("a lent connection is there until it is dropped"),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if std::thread::panicking() {
            // Nothing is known of what the code was in the middle of.
            connection.interrupted();
        }
        let (waker, replaced) = {
            let mut place = self.home.0.lock();
            for id in std::mem::take(&mut place.owed) {
                connection.owe(id);
            }
            (place.waker.take(), place.connection.replace(connection))
        };
        drop(replaced);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
