//! The session while a call runs, which has it by value: between calls the `AsyncSession` has it.

use aludel_core::orm::{Session, SessionMark};
use aludel_core::{Error, ErrorKind, Result};

use crate::lend::Lend;

/// What is lent to a call: the session, unless the `AsyncSession` has it.
#[derive(Debug, Default)]
pub(super) struct Lent {
    pub(super) session: Option<Session>,
}

impl Lent {
    /// The session, for a call.
    pub(super) fn session(&mut self) -> Result<&mut Session> {
        self.session.as_mut().ok_or_else(lent)
    }
}

impl Lend for Lent {
    type Mark = Option<SessionMark>;
    type Parted = ();

    fn mark(&self) -> Option<SessionMark> {
        self.session.as_ref().map(Session::mark)
    }

    fn outcome_lost(&mut self, since: Option<SessionMark>) {
        if let (Some(session), Some(since)) = (&mut self.session, since) {
            session.outcome_lost(since);
        }
    }

    // Guards of a session's transactions are remembered by its owner.
    fn guard_dropped(&mut self, _: u64) {}

    fn part_with_dropped(&mut self) -> Option<()> {
        None
    }

    fn panicked(&mut self) {
        if let Some(session) = &mut self.session {
            session.interrupted();
        }
    }
}

#[cold]
pub(super) fn lent() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the session is lent to a call whose future was dropped and that still runs; session.ready().await waits for its \
         end",
    )
}
