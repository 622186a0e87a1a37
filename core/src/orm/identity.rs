//! What tells the objects of one mapped struct apart: the values of the primary key.

use std::fmt::Write as _;

use crate::value::Value;

/// The primary key of an object, as a session finds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity(Key);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// One whole number, as most keys are.
    Int(i64),
    /// All else, one value behind the other.
    Bytes(Box<[u8]>),
}

impl Identity {
    /// Of the values of the key, in its order.
    #[must_use]
    pub fn of(values: &[Value]) -> Self {
        if let [Value::Int(number)] = values {
            return Self(Key::Int(*number));
        }
        let mut bytes = Vec::with_capacity(16);
        for value in values {
            describe(value, &mut bytes);
        }
        Self(Key::Bytes(bytes.into()))
    }
}

/// Writes a value so that no other is written alike, and none is the beginning of another.
fn describe(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::Null => to.push(b'n'),
        Value::Int(number) => {
            to.push(b'i');
            to.extend_from_slice(&number.to_ne_bytes());
        }
        Value::UInt(number) => match i64::try_from(*number) {
            Ok(number) => describe(&Value::Int(number), to),
            Err(_) => sized(b'o', number.to_string().as_bytes(), to),
        },
        // The same number however many digits it is written with.
        Value::Decimal(number) => {
            let text = number.to_string();
            let text = match text.contains(['.']) && !text.contains(['e', 'E']) {
                true => text.trim_end_matches('0').trim_end_matches('.'),
                false => &text,
            };
            sized(b'd', text.as_bytes(), to);
        }
        Value::Text(text) => sized(b't', text.as_bytes(), to),
        Value::Bytes(bytes) => sized(b'b', bytes, to),
        Value::Uuid(uuid) => {
            to.push(b'u');
            to.extend_from_slice(uuid.as_bytes());
        }
        other => {
            let mut text = String::new();
            // Writing to a string cannot fail.
            let _ = write!(text, "{other:?}");
            sized(b'o', text.as_bytes(), to);
        }
    }
}

fn sized(tag: u8, bytes: &[u8], to: &mut Vec<u8>) {
    to.push(tag);
    to.extend_from_slice(&bytes.len().to_ne_bytes());
    to.extend_from_slice(bytes);
}
