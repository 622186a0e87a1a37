//! TLS by the library of the system, which is OpenSSL on Linux.

use std::fs;
use std::path::Path;

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::{TlsMode, TlsOptions, TrustedRoots, bad_tls_file as bad_file};
use native_tls::{Certificate, Identity, TlsConnector};
use postgres_native_tls::MakeTlsConnector;

/// What makes connections.
pub(super) type Connector = MakeTlsConnector;

/// Makes it from options and their files.
pub(super) fn load(options: &TlsOptions, mode: TlsMode) -> Result<Connector> {
    if options.revoked().is_some() {
        return Err(Error::new(
            ErrorKind::NotSupported,
            "sslcrl cannot be had with the feature tls-native, whose library has no such option; use \
             tls-rustls",
        ));
    }
    let mut builder = TlsConnector::builder();
    builder
        .use_sni(options.names_host())
        .danger_accept_invalid_certs(mode < TlsMode::VerifyCa)
        .danger_accept_invalid_hostnames(mode < TlsMode::VerifyFull);
    if let Some(TrustedRoots::File(file)) = options.roots() {
        let roots = Certificate::stack_from_pem(&read("sslrootcert", file)?)
            .map_err(|error| bad_file("sslrootcert", &error.to_string()))?;
        if roots.is_empty() {
            return Err(bad_file("sslrootcert", "it has no certificate in it; it must be PEM"));
        }
        builder.disable_built_in_roots(true);
        for root in roots {
            builder.add_root_certificate(root);
        }
    }
    if let Some((cert, key)) = options.identity() {
        let identity = Identity::from_pkcs8(&read("sslcert", cert)?, &read("sslkey", key)?);
        builder.identity(identity.map_err(|error| bad_file("sslcert", &error.to_string()))?);
    }
    let connector = builder.build().map_err(|error| bad_file("sslrootcert", &error.to_string()))?;
    Ok(MakeTlsConnector::new(connector))
}

fn read(option: &str, file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| bad_file(option, &format!("it cannot be read: {error}")))
}
