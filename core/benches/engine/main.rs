//! The engine beside the raw drivers, in one run: medians and ratios.
//!
//! `./scripts/bench` runs it with client and server pinned to one core and to two. SQLite is always
//! there; PostgreSQL if `ALUDEL_TEST_POSTGRES_URL` is set. `ALUDEL_BENCH_ONLY` chooses one part:
//! `checkout`, `planning`, `sqlite`, `postgres` or `threads`.

#![allow(clippy::print_stdout, reason = "printing is what a benchmark is for")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run says where")]

mod blocking;
mod checkout;
mod idle;
mod joined;
mod planning;
mod postgres;
mod rounds;
mod sqlite;
mod threads;

use aludel::{Auto, Mapped};

/// The row of all workloads.
#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "bench_users")]
pub(crate) struct User {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    pub(crate) hair: Option<String>,
}

/// The same row for the raw drivers.
#[derive(Debug)]
pub(crate) struct Plain {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) hair: Option<String>,
}

/// How many rows the table has.
pub(crate) const ROWS: i64 = 10_000;

fn main() {
    // `cargo bench` says so; `cargo test` does not, and then once is enough to see that they work.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let only = std::env::var("ALUDEL_BENCH_ONLY").unwrap_or_default();
    let wants = |part: &str| only.is_empty() || only == part;
    let server = std::env::var("ALUDEL_TEST_POSTGRES_URL").ok();
    if wants("checkout") {
        checkout::run(quick);
    }
    if wants("planning") {
        planning::run(quick);
    }
    if wants("sqlite") {
        sqlite::run(quick);
    }
    if wants("threads") {
        threads::run("sqlite://", "SQLite: one prepared row, the core elsewhere", quick);
    }
    let Some(url) = server else {
        return println!("PostgreSQL: skipped, since ALUDEL_TEST_POSTGRES_URL is unset");
    };
    if wants("postgres") {
        postgres::run(&url, quick);
    }
    if wants("threads") {
        threads::run(&url, "PostgreSQL: one prepared row, the core elsewhere", quick);
    }
}
