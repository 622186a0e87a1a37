//! What the derive macro writes paths to.

pub use crate::error::Result;
pub use crate::row::{FromRow, RawRow};
pub use crate::sql::schema::Column;
pub use crate::sql::types::Type;
pub use crate::sql::{Col, Expression, Mapped, Selection, Typed};
