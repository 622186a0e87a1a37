#!/usr/bin/env bash
# SQLAlchemy 2.1.9: an Enum of strings stores a value that it then cannot read.
#
# One expects: a string that is not of the Enum is refused when it is bound.
# Seen: it is stored (validate_strings is off, and no CHECK is made), and from then on every SELECT that meets the row
# raises LookupError, good rows beside it included.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
python_with SQLAlchemy==2.1.9

cat >"$WORK/program.py" <<'P'
import sqlalchemy as sa

engine = sa.create_engine("sqlite://")
jobs = sa.Table("jobs", sa.MetaData(), sa.Column("state", sa.Enum("new", "done")))
jobs.create(engine)
with engine.connect() as connection:
    connection.execute(jobs.insert(), {"state": "new"})
    print("inserted:", connection.execute(jobs.insert(), {"state": "dnoe"}).rowcount)
    try:
        print(connection.execute(sa.select(jobs)).all())
    except LookupError:
        print("read: LookupError")
P
expected <<'P'
inserted: 1
read: LookupError
P
same_as_expected python3 "$WORK/program.py" || exit 1
