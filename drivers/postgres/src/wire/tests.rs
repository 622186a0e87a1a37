//! The way past the client crate, with a server that is a list of pieces.

use std::collections::VecDeque;
use std::future::poll_fn;

use aludel_core::value::Value;
use futures::FutureExt;
use tokio_postgres::types::Type;

use super::*;

/// What the server sends, a piece for each read, and what it was sent. An empty piece is its end.
#[derive(Default)]
struct Server {
    sends: VecDeque<Vec<u8>>,
    sent: Vec<u8>,
    /// Its end is a reset.
    resets: bool,
}

impl AsyncRead for Server {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut piece) = self.sends.pop_front() else { return Poll::Pending };
        if piece.is_empty() && self.resets {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let rest = piece.split_off(piece.len().min(buffer.remaining()));
        if !rest.is_empty() {
            self.sends.push_front(rest);
        }
        buffer.put_slice(&piece);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Server {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.sent.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A connection that is open, as the crate and as a statement have it.
struct Connected {
    wire: Wire<Server>,
    shortcut: Arc<Shortcut>,
}

const READY: &[u8] = b"Z\0\0\0\x05T";
const BOUND: &[u8] = b"2\0\0\0\x04";
const ROW: &[u8] = b"D\0\0\0\x0b\0\x01\0\0\0\x01x";
const COMPLETE: &[u8] = b"C\0\0\0\x0dSELECT 1\0";
const ERROR: &[u8] = b"E\0\0\0\x0aSERROR";
const NOTICE: &[u8] = b"N\0\0\0\x08note";
const NOTIFICATION: &[u8] = b"A\0\0\0\x06ab";
const CLOSE: &[u8] = b"C\0\0\0\x08Ss1\0S\0\0\0\x04";
const CLOSED: &[u8] = b"3\0\0\0\x04";

impl Connected {
    fn new() -> Self {
        let shortcut = Arc::new(Shortcut::new());
        let wire = Wire::new(Server::default(), StatementNames::Unique).with_shortcut(&shortcut);
        let mut this = Self { wire, shortcut };
        assert!(!this.begin(), "the server is not ready");
        this.write(b"\0\0\0\x08\0\x03\0\0").unwrap();
        this.server(&[b"R\0\0\0\x08\0\0\0\0", READY].concat(), 1000);
        assert_eq!(this.read(), [b"R\0\0\0\x08\0\0\0\0", READY].concat());
        this
    }

    /// The server sends something in pieces.
    fn server(&mut self, bytes: &[u8], size: usize) {
        self.wire.stream.sends.extend(bytes.chunks(size).map(<[u8]>::to_vec));
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = poll_fn(|context| Pin::new(&mut self.wire).poll_write(context, bytes));
        written.now_or_never().unwrap().map(|count| assert_eq!(count, bytes.len()))
    }

    /// What the crate reads until there is no more.
    fn read(&mut self) -> Vec<u8> {
        let mut read = Vec::new();
        loop {
            let mut bytes = [0; 16];
            let mut buffer = ReadBuf::new(&mut bytes);
            let polled =
                poll_fn(|context| Pin::new(&mut self.wire).poll_read(context, &mut buffer));
            match polled.now_or_never() {
                Some(Ok(())) if !buffer.filled().is_empty() => {
                    read.extend_from_slice(buffer.filled());
                }
                Some(Err(error)) => panic!("{error}"),
                _ => return read,
            }
        }
    }

    fn request(&mut self) -> bool {
        self.shortcut.begin(b"us0", &[Type::INT8], &[Value::Int(7)])
    }

    /// Begins a statement, whose request is sent.
    fn begin(&mut self) -> bool {
        let begun = self.request();
        if begun {
            let before = self.wire.stream.sent.len();
            assert!(self.read().is_empty());
            assert!(self.wire.stream.sent.len() > before);
        }
        begun
    }

    /// What the statement takes, while the crate reads beside it.
    fn take(&mut self, crates: &mut Vec<u8>) -> (Vec<u8>, Option<End>) {
        let (mut all, mut messages) = (Vec::new(), Vec::new());
        loop {
            crates.extend(self.read());
            let taken = poll_fn(|context| self.shortcut.poll_take(context, &mut messages));
            let Some(taken) = taken.now_or_never() else { return (all, None) };
            all.extend_from_slice(&messages);
            if taken.end.is_some() {
                return (all, taken.end);
            }
        }
    }

    fn hand_over(&mut self, bound: bool) -> bool {
        let handed = poll_fn(|context| self.shortcut.poll_hand_over(context, bound));
        handed.now_or_never().is_some()
    }

    /// The crate sends the request of the statement once more, and the server gets nothing.
    fn send_again(&mut self) {
        let before = self.wire.stream.sent.len();
        self.write(b"B\0\0\0\x0a\0s0\0\0\0E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04").unwrap();
        assert_eq!(self.wire.stream.sent.len(), before);
    }

    /// The connection serves the next statement.
    fn assert_serves(&mut self) {
        assert!(self.begin());
        self.server(&[BOUND, ROW, COMPLETE, READY].concat(), 5);
        let mut crates = Vec::new();
        let taken = self.take(&mut crates);
        assert_eq!(taken, ([BOUND, ROW, COMPLETE].concat(), Some(End::Done)));
        assert!(crates.is_empty());
    }
}

#[test]
fn a_request_is_sent_as_the_crate_sends_it() {
    let mut connected = Connected::new();
    let before = connected.wire.stream.sent.len();
    assert!(connected.begin());
    assert!(!connected.begin(), "one at a time");
    assert!(connected.read().is_empty());
    let expected = [
        &b"B\0\0\0\x1f\0us0\0\0\x01\0\x01\0\x01\0\0\0\x08\0\0\0\0\0\0\0\x07\0\x01\0\x01"[..],
        b"E\0\0\0\x09\0\0\0\0\0",
        b"S\0\0\0\x04",
    ];
    assert_eq!(connected.wire.stream.sent[before..], expected.concat());
}

#[test]
fn an_answer_is_the_statements_and_what_stands_between_is_the_crates() {
    let answer = [NOTICE, BOUND, ROW, NOTIFICATION, ROW, COMPLETE, NOTICE, READY, NOTICE].concat();
    for size in 1..=answer.len() {
        let mut connected = Connected::new();
        assert!(connected.begin());
        connected.server(&answer, size);
        let mut crates = Vec::new();
        let taken = connected.take(&mut crates);
        assert_eq!(taken, ([BOUND, ROW, ROW, COMPLETE].concat(), Some(End::Done)));
        crates.extend(connected.read());
        assert_eq!(crates, [NOTICE, NOTIFICATION, NOTICE, NOTICE].concat(), "in pieces of {size}");
        connected.assert_serves();
    }
}

#[test]
fn what_is_refused_is_handed_over_behind_what_the_crate_expects() {
    for first in [&[][..], BOUND, &[BOUND, ROW].concat()] {
        for closes in [false, true] {
            let behind = if closes { [CLOSED, READY].concat() } else { Vec::new() };
            let answer = [first, NOTICE, ERROR, READY, &behind].concat();
            for size in 1..=answer.len() {
                let mut connected = Connected::new();
                assert!(connected.begin());
                assert!(connected.read().is_empty());
                if closes {
                    connected.write(CLOSE).unwrap();
                }
                connected.server(&answer, size);
                let mut crates = Vec::new();
                assert_eq!(connected.take(&mut crates), (first.to_vec(), Some(End::Refused)));
                let bound = !first.is_empty();
                while !connected.hand_over(bound) {
                    crates.extend(connected.read());
                }
                crates.extend(connected.read());
                assert_eq!(crates, [NOTICE, &behind].concat());
                connected.send_again();
                let expected = [if bound { BOUND } else { &[] }, ERROR, READY].concat();
                assert_eq!(connected.read(), expected);
                connected.shortcut.require_handed_over();
                connected.assert_serves();
            }
        }
    }
}

/// COPY, whose answer has no end before the client has sent something.
#[test]
fn what_nobody_expects_is_handed_over_at_once() {
    const COPY: &[u8] = b"G\0\0\0\x07\0\0\0";
    let mut connected = Connected::new();
    assert!(connected.begin());
    connected.server(&[BOUND, COPY].concat(), 3);
    let mut crates = Vec::new();
    assert_eq!(connected.take(&mut crates), (BOUND.to_vec(), Some(End::Refused)));
    assert!(connected.hand_over(true));
    connected.send_again();
    connected.server(&[ERROR, READY].concat(), 4);
    assert_eq!(connected.read(), [BOUND, COPY, ERROR, READY].concat());
    connected.assert_serves();
}

#[test]
fn an_answer_that_nobody_wants_is_discarded() {
    let answer = [BOUND, ROW, ROW, NOTICE, COMPLETE, READY].concat();
    for size in 1..=answer.len() {
        let mut connected = Connected::new();
        assert!(connected.begin());
        assert!(connected.read().is_empty());
        let (before, after) = answer.split_at(size);
        connected.server(before, 1000);
        let mut crates = connected.read();
        connected.shortcut.discard();
        // The crate's own requests come behind it.
        connected.write(CLOSE).unwrap();
        connected.server(&[after, CLOSED, READY].concat(), 3);
        crates.extend(connected.read());
        assert_eq!(crates, [NOTICE, CLOSED, READY].concat(), "after {size} bytes");
        let discarded = poll_fn(|context| connected.shortcut.poll_discarded(context, 10));
        assert_eq!(discarded.now_or_never(), Some(true));
        connected.assert_serves();
    }
    // With all of it there, behind a message that nobody expects.
    let mut connected = Connected::new();
    assert!(connected.begin());
    connected.server(&[BOUND, b"H\0\0\0\x07\0\0\0", NOTICE, COMPLETE, READY].concat(), 1000);
    assert_eq!(connected.take(&mut Vec::new()), (BOUND.to_vec(), Some(End::Refused)));
    connected.shortcut.discard();
    assert_eq!(connected.read(), NOTICE);
    connected.assert_serves();
    // Not sent at all.
    let mut connected = Connected::new();
    assert!(connected.request());
    connected.shortcut.discard();
    assert!(connected.read().is_empty());
    connected.assert_serves();
}

#[test]
fn a_statement_waits_for_no_answer_of_the_crate() {
    let mut connected = Connected::new();
    connected.write(CLOSE).unwrap();
    assert!(!connected.begin());
    connected.server(&[CLOSED, &READY[..3]].concat(), 1000);
    assert_eq!(connected.read(), [CLOSED, &READY[..3]].concat());
    assert!(!connected.begin(), "in the middle of a message");
    connected.server(&READY[3..], 1000);
    assert_eq!(connected.read(), READY[3..]);
    connected.assert_serves();
    connected.write(&CLOSE[..3]).unwrap();
    assert!(!connected.begin(), "in the middle of a request");
    connected.write(&CLOSE[3..]).unwrap();
    connected.server(&[CLOSED, READY].concat(), 1000);
    assert_eq!(connected.read(), [CLOSED, READY].concat());
    connected.assert_serves();
    connected.shortcut.distrust();
    assert!(!connected.begin());
}

/// A server that has ended the session said so before the request, which it does not read.
#[test]
fn what_came_before_a_request_is_the_crates() {
    let mut connected = Connected::new();
    assert!(connected.request());
    connected.server(ERROR, 4);
    connected.wire.stream.sends.push_back(Vec::new());
    let before = connected.wire.stream.sent.len();
    assert_eq!(connected.read(), ERROR);
    assert_eq!(connected.wire.stream.sent.len(), before);
}

#[test]
fn the_reason_of_an_end_is_for_the_crate() {
    let mut connected = Connected::new();
    assert!(connected.begin());
    connected.server(&[BOUND, ERROR].concat(), 6);
    connected.wire.stream.sends.push_back(Vec::new());
    assert_eq!(connected.read(), ERROR);
    let Connected { wire, shortcut } = connected;
    drop(wire);
    let mut messages = Vec::new();
    let taken = poll_fn(|context| shortcut.poll_take(context, &mut messages)).now_or_never();
    assert_eq!((messages, taken.unwrap().end), (BOUND.to_vec(), Some(End::Closed)));
}

#[test]
fn another_request_than_the_one_that_was_answered_ends_the_connection() {
    let mut connected = Connected::new();
    assert!(connected.begin());
    connected.server(&[ERROR, READY].concat(), 1000);
    assert_eq!(connected.take(&mut Vec::new()).1, Some(End::Refused));
    assert!(connected.hand_over(false));
    assert!(connected.write(CLOSE).is_err());
    assert!(!connected.begin());
}

#[test]
fn a_statement_that_does_not_take_its_rows_stops_the_reading() {
    let mut connected = Connected::new();
    assert!(connected.begin());
    let rows = ROW.repeat(20_000);
    connected.server(&[BOUND, &rows, COMPLETE, READY].concat(), 4096);
    assert!(connected.read().is_empty());
    assert!(!connected.wire.stream.sends.is_empty(), "all of it was read");
    let mut messages = Vec::new();
    let taken = poll_fn(|context| connected.shortcut.poll_take(context, &mut messages));
    assert!(taken.now_or_never().unwrap().stopped);
    let (rest, end) = connected.take(&mut Vec::new());
    assert_eq!(
        (messages.len() + rest.len(), end),
        (5 + rows.len() + COMPLETE.len(), Some(End::Done))
    );
}

/// The crate may be polled by another thread when a statement begins, and have read what there was but not yet
/// written what it has.
#[test]
fn what_the_crate_sends_before_the_request_is_answered_first() {
    let mut connected = Connected::new();
    assert!(connected.request());
    connected.write(CLOSE).unwrap();
    let before = connected.wire.stream.sent.len();
    assert!(connected.read().is_empty());
    assert_eq!(connected.wire.stream.sent.len(), before, "the request waits");
    connected.server(&[CLOSED, READY].concat(), 4);
    assert_eq!(connected.read(), [CLOSED, READY].concat());
    assert!(connected.wire.stream.sent.len() > before, "the request is sent");
    connected.server(&[BOUND, ROW, COMPLETE, READY].concat(), 1000);
    let taken = connected.take(&mut Vec::new());
    assert_eq!(taken, ([BOUND, ROW, COMPLETE].concat(), Some(End::Done)));
    connected.assert_serves();
}

/// Such as the data of COPY, of which a part has arrived.
#[test]
fn nothing_is_read_before_what_is_handed_over() {
    const COPY: &[u8] = b"H\0\0\0\x07\0\0\0";
    const DATA: &[u8] = b"d\0\0\0\x08data";
    let mut connected = Connected::new();
    assert!(connected.begin());
    connected.server(&[BOUND, COPY, &DATA[..3]].concat(), 1000);
    let rest = [&DATA[3..], DATA, COMPLETE, READY].concat();
    connected.server(&rest, 7);
    assert_eq!(connected.take(&mut Vec::new()), (BOUND.to_vec(), Some(End::Refused)));
    assert!(connected.hand_over(true));
    assert!(connected.read().is_empty(), "the crate has not asked yet");
    connected.send_again();
    let read = connected.read();
    assert_eq!(read, [BOUND, COPY, &DATA[..3], &rest].concat());
    connected.assert_serves();
}

/// The statement was dropped after it had asked once more, and the crate writes both at once.
#[test]
fn what_follows_the_request_that_was_answered_is_sent() {
    let mut connected = Connected::new();
    assert!(connected.begin());
    connected.server(&[ERROR, READY].concat(), 1000);
    assert_eq!(connected.take(&mut Vec::new()).1, Some(End::Refused));
    assert!(connected.hand_over(false));
    let again: &[u8] = b"B\0\0\0\x0a\0s0\0\0\0E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04";
    let both = [again, b"Q\0\0\0\x0dROLLBACK\0"].concat();
    let written = poll_fn(|context| Pin::new(&mut connected.wire).poll_write(context, &both));
    assert_eq!(written.now_or_never().unwrap().unwrap(), again.len());
    connected.write(&both[again.len()..]).unwrap();
    connected.server(&[COMPLETE, READY].concat(), 1000);
    assert_eq!(connected.read(), [ERROR, READY, COMPLETE, READY].concat());
    connected.assert_serves();
}

#[test]
fn a_reset_does_not_hide_the_reason_of_an_end() {
    for first in [&[][..], BOUND] {
        let mut connected = Connected::new();
        assert!(connected.begin());
        connected.wire.stream.resets = true;
        connected.server(&[first, ERROR].concat(), 1000);
        connected.wire.stream.sends.push_back(Vec::new());
        assert_eq!(connected.read(), ERROR);
    }
}

#[test]
fn nothing_is_handed_over_in_the_middle_of_a_message() {
    let behind = [CLOSED, READY].concat();
    for size in 1..behind.len() {
        let mut connected = Connected::new();
        assert!(connected.begin());
        assert!(connected.read().is_empty());
        connected.write(CLOSE).unwrap();
        connected.server(&[ERROR, READY, &behind[..size]].concat(), 1000);
        let mut crates = Vec::new();
        assert_eq!(connected.take(&mut crates).1, Some(End::Refused));
        crates.extend(connected.read());
        assert!(!connected.hand_over(false), "after {size} bytes of what the crate expects");
        connected.server(&behind[size..], 1000);
        crates.extend(connected.read());
        assert_eq!(crates, behind);
        assert!(connected.hand_over(false));
        connected.send_again();
        assert_eq!(connected.read(), [ERROR, READY].concat());
        connected.assert_serves();
    }
}
