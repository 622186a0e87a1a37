#!/usr/bin/env bash
# knex 3.3.0: whereNot of an object is not the negation of where.
#
# One expects: where({a: 1, b: 2}) and whereNot({a: 1, b: 2}) split the rows (without NULL) into two parts, as
# NOT (a = 1 AND b = 2) would.
# Seen: it writes NOT a = 1 AND NOT b = 2, so a row with a = 1 and b = 3 is in neither.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
node_with knex@3.3.0

cat >"$WORK/program.js" <<'P'
import knex from "knex";

const db = knex({ client: "pg" });
console.log(db("t").where({ a: 1, b: 2 }).toString());
console.log(db("t").whereNot({ a: 1, b: 2 }).toString());
console.log(db("t").whereNot((q) => q.where({ a: 1, b: 2 })).toString());
P
expected <<'P'
select * from "t" where "a" = 1 and "b" = 2
select * from "t" where not "a" = 1 and not "b" = 2
select * from "t" where not ("a" = 1 and "b" = 2)
P
same_as_expected node "$WORK/program.js" || exit 1
