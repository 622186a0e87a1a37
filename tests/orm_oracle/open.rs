//! Programs that do not yet show what they should. The test fails when one of them does, so that the list is true.

use crate::record::Db;

const ALL: &[Db] = &[Db::Sqlite, Db::PostgreSql, Db::MariaDb];
/// Where statements are compared.
const STATEMENTS: &[Db] = &[Db::Sqlite, Db::PostgreSql];

/// The program, on which databases, and what is missing.
const OPEN: &[(&str, &[Db], &str)] = &[
    ("ses-009", ALL, "a statement is not routed by the tables that it names"),
    (
        "bul-006",
        STATEMENTS,
        "what a bulk statement has deleted is asked for, and neither evaluated nor returned",
    ),
    ("eve-005", ALL, "`new_objects` does not have what was inserted while `AfterFlush` is heard"),
    ("ses-002", ALL, "a guard goes on when its transaction was committed inside"),
];

/// What is missing for this program on this database.
pub(crate) fn of(id: &str, db: Db) -> Option<&'static str> {
    OPEN.iter().find(|one| one.0 == id && one.1.contains(&db)).map(|one| one.2)
}
