//! JOIN.

use std::sync::Arc;

use super::{FromClause, FromKind};
use crate::sql::tree::{MAX_DEPTH, TOO_DEEP, Visitor};
use crate::sql::{Condition, Expression, SqlWriter};

/// Which rows a join keeps that have no partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum JoinKind {
    Inner,
    LeftOuter,
}

impl JoinKind {
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Inner => " JOIN ",
            Self::LeftOuter => " LEFT OUTER JOIN ",
        }
    }
}

#[derive(Debug)]
pub(in crate::sql) struct JoinParts {
    pub(super) left: FromClause,
    pub(super) right: FromClause,
    on: Expression,
    kind: JoinKind,
    pub(super) depth: u16,
}

impl FromClause {
    /// This and `right`, row by row where the condition holds.
    #[must_use]
    pub fn join(self, right: impl Into<Self>, on: impl Condition) -> Self {
        self.joined(right.into(), on.condition(), JoinKind::Inner)
    }

    /// As [`join`](Self::join); rows of this one without a partner are kept, with NULL in the
    /// columns of the other.
    #[must_use]
    pub fn outerjoin(self, right: impl Into<Self>, on: impl Condition) -> Self {
        self.joined(right.into(), on.condition(), JoinKind::LeftOuter)
    }

    fn joined(self, right: Self, on: Expression, kind: JoinKind) -> Self {
        let deepest = self.depth().max(right.depth()).max(on.depth());
        let depth = deepest.saturating_add(1);
        let parts = if depth <= MAX_DEPTH {
            JoinParts { left: self, right, on, kind, depth }
        } else {
            // What is nested too deeply is given up; compiling the statement is an error.
            let on = Expression::refused(on.refusal().unwrap_or(TOO_DEEP));
            JoinParts { left: right.clone(), right, on, kind, depth: MAX_DEPTH }
        };
        Self(FromKind::Join(Arc::new(parts)))
    }
}

impl JoinParts {
    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.kind as u8));
        to.from(&self.left);
        to.from(&self.right);
        self.on.walk(to);
    }

    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        self.left.write(to);
        write_step(self.kind, &self.right, &self.on, to);
    }
}

/// Writes a join behind its left side.
pub(super) fn write_step(
    kind: JoinKind,
    right: &FromClause,
    on: &Expression,
    to: &mut SqlWriter<'_>,
) {
    to.sql(kind.sql());
    let nested = matches!(right.0, FromKind::Join(_));
    to.sql(if nested { "(" } else { "" });
    right.write(to);
    to.sql(if nested { ")" } else { "" });
    to.sql(" ON ");
    on.write(to);
}
