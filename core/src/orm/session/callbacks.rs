//! What is done when a transaction has been committed.

use parking_lot::Mutex;

use super::{Inner, Session};

type Callback = Box<dyn FnOnce(&mut Session) + Send>;

/// What is done when the transaction has been committed, and how deep each was asked for.
#[derive(Default)]
pub(super) struct Callbacks(Mutex<Vec<(u32, Callback)>>);

impl Callbacks {
    /// The savepoint of this depth was released.
    pub(super) fn release(&mut self, depth: u32) {
        for (at, _) in self.0.get_mut() {
            *at = (*at).min(depth - 1);
        }
    }

    /// The transaction or savepoint of this depth was rolled back.
    pub(super) fn roll_back(&mut self, depth: u32) {
        self.0.get_mut().retain(|(at, _)| *at < depth);
    }
}

impl Session {
    /// Runs code when the transaction has been committed: the outermost one, and not a savepoint. If it is rolled back, or
    /// the savepoint in which this is asked for, the code is dropped. SQL that it runs belongs to another transaction.
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    ///
    /// use aludel::create_engine;
    /// use aludel::orm::Session;
    ///
    /// let (mails, sent) = channel();
    /// let mut session = Session::new(&create_engine("sqlite://")?);
    /// session.on_commit(move |_| {
    ///     let _ = mails.send("welcome");
    /// });
    /// assert!(sent.try_recv().is_err());
    /// session.commit()?;
    /// assert_eq!(sent.try_recv(), Ok("welcome"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn on_commit(&mut self, f: impl FnOnce(&mut Self) + Send + 'static) {
        let depth = self.0.connections.depth().max(1);
        self.0.callbacks.0.get_mut().push((depth, Box::new(f)));
    }
}

impl Inner {
    /// The transaction was committed.
    pub(super) fn run_callbacks(&mut self) {
        let callbacks = std::mem::take(self.callbacks.0.get_mut());
        if callbacks.is_empty() {
            return;
        }
        self.lend(|session| {
            for (_, callback) in callbacks {
                callback(session);
            }
        });
    }
}
