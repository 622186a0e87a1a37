//! What the SQL language, the engine and the drivers have to know of a statement in the same way: what it
//! does, and how it is to be executed.

mod execution_options;
mod isolation_level;
mod kind;
mod more_options;
mod rare_options;
mod schema_translate_map;

pub use execution_options::ExecutionOptions;
pub use isolation_level::IsolationLevel;
pub use kind::StatementKind;
pub(crate) use more_options::CompiledIn;
pub use schema_translate_map::SchemaTranslateMap;
