#!/usr/bin/env bash
# mysql-connector-python 26.10.0 on MariaDB 10.11: a prepared cursor loses the sign of a TIME.
#
# One expects: a cursor with prepared=True reads the same values as one without.
# Seen: -00:00:01.5 is read as plus 1.5 seconds, -10:30:00 as plus ten and a half hours.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_mariadb
python_with mysql-connector-python==26.10.0

cat >"$WORK/program.py" <<'P'
import os
from urllib.parse import urlparse
import mysql.connector

url = urlparse(os.environ["MARIADB_URL"])
connection = mysql.connector.connect(host=url.hostname, port=url.port, user=url.username, password=url.password)
for prepared in (False, True):
    cursor = connection.cursor(prepared=prepared)
    for text in ("-00:00:01.5", "-10:30:00", "-00:45:00"):
        cursor.execute("select cast(%s as time(1))", (text,))
        print("prepared" if prepared else "plain", text, cursor.fetchall()[0][0].total_seconds())
P
expected <<'P'
plain -00:00:01.5 -1.5
plain -10:30:00 -37800.0
plain -00:45:00 -2700.0
prepared -00:00:01.5 1.5
prepared -10:30:00 37800.0
prepared -00:45:00 2700.0
P
same_as_expected python3 "$WORK/program.py" || exit 1
