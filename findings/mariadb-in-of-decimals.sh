#!/usr/bin/env bash
# PyMySQL 1.2.4 on MariaDB 10.11: a decimal sent as text loses digits in an IN list of two values.
#
# One expects: n IN (x, y) finds what n = x OR n = y finds.
# Seen: = and IN of one value (or of the same value twice) compare decimals; IN of two different values, BETWEEN and
# arithmetic compare floating-point numbers, and rows that differ in the last digits are found too.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_mariadb
python_with PyMySQL==1.2.4

cat >"$WORK/program.py" <<'P'
import os
from urllib.parse import urlparse
import pymysql

url = urlparse(os.environ["MARIADB_URL"])
cursor = pymysql.connect(host=url.hostname, port=url.port, user=url.username, password=url.password,
                         database=url.path[1:]).cursor()
cursor.execute("create temporary table sums (n decimal(30, 10))")
cursor.execute("insert into sums values (12345678901234567890.0000000001), (12345678901234567890.0000000002)")
one, other = "12345678901234567890.0000000001", "7.5"
for condition, values in [("n = %s or n = %s", (one, other)), ("n in (%s)", (one,)), ("n in (%s, %s)", (one, one)),
                          ("n in (%s, %s)", (one, other)), ("n between %s and %s", (one, one))]:
    cursor.execute("select count(*) from sums where " + condition, values)
    equal = "(equal values)" if len(set(values)) < len(values) else ""
    print(condition, equal, "->", cursor.fetchone()[0])
P
expected <<'P'
n = %s or n = %s  -> 1
n in (%s)  -> 1
n in (%s, %s) (equal values) -> 1
n in (%s, %s)  -> 2
n between %s and %s (equal values) -> 2
P
same_as_expected python3 "$WORK/program.py" || exit 1
