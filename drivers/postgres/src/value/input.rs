//! Reading of the bytes of a value, one part after the other.

use aludel_core::dbapi::errors;
use aludel_core::error::{Error, ErrorKind, Result};

/// The bytes of a value that are not yet read.
#[derive(Clone, Copy)]
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len).ok_or_else(|| ended(self.0.len()))?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk().ok_or_else(|| ended(self.0.len()))?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn i16(&mut self) -> Result<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64> {
        self.array().map(i64::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn f64(&mut self) -> Result<f64> {
        self.array().map(f64::from_be_bytes)
    }

    /// Bytes behind their number; -1 stands for NULL.
    pub(super) fn counted(&mut self) -> Result<Option<&'a [u8]>> {
        match usize::try_from(self.i32()?) {
            Ok(len) => self.take(len).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Text up to a NUL.
    pub(super) fn text(&mut self) -> Result<&'a str> {
        let len = self.0.iter().position(|byte| *byte == 0).ok_or_else(|| ended(self.0.len()))?;
        let text = self.take(len)?;
        self.u8()?;
        std::str::from_utf8(text).map_err(not_utf8)
    }
}

/// The bytes as an array of a fixed length.
#[inline]
pub(super) fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| wrong_length(N, bytes.len()))
}

#[cold]
#[inline(never)]
fn wrong_length(wanted: usize, found: usize) -> Error {
    impossible(&format!("{found} bytes for a value of {wanted} bytes"))
}

#[cold]
#[inline(never)]
fn ended(left: usize) -> Error {
    impossible(&format!("a value that ends too early, with {left} bytes left"))
}

/// The error for bytes that are no value of their type.
#[cold]
#[inline(never)]
pub(super) fn impossible(what: &str) -> Error {
    errors::protocol_violation("for PostgreSQL", what).with_kind(ErrorKind::Decode)
}

#[cold]
#[inline(never)]
pub(super) fn not_utf8(error: std::str::Utf8Error) -> Error {
    errors::text_not_utf8(error, "cast it to bytea to get the bytes")
}
