#!/usr/bin/env bash
# PyMySQL 1.2.4, mysql-connector-python 26.10.0 and, for Node, mysql2 3.24.6 and mariadb 3.5.4 on MariaDB 10.11: a date
# without month or day, which the shipped sql_mode stores, is text, NULL or another day.
#
# One expects: a date that the language's date type cannot hold is an error, or text.
# Seen: '2024-00-00' is the text itself (PyMySQL), NULL (mysql-connector-python, plain) or 30 November 2023 (mysql2 and
# mariadb for Node). And a whole date of the year 99 is read as 1999 by both clients for Node.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
with_mariadb
python_with PyMySQL==1.2.4 mysql-connector-python==26.10.0
node_with mysql2@3.24.6 mariadb@3.5.4

cat >"$WORK/program.py" <<'P'
import os
from urllib.parse import urlparse
import mysql.connector, pymysql

url = urlparse(os.environ["MARIADB_URL"])
place = dict(host=url.hostname, port=url.port, user=url.username, password=url.password)
for name, connection in (("PyMySQL", pymysql.connect(**place)), ("mysql-connector", mysql.connector.connect(**place))):
    cursor = connection.cursor()
    cursor.execute("select cast('2024-00-00' as date)")
    print(name, repr(cursor.fetchall()[0][0]))
P
cat >"$WORK/program.js" <<'P'
import mysql2 from "mysql2/promise";
import mariadb from "mariadb";

const url = new URL(process.env.MARIADB_URL);
const place = { host: url.hostname, port: Number(url.port), user: url.username, password: url.password };
const first = await mysql2.createConnection(place);
const second = await mariadb.createConnection(place);
const sql = "select cast('2024-00-00' as date) as partial, cast('0099-01-01' as date) as early";
const day = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
for (const [name, row] of [["mysql2", (await first.query(sql))[0][0]], ["mariadb", (await second.query(sql))[0]]]) {
  console.log(name, day(row.partial), "| year 99:", day(row.early));
}
await first.end();
await second.end();
P
both() {
    python3 "$WORK/program.py"
    node "$WORK/program.js"
}
expected <<'P'
PyMySQL '2024-00-00'
mysql-connector None
mysql2 2023-11-30 | year 99: 1999-1-1
mariadb 2023-11-30 | year 99: 1999-1-1
P
same_as_expected both || exit 1
