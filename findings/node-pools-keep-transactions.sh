#!/usr/bin/env bash
# pg 8.23.1 and mysql2 3.24.6, beside mariadb 3.5.4, all for Node: what release() does with an open transaction.
#
# One expects: a pool rolls back what was not committed when a connection comes back, as mariadb for Node does.
# Seen: with pg and mysql2 the transaction stays open. The next statement of the pool, which nobody sent in a transaction,
# runs inside it and is answered as done; nobody else ever sees its row.
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
const rows = async (on) => {
  const answer = await on.query("select id from orders");
  return (answer.rows ?? (Array.isArray(answer[0]) ? answer[0] : answer)).length;
};
const drivers = [
  ["pg", () => new pg.Pool({ connectionString: process.env.POSTGRES_URL, max: 1 }), (pool) => pool.connect()],
  ["mysql2", () => mysql2.createPool({ ...options, connectionLimit: 1 }), (pool) => pool.getConnection()],
  ["mariadb", () => mariadb.createPool({ ...options, connectionLimit: 1 }), (pool) => pool.getConnection()],
];
for (const [name, create, connect] of drivers) {
  const pool = create();
  await pool.query("drop table if exists orders");
  await pool.query("create table orders (id int)");
  const connection = await connect(pool);
  await connection.query("begin");
  await connection.query("insert into orders values (1)");
  await connection.release();
  await pool.query("insert into orders values (2)");
  const [here, other] = [await rows(pool), create()];
  console.log(`${name}: the pool sees ${here}, another connection ${await rows(other)}`);
  await pool.end();
  console.log(`  when the pool has ended: ${await rows(other)}`);
  await other.end();
}
P
expected <<'P'
pg: the pool sees 2, another connection 0
  when the pool has ended: 0
mysql2: the pool sees 2, another connection 0
  when the pool has ended: 0
mariadb: the pool sees 1, another connection 1
  when the pool has ended: 1
P
same_as_expected node "$WORK/program.js" || exit 1
