//! Decimal numbers that are computed with, as PostgreSQL does it.

use std::fmt;

use aludel_core::error::Result;
use aludel_core::value::Decimal;

use super::magnitude::Magnitude;

/// How many digits of a quotient are exact at least.
const QUOTIENT_DIGITS: i64 = 16;
/// PostgreSQL's groups of digits, in which it measures a quotient.
const GROUP: i64 = 4;

/// A decimal number, or what takes the place of one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Number {
    Nan,
    Infinite { negative: bool },
    Finite(Finite),
}

/// An integer, divided by a power of ten.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Finite {
    negative: bool,
    unscaled: Magnitude,
    scale: usize,
}

impl Number {
    pub(super) fn read(text: &str) -> Result<Self> {
        let decimal: Decimal = text.parse()?;
        if decimal.is_nan() {
            return Ok(Self::Nan);
        }
        let negative = decimal.is_negative();
        if !decimal.is_finite() {
            return Ok(Self::Infinite { negative });
        }
        let digits: Vec<u8> = decimal.as_str().bytes().filter(u8::is_ascii_digit).collect();
        let unscaled = Magnitude::from_digits(&digits);
        Ok(Self::Finite(Finite { negative, unscaled, scale: decimal.scale() }))
    }

    pub(super) fn integer(of: i64) -> Self {
        let digits = of.unsigned_abs().to_string();
        let unscaled = Magnitude::from_digits(digits.as_bytes());
        Self::Finite(Finite { negative: of < 0, unscaled, scale: 0 })
    }

    pub(super) fn infinite(negative: bool) -> Self {
        Self::Infinite { negative }
    }

    /// The nearest floating-point number; `None` of NaN.
    pub(super) fn to_float(&self) -> Option<f64> {
        match self {
            Self::Nan => None,
            Self::Infinite { negative: false } => Some(f64::INFINITY),
            Self::Infinite { negative: true } => Some(f64::NEG_INFINITY),
            finite => finite.to_string().parse().ok(),
        }
    }

    fn is_negative(&self) -> bool {
        match self {
            Self::Nan => false,
            Self::Infinite { negative } => *negative,
            Self::Finite(number) => number.negative && !number.unscaled.is_zero(),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(self, Self::Finite(number) if number.unscaled.is_zero())
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Nan => Self::Nan,
            Self::Infinite { negative } => Self::Infinite { negative: !negative },
            Self::Finite(of) => Self::Finite(Finite { negative: !of.negative, ..of }),
        }
    }

    pub(super) fn absolute(self) -> Self {
        if self.is_negative() { self.negated() } else { self }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Finite(one), Self::Finite(other)) => {
                let mut sum = one.clone();
                sum.add(other);
                Self::Finite(sum)
            }
            (Self::Nan, _) | (_, Self::Nan) => Self::Nan,
            (Self::Infinite { negative: one }, Self::Infinite { negative: other })
                if one != other =>
            {
                Self::Nan
            }
            (infinite @ Self::Infinite { .. }, _) | (_, infinite) => infinite.clone(),
        }
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let negative = self.is_negative() != other.is_negative();
        match (self, other) {
            (Self::Finite(one), Self::Finite(other)) => Self::Finite(Finite {
                negative,
                unscaled: one.unscaled.times(&other.unscaled),
                scale: one.scale + other.scale,
            }),
            (Self::Nan, _) | (_, Self::Nan) => Self::Nan,
            _ if self.is_zero() || other.is_zero() => Self::Nan,
            _ => Self::Infinite { negative },
        }
    }

    /// The quotient, of at least 16 digits; `None` of a division by 0.
    pub(super) fn over(&self, by: &Self) -> Option<Self> {
        self.divided(by, |one, by| one.over(by))
    }

    /// The largest integer that is not above the quotient; `None` of a division by 0.
    pub(super) fn floor_over(&self, by: &Self) -> Option<Self> {
        self.divided(by, |one, by| {
            let negative = one.negative != by.negative;
            let (mut unscaled, rest) = one.whole_quotient(by);
            if negative && !rest.is_zero() {
                unscaled.add(&Magnitude::small(1));
            }
            Finite { negative, unscaled, scale: 0 }
        })
    }

    /// The remainder, with the sign of the dividend; `None` of a division by 0.
    pub(super) fn modulo(&self, by: &Self) -> Option<Self> {
        match (self, by) {
            (Self::Finite(one), Self::Finite(by)) if !by.unscaled.is_zero() => {
                let (_, rest) = one.whole_quotient(by);
                let scale = one.scale.max(by.scale);
                Some(Self::Finite(Finite { negative: one.negative, unscaled: rest, scale }))
            }
            (_, by) if by.is_zero() => None,
            (Self::Finite(_), Self::Infinite { .. }) => Some(self.clone()),
            _ => Some(Self::Nan),
        }
    }

    fn divided(&self, by: &Self, with: impl FnOnce(&Finite, &Finite) -> Finite) -> Option<Self> {
        let negative = self.is_negative() != by.is_negative();
        match (self, by) {
            (_, by) if by.is_zero() => None,
            (Self::Finite(one), Self::Finite(by)) => Some(Self::Finite(with(one, by))),
            (Self::Finite(_), Self::Infinite { .. }) => Some(Self::integer(0)),
            (Self::Infinite { .. }, Self::Finite(_)) => Some(Self::Infinite { negative }),
            _ => Some(Self::Nan),
        }
    }

    /// With so many digits behind the point, or before it if that is below 0. Of a half it goes away from 0.
    pub(super) fn rounded(self, digits: i64) -> Self {
        match self {
            Self::Finite(of) => Self::Finite(of.rounded(digits)),
            other => other,
        }
    }

    /// The largest integer that is not above it.
    pub(super) fn floor(self) -> Self {
        let one = Self::integer(1);
        match self {
            Self::Finite(_) => self.floor_over(&one).unwrap_or(self),
            other => other,
        }
    }
}

impl Finite {
    /// Adds a number in its place; the scale is the larger of the two.
    pub(super) fn add(&mut self, other: &Self) {
        let aligned;
        let mut right = &other.unscaled;
        if self.scale < other.scale {
            let unscaled = std::mem::take(&mut self.unscaled);
            self.unscaled = unscaled.shifted(other.scale - self.scale);
            self.scale = other.scale;
        } else if self.scale > other.scale {
            aligned = other.unscaled.clone().shifted(self.scale - other.scale);
            right = &aligned;
        }
        if self.negative == other.negative {
            self.unscaled.add(right);
        } else if self.unscaled >= *right {
            self.unscaled = self.unscaled.minus(right);
        } else {
            self.unscaled = right.minus(&self.unscaled);
            self.negative = other.negative;
        }
    }

    /// The quotient of both without their signs, rounded down, and the remainder at the larger scale.
    fn whole_quotient(&self, by: &Self) -> (Magnitude, Magnitude) {
        let scale = self.scale.max(by.scale);
        let one = self.unscaled.clone().shifted(scale - self.scale);
        one.divided(&by.unscaled.clone().shifted(scale - by.scale))
    }

    /// As many digits behind the point as PostgreSQL gives a quotient.
    fn quotient_scale(&self, by: &Self) -> usize {
        let ((weight, first), (other_weight, other_first)) = (self.leading(), by.leading());
        let weight = weight - other_weight - i64::from(first <= other_first);
        let scale = (QUOTIENT_DIGITS - weight * GROUP).clamp(0, 1000);
        usize::try_from(scale).unwrap_or(0).max(self.scale).max(by.scale)
    }

    /// The place of the first group of four digits that is not 0, counted from the point, and those digits.
    fn leading(&self) -> (i64, u64) {
        let digits = self.unscaled.digits();
        let Some(last) = digits.len().checked_sub(1) else { return (0, 0) };
        let exponent = signed(last) - signed(self.scale);
        let weight = exponent.div_euclid(GROUP);
        let length = usize::try_from(exponent.rem_euclid(GROUP) + 1).unwrap_or(1);
        let first = digits.bytes().chain(std::iter::repeat(b'0')).take(length);
        (weight, first.fold(0, |of, digit| of * 10 + u64::from(digit - b'0')))
    }

    fn over(&self, by: &Self) -> Self {
        let scale = self.quotient_scale(by);
        // One digit more says how it is rounded.
        let shift = scale + 1 + by.scale - self.scale.min(scale + 1 + by.scale);
        let (unscaled, _) = self.unscaled.clone().shifted(shift).divided(&by.unscaled);
        let exact = Self { negative: self.negative != by.negative, unscaled, scale: scale + 1 };
        exact.rounded(signed(scale))
    }

    fn rounded(self, digits: i64) -> Self {
        let scale = usize::try_from(digits).unwrap_or(0);
        let dropped = signed(self.scale) - digits;
        let Some(dropped) = usize::try_from(dropped).ok().filter(|dropped| *dropped > 0) else {
            let unscaled = self.unscaled.shifted(scale - self.scale);
            return Self { unscaled, scale, ..self };
        };
        // What is below half of its last digit is 0.
        if dropped > self.unscaled.digits().len() + 1 {
            return Self { scale, ..Self::default() };
        }
        let (mut unscaled, rest) = self.unscaled.divided(&Magnitude::small(1).shifted(dropped));
        if rest >= Magnitude::small(5).shifted(dropped - 1) {
            unscaled.add(&Magnitude::small(1));
        }
        let zeros = usize::try_from(-digits).unwrap_or(0);
        Self { unscaled: unscaled.shifted(zeros), scale, ..self }
    }
}

/// Numbers have far fewer digits than that.
fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = match self {
            Self::Nan => return f.write_str("NaN"),
            Self::Infinite { negative: false } => return f.write_str("Infinity"),
            Self::Infinite { negative: true } => return f.write_str("-Infinity"),
            Self::Finite(number) => number,
        };
        let digits = format!("{:0>width$}", number.unscaled.digits(), width = number.scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - number.scale);
        f.write_str(if self.is_negative() { "-" } else { "" })?;
        f.write_str(whole)?;
        if fraction.is_empty() { Ok(()) } else { write!(f, ".{fraction}") }
    }
}

/// A sum from which numbers can be taken away again, and how many there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    count: i64,
    finite: Finite,
    nan: i64,
    infinite: i64,
    negative_infinite: i64,
}

impl Sum {
    pub(super) fn add(&mut self, number: Number) {
        self.change(number, 1);
    }

    pub(super) fn remove(&mut self, number: Number) {
        self.change(number.negated(), -1);
    }

    fn change(&mut self, number: Number, by: i64) {
        self.count += by;
        match number {
            Number::Nan => self.nan += by,
            // What is taken away has the other sign.
            Number::Infinite { negative } if negative == (by < 0) => self.infinite += by,
            Number::Infinite { .. } => self.negative_infinite += by,
            Number::Finite(number) => self.finite.add(&number),
        }
    }

    /// The sum; `None` of nothing.
    pub(super) fn total(&self) -> Option<Number> {
        if self.count == 0 {
            return None;
        }
        Some(match (self.infinite > 0, self.negative_infinite > 0) {
            _ if self.nan > 0 => Number::Nan,
            (true, true) => Number::Nan,
            (false, false) => Number::Finite(self.finite.clone()),
            (_, negative) => Number::Infinite { negative },
        })
    }

    /// The mean; `None` of nothing.
    pub(super) fn mean(&self) -> Option<Number> {
        self.total()?.over(&Number::integer(self.count))
    }
}
