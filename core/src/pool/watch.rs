//! A warning for each connection that is lent for long, from a thread that sleeps until one is due.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing::{Dispatch, dispatcher};

use super::holder::{Holders, Lent};
use crate::error::{Error, ErrorKind, Result};

/// Ends the thread by its drop.
#[derive(Debug)]
pub(super) struct Watch {
    _stop: SyncSender<()>,
}

impl Watch {
    /// Watches the sessions of a pool from now on. What it says goes to the subscriber of the thread that
    /// calls.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operational`]: the system refuses the thread.
    pub(super) fn start(holders: Holders, after: Duration) -> Result<Self> {
        let (stop, stopped) = sync_channel::<()>(0);
        // To set the one that does nothing would have every statement look for a subscriber.
        let dispatch = dispatcher::has_been_set().then(|| dispatcher::get_default(Dispatch::clone));
        let watch = move || {
            let mut sleep = after;
            while stopped.recv_timeout(sleep) == Err(RecvTimeoutError::Timeout) {
                let (overdue, next) = holders.overdue(after);
                match &dispatch {
                    None => overdue.iter().for_each(warn),
                    Some(dispatch) => {
                        dispatcher::with_default(dispatch, || overdue.iter().for_each(warn));
                    }
                }
                // One that is lent while this sleeps is due no sooner than that.
                let next = next.map(|next| next.saturating_duration_since(Instant::now()));
                sleep = next.unwrap_or(after).min(after);
            }
        };
        let started = thread::Builder::new().name("aludel-watch".to_owned()).spawn(watch);
        started.map(|_| Self { _stop: stop }).map_err(|error| {
            let message = format!(
                "the thread that warns of connections that are lent for long could not be started ({error}); \
                 raise the limit on threads, or leave pool_warn_after out"
            );
            Error::new(ErrorKind::Operational, message).with_source(error)
        })
    }
}

fn warn(lent: &Lent) {
    tracing::warn!(
        target: "aludel::pool",
        connection = lent.connection,
        code.file.path = lent.place.file(),
        code.line.number = lent.place.line(),
        "a connection is not given back: it is held by {lent}"
    );
}
