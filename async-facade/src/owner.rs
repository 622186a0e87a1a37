//! The owner of a synchronous object, which lends it to one call after the other.
//!
//! A call that was dropped may still run on its thread, except under `Local`: the next call finds the
//! object lent and waits for it. If there is no next one because the owner itself is gone, the object
//! ends with that call.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use aludel_bridge::sync;
use aludel_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use crate::lease::{Lease, State};
use crate::lend::Lend;
use crate::strategy::Strategy;

/// How long a call waits for the end of one that was dropped.
const WAIT_FOR_DROPPED_CALL: Duration = Duration::from_secs(10);

/// A synchronous object and where its calls run.
#[derive(Debug)]
pub(crate) struct Owner<S: Strategy, T: Lend> {
    state: Arc<Mutex<State<T>>>,
    host: S::Host,
}

/// Which owner it is.
pub(crate) struct Identity<T: Lend>(Arc<Mutex<State<T>>>);

impl<S: Strategy, T: Lend> Owner<S, T> {
    pub(crate) fn new(object: T, host: S::Host) -> Self {
        Self { state: Arc::new(Mutex::new(State::new(object))), host }
    }

    /// What distinguishes it from all other owners, for as long as this is kept.
    pub(crate) fn identity(&self) -> Identity<T> {
        Identity(Arc::clone(&self.state))
    }

    pub(crate) fn is(&self, identity: &Identity<T>) -> bool {
        Arc::ptr_eq(&self.state, &identity.0)
    }

    /// Where the calls run.
    pub(crate) fn host(&self) -> &S::Host {
        &self.host
    }

    /// Runs one call where the calls run, and accepts its outcome.
    ///
    /// If the future is dropped before the outcome is accepted, the transaction that was open during
    /// the call must be rolled back, unless the call says otherwise of its lease.
    pub(crate) async fn call<R, F>(&self, f: F) -> Result<R>
    where
        F: FnOnce(&mut Lease<T>) -> R + Send + 'static,
        R: Send + 'static,
    {
        let lease = match Lease::new(&self.state) {
            Some(lease) => lease,
            None => self.lease_when_returned().await?,
        };
        self.call_by(lease, f).await
    }

    /// As [`call`](Self::call), by a lease that the caller has.
    pub(crate) async fn call_by<R, F>(&self, mut lease: Lease<T>, f: F) -> Result<R>
    where
        F: FnOnce(&mut Lease<T>) -> R + Send + 'static,
        R: Send + 'static,
    {
        let job = move || {
            lease.start();
            Ok(f(&mut lease))
        };
        let outcome = S::call(&self.host, job).await;
        self.accept();
        outcome
    }

    /// Uses the object in the caller's task, for what neither waits nor calls other code.
    pub(crate) async fn use_here<R>(&self, f: impl FnOnce(&mut T) -> R) -> Result<R> {
        let mut lease = self.lease().await?;
        let outcome = f(&mut lease);
        drop(lease);
        self.accept();
        Ok(outcome)
    }

    /// Borrows the object for one call, whose outcome is to be [accepted](Self::accept).
    pub(crate) async fn lease(&self) -> Result<Lease<T>> {
        match Lease::new(&self.state) {
            Some(lease) => Ok(lease),
            // Boxed, so that the future of each call is small: only a call that was dropped makes the
            // next one wait.
            None => self.lease_when_returned().await,
        }
    }

    fn lease_when_returned(&self) -> Pin<Box<dyn Future<Output = Result<Lease<T>>> + Send + '_>> {
        Box::pin(self.poll_until_returned())
    }

    async fn poll_until_returned(&self) -> Result<Lease<T>> {
        let returned = poll_fn(|cx| self.poll_lease(cx));
        let deadline = Instant::now() + WAIT_FOR_DROPPED_CALL;
        sync::until(returned, deadline).await.ok_or_else(still_lent)
    }

    fn poll_lease(&self, cx: &mut Context<'_>) -> Poll<Lease<T>> {
        // Wakers are code of the executor's: they are cloned and dropped with no lock held.
        let waker = cx.waker().clone();
        let before = self.state.lock().waker.replace(waker);
        drop(before);
        // After the waker is in its place, so that no return of the object is missed.
        match Lease::new(&self.state) {
            Some(lease) => Poll::Ready(lease),
            None => Poll::Pending,
        }
    }

    /// The caller has the outcome of its call.
    pub(crate) fn accept(&self) {
        self.state.lock().set_unaccepted(false);
    }

    /// The caller awaits another outcome of a call that goes on.
    pub(crate) fn expect(&self) {
        self.state.lock().set_unaccepted(true);
    }

    /// Looks at the object, unless it is lent.
    pub(crate) fn inspect<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        self.state.lock().object().map(|object| f(object))
    }

    /// Notes that the guard of a transaction was dropped.
    pub(crate) fn guard_dropped(&self, id: u64) {
        let parted = self.state.lock().guard_dropped(id);
        if let Some(parted) = parted {
            S::release(&self.host, parted);
        }
    }
}

/// A begin whose future is dropped unless it is disarmed.
pub(crate) struct Beginning<'o, S: Strategy, T: Lend>(Option<&'o Owner<S, T>>);

impl<S: Strategy, T: Lend> Owner<S, T> {
    /// For as long as the begin of a transaction is awaited.
    pub(crate) fn beginning(&self) -> Beginning<'_, S, T> {
        Beginning(Some(self))
    }
}

impl<S: Strategy, T: Lend> Beginning<'_, S, T> {
    /// Its outcome is there.
    pub(crate) fn disarm(mut self) {
        self.0 = None;
    }
}

impl<S: Strategy, T: Lend> Drop for Beginning<'_, S, T> {
    fn drop(&mut self) {
        let Some(owner) = self.0 else { return };
        let parted = owner.state.lock().abandon_begin();
        if let Some(parted) = parted {
            S::release(&owner.host, parted);
        }
    }
}

impl<S: Strategy, T: Lend> Drop for Owner<S, T> {
    fn drop(&mut self) {
        let object = self.state.lock().give_up();
        if let Some(object) = object {
            S::release(&self.host, object);
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
