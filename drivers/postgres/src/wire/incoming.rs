//! Where messages begin in what the client crate reads.

/// Counts messages in a stream of bytes, whatever pieces it comes in.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// The beginning of a message, and how much of it there is.
    head: [u8; 5],
    begun: usize,
    /// Bytes of the present message that are still to come.
    rest: usize,
}

impl Incoming {
    /// Whether all messages are whole.
    pub(super) fn is_between(&self) -> bool {
        self.begun == 0 && self.rest == 0
    }

    /// Goes through a piece, and says how many messages with this sign begin in it.
    pub(super) fn pass(&mut self, mut bytes: &[u8], sign: u8) -> u32 {
        let mut found = 0;
        loop {
            bytes = &bytes[self.skip(bytes.len())..];
            if bytes.is_empty() {
                return found;
            }
            let taken = (self.head.len() - self.begun).min(bytes.len());
            self.head[self.begun..self.begun + taken].copy_from_slice(&bytes[..taken]);
            self.begun += taken;
            bytes = &bytes[taken..];
            if self.begun == self.head.len() {
                let [tag, a, b, c, d] = self.head;
                let length = u32::from_be_bytes([a, b, c, d]);
                self.rest = usize::try_from(length.saturating_sub(4)).unwrap_or(usize::MAX);
                self.begun = 0;
                found += u32::from(tag == sign);
            }
        }
    }

    /// How many of the next bytes are of the present message, which are passed.
    fn skip(&mut self, most: usize) -> usize {
        let skipped = self.rest.min(most);
        self.rest -= skipped;
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_in_pieces_of_any_size() {
        let bytes = b"Z\0\0\0\x05IDZ\0\0\x05Z"; // The second message is too long for its end to come.
        let whole = b"Z\0\0\0\x05IN\0\0\0\x04D\0\0\0\x07ZZZZ\0\0\0\x05T";
        for size in 1..=whole.len() {
            let mut incoming = Incoming::default();
            let found: u32 = whole.chunks(size).map(|piece| incoming.pass(piece, b'Z')).sum();
            assert_eq!((found, incoming.is_between()), (2, true), "in pieces of {size}");
        }
        let mut incoming = Incoming::default();
        assert_eq!(incoming.pass(bytes, b'Z'), 1);
        assert!(!incoming.is_between());
    }
}
