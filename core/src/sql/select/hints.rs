//! Text that a SELECT has besides its clauses: prefixes, suffixes, hints.

use crate::sql::tree::Visitor;
use crate::sql::{Name, SqlWriter};

/// A text, and where it stands.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Hint {
    pub(super) place: Place,
    /// The dialect that it is for; `None`: all of them.
    pub(super) dialect: Option<&'static str>,
    pub(super) sql: Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum Place {
    /// Behind SELECT.
    Prefix,
    /// At the end.
    Suffix,
    /// In front of the statement, in a comment.
    Comment,
}

impl Hint {
    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.place as u8));
        to.number(usize::from(self.dialect.is_some()));
        to.number(self.dialect.map_or(0, |dialect| dialect.as_ptr().addr()));
        to.name(&self.sql);
    }

    fn is_at(&self, place: Place, to: &SqlWriter<'_>) -> bool {
        self.place == place && self.dialect.is_none_or(|name| name == to.dialect().name())
    }
}

/// Writes those that stand behind SELECT.
pub(super) fn write_prefixes(hints: &[Hint], to: &mut SqlWriter<'_>) {
    for hint in hints {
        if hint.is_at(Place::Prefix, to) {
            to.sql(&hint.sql);
            to.sql(" ");
        }
    }
}

/// Writes those that stand at the end.
pub(super) fn write_suffixes(hints: &[Hint], to: &mut SqlWriter<'_>) {
    for hint in hints {
        if hint.is_at(Place::Suffix, to) {
            to.sql(" ");
            to.sql(&hint.sql);
        }
    }
}

/// Writes those that stand in front.
pub(super) fn write_comments(hints: &[Hint], to: &mut SqlWriter<'_>) {
    for hint in hints {
        if hint.is_at(Place::Comment, to) {
            to.sql("/* ");
            // Neither ends the comment nor begins one inside it.
            to.sql(&hint.sql.replace("*/", "* /").replace("/*", "/ *"));
            to.sql(" */ ");
        }
    }
}
