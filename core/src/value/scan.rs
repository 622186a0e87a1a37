//! Reading of text, one piece after the other.

use crate::error::{Error, ErrorKind};

/// Text that is read from its beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.as_bytes() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Goes beyond a byte, if it is the next.
    pub(super) fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// Goes beyond a word, if it is the next, in upper or lower case.
    pub(super) fn skip_word(&mut self, word: &str) -> bool {
        let found = self
            .rest
            .get(..word.len())
            .is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes()));
        if found {
            self.rest = &self.rest[word.len()..];
        }
        found
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.skip(b' ') {}
    }

    /// The digits that are next, of which there are at least `least` and at most `most`.
    pub(super) fn digits(&mut self, least: usize, most: usize) -> Option<&'a [u8]> {
        let len = self.rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(len);
        if len < least {
            return None;
        }
        self.rest = rest;
        Some(digits)
    }

    /// A number of at least `least` and at most `most` digits; `most` is at most 18.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.digits(least, most)?;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    /// Two digits that are less than `below`.
    pub(super) fn two(&mut self, below: i64) -> Option<i64> {
        self.number(2, 2).filter(|number| *number < below)
    }

    /// The microseconds of what stands behind the point of a second, if there is a point. `None` if
    /// there are no digits, or if some behind the sixth are not 0.
    pub(super) fn fraction(&mut self) -> Option<i64> {
        if !self.skip(b'.') && !self.skip(b',') {
            return Some(0);
        }
        let digits = self.digits(1, usize::MAX)?;
        if digits.iter().skip(6).any(|digit| *digit != b'0') {
            return None;
        }
        let micros = digits.iter().take(6).fold(0, |n, digit| n * 10 + i64::from(digit - b'0'));
        let missing = 6_usize.saturating_sub(digits.len());
        Some((0..missing).fold(micros, |micros, _| micros * 10))
    }
}

/// The error for text that is not what it is to be read as. It does not show the text.
#[cold]
#[inline(never)]
pub(super) fn malformed(wanted: &str, example: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!("the text is not {wanted}; one is written as {example}"),
    )
}

/// The error for parts that make no value.
#[cold]
#[inline(never)]
pub(super) fn impossible(what: &str) -> Error {
    Error::new(ErrorKind::Argument, what)
}
