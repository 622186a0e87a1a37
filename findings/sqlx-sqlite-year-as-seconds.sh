#!/usr/bin/env bash
# sqlx 0.8.6 on SQLite: a year in a DATETIME column is read as seconds since 1970.
#
# One expects: text '2024' in a DATETIME column is no moment, so decoding it into chrono's NaiveDateTime is an error,
# as '2024-01' is.
# Seen: SQLite stores the text as the integer 2024 (DATETIME has NUMERIC affinity), and sqlx takes an integer there for
# seconds of Unix time: half past midnight on 1 January 1970.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
rust_with <<'P'
chrono = "=0.4.45"
sqlx = { version = "=0.8.6", default-features = false, features = ["sqlite", "runtime-tokio", "chrono"] }
tokio = { version = "=1.54.1", features = ["macros", "rt"] }
P
cat >"$WORK/crate/src/main.rs" <<'P'
use sqlx::{Connection, Executor};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
    connection.execute("create table events (at datetime)").await.unwrap();
    for text in ["2024", "2024-01", "2024-01-01 00:00:00"] {
        connection.execute("delete from events").await.unwrap();
        sqlx::query("insert into events values (?)").bind(text).execute(&mut connection).await.unwrap();
        let read = sqlx::query_scalar::<_, chrono::NaiveDateTime>("select at from events").fetch_one(&mut connection).await;
        println!("{text} read as {}", read.map_or("an error".to_owned(), |at| at.to_string()));
    }
}
P
expected <<'P'
2024 read as 1970-01-01 00:33:44
2024-01 read as an error
2024-01-01 00:00:00 read as 2024-01-01 00:00:00
P
same_as_expected rust_runs || exit 1
