//! Networks of `ipnet`, version 2.
//!
//! ```
//! use aludel::{Auto, Mapped, MetaData, create_engine, insert, select};
//! use ipnet::IpNet;
//!
//! #[derive(Mapped)]
//! #[aludel(table = "sites")]
//! struct Site {
//!     #[aludel(primary_key)]
//!     id: Auto<i64>,
//!     network: IpNet,
//! }
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! MetaData::new().with::<Site>().create_all(&mut conn)?;
//! let network: IpNet = "10.0.0.1/8".parse().expect("a network");
//! conn.execute(insert::<Site>().values(Site::c.network.set(network)))?;
//! assert_eq!(conn.scalars(select(Site::c.network))?, [network]);
//! # Ok::<(), aludel::Error>(())
//! ```

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::refused;
use super::standard::{INET, inet, text_of};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::types::Type;
use crate::sql::{ColumnValue, family};
use crate::value::{Value, ValueRef};

/// Without a prefix it is the network of one host.
fn parse(text: &str) -> Result<IpNet> {
    let host = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(host).ok_or_else(|| refused("the cell holds no network"))
}

macro_rules! networks {
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
networks! {
    IpNet: Ok;
    Ipv4Net: |network| match network {
        IpNet::V4(network) => Ok(network),
        IpNet::V6(_) => Err(refused("the cell holds a network of IPv6; read it as IpNet")),
    };
    Ipv6Net: |network| match network {
        IpNet::V6(network) => Ok(network),
        IpNet::V4(_) => Err(refused("the cell holds a network of IPv4; read it as IpNet")),
    };
}
