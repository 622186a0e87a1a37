#!/usr/bin/env bash
# postgres 0.19.14 and sqlx 0.8.6 on PostgreSQL 15: the end of a day is read as its beginning.
#
# One expects: '24:00:00', which is a time of PostgreSQL and none of chrono, is an error (as in psycopg and asyncpg).
# Seen: both read midnight, 00:00:00, so an opening time until 24:00 ends before it begins.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
rust_with <<'P'
chrono = "=0.4.45"
postgres = { version = "=0.19.14", features = ["with-chrono-0_4"] }
sqlx = { version = "=0.8.6", default-features = false, features = ["postgres", "runtime-tokio", "chrono"] }
tokio = { version = "=1.54.1", features = ["macros", "rt"] }
P
cat >"$WORK/crate/src/main.rs" <<'P'
use chrono::NaiveTime;
use sqlx::Connection;

const SQL: &str = "select time '24:00:00'";

#[tokio::main(flavor = "current_thread")]
async fn by_sqlx(url: &str) -> NaiveTime {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(SQL).fetch_one(&mut connection).await.unwrap()
}

fn main() {
    let url = std::env::var("POSTGRES_URL").unwrap();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    println!("postgres: {}", client.query_one(SQL, &[]).unwrap().get::<_, NaiveTime>(0));
    println!("sqlx: {}", by_sqlx(&url));
}
P
expected <<'P'
postgres: 00:00:00
sqlx: 00:00:00
P
same_as_expected rust_runs || exit 1
