//! Errors of the server and of both drivers as errors of Aludel, and what each says about the
//! session.

mod message;
mod names;
mod server;

use std::io;

use aludel_core::dbapi::errors;
use aludel_core::error::{Error, ErrorKind, Wording};
use mysql_async::{DriverError, IoError, ServerError};
use server::{ends_session, from_server};

use crate::tls::{failure as tls_failure, is_no_tls, no_tls};
pub(crate) use server::{
    Refusal, ends_transaction, is_limit_reached, is_read_only, is_without_quorum, server_error,
    with_fate,
};

/// An exchange that went wrong: the error, and in what state it left the session.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer was read to its end, or nothing was sent: the session goes on.
    Refused(Error),
    /// The session lives, but its state is unknown.
    Broken(Error),
    /// The session is lost.
    Gone(Error),
}

impl Failure {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Refused(error) | Self::Broken(error) | Self::Gone(error) => error,
        }
    }

    /// The number of the server's error, if it refused.
    pub(crate) fn code(&self) -> Option<u16> {
        let Self::Refused(error) = self else { return None };
        server_error(error).map(|server| server.code)
    }

    /// Whether the server forgot a prepared statement, or cannot prepare it anew by itself. Both are
    /// found before anything is executed.
    pub(crate) fn is_stale(&self) -> bool {
        matches!(self.code(), Some(1243 | 1615))
    }

    /// Whether the server cannot prepare the text, though it may execute it.
    pub(crate) fn is_unpreparable(&self) -> bool {
        self.code() == Some(1295)
    }

    /// Whether the server keeps no more prepared statements, of all its sessions together: MySQL's number,
    /// and that of OceanBase.
    pub(crate) fn is_full_of_statements(&self) -> bool {
        matches!(self.code(), Some(1461 | 5930))
    }

    /// Whether the server knows no session of that number.
    pub(crate) fn is_no_session(&self) -> bool {
        self.code() == Some(1094)
    }

    /// Whether the server has no TLS.
    pub(crate) fn is_no_tls(&self) -> bool {
        matches!(self, Self::Refused(error) if is_no_tls(error))
    }

    /// Whether the server has no place for another session now.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self.code(), Some(1040 | 1203 | 1226))
    }

    /// Whether a wait took too long, for a lock or for something else.
    pub(crate) fn is_lock_wait(&self) -> bool {
        self.code() == Some(1205)
    }

    /// Whether a node of a cluster refused because it has lost its quorum.
    pub(crate) fn is_without_quorum(&self) -> bool {
        matches!(self, Self::Gone(error) if is_without_quorum(error))
    }

    /// The failure of what is sent ahead of a statement: without it the session cannot be used.
    pub(crate) fn breaking(self) -> Self {
        match self {
            Self::Refused(error) => Self::Broken(error),
            other => other,
        }
    }

    /// Says which set of parameters it was.
    pub(crate) fn in_set(self, index: usize) -> Self {
        match self {
            Self::Refused(error) => Self::Refused(errors::in_parameter_set(index, error)),
            Self::Broken(error) => Self::Broken(errors::in_parameter_set(index, error)),
            Self::Gone(error) => Self::Gone(error),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<mysql_async::Error> for Failure {
    fn from(error: mysql_async::Error) -> Self {
        match error {
            mysql_async::Error::Server(server) => Self::from(server),
            mysql_async::Error::Io(IoError::Io(error)) => {
                Self::Gone(errors::connection_lost(error))
            }
            #[cfg(feature = "tls-rustls")]
            mysql_async::Error::Io(IoError::Tls(error)) => {
                Self::Gone(errors::connection_lost(io::Error::other(error)))
            }
            mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) => {
                Self::Refused(no_tls())
            }
            mysql_async::Error::Driver(DriverError::LocalInfile(_)) => Self::Gone(local_infile()),
            mysql_async::Error::Driver(DriverError::ConnectionClosed) => {
                Self::Gone(errors::connection_lost(io::ErrorKind::NotConnected.into()))
            }
            other => Self::Broken(odd(&other.to_string())),
        }
    }
}

impl From<mysql::Error> for Failure {
    fn from(error: mysql::Error) -> Self {
        use mysql_common::proto::codec::error::PacketCodecError as Codec;
        match error {
            mysql::Error::MySqlError(error) => {
                let mysql::MySqlError { code, message, state } = error;
                Self::from(ServerError { code, message, state })
            }
            mysql::Error::IoError(error) | mysql::Error::CodecError(Codec::Io(error)) => {
                // Of the limit of a read or write; the system's own end of a silent connection has a number.
                let is_limit = error.kind() == io::ErrorKind::WouldBlock
                    || error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none();
                if is_limit {
                    return Self::Broken(too_slow(error));
                }
                if error.get_ref().is_some_and(|inner| inner.is::<RefusedFile>()) {
                    return Self::Gone(local_infile());
                }
                Self::Gone(errors::connection_lost(error))
            }
            #[cfg(feature = "tls-rustls")]
            mysql::Error::TlsError(error) => {
                Self::Gone(errors::connection_lost(io::Error::other(error)))
            }
            mysql::Error::DriverError(mysql::DriverError::TlsNotSupported) => {
                Self::Refused(no_tls())
            }
            mysql::Error::DriverError(mysql::DriverError::ConnectTimeout) => {
                Self::Gone(errors::connection_lost(io::ErrorKind::TimedOut.into()))
            }
            mysql::Error::DriverError(mysql::DriverError::CouldNotConnect(Some((
                _,
                why,
                kind,
            )))) => Self::Gone(errors::connection_lost(io::Error::new(kind, why))),
            other => Self::Broken(odd(&other.to_string())),
        }
    }
}

impl From<ServerError> for Failure {
    fn from(server: ServerError) -> Self {
        if ends_session(&server) {
            Self::Gone(from_server(server))
        } else {
            Self::Refused(from_server(server))
        }
    }
}

/// What the handler of `LOAD DATA LOCAL` fails with.
#[derive(Debug)]
pub(crate) struct RefusedFile;

impl std::fmt::Display for RefusedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("local files are not sent")
    }
}

impl std::error::Error for RefusedFile {}

#[cold]
fn too_slow(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Operational,
        "the server did not answer, or did not take what it was sent, within the timeout of the \
         connection, which cannot be used any more; a longer read_timeout or write_timeout in the \
         URL allows longer statements",
    )
    .with_source(error)
}

/// What a driver says of an exchange that went wrong otherwise.
#[cold]
fn odd(said: &str) -> Error {
    Error::from_server(ErrorKind::Interface, said, Wording::Values)
        .context("the exchange with the server went wrong")
}

/// A driver panicked over what the server sent.
#[cold]
pub(crate) fn unreadable() -> Error {
    errors::protocol_violation("for MySQL", "a message that it cannot read")
}

#[cold]
pub(crate) fn local_infile() -> Error {
    let mut error = Error::new(
        ErrorKind::NotSupported,
        "the server asked for a file of this machine (LOAD DATA LOCAL INFILE), which is never sent; \
         the connection is closed; insert the rows by statements, or load a file of the server",
    );
    error.set_disconnect(true);
    error
}

/// Why a connection could not be made, naming where to and no secret.
pub(crate) fn from_connect(failure: Failure, place: &str) -> Error {
    let mut error = failure.into_error();
    let io =
        std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
    if let Some(why) = io.and_then(|io| tls_failure(io)) {
        let message = format!("cannot connect to {place}: {why}");
        return Error::new(ErrorKind::Operational, message).with_source(error);
    }
    if let Some(io) = io {
        return errors::cannot_connect(place, io::Error::new(io.kind(), io.to_string()));
    }
    // An unknown database or sql_mode: both are the URL's, and no statement has bound a value yet.
    if let Some(server) = server_error(&error).filter(|server| matches!(server.code, 1049 | 1231)) {
        let text = format!("{} (error {})", server.message, server.code);
        error = Error::from_server(error.kind(), text, Wording::Plain)
            .with_details(error.details().clone())
            .with_driver_error(server.clone());
    }
    error.set_disconnect(false);
    // Settings that the program chose wrongly are its mistake.
    let kind = match error.kind() {
        kind @ (ErrorKind::Argument | ErrorKind::NotSupported) => kind,
        _ => ErrorKind::Operational,
    };
    error.with_kind(kind).context(&format!("cannot connect to {place}"))
}
