//! The SQL language: statements are values, built by functions and methods, compiled for a dialect
//! when they run.
//!
//! ```
//! use aludel::{Auto, Mapped, select};
//!
//! #[derive(Mapped)]
//! #[aludel(table = "users")]
//! struct User {
//!     #[aludel(primary_key)]
//!     id: Auto<i64>,
//!     name: String,
//!     age: Option<i32>,
//! }
//!
//! let adults = select((User::c.id, User::c.name))
//!     .where_(User::c.age.ge(18))
//!     .order_by(User::c.name)
//!     .limit(10);
//! assert_eq!(
//!     adults.to_string(),
//!     "SELECT users.id, users.name FROM users WHERE users.age >= :1 ORDER BY users.name LIMIT :2"
//! );
//! ```
//!
//! The surface is typed: a select of typed columns knows the type of its rows, and a column is
//! compared with what its own type can be compared with. Underneath is one tree that is made at
//! run time, the same for tables that are declared by a struct and for tables that are described
//! at run time. A statement never contains its values: they are bound.

mod column;
mod column_value;
mod compiled;
mod expression;
pub mod family;
mod insert;
mod key;
mod mapped;
mod name;
mod operand;
mod order;
mod params;
mod predicate;
mod raw;
pub mod schema;
mod sealed;
mod select;
mod selection;
mod spelling;
mod text;
pub mod types;
mod words;

pub use column::{AnyColumn, Col};
pub use column_value::ColumnValue;
pub use compiled::{Compiled, Verb};
pub(crate) use compiled::{Source, check_names, values};
pub use expression::{BindParam, Expression, bindparam};
pub use insert::{Assignment, Assignments, Insert, insert};
pub use key::{CacheKey, Literals};
pub use mapped::{Auto, Field, Mapped};
#[doc(hidden)]
pub use mapped::{column_of, describe_fields, table_of};
pub use name::Name;
pub use operand::{Assign, Dynamic, Operand, Plain, Typed};
pub use order::{Order, OrderBy};
pub use params::Params;
pub use predicate::{Predicate, and_, not_, or_};
pub use raw::{IntoSql, RawSql};
pub use select::{Select, select};
pub use selection::Selection;
pub use spelling::{Lexis, Spelling, Writer};
pub use text::{Text, text};

#[cfg(feature = "derive")]
pub use aludel_derive::Mapped;

pub use crate::params;

use crate::error::Result;
use crate::row::Fetch;

/// A statement that can be executed: a select, an insert, text, and the statements of the schema.
/// There are no others.
///
/// Two halves: what the cache is asked with, and the compilation for when the cache has nothing.
/// They walk the same tree in the same order, which is what makes the *n*-th literal of the one
/// the *n*-th literal of the other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statement",
    label = "expected a statement such as `select(…)`, `insert::<T>()` or `text(\"…\")`",
    note = "text is made a statement by `text(\"select …\")`"
)]
pub trait Executable: sealed::Sealed {
    /// What its rows become.
    type Row: Fetch;

    /// Writes down the structure, without values, and collects the values. `names` are the
    /// parameters that will be given at execution.
    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params);

    /// Compiles it.
    ///
    /// # Errors
    ///
    /// [`Compile`](crate::ErrorKind::Compile) or [`Argument`](crate::ErrorKind::Argument): it
    /// cannot be written down for this database.
    fn compile(&self, spelling: &dyn Spelling, names: &Params) -> Result<Compiled>;

    /// The values that it carries for its named binds.
    fn params(&self) -> &Params {
        Params::none()
    }
}

impl<E: Executable + ?Sized> Executable for &E {
    type Row = E::Row;

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params) {
        (**self).cache_key(key, literals, names);
    }

    fn compile(&self, spelling: &dyn Spelling, names: &Params) -> Result<Compiled> {
        (**self).compile(spelling, names)
    }

    fn params(&self) -> &Params {
        (**self).params()
    }
}
