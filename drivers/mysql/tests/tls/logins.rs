//! How a password is sent to servers that this machine does not have: MySQL's `caching_sha2_password`, and
//! MariaDB's `ed25519`. They are scripted; each ends the login with an error of its own.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use aludel_testing::certificates::Authority;
use mysql_common::scramble::scramble_sha256;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::Kind;

const PASSWORD: &str = "s3cret";
const NONCE: &[u8; 20] = b"saltsaltsaltsaltsalt";
const CLIENT_SSL: u32 = 0x800;

/// A public key, whose other half nobody has.
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoe7UD8nOD/vvMkZygGOs
xIb7qRTbrzjrNuV64syZMrcuqwkYKEMwUcbbTjtA+JiimWbSNsoUw9q1DSpk94y9
Qw4/IVC2mnrM+b/Qcs3PfcmYmQDFg0vlGLe7y117IaAO3bAgnVoK19PVlPr7ebOw
L0/LLsRB9MQ31Q2ThLHC923RFWfbRcl4qWmMyBlTy4ScsEFq6MiKZlJeTCuf2h81
wnL3DWHRsjxp/BnmSNW+cujukwbqAPWK/Bt9J4jFZC2xl0q/O4VDv76Hf/DSQzfa
UG8LSnLB2fqrsvxzYYd/Wdo14/IlLANmvUxvspaPrcfzFF+1uWz9MfcZ8DG5egty
IwIDAQAB
-----END PUBLIC KEY-----
";

/// What a server and its client say to each other, packet by packet.
struct Talk<S> {
    stream: S,
    number: u8,
}

impl<S: Read + Write> Talk<S> {
    fn send(&mut self, packet: &[u8]) {
        let mut bytes = u32::try_from(packet.len()).unwrap().to_le_bytes().to_vec();
        bytes[3] = self.number;
        bytes.extend(packet);
        self.stream.write_all(&bytes).unwrap();
        self.stream.flush().unwrap();
        self.number += 1;
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head).unwrap();
        self.number = head[3] + 1;
        let len = u32::from_le_bytes([head[0], head[1], head[2], 0]);
        let mut packet = vec![0; usize::try_from(len).unwrap()];
        self.stream.read_exact(&mut packet).unwrap();
        packet
    }

    /// Ends the login.
    fn refuse(&mut self) {
        self.send(b"\xff\x15\x04#28000the script is over");
    }
}

fn greeting(plugin: &str, capabilities: u32) -> Vec<u8> {
    let capabilities = (0x000f_a28b | capabilities).to_le_bytes();
    let mut packet = b"\x0a8.0.0\0\x07\0\0\0".to_vec();
    packet.extend(&NONCE[..8]);
    packet.push(0);
    packet.extend(&capabilities[..2]);
    packet.extend(b"\x2d\x02\0");
    packet.extend(&capabilities[2..]);
    packet.extend(b"\x15\0\0\0\0\0\0\0\0\0\0");
    packet.extend(&NONCE[8..]);
    packet.push(0);
    packet.extend(plugin.bytes());
    packet.push(0);
    packet
}

/// Serves one client: greets it, and lets the script go on behind its login, encrypted or not.
fn serve(
    kind: Kind,
    plugin: &str,
    password: &str,
    encrypted: bool,
    script: impl FnOnce(&mut Talk<Box<dyn Stream>>, &[u8]) + Send + 'static,
) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeting = greeting(plugin, if encrypted { CLIENT_SSL } else { 0 });
    let server = thread::spawn(move || {
        let mut plain = Talk { stream: listener.accept().unwrap().0, number: 0 };
        plain.send(&greeting);
        let stream: Box<dyn Stream> = if encrypted {
            plain.receive();
            Box::new(StreamOwned::new(ServerConnection::new(config()).unwrap(), plain.stream))
        } else {
            Box::new(plain.stream)
        };
        let mut talk = Talk { stream, number: 0 };
        let login = talk.receive();
        script(&mut talk, &login);
        talk.refuse();
        // Until the client has gone.
        let _ = talk.stream.read(&mut [0]);
    });
    let mode = if encrypted { "require" } else { "disable" };
    let error = kind
        .connect(&format!("mysql://u:{password}@localhost:{port}/d?sslmode={mode}"))
        .unwrap_err();
    assert!(error.message().contains("the script is over"), "{kind:?}: {error}");
    server.join().unwrap();
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

fn config() -> Arc<ServerConfig> {
    let identity = Authority::new("ours").sign("server", &["localhost"]);
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![identity.cert_der.into()],
            PrivatePkcs8KeyDer::from(identity.key_der).into(),
        );
    Arc::new(config.unwrap())
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The login has the hash that a server compares with the one that it remembers.
fn assert_scrambled(login: &[u8]) {
    let scrambled = scramble_sha256(NONCE, PASSWORD.as_bytes()).unwrap();
    assert!(has(login, &scrambled) && !has(login, PASSWORD.as_bytes()));
}

#[test]
fn caching_sha2_of_a_server_that_remembers_sends_a_hash() {
    for kind in Kind::ALL {
        for encrypted in [false, true] {
            serve(kind, "caching_sha2_password", PASSWORD, encrypted, |talk, login| {
                assert_scrambled(login);
                talk.send(b"\x01\x03");
            });
        }
    }
}

#[test]
fn caching_sha2_sends_the_password_itself_only_if_it_is_encrypted() {
    for kind in Kind::ALL {
        serve(kind, "caching_sha2_password", PASSWORD, true, |talk, login| {
            assert_scrambled(login);
            talk.send(b"\x01\x04");
            assert_eq!(talk.receive(), format!("{PASSWORD}\0").as_bytes());
        });
        serve(kind, "caching_sha2_password", PASSWORD, false, |talk, login| {
            assert_scrambled(login);
            talk.send(b"\x01\x04");
            assert_eq!(talk.receive(), b"\x02", "it asks for the server's key");
            talk.send(format!("\x01{PUBLIC_KEY}").as_bytes());
            let encrypted = talk.receive();
            assert!(encrypted.len() == 256 && !has(&encrypted, PASSWORD.as_bytes()));
        });
    }
}

/// The public key of the password `secret`, as the manual of MariaDB has it.
#[cfg(feature = "ed25519")]
const KEY_OF_SECRET: &[u8; 32] =
    b"\x64\x88\x14\x44\x45\x20\xe4\xf5\x60\x43\xa2\xec\x92\x15\xe6\x3b\xe7\x99\
\x2d\x2d\x27\x0b\xc6\xde\xe8\x73\xe3\x61\x64\x78\x60\x96";

#[cfg(feature = "ed25519")]
#[test]
fn ed25519_signs_what_the_server_has_drawn() {
    const DRAWN: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
    for kind in Kind::ALL {
        for encrypted in [false, true] {
            serve(kind, "mysql_native_password", "secret", encrypted, |talk, login| {
                assert!(!has(login, b"secret"));
                let mut request = b"\xfeclient_ed25519\0".to_vec();
                request.extend(DRAWN);
                talk.send(&request);
                let signature = talk.receive();
                let algorithms = ring::default_provider().signature_verification_algorithms;
                let verified = algorithms.all.iter().any(|algorithm| {
                    algorithm.verify_signature(KEY_OF_SECRET, DRAWN, &signature).is_ok()
                });
                assert!(verified, "{} bytes", signature.len());
            });
        }
    }
}
