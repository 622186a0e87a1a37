//! Types of the standard library: lengths of time, instants, addresses.
//!
//! ```
//! use std::net::IpAddr;
//! use std::time::{Duration, SystemTime};
//!
//! use aludel::{Auto, Mapped, MetaData, create_engine, insert, select};
//!
//! #[derive(Mapped)]
//! #[aludel(table = "visits")]
//! struct Visit {
//!     #[aludel(primary_key)]
//!     id: Auto<i64>,
//!     from: IpAddr,
//!     at: SystemTime,
//!     lasted: Option<Duration>,
//! }
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! MetaData::new().with::<Visit>().create_all(&mut conn)?;
//! let (from, lasted) = ("::1".parse::<IpAddr>().expect("an address"), Duration::from_millis(1500));
//! let c = Visit::c;
//! conn.execute(insert::<Visit>().values((
//!     c.from.set(from),
//!     c.at.set(SystemTime::UNIX_EPOCH + lasted),
//!     c.lasted.set(Some(lasted)),
//! )))?;
//! let visit = conn.execute(select(c).where_(c.from.eq(from)))?.one()?;
//! assert_eq!(visit.at, SystemTime::UNIX_EPOCH + lasted);
//! assert_eq!(visit.lasted, Some(lasted));
//! # Ok::<(), aludel::Error>(())
//! ```

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use super::{length, over_plain, refused, unix_micros};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::ColumnValue;
use crate::sql::family;
use crate::sql::types::{self, CustomType, Shared, Type};
use crate::value::{FromValue, Interval, Other, Timestamp, Value, ValueRef};

over_plain! {
    Duration: Interval, Interval, types::Interval,
        |interval| {
            let micros = u64::try_from(length(interval)?);
            micros.map(Duration::from_micros).map_err(|_| {
                refused("the interval is negative; read it as aludel::value::Interval")
            })
        },
        |length: &Duration| Interval::try_from(*length);
    SystemTime: Timestamp, Timestamp, types::Timestamp,
        |instant| unix_micros(instant).and_then(|_| SystemTime::try_from(instant)),
        |time: &SystemTime| Timestamp::try_from(*time);
}

/// Addresses of hosts and networks: `INET` in PostgreSQL, text elsewhere.
#[derive(Debug)]
struct Inet;

impl CustomType for Inet {
    fn name(&self) -> &str {
        "Inet"
    }

    fn base(&self) -> &Type {
        &types::Type::String { length: Some(43), collation: None }
    }

    fn type_sql(&self, dialect: &str) -> Option<Cow<'static, str>> {
        (dialect == "postgresql").then_some("INET".into())
    }
}

/// The type of a column of addresses of hosts and networks: `INET` in PostgreSQL, text elsewhere.
///
/// ```
/// use std::net::IpAddr;
///
/// use aludel::sql::ColumnValue;
/// use aludel::types;
///
/// assert_eq!(<IpAddr as ColumnValue>::TYPE, &types::INET);
/// assert_eq!(types::INET.to_string(), "Inet");
/// ```
pub const INET: Type = Type::Custom(Shared::Static(&Inet));

/// An address as a database prints it. PostgreSQL leaves out a prefix that is a single host's.
pub(super) fn text_of(value: ValueRef<'_>) -> Result<Cow<'_, str>> {
    match value {
        ValueRef::Text(text) => Ok(Cow::Borrowed(text)),
        other => String::from_value(other).map(Cow::Owned),
    }
}

/// An address, for the database: PostgreSQL reads it in its own type.
pub(super) fn inet(address: impl ToString) -> Value {
    Other::text("inet", address.to_string()).into()
}

fn parse(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| match text.split_once('/') {
        Some((address, _)) if address.parse::<IpAddr>().is_ok() => refused(
            "the cell holds a network, whose prefix an address does not have; read it as ipnet::IpNet, or \
             as aludel::value::Other",
        ),
        _ => refused("the cell holds no address"),
    })
}

macro_rules! addresses {
    ($($ty:ident: $convert:expr;)*) => {$(
        impl ColumnValue for $ty {
            type Family = family::Network;
            const TYPE: &'static Type = &INET;

            fn from_value(value: ValueRef<'_>) -> Result<Self> {
                text_of(value).and_then(|text| parse(&text)).and_then($convert).map_err(|error: Error| {
                    error
                        .with_kind(ErrorKind::Decode)
                        .context(concat!("reading it as ", stringify!($ty)))
                })
            }

            fn to_value(&self) -> Value {
                inet(self)
            }
        }
    )*};
}
addresses! {
    IpAddr: Ok;
    Ipv4Addr: |address| match address {
        IpAddr::V4(address) => Ok(address),
        IpAddr::V6(_) => Err(refused("the cell holds an address of IPv6; read it as IpAddr")),
    };
    Ipv6Addr: |address| match address {
        IpAddr::V6(address) => Ok(address),
        IpAddr::V4(_) => Err(refused("the cell holds an address of IPv4; read it as IpAddr")),
    };
}
