#!/usr/bin/env bash
# pg8000 1.31.6 on PostgreSQL 15: after a value it cannot read, each query gets the answer of the one before.
#
# One expects: a value that Python's type cannot hold raises an error, and the next query gets its own answer.
# Seen: the error is raised while rows are still unread; they stay in the stream, the next query fails on them, and the
# ones after it return the previous query's rows without an error.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
python_with pg8000==1.31.6

cat >"$WORK/program.py" <<'P'
import os
from urllib.parse import urlparse
import pg8000.native

url = urlparse(os.environ["POSTGRES_URL"])
connection = pg8000.native.Connection(url.username, url.hostname, url.path[1:], url.port, url.password)
for sql in ["select time '24:00:00'", "select 'first'", "select 'second'", "select 'third'"]:
    try:
        print(sql, "->", connection.run(sql)[0][0])
    except Exception as error:
        print(sql, "->", type(error).__name__)
P
expected <<'P'
select time '24:00:00' -> ValueError
select 'first' -> TypeError
select 'second' -> first
select 'third' -> second
P
same_as_expected python3 "$WORK/program.py" || exit 1
