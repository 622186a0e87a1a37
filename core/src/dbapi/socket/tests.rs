//! A socket that is found by its mark.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use nix::sys::socket::{getsockopt, setsockopt, sockopt};

use super::*;

// fault: P19
#[test]
fn a_marked_socket_is_found_and_looked_at() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let pair = || {
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    };
    let silence = |mark: &SocketMark| u32::try_from(mark.silence().unwrap().as_secs()).unwrap();
    let (mark, other) = (SocketMark::new(), SocketMark::new());
    assert_ne!(mark.silence(), other.silence());
    let ((mine, mut server), (others, _server)) = (pair(), pair());
    setsockopt(mine.as_raw_fd(), sockopt::TcpKeepIdle, &silence(&mark)).unwrap();
    assert!(other.find(None).is_none());
    let found = mark.find(Some(Duration::from_secs(60))).unwrap();
    assert_eq!(found.0, mine.as_raw_fd());
    assert_eq!(getsockopt(found.0, sockopt::TcpKeepIdle).unwrap(), 60);
    assert!(mark.find(None).is_none(), "it is not found twice");

    // Another that has the mark's time may be the one that is meant.
    for socket in [&mine, &others] {
        setsockopt(socket.as_raw_fd(), sockopt::TcpKeepIdle, &silence(&other)).unwrap();
    }
    assert!(other.find(None).is_none());
    setsockopt(mine.as_raw_fd(), sockopt::TcpKeepIdle, &60).unwrap();

    // None keeps a time that is a mark: not if the system is not to ask, and not if that long is wanted.
    setsockopt(others.as_raw_fd(), sockopt::KeepAlive, &true).unwrap();
    assert_eq!(other.find(None).unwrap().0, others.as_raw_fd());
    assert!(!getsockopt(others.as_raw_fd(), sockopt::KeepAlive).unwrap());
    assert_eq!(getsockopt(others.as_raw_fd(), sockopt::TcpKeepIdle).unwrap(), 7200);
    let long = SocketMark::new();
    setsockopt(others.as_raw_fd(), sockopt::TcpKeepIdle, &silence(&long)).unwrap();
    assert!(long.find(Some(Duration::from_secs(25_000))).is_some());
    assert_eq!(getsockopt(others.as_raw_fd(), sockopt::TcpKeepIdle).unwrap(), LONGEST_SILENCE);
    drop(others);

    let mut bytes = [0; 4];
    assert_eq!(found.peek(&mut bytes), Arrived::Nothing);
    server.write_all(b"abcdef").unwrap();
    while found.peek(&mut bytes) == Arrived::Nothing {}
    for _ in 0..2 {
        assert_eq!(found.peek(&mut bytes), Arrived::Bytes(4));
    }
    assert_eq!(&bytes, b"abcd");
}
