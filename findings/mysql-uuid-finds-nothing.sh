#!/usr/bin/env bash
# mysql 28.0.4 on MariaDB 10.11: a uuid::Uuid as a parameter finds no row of a UUID column, without an error.
#
# One expects: the client's own conversion of Uuid suits the database's own type UUID.
# Seen: it is sent as 16 bytes, which the server takes for text: WHERE id = ? is false for every row. An INSERT of the
# same parameter is refused (1292). As text of 36 characters it works.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_mariadb
rust_with <<'P'
mysql = { version = "=28.0.4", default-features = false, features = ["minimal"] }
uuid = "=1.29.3"
P
cat >"$WORK/crate/src/main.rs" <<'P'
use mysql::prelude::Queryable;
use uuid::Uuid;

fn main() {
    let options = mysql::Opts::from_url(&std::env::var("MARIADB_URL").unwrap()).unwrap();
    let mut connection = mysql::Conn::new(options).unwrap();
    let id = Uuid::from_u128(0x550e8400_e29b_41d4_a716_446655440000);
    connection.query_drop("create temporary table things (id uuid)").unwrap();
    connection.query_drop(format!("insert into things values ('{id}')")).unwrap();
    let sql = "select count(*) from things where id = ?";
    let found: Option<u32> = connection.exec_first(sql, (id,)).unwrap();
    println!("found by Uuid: {found:?}");
    let found: Option<u32> = connection.exec_first(sql, (id.to_string(),)).unwrap();
    println!("found by text: {found:?}");
    let inserted = connection.exec_drop("insert into things values (?)", (id,));
    println!("inserted by Uuid: {}", inserted.is_ok());
}
P
expected <<'P'
found by Uuid: Some(0)
found by text: Some(1)
inserted by Uuid: false
P
same_as_expected rust_runs || exit 1
