//! What the server remarks, from what moves the bytes to who asks for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aludel_core::dbapi::{ServerNotice, Severity};
use tokio_postgres::error::{DbError, Severity as InCrate};

/// So many are kept of one call; the rest is for the log alone.
const MOST: usize = 1000;

/// What one session has remarked, if anybody wants to know. Its clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<Option<Vec<ServerNotice>>>>);

impl Notices {
    fn kept(&self) -> MutexGuard<'_, Option<Vec<ServerNotice>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps them from now on.
    pub(crate) fn hear(&self) {
        self.kept().get_or_insert_default();
    }

    /// Those that were kept. From now on none are.
    pub(crate) fn take(&self) -> Vec<ServerNotice> {
        self.kept().take().unwrap_or_default()
    }

    /// The server remarks something.
    pub(crate) fn note(&self, notice: &DbError) {
        tracing::debug!(severity = notice.severity(), "{}", notice.message());
        if let Some(kept) = &mut *self.kept()
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
