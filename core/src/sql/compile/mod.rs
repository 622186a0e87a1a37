//! From a tree to the text of one database: what the dialects say, and the writer that asks them.

mod bind;
mod bound_as;
mod clauses;
mod compiled;
mod dialect;
mod expressions;
mod feature;
mod fits;
mod functions;
mod held;
mod inserted;
mod json;
mod places;
mod query;
mod result_order;
mod rows;
mod template;
mod text_match;
pub(crate) mod value_text;
mod visible;
mod writer;

pub(crate) use bind::{Source, Sources, bound_values, check_given, check_held, check_names};
pub(crate) use bound_as::BoundAs;
pub(in crate::sql) use bound_as::Given;
pub use bound_as::{BoundCast, CastLimit};
pub use clauses::{
    BitwiseClause, CastClause, DistinctClause, DivisionClause, ExtractClause, LikeClause,
    RegexpClause, RegexpReplaceClause, SymmetricClause, TextMatchClause,
};
pub use compiled::{Compiled, CompiledParam};
pub(in crate::sql) use dialect::Generic;
pub use dialect::{Coercion, FetchClause, LimitClause, OrderClause, SqlDialect, ValuesClause};
pub use expressions::ExpressionDialect;
pub use feature::{Feature, Features};
pub use functions::{CallClause, FunctionDialect, OverClause};
pub(crate) use held::Held;
pub(crate) use inserted::{KeyValue, ReturnedRows, RowKey, RowOrder, Witness};
pub use json::{JsonChangeClause, JsonClause, JsonDialect};
pub(in crate::sql) use query::{Survey, compile_query};
pub(in crate::sql) use template::ListForm;
pub(crate) use template::RowSources;
pub use template::Template;
pub use writer::SqlWriter;
