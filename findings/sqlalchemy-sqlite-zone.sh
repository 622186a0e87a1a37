#!/usr/bin/env bash
# SQLAlchemy 2.1.9 on SQLite: DateTime(timezone=True) drops the zone without converting to UTC.
#
# One expects: an aware datetime is stored with its offset, or as UTC, or refused.
# Seen: the wall clock's digits are stored and the offset is lost: 12:00 at +05:00 and 12:00 at +00:00 become one value,
# and what is read is naive.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
python_with SQLAlchemy==2.1.9

cat >"$WORK/program.py" <<'P'
from datetime import datetime, timedelta, timezone
import sqlalchemy as sa

engine = sa.create_engine("sqlite://")
events = sa.Table("events", sa.MetaData(), sa.Column("at", sa.DateTime(timezone=True)))
events.create(engine)
with engine.connect() as connection:
    for hours in (0, 5):
        at = datetime(2024, 1, 1, 12, tzinfo=timezone(timedelta(hours=hours)))
        connection.execute(events.insert(), {"at": at})
    for at in connection.scalars(sa.select(events.c.at)):
        print(at, at.tzinfo)
P
expected <<'P'
2024-01-01 12:00:00 None
2024-01-01 12:00:00 None
P
same_as_expected python3 "$WORK/program.py" || exit 1
