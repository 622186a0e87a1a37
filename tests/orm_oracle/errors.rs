//! Which kinds of error stand for which errors of SQLAlchemy.

/// The kinds that are right where SQLAlchemy raises an error of this class. Where it has one class for
/// many mistakes, we say which.
const KINDS: &[(&str, &[&str])] = &[
    ("AmbiguousColumnError", &["Compile", "InvalidRequest"]),
    ("AmbiguousForeignKeysError", &["Mapping"]),
    ("ArgumentError", &["Argument", "Mapping"]),
    ("CircularDependencyError", &["CircularDependency"]),
    ("DetachedInstanceError", &["Detached"]),
    ("FlushError", &["Flush"]),
    ("IntegrityError", &["Integrity"]),
    (
        "InvalidRequestError",
        &[
            "Argument",
            "Compile",
            "Detached",
            "ForeignRef",
            "IllegalState",
            "InvalidRequest",
            "NotLoaded",
        ],
    ),
    // Of the program's own.
    ("KeyError", &["Program"]),
    // A read that would have to ask the database, where nothing waits.
    ("MissingGreenlet", &["Expired", "MissingGreenlet", "NotLoaded"]),
    ("NoForeignKeysError", &["Mapping"]),
    ("NoResultFound", &["NoResultFound"]),
    ("ObjectDeletedError", &["ObjectDeleted"]),
    ("PendingRollbackError", &["PendingRollback"]),
    ("StaleDataError", &["StaleData"]),
    // Of the program's own: a validator or a listener refuses.
    ("ValueError", &["Program"]),
];

/// Whether an error of this kind is right where that class is recorded.
pub(crate) fn stands_for(kind: &str, recorded: &str) -> bool {
    kind == recorded
        || KINDS.iter().any(|(class, kinds)| *class == recorded && kinds.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        assert!(stands_for("Integrity", "IntegrityError"));
        assert!(stands_for("ForeignRef", "InvalidRequestError"));
        assert!(!stands_for("StaleData", "IntegrityError"));
        assert!(!stands_for("InvalidRequest", "TypeError"));
        let mut classes: Vec<_> = KINDS.iter().map(|(class, _)| *class).collect();
        classes.dedup();
        assert!(classes.is_sorted() && classes.len() == KINDS.len(), "{classes:?}");
    }
}
