//! What the server remarks, from what moves the bytes to who asks for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aludel_core::dbapi::{ServerNotice, Severity};
use tokio_postgres::error::{DbError, Severity as InCrate};

/// So many are kept of one call; the rest is for the log alone.
const MOST: usize = 1000;

/// What one session has remarked, if anybody wants to know. Its clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
enum Kept {
    /// Nobody wants to know.
    #[default]
    Nothing,
    /// Somebody does, but not what is remarked of what was sent before.
    Later,
    All(Vec<ServerNotice>),
}

impl Notices {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps them from now on, or, where replies are pending, once they are read. Those that were kept before, of
    /// rows that nobody has read, are of no call any more.
    pub(crate) fn hear(&self, pending: bool) {
        *self.kept() = if pending { Kept::Later } else { Kept::All(Vec::new()) };
    }

    /// Those that were kept so far. More are kept.
    pub(crate) fn take_some(&self) -> Vec<ServerNotice> {
        match &mut *self.kept() {
            Kept::All(kept) => std::mem::take(kept),
            Kept::Nothing | Kept::Later => Vec::new(),
        }
    }

    /// Whether the pending replies are to be read first.
    pub(crate) fn is_later(&self) -> bool {
        matches!(*self.kept(), Kept::Later)
    }

    /// Those that were kept. From now on none are.
    pub(crate) fn take(&self) -> Vec<ServerNotice> {
        match std::mem::take(&mut *self.kept()) {
            Kept::All(kept) => kept,
            Kept::Nothing | Kept::Later => Vec::new(),
        }
    }

    /// The server remarks something.
    pub(crate) fn note(&self, notice: &DbError) {
        tracing::debug!(severity = notice.severity(), "{}", notice.message());
        if let Kept::All(kept) = &mut *self.kept()
            && kept.len() < MOST
        {
            kept.push(typed(notice));
        }
    }
}

fn typed(notice: &DbError) -> ServerNotice {
    let severity = match notice.parsed_severity() {
        Some(InCrate::Debug) => Severity::Debug,
        Some(InCrate::Log) => Severity::Log,
        Some(InCrate::Info) => Severity::Info,
        Some(InCrate::Warning) => Severity::Warning,
        Some(InCrate::Error | InCrate::Fatal | InCrate::Panic) => Severity::Error,
        Some(InCrate::Notice) | None => Severity::Notice,
    };
    ServerNotice::new(severity, notice.code().code(), notice.message())
}
