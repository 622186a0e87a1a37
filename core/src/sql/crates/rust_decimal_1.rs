//! Decimal numbers of `rust_decimal`, version 1: up to 28 digits behind the point and 96 bits.
//!
//! What has more is an error, and is not rounded.
//!
//! ```
//! use aludel::{create_engine, params, text};
//! use rust_decimal::Decimal;
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! let price = Decimal::new(1000, 2);
//! let found: Option<Decimal> =
//!     conn.scalar(text("select :price").params(params! { price: price }))?;
//! assert_eq!(found.map(|found| found.to_string()).as_deref(), Some("10.00"));
//! # Ok::<(), aludel::Error>(())
//! ```

use super::{read, refused};
use crate::error::Result;
use crate::sql::types::{self, Type};
use crate::sql::wider::{beside_numbers, promote};
use crate::sql::{ColumnValue, family};
use crate::value::{Decimal, NumericRef, Value, ValueRef};

fn of(number: &Decimal) -> Result<rust_decimal::Decimal> {
    let exact = rust_decimal::Decimal::from_str_exact;
    // Zeros at the end of a fraction are no digits that would be lost.
    let shorter = || match number.as_str() {
        text if number.scale() > 0 => text.trim_end_matches('0').trim_end_matches('.'),
        text => text,
    };
    exact(number.as_str()).or_else(|_| exact(shorter())).map_err(|_| {
        refused(
            "the number is none that rust_decimal has: more than 28 digits behind the point, more than 96 \
             bits, NaN or infinite; read it as BigDecimal or as aludel::value::Decimal",
        )
    })
}

fn plain(number: &rust_decimal::Decimal) -> Decimal {
    let scale = u16::try_from(number.scale()).expect("a scale is at most 28");
    Decimal::from_unscaled(number.mantissa(), scale)
}

impl ColumnValue for rust_decimal::Decimal {
    type Family = family::Numeric;
    const TYPE: &'static Type = &types::AnyNumeric;

    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        let digits = match value {
            ValueRef::Numeric(number) => number.unscaled(),
            ValueRef::Text(text) => NumericRef::Text(text).unscaled(),
            _ => None,
        };
        // Most have their digits as they are; the others, and those that it does not have, go by text.
        let exact = |(number, scale)| Self::try_from_i128_with_scale(number, scale).ok();
        match digits.and_then(exact) {
            Some(number) => Ok(number),
            None => read::<Decimal, Self>(value, |number| of(&number)),
        }
    }

    fn to_value(&self) -> Value {
        plain(self).into()
    }
}

beside_numbers!(rust_decimal::Decimal);
