//! Values as text of SQL.

use std::fmt::Write as _;

use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// As most databases read it; there is no text for bytes and for what is no finite number.
///
/// # Errors
///
/// [`ErrorKind::Compile`] if there is no text for it.
pub(crate) fn standard(value: &Value, to: &mut String) -> Result<()> {
    match value {
        Value::Null => to.push_str("NULL"),
        Value::Bool(value) => to.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => integer(*value, to),
        Value::Float(value) => float(*value, to)?,
        Value::Text(text) => quoted(text, to),
        Value::UInt(value) => to.push_str(&value.to_string()),
        Value::Decimal(value) if value.is_finite() && !value.is_negative() => {
            to.push_str(value.as_str());
        }
        Value::Decimal(value) if value.is_finite() => {
            let _ = write!(to, "({value})");
        }
        Value::Bytes(_) => return Err(none("bytes")),
        other => return Err(none(other.as_ref().type_name())),
    }
    Ok(())
}

/// An integer. One below zero is in parentheses: behind a minus it would begin a comment.
fn integer(value: i64, to: &mut String) {
    let _ = if value < 0 { write!(to, "({value})") } else { write!(to, "{value}") };
}

/// A floating-point number that is finite, with an exponent, so that no database takes it for a
/// decimal number.
///
/// # Errors
///
/// [`ErrorKind::Compile`] if it is not finite.
fn float(value: f64, to: &mut String) -> Result<()> {
    if !value.is_finite() {
        return Err(none("a float that is not finite"));
    }
    let _ =
        if value.is_sign_negative() { write!(to, "({value:e})") } else { write!(to, "{value:e}") };
    Ok(())
}

/// Text in single quotes, which are doubled in it.
pub(crate) fn quoted(text: &str, to: &mut String) {
    to.push('\'');
    for c in text.chars() {
        to.push(c);
        if c == '\'' {
            to.push(c);
        }
    }
    to.push('\'');
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8], to: &mut String) {
    for byte in bytes {
        let _ = write!(to, "{byte:02x}");
    }
}

#[cold]
pub(crate) fn none(what: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!("this database has no text for {what}; send the statement with its values bound"),
    )
}
