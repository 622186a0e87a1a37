//! Decimal numbers as rows have them.

use std::fmt;

use super::Decimal;
use super::scan::malformed;
use crate::error::Result;

/// A decimal number that is borrowed from a row: reading it allocates nothing until it is converted.
///
/// Two are equal if their values are, as for [`Decimal`].
///
/// ```
/// use aludel::value::{Decimal, NumericRef};
///
/// let number = NumericRef::Text("12.50");
/// assert_eq!(number.to_decimal()?, "12.50".parse::<Decimal>()?);
/// assert_eq!(number.to_string(), "12.50");
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum NumericRef<'a> {
    /// As text, in the way in which [`Decimal`] reads it.
    Text(&'a str),
    /// As groups of four digits.
    Groups(NumericGroups<'a>),
}

/// A decimal number as groups of four digits, as PostgreSQL sends it.
#[derive(Debug, Clone, Copy)]
pub struct NumericGroups<'a> {
    sign: NumericSign,
    weight: i16,
    scale: u16,
    /// Numbers from 0 to 9999, of two bytes each, the higher first.
    groups: &'a [u8],
}

/// The sign of a number, or what it is if it is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NumericSign {
    /// 0 or more.
    Positive,
    /// Less than 0.
    Negative,
    /// No number.
    NaN,
    /// More than every number.
    Infinity,
    /// Less than every number.
    NegInfinity,
}

impl<'a> NumericGroups<'a> {
    /// A number of these groups, of two bytes each, the higher first. The first of them is
    /// multiplied by 10,000 to the power of `weight`, each next by one power less; so many digits as
    /// `scale` are behind the point. `None` if a group is incomplete or above 9999.
    #[must_use]
    pub fn new(sign: NumericSign, weight: i16, scale: u16, groups: &'a [u8]) -> Option<Self> {
        let (pairs, rest) = groups.as_chunks::<2>();
        let valid =
            rest.is_empty() && pairs.iter().all(|group| u16::from_be_bytes(*group) < 10_000);
        valid.then_some(Self { sign, weight, scale, groups })
    }

    /// The same of groups that were checked before.
    pub(crate) const fn checked(
        sign: NumericSign,
        weight: i16,
        scale: u16,
        groups: &'a [u8],
    ) -> Self {
        Self { sign, weight, scale, groups }
    }

    /// The sign, or what it is if it is no number.
    #[must_use]
    pub const fn sign(self) -> NumericSign {
        self.sign
    }

    /// How many digits are behind the point.
    #[must_use]
    pub const fn scale(self) -> u16 {
        self.scale
    }

    pub(crate) const fn as_bytes(self) -> &'a [u8] {
        self.groups
    }

    /// The power of 10,000 by which the first group is multiplied.
    #[must_use]
    pub const fn weight(self) -> i16 {
        self.weight
    }

    /// The groups of four digits, the highest first.
    pub fn groups(self) -> impl ExactSizeIterator<Item = u16> + 'a {
        self.groups.as_chunks::<2>().0.iter().map(|group| u16::from_be_bytes(*group))
    }

    /// The group of a power of 10,000.
    fn group(self, power: i32) -> u16 {
        let place = usize::try_from(i32::from(self.weight) - power);
        let group = place.ok().and_then(|place| self.groups.as_chunks::<2>().0.get(place));
        group.map_or(0, |group| u16::from_be_bytes(*group))
    }

    /// The digits as one integer, if they are not many.
    #[cfg(any(test, feature = "rust_decimal-1"))]
    fn unscaled(self) -> Option<i128> {
        let negative = match self.sign {
            NumericSign::Positive => false,
            NumericSign::Negative => true,
            _ => return None,
        };
        let (weight, scale) = (i32::from(self.weight), i32::from(self.scale));
        // The lowest group has digits that are not shown, or as many as its share of the scale.
        let lowest = -((scale + 3) / 4);
        let highest = weight.max(0);
        if highest - lowest >= 9 {
            return None;
        }
        let number = (lowest..=highest)
            .rev()
            .fold(0_i128, |number, power| number * 10_000 + i128::from(self.group(power)));
        let number = number / [1, 1000, 100, 10][usize::from(self.scale % 4)];
        Some(if negative { -number } else { number })
    }

    /// All digits, and how many of them are behind the point.
    fn digits(self) -> (String, i64) {
        let mut digits = String::with_capacity(self.groups.len() * 2 + 8);
        for power in (0..=i32::from(self.weight)).rev() {
            push(self.group(power), &mut digits);
        }
        let scale = usize::from(self.scale);
        let point = digits.len();
        for power in 1..=i32::from(self.scale.div_ceil(4)) {
            push(self.group(-power), &mut digits);
        }
        digits.truncate(point + scale);
        (digits, i64::from(self.scale))
    }
}

fn push(group: u16, to: &mut String) {
    for place in [1000, 100, 10, 1] {
        let digit = u32::from(group / place % 10);
        to.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
}

/// As many digits as always fit into an `i128`.
#[cfg(any(test, feature = "rust_decimal-1"))]
const MOST_QUICK: usize = 37;

/// The digits of a number without an exponent, as one integer, and how many of them are behind the point.
#[cfg(any(test, feature = "rust_decimal-1"))]
fn unscaled_text(text: &str) -> Option<(i128, u32)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.len() > MOST_QUICK {
        return None;
    }
    let (mut number, mut point) = (0_i128, None);
    for (place, byte) in digits.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => number = number * 10 + i128::from(byte - b'0'),
            // Digits stand on both sides of it.
            b'.' if point.is_none() && place > 0 && place + 1 < digits.len() => point = Some(place),
            _ => return None,
        }
    }
    let scale = point.map_or(0, |point| digits.len() - point - 1);
    let number = if negative { -number } else { number };
    (!digits.is_empty()).then_some((number, u32::try_from(scale).ok()?))
}

impl NumericRef<'_> {
    /// The number as a value of its own.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if a text is no number.
    pub fn to_decimal(self) -> Result<Decimal> {
        match self {
            Self::Text(text) => text.parse(),
            Self::Groups(groups) => Ok(match groups.sign {
                NumericSign::NaN => Decimal::nan(),
                NumericSign::Infinity => Decimal::infinity(),
                NumericSign::NegInfinity => Decimal::neg_infinity(),
                sign => {
                    let (digits, scale) = groups.digits();
                    Decimal::of(sign == NumericSign::Negative, digits.as_bytes(), scale)
                        .ok_or_else(|| malformed("a decimal number", "-12.50"))?
                }
            }),
        }
    }

    /// The number as an integer divided by a power of 10, if it is finite and not long.
    #[cfg(any(test, feature = "rust_decimal-1"))]
    pub(crate) fn unscaled(self) -> Option<(i128, u32)> {
        match self {
            Self::Text(text) => unscaled_text(text),
            Self::Groups(groups) => groups.unscaled().map(|number| (number, groups.scale.into())),
        }
    }

    /// How many digits are behind the point of a number in the usual form.
    #[must_use]
    pub fn scale(self) -> usize {
        match self {
            Self::Text(text) => text.split_once('.').map_or(0, |(_, fraction)| fraction.len()),
            Self::Groups(groups) => groups.scale.into(),
        }
    }

    /// The integer that it is, if it has no digits behind the point.
    pub(super) fn to_integer(self) -> Option<i128> {
        if self.scale() > 0 {
            return None;
        }
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Groups(groups) => {
                let negative = match groups.sign {
                    NumericSign::Positive => false,
                    NumericSign::Negative => true,
                    _ => return None,
                };
                let all = (0..=i32::from(groups.weight)).rev();
                all.map(|power| i128::from(groups.group(power))).try_fold(
                    0_i128,
                    |number, group| {
                        let number = number.checked_mul(10_000)?;
                        if negative { number.checked_sub(group) } else { number.checked_add(group) }
                    },
                )
            }
        }
    }
}

impl PartialEq for NumericRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.to_decimal(), other.to_decimal()) {
            (Ok(this), Ok(that)) => this == that,
            _ => false,
        }
    }
}

impl fmt::Display for NumericRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Groups(_) => match self.to_decimal() {
                Ok(decimal) => fmt::Display::fmt(&decimal, f),
                Err(_) => Err(fmt::Error),
            },
        }
    }
}

impl fmt::Debug for NumericRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its text, the integer that it is, and its digits without the point.
    type Forms = (String, Option<i128>, Option<(i128, u32)>);

    fn number(sign: NumericSign, weight: i16, scale: u16, groups: &[u16]) -> Forms {
        let bytes: Vec<u8> = groups.iter().flat_map(|group| group.to_be_bytes()).collect();
        let number = NumericRef::Groups(NumericGroups::new(sign, weight, scale, &bytes).unwrap());
        let text = number.to_decimal().unwrap().as_str().to_owned();
        assert_eq!(NumericRef::Text(&text).unscaled(), number.unscaled());
        (text, number.to_integer(), number.unscaled())
    }

    #[test]
    fn groups_of_digits() {
        use NumericSign::{Infinity, NaN, NegInfinity, Negative, Positive};
        for (sign, weight, scale, groups, expected) in [
            (Positive, 0, 0, &[][..], "0"),
            (Positive, 0, 2, &[], "0.00"),
            (Positive, 0, 3, &[1, 5000], "1.500"),
            (Positive, 2, 0, &[1, 0, 1], "100000001"),
            (Positive, 2, 0, &[1], "100000000"),
            (Negative, -2, 10, &[12, 3400], "-0.0000001234"),
            (Negative, -1, 4, &[9999], "-0.9999"),
            (Positive, -1, 3, &[10], "0.001"),
            (NaN, 0, 0, &[], "NaN"),
            (Infinity, 0, 0, &[], "Infinity"),
            (NegInfinity, 0, 0, &[], "-Infinity"),
        ] {
            let (text, integer, unscaled) = number(sign, weight, scale, groups);
            assert_eq!(text, expected);
            assert_eq!(integer, text.parse().ok(), "{text}");
            // Without its point, if it is a number.
            let digits: String = text.chars().filter(|digit| *digit != '.').collect();
            assert_eq!(unscaled, digits.parse().ok().map(|digits: i128| (digits, scale.into())));
        }
        assert!(NumericGroups::new(Positive, 0, 0, &[0x27, 0x10]).is_none());
        assert!(NumericGroups::new(Positive, 0, 0, &[0]).is_none());
    }
    #[test]
    fn digits_of_text() {
        for (text, expected) in [
            ("0", Some((0, 0))),
            ("-0.00", Some((0, 2))),
            ("007.50", Some((750, 2))),
            ("-12.5", Some((-125, 1))),
            (
                "1234567890123456789012345678901234567",
                Some((1234567890123456789012345678901234567, 0)),
            ),
            ("12345678901234567890123456789012345678", None),
            ("", None),
            ("-", None),
            (".5", None),
            ("5.", None),
            ("1.2.3", None),
            ("+5", None),
            ("1_000", None),
            ("1e3", None),
            ("NaN", None),
        ] {
            assert_eq!(NumericRef::Text(text).unscaled(), expected, "{text}");
        }
    }
}
