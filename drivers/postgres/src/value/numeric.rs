//! Numbers of any size, in groups of four digits.

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Decimal, NumericGroups, NumericSign};
use bytes::{BufMut, BytesMut};

use super::input::{Input, impossible};

const POSITIVE: u16 = 0;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;
const INFINITY: u16 = 0xd000;
const NEG_INFINITY: u16 = 0xf000;

/// The most digits behind the point that the server takes.
const MOST_SCALE: usize = 16_383;

/// The number that the server has sent.
#[inline]
pub(super) fn read(bytes: &[u8]) -> Result<NumericGroups<'_>> {
    let mut input = Input::new(bytes);
    let count = input.u16()?;
    let weight = input.i16()?;
    let sign = match input.u16()? {
        POSITIVE => NumericSign::Positive,
        NEGATIVE => NumericSign::Negative,
        NAN => NumericSign::NaN,
        INFINITY => NumericSign::Infinity,
        NEG_INFINITY => NumericSign::NegInfinity,
        _ => return Err(impossible("an unknown sign of a number")),
    };
    let scale = input.u16()?;
    let groups = input.take(usize::from(count) * 2)?;
    NumericGroups::new(sign, weight, scale, groups)
        .ok_or_else(|| impossible("a number with a group of more than four digits"))
}

/// Writes a number as the server reads it, with all digits behind the point that it has.
pub(super) fn write(number: &Decimal, out: &mut BytesMut) -> Result<()> {
    let special = match number.as_str() {
        "NaN" => Some(NAN),
        "Infinity" => Some(INFINITY),
        "-Infinity" => Some(NEG_INFINITY),
        _ => None,
    };
    if let Some(sign) = special {
        out.put_u16(0);
        out.put_u16(0);
        out.put_u16(sign);
        out.put_u16(0);
        return Ok(());
    }
    let unsigned = number.as_str().trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let whole = if whole == "0" { "" } else { whole };
    let mut groups = Vec::with_capacity(whole.len() / 4 + fraction.len() / 4 + 2);
    let (head, rest) = whole.split_at(whole.len() % 4);
    if !head.is_empty() {
        groups.push(group(head.as_bytes()));
    }
    groups.extend(rest.as_bytes().chunks(4).map(group));
    let mut first = groups.len();
    groups.extend(fraction.as_bytes().chunks(4).map(|digits| {
        // What is missing at the end are zeros.
        (digits.len()..4).fold(group(digits), |group, _| group * 10)
    }));
    let leading = groups.iter().take_while(|group| **group == 0).count();
    let mut kept = &groups[leading..];
    while let [rest @ .., 0] = kept {
        kept = rest;
    }
    if kept.is_empty() {
        first = leading + 1;
    }
    let weight = i64::try_from(first).ok().zip(i64::try_from(leading).ok());
    let weight = weight.and_then(|(first, leading)| i16::try_from(first - leading - 1).ok());
    let (Some(weight), Ok(count), Ok(scale)) =
        (weight, u16::try_from(kept.len()), u16::try_from(fraction.len()))
    else {
        return Err(too_long());
    };
    if fraction.len() > MOST_SCALE {
        return Err(too_long());
    }
    out.put_u16(count);
    out.put_i16(weight);
    out.put_u16(if number.is_negative() { NEGATIVE } else { POSITIVE });
    out.put_u16(scale);
    kept.iter().for_each(|group| out.put_u16(*group));
    Ok(())
}

/// The number of up to four digits.
fn group(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
}

#[cold]
fn too_long() -> Error {
    Error::new(
        ErrorKind::Data,
        "the decimal number has more digits than PostgreSQL's numeric: 131072 before the point and \
         16383 behind it",
    )
}
