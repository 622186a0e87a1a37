//! Decimal numbers of `bigdecimal`, version 0.4: of any size.
//!
//! ```
//! use aludel::{create_engine, params, text};
//! use bigdecimal::BigDecimal;
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! let number: BigDecimal = "12345678901234567890123456789012345.10".parse().expect("a number");
//! let found: Option<BigDecimal> =
//!     conn.scalar(text("select :number").params(params! { number: number.clone() }))?;
//! assert_eq!(found, Some(number));
//! # Ok::<(), aludel::Error>(())
//! ```

use bigdecimal::BigDecimal;

use super::{over_plain, refused};
use crate::error::Result;
use crate::sql::types;
use crate::sql::wider::{beside_numbers, promote};
use crate::value::Decimal;

fn of(number: &Decimal) -> Result<BigDecimal> {
    number
        .as_str()
        .parse()
        .map_err(|_| refused("the number is NaN or infinite; read it as aludel::value::Decimal"))
}

/// Digits and an exponent, because `Display` would write any number of zeros.
fn plain(number: &BigDecimal) -> Result<Decimal> {
    let (digits, scale) = number.as_bigint_and_exponent();
    let exponent = i128::from(scale).wrapping_neg();
    if exponent.unsigned_abs() > 999_999_999 {
        return Err(refused("the exponent of the number is beyond those of databases"));
    }
    format!("{digits}e{exponent}").parse()
}

over_plain! {
    BigDecimal: Decimal, Numeric, types::AnyNumeric,
        |number: Decimal| of(&number),
        |number: &BigDecimal| plain(number);
}

beside_numbers!(BigDecimal);
