//! From rows to objects.

mod by_key;
mod related;
mod result;
mod rows;
mod statement;
mod target;

pub(in crate::orm) use by_key::{get, load_expired, refresh};
pub(in crate::orm) use related::load_related;
pub use result::OrmResult;
pub(in crate::orm) use rows::RowsOf;
pub use rows::{ScalarRow, SessionFetch, SessionRow, load_object, load_object_or_none};
pub use target::Loading;
