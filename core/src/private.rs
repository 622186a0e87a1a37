//! What the derive macro writes paths to.

pub use std::sync::OnceLock;

pub use crate::error::Result;
pub use crate::row::{FromRow, RawRow, read_value};
pub use crate::sql::schema::{
    CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Identity, Index, ReferentialAction,
    Table, TableBuilder, UniqueConstraint,
};
pub use crate::sql::{Col, ColumnSet, ColumnType, Expression, Field, Mapped, Selection};
pub use crate::sql::{column_of, describe_fields, table_of};
pub use crate::value::{Value, ValueRef};
