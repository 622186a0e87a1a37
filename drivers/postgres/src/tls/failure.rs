//! Why there was no encrypted connection, with the cure.

use std::error::Error as StdError;
use std::{fmt, io};

use aludel_core::dbapi::errors;
use aludel_core::error::{Error, ErrorKind};
#[cfg(feature = "tls-rustls")]
use aludel_core::rustls_failure as of_rustls;

/// What the libraries and tokio-postgres want an error to be.
pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// The server says that it has no TLS.
#[derive(Debug)]
pub(super) struct NoTls;

impl fmt::Display for NoTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the server has no TLS, and without it sslmode must be prefer or disable; switch TLS on at the \
             server (ssl = on)",
        )
    }
}

impl StdError for NoTls {}

/// A handshake that failed.
#[cfg(any(feature = "tls-rustls", feature = "tls-native"))]
#[derive(Debug)]
pub(super) struct Handshake(pub(super) BoxError);

#[cfg(any(feature = "tls-rustls", feature = "tls-native"))]
impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match of_rustls(&*self.0) {
            Some(why) => f.write_str(&why),
            None => write!(f, "the TLS handshake failed: {}", self.0),
        }
    }
}

#[cfg(any(feature = "tls-rustls", feature = "tls-native"))]
impl StdError for Handshake {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// The error for a stream that could not be opened.
pub(crate) fn of_opening(error: BoxError, place: &str) -> Error {
    match error.downcast::<io::Error>() {
        Ok(error) => errors::cannot_connect(place, *error),
        Err(error) => {
            let message = format!("cannot connect to {place}: {error}");
            Error::new(ErrorKind::Operational, message).with_source(error)
        }
    }
}

/// What an error of the crate says, if it comes from the encryption below it: the one of opening the
/// stream, or an alert that came with the first answer.
pub(crate) fn of_crate(error: &tokio_postgres::Error) -> Option<String> {
    let source = error.source()?;
    #[cfg(any(feature = "tls-rustls", feature = "tls-native"))]
    if let Some(handshake) = source.downcast_ref::<Handshake>() {
        return Some(handshake.to_string());
    }
    match source.downcast_ref::<NoTls>() {
        Some(no_tls) => Some(no_tls.to_string()),
        None => of_rustls(source),
    }
}

#[cfg(not(feature = "tls-rustls"))]
fn of_rustls(_: &(dyn StdError + 'static)) -> Option<String> {
    None
}
