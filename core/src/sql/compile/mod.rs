//! From a tree to the text of one database: what the dialects say, and the writer that asks them.

mod bind;
mod compiled;
mod dialect;
mod feature;
mod template;
mod writer;

pub(crate) use bind::{Source, Sources, check_names, values};
pub use compiled::{Compiled, CompiledParam};
pub(in crate::sql) use dialect::Generic;
pub use dialect::{LimitClause, OrderClause, SqlDialect};
pub use feature::{Feature, Features};
pub use template::Template;
pub use writer::SqlWriter;
