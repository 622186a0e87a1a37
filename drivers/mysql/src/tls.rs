//! How connections are encrypted: what the client crates can do of what is asked for.
//!
//! Both crates take rustls' provider from the process. Where none is installed at the first encrypted
//! connection, `ring` is installed. The files are read for each connection.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::{TlsLibrary, TlsMode, TlsOption, TlsOptions, UrlOption};
use parking_lot::Mutex;

/// The libraries that are built in.
const BUILT_IN: &[TlsLibrary] = &[
    #[cfg(feature = "tls-rustls")]
    TlsLibrary::Rustls,
];

/// The words of MySQL's clients beside those of libpq.
const MODES: &[(&str, TlsMode)] = &[
    ("disabled", TlsMode::Disable),
    ("preferred", TlsMode::Prefer),
    ("required", TlsMode::Require),
    ("verify_ca", TlsMode::VerifyCa),
    ("verify_identity", TlsMode::VerifyFull),
];

/// The names that MySQL's clients have for the options, beside those of libpq.
pub(crate) const NAMES: &[&str] =
    &["ssl-ca", "ssl-cert", "ssl-key", "ssl-mode", "ssl_ca", "ssl_cert", "ssl_key", "ssl_mode"];

fn named(name: &str) -> Option<TlsOption> {
    match name {
        "ssl-mode" | "ssl_mode" => Some(TlsOption::Mode),
        "ssl-ca" | "ssl_ca" => Some(TlsOption::RootCert),
        "ssl-cert" | "ssl_cert" => Some(TlsOption::Cert),
        "ssl-key" | "ssl_key" => Some(TlsOption::Key),
        _ => TlsOption::named(name),
    }
}

/// How the connections of a driver are encrypted.
#[derive(Debug)]
pub(crate) struct Tls {
    options: TlsOptions,
    /// When the server at a place has last said that it has no TLS, and that it may.
    plain: Mutex<HashMap<String, Instant>>,
}

/// How long a server that has no TLS is not asked again: each question costs one more connection.
const PLAIN_FOR: Duration = Duration::from_secs(60);

/// How many places are known at most.
const MOST_PLACES: usize = 64;

impl Tls {
    pub(crate) fn new(options: TlsOptions) -> Self {
        Self { options, plain: Mutex::default() }
    }

    /// Takes an option of a URL, if it is about TLS.
    pub(crate) fn take(options: &mut TlsOptions, option: &UrlOption<'_>) -> Result<bool> {
        match named(option.name()) {
            Some(which) => options.set(which, option, MODES).map(|()| true),
            None => Ok(false),
        }
    }

    /// Whether it has the same options.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.options == other.options
    }

    /// Refuses options that contradict each other, and those that the crates do not have.
    pub(crate) fn check(&self) -> Result<()> {
        let (mode, library) = self.options.resolve(BUILT_IN)?;
        if library.is_none() {
            return Ok(());
        }
        if self.options.revoked().is_some() {
            return Err(not_there("sslcrl"));
        }
        if !self.options.names_host() {
            return Err(not_there("sslsni"));
        }
        if mode == TlsMode::VerifyCa && library == Some(TlsLibrary::Rustls) {
            return Err(Error::new(
                ErrorKind::NotSupported,
                "to check the authority and not the name (sslmode=verify-ca, or require with sslrootcert) is \
                 not to be had of the crates for MySQL with rustls: write sslmode=verify-full, and connect \
                 by a name that the certificate has",
            ));
        }
        Ok(())
    }

    /// The mode of the next connection to a place.
    pub(crate) fn mode(&self, place: &str) -> Result<TlsMode> {
        self.check()?;
        let (mode, _) = self.options.resolve(BUILT_IN)?;
        let is_plain = mode == TlsMode::Prefer && self.is_plain(place, Instant::now());
        Ok(if is_plain { TlsMode::Disable } else { mode })
    }

    fn is_plain(&self, place: &str, now: Instant) -> bool {
        let since = self.plain.lock().get(place).copied();
        since.is_some_and(|since| now.duration_since(since) < PLAIN_FOR)
    }

    /// The server at a place has no TLS where it is preferred: for a minute it is not asked again.
    pub(crate) fn note_plain(&self, place: &str) {
        let mut plain = self.plain.lock();
        if plain.len() >= MOST_PLACES && !plain.contains_key(place) {
            plain.clear();
        }
        if plain.insert(place.to_owned(), Instant::now()).is_none() {
            tracing::warn!(
                target: "aludel::tls",
                place,
                "the server has no TLS, so connections are in plain text, as sslmode=prefer allows; \
                 sslmode=disable says that this is meant, sslmode=verify-full that it must not be"
            );
        }
    }
}

#[cold]
fn not_there(option: &str) -> Error {
    Error::new(
        ErrorKind::NotSupported,
        format!(
            "the crates for MySQL have nothing like the connection option {option:?}; leave it out"
        ),
    )
}

/// Marks the error of a server that has no TLS.
#[derive(Debug)]
struct NoTls;

impl std::fmt::Display for NoTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server has no TLS")
    }
}

impl std::error::Error for NoTls {}

/// The server has no TLS.
#[cold]
pub(crate) fn no_tls() -> Error {
    Error::new(
        ErrorKind::Operational,
        "the server has no TLS, and without it sslmode must be prefer or disable; switch TLS on at the \
         server (ssl_cert, ssl_key)",
    )
    .with_driver_error(NoTls)
}

/// Whether an error says that the server has no TLS.
pub(crate) fn is_no_tls(error: &Error) -> bool {
    error.driver_error().is_some_and(|error| error.is::<NoTls>())
}

#[cfg(feature = "tls-rustls")]
pub(crate) use with_rustls::failure;

/// Why a handshake failed.
#[cfg(not(feature = "tls-rustls"))]
pub(crate) fn failure(_: &(dyn std::error::Error + 'static)) -> Option<String> {
    None
}

#[cfg(not(feature = "tls-rustls"))]
impl Tls {
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "it is so with a library")]
    pub(crate) fn for_async(&self, _: TlsMode) -> Result<Option<mysql_async::SslOpts>> {
        Ok(None)
    }

    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "it is so with a library")]
    pub(crate) fn for_blocking(&self, _: TlsMode) -> Result<Option<mysql::SslOpts>> {
        Ok(None)
    }
}

#[cfg(feature = "tls-rustls")]
mod with_rustls {
    use std::fs;
    use std::path::Path;

    use aludel_core::error::Result;
    pub(crate) use aludel_core::rustls_failure as failure;
    use aludel_core::{TlsMode, TrustedRoots, bad_tls_file as bad_file};
    use rustls::RootCertStore;
    use rustls::crypto::{CryptoProvider, ring};

    use super::Tls;

    /// Both crates panic, or fail, where there is none.
    fn provide() {
        if CryptoProvider::get_default().is_none() {
            // Another thread may have been faster, and then it is that one.
            let _ = ring::default_provider().install_default();
        }
    }

    impl Tls {
        /// The form of mysql_async.
        pub(crate) fn for_async(&self, mode: TlsMode) -> Result<Option<mysql_async::SslOpts>> {
            if mode == TlsMode::Disable {
                return Ok(None);
            }
            provide();
            let mut opts = mysql_async::SslOpts::default();
            if mode < TlsMode::VerifyCa {
                opts = opts.with_danger_accept_invalid_certs(true);
            } else {
                let roots = match self.options.roots() {
                    Some(TrustedRoots::File(file)) => vec![read("sslrootcert", file)?],
                    _ => system_roots(),
                };
                let roots = roots.into_iter().map(Into::into).collect();
                opts = opts.with_root_certs(roots).with_disable_built_in_roots(true);
            }
            if let Some((cert, key)) = self.options.identity() {
                let (cert, key) = (read("sslcert", cert)?, read("sslkey", key)?);
                let identity = mysql_async::ClientIdentity::new(cert.into(), key.into());
                opts = opts.with_client_identity(Some(identity));
            }
            Ok(Some(opts))
        }

        /// The form of mysql, which always trusts the authorities of Mozilla's list beside those of the
        /// file.
        pub(crate) fn for_blocking(&self, mode: TlsMode) -> Result<Option<mysql::SslOpts>> {
            if mode == TlsMode::Disable {
                return Ok(None);
            }
            provide();
            let mut opts = mysql::SslOpts::default();
            if mode < TlsMode::VerifyCa {
                opts = opts.with_danger_accept_invalid_certs(true);
            }
            if let Some(TrustedRoots::File(file)) = self.options.roots() {
                read("sslrootcert", file)?;
                opts = opts.with_root_cert_path(Some(file.clone()));
            }
            if let Some((cert, key)) = self.options.identity() {
                read("sslcert", cert)?;
                read("sslkey", key)?;
                let identity = mysql::ClientIdentity::new(cert.to_owned(), key.to_owned());
                opts = opts.with_client_identity(Some(identity));
            }
            Ok(Some(opts))
        }
    }

    /// A file of PEM, which the crates would take for DER if it is something else.
    fn read(option: &str, file: &Path) -> Result<Vec<u8>> {
        let bytes = fs::read(file)
            .map_err(|error| bad_file(option, &format!("it cannot be read: {error}")))?;
        let begins: &[u8] =
            if option == "sslkey" { b"PRIVATE KEY-----" } else { b"-----BEGIN CERTIFICATE-----" };
        if bytes.windows(begins.len()).any(|bytes| bytes == begins) {
            return Ok(bytes);
        }
        Err(bad_file(
            option,
            "it has nothing of the kind in it; it must be PEM, and a key not encrypted",
        ))
    }

    /// The authorities that the system trusts, but for those that rustls cannot read.
    fn system_roots() -> Vec<Vec<u8>> {
        let mut store = RootCertStore::empty();
        let certs = rustls_native_certs::load_native_certs().certs;
        let readable = certs.into_iter().filter(|cert| store.add(cert.clone()).is_ok());
        readable.map(|cert| cert.to_vec()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_tls_is_asked_again_after_a_while_and_another_at_once() {
        let tls = Tls::new(TlsOptions::new());
        tls.note_plain("one:3306");
        let now = Instant::now();
        assert!(tls.is_plain("one:3306", now));
        assert!(!tls.is_plain("two:3306", now));
        assert!(!tls.is_plain("one:3306", now + PLAIN_FOR));
        for port in 0..2 * MOST_PLACES {
            tls.note_plain(&format!("one:{port}"));
        }
        assert!(tls.plain.lock().len() <= MOST_PLACES);
    }
}
