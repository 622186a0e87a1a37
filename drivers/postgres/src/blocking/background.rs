//! A client that is closed on a background thread.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use aludel_core::dbapi::in_background;
use postgres::Client;

/// A client that is dropped on a background thread: its drop waits until the session is closed, and
/// it panics inside of a runtime.
pub(super) struct Owned(Option<Client>);

impl Owned {
    pub(super) fn new(client: Client) -> Self {
        Self(Some(client))
    }

    /// Takes it out; what is left is closed.
    pub(super) fn take(&mut self) -> Option<Client> {
        self.0.take()
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.as_ref().is_some_and(|client| !client.is_closed())
    }
}

impl Deref for Owned {
    type Target = Client;

    fn deref(&self) -> &Client {
        match &self.0 {
            Some(client) => client,
            None => unreachable!("the client is taken only by its end"),
        }
    }
}

impl DerefMut for Owned {
    fn deref_mut(&mut self) -> &mut Client {
        match &mut self.0 {
            Some(client) => client,
            None => unreachable!("the client is taken only by its end"),
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let Some(client) = self.0.take() else { return };
        // If there is no thread for it, it is leaked: here it might panic.
        let mut client = ManuallyDrop::new(Some(client));
        in_background(move || drop(client.take()));
    }
}
