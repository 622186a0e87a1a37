#!/usr/bin/env bash
# aiosqlite 0.22.1: a statement whose task was cancelled goes on and is committed.
#
# One expects: an INSERT that asyncio.wait_for cut short is interrupted, or the connection refuses what comes next.
# Seen: its thread runs it to the end, the connection goes on, and the next commit() keeps its rows, although the program saw a
# time-out.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
python_with aiosqlite==0.22.1

cat >"$WORK/program.py" <<'P'
import asyncio
import aiosqlite

SLOW = """insert into orders with recursive n(id) as (select 1 union all select id + 1 from n where id < 3000000)
          select max(id) from n"""


async def program():
    async with aiosqlite.connect(":memory:") as connection:
        await connection.execute("create table orders (id integer)")
        try:
            await asyncio.wait_for(connection.execute(SLOW), 0.05)
            print("done in time")
        except asyncio.TimeoutError:
            print("timed out")
        await connection.commit()
        async with connection.execute("select id from orders") as cursor:
            print("rows that are committed:", await cursor.fetchall())


asyncio.run(program())
P
expected <<'P'
timed out
rows that are committed: [(3000000,)]
P
same_as_expected python3 "$WORK/program.py" || exit 1
