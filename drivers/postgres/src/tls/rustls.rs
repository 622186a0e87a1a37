//! TLS by rustls, with `ring`.

use std::path::Path;
use std::sync::Arc;

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::{TlsMode, TlsOptions, TrustedRoots, bad_tls_file as bad_file};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, UnixTime,
};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes connections.
pub(super) type Connector = MakeRustlsConnect;

/// Makes it from options and their files.
pub(super) fn load(options: &TlsOptions, mode: TlsMode) -> Result<Connector> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let any_name = |signed| Arc::new(AnyName { signed, provider: Arc::clone(&provider) });
    let verifier: Arc<dyn ServerCertVerifier> = match mode {
        TlsMode::VerifyFull => verifier(options, &provider)?,
        TlsMode::VerifyCa => any_name(Some(verifier(options, &provider)?)),
        _ => any_name(None),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("rustls", &error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match options.identity() {
        Some((cert, key)) => {
            let chain = all::<CertificateDer<'static>>("sslcert", cert)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unread("sslkey", error))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable("sslcert", &error))?
        }
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = options.names_host();
    Ok(MakeRustlsConnect::new(config))
}

fn verifier(
    options: &TlsOptions,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>> {
    let roots = Arc::new(roots(options)?);
    let mut builder = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider));
    if let Some(file) = options.revoked() {
        let lists = all::<CertificateRevocationListDer<'static>>("sslcrl", file)?;
        builder = builder.with_crls(lists).enforce_revocation_expiration();
    }
    builder.build().map_err(|error| unusable("sslcrl", &error))
}

fn roots(options: &TlsOptions) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match options.roots() {
        Some(TrustedRoots::File(file)) => {
            for cert in all::<CertificateDer<'static>>("sslrootcert", file)? {
                store.add(cert).map_err(|error| unusable("sslrootcert", &error))?;
            }
        }
        // Some systems have certificates that rustls cannot read, beside others that it can.
        _ => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                return Err(Error::new(
                    ErrorKind::Operational,
                    "the system has no list of authorities to trust; install it (on Debian the package \
                     ca-certificates), or name a file by sslrootcert",
                ));
            }
        }
    }
    Ok(store)
}

/// All items of one kind in a PEM file, which must have one at least.
fn all<T: PemObject>(option: &str, file: &Path) -> Result<Vec<T>> {
    let read = T::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<T>, _>>);
    let items = read.map_err(|error| unread(option, error))?;
    if items.is_empty() {
        return Err(unread(option, pem::Error::NoItemsFound));
    }
    Ok(items)
}

fn unread(option: &str, error: pem::Error) -> Error {
    match error {
        pem::Error::Io(error) => bad_file(option, &format!("it cannot be read: {error}")),
        pem::Error::NoItemsFound => bad_file(
            option,
            "it has nothing of the kind in it; it must be PEM, and a key not encrypted",
        ),
        _ => bad_file(option, "it is not PEM"),
    }
}

fn unusable(option: &str, error: &dyn std::fmt::Display) -> Error {
    bad_file(option, &error.to_string())
}

/// Checks who has signed a certificate, if an authority is asked for, and not for which host. Whoever shows it must have its
/// key in any case.
#[derive(Debug)]
struct AnyName {
    signed: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        cert: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        let Some(signed) = &self.signed else { return Ok(ServerCertVerified::assertion()) };
        match signed.verify_server_cert(cert, intermediates, name, ocsp, now) {
            // The name is looked at last, when all else is well.
            Err(rustls::Error::InvalidCertificate(
                NotValidForName | NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
