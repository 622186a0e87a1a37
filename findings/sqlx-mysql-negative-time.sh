#!/usr/bin/env bash
# sqlx 0.8.6 on MariaDB 10.11: the fraction of a negative TIME is added instead of subtracted.
#
# One expects: '-00:00:10.5' is read into chrono's TimeDelta as minus 10.5 seconds.
# Seen: minus 9.5 seconds; what is bound again from it is another time.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_mariadb
rust_with <<'P'
chrono = "=0.4.45"
sqlx = { version = "=0.8.6", default-features = false, features = ["mysql", "runtime-tokio", "chrono"] }
tokio = { version = "=1.54.1", features = ["macros", "rt"] }
P
cat >"$WORK/crate/src/main.rs" <<'P'
use sqlx::Connection;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut connection = sqlx::MySqlConnection::connect(&std::env::var("MARIADB_URL").unwrap()).await.unwrap();
    for text in ["-00:00:10.5", "-00:00:10", "00:00:10.5"] {
        let sql = "select cast(? as time(1))";
        let read: chrono::TimeDelta = sqlx::query_scalar(sql).bind(text).fetch_one(&mut connection).await.unwrap();
        println!("{text} read as {} ms", read.num_milliseconds());
    }
}
P
expected <<'P'
-00:00:10.5 read as -9500 ms
-00:00:10 read as -10000 ms
00:00:10.5 read as 10500 ms
P
same_as_expected rust_runs || exit 1
