//! What the SQLite driver promises to the core.
#![allow(clippy::unwrap_used, reason = "what the tests share fails the test that called")]

mod busy;
mod cancelling;
mod connecting;
mod cooperation;
mod crash;
mod cursor;
mod errors;
mod forgotten;
mod journal;
mod kind;
mod release;
mod shelf;
mod small_stack;
mod statements;
mod support;
mod transactions;
mod turns;
mod values;
