#!/usr/bin/env bash
# mysql 28.0.4 on MariaDB 10.11: exec_batch reads each parameter as the kind that the first set has there.
#
# One expects: exec_batch stores what one exec for each set stores, and affected_rows() counts all sets.
# Seen: a float behind an integer is stored as its 64 bits read as an integer, -1 behind the largest u64 as the largest
# u64, without an error or a warning. Where the sets need more than one packet, affected_rows() is that of the last.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_mariadb
rust_with <<'P'
mysql = { version = "=28.0.4", default-features = false, features = ["minimal"] }
P
cat >"$WORK/crate/src/main.rs" <<'P'
use mysql::Value;
use mysql::prelude::Queryable;

fn stored(connection: &mut mysql::Conn, ty: &str, values: &[Value], batch: bool) -> Vec<String> {
    connection.query_drop(format!("create or replace temporary table t (id int auto_increment primary key, v {ty})")).unwrap();
    let sql = "insert into t (v) values (?)";
    if batch {
        connection.exec_batch(sql, values.iter().map(|value| (value.clone(),))).unwrap();
    } else {
        values.iter().for_each(|value| connection.exec_drop(sql, (value.clone(),)).unwrap());
    }
    connection.query("select cast(v as char) from t order by id").unwrap()
}

fn main() {
    let options = mysql::Opts::from_url(&std::env::var("MARIADB_URL").unwrap()).unwrap();
    let mut connection = mysql::Conn::new(options).unwrap();
    for (what, ty, values) in [
        ("1, 2.5", "double", [Value::Int(1), Value::Double(2.5)]),
        ("u64::MAX, -1", "decimal(30)", [Value::UInt(u64::MAX), Value::Int(-1)]),
    ] {
        for batch in [false, true] {
            let by = if batch { "exec_batch" } else { "exec" };
            println!("{what} by {by}: {:?}", stored(&mut connection, ty, &values, batch));
        }
    }
    connection.query_drop("create or replace temporary table t (v longtext)").unwrap();
    let large = "x".repeat(5_000_000);
    connection.exec_batch("insert into t values (?)", (0..4).map(|_| (large.as_str(),))).unwrap();
    println!("affected by the last packet: {}", connection.affected_rows());
    let rows: Option<u64> = connection.query_first("select count(*) from t").unwrap();
    println!("rows of four large sets: {}", rows.unwrap());
}
P
expected <<'P'
1, 2.5 by exec: ["1", "2.5"]
1, 2.5 by exec_batch: ["1", "4.612811918334231e18"]
u64::MAX, -1 by exec: ["18446744073709551615", "-1"]
u64::MAX, -1 by exec_batch: ["18446744073709551615", "18446744073709551615"]
affected by the last packet: 1
rows of four large sets: 4
P
same_as_expected rust_runs || exit 1
