//! How sessions end, for both drivers: the reason is kept, and a lost COMMIT is reported as unknown.

use aludel_core::dbapi::errors;
use aludel_core::error::{Details, Error, ErrorKind};

use crate::error::Failure;

/// Why the session is gone, for whoever asks later.
#[derive(Debug)]
pub(crate) struct Gone {
    message: String,
    details: Details,
}

impl Gone {
    pub(crate) fn of(error: &Error) -> Self {
        Self { message: error.message().to_owned(), details: error.details().clone() }
    }

    pub(crate) fn error(&self) -> Error {
        let details = Details { disconnect: true, ..self.details.clone() };
        Error::new(ErrorKind::Operational, self.message.clone()).with_details(details)
    }
}

#[cold]
pub(crate) fn interrupted() -> Error {
    errors::connection_interrupted()
}

/// The failure of a COMMIT whose answer was lost.
#[cold]
pub(crate) fn unknown(failure: Failure) -> Failure {
    match failure {
        Failure::Gone(cause) => Failure::Gone(errors::commit_unknown(cause)),
        Failure::Broken(cause) | Failure::Refused(cause) => {
            Failure::Broken(errors::commit_unknown(cause))
        }
    }
}
