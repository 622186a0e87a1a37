//! The ORM on all databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod along;
mod base;
mod bulk;
mod first;
mod kept;
mod large;
mod library;
mod session;
mod unit_of_work;
