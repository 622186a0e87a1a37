#!/usr/bin/env bash
# MariaDB 10.11 with mysql2 3.24.6: max_statement_time ends a COMMIT that waits, and a second COMMIT is then answered with success.
#
# One expects: a time limit of statements does not concern COMMIT; or the transaction stays open after the error, so that COMMIT can
# be tried again, as after a statement that has run out of time.
# Seen: while a backup holds commits back, COMMIT fails with 1969 and the whole transaction is rolled back. COMMIT again is a COMMIT of
# nothing: it succeeds, and no row is there.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_mariadb
node_with mysql2@3.24.6

cat >"$WORK/program.js" <<'P'
import mysql from "mysql2/promise";

const connect = () => mysql.createConnection(process.env.MARIADB_URL);
const [one, other, backup] = [await connect(), await connect(), await connect()];
await one.query("create table notes (id int primary key) engine = innodb");
await one.query("set max_statement_time = 0.5");
await one.query("begin");
await one.query("insert into notes values (1)");
await backup.query("backup stage start");
await backup.query("backup stage block_commit");
await one.query("commit").then(() => console.log("commit: done"), (e) => console.log("commit:", e.errno, e.message));
const [[state]] = await one.query("select @@in_transaction open");
console.log("the same connection is in a transaction:", state.open);
await backup.query("backup stage end");
const [seen] = await other.query("select id from notes");
console.log("others see:", JSON.stringify(seen));
await one.query("commit").then(() => console.log("commit again: done"), (e) => console.log("commit again:", e.errno));
const [after] = await other.query("select id from notes");
console.log("others see:", JSON.stringify(after));
await one.query("drop table notes");
for (const c of [one, other, backup]) await c.end();
P
expected <<'P'
commit: 1969 Query execution was interrupted (max_statement_time exceeded)
the same connection is in a transaction: 0
others see: []
commit again: done
others see: []
P
same_as_expected node "$WORK/program.js" || exit 1
