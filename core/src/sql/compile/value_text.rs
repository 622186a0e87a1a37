//! Values as text of SQL.

use std::fmt::{Display, Write as _};

use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// As most databases read it; there is no text for bytes, for what is no finite number, and for
/// types that not all databases have.
///
/// # Errors
///
/// [`ErrorKind::Compile`] if there is no text for it.
pub(crate) fn standard(value: &Value, to: &mut String) -> Result<()> {
    match value {
        Value::Null => to.push_str("NULL"),
        Value::Bool(value) => to.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => number(&value.to_string(), to),
        Value::UInt(value) => number(&value.to_string(), to),
        Value::Float(value) => float(*value, to)?,
        Value::Decimal(value) if value.is_finite() => number(value.as_str(), to),
        Value::Text(text) => quoted(text, to),
        Value::Date(value) => literal("DATE", *value, to),
        Value::Time(value) => literal("TIME", *value, to),
        Value::DateTime(value) => literal("TIMESTAMP", *value, to),
        Value::Uuid(value) => quoted(&value.to_string(), to),
        Value::Json(value) => quoted(value.get(), to),
        other => return Err(none(other.as_ref().type_name())),
    }
    Ok(())
}

/// Text in quotes behind the word for its type.
pub(crate) fn literal(word: &str, text: impl Display, to: &mut String) {
    let _ = write!(to, "{word} '{text}'");
}

/// A number. One below zero is in parentheses: behind a minus it would begin a comment.
pub(crate) fn number(text: &str, to: &mut String) {
    let below_zero = text.starts_with('-');
    to.push_str(if below_zero { "(" } else { "" });
    to.push_str(text);
    to.push_str(if below_zero { ")" } else { "" });
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
    number(&format!("{value:e}"), to);
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
