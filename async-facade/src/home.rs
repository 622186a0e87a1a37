//! Where the synchronous connection is: at home, or lent to a call.
//!
//! ```text
//!            take()                     drop of Lent
//!   home ───────────────► lent (call) ───────────────► home
//!                          value, error, panic or cancellation
//! ```
//!
//! A call that was dropped may still be on its way out on its thread, except under `Local`: the next
//! call finds the connection lent and waits for it. If there is no next one because the home itself
//! is gone, the connection ends where it was lent to.

use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use aludel_core::{Connection, Error, ErrorKind, Result};
use parking_lot::Mutex;

use crate::strategy::Strategy;

/// How long a call waits for the connection to come home from one that was dropped.
const PATIENCE: Duration = Duration::from_secs(10);

/// The place of one connection, and the way to where it runs.
#[derive(Debug)]
pub(crate) struct Home<S: Strategy> {
    place: Arc<Mutex<Place>>,
    host: S::Host,
}

#[derive(Debug)]
struct Place {
    connection: Option<Connection>,
    /// Whether nobody will ask for the connection any more.
    left: bool,
    /// Who waits for it to come home.
    waker: Option<Waker>,
    /// Transactions whose guard was dropped while the connection was lent.
    owed: Vec<u64>,
}

impl<S: Strategy> Home<S> {
    pub(crate) fn new(connection: Connection, host: S::Host) -> Self {
        let connection = Some(connection);
        let place = Place { connection, left: false, waker: None, owed: Vec::new() };
        Self { place: Arc::new(Mutex::new(place)), host }
    }

    /// Where the calls of the connection run.
    pub(crate) fn host(&self) -> &S::Host {
        &self.host
    }

    /// Borrows the connection for one call.
    pub(crate) async fn take(&self) -> Result<Lent> {
        let home = poll_fn(|cx| {
            let mut place = self.place.lock();
            if let Some(connection) = place.connection.take() {
                let connection = Some(connection);
                return Poll::Ready(Lent { place: Arc::clone(&self.place), connection });
            }
            drop(place);
            // Wakers are code of the executor's: they are cloned and dropped with no lock held.
            let waker = cx.waker().clone();
            let mut place = self.place.lock();
            let before = place.waker.replace(waker);
            // It may have come home meanwhile, and nobody was told.
            let connection = place.connection.take();
            drop(place);
            drop(before);
            match connection {
                None => Poll::Pending,
                connection => Poll::Ready(Lent { place: Arc::clone(&self.place), connection }),
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
        self.place.lock().connection.as_ref().map(f)
    }

    /// Notes that the guard of a transaction was dropped.
    pub(crate) fn owe(&self, id: u64) {
        owe(&self.place, id);
    }
}

impl<S: Strategy> Drop for Home<S> {
    fn drop(&mut self) {
        let connection = {
            let mut place = self.place.lock();
            place.left = true;
            place.connection.take()
        };
        if let Some(connection) = connection {
            S::let_go(&self.host, connection);
        }
    }
}

fn owe(place: &Mutex<Place>, id: u64) {
    let mut place = place.lock();
    match &mut place.connection {
        Some(connection) => connection.owe(id),
        None => place.owed.push(id),
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

/// The connection on its way through a call. Dropping it sends the connection home.
#[derive(Debug)]
pub(crate) struct Lent {
    place: Arc<Mutex<Place>>,
    /// Present until the drop.
    connection: Option<Connection>,
}

impl Lent {
    /// Ends the use, here in the call: rolls back or commits, and gives the session back.
    pub(crate) fn finish(mut self, commit: bool) -> Result<()> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        if commit { connection.commit() } else { connection.rollback() }
    }

    /// Begins a transaction; the connection comes home with the number, when that is kept.
    pub(crate) fn begin(mut self, begin: fn(&mut Connection) -> Result<u64>) -> Result<Begun> {
        let id = begin(&mut self)?;
        Ok(Begun { lent: self, id: Some(id) })
    }
}

/// A transaction that has begun and has no guard yet. If the call that waits for it was dropped
/// meanwhile, it is owed a rollback like one whose guard was dropped: the debt is noted before the
/// connection is home, where the next call would find a transaction that nobody has asked for.
#[derive(Debug)]
pub(crate) struct Begun {
    lent: Lent,
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
            self.lent.owe(id);
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
        let (waker, surplus) = {
            let mut place = self.place.lock();
            for id in std::mem::take(&mut place.owed) {
                connection.owe(id);
            }
            let surplus =
                if place.left { Some(connection) } else { place.connection.replace(connection) };
            (place.waker.take(), surplus)
        };
        drop(surplus);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
