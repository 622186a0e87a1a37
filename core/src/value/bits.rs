//! Strings of bits.

use std::fmt;
use std::str::FromStr;

use super::scan::malformed;
use crate::error::{Error, Result};

/// A string of bits: PostgreSQL's `bit` and `bit varying`, MySQL's `BIT`.
///
/// ```
/// use aludel::value::BitString;
///
/// let bits: BitString = "10110".parse()?;
/// assert_eq!(bits.len(), 5);
/// assert_eq!(bits.as_ref().to_u64(), Some(0b10110));
/// assert!(bits.as_ref().iter().eq([true, false, true, true, false]));
/// assert_eq!(bits.to_string(), "10110");
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BitString {
    len: u32,
    /// The first bit is the highest of the first byte. Those behind the last are 0.
    bytes: Box<[u8]>,
}

/// A string of bits that is borrowed from a row.
#[derive(Clone, Copy)]
pub struct BitsRef<'a> {
    bytes: &'a [u8],
    len: u32,
    /// How many bits of the first byte stand before the first of the string.
    skip: u8,
}

impl<'a> BitsRef<'a> {
    /// The first `len` bits of the bytes, or as many as there are.
    #[must_use]
    pub fn first(bytes: &'a [u8], len: u32) -> Self {
        Self { bytes, len: len.min(all(bytes)), skip: 0 }
    }

    /// The last `len` bits of the bytes, or as many as there are.
    #[must_use]
    pub fn last(bytes: &'a [u8], len: u32) -> Self {
        let len = len.min(all(bytes));
        let needed = usize::try_from(len.div_ceil(8)).unwrap_or(usize::MAX);
        let bytes = &bytes[bytes.len().saturating_sub(needed)..];
        let skip = all(bytes).saturating_sub(len);
        Self { bytes, len, skip: u8::try_from(skip).expect("less than a byte") }
    }

    /// How many bits there are.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The bytes, and how many bits of the first stand before the first of the string.
    pub(crate) const fn as_parts(self) -> (&'a [u8], u8) {
        (self.bytes, self.skip)
    }

    /// What [`as_parts`](Self::as_parts) has taken apart.
    pub(crate) const fn from_parts(bytes: &'a [u8], skip: u8, len: u32) -> Self {
        Self { bytes, len, skip }
    }

    /// The bits, in the order in which they are written.
    pub fn iter(self) -> impl Iterator<Item = bool> + 'a {
        let bits =
            self.bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1 == 1));
        bits.skip(self.skip.into()).take(usize::try_from(self.len).unwrap_or(usize::MAX))
    }

    /// The number that the bits are in the binary system, if there are at most 64.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        if self.len > 64 {
            return None;
        }
        Some(self.iter().fold(0, |number, bit| number << 1 | u64::from(bit)))
    }

    /// A copy that owns its bits.
    #[must_use]
    pub fn to_bit_string(self) -> BitString {
        self.iter().collect()
    }
}

fn all(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).saturating_mul(8)
}

impl PartialEq for BitsRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl BitString {
    /// How many bits there are.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The same, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> BitsRef<'_> {
        BitsRef { bytes: &self.bytes, len: self.len, skip: 0 }
    }

    /// The bytes. The first bit is the highest of the first byte; those behind the last are 0.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl FromIterator<bool> for BitString {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let (mut bytes, mut len) = (Vec::new(), 0_u32);
        for bit in bits {
            let place = 7 - len % 8;
            if place == 7 {
                bytes.push(0);
            }
            if let Some(byte) = bytes.last_mut() {
                *byte |= u8::from(bit) << place;
            }
            len += 1;
        }
        Self { len, bytes: bytes.into() }
    }
}

impl FromStr for BitString {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bit = |c| match c {
            '0' => Ok(false),
            '1' => Ok(true),
            _ => Err(malformed("a string of bits", "10110")),
        };
        text.chars().map(bit).collect()
    }
}

impl fmt::Display for BitsRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|bit| f.write_str(if bit { "1" } else { "0" }))
    }
}

impl fmt::Debug for BitsRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for BitString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_ref(), f)
    }
}

impl fmt::Debug for BitString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_from_both_ends() {
        let first = BitsRef::first(&[0b1011_0000, 0b1000_0000], 9);
        assert_eq!(first.to_string(), "101100001");
        let last = BitsRef::last(&[0, 0b0000_0001, 0b0110_0001], 9);
        assert_eq!(last, first);
        assert_eq!(last.to_u64(), Some(0b1_0110_0001));
        assert_eq!(last.to_bit_string(), "101100001".parse().unwrap());
        assert_eq!(last.to_bit_string().as_bytes(), [0b1011_0000, 0b1000_0000]);
        assert_eq!(BitsRef::first(&[255], 100).len(), 8);
        assert!(BitsRef::last(&[], 3).is_empty());
        assert_eq!(BitsRef::first(&[0; 9], 65).to_u64(), None);
        assert!("102".parse::<BitString>().is_err());
    }
}
