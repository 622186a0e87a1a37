//! Where this library answers otherwise than SQLAlchemy on purpose. `docs/conformance.md` has the same
//! list.

use aludel::{ErrorKind, Result};

use crate::answer::Answer;
use crate::judge::{self, Verdict};
use crate::tables::Db;

/// A case that is judged otherwise.
pub(crate) struct Difference {
    pub(crate) id: &'static str,
    /// `None`: all of them.
    db: Option<Db>,
    wanted: Wanted,
    /// Why, as `docs/conformance.md` says.
    pub(crate) reason: &'static str,
}

enum Wanted {
    /// An error of this library, when the statement is compiled.
    Refused,
    /// An error of the database: the statement is sent.
    Sent,
    Rows(&'static [&'static [&'static str]]),
}

const CASE: &str = "`startswith` distinguishes upper from lower case on every database";
const NO_REGEXP: &str = "SQLite has no regular expressions; SQLAlchemy's driver brings some";

const DASHES: &str = "a UUID is kept with its dashes where it is text";
const UUID: Wanted = Wanted::Rows(&[&["12345678-1234-5678-1234-567812345678"]]);

const NO_LOCKS: &str = "SQLite has no row locks; SQLAlchemy drops them";

pub(crate) const ALL: &[Difference] = &[
    Difference {
        id: "arithmetic-34",
        db: Some(Db::MariaDb),
        wanted: Wanted::Rows(&[&["-3"]]),
        reason: "whole division of integers rounds toward zero on every database",
    },
    Difference {
        id: "bitwise-09",
        db: Some(Db::MariaDb),
        wanted: Wanted::Rows(&[&["-6"]]),
        reason: "bits have a sign on every database",
    },
    Difference {
        id: "extract-08",
        db: Some(Db::MariaDb),
        wanted: Wanted::Rows(&[&["2", "7"], &["4", "NULL"], &["5", "52"]]),
        reason: "the week is that of ISO 8601 on every database",
    },
    Difference {
        id: "like-08",
        db: Some(Db::MariaDb),
        wanted: Wanted::Rows(&[&["1", "Hello World"]]),
        reason: CASE,
    },
    Difference {
        id: "like-08",
        db: Some(Db::Sqlite),
        wanted: Wanted::Rows(&[&["1", "Hello World"]]),
        reason: CASE,
    },
    Difference { id: "like-32", db: Some(Db::Sqlite), wanted: Wanted::Refused, reason: NO_REGEXP },
    Difference { id: "like-34", db: Some(Db::Sqlite), wanted: Wanted::Refused, reason: NO_REGEXP },
    Difference {
        id: "like-38",
        db: Some(Db::MariaDb),
        wanted: Wanted::Sent,
        reason: "MATCH is sent; whether there is a FULLTEXT index is not known",
    },
    Difference { id: "literal-19", db: Some(Db::MariaDb), wanted: UUID, reason: DASHES },
    Difference { id: "literal-19", db: Some(Db::Sqlite), wanted: UUID, reason: DASHES },
    Difference {
        id: "literal-20",
        db: None,
        wanted: Wanted::Rows(&[&["[0, 39, 255]"]]),
        reason: "bytes have a text on every database",
    },
    Difference {
        id: "literal-22",
        db: Some(Db::Sqlite),
        wanted: Wanted::Rows(&[&["183600000000"]]),
        reason: "a length of time is a number of microseconds in SQLite",
    },
    Difference {
        id: "error-18",
        db: None,
        wanted: Wanted::Sent,
        reason: "text that the program writes is sent as it is",
    },
    Difference {
        id: "join-12",
        db: None,
        wanted: Wanted::Refused,
        reason: "a self join has two directions; SQLAlchemy joins both with AND",
    },
    Difference { id: "lock-01", db: Some(Db::Sqlite), wanted: Wanted::Refused, reason: NO_LOCKS },
    Difference { id: "lock-02", db: Some(Db::Sqlite), wanted: Wanted::Refused, reason: NO_LOCKS },
    Difference { id: "lock-03", db: Some(Db::Sqlite), wanted: Wanted::Refused, reason: NO_LOCKS },
    Difference { id: "lock-04", db: Some(Db::Sqlite), wanted: Wanted::Refused, reason: NO_LOCKS },
    Difference { id: "lock-06", db: Some(Db::Sqlite), wanted: Wanted::Refused, reason: NO_LOCKS },
    Difference {
        id: "lock-06",
        db: Some(Db::MariaDb),
        wanted: Wanted::Refused,
        reason: "MariaDB has no OF; SQLAlchemy drops it",
    },
    Difference {
        id: "text-05",
        db: None,
        wanted: Wanted::Rows(&[&["a :b"]]),
        reason: "a colon in quotes is no parameter",
    },
    Difference {
        id: "text-13",
        db: None,
        wanted: Wanted::Rows(&[&["2"]]),
        reason: "text beside AND stands in parentheses",
    },
    Difference {
        id: "text-18",
        db: None,
        wanted: Wanted::Rows(&[&["6"]]),
        reason: "text beside an operator stands in parentheses",
    },
];

/// Cases that cannot be written: the types do not allow it (`tests/ui/oracle.rs`), or what they need is
/// still to come.
pub(crate) const NOT_WRITTEN: &[(&str, &str)] = &[
    ("error-13", "a frame of text does not compile"),
    ("error-15", "a `case` without a condition does not compile"),
];

/// How this case differs on this database.
pub(crate) fn of(id: &str, db: Db) -> Option<&'static Difference> {
    ALL.iter().find(|one| one.id == id && one.db.is_none_or(|only| only == db))
}

impl Difference {
    pub(crate) fn judge(&self, answer: Result<Answer>) -> Verdict {
        match (&self.wanted, answer) {
            (Wanted::Refused, Err(error)) if error.kind() == ErrorKind::Compile => {
                Verdict::Refused(error.to_string())
            }
            // SQLite takes the name for that of the column.
            (Wanted::Sent, Err(error))
                if matches!(error.kind(), ErrorKind::Programming | ErrorKind::Operational) =>
            {
                Verdict::Same
            }
            (Wanted::Sent, Ok(_)) => Verdict::Same,
            (Wanted::Rows(rows), Ok(answer)) => judge::rows(&answer, rows),
            (_, Ok(answer)) => Verdict::Different(format!("rows {:?}", answer.rows)),
            (_, Err(error)) => Verdict::Different(format!("{error}")),
        }
    }
}
