#!/usr/bin/env bash
# kysely 0.28.19: rows of one INSERT that set different columns get NULL on SQLite and the default elsewhere.
#
# One expects: a column that a row does not set has the table's default, on every database.
# Seen: PostgreSQL and MySQL get the word DEFAULT, SQLite the word NULL: the default is not used, and a NOT NULL column
# with a default refuses the row.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
node_with kysely@0.28.19

cat >"$WORK/program.js" <<'P'
import * as k from "kysely";

for (const name of ["Postgres", "Mysql", "Sqlite"]) {
  const db = new k.Kysely({
    dialect: {
      createAdapter: () => new k[`${name}Adapter`](),
      createDriver: () => new k.DummyDriver(),
      createIntrospector: (it) => new k[`${name}Introspector`](it),
      createQueryCompiler: () => new k[`${name}QueryCompiler`](),
    },
  });
  console.log(db.insertInto("jobs").values([{ id: 1 }, { id: 2, state: "done" }]).compile().sql);
}
P
cat >"$WORK/run.py" <<'P'
import sqlite3, sys

sql = sys.stdin.read().splitlines()[2]
connection = sqlite3.connect(":memory:")
connection.execute("create table jobs (id integer primary key, state text default 'new')")
connection.execute(sql, (1, 2, "done"))
print(connection.execute("select * from jobs").fetchall())
P
both() {
    node "$WORK/program.js" | tee "$WORK/sql"
    python3 "$WORK/run.py" <"$WORK/sql"
}
expected <<'P'
insert into "jobs" ("id", "state") values ($1, default), ($2, $3)
insert into `jobs` (`id`, `state`) values (?, default), (?, ?)
insert into "jobs" ("id", "state") values (?, null), (?, ?)
[(1, None), (2, 'done')]
P
same_as_expected both || exit 1
