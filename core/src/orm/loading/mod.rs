//! From rows to objects.

mod along;
mod by_key;
mod plan;
mod prepare;
mod related;
mod result;
mod rows;
mod statement;
mod target;

pub(in crate::orm) use along::{finish, load_asked};
pub use by_key::GetOptions;
pub(in crate::orm) use by_key::{get, load_expired, load_expired_of, refresh};
#[doc(hidden)]
pub use plan::LoadedEntity;
pub(in crate::orm) use prepare::prepare;
pub(in crate::orm) use related::load_related;
pub use result::OrmResult;
pub(in crate::orm) use rows::RowsOf;
pub use rows::{ScalarRow, SessionFetch, SessionRow, load_object, load_object_or_none};
pub use target::Loading;
