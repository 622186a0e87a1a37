//! An INSERT, UPDATE or DELETE that stands before another statement, as a common table expression.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::select::QueryParts;
use super::super::tree::{Kind, Visitor};
use super::super::{Expression, Feature, Name, Params, SqlWriter};
use super::delete::DeleteParts;
use super::insert_parts::InsertParts;
use super::statement::Parts;
use super::update::UpdateParts;

/// The tree of a statement that changes rows, as a part of another.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "it stands behind an Arc")]
pub(in crate::sql) enum ChangeParts {
    Insert(Box<InsertParts>),
    Update(Box<UpdateParts>),
    Delete(Box<DeleteParts>),
}

/// A statement in a statement needs more of the stack than an expression in an expression.
const LEVELS: u16 = 10;

const NOT_ITS_OWN: &str = "a value was given for a bind that the statement does not have; give it by \
     `params` to the statement in which the bind stands";

impl ChangeParts {
    /// As a query of what it gives, with the values of its parameters in their places.
    pub(super) fn into_query(self) -> QueryParts {
        QueryParts::Change(Arc::new(match self {
            Self::Insert(parts) => Self::Insert(Box::new(bound(*parts))),
            Self::Update(parts) => Self::Update(Box::new(bound(*parts))),
            Self::Delete(parts) => Self::Delete(Box::new(bound(*parts))),
        }))
    }

    /// What it gives.
    pub(in crate::sql) fn returning(&self) -> &[Expression] {
        match self {
            Self::Insert(parts) => &parts.returning,
            Self::Update(parts) => &parts.returning,
            Self::Delete(parts) => &parts.returning,
        }
    }

    /// Whether all that it gives has a name.
    pub(in crate::sql) fn has_names(&self) -> bool {
        let has_name = |given: &Expression| {
            matches!(given.kind, Kind::MappedColumn { .. } | Kind::Column(_) | Kind::Label(_))
        };
        self.returning().iter().all(has_name)
    }

    pub(in crate::sql) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match self {
            Self::Insert(parts) => parts.walk(Params::none(), to),
            Self::Update(parts) => parts.walk(Params::none(), to),
            Self::Delete(parts) => parts.walk(Params::none(), to),
        }
    }

    pub(in crate::sql) fn write(&self, to: &mut SqlWriter<'_>) {
        to.require(Feature::DataModifyingCte);
        to.within_another(|to| match self {
            Self::Insert(parts) => write(&**parts, to),
            Self::Update(parts) => write(&**parts, to),
            Self::Delete(parts) => write(&**parts, to),
        });
    }

    /// Replaces the binds that have a value here.
    pub(in crate::sql) fn give(&mut self, params: &Params, used: &mut HashSet<Name>) {
        let mut give = |expression: &mut Expression| expression.give(params, used);
        match self {
            Self::Insert(parts) => parts.each_expression(&mut give),
            Self::Update(parts) => parts.each_expression(&mut give),
            Self::Delete(parts) => parts.each_expression(&mut give),
        }
    }

    /// Why it cannot be compiled, if one of its expressions says so.
    pub(in crate::sql) fn refusal(&self) -> Option<&'static str> {
        self.look(|expression, refusal: &mut Option<&'static str>| {
            *refusal = refusal.or_else(|| expression.refusal());
        })
    }

    /// How deep it is nested, and some more.
    pub(in crate::sql) fn depth(&self) -> u16 {
        let deepest = self.look(|expression, deepest: &mut u16| {
            *deepest = expression.depth().max(*deepest);
        });
        let selected = match self {
            Self::Insert(parts) => parts.selected().map_or(0, QueryParts::depth),
            Self::Update(_) | Self::Delete(_) => 0,
        };
        deepest.max(selected).saturating_add(LEVELS)
    }

    fn look<T: Default>(&self, look: impl Fn(&Expression, &mut T)) -> T {
        let mut found = T::default();
        let mut each = |expression: &mut Expression| look(expression, &mut found);
        match self.clone() {
            Self::Insert(mut parts) => parts.each_expression(&mut each),
            Self::Update(mut parts) => parts.each_expression(&mut each),
            Self::Delete(mut parts) => parts.each_expression(&mut each),
        }
        found
    }
}

/// With the values that were given for its binds and columns in their places: the statement around it
/// may have binds of the same names.
fn bound<P: Parts>(mut parts: P) -> P {
    let params = parts.take_params();
    let mut used = parts.settle(&params);
    parts.each_expression(&mut |expression| expression.give(&params, &mut used));
    if params.names().any(|name| !used.contains(name)) {
        parts.refuse(NOT_ITS_OWN);
    }
    parts
}

fn write(parts: &impl Parts, to: &mut SqlWriter<'_>) {
    if let Err(error) = parts.check(Params::none(), to.dialect().lexical_rules()) {
        to.fail(error);
    }
    parts.write(Params::none(), to);
}
