//! JOIN.

use std::sync::Arc;

use super::foreign_key::{self, Inferred};
use super::{FromClause, FromKind};
use crate::error::Result;
use crate::sql::tree::{MAX_DEPTH, TOO_DEEP, Visitor};
use crate::sql::{Condition, Expression, Feature, SqlWriter};

/// Which rows a join keeps that have no partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum JoinKind {
    Inner,
    LeftOuter,
    RightOuter,
    FullOuter,
    Cross,
}

impl JoinKind {
    fn sql(self) -> &'static str {
        match self {
            Self::Inner => " JOIN ",
            Self::LeftOuter => " LEFT OUTER JOIN ",
            Self::RightOuter => " RIGHT OUTER JOIN ",
            Self::FullOuter => " FULL OUTER JOIN ",
            Self::Cross => " CROSS JOIN ",
        }
    }

    /// Whether rows of its right side may be missing.
    pub(super) fn right_is_nullable(self) -> bool {
        matches!(self, Self::LeftOuter | Self::FullOuter)
    }

    /// Whether rows of its left side may be missing.
    pub(super) fn left_is_nullable(self) -> bool {
        matches!(self, Self::RightOuter | Self::FullOuter)
    }
}

/// Where the condition of a join comes from.
#[derive(Debug, Clone)]
pub(in crate::sql) enum JoinOn {
    Given(Expression),
    /// From the foreign keys between both sides, when the statement is compiled.
    Inferred,
    /// From the foreign keys, and from a condition that was given beside them.
    InferredAnd(Expression),
    /// It has none.
    None,
}

impl JoinOn {
    pub(in crate::sql) fn given(&self) -> Option<&Expression> {
        match self {
            Self::Given(on) | Self::InferredAnd(on) => Some(on),
            Self::Inferred | Self::None => None,
        }
    }

    pub(in crate::sql) fn given_mut(&mut self) -> Option<&mut Expression> {
        match self {
            Self::Given(on) | Self::InferredAnd(on) => Some(on),
            Self::Inferred | Self::None => None,
        }
    }

    pub(in crate::sql) fn is_inferred(&self) -> bool {
        matches!(self, Self::Inferred | Self::InferredAnd(_))
    }

    pub(in crate::sql) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match self {
            Self::Given(on) => {
                to.number(0);
                on.walk(to);
            }
            Self::Inferred => to.number(1),
            Self::None => to.number(2),
            Self::InferredAnd(on) => {
                to.number(3);
                on.walk(to);
            }
        }
    }
}

#[derive(Debug)]
pub(in crate::sql) struct JoinParts {
    pub(super) left: FromClause,
    pub(super) right: FromClause,
    pub(super) on: JoinOn,
    pub(super) kind: JoinKind,
    pub(super) depth: u16,
}

/// The joins of FROM objects.
macro_rules! joins {
    ($($join:ident $join_on:ident $kind:ident $what:literal),*) => {$(
        #[doc = concat!("This and `right`, ", $what)]
        ///
        /// Which rows are partners follows from the foreign key between the two; if there is none, or
        /// several, compiling the statement is an error that names them.
        #[must_use]
        pub fn $join(self, right: impl Into<Self>) -> Self {
            self.joined(right.into(), JoinOn::Inferred, JoinKind::$kind)
        }

        #[doc = concat!("This and `right`, ", $what)]
        ///
        /// Two rows are partners if the condition holds.
        #[must_use]
        pub fn $join_on(self, right: impl Into<Self>, on: impl Condition) -> Self {
            self.joined(right.into(), JoinOn::Given(on.condition()), JoinKind::$kind)
        }
    )*};
}

impl FromClause {
    joins! {
        join join_on Inner "row by row: those that are partners.",
        outerjoin outerjoin_on LeftOuter
            "and rows of this one without a partner, with NULL in the columns of the other.",
        right_join right_join_on RightOuter
            "and rows of the other without a partner, with NULL in the columns of this one.",
        full_join full_join_on FullOuter
            "and rows of both without a partner, with NULL in the columns of the other."
    }

    /// This and `right`, each row with each.
    ///
    /// ```
    /// # use aludel::sql::{FromClause, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).select_from(FromClause::from(&t).cross_join(&u));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t CROSS JOIN u");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn cross_join(self, right: impl Into<Self>) -> Self {
        self.joined(right.into(), JoinOn::None, JoinKind::Cross)
    }

    fn joined(self, right: Self, on: JoinOn, kind: JoinKind) -> Self {
        let of_on = on.given().map_or(0, Expression::depth);
        let depth = self.depth().max(right.depth()).max(of_on).saturating_add(1);
        let parts = if depth <= MAX_DEPTH {
            JoinParts { left: self, right, on, kind, depth }
        } else {
            // What is nested too deeply is given up; compiling the statement is an error.
            let refusal = on.given().and_then(Expression::refusal);
            let on = JoinOn::Given(Expression::refused(refusal.unwrap_or(TOO_DEEP)));
            JoinParts { left: right.clone(), right, on, kind, depth: MAX_DEPTH }
        };
        Self(FromKind::Join(Arc::new(parts)))
    }
}

/// The condition of a join, once it is known what is on its left.
#[derive(Debug)]
pub(super) enum On<'t> {
    Given(&'t Expression),
    Inferred(Inferred, Option<&'t Expression>),
    None,
}

impl On<'_> {
    fn write(&self, to: &mut SqlWriter<'_>) {
        to.sql(if matches!(self, Self::None) { "" } else { " ON " });
        match self {
            Self::Given(on) => on.write(to),
            Self::Inferred(inferred, and) => {
                inferred.write(to);
                if let Some(and) = and {
                    to.sql(" AND (");
                    and.write(to);
                    to.sql(")");
                }
            }
            Self::None => {}
        }
    }
}

impl JoinParts {
    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.kind as u8));
        to.from(&self.left);
        to.from(&self.right);
        self.on.describe(to);
        if self.on.is_inferred() {
            self.left.describe_foreign_keys(to);
            self.right.describe_foreign_keys(to);
        }
    }

    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        self.left.write(to);
        match self.condition() {
            Ok(on) => write_step(self.kind, &self.right, &on, to),
            Err(error) => to.fail(error),
        }
    }

    fn condition(&self) -> Result<On<'_>> {
        Ok(match &self.on {
            JoinOn::Given(on) => On::Given(on),
            JoinOn::None => On::None,
            JoinOn::Inferred | JoinOn::InferredAnd(_) => {
                On::Inferred(infer(&self.left, &self.right)?, self.on.given())
            }
        })
    }
}

/// What the foreign keys between both sides say: first those of what was joined last.
fn infer(left: &FromClause, right: &FromClause) -> Result<Inferred> {
    let (mut all, mut others) = (Vec::new(), Vec::new());
    left.leaves(&mut all);
    right.leaves(&mut others);
    let found = match &left.0 {
        FromKind::Join(join) => {
            let mut last = Vec::new();
            join.right.leaves(&mut last);
            foreign_key::between(&last, &others)
        }
        _ => Vec::new(),
    };
    let found = if found.is_empty() { foreign_key::between(&all, &others) } else { found };
    foreign_key::only(found, &left.shown_name(), &right.shown_name())
}

/// Writes a join behind its left side.
pub(super) fn write_step(kind: JoinKind, right: &FromClause, on: &On<'_>, to: &mut SqlWriter<'_>) {
    match kind {
        JoinKind::RightOuter => to.require(Feature::RightJoin),
        JoinKind::FullOuter => to.require(Feature::FullJoin),
        _ => {}
    }
    to.sql(kind.sql());
    let nested = matches!(right.0, FromKind::Join(_));
    to.sql(if nested { "(" } else { "" });
    right.write(to);
    to.sql(if nested { ")" } else { "" });
    on.write(to);
}
