//! Authorities and certificates, made in the test that needs them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, DnType,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
    date_time_ymd,
};

/// Who signs certificates.
#[derive(Debug)]
pub struct Authority {
    cert: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
#[derive(Debug)]
pub struct Identity {
    /// The certificate as PEM.
    pub cert: String,
    /// Its key as PEM.
    pub key: String,
    /// The certificate as DER.
    pub cert_der: Vec<u8>,
    /// Its key as DER.
    pub key_der: Vec<u8>,
    serial: u64,
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

impl Authority {
    /// A new one.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        Self { cert, issuer: Issuer::new(params, key) }
    }

    /// Its own certificate as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.cert.pem()
    }

    /// Signs a certificate for some hosts, or for a client if there are none.
    #[must_use]
    pub fn sign(&self, name: &str, hosts: &[&str]) -> Identity {
        self.sign_until(name, hosts, 4000)
    }

    /// The same, which expires at the beginning of a year.
    #[must_use]
    pub fn sign_until(&self, name: &str, hosts: &[&str], year: i32) -> Identity {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let mut params = named(name);
        params.subject_alt_names = CertificateParams::new(hosts).unwrap().subject_alt_names;
        params.serial_number = Some(SerialNumber::from(serial));
        params.not_after = date_time_ymd(year, 1, 1);
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            cert: cert.pem(),
            key: key.serialize_pem(),
            cert_der: cert.der().to_vec(),
            key_der: key.serialize_der(),
            serial,
        }
    }

    /// The list of what was revoked, as PEM, which is out of date from the beginning of a year on.
    #[must_use]
    pub fn revoke(&self, revoked: &[&Identity], year: i32) -> String {
        let then = date_time_ymd(2020, 1, 1);
        let revoked_certs = revoked.iter().map(|identity| RevokedCertParams {
            serial_number: SerialNumber::from(identity.serial),
            revocation_time: then,
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: then,
            next_update: date_time_ymd(year, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

impl Identity {
    /// Writes both files to a folder and returns their paths.
    #[must_use]
    pub fn write(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let (cert, key) = (folder.join(format!("{name}.crt")), folder.join(format!("{name}.key")));
        std::fs::write(&cert, &self.cert).unwrap();
        std::fs::write(&key, &self.key).unwrap();
        (cert, key)
    }
}
