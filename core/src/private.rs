//! What the derive macro writes paths to.

pub use std::sync::OnceLock;

pub use crate::error::Result;
pub use crate::row::{FromRow, RawRow};
pub use crate::sql::schema::{
    CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Identity, Index, ReferentialAction,
    Table, TableBuilder, UniqueConstraint,
};
pub use crate::sql::{
    Accessor, Col, ColumnSet, ColumnType, Expression, Field, Mapped, MappedAlias, Selection,
};
pub use crate::sql::{column_of, describe_fields, get_field, read_field, set_field, table_of};
