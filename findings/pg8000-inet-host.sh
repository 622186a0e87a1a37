#!/usr/bin/env bash
# pg8000 1.31.6 on PostgreSQL 15: an inet with a netmask loses its host address.
#
# One expects: '10.0.0.1/8' is an address on a network, so an interface (as psycopg and asyncpg give it) or an error.
# Seen: it is read as the network 10.0.0.0/8, and what was read does not find its own row again.
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
connection.run("create temporary table hosts (address inet)")
connection.run("insert into hosts values ('10.0.0.1/8')")
address = connection.run("select address from hosts")[0][0]
print("read:", repr(address))
print("rows it finds:", len(connection.run("select 1 from hosts where address = :a", a=address)))
P
expected <<'P'
read: IPv4Network('10.0.0.0/8')
rows it finds: 0
P
same_as_expected python3 "$WORK/program.py" || exit 1
