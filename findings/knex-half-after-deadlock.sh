#!/usr/bin/env bash
# knex 3.3.0 with mysql2 3.24.6 on MariaDB 10.11: half of a transaction is committed after a deadlock in a nested one.
#
# One expects: a nested transaction that lost a deadlock leaves the outer one as it was before, or the outer one fails.
# Seen: the server has rolled back everything, so there is no savepoint to go back to. knex takes that for the implicit commit of
# a DDL statement and prints a line. The outer transaction goes on in autocommit and resolves: what it wrote before is lost,
# what it wrote after is there.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_mariadb
node_with knex@3.3.0 mysql2@3.24.6

cat >"$WORK/program.js" <<'P'
import knex from "knex";

const db = knex({ client: "mysql2", connection: process.env.MARIADB_URL, pool: { min: 0, max: 3 } });
await db.raw("create table accounts (id int primary key, n int) engine = innodb");
await db("accounts").insert([{ id: 1, n: 0 }, { id: 2, n: 0 }]);

const outer = db.transaction(async (outer) => {
  await outer("accounts").insert({ id: 10, n: 1 });
  await outer.transaction(async (inner) => {
    await inner("accounts").where({ id: 1 }).update({ n: 1 });
    // Another transaction, which has changed more, so that the server lets this one lose.
    const other = await db.transaction();
    await other("accounts").insert(Array.from({ length: 50 }, (_, at) => ({ id: 100 + at, n: 0 })));
    await other("accounts").where({ id: 2 }).update({ n: 2 });
    const waits = other("accounts").where({ id: 1 }).update({ n: 2 }).then(() => other.rollback());
    await new Promise((resolve) => setTimeout(resolve, 300));
    try {
      await inner("accounts").where({ id: 2 }).update({ n: 1 });
    } finally {
      await waits;
    }
  }).catch((error) => console.log("the nested one:", error.code));
  await outer("accounts").insert({ id: 11, n: 1 });
});
console.log("the outer one:", await outer.then(() => "committed", (error) => error.code));
const rows = await db("accounts").whereIn("id", [10, 11]).select("id");
console.log("of 10 (before) and 11 (after) there are:", rows.map((row) => row.id).join(", "));
await db.raw("drop table accounts");
await db.destroy();
P
expected <<'P'
Transaction was implicitly committed, do not mix transactions and DDL with MySQL (#805)
the nested one: ER_LOCK_DEADLOCK
the outer one: committed
of 10 (before) and 11 (after) there are: 11
P
same_as_expected node "$WORK/program.js" || exit 1
