//! What the derive macro writes paths to.

pub use std::sync::OnceLock;

pub use crate::error::Result;
pub use crate::row::{FromRow, RawRow};
pub use crate::sql::schema::{
    CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Identity, Index, ReferentialAction,
    Table, TableBuilder, UniqueConstraint,
};
pub use crate::sql::{Col, Expression, Field, Mapped, Selection, Typed};
pub use crate::sql::{column_of, describe_fields, table_of};
pub use crate::value::{FromValue, Value, ValueRef};
