//! Natural numbers of any size.

use std::cmp::Ordering;
use std::fmt::Write as _;

const BASE: u64 = 1_000_000_000;
const DIGITS: usize = 9;

/// A natural number, in groups of nine decimal digits, of which the last are the highest. The highest is not 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Magnitude(Vec<u32>);

/// The lower nine digits, and the rest.
fn split(of: u64) -> (u32, u64) {
    // What is below the base fits.
    (u32::try_from(of % BASE).unwrap_or_default(), of / BASE)
}

impl Magnitude {
    /// That of a number below 10^18.
    pub(super) fn small(of: u64) -> Self {
        let (low, high) = split(of);
        Self(vec![low, split(high).0]).trimmed()
    }

    /// That of decimal digits; what is none is taken for 0.
    pub(super) fn from_digits(digits: &[u8]) -> Self {
        let group = |digits: &[u8]| {
            digits.iter().fold(0, |of, digit| of * 10 + u32::from(digit.wrapping_sub(b'0') % 10))
        };
        Self(digits.rchunks(DIGITS).map(group).collect()).trimmed()
    }

    /// Its decimal digits; none of 0.
    pub(super) fn digits(&self) -> String {
        let mut to = String::with_capacity(self.0.len() * DIGITS);
        let mut groups = self.0.iter().rev();
        if let Some(first) = groups.next() {
            // Writing to a string cannot fail.
            let _ = write!(to, "{first}");
        }
        for group in groups {
            let _ = write!(to, "{group:09}");
        }
        to
    }

    fn trimmed(mut self) -> Self {
        let kept = self.0.iter().rposition(|group| *group != 0).map_or(0, |last| last + 1);
        self.0.truncate(kept);
        self
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn group(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or_default().into()
    }

    pub(super) fn add(&mut self, other: &Self) {
        let mut carry = 0;
        for at in 0..self.0.len().max(other.0.len()) {
            let (low, high) = split(self.group(at) + other.group(at) + carry);
            match self.0.get_mut(at) {
                Some(group) => *group = low,
                None => self.0.push(low),
            }
            carry = high;
        }
        if carry > 0 {
            self.0.push(split(carry).0);
        }
    }

    /// The difference of this and a number that is not larger.
    pub(super) fn minus(&self, smaller: &Self) -> Self {
        let mut borrowed = 0;
        let group = |at| {
            let left = self.group(at) + BASE - smaller.group(at) - borrowed;
            borrowed = u64::from(left < BASE);
            split(left).0
        };
        Self((0..self.0.len()).map(group).collect()).trimmed()
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut to = vec![0_u32; self.0.len() + other.0.len()];
        for at in 0..self.0.len() {
            let mut carry = 0;
            for other_at in 0..other.0.len() {
                let product = self.group(at) * other.group(other_at);
                let (low, high) = split(u64::from(to[at + other_at]) + product + carry);
                to[at + other_at] = low;
                carry = high;
            }
            to[at + other.0.len()] = split(carry).0;
        }
        Self(to).trimmed()
    }

    /// This number times a power of ten.
    pub(super) fn shifted(self, by: usize) -> Self {
        if by == 0 || self.is_zero() {
            return self;
        }
        let mut shifted = vec![0; by / DIGITS];
        shifted.extend(self.0);
        let power = (0..by % DIGITS).fold(1, |power, _| power * 10);
        if power == 1 { Self(shifted) } else { Self(shifted).times(&Self::small(power)) }
    }

    /// The quotient, rounded down, and the remainder. A division by 0 gives 0.
    pub(super) fn divided(&self, by: &Self) -> (Self, Self) {
        if by.is_zero() || *self < *by {
            return (Self::default(), self.clone());
        }
        let mut quotient = vec![0_u32; self.0.len()];
        let mut rest = Self::default();
        for at in (0..self.0.len()).rev() {
            rest.0.insert(0, self.0[at]);
            rest = rest.trimmed();
            let digit = rest.estimate(by);
            let mut product = by.times(&Self::small(digit));
            let mut digit = digit;
            // The estimate is too large by a little, and never too small.
            while product > rest {
                digit -= 1;
                product = product.minus(by);
            }
            rest = rest.minus(&product);
            quotient[at] = split(digit).0;
        }
        (Self(quotient).trimmed(), rest)
    }

    /// How often another number is in this one, which is less than the base; at most a few more.
    fn estimate(&self, by: &Self) -> u64 {
        if *self < *by {
            return 0;
        }
        let high = by.0.len() - 1;
        // Three groups of one by two of the other are exact but for the last digit.
        let low = high.saturating_sub(1);
        let three = (low..=high + 1)
            .rev()
            .fold(0_u128, |of, at| of * u128::from(BASE) + u128::from(self.group(at)));
        let two = (low..=high)
            .rev()
            .fold(0_u128, |of, at| of * u128::from(BASE) + u128::from(by.group(at)));
        u64::try_from(three / two.max(1)).map_or(BASE - 1, |digit| digit.min(BASE - 1))
    }
}

impl Ord for Magnitude {
    fn cmp(&self, other: &Self) -> Ordering {
        let sizes = self.0.len().cmp(&other.0.len());
        sizes.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Magnitude {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(digits: &str) -> Magnitude {
        Magnitude::from_digits(digits.as_bytes())
    }

    #[test]
    fn digits_there_and_back() {
        for digits in ["", "7", "999999999", "1000000000", "12345678901234567890123"] {
            assert_eq!(of(digits).digits(), digits);
            assert_eq!(of(&format!("000{digits}")).digits(), digits);
        }
    }

    #[test]
    fn arithmetic_of_i128() {
        // Numbers of every length, by a generator that is the same each time.
        let mut state = 7_u128;
        let mut next = |bits: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005_u128 << 3 | 5).wrapping_add(99);
            (state >> 3) % (1_u128 << bits)
        };
        for round in 0..20_000_u32 {
            let (one, other) = (next(1 + round % 63), next(1 + round / 7 % 60));
            let (left, right) = (of(&one.to_string()), of(&other.to_string()));
            let shown = |number: u128| if number == 0 { String::new() } else { number.to_string() };
            let mut sum = left.clone();
            sum.add(&right);
            assert_eq!(sum.digits(), shown(one + other));
            assert_eq!(left.times(&right).digits(), shown(one * other));
            assert_eq!(left.cmp(&right), one.cmp(&other));
            let (large, small) = (left.clone().max(right.clone()), left.clone().min(right));
            assert_eq!(large.minus(&small).digits(), shown(one.abs_diff(other)));
            let wide = one << 60 | other;
            if let Some(quotient) = wide.checked_div(other) {
                let (found, rest) = of(&wide.to_string()).divided(&of(&other.to_string()));
                assert_eq!((found.digits(), rest.digits()), (shown(quotient), shown(wide % other)));
            }
            assert_eq!(left.shifted(11).digits(), shown(one * 100_000_000_000));
        }
    }

    #[test]
    fn long_division_is_undone_by_multiplication() {
        let digit = |seed: usize, at: usize| {
            char::from(b'0' + u8::try_from((seed * at * at + at / 3) % 10).unwrap())
        };
        for seed in 1..200 {
            let one: String = (1..5 + seed * 2).map(|at| digit(seed, at)).collect();
            let other: String = (1..3 + seed).map(|at| digit(seed + 1, at)).collect();
            let (one, other) = (of(&one), of(&other));
            if other.is_zero() {
                continue;
            }
            let (quotient, rest) = one.divided(&other);
            assert!(rest < other);
            let mut back = quotient.times(&other);
            back.add(&rest);
            assert_eq!(back, one);
        }
    }
}
