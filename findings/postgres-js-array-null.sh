#!/usr/bin/env bash
# postgres 3.4.9 (Postgres.js) on PostgreSQL 15: NULL inside an array is read as a value.
#
# One expects: NULL in an array is null, as it is in a column of its own, and pg reads it so.
# Seen: NULL in text[] is the text 'NULL', so it cannot be told from that text; in boolean[] it is false. An array whose
# lower bound is not 1 comes wrapped into one array more.
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
for (const array of [`array[null, 'NULL']`, `array[true, null]`, `'[2:3]={1,2}'::int[]`]) {
  const statement = `select ${array} as it`;
  const seen = [(await sql.unsafe(statement))[0].it, (await client.query(statement)).rows[0].it];
  console.log(array, "| postgres:", JSON.stringify(seen[0]), "| pg:", JSON.stringify(seen[1]));
}
await sql.end();
await client.end();
P
expected <<'P'
array[null, 'NULL'] | postgres: ["NULL","NULL"] | pg: [null,"NULL"]
array[true, null] | postgres: [true,false] | pg: [true,null]
'[2:3]={1,2}'::int[] | postgres: [[1,2]] | pg: [1,2]
P
same_as_expected node "$WORK/program.js" || exit 1
