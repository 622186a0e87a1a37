//! What rustls says when a handshake fails, with the cure.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription as Alert, CertificateError as Cert, Error as Tls};

/// Why a handshake of rustls failed, for an error that comes from there or has one inside, as those of
/// sockets do. It shows no values.
#[must_use]
pub fn rustls_failure(error: &(dyn StdError + 'static)) -> Option<String> {
    let inner = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
    let error = match inner {
        Some(inner) => inner.downcast_ref::<Tls>(),
        None => error.downcast_ref::<Tls>(),
    };
    let why = match error? {
        Tls::InvalidCertificate(error) => {
            format!("the server's certificate {}", of_certificate(error))
        }
        Tls::AlertReceived(alert) if is_about_client(*alert) => format!(
            "the server refuses the client's certificate, or that there is none ({alert:?}); it must be \
             valid and come from an authority that the server trusts; name its files by sslcert and sslkey"
        ),
        other => format!("the TLS handshake failed: {other}"),
    };
    Some(why)
}

fn of_certificate(error: &Cert) -> &'static str {
    match error {
        Cert::UnknownIssuer => {
            "comes from an authority that is not trusted; name that authority's file by sslrootcert"
        }
        Cert::NotValidForName | Cert::NotValidForNameContext { .. } => {
            "is for another host; connect by a name that it has, or check the authority alone, by \
             sslmode=verify-ca"
        }
        Cert::Expired | Cert::ExpiredContext { .. } => "has expired; the server needs a new one",
        Cert::NotValidYet | Cert::NotValidYetContext { .. } => {
            "is not valid yet; is the clock of this machine right?"
        }
        Cert::Revoked => "was revoked",
        Cert::UnknownRevocationStatus => {
            "may be revoked: sslcrl has no list of the authority that it comes from"
        }
        Cert::ExpiredRevocationList | Cert::ExpiredRevocationListContext { .. } => {
            "may be revoked: the list in sslcrl is out of date"
        }
        _ => {
            "is not one that rustls takes: perhaps it is that of the authority itself, which must sign \
             another for the server"
        }
    }
}

fn is_about_client(alert: Alert) -> bool {
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
    )
}
