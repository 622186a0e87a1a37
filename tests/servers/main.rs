//! What only other servers than those of the other tests answer: clusters, standbys, poolers. They run where a
//! server of that kind is given, as `scripts/servers-more` starts them; `docs/servers.md` says what works on which.
//!
//! What these servers answer is played by servers that follow a script as well, in the tests of the drivers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod galera;
mod pglite;
mod seekdb;
mod standby;

use aludel::{Connection, RawSql, Result, text};

/// The URLs that a variable has; `None`, and a printed line, if there are none.
fn urls(variable: &'static str) -> Option<Vec<String>> {
    let urls = aludel_testing::server_url(variable)?;
    Some(urls.split_whitespace().map(ToOwned::to_owned).collect())
}

/// The same server by another driver.
fn by(driver: &str, url: &str) -> String {
    let (_, behind) = url.split_once("://").expect("a URL has a scheme");
    format!("{driver}://{behind}")
}

/// One statement.
fn run(conn: &mut Connection, sql: impl Into<String>) -> Result<()> {
    conn.execute(text(RawSql::new(sql.into()))).map(drop)
}

/// One statement in a transaction of its own.
fn once(conn: &mut Connection, sql: impl Into<String>) -> Result<()> {
    run(conn, sql)?;
    conn.commit()
}
