#!/usr/bin/env bash
# apsw 3.54.1.0 with its own SQLite 3.54.1: `pragma journal_mode = wal` does not wait for a writer.
#
# One expects: with busy_timeout of three seconds each statement waits for a transaction that ends after half a second.
# Seen: an INSERT waits, the pragma fails at once with "database is locked". So the first connections of a pool that each
# switch the mode can fail while another one writes.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
python_with apsw==3.54.1.0

cat >"$WORK/program.py" <<'P'
import os, threading, time
import apsw

path = os.path.join(os.environ["WORK"], "shop.db")
writer, other = apsw.Connection(path), apsw.Connection(path)
writer.execute("create table orders (id integer)")
other.set_busy_timeout(3000)

for statement in ("insert into orders values (2)", "pragma journal_mode = wal"):
    writes = threading.Event()

    def write():
        writer.execute("begin immediate")
        writes.set()
        time.sleep(0.5)
        writer.execute("commit")

    thread = threading.Thread(target=write)
    thread.start()
    writes.wait()
    started = time.monotonic()
    try:
        list(other.execute(statement))
        outcome = "done"
    except apsw.BusyError as error:
        outcome = str(error)
    waited = "after waiting" if time.monotonic() - started > 0.2 else "at once"
    print(f"{statement}: {outcome} {waited}")
    thread.join()
P
expected <<'P'
insert into orders values (2): done after waiting
pragma journal_mode = wal: database is locked at once
P
export WORK
same_as_expected python3 "$WORK/program.py" || exit 1
