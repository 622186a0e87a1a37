//! UUIDs.

use std::fmt;
use std::str::FromStr;

use super::scan::malformed;
use crate::error::{Error, Result};

/// A UUID: 16 bytes, in the order in which they are written.
///
/// ```
/// use aludel::value::Uuid;
///
/// let uuid: Uuid = "550e8400-e29b-41d4-a716-446655440000".parse()?;
/// assert_eq!(uuid, "550E8400E29B41D4A716446655440000".parse()?);
/// assert_eq!(uuid.to_string(), "550e8400-e29b-41d4-a716-446655440000");
/// assert_eq!(uuid.as_bytes()[..2], [0x55, 0x0e]);
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// The UUID of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The 36 characters, without an allocation.
    #[must_use]
    pub fn encode(&self) -> [u8; 36] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = DIGITS[usize::from(byte >> 4)];
            text[at + 1] = DIGITS[usize::from(byte & 15)];
            at += 2;
        }
        text
    }
}

impl From<[u8; 16]> for Uuid {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl From<Uuid> for [u8; 16] {
    fn from(uuid: Uuid) -> Self {
        uuid.0
    }
}

/// Reads the 32 digits, with the four dashes or with none.
impl FromStr for Uuid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.as_bytes();
        let found = match (<&[u8; 36]>::try_from(text), <&[u8; 32]>::try_from(text)) {
            (Ok(text), _) if DASHES.iter().all(|at| text[*at] == b'-') => {
                read(|index| (text[PLACES[index]], text[PLACES[index] + 1]))
            }
            (_, Ok(text)) => read(|index| (text[2 * index], text[2 * index + 1])),
            _ => None,
        };
        found.ok_or_else(|| malformed("a UUID", "550e8400-e29b-41d4-a716-446655440000"))
    }
}

/// Where the dashes stand, and where each of the 16 bytes.
const DASHES: [usize; 4] = [8, 13, 18, 23];
const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// What each character is as a digit, and `NONE` if it is none.
const DIGITS: [u8; 256] = {
    let mut digits = [NONE; 256];
    let mut digit = 0;
    while digit < 16 {
        let lower = b"0123456789abcdef"[digit as usize];
        digits[lower as usize] = digit;
        digits[lower.to_ascii_uppercase() as usize] = digit;
        digit += 1;
    }
    digits
};
const NONE: u8 = 0xff;

/// The UUID of the pairs of digits, if all are digits.
#[inline]
fn read(pair: impl Fn(usize) -> (u8, u8)) -> Option<Uuid> {
    let (mut bytes, mut all) = ([0; 16], 0);
    for (index, byte) in bytes.iter_mut().enumerate() {
        let (high, low) = pair(index);
        let (high, low) = (DIGITS[usize::from(high)], DIGITS[usize::from(low)]);
        all |= high | low;
        *byte = high << 4 | low;
    }
    (all < 16).then_some(Uuid(bytes))
}

/// Prints the 36 characters, in lower case.
impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.encode().iter().try_for_each(|byte| fmt::Write::write_char(f, char::from(*byte)))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_read() {
        let text = "0123456789abcdefFEDCBA9876543210";
        let dashed = "01234567-89ab-cdef-FEDC-BA9876543210";
        let uuid: Uuid = text.parse().unwrap();
        assert_eq!(dashed.parse::<Uuid>().unwrap(), uuid);
        assert_eq!(uuid.to_string(), dashed.to_lowercase());
        // None of the places of digits may have anything else.
        for text in [text, dashed] {
            for at in 0..text.len() {
                for other in ["g", "G", "/", ":", "@", "`", " ", "\0"] {
                    let mut odd = text.to_owned();
                    odd.replace_range(at..=at, other);
                    assert!(odd.parse::<Uuid>().is_err(), "{odd}");
                }
            }
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            "",
            "550e8400-e29b-41d4-a716-44665544000",
            "550e8400-e29b-41d4-a716-4466554400000",
            "550e8400+e29b-41d4-a716-446655440000",
            "550e8400e-29b-41d4-a716-446655440000",
            "550e8400-e29b-41d4-a716-44665544000g",
            "{550e8400e29b41d4a716446655440000}",
            "550e8400e29b41d4a71644665544000é",
        ] {
            assert!(text.parse::<Uuid>().is_err(), "{text}");
        }
    }
}
