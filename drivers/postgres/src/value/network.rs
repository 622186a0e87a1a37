//! Addresses of networks and of their cards, and other small types, as PostgreSQL prints them.

use std::net::{Ipv4Addr, Ipv6Addr};

use aludel_core::error::Result;

use super::float_text::float8;
use super::input::{Input, exactly, impossible};

/// PostgreSQL's own numbers, whatever those of the system are.
const FAMILY_V4: u8 = 2;
const FAMILY_V6: u8 = 3;

/// `10.0.0.1/8`, `::1`; without the number of bits if it is that of an address, but of a `cidr` always.
pub(super) fn inet(bytes: &[u8]) -> Result<String> {
    let mut input = Input::new(bytes);
    let (family, bits, is_cidr, _len) = (input.u8()?, input.u8()?, input.u8()?, input.u8()?);
    let (address, all) = match family {
        FAMILY_V4 => (Ipv4Addr::from(exactly(input.rest())?).to_string(), 32),
        FAMILY_V6 => (Ipv6Addr::from(exactly::<16>(input.rest())?).to_string(), 128),
        _ => return Err(impossible("an address of an unknown family")),
    };
    if bits == all && is_cidr == 0 { Ok(address) } else { Ok(format!("{address}/{bits}")) }
}

/// `08:00:2b:01:02:03`, of six or eight bytes.
pub(super) fn mac_address(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(":")
}

/// `16/B374D848`.
pub(super) fn log_position(bytes: &[u8]) -> Result<String> {
    let position = Input::new(bytes).u64()?;
    Ok(format!("{:X}/{:X}", position >> 32, position & 0xffff_ffff))
}

/// `(0,1)`.
pub(super) fn row_position(bytes: &[u8]) -> Result<String> {
    let mut input = Input::new(bytes);
    Ok(format!("({},{})", input.u32()?, input.u16()?))
}

fn points(input: &mut Input<'_>, count: u32) -> Result<String> {
    let point = |input: &mut Input<'_>| -> Result<String> {
        Ok(format!("({},{})", float8(input.f64()?), float8(input.f64()?)))
    };
    let points: Vec<_> = (0..count).map(|_| point(input)).collect::<Result<_>>()?;
    Ok(points.join(","))
}

/// `(1,2)`.
pub(super) fn point(bytes: &[u8]) -> Result<String> {
    points(&mut Input::new(bytes), 1)
}

/// `(3,4),(1,2)`.
pub(super) fn rectangle(bytes: &[u8]) -> Result<String> {
    points(&mut Input::new(bytes), 2)
}

/// `[(1,2),(3,4)]`.
pub(super) fn line_segment(bytes: &[u8]) -> Result<String> {
    Ok(format!("[{}]", points(&mut Input::new(bytes), 2)?))
}

/// `((1,2),(3,4))` if it is closed, and else `[(1,2),(3,4)]`.
pub(super) fn path(bytes: &[u8]) -> Result<String> {
    let mut input = Input::new(bytes);
    let closed = input.u8()? != 0;
    let count = input.u32()?;
    let points = points(&mut input, count)?;
    Ok(if closed { format!("({points})") } else { format!("[{points}]") })
}

/// `((1,2),(3,4),(5,6))`.
pub(super) fn polygon(bytes: &[u8]) -> Result<String> {
    let mut input = Input::new(bytes);
    let count = input.u32()?;
    Ok(format!("({})", points(&mut input, count)?))
}

/// `{1,2,3}`.
pub(super) fn line(bytes: &[u8]) -> Result<String> {
    let mut input = Input::new(bytes);
    let [a, b, c] = [input.f64()?, input.f64()?, input.f64()?].map(float8);
    Ok(format!("{{{a},{b},{c}}}"))
}

/// `<(1,2),3>`.
pub(super) fn circle(bytes: &[u8]) -> Result<String> {
    let mut input = Input::new(bytes);
    let center = points(&mut input, 1)?;
    Ok(format!("<{center},{}>", float8(input.f64()?)))
}
