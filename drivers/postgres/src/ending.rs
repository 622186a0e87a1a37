//! Why a connection ended.

use std::sync::{Arc, Mutex, PoisonError};

use aludel_core::error::{Details, Error, ErrorKind};

use crate::notices::Notices;

#[derive(Debug, Clone)]
struct Reason {
    message: String,
    sqlstate: Option<String>,
}

/// Why a connection ended, as soon as somebody knows. Its clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    reason: Arc<Mutex<Option<Reason>>>,
    place: Arc<str>,
    /// What the server remarks meanwhile.
    pub(crate) notices: Notices,
}

impl Ending {
    /// Of the connection to a place, which lives.
    pub(crate) fn of(place: &str) -> Self {
        Self { reason: Arc::default(), place: place.into(), notices: Notices::default() }
    }

    /// Keeps what ended the connection's task.
    pub(crate) fn learn(&self, error: &tokio_postgres::Error) {
        self.put(Reason::of(error));
    }

    /// Keeps what the server said in its last answer, for the errors of later calls.
    pub(crate) fn note(&self, error: &Error) {
        self.put(Reason {
            message: error.message().to_owned(),
            sqlstate: error.sqlstate().map(str::to_owned),
        });
    }

    /// The error for a call that found the connection gone.
    pub(crate) fn disconnected(&self) -> Error {
        let reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (why, sqlstate) = match reason {
            Some(reason) => (reason.message, reason.sqlstate),
            None => ("it was closed".to_owned(), None),
        };
        let details = Details { disconnect: true, sqlstate, ..Details::default() };
        Error::new(
            ErrorKind::Operational,
            format!("the connection to {} is gone: {why}", self.place),
        )
        .with_details(details)
    }

    /// The server's own words are kept over what the socket says after them.
    fn put(&self, reason: Reason) {
        let mut slot = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slot.as_ref().is_some_and(|known| known.sqlstate.is_some());
        if !known {
            *slot = Some(reason);
        }
    }
}

impl Reason {
    fn of(error: &tokio_postgres::Error) -> Self {
        let sqlstate = error.code().map(|code| code.code().to_owned());
        let message = match error.as_db_error() {
            Some(server) => crate::error::from_server(server).message().to_owned(),
            None if error.is_closed() => "the server closed it without a reason".to_owned(),
            None => match std::error::Error::source(error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        };
        Self { message, sqlstate }
    }
}
