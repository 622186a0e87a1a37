#!/usr/bin/env bash
# postgres 3.4.9 (Postgres.js) on PostgreSQL 15: east of Greenwich a date is stored a day early, west of it read so.
#
# One expects: `new Date(2024, 0, 1)` for a date column is 1 January in the program's zone, as pg stores and reads it.
# Seen: a Date goes out as its moment in UTC, whose day is the one before in Tokyo; a date comes back as midnight in UTC,
# whose local day is the one before in Los Angeles.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
node_with postgres@3.4.9 pg@8.23.1

cat >"$WORK/program.js" <<'P'
import postgres from "postgres";
import pg from "pg";

const sql = postgres(process.env.POSTGRES_URL, { max: 1 });
const client = new pg.Client(process.env.POSTGRES_URL);
await client.connect();
const day = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
const local = new Date(2024, 0, 1);
const stored = [(await sql`select ${local}::date::text as d`)[0].d, (await client.query("select $1::date::text as d", [local])).rows[0].d];
const read = [(await sql`select date '2024-01-01' as d`)[0].d, (await client.query("select date '2024-01-01' as d")).rows[0].d];
console.log(process.env.TZ, "| stored by postgres", stored[0], "by pg", stored[1], "| read by postgres", day(read[0]), "by pg", day(read[1]));
await sql.end();
await client.end();
P
both_zones() {
    TZ=Asia/Tokyo node "$WORK/program.js"
    TZ=America/Los_Angeles node "$WORK/program.js"
}
expected <<'P'
Asia/Tokyo | stored by postgres 2023-12-31 by pg 2024-01-01 | read by postgres 2024-1-1 by pg 2024-1-1
America/Los_Angeles | stored by postgres 2024-01-01 by pg 2024-01-01 | read by postgres 2023-12-31 by pg 2024-1-1
P
same_as_expected both_zones || exit 1
