#!/usr/bin/env bash
# kysely 0.28.19: an expression inside an expression is written without parentheses.
#
# One expects: eb(eb("a", "+", 1), "*", 2) is (a + 1) * 2, the tree that was built.
# Seen: "a" + ? * ?, which is a + (1 * 2); a - (b - c) likewise loses its parentheses. Only `not` and `or` keep theirs.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
node_with kysely@0.28.19

cat >"$WORK/program.js" <<'P'
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";

const db = new Kysely({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (it) => new PostgresIntrospector(it),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
const show = (build) => console.log(db.selectFrom("t").select((eb) => build(eb).as("x")).compile().sql);
show((eb) => eb(eb("a", "+", 1), "*", 2));
show((eb) => eb("a", "-", eb("b", "-", eb.ref("c"))));
show((eb) => eb.parens(eb("a", "+", 1)));
P
expected <<'P'
select "a" + $1 * $2 as "x" from "t"
select "a" - "b" - "c" as "x" from "t"
select ("a" + $1) as "x" from "t"
P
same_as_expected node "$WORK/program.js" || exit 1
