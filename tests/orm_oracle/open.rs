//! Programs that do not yet show what they should. The test fails when one of them does, so that the list is true.

use crate::record::Db;

const ALL: &[Db] = &[Db::Sqlite, Db::PostgreSql, Db::MariaDb];
/// Where statements are compared.
const STATEMENTS: &[Db] = &[Db::Sqlite, Db::PostgreSql];

/// The program, on which databases, and what is missing.
const OPEN: &[(&str, &[Db], &str)] = &[
    ("cas-010", ALL, "a second object with a `single_parent` one is not refused"),
    ("idn-003", ALL, "a new object with the key of a persistent one is not warned of"),
    ("idn-006", ALL, "`get` does not flush a changed key"),
    ("map-003", ALL, "two relationships that write one column are not warned of"),
    ("rel-002", ALL, "an assigned collection does not know what was in it before it was loaded"),
    ("rel-011", STATEMENTS, "pairs of both directions are sent separately"),
    ("rel-013", ALL, "a child that is twice in a collection is gone with the first `remove`"),
    ("ses-002", ALL, "a guard goes on when its transaction was committed inside"),
    ("uow-012", STATEMENTS, "a `post_update` key is not unset before the rows are deleted"),
    ("uow-016", ALL, "a deleted and an added object with one key are not one UPDATE"),
    ("uow-021", ALL, "foreign keys in memory do not follow a changed key"),
    ("uow-023", ALL, "rows that a DELETE does not find are not warned of"),
];

/// What is missing for this program on this database.
pub(crate) fn of(id: &str, db: Db) -> Option<&'static str> {
    OPEN.iter().find(|one| one.0 == id && one.1.contains(&db)).map(|one| one.2)
}
