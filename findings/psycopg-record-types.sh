#!/usr/bin/env bash
# psycopg 3.3.9 on PostgreSQL 15: the types inside a row value depend on the protocol's format.
#
# One expects: `row(1, 'a', true)` gives the same Python values in text and in binary.
# Seen: in text everything inside is a str ('1', 'a', 't'); in binary the integer is an int, the literal is bytes.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
python_with "psycopg[binary]==3.3.9"

cat >"$WORK/program.py" <<'P'
import os
import psycopg

with psycopg.connect(os.environ["POSTGRES_URL"]) as connection:
    for binary in (False, True):
        print("binary" if binary else "text", connection.execute(
            "select row(1, 'a', true)", binary=binary).fetchone()[0])
P
expected <<'P'
text ('1', 'a', 't')
binary (1, b'a', True)
P
same_as_expected python3 "$WORK/program.py" || exit 1
