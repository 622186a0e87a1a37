//! Arrays in the binary form.

use aludel_core::error::Result;
use aludel_core::value::{Array, Dimension, Value};

use super::input::{Input, impossible};

/// More dimensions the server does not make.
const MOST_DIMENSIONS: i32 = 6;

/// The array, with each element read in the same way.
pub(super) fn read(bytes: &[u8], element: impl Fn(&[u8]) -> Result<Value>) -> Result<Array> {
    let mut input = Input::new(bytes);
    let count = input.i32()?;
    let _has_nulls = input.i32()?;
    let _element_type = input.u32()?;
    if !(0..=MOST_DIMENSIONS).contains(&count) {
        return Err(impossible("an array of more than six dimensions"));
    }
    let dimensions = (0..count).map(|_| Ok(Dimension::new(input.u32()?).from(input.i32()?)));
    let dimensions = dimensions.collect::<Result<Vec<_>>>()?;
    let mut elements = Vec::new();
    while !input.is_empty() {
        elements.push(input.counted()?.map_or(Ok(Value::Null), &element)?);
    }
    Array::with_dimensions(elements, dimensions)
}
