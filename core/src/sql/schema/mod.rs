//! Tables: described at run time or by a mapped struct, collected in [`MetaData`].
//!
//! Everything that a table has can be read: columns, constraints, indexes. What the program does
//! not name is named by a [`NamingConvention`], so that a later migration can drop it.

mod alter;
mod builder;
mod check;
mod client_default;
mod column;
mod column_sql;
mod comment;
mod constraint;
mod constraint_sql;
mod create_table;
mod ddl;
mod ddl_if;
mod dialect;
mod exclude;
mod expression;
mod foreign_key;
mod generated;
mod index;
mod index_statements;
mod metadata;
mod names_sql;
mod naming;
mod options;
mod slot;
mod table;
mod table_name;

pub use alter::{AddConstraint, DropConstraint};
pub use builder::TableBuilder;
pub use client_default::ClientDefault;
pub use column::Column;
pub use comment::SetComment;
pub use constraint::{CheckConstraint, Constraint, ConstraintName, PrimaryKey, UniqueConstraint};
pub use create_table::{CreateTable, DropTable};
pub use ddl::{Ddl, ddl};
pub use ddl_if::DdlIf;
pub use dialect::{CommentPlace, IndexOwner, SchemaDialect};
pub(crate) use dialect::{no_such_constraint, no_such_type, standard_type_sql};
pub use exclude::ExcludeConstraint;
pub use expression::{DdlExpression, IntoDdlExpression};
pub use foreign_key::{Deferrable, ForeignKey, ForeignKeyConstraint, ReferentialAction};
pub use generated::{Computed, Generated, Identity};
pub use index::{Index, IndexElement};
pub use index_statements::{CreateIndex, DropIndex};
pub use metadata::{KeyOfTable, MetaData};
pub use naming::NamingConvention;
pub use options::{ConflictResolution, TableOptions};
pub(crate) use slot::Slot;
pub use table::Table;
pub use table_name::TableName;

use super::Name;

/// Names as messages show them: `"a", "b"`.
fn listed<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("{:?}", &**name)).collect();
    quoted.join(", ")
}
