//! The way of a prepared statement past the client crate.
//!
//! The crate moves a request through a channel, an answer through another one, and each message through a buffer of its
//! own, since its callers are on other tasks. A statement moves its bytes itself, so this is more than half of what it
//! costs. A statement that is prepared is sent and read as it stands here; all else is the crate's.
//!
//! ```text
//!   statement                    wire, as the crate polls it            server
//!   begin()          Requested
//!                    Sent        writes the request         ─────────►
//!   take()                       keeps the answer           ◄─────────  BindComplete, rows, CommandComplete
//!                    Idle        passes on what is behind   ◄─────────  ReadyForQuery
//! ```
//!
//! What the server refuses, and any message that is not expected, is for the crate to read: the statement hands its answer
//! over, and has the crate send the same request, which the wire swallows. So errors are the crate's own.
//!
//! The answers come in the order of the requests, and each ends with ReadyForQuery. The wire counts those that the crate
//! still expects: a statement begins when there are none, at the beginning of a message.

use std::io;
use std::mem;
use std::task::{Context, Poll, Waker};

use aludel_core::value::Value;
use bytes::{BufMut, BytesMut};
use parking_lot::Mutex;
use tokio_postgres::types::{Format, IsNull, ToSql, Type};

use super::incoming::Incoming;
use crate::value::Bound;

/// Bytes of an answer that may wait for the statement.
const MOST_UNREAD: usize = 64 * 1024;

/// The size of what is read at a time.
const READ_AT_ONCE: usize = 8 * 1024;

/// How much memory for an answer is kept for the next one.
pub(crate) const MOST_KEPT: usize = 256 * 1024;

/// The server is ready for the next request.
const READY: u8 = b'Z';

/// What a connection and its wire share.
#[derive(Default)]
pub(crate) struct Shortcut(Mutex<State>);

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// The crate's.
    #[default]
    Idle,
    /// A request waits to be written.
    Requested,
    /// The answer is the statement's.
    Sent,
    /// The answer is nobody's.
    Discarded,
    /// The answer has a message that only the crate can read: nothing is read until it is handed over.
    Paused,
    /// The answer is the crate's as soon as it has sent the request once more.
    HandedOver,
}

/// How the answer to a statement ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// As it should.
    Done,
    /// With what the crate must read.
    Refused,
    /// With the connection.
    Closed,
}

/// What [`Shortcut::poll_take`] took.
#[derive(Debug)]
pub(crate) struct Taken {
    /// `None` if there is more to come.
    pub(crate) end: Option<End>,
    /// The wire has stopped reading until now: whoever moves its bytes must look.
    pub(crate) stopped: bool,
}

#[derive(Default)]
pub(super) struct State {
    phase: Phase,
    /// How many ReadyForQuery the crate expects, those of requests behind the statement's not among them.
    expected: u32,
    expected_behind: u32,
    /// Where messages begin in what the crate reads.
    incoming: Incoming,
    request: BytesMut,
    answer: Vec<u8>,
    /// How far the answer was looked at, and up to where it is for the statement.
    seen: usize,
    whole: usize,
    /// The server has refused the statement.
    refused: bool,
    /// What the crate is to read of the answer.
    refusal: Vec<u8>,
    end: Option<End>,
    stopped: bool,
    discarded_rows: usize,
    /// The crate has been used by others, who may do what the wire does not count.
    distrusted: bool,
    /// The client's side of the wire is in the middle of a message.
    pub(super) is_partial: bool,
    closed: bool,
    broken: bool,
    waker: Option<Waker>,
    /// The text whose statement is to be named, and its name.
    pub(super) wanted: Option<Box<str>>,
    pub(super) found: Option<Box<[u8]>>,
}

impl Shortcut {
    /// For a connection that is to be opened: ReadyForQuery is expected after the password.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { expected: 1, ..State::default() }))
    }

    /// The next statement with this text is one that has no name yet.
    pub(crate) fn expect(&self, sql: &str) {
        let mut state = self.0.lock();
        state.wanted = Some(sql.into());
        state.found = None;
    }

    /// The name under which the server knows the statement that was expected.
    pub(crate) fn name(&self) -> Option<Box<[u8]>> {
        self.0.lock().found.take()
    }

    /// From here on the crate sends what is not counted.
    pub(crate) fn distrust(&self) {
        self.0.lock().distrusted = true;
    }

    /// Begins a statement if that can be done. What cannot be encoded is for the crate to report.
    pub(crate) fn begin(&self, name: &[u8], types: &[Type], params: &[Value]) -> bool {
        let mut state = self.0.lock();
        let state = &mut *state;
        let can = state.phase == Phase::Idle
            && state.expected == 0
            && state.incoming.is_between()
            && !(state.is_partial || state.distrusted || state.closed || state.broken);
        if !can {
            return false;
        }
        state.request.clear();
        state.refusal.clear();
        if encode(&mut state.request, name, types, params).is_none() {
            state.request.clear();
            return false;
        }
        state.phase = Phase::Requested;
        state.expected_behind = 0;
        state.answer.clear();
        if state.answer.capacity() > MOST_KEPT {
            state.answer = Vec::new();
        }
        (state.seen, state.whole, state.discarded_rows) = (0, 0, 0);
        (state.refused, state.stopped, state.end) = (false, false, None);
        true
    }

    /// Takes the messages that have arrived whole, into what is emptied first.
    pub(crate) fn poll_take(
        &self,
        context: &mut Context<'_>,
        messages: &mut Vec<u8>,
    ) -> Poll<Taken> {
        let mut state = self.0.lock();
        let state = &mut *state;
        messages.clear();
        if state.whole == state.answer.len() {
            mem::swap(&mut state.answer, messages);
        } else {
            messages.extend(state.answer.drain(..state.whole));
        }
        state.seen -= state.whole;
        state.whole = 0;
        let end = state.end.take().or(state.closed.then_some(End::Closed));
        if messages.is_empty() && end.is_none() {
            state.keep(context.waker());
            return Poll::Pending;
        }
        Poll::Ready(Taken { end, stopped: mem::take(&mut state.stopped) })
    }

    /// Whoever ran the statement does not read its answer.
    pub(crate) fn discard(&self) {
        let mut state = self.0.lock();
        match state.phase {
            // Nothing was sent.
            Phase::Requested => state.phase = Phase::Idle,
            Phase::Sent => state.phase = Phase::Discarded,
            Phase::Paused => {
                state.phase = Phase::Discarded;
                state.answer = mem::take(&mut state.refusal);
            }
            Phase::Idle | Phase::Discarded | Phase::HandedOver => return,
        }
        if state.phase == Phase::Discarded {
            (state.seen, state.whole, state.refused) = (0, 0, false);
        }
    }

    /// Waits for the end of an answer that is discarded: `true` when it has come, `false` if there are more rows in it.
    pub(crate) fn poll_discarded(&self, context: &mut Context<'_>, most: usize) -> Poll<bool> {
        let mut state = self.0.lock();
        if state.closed || state.broken || state.discarded_rows > most {
            return Poll::Ready(false);
        }
        if state.phase != Phase::Discarded {
            return Poll::Ready(true);
        }
        state.keep(context.waker());
        Poll::Pending
    }

    /// Hands the answer that was [refused](End::Refused) over, when the crate expects nothing else. The next request
    /// that the crate sends MUST be the same, and be sent at once. `bound` says that the statement has seen its first
    /// message.
    pub(crate) fn poll_hand_over(&self, context: &mut Context<'_>, bound: bool) -> Poll<()> {
        let mut state = self.0.lock();
        let state = &mut *state;
        if state.closed || state.broken {
            return Poll::Ready(());
        }
        // An answer counts as soon as its last message has begun.
        if state.expected > 0 || !state.incoming.is_between() {
            state.keep(context.waker());
            return Poll::Pending;
        }
        if state.expected_behind > 0 {
            state.broken = true;
        }
        if bound {
            state.refusal.splice(..0, *b"2\0\0\0\x04");
        }
        state.phase = Phase::HandedOver;
        Poll::Ready(())
    }

    /// The crate has not sent what it was to send, so that nobody knows what answers belong to.
    pub(crate) fn require_handed_over(&self) {
        let mut state = self.0.lock();
        state.broken |= state.phase == Phase::HandedOver;
    }

    pub(super) fn lock(&self) -> parking_lot::MutexGuard<'_, State> {
        self.0.lock()
    }

    /// The wire has ended.
    pub(super) fn close(&self) {
        let mut state = self.0.lock();
        state.closed = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl State {
    fn keep(&mut self, waker: &Waker) {
        if !self.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            self.waker = Some(waker.clone());
        }
    }

    /// Whom what was read concerns.
    pub(super) fn whom_to_wake(&mut self) -> Option<Waker> {
        let concerns = self.whole > 0 || self.end.is_some() || self.phase != Phase::Sent;
        if concerns { self.waker.take() } else { None }
    }

    pub(super) fn check(&self) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("answers of the server cannot be distinguished any more"));
        }
        Ok(())
    }

    pub(super) fn has_request(&self) -> bool {
        self.phase == Phase::Requested
    }

    /// Whether a request may be written. What the crate has sent since the statement began is answered first: another
    /// thread may poll it at that moment.
    pub(super) fn may_request(&self) -> bool {
        self.expected == 0 && self.incoming.is_between() && !self.is_partial
    }

    /// The request of a statement, which is to be written now.
    pub(super) fn request(&mut self) -> &mut BytesMut {
        self.phase = Phase::Sent;
        &mut self.request
    }

    /// Whether what is read next is of no concern to the crate.
    pub(super) fn reads(&self) -> bool {
        matches!(self.phase, Phase::Sent | Phase::Discarded)
    }

    /// Whether what was read already must reach the crate before anything else.
    pub(super) fn is_paused(&self) -> bool {
        matches!(self.phase, Phase::Paused | Phase::HandedOver)
    }

    /// Where to read to; `None` if the statement must take what is there first.
    pub(super) fn buffer(&mut self) -> Option<&mut Vec<u8>> {
        if self.phase == Phase::Sent && self.whole >= MOST_UNREAD {
            self.stopped = true;
            return None;
        }
        if self.answer.capacity() - self.answer.len() < READ_AT_ONCE / 2 {
            self.answer.reserve(READ_AT_ONCE);
        }
        Some(&mut self.answer)
    }

    /// Looks at what was read. What is for the crate goes to `crates`.
    pub(super) fn look(&mut self, crates: &mut BytesMut) -> io::Result<()> {
        while let Some(&[tag, a, b, c, d]) = self.answer[self.seen..].first_chunk() {
            let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            if length < 4 {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a message without length"));
            }
            if self.answer.len() - self.seen <= length {
                break;
            }
            let end = self.seen + 1 + length;
            match tag {
                // Remarks, settings and notifications, which belong to no request.
                b'N' | b'S' | b'A' => {
                    crates.extend(self.answer.drain(self.seen..end));
                    continue;
                }
                READY => {
                    self.seen = end;
                    self.ends(crates);
                    return Ok(());
                }
                b'2' | b'D' | b'C' | b'I' if self.phase == Phase::Sent && !self.refused => {
                    self.whole = end;
                }
                _ if self.phase == Phase::Discarded => {
                    self.discarded_rows += usize::from(tag == b'D');
                }
                b'E' => self.refused = true,
                _ if self.refused => {}
                _ => {
                    self.phase = Phase::Paused;
                    self.refusal = self.answer.split_off(self.whole);
                    self.end = Some(End::Refused);
                    return Ok(());
                }
            }
            self.seen = end;
        }
        if self.phase == Phase::Discarded {
            self.answer.drain(..self.seen);
            self.seen = 0;
        }
        Ok(())
    }

    /// Looks at what was read for the statement before its answer was discarded.
    pub(super) fn look_again(&mut self, crates: &mut BytesMut) -> io::Result<()> {
        if self.phase == Phase::Discarded && !self.answer.is_empty() {
            self.look(crates)?;
        }
        Ok(())
    }

    /// The answer has ended. What is behind it is the crate's.
    fn ends(&mut self, crates: &mut BytesMut) {
        self.expected = mem::take(&mut self.expected_behind);
        if self.seen < self.answer.len() {
            let behind = self.answer.split_off(self.seen);
            self.pass(&behind);
            crates.extend_from_slice(&behind);
        }
        if self.phase == Phase::Sent {
            self.end = Some(if self.refused { End::Refused } else { End::Done });
            if self.refused {
                self.refusal = self.answer.split_off(self.whole);
            }
            // Without the message that it ends with.
            self.answer.truncate(self.whole);
        } else {
            self.answer.clear();
        }
        self.seen = self.whole;
        self.phase = Phase::Idle;
    }

    /// Whether the server has said why it does not go on.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// The socket has ended in the middle of the answer: what the statement does not read says why.
    pub(super) fn cut(&mut self, crates: &mut BytesMut) {
        crates.extend(self.answer.drain(self.whole..));
        self.seen = self.whole;
        self.phase = Phase::Idle;
    }

    /// Something passes to the crate.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        self.expected = self.expected.saturating_sub(self.incoming.pass(bytes, READY));
    }

    /// The crate has sent so many requests.
    pub(super) fn sent(&mut self, requests: u32) {
        if matches!(self.phase, Phase::Sent | Phase::Discarded | Phase::Paused) {
            self.expected_behind += requests;
        } else {
            self.expected += requests;
        }
    }

    /// How much of what the crate sends is the request of a statement whose answer is here, which goes to `crates` then.
    pub(super) fn swallow(&mut self, bytes: &[u8], crates: &mut BytesMut) -> io::Result<usize> {
        if self.phase != Phase::HandedOver {
            return Ok(0);
        }
        let length = request_length(bytes).unwrap_or_default();
        if self.expected > 0 || !self.incoming.is_between() || length == 0 {
            self.broken = true;
            self.check()?;
        }
        self.phase = Phase::Idle;
        self.expected = 1;
        let refusal = mem::take(&mut self.refusal);
        self.pass(&refusal);
        crates.extend_from_slice(&refusal);
        Ok(length)
    }
}

/// The length of Bind, Execute and Sync, if these bytes begin with them.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    for expected in *b"BES" {
        let &[tag, a, b, c, d] = rest.first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        if tag != expected || rest.len() <= length {
            return None;
        }
        rest = &rest[1 + length..];
    }
    Some(bytes.len() - rest.len())
}

/// Writes Bind, Execute and Sync.
fn encode(out: &mut BytesMut, name: &[u8], types: &[Type], params: &[Value]) -> Option<()> {
    let count = u16::try_from(params.len()).ok()?;
    out.reserve(64 + name.len() + 16 * params.len());
    out.put_slice(b"B\0\0\0\0\0");
    out.put_slice(name);
    out.put_u8(0);
    out.put_u16(count);
    for (value, ty) in params.iter().zip(types) {
        out.put_u16(u16::from(matches!(Bound(value).encode_format(ty), Format::Binary)));
    }
    out.put_u16(count);
    for (value, ty) in params.iter().zip(types) {
        let at = out.len();
        out.put_i32(-1);
        if let IsNull::No = Bound(value).to_sql(ty, out).ok()? {
            put_length(out, at, 4)?;
        }
    }
    // All columns in the binary format.
    out.put_slice(b"\0\x01\0\x01");
    put_length(out, 1, 0)?;
    out.put_slice(b"E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04");
    Some(())
}

/// Writes how long is what begins at a place, without so many bytes.
fn put_length(out: &mut BytesMut, at: usize, without: usize) -> Option<()> {
    let length = i32::try_from(out.len() - at - without).ok()?;
    out.get_mut(at..at + 4)?.copy_from_slice(&length.to_be_bytes());
    Some(())
}
