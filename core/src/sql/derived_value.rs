//! What `#[derive(ColumnValue)]` calls.

use super::ColumnType;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{FromValue, ValueRef};

/// A label or a number, and the variant of an enum that it is.
type Variants<L, T> = [(L, fn() -> T)];

/// Reads the field of a newtype.
#[doc(hidden)]
#[inline]
pub fn read_newtype<V: ColumnType + FromValue>(value: ValueRef<'_>, name: &str) -> Result<V> {
    V::from_value(value).map_err(|error| reading(error, name))
}

/// Finds the variant of a label.
#[doc(hidden)]
pub fn read_label<T>(
    value: ValueRef<'_>,
    name: &str,
    variants: &Variants<&'static str, T>,
) -> Result<T> {
    let found = |text: &str| {
        let variant = variants.iter().find(|(label, _)| *label == text);
        variant.map(|(_, variant)| variant()).ok_or_else(|| no_label(text, name, variants))
    };
    match value {
        ValueRef::Text(text) => found(text),
        other => {
            let text = String::from_value(other).map_err(|error| reading(error, name))?;
            found(&text)
        }
    }
}

/// Finds the variant of a number.
#[doc(hidden)]
pub fn read_number<T>(value: ValueRef<'_>, name: &str, variants: &Variants<i64, T>) -> Result<T> {
    let found = i64::from_value(value).map_err(|error| reading(error, name))?;
    let variant = variants.iter().find(|(number, _)| *number == found);
    variant.map(|(_, variant)| variant()).ok_or_else(|| no_number(found, name, variants))
}

#[cold]
fn reading(error: Error, name: &str) -> Error {
    error.context(&format!("reading it as {name}"))
}

#[cold]
fn no_label<T>(text: &str, name: &str, variants: &[(&'static str, T)]) -> Error {
    let labels: Vec<_> = variants.iter().map(|(label, _)| *label).collect();
    let labels = labels.join(", ");
    Error::new(
        ErrorKind::Decode,
        format!("the cell holds text that is no label of {name}; the labels are: {labels}"),
    )
    .with_unredacted(format!("{text:?} is no label of {name}; the labels are: {labels}"))
}

#[cold]
fn no_number<T>(found: i64, name: &str, variants: &[(i64, T)]) -> Error {
    let numbers: Vec<_> = variants.iter().map(|(number, _)| number.to_string()).collect();
    let numbers = numbers.join(", ");
    Error::new(
        ErrorKind::Decode,
        format!("the cell holds a number that no variant of {name} has; they have: {numbers}"),
    )
    .with_unredacted(format!("{found} is no variant of {name}; they have: {numbers}"))
}
