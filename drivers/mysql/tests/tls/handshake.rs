//! Servers that have no TLS or play false. They are scripted.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use aludel_core::error::ErrorKind;

use crate::server::Kind;

const CLIENT_SSL: u32 = 0x800;

/// All that is needed to be taken for a server.
fn greeting(capabilities: u32) -> Vec<u8> {
    let capabilities = (0x000f_a28b | capabilities).to_le_bytes();
    let mut packet = b"\x0a8.0.0\0\x07\0\0\0saltsalt\0".to_vec();
    packet.extend(&capabilities[..2]);
    packet.extend(b"\x2d\x02\0");
    packet.extend(&capabilities[2..]);
    packet.extend(b"\x15\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0mysql_native_password\0");
    let mut bytes = vec![u8::try_from(packet.len()).unwrap(), 0, 0, 0];
    bytes.extend(packet);
    bytes
}

/// A server for so many clients, which greets each and sends this after the request for TLS: gives its URL,
/// and what it was sent by each.
fn scripted(
    capabilities: u32,
    clients: usize,
    after: &'static [u8],
) -> (String, thread::JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let serve = |_| {
            let (mut socket, _) = listener.accept().unwrap();
            socket.write_all(&greeting(capabilities)).unwrap();
            let mut sent = vec![0; 4096];
            let mut len = socket.read(&mut sent).unwrap_or(0);
            if capabilities != 0 && len > 0 {
                let _ = socket.write_all(after);
                len += socket.read(&mut sent[len..]).unwrap_or(0);
            }
            sent.truncate(len);
            sent
        };
        (0..clients).map(serve).collect()
    });
    (format!("mysql://somebody:s3cret@127.0.0.1:{port}/d"), server)
}

fn names_user(sent: &[u8]) -> bool {
    sent.windows(8).any(|eight| eight == b"somebody")
}

// fault: S10, S11
#[test]
fn a_server_without_tls_is_refused_where_tls_is_required() {
    for kind in Kind::ALL {
        for mode in ["require", "verify-full"] {
            let (url, server) = scripted(0, 1, b"");
            let error = kind.refusal(&format!("{url}?sslmode={mode}"));
            assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
            assert!(error.message().contains("the server has no TLS"), "{kind:?}: {error}");
            assert!(!names_user(&server.join().unwrap()[0]), "{kind:?}");
        }
        // Once to learn that there is no TLS, and once without; later ones know.
        let (url, server) = scripted(0, 3, b"");
        let driver = kind.driver(&format!("{url}?sslmode=prefer")).unwrap();
        for _ in 0..2 {
            assert!(driver.connect(crate::server::deadline()).is_err());
        }
        let sent = server.join().unwrap();
        assert_eq!(
            [0, 1, 2].map(|client| names_user(&sent[client])),
            [false, true, true],
            "{kind:?}"
        );
    }
}

// fault: S11
#[test]
fn bytes_before_the_handshake_are_refused() {
    for kind in Kind::ALL {
        for mode in ["prefer", "require"] {
            // As if the login had been accepted.
            let (url, server) = scripted(CLIENT_SSL, 1, b"\x07\0\0\x02\0\0\0\x02\0\0\0");
            let error = kind.refusal(&format!("{url}?sslmode={mode}"));
            assert!(error.message().contains("handshake failed"), "{kind:?}: {error}");
            assert!(!names_user(&server.join().unwrap()[0]), "{kind:?}");
        }
    }
}
