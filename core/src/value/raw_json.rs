//! JSON as text.

use std::fmt;
use std::str::FromStr;

use super::scan::impossible;
use crate::error::{Error, Result};

/// JSON as it is written: numbers keep all of their digits, objects the order of their members and
/// what stands twice.
///
/// The JSON `null` is a value; for SQL's NULL there is `Option<RawJson>`. Two are equal if their texts
/// are, to the last blank.
///
/// ```
/// use aludel::value::RawJson;
///
/// let json = RawJson::new(r#"{"price": 1.10, "n": 18446744073709551616}"#)?;
/// assert_eq!(json.get(), r#"{"price": 1.10, "n": 18446744073709551616}"#);
/// assert!(RawJson::new("{").is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawJson(Box<str>);

impl RawJson {
    /// Takes a text that is JSON.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument), saying at which byte the text is not.
    pub fn new(text: impl Into<Box<str>>) -> Result<Self> {
        let text = text.into();
        match Reader::end_of(text.as_bytes()) {
            Ok(()) => Ok(Self(text)),
            Err(at) => Err(impossible(&format!("the text is not JSON from byte {at} on"))),
        }
    }

    /// Takes a text that a database says to be JSON.
    #[must_use]
    pub fn from_database(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> Box<str> {
        self.0
    }
}

impl FromStr for RawJson {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads JSON without keeping anything of it but what is open, so that no depth is too much.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    open: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// Whether the text is one value; otherwise, where it stops to be one.
    fn end_of(text: &'a [u8]) -> std::result::Result<(), usize> {
        let mut reader = Self { text, at: 0, open: Vec::new() };
        reader.read().ok_or(reader.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn read(&mut self) -> Option<()> {
        loop {
            self.blanks();
            if self.begins()? {
                continue;
            }
            // A value has ended: go on behind it.
            loop {
                self.blanks();
                match self.open.last().copied() {
                    None => return (self.at == self.text.len()).then_some(()),
                    Some(_) if self.skip(b',') => {
                        self.blanks();
                        if self.open.last() == Some(&b'{') {
                            self.member()?;
                        }
                        break;
                    }
                    Some(b'{') if self.skip(b'}') => {
                        self.open.pop();
                    }
                    Some(b'[') if self.skip(b']') => {
                        self.open.pop();
                    }
                    Some(_) => return None,
                }
            }
        }
    }

    /// Reads a value that is neither array nor object, or an empty one, to its end (`false`), or the
    /// beginning of another (`true`).
    fn begins(&mut self) -> Option<bool> {
        match self.peek()? {
            b'{' => {
                self.at += 1;
                self.blanks();
                if self.skip(b'}') {
                    return Some(false);
                }
                self.member()?;
                self.open.push(b'{');
                return Some(true);
            }
            b'[' => {
                self.at += 1;
                self.blanks();
                if self.skip(b']') {
                    return Some(false);
                }
                self.open.push(b'[');
                return Some(true);
            }
            b'"' => self.string()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => self.number()?,
        }
        Some(false)
    }

    /// The name of a member and its colon.
    fn member(&mut self) -> Option<()> {
        self.string()?;
        self.blanks();
        self.skip(b':').then_some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let found = self.text[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found.then_some(())
    }

    fn string(&mut self) -> Option<()> {
        if !self.skip(b'"') {
            return None;
        }
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => {
                    self.at += 1;
                    match self.peek()? {
                        b'u' => {
                            let digits = self.text.get(self.at + 1..self.at + 5)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 5;
                        }
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
                        _ => return None,
                    }
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            if !self.skip(b'-') {
                self.skip(b'+');
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_json() {
        for text in [
            "null",
            " true ",
            "-0",
            "1e400",
            "1.10",
            "-12.5E-3",
            r#""a\"\\\u00e9\ud83d""#,
            "[]",
            "{}",
            "[ 1 , [ ] , { } ]",
            r#"{"a" : [1, {"a": 2, "a": null}], "b":{}}"#,
            "\"ü🦀\"",
        ] {
            assert_eq!(RawJson::new(text).unwrap().get(), text);
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(RawJson::new(deep).is_ok());
    }

    #[test]
    fn what_is_not() {
        for text in [
            "",
            " ",
            "x",
            "nul",
            "nullx",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-",
            "NaN",
            "[",
            "]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1]",
            "[1}",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\n\"",
            "1 2",
            "'a'",
        ] {
            assert!(RawJson::new(text).is_err(), "{text}");
        }
        let error = RawJson::new("[1, secret]").unwrap_err();
        assert!(
            error.message().contains("byte 4") && !error.message().contains("secret"),
            "{error}"
        );
    }
}
