//! Where messages begin and end in a stream of bytes.

use bytes::{BufMut, BytesMut};

/// The sign of a message without one, which is the first of a client.
pub(super) const STARTUP: u8 = 0;

/// Takes a stream of bytes apart, whatever pieces it comes in.
#[derive(Debug)]
pub(super) struct Frames {
    /// Whether messages begin with their sign.
    tagged: bool,
    /// Bytes of the present message that go where its first ones went.
    rest: usize,
    /// Whether they go anywhere.
    passed_on: bool,
    /// The beginning of a message that is wanted whole.
    held: BytesMut,
}

/// What becomes of a message, which its sign decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is passed on as it is.
    Pass,
    /// It is left out.
    Drop,
    /// It is wanted whole.
    Take,
}

impl Frames {
    /// Of what a server sends.
    pub(super) fn of_server() -> Self {
        Self { tagged: true, rest: 0, passed_on: true, held: BytesMut::new() }
    }

    /// Of what a client sends, whose first message has no sign.
    pub(super) fn of_client() -> Self {
        Self { tagged: false, ..Self::of_server() }
    }

    /// Goes through a piece. `judge` is asked once for each message, and `take` gets those that are
    /// wanted whole: their sign, and what follows their length.
    pub(super) fn read(&mut self, piece: &[u8], out: &mut BytesMut, handler: &mut impl Handler) {
        if self.held.is_empty() {
            return self.go_through(piece, out, handler);
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(piece);
        self.go_through(&held, out, handler);
    }

    fn go_through(&mut self, mut bytes: &[u8], out: &mut BytesMut, handler: &mut impl Handler) {
        loop {
            let (rest, after) = bytes.split_at(self.rest.min(bytes.len()));
            if self.passed_on {
                out.extend_from_slice(rest);
            }
            self.rest -= rest.len();
            bytes = after;
            if bytes.is_empty() {
                return;
            }
            let Some((tag, body, len)) = self.head(bytes) else {
                // A part of its head.
                return self.held.extend_from_slice(bytes);
            };
            match handler.judge(tag, out) {
                Verdict::Take if bytes.len() < len => {
                    return self.held.extend_from_slice(bytes);
                }
                Verdict::Take => {
                    handler.take(tag, &bytes[body..len], out);
                    bytes = &bytes[len..];
                }
                verdict => {
                    self.passed_on = verdict == Verdict::Pass;
                    self.rest = len;
                    self.tagged = true;
                }
            }
        }
    }

    /// The sign of the next message, where its body begins, and its length, if `bytes` begin with a whole one.
    pub(super) fn whole(&self, bytes: &[u8]) -> Option<(u8, usize, usize)> {
        if !self.is_between() {
            return None;
        }
        self.head(bytes).filter(|(.., len)| *len <= bytes.len())
    }

    /// Whether all messages are whole, and the first one has passed.
    pub(super) fn is_between(&self) -> bool {
        self.tagged && self.rest == 0 && self.held.is_empty()
    }

    /// The sign of a message, where its body begins, and its length.
    fn head(&self, bytes: &[u8]) -> Option<(u8, usize, usize)> {
        let (tag, bytes) = match (self.tagged, bytes.split_first()?) {
            (true, (tag, rest)) => (*tag, rest),
            (false, _) => (STARTUP, bytes),
        };
        let length = u32::from_be_bytes(*bytes.first_chunk()?);
        // A message is as long as its own length, at least.
        let length = usize::try_from(length.max(4)).ok()?;
        let sign = usize::from(self.tagged);
        Some((tag, sign + 4, sign + length))
    }
}

/// What to do with messages.
pub(super) trait Handler {
    /// What becomes of a message. It may be asked again for one that is wanted whole.
    fn judge(&mut self, tag: u8, out: &mut BytesMut) -> Verdict;

    /// Has a whole message.
    fn take(&mut self, tag: u8, body: &[u8], out: &mut BytesMut);
}

/// Writes a message of several parts.
pub(super) fn put(out: &mut BytesMut, tag: u8, parts: &[&[u8]]) {
    let length = 4 + parts.iter().map(|part| part.len()).sum::<usize>();
    out.put_u8(tag);
    // It is no longer than the message that it stands for, by more than a name.
    out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Where the name of a statement stands in a message of the client that has one, and the name. The
/// unnamed statement has none.
pub(super) fn name(tag: u8, body: &[u8]) -> Option<(usize, &[u8])> {
    let at = match tag {
        b'P' => 0,
        b'B' => body.iter().position(|byte| *byte == 0)? + 1,
        b'D' | b'C' if body.first() == Some(&b'S') => 1,
        _ => return None,
    };
    let rest = body.get(at..)?;
    let name = &rest[..rest.iter().position(|byte| *byte == 0)?];
    (!name.is_empty()).then_some((at, name))
}

/// Whether a message of the client may name a statement.
pub(super) fn may_have_name(tag: u8) -> bool {
    matches!(tag, b'P' | b'B' | b'D' | b'C')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passes on all but `x`, and takes `y` for its body in brackets.
    struct Letters(usize);

    impl Handler for Letters {
        fn judge(&mut self, tag: u8, _: &mut BytesMut) -> Verdict {
            match tag {
                b'x' => Verdict::Drop,
                b'y' => Verdict::Take,
                _ => Verdict::Pass,
            }
        }

        fn take(&mut self, tag: u8, body: &[u8], out: &mut BytesMut) {
            self.0 += 1;
            put(out, tag, &[b"[", body, b"]"]);
        }
    }

    #[test]
    fn pieces_of_any_size_are_the_same_messages() {
        let mut sent = BytesMut::new();
        sent.put_slice(b"\0\0\0\x06hi");
        for (tag, body) in [(b'a', "one"), (b'x', "two"), (b'y', "three"), (b'S', ""), (b'y', "")] {
            put(&mut sent, tag, &[body.as_bytes()]);
        }
        let mut expected = BytesMut::new();
        expected.put_slice(b"\0\0\0\x06hi");
        for (tag, body) in [(b'a', "one"), (b'y', "[three]"), (b'S', ""), (b'y', "[]")] {
            put(&mut expected, tag, &[body.as_bytes()]);
        }
        for size in 1..=sent.len() {
            let (mut frames, mut letters) = (Frames::of_client(), Letters(0));
            let mut out = BytesMut::new();
            for piece in sent.chunks(size) {
                frames.read(piece, &mut out, &mut letters);
            }
            assert_eq!(out, expected, "in pieces of {size}");
            assert_eq!(letters.0, 2);
        }
    }

    #[test]
    fn names_are_found_where_they_stand() {
        assert_eq!(name(b'P', b"s0\0select 1\0\0\0"), Some((0, &b"s0"[..])));
        assert_eq!(name(b'P', b"\0select 1\0\0\0"), None);
        assert_eq!(name(b'B', b"p\0s12\0\0\0"), Some((2, &b"s12"[..])));
        assert_eq!(name(b'B', b"\0\0\0\0"), None);
        assert_eq!(name(b'D', b"Ss1\0"), Some((1, &b"s1"[..])));
        assert_eq!(name(b'D', b"Pportal\0"), None);
        assert_eq!(name(b'C', b"S\0"), None);
        assert_eq!(name(b'B', b"cut"), None);
    }
}
