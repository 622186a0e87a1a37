//! Where this library shows or sends something else than SQLAlchemy on purpose. `docs/conformance.md`
//! has the same list.

use crate::record::Db;

/// A case of which some lines are otherwise.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) id: &'static str,
    /// `None`: all of them.
    pub(crate) db: Option<Db>,
    /// In the order of the trace: a line of the record, as a difference shows it, and what stands in its place.
    pub(crate) edits: &'static [(&'static str, &'static [&'static str])],
    /// Why, as `docs/conformance.md` says.
    pub(crate) reason: &'static str,
}

const GIVEN_UP: &str =
    "an object whose INSERT is rolled back is detached: `expunge` gives its value";
const NO_SUCH_VALUE: &str = "a value that no session has knows none: nothing is to be warned of";

const ONCE: &str = "a collection has an object once, as the database has its row";

const fn everywhere(
    id: &'static str,
    edits: &'static [(&'static str, &'static [&'static str])],
    reason: &'static str,
) -> Difference {
    Difference { id, db: None, edits, reason }
}

pub(crate) const ALL: &[Difference] = &[
    everywhere(
        "asy-001",
        &[(
            "SELECT addresses [addresses.email, addresses.id, addresses.user_id \
             ORDER BY addresses.id] WHERE addresses.user_id ~ [1, 2]",
            &["SELECT addresses [addresses.email, addresses.id, addresses.user_id \
               ORDER BY addresses.id] WHERE addresses.user_id ~ 2"],
        )],
        "a collection that is loaded is not asked for again",
    ),
    everywhere(
        "asy-002",
        &[
            ("COMMIT", &["COMMIT"]),
            ("BEGIN", &[]),
            ("step after refresh", &["step after refresh", "BEGIN"]),
        ],
        "what is read in memory begins no transaction",
    ),
    everywhere(
        "cas-011",
        &[
            ("INSERT tags {label: \"t\"}", &["INSERT users {name: \"u\", nickname: null}"]),
            (
                "INSERT users {name: \"u\", nickname: null}",
                &["INSERT addresses {email: \"a\", user_id: 1}"],
            ),
            ("INSERT user_tags {tag_id: 1, user_id: 1}", &["INSERT tags {label: \"t\"}"]),
            (
                "INSERT addresses {email: \"a\", user_id: 1}",
                &["INSERT user_tags {tag_id: 1, user_id: 1}"],
            ),
        ],
        "tables that do not need each other are written in the order in which their objects came",
    ),
    everywhere(
        "idn-004",
        &[
            ("show a state: \"transient\"", &["show a state: \"detached\""]),
            ("show b state: \"transient\"", &["show b state: \"detached\""]),
        ],
        GIVEN_UP,
    ),
    everywhere(
        "loa-001",
        &[(
            "raises InvalidRequestError at all without unique",
            &["show all without unique (no error): null"],
        )],
        "an object comes once, however many rows its collection has",
    ),
    everywhere(
        "loa-007",
        &[
            (
                "SELECT addresses, users [addresses.email, addresses.id, addresses.user_id, users.id \
                 ORDER BY addresses.id] WHERE addresses.user_id users.id AND users.id ~ 3",
                &["SELECT addresses [addresses.email, addresses.id, addresses.user_id \
                   ORDER BY addresses.id] WHERE addresses.user_id ~ [1, 2]"],
            ),
            (
                "SELECT addresses, users [addresses.email, addresses.id, addresses.user_id, users.id \
                 ORDER BY users.id, addresses.id] WHERE LIMIT ~ 1 AND addresses.user_id users.id",
                &["SELECT addresses [addresses.email, addresses.id, addresses.user_id \
                   ORDER BY addresses.id] WHERE addresses.user_id ~ 1"],
            ),
        ],
        "what a subquery would find again is asked for by its keys",
    ),
    everywhere(
        "map-004",
        &[("show row keys: [\"id\",\"name\"]", &["show row keys: [\"the_id\",\"n a m e\"]"])],
        "columns of a result have the names that the database gives them",
    ),
    everywhere("rel-005", &[("warning not-in-session", &[])], NO_SUCH_VALUE),
    everywhere(
        "rel-001",
        &[("show tags: [\"Tag(1)\",\"Tag(1)\"]", &["show tags: [\"Tag(1)\"]"])],
        ONCE,
    ),
    everywhere(
        "rel-013",
        &[
            ("show in memory: [\"x\",\"x\"]", &["show in memory: [\"x\"]"]),
            ("show after one remove: [[\"x\"],\"User(1)\"]", &["show after one remove: [[],null]"]),
            ("COMMIT", &["UPDATE addresses {user_id: null} WHERE addresses.id ~ 1", "COMMIT"]),
            (
                "show database: SELECT id, user_id FROM addresses: [[1,1]]",
                &["show database: SELECT id, user_id FROM addresses: [[1,null]]"],
            ),
        ],
        ONCE,
    ),
    everywhere(
        "ses-003",
        &[
            ("show new_inside state: \"transient\"", &["show new_inside state: \"detached\""]),
            (
                "show c loaded: [\"addresses\",\"id\",\"name\",\"nickname\",\"tags\"]",
                &["show c loaded: [\"id\",\"name\",\"nickname\"]"],
            ),
        ],
        "an object that was deleted in a savepoint is as it was before, without what its deletion loaded",
    ),
    everywhere(
        "ses-004",
        &[("show n state: \"transient\"", &["show n state: \"detached\""])],
        GIVEN_UP,
    ),
    everywhere(
        "ses-005",
        &[
            (
                "INSERT tags {id: 1, label: null}",
                &[
                    "UPDATE users {name: \"changed\"} WHERE users.id ~ 1",
                    "INSERT users {id: 5, name: \"fine\", nickname: null}",
                    "INSERT tags {id: 1, label: \"y\"}",
                ],
            ),
            (
                "raises PendingRollbackError at read of a loaded attribute",
                &["show read of a loaded attribute (no error): \"changed\""],
            ),
        ],
        "a required column has a value, so a key is taken, of the table whose objects came last; \
         what is in memory can be read until the rollback",
    ),
    everywhere(
        "ses-007",
        &[("show n state: \"transient\"", &["show n state: \"detached\""])],
        GIVEN_UP,
    ),
    everywhere(
        "sta-003",
        &[
            ("show n state: \"transient\"", &["show n state: \"detached\""]),
            ("show n keeps: [3,\"n\"]", &["show n keeps: [null,\"n\"]"]),
            (
                "INSERT users {id: 3, name: \"n\", nickname: null}",
                &["INSERT users {name: \"n\", nickname: null}"],
            ),
        ],
        "a key that the database made is unset again when the INSERT is rolled back",
    ),
    everywhere(
        "uow-016",
        &[
            (
                "UPDATE users {name: \"new\"} WHERE users.id ~ 1",
                &["UPDATE users {name: \"new\", nickname: null} WHERE users.id ~ 1"],
            ),
            (
                "show database: SELECT id, name, nickname FROM users: [[1,\"new\",\"o\"]]",
                &["show database: SELECT id, name, nickname FROM users: [[1,\"new\",null]]"],
            ),
        ],
        "a value of a struct has all of its columns",
    ),
    everywhere(
        "uow-023",
        &[
            (
                "SELECT users [users.id, users.name, users.nickname] WHERE users.id ~ 3",
                &[
                    "SELECT addresses [addresses.email, addresses.id, addresses.user_id ORDER BY addresses.id] \
                     WHERE addresses.user_id ~ 3",
                    "SELECT tags, user_tags [tags.id, tags.label ORDER BY tags.id] WHERE tags.id \
                     user_tags.tag_id AND user_tags.user_id ~ 3",
                    "DELETE users WHERE users.id ~ 3",
                ],
            ),
            ("ROLLBACK", &[]),
            (
                "raises ObjectDeletedError at flush of an expired object",
                &[
                    "warning rows-not-matched",
                    "show flush of an expired object (no error): null",
                    "ROLLBACK",
                ],
            ),
            ("show u4 state: \"deleted\"", &["show u4 state: \"detached\""]),
        ],
        "a row that is to be deleted and is gone is warned of, whether its object is expired or not",
    ),
    everywhere(
        "sta-011",
        &[("raises InvalidRequestError at delete of a transient", &[])],
        "a value that no session has cannot be deleted: it does not compile",
    ),
    everywhere(
        "uow-009",
        &[
            ("show history: [[\"ann\"],[],[]]", &["show history: [[],[\"ann\"],[]]"]),
            ("UPDATE users {name: \"ann\"} WHERE users.id ~ 1", &[]),
        ],
        "the history of an expired object compares with the value that was known last",
    ),
    everywhere(
        "uow-015",
        &[
            ("ROLLBACK", &[]),
            (
                "raises CircularDependencyError at flush",
                &[
                    "UPDATE nodes {parent_id: 2} WHERE nodes.id ~ 1",
                    "UPDATE nodes {parent_id: 3} WHERE nodes.id ~ 2",
                    "UPDATE nodes {parent_id: null} WHERE nodes.id ~ 3",
                    "show flush (no error): null",
                    "ROLLBACK",
                ],
            ),
            (
                "UPDATE nodes {parent_id: null} WHERE nodes.id ~ 3",
                &["UPDATE nodes {parent_id: 3} WHERE nodes.id ~ 1"],
            ),
            (
                "UPDATE nodes {parent_id: 3} WHERE nodes.id ~ 1",
                &["UPDATE nodes {parent_id: null} WHERE nodes.id ~ 3"],
            ),
        ],
        "rows that are all there can be updated in any order",
    ),
    Difference {
        id: "uow-028",
        db: Some(Db::Sqlite),
        edits: &[("show statements: 1001", &["show statements: 2"])],
        reason: "SQLite gets many rows in one statement, too",
    },
    everywhere(
        "uow-018",
        &[
            (
                "INSERT nodes {id: 2, name: \"child\", parent_id: 1}",
                &["INSERT nodes {id: 1, name: \"parent\", parent_id: null}"],
            ),
            (
                "INSERT nodes {id: 1, name: \"parent\", parent_id: null}",
                &["INSERT nodes {id: 2, name: \"child\", parent_id: 1}"],
            ),
            ("ROLLBACK", &[]),
            ("raises IntegrityError at flush", &["show flush (no error): null", "ROLLBACK"]),
        ],
        "rows are sorted by the foreign keys of their tables, also where no relationship says so",
    ),
];

/// Cases that cannot be written: the types do not allow it (`tests/ui`), or they are about Python.
pub(crate) const NOT_WRITTEN: &[(&str, &str)] = &[
    ("asy-010", "what awaits and what does not are methods of different types"),
    ("bul-007", "methods of SQLAlchemy's first version, in whose place statements stand"),
    ("inh-005", "each table of its own is a struct of its own"),
    ("map-001", "a value of a struct has all of its fields, and no others"),
    (
        "map-002",
        "a mapped struct without a primary key does not compile; several may be mapped to one table",
    ),
    ("map-005", "a primary key is never NULL: an `Option` in it does not compile"),
    ("que-002", "a condition names the struct of its column, which is never ambiguous or unknown"),
    ("rel-008", "collections are lists and maps, and no classes of a program's own"),
    ("uow-024", "what SQL computes is selected beside the entity, or is a method"),
];

/// How this case differs on this database.
pub(crate) fn of(id: &str, db: Db) -> Vec<&'static Difference> {
    ALL.iter().filter(|one| one.id == id && one.db.is_none_or(|only| only == db)).collect()
}
