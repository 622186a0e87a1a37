//! Tables: described at run time or by a mapped struct, collected in [`MetaData`].
//!
//! Everything that a table has can be read: columns, constraints, indexes. What the program does
//! not name is named by a [`NamingConvention`], so that a later migration can drop it.

/// What statements of definitions have in common: each has `write`, and a mark of its own.
macro_rules! definition_statements {
    ($($ty:ident $mark:literal),*) => {$(
        impl Executable for $ty {
            type Row = Row;
        }

        impl ClauseElement for $ty {
            fn as_element(&self) -> &dyn ClauseElement {
                self
            }

            fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
                key.mark($mark);
                // A definition is never kept in the cache, so its key may cost what its text costs.
                key.name(&self.to_string().into());
            }

            fn compile_with(&self, dialect: &dyn SqlDialect, _: &Params) -> Result<Template> {
                let mut writer = SqlWriter::new(dialect);
                self.write(&mut writer)?;
                writer.finish(StatementKind::Ddl)
            }
        }

        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match SqlWriter::try_display(|to| self.write(to)) {
                    Ok(sql) => f.write_str(&sql),
                    Err(error) => write!(f, "({error})"),
                }
            }
        }
    )*};
}
use definition_statements;

mod alter;
mod builder;
mod check;
mod client_default;
mod column;
mod column_defaults;
mod column_sql;
mod comment;
mod constraint;
mod constraint_sql;
mod create_table;
mod ddl;
mod ddl_if;
mod dialect;
mod enum_type;
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
mod refresh_view;
mod schema_statements;
mod sequence;
mod slot;
mod table;
mod table_name;
mod view;
mod view_order;

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
pub(crate) use dialect::{
    check_precision, no_such_constraint, no_such_type, no_user_defined, standard_type_sql,
};
pub(crate) use enum_type::native_enums;
pub use enum_type::{CreateEnumType, DropEnumType};
pub use exclude::ExcludeConstraint;
pub use expression::{DdlExpression, IntoDdlExpression};
pub use foreign_key::{Deferrable, ForeignKey, ForeignKeyConstraint, ReferentialAction};
pub use generated::{Computed, Generated, Identity};
pub use index::{Index, IndexElement};
pub use index_statements::{CreateIndex, DropIndex};
pub use metadata::{KeyOfTable, MetaData};
pub(in crate::sql) use names_sql::check_alias;
pub use naming::NamingConvention;
pub(in crate::sql) use naming::shortened;
pub use options::{ConflictResolution, TableOptions};
pub use refresh_view::RefreshMaterializedView;
pub use schema_statements::{CreateSchema, DropSchema};
pub use sequence::{CreateSequence, DropSequence, Sequence};
pub(crate) use slot::Slot;
pub use table::Table;
pub use table_name::TableName;
pub use view::{CreateTableAs, CreateView, DropView};
pub(crate) use view_order::in_order;

use super::Name;

/// Names as messages show them: `"a", "b"`.
fn listed<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("{:?}", &**name)).collect();
    quoted.join(", ")
}
