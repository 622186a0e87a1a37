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

pub(crate) const ALL: &[Difference] = &[];

/// Cases that cannot be written: the types do not allow it (`tests/ui`), or they are about Python.
pub(crate) const NOT_WRITTEN: &[(&str, &str)] = &[];

/// How this case differs on this database.
pub(crate) fn of(id: &str, db: Db) -> Vec<&'static Difference> {
    ALL.iter().filter(|one| one.id == id && one.db.is_none_or(|only| only == db)).collect()
}
