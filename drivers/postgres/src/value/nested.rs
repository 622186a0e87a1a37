//! Types that are made of others, as PostgreSQL prints them: ranges, composite types, hstore.

use std::fmt::Write as _;

use aludel_core::error::Result;

use super::input::{Input, impossible, not_utf8};

const EMPTY: u8 = 1;
const LOWER_INCLUSIVE: u8 = 2;
const UPPER_INCLUSIVE: u8 = 4;
const LOWER_INFINITE: u8 = 8;
const UPPER_INFINITE: u8 = 16;

/// `[1,10)`, with bounds that are all printed in the same way.
pub(super) fn range(bytes: &[u8], print: &dyn Fn(&[u8]) -> Result<String>) -> Result<String> {
    let mut input = Input::new(bytes);
    let flags = input.u8()?;
    if flags & EMPTY != 0 {
        return Ok("empty".to_owned());
    }
    let mut bound = |infinite: u8| -> Result<String> {
        if flags & infinite != 0 {
            return Ok(String::new());
        }
        let bound = input.counted()?.ok_or_else(|| impossible("a range with a bound of NULL"))?;
        let text = print(bound)?;
        Ok(if needs_quotes(&text, "()[],") { quoted(&text) } else { text })
    };
    let (lower, upper) = (bound(LOWER_INFINITE)?, bound(UPPER_INFINITE)?);
    let open = if flags & LOWER_INCLUSIVE != 0 { '[' } else { '(' };
    let close = if flags & UPPER_INCLUSIVE != 0 { ']' } else { ')' };
    Ok(format!("{open}{lower},{upper}{close}"))
}

/// `{[1,3),[5,10)}`.
pub(super) fn multirange(bytes: &[u8], print: &dyn Fn(&[u8]) -> Result<String>) -> Result<String> {
    let mut input = Input::new(bytes);
    let mut text = "{".to_owned();
    for index in 0..input.u32()? {
        let one = input.counted()?.ok_or_else(|| impossible("a range that is NULL"))?;
        if index > 0 {
            text.push(',');
        }
        text.push_str(&range(one, print)?);
    }
    text.push('}');
    Ok(text)
}

/// `(1,"a b",)`, with fields that are printed by their place and type.
pub(super) fn composite(
    bytes: &[u8],
    print: impl Fn(usize, u32, &[u8]) -> Result<String>,
) -> Result<String> {
    let mut input = Input::new(bytes);
    let mut text = "(".to_owned();
    for index in 0..input.u32()? {
        if index > 0 {
            text.push(',');
        }
        let oid = input.u32()?;
        if let Some(field) = input.counted()? {
            let place = usize::try_from(index).unwrap_or(usize::MAX);
            let field = print(place, oid, field)?;
            if needs_quotes(&field, "(),") {
                text.push_str(&quoted(&field));
            } else {
                text.push_str(&field);
            }
        }
    }
    text.push(')');
    Ok(text)
}

fn needs_quotes(text: &str, special: &str) -> bool {
    text.is_empty()
        || text.contains(|c: char| {
            matches!(c, '"' | '\\' | '\u{b}') || c.is_ascii_whitespace() || special.contains(c)
        })
}

/// In quotes, with quotes and backslashes written twice.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// `"a"=>"1", "b"=>NULL`.
pub(super) fn hstore(bytes: &[u8]) -> Result<String> {
    let mut input = Input::new(bytes);
    let mut text = String::new();
    for index in 0..input.u32()? {
        if index > 0 {
            text.push_str(", ");
        }
        let key = input.counted()?.ok_or_else(|| impossible("a key that is NULL"))?;
        escaped(key, &mut text)?;
        text.push_str("=>");
        match input.counted()? {
            Some(value) => escaped(value, &mut text)?,
            None => text.push_str("NULL"),
        }
    }
    Ok(text)
}

/// In quotes, with a backslash before quotes and backslashes.
fn escaped(bytes: &[u8], to: &mut String) -> Result<()> {
    to.push('"');
    for c in std::str::from_utf8(bytes).map_err(not_utf8)?.chars() {
        if matches!(c, '"' | '\\') {
            to.push('\\');
        }
        to.push(c);
    }
    to.push('"');
    Ok(())
}

/// `'a':1A,2 'b c':3`.
pub(super) fn text_search(bytes: &[u8]) -> Result<String> {
    /// The weights, the least first, which is not printed.
    const WEIGHTS: [&str; 4] = ["", "C", "B", "A"];
    let mut input = Input::new(bytes);
    let mut text = String::new();
    for index in 0..input.u32()? {
        if index > 0 {
            text.push(' ');
        }
        text.push('\'');
        for c in input.text()?.chars() {
            if matches!(c, '\'' | '\\') {
                text.push(c);
            }
            text.push(c);
        }
        text.push('\'');
        for position in 0..input.u16()? {
            let (mark, of) = (if position == 0 { ':' } else { ',' }, input.u16()?);
            let weight = WEIGHTS[usize::from(of >> 14)];
            // Writing to a string cannot fail.
            let _ = write!(text, "{mark}{}{weight}", of & 0x3fff);
        }
    }
    Ok(text)
}
