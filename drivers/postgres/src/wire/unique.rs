//! Names of prepared statements that no other connection has.

use std::hash::{BuildHasher, RandomState};

use bytes::BytesMut;

use super::frames::{Frames, Handler, Verdict, may_have_name, name, put};

/// Puts the same random letters before each name.
pub(super) struct Unique {
    frames: Frames,
    prefix: Prefix,
}

struct Prefix([u8; 16]);

impl Unique {
    pub(super) fn new() -> Self {
        // The keys of a hasher are the standard library's only random numbers. A process that forked has
        // those of its parent.
        let random = RandomState::new().hash_one(std::process::id());
        let mut prefix = [0; 16];
        for (letter, shift) in prefix.iter_mut().zip((0..64).step_by(4)) {
            *letter = b"abcdefghijklmnop"[usize::from((random >> shift).to_le_bytes()[0] & 15)];
        }
        Self { frames: Frames::of_client(), prefix: Prefix(prefix) }
    }

    /// A client most often has whole messages to send, of which one has a name: what stands before the
    /// name and what follows it is then copied in one piece each.
    pub(super) fn outgoing(&mut self, bytes: &[u8], out: &mut BytesMut) {
        let Self { frames, prefix: Prefix(prefix) } = self;
        out.reserve(bytes.len() + prefix.len());
        let (mut at, mut copied) = (0, 0);
        while let Some((tag, body, len)) = frames.whole(&bytes[at..]) {
            let message = &bytes[at..at + len];
            if may_have_name(tag)
                && let Some((name, _)) = name(tag, &message[body..])
            {
                let begin = out.len() + (at - copied);
                out.extend_from_slice(&bytes[copied..at + body + name]);
                out.extend_from_slice(prefix);
                // The length stands between the sign and the body, and does not count the sign.
                let length = u32::try_from(len - 1 + prefix.len()).unwrap_or(u32::MAX);
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

impl Handler for Prefix {
    fn judge(&mut self, tag: u8, _: &mut BytesMut) -> Verdict {
        if may_have_name(tag) { Verdict::Take } else { Verdict::Pass }
    }

    fn take(&mut self, tag: u8, body: &[u8], out: &mut BytesMut) {
        match name(tag, body) {
            Some((at, _)) => {
                let (before, after) = body.split_at(at);
                put(out, tag, &[before, &self.0, after]);
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
        let name = [&one.prefix.0[..], b"s0\0"].concat();
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
        let unique = || Unique { frames: Frames::of_client(), prefix: Prefix([b'u'; 16]) };
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
