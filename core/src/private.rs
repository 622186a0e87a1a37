//! What the derive macro writes paths to.

pub use std::sync::OnceLock;

pub use crate::error::Result;
pub use crate::row::{Columns, Fetch, FromNamedRow, FromRow, NamedRow, NamedRows, RawRow};
pub use crate::row::{
    find_column, find_column_or_none, find_nested, read_column, read_column_or_default, read_nested,
};
pub use crate::sql::schema::{
    CheckConstraint, Column, Deferrable, ForeignKey, ForeignKeyConstraint, Identity, Index,
    IndexElement, ReferentialAction, Table, TableBuilder, UniqueConstraint,
};
pub use crate::sql::types::{EnumType, IntoType, Shared, Type};
pub use crate::sql::{
    Accessor, Col, ColumnSet, ColumnType, ColumnValue, Expression, Field, Mapped, MappedAlias,
    Name, Selection, family,
};
pub use crate::sql::{column_of, describe_fields, get_field, read_field, set_field, table_of};
pub use crate::sql::{
    default_of_fn, default_of_sql, default_of_value, onupdate_of_fn, onupdate_of_sql,
    onupdate_of_value,
};
pub use crate::sql::{read_label, read_newtype, read_number};
pub use crate::value::{FromValue, Value, ValueRef};

pub use crate::orm::{
    Cascade, Definition, Identity as ObjectIdentity, KeyReader, Lazy, Links, LoadedEntity, Loading,
    Many, MappedClass, Mapper, MapperOptions, One, Ref, RelationshipField, RelationshipKind,
    RelationshipOptions, SessionRow, ToMany, ToOne, Version, VersionKind, identify, key_value,
    load_object, load_object_or_none, mapper_of, next_version, read_key,
};
pub use crate::sql::{OrderBy, OrderTerm};
