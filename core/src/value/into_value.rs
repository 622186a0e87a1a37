//! Rust types that are values.

use super::{
    Array, BitString, Date, DateTime, Decimal, FromElement, Interval, Other, RawJson, Time, TimeTz,
    Timestamp, Uuid, Value,
};

macro_rules! widening {
    ($($ty:ident),*) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Self::Int(i64::from(value))
            }
        }
    )*};
}
widening!(i8, i16, i32, i64, u8, u16, u32);

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::UInt(value), Self::Int)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        u64::try_from(value).expect("no platform has more than 64 bits").into()
    }
}

impl From<isize> for Value {
    fn from(value: isize) -> Self {
        Self::Int(i64::try_from(value).expect("no platform has more than 64 bits"))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<f32> for Value {
    fn from(value: f32) -> Self {
        Self::Float(f64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into_boxed_str())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.as_str().into())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.into())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value.into_boxed_slice())
    }
}

macro_rules! variants {
    ($($ty:ident: $variant:ident),* $(,)?) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
variants! {
    Decimal: Decimal,
    Date: Date,
    Time: Time,
    TimeTz: TimeTz,
    DateTime: DateTime,
    Timestamp: Timestamp,
    Interval: Interval,
    Uuid: Uuid,
    RawJson: Json,
    BitString: Bits,
    Array: Array,
    Other: Other,
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// An array of one dimension, counted from 1.
impl<T: FromElement + Into<Self>> From<Vec<T>> for Value {
    fn from(elements: Vec<T>) -> Self {
        Array::new(elements.into_iter().map(Into::into).collect::<Vec<_>>()).into()
    }
}
