//! How a connection is encrypted and whom it trusts: one description for the drivers of all databases
//! that are reached over a network.

#[cfg(feature = "tls-rustls")]
mod rustls;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::url::UrlOption;
#[cfg(feature = "tls-rustls")]
pub use rustls::rustls_failure;

/// Whether a connection is encrypted, and what of the server's certificate is checked. The names are libpq's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsMode {
    /// No encryption.
    Disable,
    /// Encryption if the server has it, and plain text otherwise, which is logged once. Nobody is
    /// kept from claiming that the server has none.
    Prefer,
    /// Encryption, with whoever answers: the certificate is not checked.
    Require,
    /// Encryption with a server whose certificate comes from a trusted authority, whatever its name.
    VerifyCa,
    /// The same, and the certificate is for the host that was connected to.
    VerifyFull,
}

/// Which authorities may have signed the server's certificate.
#[derive(Clone, PartialEq, Eq)]
pub enum TrustedRoots {
    /// Those that the system trusts.
    System,
    /// Those of a PEM file, and no others.
    File(PathBuf),
}

/// The library that encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsLibrary {
    /// rustls, the feature `tls-rustls`.
    Rustls,
    /// The library of the system, which is OpenSSL on Linux: the feature `tls-native`.
    Native,
}

/// How a connection is encrypted, and whom it trusts.
///
/// ```
/// use aludel_core::{TlsLibrary, TlsMode, TlsOptions};
///
/// let tls = TlsOptions::new().root_cert("/etc/db/ca.pem").client_cert("/etc/db/me.pem", "/etc/db/me.key");
/// assert_eq!(tls.resolve(&[TlsLibrary::Rustls])?.0, TlsMode::VerifyFull);
/// # Ok::<(), aludel_core::Error>(())
/// ```
///
/// In a URL these are the options of libpq:
///
/// | option | means |
/// | --- | --- |
/// | `sslmode` | `disable`, `prefer` (also `allow`), `require`, `verify-ca` or `verify-full` |
/// | `sslrootcert` | a PEM file of the authorities to trust, or `system` for those of the system |
/// | `sslcert`, `sslkey` | PEM files of the client's certificate and of its key, which is not encrypted |
/// | `sslcrl` | a PEM file of lists of revoked certificates: each authority must have a current one |
/// | `sslsni` | `0` to keep the name of the host out of the handshake, which others can read |
/// | `tls_library` | `rustls` or `native`, where both are built in; else `rustls` |
///
/// Without `sslmode` it is `verify-full` if there is `sslrootcert` or `sslcrl`, `require` if there is
/// `sslcert`, and else `prefer`, or `disable` in a program without a library for TLS. To trust the system's
/// authorities, write `sslmode=verify-full` alone. As in libpq, `require` with a file of authorities is
/// `verify-ca`, and the system's authorities go with `verify-full` only, for anybody can have a certificate
/// of theirs. A socket of this machine is never encrypted.
///
/// A server that says it has TLS and then fails at it is an error in every mode: `prefer` goes on in plain
/// text only where the server says that it has none.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct TlsOptions {
    mode: Option<TlsMode>,
    roots: Option<TrustedRoots>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    crl: Option<PathBuf>,
    sni: bool,
    library: Option<TlsLibrary>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self { mode: None, roots: None, cert: None, key: None, crl: None, sni: true, library: None }
    }
}

/// One of the options of a URL that are about TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsOption {
    /// `sslmode`.
    Mode,
    /// `sslrootcert`.
    RootCert,
    /// `sslcert`.
    Cert,
    /// `sslkey`.
    Key,
    /// `sslcrl`.
    Crl,
    /// `sslsni`.
    Sni,
    /// `tls_library`, which is ours and not libpq's.
    Library,
}

impl TlsOption {
    /// The names that every driver takes, libpq's.
    pub const NAMES: &[&str] =
        &["sslcert", "sslcrl", "sslkey", "sslmode", "sslrootcert", "sslsni", "tls_library"];

    /// The option that is called so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "sslmode" => Self::Mode,
            "sslrootcert" => Self::RootCert,
            "sslcert" => Self::Cert,
            "sslkey" => Self::Key,
            "sslcrl" => Self::Crl,
            "sslsni" => Self::Sni,
            "tls_library" => Self::Library,
            _ => return None,
        })
    }
}

impl TlsOptions {
    /// The defaults: as if nothing about TLS stood in the URL.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the mode.
    pub fn mode(mut self, mode: TlsMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Trusts the authorities of a PEM file, and no others.
    pub fn root_cert(mut self, file: impl Into<PathBuf>) -> Self {
        self.roots = Some(TrustedRoots::File(file.into()));
        self
    }

    /// Trusts the authorities that the system trusts.
    pub fn system_roots(mut self) -> Self {
        self.roots = Some(TrustedRoots::System);
        self
    }

    /// Shows a certificate to a server that asks for one. Both files are PEM.
    pub fn client_cert(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.cert = Some(cert.into());
        self.key = Some(key.into());
        self
    }

    /// Refuses the certificates that the lists in a PEM file call revoked.
    pub fn crl(mut self, file: impl Into<PathBuf>) -> Self {
        self.crl = Some(file.into());
        self
    }

    /// Whether the handshake names the host, in plain text. Default: yes.
    pub fn sni(mut self, sni: bool) -> Self {
        self.sni = sni;
        self
    }

    /// Chooses among the libraries that are built in. Default: rustls before the system's.
    pub fn library(mut self, library: TlsLibrary) -> Self {
        self.library = Some(library);
        self
    }

    /// Sets what an option of a URL says. `modes` are words for modes beside libpq's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for a value that the option cannot have.
    pub fn set(
        &mut self,
        which: TlsOption,
        option: &UrlOption<'_>,
        modes: &[(&str, TlsMode)],
    ) -> Result<()> {
        let file = || match option.value() {
            "" => Err(option.invalid("it must be the path of a file")),
            path => Ok(PathBuf::from(path)),
        };
        match which {
            TlsOption::Mode => {
                let words: Vec<_> = LIBPQ_MODES.iter().chain(modes).copied().collect();
                self.mode = Some(option.one_of(&words)?);
            }
            TlsOption::RootCert if option.value() == "system" => {
                self.roots = Some(TrustedRoots::System);
            }
            TlsOption::RootCert => self.roots = Some(TrustedRoots::File(file()?)),
            TlsOption::Cert => self.cert = Some(file()?),
            TlsOption::Key => self.key = Some(file()?),
            TlsOption::Crl => self.crl = Some(file()?),
            TlsOption::Sni => self.sni = option.flag()?,
            TlsOption::Library => {
                let words = [("rustls", TlsLibrary::Rustls), ("native", TlsLibrary::Native)];
                self.library = Some(option.one_of(&words)?);
            }
        }
        Ok(())
    }

    /// Whom to trust, if that was said.
    #[must_use]
    pub fn roots(&self) -> Option<&TrustedRoots> {
        self.roots.as_ref()
    }

    /// The files of the client's certificate and of its key.
    #[must_use]
    pub fn identity(&self) -> Option<(&Path, &Path)> {
        Some((self.cert.as_deref()?, self.key.as_deref()?))
    }

    /// The file of lists of revoked certificates.
    #[must_use]
    pub fn revoked(&self) -> Option<&Path> {
        self.crl.as_deref()
    }

    /// Whether the handshake names the host.
    #[must_use]
    pub fn names_host(&self) -> bool {
        self.sni
    }

    /// All files that are named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let roots = match &self.roots {
            Some(TrustedRoots::File(file)) => Some(file),
            _ => None,
        };
        [roots, self.cert.as_ref(), self.key.as_ref(), self.crl.as_ref()]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
    }

    /// The mode that all of it means, and the library that does it, for a driver that has these
    /// libraries. Without one nothing is encrypted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for options that contradict each other;
    /// [`ErrorKind::NotSupported`] if there is to be TLS and the library for it is not built in.
    pub fn resolve(&self, built_in: &[TlsLibrary]) -> Result<(TlsMode, Option<TlsLibrary>)> {
        let mode = self.checked_mode()?;
        let library = match self.library {
            Some(wanted) => Some(wanted).filter(|wanted| built_in.contains(wanted)),
            None => built_in.first().copied(),
        };
        match (mode, library) {
            (TlsMode::Disable, _) => Ok((mode, None)),
            (_, Some(_)) => Ok((mode, library)),
            (TlsMode::Prefer, None) if self.library.is_none() => Ok((TlsMode::Disable, None)),
            _ => Err(not_built_in(self.library)),
        }
    }

    fn checked_mode(&self) -> Result<TlsMode> {
        if self.cert.is_some() != self.key.is_some() {
            return Err(contradiction(
                "sslcert and sslkey go together, but one of them is missing",
            ));
        }
        let checks = self.roots.is_some() || self.crl.is_some();
        let mode = match self.mode {
            Some(mode) => mode,
            None if checks => TlsMode::VerifyFull,
            None if self.cert.is_some() => TlsMode::Require,
            None => TlsMode::Prefer,
        };
        match (mode, &self.roots) {
            (TlsMode::Prefer, _) if checks => Err(contradiction(
                "sslmode=prefer checks no certificate, so it cannot go with sslrootcert or sslcrl; write \
                 sslmode=verify-full",
            )),
            (TlsMode::Require | TlsMode::VerifyCa, Some(TrustedRoots::System))
            | (TlsMode::VerifyCa, None) => Err(contradiction(
                "anybody can have a certificate of an authority that the system trusts, so the name has to \
                 be checked too; write sslmode=verify-full, or name your own authority by sslrootcert",
            )),
            (TlsMode::Require, None) if self.crl.is_some() => Err(contradiction(
                "sslmode=require checks no certificate, so it cannot go with sslcrl; write \
                 sslmode=verify-full",
            )),
            (TlsMode::Require, Some(TrustedRoots::File(_))) => Ok(TlsMode::VerifyCa),
            _ => Ok(mode),
        }
    }
}

const LIBPQ_MODES: &[(&str, TlsMode)] = &[
    ("disable", TlsMode::Disable),
    ("prefer", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("verify-ca", TlsMode::VerifyCa),
    ("verify-full", TlsMode::VerifyFull),
    // libpq tries plain text first; to try TLS first is never less.
    ("allow", TlsMode::Prefer),
];

/// A file that an option names is of no use to the library.
#[cold]
#[must_use]
pub fn bad_tls_file(option: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!("the file that the connection option {option:?} names is of no use: {why}"),
    )
}

#[cold]
fn contradiction(message: &str) -> Error {
    Error::new(ErrorKind::Argument, message)
}

#[cold]
fn not_built_in(library: Option<TlsLibrary>) -> Error {
    let features = match library {
        Some(TlsLibrary::Rustls) => "\"tls-rustls\"",
        Some(TlsLibrary::Native) => "\"tls-native\"",
        None => "\"tls-rustls\" or \"tls-native\"",
    };
    Error::new(
        ErrorKind::NotSupported,
        format!(
            "the connection is to be encrypted, but the library for TLS is not built in; add the feature \
             {features} to the dependency on aludel in Cargo.toml"
        ),
    )
}

/// Shows what there is, and no paths.
impl fmt::Debug for TlsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions")
            .field("mode", &self.mode)
            .field("roots", &self.roots)
            .field("client_cert", &self.cert.is_some())
            .field("crl", &self.crl.is_some())
            .field("sni", &self.sni)
            .finish()
    }
}

impl fmt::Debug for TrustedRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::File(_) => "File(***)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Url;

    fn options(query: &str) -> Result<TlsOptions> {
        let url: Url = format!("postgresql://h/d?{query}").parse()?;
        let mut tls = TlsOptions::new();
        for option in url.options() {
            let which = TlsOption::named(option.name()).unwrap();
            tls.set(which, &option, &[("required", TlsMode::Require)])?;
        }
        Ok(tls)
    }

    fn mode(query: &str) -> Result<TlsMode> {
        Ok(options(query)?.resolve(&[TlsLibrary::Rustls])?.0)
    }

    // fault: S10
    #[test]
    fn the_mode_is_never_weaker_than_what_was_asked_for() -> Result<()> {
        assert_eq!(mode("sslsni=1")?, TlsMode::Prefer);
        assert_eq!(mode("sslrootcert=ca.pem")?, TlsMode::VerifyFull);
        assert_eq!(mode("sslrootcert=system")?, TlsMode::VerifyFull);
        assert_eq!(mode("sslcrl=crl.pem")?, TlsMode::VerifyFull);
        assert_eq!(mode("sslcert=c.pem&sslkey=k.pem")?, TlsMode::Require);
        assert_eq!(mode("sslmode=require&sslrootcert=ca.pem")?, TlsMode::VerifyCa);
        assert_eq!(mode("sslmode=required")?, TlsMode::Require);
        assert_eq!(mode("sslmode=allow")?, TlsMode::Prefer);
        assert_eq!(mode("sslmode=disable&sslrootcert=ca.pem")?, TlsMode::Disable);
        for contradiction in [
            "sslmode=prefer&sslrootcert=ca.pem",
            "sslmode=require&sslrootcert=system",
            "sslmode=verify-ca&sslrootcert=system",
            "sslmode=verify-ca",
            "sslmode=require&sslcrl=crl.pem",
            "sslcert=c.pem",
            "sslkey=k.pem",
            "sslrootcert=",
            "sslmode=canary",
        ] {
            let error = mode(contradiction).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Argument, "{contradiction}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        Ok(())
    }

    // fault: S10
    #[test]
    fn without_a_library_what_needs_one_is_refused() -> Result<()> {
        assert_eq!(TlsOptions::new().resolve(&[])?, (TlsMode::Disable, None));
        assert_eq!(options("sslmode=prefer")?.resolve(&[])?, (TlsMode::Disable, None));
        for query in ["sslmode=require", "sslmode=verify-full", "sslrootcert=ca.pem"] {
            let error = options(query)?.resolve(&[]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported);
            assert!(error.message().contains("tls-rustls"), "{error}");
        }
        let native = options("tls_library=native")?;
        let error = native.resolve(&[TlsLibrary::Rustls]).unwrap_err();
        assert!(error.message().contains("\"tls-native\""), "{error}");
        let both = [TlsLibrary::Rustls, TlsLibrary::Native];
        assert_eq!(native.resolve(&both)?, (TlsMode::Prefer, Some(TlsLibrary::Native)));
        Ok(())
    }

    #[test]
    fn no_path_is_shown() {
        let tls =
            TlsOptions::new().root_cert("canary").client_cert("canary", "canary").crl("canary");
        assert!(!format!("{tls:?}").contains("canary"), "{tls:?}");
        assert_eq!(tls.files().count(), 4);
    }
}
