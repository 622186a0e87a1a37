#!/usr/bin/env bash
# sqlglot 30.30.0, from PostgreSQL to MySQL: what both can read is left as it is, though it means something else.
#
# One expects: a transpiler that turns MySQL's division into PostgreSQL's also turns PostgreSQL's into MySQL's.
# Seen: 7 / 2 (3 on PostgreSQL, 3.5 on MariaDB) and log(100) (2 and 4.6) are passed on unchanged; from MySQL both are
# rewritten.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_postgres
with_mariadb
python_with sqlglot==30.30.0 PyMySQL==1.2.4 "psycopg[binary]==3.3.9"

cat >"$WORK/program.py" <<'P'
import os
from urllib.parse import urlparse
import psycopg, pymysql, sqlglot

url = urlparse(os.environ["MARIADB_URL"])
maria = pymysql.connect(host=url.hostname, port=url.port, user=url.username, password=url.password).cursor()
postgres = psycopg.connect(os.environ["POSTGRES_URL"])

def on_mariadb(sql):
    maria.execute(sql)
    return round(float(maria.fetchone()[0]), 3)

def on_postgres(sql):
    return round(float(postgres.execute(sql).fetchone()[0]), 3)

for sql in ("SELECT 7 / 2", "SELECT LOG(100)"):
    other = sqlglot.transpile(sql, read="postgres", write="mysql")[0]
    print("postgres", sql, on_postgres(sql), "| mysql", other, on_mariadb(other))
for sql in ("SELECT 7 / 2", "SELECT LOG(100)"):
    other = sqlglot.transpile(sql, read="mysql", write="postgres")[0]
    print("mysql", sql, on_mariadb(sql), "| postgres", other, on_postgres(other))
P
expected <<'P'
postgres SELECT 7 / 2 3.0 | mysql SELECT 7 / 2 3.5
postgres SELECT LOG(100) 2.0 | mysql SELECT LOG(100) 4.605
mysql SELECT 7 / 2 3.5 | postgres SELECT CAST(7 AS DOUBLE PRECISION) / NULLIF(2, 0) 3.5
mysql SELECT LOG(100) 4.605 | postgres SELECT LN(100) 4.605
P
same_as_expected python3 "$WORK/program.py" || exit 1
