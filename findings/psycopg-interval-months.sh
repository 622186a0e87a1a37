#!/usr/bin/env bash
# psycopg 3.3.9 and asyncpg 0.32.0 on PostgreSQL 15: a month becomes 30 days, without an error.
#
# One expects: an interval with months or years has no timedelta, so an error or a type of its own.
# Seen: both give timedelta(days=30) for a month and 365 days for a year; bound again, it is another interval.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
python_with "psycopg[binary]==3.3.9" asyncpg==0.32.0

cat >"$WORK/program.py" <<'P'
import asyncio, os
import asyncpg, psycopg

url = os.environ["POSTGRES_URL"]
with psycopg.connect(url) as connection:
    def scalar(sql, *values):
        return connection.execute(sql, values).fetchone()[0]
    month = scalar("select interval '1 month'")
    print("psycopg reads a month:", month, "| a year:", scalar("select interval '1 year'"))
    print("31 January and a month on the server:", scalar("select date '2024-01-31' + interval '1 month'"))
    print("31 January and the month read:", scalar("select date '2024-01-31' + %s", month))

async def other():
    connection = await asyncpg.connect(url)
    print("asyncpg reads a month:", await connection.fetchval("select interval '1 month'"))

asyncio.run(other())
P
expected <<'P'
psycopg reads a month: 30 days, 0:00:00 | a year: 365 days, 0:00:00
31 January and a month on the server: 2024-02-29 00:00:00
31 January and the month read: 2024-03-01 00:00:00
asyncpg reads a month: 30 days, 0:00:00
P
same_as_expected python3 "$WORK/program.py" || exit 1
