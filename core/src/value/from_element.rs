//! Rust types that the elements of an array can be read as.

use super::{
    Array, BitString, Date, DateTime, Decimal, FromValue, Interval, RawJson, Time, TimeTz,
    Timestamp, Uuid, Value, ValueRef,
};
use crate::error::{Error, ErrorKind, Result};

/// A Rust type that the elements of an array can be read as: what a cell can be read as, but `u8`,
/// whose arrays are bytes, and `Option` of them, where elements may be NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an array's elements",
    note = "elements are bool, i16 to i64, f32, f64, String, Vec<u8>, the types of `aludel::value`, \
            types with `ColumnValue`, and Option of them"
)]
pub trait FromElement: Sized {
    /// Reads an element.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if the element is something else.
    fn from_element(element: ValueRef<'_>) -> Result<Self>;
}

macro_rules! elements {
    ($($ty:ty),* $(,)?) => {$(
        impl FromElement for $ty {
            fn from_element(element: ValueRef<'_>) -> Result<Self> {
                <Self as FromValue>::from_value(element)
            }
        }
    )*};
}
elements! {
    bool, i8, i16, i32, i64, isize, u16, u32, u64, usize, f32, f64, String, Vec<u8>, Decimal, Date,
    Time, TimeTz, DateTime, Timestamp, Interval, Uuid, RawJson, BitString, Value,
}

impl<T: FromElement> FromElement for Option<T> {
    fn from_element(element: ValueRef<'_>) -> Result<Self> {
        match element {
            ValueRef::Null => Ok(None),
            element => T::from_element(element).map(Some),
        }
    }
}

/// Arrays of one dimension that is counted from 1.
impl<T: FromElement> FromValue for Vec<T> {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        let array = Array::from_value(value)?;
        if !array.is_list() {
            return Err(no_list());
        }
        let elements = array.elements().iter().enumerate();
        elements
            .map(|(index, element)| {
                T::from_element(element.as_ref())
                    .map_err(|error| error.context(&format!("element {}", index + 1)))
            })
            .collect()
    }
}

#[cold]
fn no_list() -> Error {
    Error::new(
        ErrorKind::Decode,
        "the cell holds an array of several dimensions, or one that is not counted from 1, which a Vec \
         cannot say; read it as aludel::value::Array",
    )
}
