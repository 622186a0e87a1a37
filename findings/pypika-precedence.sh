#!/usr/bin/env bash
# PyPika 0.51.1: unary minus and comparisons lose the parentheses of their operand.
#
# One expects: the SQL means the tree, as it does for a - (b - c), which keeps its parentheses.
# Seen: -(a + b) is written -"a"+"b", and (a = b) = (c = d) as "a"="b"="c"="d", which PostgreSQL refuses and SQLite
# reads from the left.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
python_with PyPika==0.51.1

cat >"$WORK/program.py" <<'P'
import sqlite3
from pypika import Table

t = Table("t")
connection = sqlite3.connect(":memory:")
connection.execute("create table t (a, b, c, d)")
connection.execute("insert into t values (1, 2, 3, 4)")
for meant, expression in [("-3", -(t.a + t.b)), ("1", (t.a == t.b) == (t.c == t.d)), ("2", t.a - (t.b - t.c))]:
    print(expression, "| meant", meant, "| SQLite:", connection.execute(f"select {expression} from t").fetchone()[0])
P
expected <<'P'
-"a"+"b" | meant -3 | SQLite: 1
"a"="b"="c"="d" | meant 1 | SQLite: 0
"a"-("b"-"c") | meant 2 | SQLite: 2
P
same_as_expected python3 "$WORK/program.py" || exit 1
