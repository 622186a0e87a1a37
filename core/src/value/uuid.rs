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
        let refused = || malformed("a UUID", "550e8400-e29b-41d4-a716-446655440000");
        let text = text.as_bytes();
        let dashes = match text.len() {
            32 => false,
            36 => true,
            _ => return Err(refused()),
        };
        let mut bytes = [0; 16];
        let mut at = 0;
        for (index, byte) in bytes.iter_mut().enumerate() {
            if dashes && matches!(index, 4 | 6 | 8 | 10) {
                if text[at] != b'-' {
                    return Err(refused());
                }
                at += 1;
            }
            let digit =
                |of: u8| char::from(of).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            match (digit(text[at]), digit(text[at + 1])) {
                (Some(high), Some(low)) => *byte = high << 4 | low,
                _ => return Err(refused()),
            }
            at += 2;
        }
        Ok(Self(bytes))
    }
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
