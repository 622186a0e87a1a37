#!/usr/bin/env bash
# SQLAlchemy 2.1.9: in a list of rows, a column that the first row does not set is dropped from all of them.
#
# One expects: rows that set different columns are inserted with what each sets, or refused.
# Seen: the first row's keys are the statement's columns; what a later row sets beside them is lost without a warning
# (also a misspelt name), while a later row that sets less is refused. A list given to values() behaves the same.
set -euo pipefail
. "$(dirname "$0")/../scripts/findings.sh"
python_with SQLAlchemy==2.1.9

cat >"$WORK/program.py" <<'P'
import sqlalchemy as sa

engine = sa.create_engine("sqlite://")
jobs = sa.Table("jobs", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("state", sa.String, server_default="new"))
jobs.create(engine)

def attempt(what, insert, *rows):
    with engine.connect() as connection:
        try:
            connection.execute(insert, *rows)
            print(what, connection.execute(sa.select(jobs)).all())
        except sa.exc.StatementError as error:
            print(what, type(error).__name__)

attempt("later row sets more:", jobs.insert(), [{"id": 1}, {"id": 2, "state": "done"}])
attempt("later row misspells:", jobs.insert(), [{"id": 1}, {"id": 2, "stat": "done"}])
attempt("values(), sets more:", jobs.insert().values([{"id": 1}, {"id": 2, "state": "done"}]))
attempt("later row sets less:", jobs.insert(), [{"id": 1, "state": "done"}, {"id": 2}])
P
expected <<'P'
later row sets more: [(1, 'new'), (2, 'new')]
later row misspells: [(1, 'new'), (2, 'new')]
values(), sets more: [(1, 'new'), (2, 'new')]
later row sets less: StatementError
P
same_as_expected python3 "$WORK/program.py" || exit 1
