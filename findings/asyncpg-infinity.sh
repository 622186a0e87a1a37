#!/usr/bin/env bash
# asyncpg 0.32.0 on PostgreSQL 15: infinity and the last moment of the year 9999 are one value, in both directions.
#
# One expects: 'infinity' is an error or a marker of its own, timestamptz is always aware of its zone, and the largest
# datetime of Python is stored as the moment that it names.
# Seen: infinity is read as a naive datetime of the year 9999 (comparing it with other values of the column raises),
# and writing the year 9999 stores infinity.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
python_with asyncpg==0.32.0

cat >"$WORK/program.py" <<'P'
import asyncio, datetime, os
import asyncpg

async def main():
    connection = await asyncpg.connect(os.environ["POSTGRES_URL"])
    values = [row[0] for row in await connection.fetch(
        "select v from (values ('infinity'::timestamptz), ('2024-01-01 00:00:00+00')) as t (v)")]
    print("read:", values[0], "with zone:", values[0].tzinfo is not None)
    try:
        print("latest:", max(values))
    except TypeError as error:
        print("latest: TypeError")
    last = datetime.datetime.max
    print("written", last, "stored:", await connection.fetchval("select $1::timestamp::text", last))
    last = datetime.date.max
    print("written", last, "stored:", await connection.fetchval("select $1::date::text", last))

asyncio.run(main())
P
expected <<'P'
read: 9999-12-31 23:59:59.999999 with zone: False
latest: TypeError
written 9999-12-31 23:59:59.999999 stored: infinity
written 9999-12-31 stored: infinity
P
same_as_expected python3 "$WORK/program.py" || exit 1
