#!/usr/bin/env bash
# sea-query 1.0.2: ORDER BY and LIMIT of the first SELECT of a UNION move to the end of the whole.
#
# One expects: each SELECT keeps its own ORDER BY and LIMIT, or a builder that refuses.
# Seen: the second keeps them in parentheses, the first one's are written at the end and limit the whole: one row where
# two were asked for. For SQLite there are no parentheses, and the text has two ORDER BY, which is an error.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
rust_with <<'P'
sea-query = { version = "=1.0.2", default-features = false, features = ["backend-postgres", "backend-sqlite"] }
P
cat >"$WORK/crate/src/main.rs" <<'P'
use sea_query::{Order, PostgresQueryBuilder, Query, SqliteQueryBuilder, UnionType};

fn main() {
    let first_of = |table: &'static str| {
        Query::select().column("a").from(table).order_by("a", Order::Asc).limit(1).to_owned()
    };
    let both = first_of("t").union(UnionType::All, first_of("u")).to_owned();
    println!("{}", both.to_string(PostgresQueryBuilder));
    println!("{}", both.to_string(SqliteQueryBuilder));
}
P
expected <<'P'
SELECT "a" FROM "t" UNION ALL (SELECT "a" FROM "u" ORDER BY "a" ASC LIMIT 1) ORDER BY "a" ASC LIMIT 1
SELECT "a" FROM "t" UNION ALL SELECT "a" FROM "u" ORDER BY "a" ASC LIMIT 1 ORDER BY "a" ASC LIMIT 1
P
same_as_expected rust_runs || exit 1
