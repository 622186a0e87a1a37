//! What is sent before and during the handshake, and servers that play false. The servers are scripted.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::server::Kind;

/// A server that answers the request for TLS so and then reads: gives its URL, and what it was sent.
fn scripted(answer: &'static [u8]) -> (String, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        socket.read_exact(&mut request).unwrap();
        assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
        socket.write_all(answer).unwrap();
        received(&mut socket)
    });
    (format!("postgresql://u:s3cret@localhost:{port}/d?hostaddr=127.0.0.1"), server)
}

/// The first message, whichever it is.
fn received(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    let read = socket.read(&mut bytes).unwrap_or(0);
    bytes.truncate(read);
    bytes
}

/// The version of the protocol that a plain session begins with.
const STARTUP: [u8; 4] = [0, 3, 0, 0];

// fault: S10, S11
#[test]
fn a_server_without_tls_is_refused_where_tls_is_required() {
    for kind in Kind::all() {
        for mode in ["require", "verify-full"] {
            let (url, server) = scripted(b"N");
            let message = kind.refusal(&format!("{url}&sslmode={mode}"));
            assert!(message.contains("the server has no TLS"), "{kind:?}: {message}");
            assert_eq!(server.join().unwrap(), b"", "nothing more was sent");
        }
        let (url, server) = scripted(b"N");
        assert!(kind.connect(&format!("{url}&sslmode=prefer")).is_err());
        assert_eq!(server.join().unwrap()[4..8], STARTUP, "{kind:?}");
    }
}

// fault: S11
#[test]
fn a_byte_before_the_handshake_is_refused() {
    for kind in Kind::all() {
        for mode in ["prefer", "require"] {
            // What follows the answer could be read as the first of what was encrypted.
            let (url, server) = scripted(b"SE\0\0\0\x08S1\0\0");
            let message = kind.refusal(&format!("{url}&sslmode={mode}"));
            assert!(message.contains("handshake failed"), "{kind:?}: {message}");
            // A record of the handshake, or nothing, and never the user in plain text.
            let sent = server.join().unwrap();
            assert_eq!(sent.first().copied().unwrap_or(22), 22, "{kind:?}");
            assert!(!sent.windows(4).any(|four| four == STARTUP), "{kind:?}");
        }
    }
}

// fault: S10
#[test]
fn a_server_that_fails_at_tls_is_refused_also_by_prefer() {
    for kind in Kind::all() {
        let (url, server) = scripted(b"S");
        let message = kind.refusal(&format!("{url}&sslmode=prefer"));
        assert!(message.contains("handshake"), "{kind:?}: {message}");
        assert_eq!(server.join().unwrap()[0], 22, "{kind:?}");
    }
}

#[test]
fn the_name_of_the_host_is_sent_unless_it_is_switched_off() {
    for kind in Kind::all() {
        for (sni, named) in [("1", true), ("0", false)] {
            let (url, server) = scripted(b"S");
            kind.refusal(&format!("{url}&sslmode=require&sslsni={sni}"));
            let hello = server.join().unwrap();
            let found = hello.windows(9).any(|nine| nine == b"localhost");
            assert_eq!(found, named, "{kind:?} {sni}");
        }
    }
}

// fault: S10
#[cfg(feature = "tls-rustls")]
#[test]
fn no_provider_is_installed_for_the_process() {
    let (url, server) = scripted(b"S");
    for kind in Kind::all().into_iter().filter(|kind| kind.library == "rustls").take(1) {
        kind.refusal(&format!("{url}&sslmode=verify-full"));
    }
    server.join().unwrap();
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    // As where two providers are built in, here by rustls' feature `custom-provider`: who does not name
    // one panics. The tests are run with it.
    let unnamed = std::panic::catch_unwind(rustls::ClientConfig::builder);
    assert!(unnamed.is_err(), "run this with --features rustls/custom-provider");
}
