#!/usr/bin/env bash
# rust_decimal 1.43.0 with postgres 0.19.14 on PostgreSQL 15: a numeric with too many digits is rounded in silence.
#
# One expects: a numeric that Decimal cannot hold is an error, as one that is too large is.
# Seen: digits beyond the 28th are rounded away, 1e-30 becomes zero, and whole digits stay while the cents go. What was
# read does not find its own row. (`Decimal::from_str` rounds likewise; `from_str_exact` refuses.)
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
rust_with <<'P'
postgres = "=0.19.14"
rust_decimal = { version = "=1.43.0", features = ["db-postgres"] }
P
cat >"$WORK/crate/src/main.rs" <<'P'
use postgres::{Client, NoTls};
use rust_decimal::Decimal;

fn main() {
    let mut client = Client::connect(&std::env::var("POSTGRES_URL").unwrap(), NoTls).unwrap();
    for text in ["0.00000000000000000000000000012345", "1e-30", "7922816251426433759354395033.56", "1e30"] {
        let row = client.query_one(&format!("select {text}::numeric"), &[]).unwrap();
        match row.try_get::<_, Decimal>(0) {
            Ok(read) => {
                let found = client.query_one(&format!("select {text}::numeric = $1"), &[&read]).unwrap();
                println!("{text} read as {read}, equal to it: {}", found.get::<_, bool>(0));
            }
            Err(_) => println!("{text} is an error"),
        }
    }
    println!("from_str_exact refuses: {}", Decimal::from_str_exact("0.00000000000000000000000000012345").is_err());
}
P
expected <<'P'
0.00000000000000000000000000012345 read as 0.0000000000000000000000000001, equal to it: false
1e-30 read as 0.0000000000000000000000000000, equal to it: false
7922816251426433759354395033.56 read as 7922816251426433759354395034, equal to it: false
1e30 is an error
from_str_exact refuses: true
P
same_as_expected rust_runs || exit 1
