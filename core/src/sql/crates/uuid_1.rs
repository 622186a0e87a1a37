//! UUIDs of `uuid`, version 1.
//!
//! ```
//! use aludel::{create_engine, params, text};
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! let id = uuid::Uuid::from_u128(7);
//! let found = conn.scalar(text("select :id").params(params! { id: id }))?;
//! assert_eq!(found, Some(id));
//! # Ok::<(), aludel::Error>(())
//! ```

use super::over_plain;
use crate::sql::types;
use crate::value::Uuid;

over_plain! {
    uuid::Uuid: Uuid, Uuid, types::Uuid,
        |id| Ok(uuid::Uuid::from_bytes(*id.as_bytes())),
        |id: &uuid::Uuid| Ok(Uuid::from_bytes(*id.as_bytes()));
}
