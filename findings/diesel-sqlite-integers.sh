#!/usr/bin/env bash
# diesel 2.3.14 on SQLite: an integer that the Rust type cannot hold wraps, and text becomes its leading digits.
#
# One expects: 3000000000 in a column of type Integer (32 bits for diesel, 64 in the file) is a deserialization error,
# as on PostgreSQL a value of another width is.
# Seen: it is read as -1294967296; 70000 as a SmallInt is 4464; the text '12abc' is 12.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
rust_with <<'P'
diesel = { version = "=2.3.14", default-features = false, features = ["sqlite"] }
libsqlite3-sys = { version = "=0.30.1", features = ["bundled"] }
P
cat >"$WORK/crate/src/main.rs" <<'P'
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, SmallInt};

fn main() {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    let integer = |sql| diesel::select(diesel::dsl::sql::<Integer>(sql));
    println!("{:?}", integer("3000000000").get_result::<i32>(&mut connection));
    println!("{:?}", integer("'12abc'").get_result::<i32>(&mut connection));
    let small = diesel::select(diesel::dsl::sql::<SmallInt>("70000"));
    println!("{:?}", small.get_result::<i16>(&mut connection));
    let big = diesel::select(diesel::dsl::sql::<BigInt>("3000000000"));
    println!("{:?}", big.get_result::<i64>(&mut connection));
}
P
expected <<'P'
Ok(-1294967296)
Ok(12)
Ok(4464)
Ok(3000000000)
P
same_as_expected rust_runs || exit 1
