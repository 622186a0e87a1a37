//! Joins along relationships.

use super::on::on;
use super::path::{LoadPath, Path, Step};
use crate::orm::class::MappedClass;
use crate::orm::relation::{ToMany, ToOne};
use crate::sql::{Expr, FromClause, JoinTarget, JoinedTo, and_, moved, refused_condition};

const NOT_CONFIGURED: &str = "a relationship that the statement joins is declared in a way that cannot be; load it once, and the \
     error says why";

/// What is joined for one relationship, to what, and on which condition.
pub(super) fn related(step: &Step) -> (FromClause, FromClause, Expr<Option<bool>>) {
    let left = step.parent.from(step.alias);
    let Ok(relationship) = step.parent.relationship(step.place) else {
        return (left.clone(), left, refused_condition(NOT_CONFIGURED));
    };
    let target = relationship.target.from(step.target);
    let (right, condition) = on(relationship, &step.parent.columns_of(&left), &target);
    let condition = match &step.criteria {
        Some(criteria) => {
            // It may name the alias itself, or the struct's own columns.
            let criteria = moved(criteria, &relationship.target.from(None), &target);
            and_((condition, criteria))
        }
        None => condition,
    };
    (left, right, condition)
}

fn joined(path: impl LoadPath) -> JoinedTo {
    JoinedTo::new(path.steps().iter().map(related).collect())
}

macro_rules! join_targets {
    ($($relation:ident),*) => {$(
        impl<P: MappedClass, C: MappedClass> JoinTarget for $relation<P, C> {
            fn join_target(self) -> JoinedTo {
                joined(self)
            }
        }
    )*};
}
join_targets!(ToOne, ToMany, Path);
