//! What the SQLite driver promises at the core's door.

mod cursor;
mod errors;
mod greenlets;
mod locks;
mod open;
mod statements;
mod support;
mod transactions;
mod values;
