//! What all contenders do: the same rows, the same questions.

use crate::contender::Result;

/// How many rows the table has that is read.
pub(crate) const ROWS: i64 = 10_000;
/// How many connections the pools have.
pub(crate) const CONNECTIONS: u32 = 8;
/// How many threads a program that blocks has at most: who has more tasks awaits them.
pub(crate) const THREADS: u32 = 32;

/// The row of all workloads, for the raw drivers. The others have one like it with their derives.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) hair: Option<String>,
}

/// The places of values in SQL text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Binds {
    Numbered,
    Questions,
}

pub(crate) const ALL: &str = "select id, name, hair from compare_users";

pub(crate) fn by_key(binds: Binds) -> &'static str {
    match binds {
        Binds::Numbered => "select id, name, hair from compare_users where id = $1",
        Binds::Questions => "select id, name, hair from compare_users where id = ?",
    }
}

/// The statements that make and fill the tables, with the database's kind of key.
pub(crate) fn tables(key: &str) -> Vec<String> {
    let mut statements = Vec::new();
    for table in ["compare_users", "compare_added"] {
        statements.push(format!("drop table if exists {table}"));
        statements.push(format!(
            "create table {table} (id {key}, name varchar(100) not null, hair varchar(100))"
        ));
    }
    let rows: Vec<_> = (1..=ROWS).map(|n| format!("('user {n}', 'brown')")).collect();
    statements.push(format!("insert into compare_users (name, hair) values {}", rows.join(", ")));
    statements
}

pub(crate) const SQLITE_KEY: &str = "integer primary key";

/// The keys that a contender asks for, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Keys(i64);

impl Keys {
    #[inline]
    pub(crate) fn next(&mut self) -> i64 {
        self.0 = self.0 % ROWS + 1;
        self.0
    }
}

/// The key for the call with this number.
pub(crate) fn key(number: u32) -> i64 {
    i64::from(number) % ROWS + 1
}

/// The row is the one that was asked for.
#[inline]
pub(crate) fn is_asked(id: i64, asked: i64) -> Result<()> {
    if id == asked { Ok(()) } else { Err(format!("row {id} instead of {asked}").into()) }
}

/// All rows are there.
#[inline]
pub(crate) fn is_all(rows: usize) -> Result<()> {
    if i64::try_from(rows) == Ok(ROWS) { Ok(()) } else { Err(format!("{rows} rows").into()) }
}

/// The URL for `mysql` and `mysql_async`, which otherwise go to the server's socket when it is on
/// the same machine. The others stay with TCP.
pub(crate) fn over_tcp(url: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}prefer_socket=false")
}
