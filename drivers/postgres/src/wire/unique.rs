//! Names of prepared statements that no other connection has.

use std::hash::{BuildHasher, RandomState};

use bytes::BytesMut;

use super::frames::{Frames, Handler, Verdict, may_have_name, name, put};

/// Puts the same random letters before each name.
pub(super) struct Unique {
    frames: Frames,
    prefix: Prefix,
}

struct Prefix {
    letters: [u8; 16],
    /// How many requests were sent that the server answers with ReadyForQuery, and nobody has counted.
    requests: u32,
    /// The text whose statement is to be named, and its name.
    wanted: Option<Box<str>>,
    found: Option<Box<[u8]>>,
}

impl Prefix {
    fn of(letters: [u8; 16]) -> Self {
        Self { letters, requests: 0, wanted: None, found: None }
    }

    /// Notes the statement that is prepared by a message, if it is wanted.
    #[cold]
    fn prepares(&mut self, name: &[u8], body: &[u8]) {
        let text = body.get(name.len() + 1..).unwrap_or_default();
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        if self.wanted.as_ref().is_some_and(|wanted| wanted.as_bytes() == &text[..end]) {
            self.wanted = None;
            self.found = Some([&self.letters, name].concat().into());
        }
    }
}

impl Unique {
    pub(super) fn new() -> Self {
        // The keys of a hasher are the standard library's only random numbers. A process that forked has
        // those of its parent.
        let random = RandomState::new().hash_one(std::process::id());
        let mut prefix = [0; 16];
        for (letter, shift) in prefix.iter_mut().zip((0..64).step_by(4)) {
            *letter = b"abcdefghijklmnop"[usize::from((random >> shift).to_le_bytes()[0] & 15)];
        }
        Self { frames: Frames::of_client(), prefix: Prefix::of(prefix) }
    }

    /// The next statement with this text is to be named.
    pub(super) fn note(&mut self, wanted: &mut Option<Box<str>>) {
        if wanted.is_some() {
            (self.prefix.wanted, self.prefix.found) = (wanted.take(), None);
        }
    }

    /// Gives the name of the statement that was to be named.
    pub(super) fn has_noted(&mut self, found: &mut Option<Box<[u8]>>) {
        if self.prefix.found.is_some() {
            *found = self.prefix.found.take();
        }
    }

    /// Whether a message was begun and its end is still to come.
    pub(super) fn is_partial(&self) -> bool {
        !self.frames.is_between()
    }

    /// How many requests were sent since this was asked.
    pub(super) fn take_requests(&mut self) -> u32 {
        std::mem::take(&mut self.prefix.requests)
    }

    /// A client most often has whole messages to send, of which one has a name: what stands before the
    /// name and what follows it is then copied in one piece each.
    pub(super) fn outgoing(&mut self, bytes: &[u8], out: &mut BytesMut) {
        let Self { frames, prefix } = self;
        out.reserve(bytes.len() + prefix.letters.len());
        let (mut at, mut copied) = (0, 0);
        while let Some((tag, body, len)) = frames.whole(&bytes[at..]) {
            let message = &bytes[at..at + len];
            prefix.requests += u32::from(is_answered(tag));
            if may_have_name(tag)
                && let Some((name, known)) = name(tag, &message[body..])
            {
                if tag == b'P' {
                    prefix.prepares(known, &message[body..]);
                }
                let begin = out.len() + (at - copied);
                out.extend_from_slice(&bytes[copied..at + body + name]);
                out.extend_from_slice(&prefix.letters);
                // The length stands between the sign and the body, and does not count the sign.
                let length = u32::try_from(len - 1 + prefix.letters.len()).unwrap_or(u32::MAX);
                out[begin + 1..begin + body].copy_from_slice(&length.to_be_bytes());
                copied = at + body + name;
            }
            at += len;
        }
        out.extend_from_slice(&bytes[copied..at]);
        if at < bytes.len() {
            self.frames.read(&bytes[at..], out, &mut self.prefix);
        }
    }
}

/// Whether the server answers a message of this sign with ReadyForQuery: Sync, Query and FunctionCall.
fn is_answered(tag: u8) -> bool {
    matches!(tag, b'S' | b'Q' | b'F')
}

impl Handler for Prefix {
    fn judge(&mut self, tag: u8, _: &mut BytesMut) -> Verdict {
        if may_have_name(tag) {
            return Verdict::Take;
        }
        self.requests += u32::from(is_answered(tag));
        Verdict::Pass
    }

    fn take(&mut self, tag: u8, body: &[u8], out: &mut BytesMut) {
        match name(tag, body) {
            Some((at, known)) => {
                if tag == b'P' {
                    self.prepares(known, body);
                }
                let (before, after) = body.split_at(at);
                put(out, tag, &[before, &self.letters, after]);
            }
            None => put(out, tag, &[body]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(unique: &mut Unique, messages: &[(u8, &[u8])]) -> Vec<u8> {
        let (mut bytes, mut out) = (BytesMut::new(), BytesMut::new());
        for (tag, body) in messages {
            put(&mut bytes, *tag, &[body]);
        }
        unique.outgoing(&bytes, &mut out);
        out.to_vec()
    }

    // fault: D27
    #[test]
    fn each_connection_has_names_of_its_own() {
        let (mut one, mut other) = (Unique::new(), Unique::new());
        for unique in [&mut one, &mut other] {
            unique.outgoing(b"\0\0\0\x04", &mut BytesMut::new());
        }
        let prepare = [(b'P', &b"s0\0select 1\0\0\0"[..]), (b'D', b"Ss0\0"), (b'S', b"")];
        let first = sent(&mut one, &prepare);
        assert_ne!(first, sent(&mut other, &prepare));
        let name = [&one.prefix.letters[..], b"s0\0"].concat();
        let times = |bytes: &[u8]| bytes.windows(name.len()).filter(|part| *part == name).count();
        assert_eq!(times(&first), 2);
        let bind = [(b'B', &b"\0s0\0\0\0"[..]), (b'E', b"\0\0\0\0\0"), (b'S', b"")];
        assert_eq!(times(&sent(&mut one, &bind)), 1);
        assert_eq!(times(&sent(&mut one, &[(b'C', b"Ss0\0")])), 1);
        // What has no name keeps none, and all else is as it was.
        let unnamed = [(b'P', &b"\0select 1\0\0\0"[..]), (b'Q', b"select 's0'\0")];
        let mut same = BytesMut::new();
        unnamed.iter().for_each(|(tag, body)| put(&mut same, *tag, &[body]));
        assert_eq!(sent(&mut one, &unnamed), same);
    }

    #[test]
    fn whole_messages_are_sent_as_their_pieces_are() {
        let mut bytes = BytesMut::from(&b"\0\0\0\x08\0\x03\0\0"[..]);
        for (tag, body) in [
            (b'P', &b"s0\0select 1\0\0\0"[..]),
            (b'D', b"Ss0\0"),
            (b'S', b""),
            (b'B', b"\0s12\0\0\0"),
            (b'E', b"\0\0\0\0\0"),
            (b'C', b"Pportal\0"),
            (b'B', b"\0\0\0\0"),
            (b'B', b"p\0s1\0\0\0"),
            (b'S', b""),
        ] {
            put(&mut bytes, tag, &[body]);
        }
        let unique = || Unique { frames: Frames::of_client(), prefix: Prefix::of([b'u'; 16]) };
        let mut expected = BytesMut::new();
        bytes.chunks(1).for_each({
            let mut unique = unique();
            let expected = &mut expected;
            move |byte| unique.outgoing(byte, expected)
        });
        assert_eq!(expected.len(), bytes.len() + 4 * 16);
        for size in 1..=bytes.len() {
            for first in 0..size {
                let (mut unique, mut out) = (unique(), BytesMut::new());
                unique.outgoing(&bytes[..first], &mut out);
                bytes[first..].chunks(size).for_each(|piece| unique.outgoing(piece, &mut out));
                assert_eq!(out, expected, "in pieces of {size} after {first}");
            }
        }
    }
}
