//! A PostgreSQL and its standby: a failover, and commits that wait for a standby that is not there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod failover;
mod pair;
mod synchronous;
