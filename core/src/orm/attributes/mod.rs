//! The fields of relationships: what a mapped struct has in them, outside of a session and inside.

mod item;
mod many;
mod one;
mod queue;

pub use item::Item;
pub use many::Many;
pub use one::One;
