//! Tables: described at run time or by a mapped struct, collected in [`MetaData`].

mod column;
mod ddl;
mod metadata;
mod table;

pub use column::Column;
pub use ddl::{CreateTable, DropTable};
pub use metadata::MetaData;
pub use table::Table;
