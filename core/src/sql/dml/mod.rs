//! INSERT, UPDATE and DELETE.

mod assignment;
mod change;
mod columns;
mod conflict;
mod conflict_target;
mod defaults;
mod delete;
mod insert;
mod insert_parts;
mod keys;
mod rows;
mod scope;
mod source;
mod statement;
mod update;

pub use assignment::{Assignment, Assignments};
pub(super) use change::ChangeParts;
pub use columns::ColumnNames;
pub use conflict::excluded;
pub(super) use conflict::{EXCLUDED, excluded_from};
pub use conflict_target::{ConflictTarget, IntoConflictTarget, constraint};
pub use delete::{Delete, delete};
pub use insert::{Insert, insert};
pub(super) use source::Cells;
pub use statement::Returned;
pub use update::{Update, update};
