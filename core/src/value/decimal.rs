//! Exact decimal numbers.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::scan::{Scan, impossible, malformed};
use crate::error::{Error, Result};

/// An exact decimal number of any size, or one of PostgreSQL's `NaN`, `Infinity` and `-Infinity`.
///
/// It keeps its scale, the number of digits behind the point: `1.10` prints as it was written. Two are
/// equal if their values are, `1.10` and `1.1`; `NaN` equals itself and is above all others, as in
/// PostgreSQL. There is no arithmetic: convert it to a type of a crate that has some.
///
/// ```
/// use aludel::value::Decimal;
///
/// let price: Decimal = "1.10".parse()?;
/// assert_eq!(price.as_str(), "1.10");
/// assert_eq!((price.scale(), price.unscaled()), (2, Some(110)));
/// assert_eq!(price, Decimal::from_unscaled(11, 1));
/// assert!(price < Decimal::from(2));
/// assert_eq!("1.5e3".parse::<Decimal>()?.as_str(), "1500");
/// assert_eq!(Decimal::from(7).to_i64(), Some(7));
/// assert!("1,5".parse::<Decimal>().is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone)]
pub struct Decimal {
    /// `-12.50`, without superfluous zeros in front; zero has no sign. Or a word.
    text: Box<str>,
}

const NAN: &str = "NaN";
const INFINITY: &str = "Infinity";
const NEG_INFINITY: &str = "-Infinity";

/// More digits are in no database, and an exponent could ask for any number of them.
const MOST_DIGITS: usize = 150_000;

impl Decimal {
    /// No number.
    #[must_use]
    pub fn nan() -> Self {
        Self { text: NAN.into() }
    }

    /// More than every number.
    #[must_use]
    pub fn infinity() -> Self {
        Self { text: INFINITY.into() }
    }

    /// Less than every number.
    #[must_use]
    pub fn neg_infinity() -> Self {
        Self { text: NEG_INFINITY.into() }
    }

    /// An integer divided by a power of 10: `unscaled` without the point, and how many of its digits
    /// are behind the point.
    #[must_use]
    pub fn from_unscaled(unscaled: i128, scale: u16) -> Self {
        let digits = unscaled.unsigned_abs().to_string();
        Self::of(unscaled < 0, digits.as_bytes(), i64::from(scale))
            .expect("an i128 and a scale have fewer digits")
    }

    /// The number of these digits, so many of which are behind the point.
    pub(super) fn of(negative: bool, digits: &[u8], scale: i64) -> Option<Self> {
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let digits = &digits[zeros..];
        let negative = negative && !digits.is_empty();
        // Zeros that follow the digits, and those between the point and them.
        let behind = if digits.is_empty() { 0 } else { usize::try_from(-scale).unwrap_or(0) };
        let scale = usize::try_from(scale).unwrap_or(0);
        let before = scale.saturating_sub(digits.len());
        if digits.len() + behind + before > MOST_DIGITS {
            return None;
        }
        let mut text = String::with_capacity(digits.len() + behind + before + 3);
        if negative {
            text.push('-');
        }
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
        text.extend(whole.iter().copied().map(char::from));
        text.extend(std::iter::repeat_n('0', behind));
        if whole.is_empty() {
            text.push('0');
        }
        if scale > 0 {
            text.push('.');
            text.extend(std::iter::repeat_n('0', before));
            text.extend(fraction.iter().copied().map(char::from));
        }
        Some(Self { text: text.into() })
    }

    /// The number as text: digits with a point in front of those behind it, without an exponent; or
    /// `NaN`, `Infinity`, `-Infinity`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many digits are behind the point.
    #[must_use]
    pub fn scale(&self) -> usize {
        self.fraction().len()
    }

    /// Whether it is a number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        !self.text.ends_with(['N', 'y'])
    }

    /// Whether it is `NaN`.
    #[must_use]
    pub fn is_nan(&self) -> bool {
        &*self.text == NAN
    }

    /// Whether it is less than 0.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.text.starts_with('-')
    }

    /// Whether it is a number without a fraction, whatever its scale.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.is_finite() && self.fraction().bytes().all(|digit| digit == b'0')
    }

    /// The digits before the point.
    pub(crate) fn whole(&self) -> &str {
        let unsigned = self.text.strip_prefix('-').unwrap_or(&self.text);
        unsigned.split_once('.').map_or(unsigned, |(whole, _)| whole)
    }

    /// The digits behind the point.
    pub(crate) fn fraction(&self) -> &str {
        self.text.split_once('.').map_or("", |(_, fraction)| fraction)
    }

    /// The number without its point, if it is one that an `i128` holds: see
    /// [`from_unscaled`](Self::from_unscaled).
    #[must_use]
    pub fn unscaled(&self) -> Option<i128> {
        if !self.is_finite() {
            return None;
        }
        let digits = self.whole().bytes().chain(self.fraction().bytes());
        let negative = self.is_negative();
        digits.map(|digit| i128::from(digit - b'0')).try_fold(0_i128, |number, digit| {
            let number = number.checked_mul(10)?;
            if negative { number.checked_sub(digit) } else { number.checked_add(digit) }
        })
    }

    /// The float that prints as this number, if there is one: it is the nearest to it, and so many digits
    /// tell it from all others. `NaN` and the infinities are floats too.
    ///
    /// ```
    /// use aludel::value::Decimal;
    ///
    /// assert_eq!("0.10".parse::<Decimal>()?.to_f64(), Some(0.1));
    /// assert_eq!("0.12345678901234567890".parse::<Decimal>()?.to_f64(), None);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        self.text.parse().ok().filter(|float: &f64| self.is_printed(float))
    }

    /// The same as [`to_f64`](Self::to_f64), of a shorter float.
    #[must_use]
    pub fn to_f32(&self) -> Option<f32> {
        self.text.parse().ok().filter(|float: &f32| self.is_printed(float))
    }

    fn is_printed(&self, float: &dyn fmt::Display) -> bool {
        float.to_string().parse().is_ok_and(|printed| *self == printed)
    }

    /// The integer that it is, if it is one that an `i64` holds.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.to_i128().and_then(|integer| integer.try_into().ok())
    }

    /// The integer that it is, if it is one that an `i128` holds.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        if !self.is_integer() {
            return None;
        }
        let end = self.text.find('.').unwrap_or(self.text.len());
        self.text[..end].parse().ok()
    }

    /// The digits that decide the value: without the zeros at the end of the fraction.
    fn significant(&self) -> (bool, &str, &str) {
        (self.is_negative(), self.whole(), self.fraction().trim_end_matches('0'))
    }
}

/// Reads `12`, `-12.50`, `.5`, `5.`, `1.5e3`, and in any case `NaN`, `inf` and `infinity`.
impl FromStr for Decimal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut scan = Scan::new(text);
        let negative = scan.skip(b'-');
        if !negative {
            scan.skip(b'+');
        }
        if scan.skip_word("inf") {
            scan.skip_word("inity");
            if scan.is_empty() {
                return Ok(if negative { Self::neg_infinity() } else { Self::infinity() });
            }
        }
        if text.eq_ignore_ascii_case(NAN) {
            return Ok(Self::nan());
        }
        fn read<'a>(scan: &mut Scan<'a>) -> Option<(&'a [u8], &'a [u8], i64)> {
            let whole = scan.digits(0, usize::MAX)?;
            let point = scan.skip(b'.');
            let fraction = if point { scan.digits(0, usize::MAX)? } else { Default::default() };
            let mut scale = i64::try_from(fraction.len()).ok()?;
            if whole.is_empty() && fraction.is_empty() {
                return None;
            }
            if scan.skip_word("e") {
                let down = scan.skip(b'-');
                if !down {
                    scan.skip(b'+');
                }
                let exponent = scan.number(1, 9)?;
                scale += if down { exponent } else { -exponent };
            }
            scan.is_empty().then_some((whole, fraction, scale))
        }
        let Some((whole, fraction, scale)) = read(&mut scan) else {
            return Err(malformed("a decimal number", "-12.50"));
        };
        let number = if fraction.is_empty() {
            Self::of(negative, whole, scale)
        } else {
            Self::of(negative, &[whole, fraction].concat(), scale)
        };
        number.ok_or_else(|| impossible("the decimal number has more than 150000 digits"))
    }
}

macro_rules! from_integers {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Decimal {
            fn from(integer: $ty) -> Self {
                Self { text: integer.to_string().into() }
            }
        }
    )*};
}
from_integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        /// Where it stands beside the numbers, if it is none.
        fn rank(of: &Decimal) -> u8 {
            match &*of.text {
                NEG_INFINITY => 0,
                INFINITY => 2,
                NAN => 3,
                _ => 1,
            }
        }
        let ranks = rank(self).cmp(&rank(other));
        if ranks.is_ne() || rank(self) != 1 {
            return ranks;
        }
        let ((negative, whole, fraction), (is_negative, other_whole, other_fraction)) =
            (self.significant(), other.significant());
        let sizes = whole
            .len()
            .cmp(&other_whole.len())
            .then_with(|| whole.cmp(other_whole))
            .then_with(|| fraction.cmp(other_fraction));
        match (negative, is_negative) {
            (false, false) => sizes,
            (true, true) => sizes.reverse(),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        // Most often the scales are the same.
        self.text == other.text || self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.significant().hash(state);
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn texts() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("0.00", "0.00"),
            ("007", "7"),
            ("1.10", "1.10"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+1.5", "1.5"),
            ("1e3", "1000"),
            ("1.5E+3", "1500"),
            ("1.5e1", "15"),
            ("15e-1", "1.5"),
            ("1e-3", "0.001"),
            ("0e5", "0"),
            ("0e-2", "0.00"),
            ("-12345678901234567890.1234567890", "-12345678901234567890.1234567890"),
            ("nan", "NaN"),
            ("-INFINITY", "-Infinity"),
            ("+inf", "Infinity"),
        ] {
            assert_eq!(decimal(text).as_str(), expected, "{text}");
        }
        for text in [
            "", "-", ".", "e5", "1e", "1e+", "1_000", "1,5", " 1", "1 ", "0x1", "-nan", "infin",
            "1.2.3", "١",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        assert!("1e200000".parse::<Decimal>().is_err());
        assert!("1e-999999999".parse::<Decimal>().is_err());
        assert_eq!(decimal("1e131071").as_str().len(), 131_072);
    }

    #[test]
    fn order_and_equality_are_by_value() {
        let sorted = [
            "-Infinity",
            "-10",
            "-9.5",
            "-0.1",
            "0",
            "0.09",
            "0.1",
            "9",
            "10",
            "10.01",
            "Infinity",
            "NaN",
        ];
        for (at, left) in sorted.iter().enumerate() {
            for (other, right) in sorted.iter().enumerate() {
                assert_eq!(decimal(left).cmp(&decimal(right)), at.cmp(&other), "{left} {right}");
            }
        }
        let same: HashSet<_> = ["1.1", "1.10", "01.100"].map(decimal).into();
        assert_eq!(same.len(), 1);
        assert_eq!(HashSet::from(["0", "-0.0", "0.00"].map(decimal)).len(), 1);
    }

    #[test]
    fn integers() {
        assert_eq!(decimal("-7.00").to_i64(), Some(-7));
        assert_eq!(decimal("7.01").to_i64(), None);
        assert_eq!(decimal("9223372036854775808").to_i64(), None);
        assert_eq!(decimal("9223372036854775808").to_i128(), Some(1 << 63));
        assert_eq!(decimal("NaN").to_i64(), None);
        assert_eq!(Decimal::from(i128::MIN).unscaled(), Some(i128::MIN));
        assert_eq!(Decimal::from_unscaled(i128::MIN, 40).unscaled(), Some(i128::MIN));
        assert_eq!(Decimal::from_unscaled(-5, 3).as_str(), "-0.005");
        assert_eq!(Decimal::from_unscaled(0, 2).as_str(), "0.00");
        assert_eq!(decimal("170141183460469231731687303715884105728").unscaled(), None);
    }
}
