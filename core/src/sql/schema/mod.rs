//! Tables: described at run time or by a mapped struct, collected in [`MetaData`].
//!
//! Everything that a table has can be read: columns, constraints, indexes. What the program does
//! not name is named by a [`NamingConvention`], so that a later migration can drop it.

mod builder;
mod check;
mod column;
mod comment;
mod constraint;
mod create_table;
mod dialect;
mod foreign_key;
mod index;
mod index_statements;
mod metadata;
mod naming;
mod table;
mod table_name;

pub use builder::TableBuilder;
pub use column::{Column, Generated, Identity};
pub use comment::SetComment;
pub use constraint::{CheckConstraint, Constraint, ConstraintName, PrimaryKey, UniqueConstraint};
pub use create_table::{CreateTable, DropTable};
pub use dialect::{CommentPlace, IndexOwner, SchemaDialect};
pub(crate) use dialect::{no_such_constraint, no_such_type, standard_type_sql};
pub use foreign_key::{Deferrable, ForeignKey, ForeignKeyConstraint, ReferentialAction};
pub use index::Index;
pub use index_statements::{CreateIndex, DropIndex};
pub use metadata::MetaData;
pub use naming::NamingConvention;
pub use table::Table;
pub use table_name::TableName;

use super::Name;

/// Names as messages show them: `"a", "b"`.
fn listed<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("{:?}", &**name)).collect();
    quoted.join(", ")
}
