//! The driver over the `postgres` crate: the same promises as the async one, on the calling thread.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod asynchronous;
mod endings;
mod rows;
#[path = "../support/mod.rs"]
mod support;
mod transactions;
