//! VALUES as a part of other queries.

use aludel::dialect::mysql::MySql;
use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::{ClauseElement, SqlDialect};
use aludel::value::Decimal;
use aludel::{func, literal, select, true_, values};

use super::User;

/// The texts in SQLite, PostgreSQL, MySQL and MariaDB.
#[track_caller]
fn texts(statement: &dyn ClauseElement, wanted: [&str; 4]) {
    let dialects: [&dyn SqlDialect; 4] =
        [&Sqlite::new(), &PostgreSql::new(), &MySql::new(), &MySql::mariadb()];
    for (dialect, wanted) in dialects.into_iter().zip(wanted) {
        assert_eq!(statement.compile(dialect).unwrap().sql(), wanted);
    }
}

/// MariaDB's rows are SELECTs with UNION ALL between them, which would be parts of the operation around them.
// conforms: F01
#[test]
fn operands() {
    let rows = || values(["v"], [(7_i64,), (8,)]);
    let users = || select(User::c.id);
    let one = |value| values(["v"], [(value,)]).untyped();
    texts(
        &users().untyped().union(rows().untyped()),
        [
            "SELECT users.id FROM users UNION VALUES (?1), (?2)",
            "SELECT users.id FROM users UNION VALUES ($1), ($2)",
            "SELECT users.id FROM users UNION VALUES ROW(?), ROW(?)",
            "SELECT users.id FROM users UNION (SELECT ? UNION ALL SELECT ?)",
        ],
    );
    texts(
        &users().untyped().union_all(rows().untyped()),
        [
            "SELECT users.id FROM users UNION ALL VALUES (?1), (?2)",
            "SELECT users.id FROM users UNION ALL VALUES ($1), ($2)",
            "SELECT users.id FROM users UNION ALL VALUES ROW(?), ROW(?)",
            "SELECT users.id FROM users UNION ALL SELECT ? UNION ALL SELECT ?",
        ],
    );
    texts(
        &users().untyped().except_(one(7_i64)),
        [
            "SELECT users.id FROM users EXCEPT VALUES (?1)",
            "SELECT users.id FROM users EXCEPT VALUES ($1)",
            "SELECT users.id FROM users EXCEPT VALUES ROW(?)",
            "SELECT users.id FROM users EXCEPT SELECT ?",
        ],
    );
}

/// The columns of VALUES are called otherwise on each database, where nothing around it names them.
// conforms: F01
#[test]
fn first_operands() {
    let rows = values(["v"], [(7_i64,), (8,)]);
    let set = rows.untyped().union(select(User::c.id).untyped());
    texts(
        &set.clone().order_by("v"),
        [
            "VALUES (?1), (?2) UNION SELECT users.id FROM users ORDER BY 1",
            "VALUES ($1), ($2) UNION SELECT users.id FROM users ORDER BY 1",
            "VALUES ROW(?), ROW(?) UNION SELECT users.id FROM users ORDER BY 1",
            "(SELECT ? UNION ALL SELECT ?) UNION SELECT users.id FROM users ORDER BY 1",
        ],
    );
    let inner = set.subquery("s");
    texts(
        &select(inner.c("v").unwrap()),
        [
            "SELECT s.v FROM (SELECT column1 AS v FROM (VALUES (?1), (?2)) UNION SELECT users.id FROM \
             users) AS s",
            "SELECT s.v FROM (VALUES ($1), ($2) UNION SELECT users.id FROM users) AS s (v)",
            "SELECT s.v FROM (VALUES ROW(?), ROW(?) UNION SELECT users.id FROM users) AS s (v)",
            "SELECT s.v FROM ((SELECT ? AS v UNION ALL SELECT ?) UNION SELECT users.id FROM users) AS s",
        ],
    );
}

/// In SQLite the values of a set operation are numbers of one sort at each place.
// conforms: F01
#[test]
fn decimal_numbers() {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    let rows = values(["v"], [(decimal("1.0"),)]).untyped();
    let set = select(User::c.id).untyped().union(rows.clone());
    let compiled = set.compile(&Sqlite::new()).unwrap();
    assert_eq!(
        compiled.sql(),
        "SELECT decimal(users.id) COLLATE decimal AS id FROM users UNION SELECT decimal(column1) \
         COLLATE decimal FROM (VALUES (?1))"
    );
    let floats = values(["v"], [(2.5,)]).untyped();
    let compiled = rows.union(floats).compile(&Sqlite::new()).unwrap();
    assert_eq!(compiled.sql(), "SELECT decimal_real(column1) FROM (VALUES (?1)) UNION VALUES (?2)");
}

/// A constant by which rows are sorted or grouped is no place of a column, and no error.
// conforms: F01
#[test]
fn constants() {
    let users = || select(User::c.id);
    texts(
        &users().order_by((literal(2), true_())),
        [
            "SELECT users.id FROM users ORDER BY ?1, 1 = 1",
            "SELECT users.id FROM users ORDER BY $1, 1 = 1",
            "SELECT users.id FROM users ORDER BY coalesce(?, NULL), 1 = 1",
            "SELECT users.id FROM users ORDER BY coalesce(?, NULL), 1 = 1",
        ],
    );
    texts(
        &select(func::count_of(User::c.id)).group_by((literal(2), User::c.id)),
        [
            "SELECT count(users.id) FROM users GROUP BY ?1, users.id",
            "SELECT count(users.id) FROM users GROUP BY $1, users.id",
            "SELECT count(users.id) FROM users GROUP BY coalesce(?, NULL), users.id",
            "SELECT count(users.id) FROM users GROUP BY coalesce(?, NULL), users.id",
        ],
    );
}
