#!/usr/bin/env bash
# psycopg 3.3.9 and asyncpg 0.32.0, beside pg8000 1.31.6, on PostgreSQL 15: commit() of a transaction that has failed.
#
# One expects: where the program has caught a statement's error and then commits, commit() raises, since PostgreSQL rolls such a
# transaction back. pg8000 does.
# Seen: psycopg and asyncpg return without an error or a warning, and nothing is there; asyncpg's `async with` block ends
# normally too.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
python_with 'psycopg[binary]==3.3.9' asyncpg==0.32.0 pg8000==1.31.6

cat >"$WORK/program.py" <<'P'
import asyncio, contextlib, os
from urllib.parse import urlparse
import asyncpg, pg8000.dbapi, psycopg

URL = os.environ["POSTGRES_URL"]
TABLE, INSERT, FAILS, COUNT = (
    "create temporary table orders (id int)", "insert into orders values (1)", "select 1 / 0", "select count(*) from orders",
)


def told(name, connection):
    cursor = connection.cursor()
    cursor.execute(TABLE)
    connection.commit()
    cursor.execute(INSERT)
    with contextlib.suppress(Exception):
        cursor.execute(FAILS)
    try:
        connection.commit()
        outcome = "returns"
    except Exception as error:
        outcome = f"raises {type(error).__name__}"
    cursor.execute(COUNT)
    print(f"{name}: commit() {outcome}, rows: {cursor.fetchone()[0]}")


async def awaited():
    connection = await asyncpg.connect(URL)
    await connection.execute(TABLE)
    async with connection.transaction():
        await connection.execute(INSERT)
        with contextlib.suppress(asyncpg.DivisionByZeroError):
            await connection.execute(FAILS)
    print("asyncpg: the block ends, rows:", await connection.fetchval(COUNT))


told("psycopg", psycopg.connect(URL))
asyncio.run(awaited())
url = urlparse(URL)
told("pg8000", pg8000.dbapi.connect(url.username, url.hostname, url.path[1:], url.port, url.password))
P
expected <<'P'
psycopg: commit() returns, rows: 0
asyncpg: the block ends, rows: 0
pg8000: commit() raises InterfaceError, rows: 0
P
same_as_expected python3 "$WORK/program.py" || exit 1
