//! What a statement of a session says about relationships: how they are loaded along, joined, and compared.

mod exists;
mod join;
mod load;
mod on;
mod options;
mod path;
mod select;

pub use load::{
    Load, LoaderOptions, WithLoaderCriteria, contains_eager, immediateload, joinedload, lazyload,
    raiseload, selectinload, subqueryload, with_loader_criteria,
};
pub(in crate::orm) use on::on;
pub use options::Fetch;
pub(in crate::orm) use options::{Branch, How, Options, same_options};
#[doc(hidden)]
pub use path::Step;
pub use path::{LoadPath, Path};
pub(in crate::orm) use select::options_of;
