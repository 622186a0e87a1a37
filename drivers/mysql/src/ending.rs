//! How sessions end, for both drivers: the reason is kept, and a lost COMMIT is said to be unknown.

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
    Error::new(
        ErrorKind::InvalidRequest,
        "the connection was interrupted in the middle of an exchange with the server and cannot be \
         used any more; give it back to the pool and take another",
    )
}

/// The failure of a COMMIT whose answer was lost.
#[cold]
pub(crate) fn unknown(failure: Failure) -> Failure {
    let say = |cause: Error| {
        let details = Details { disconnect: true, ..cause.details().clone() };
        Error::new(
            ErrorKind::CommitUnknown,
            format!(
                "COMMIT was sent, but its answer was lost, so the transaction may be committed or \
                 not: {}",
                cause.message()
            ),
        )
        .with_details(details)
        .with_source(cause)
    };
    match failure {
        Failure::Gone(cause) => Failure::Gone(say(cause)),
        Failure::Broken(cause) | Failure::Refused(cause) => Failure::Broken(say(cause)),
    }
}
