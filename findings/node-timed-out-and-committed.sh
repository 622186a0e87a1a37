#!/usr/bin/env bash
# pg 8.23.1 and mysql2 3.24.6, beside mariadb 3.5.4, all for Node: a statement that timed out is committed.
#
# One expects: a statement that was rejected for its time-out has no effect, as with mariadb for Node, or the connection
# cannot be used any more.
# Seen: pg and mysql2 stop waiting and tell the server nothing. The INSERT runs to its end, the connection goes on, and the
# COMMIT behind it is answered as done: the row is there, although the program was told that it failed.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
with_mariadb
node_with pg@8.23.1 mysql2@3.24.6 mariadb@3.5.4

cat >"$WORK/program.js" <<'P'
import pg from "pg";
import mysql2 from "mysql2/promise";
import mariadb from "mariadb";

const url = new URL(process.env.MARIADB_URL);
const options = {
  host: url.hostname, port: Number(url.port), user: url.username, password: url.password,
  database: url.pathname.slice(1),
};
const postgres = new pg.Client({ connectionString: process.env.POSTGRES_URL, query_timeout: 200 });
await postgres.connect();
const slow = (sleep) => `insert into orders select 1 from (select ${sleep}(0.6)) as slow`;
const drivers = [
  ["pg", postgres, slow("pg_sleep")],
  ["mysql2", await mysql2.createConnection(options), { sql: slow("sleep"), timeout: 200 }],
  ["mariadb", await mariadb.createConnection(options), { sql: slow("sleep"), timeout: 200 }],
];
for (const [name, connection, insert] of drivers) {
  await connection.query("create temporary table orders (id int)");
  await connection.query("begin");
  const told = await connection.query(insert).then(() => "done", (error) => error.code ?? error.message);
  await new Promise((resolve) => setTimeout(resolve, 800));
  const commit = await connection.query("commit").then(() => "done", (error) => error.message);
  const answer = await connection.query("select id from orders");
  const rows = answer.rows ?? (Array.isArray(answer[0]) ? answer[0] : answer);
  console.log(`${name}: INSERT ${told}; COMMIT ${commit}; rows: ${rows.length}`);
  await connection.end();
}
P
expected <<'P'
pg: INSERT Query read timeout; COMMIT done; rows: 1
mysql2: INSERT PROTOCOL_SEQUENCE_TIMEOUT; COMMIT done; rows: 1
mariadb: INSERT ER_STATEMENT_TIMEOUT; COMMIT done; rows: 0
P
same_as_expected node "$WORK/program.js" || exit 1
