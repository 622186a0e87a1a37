//! Conditions about what a relationship refers to.

use super::join::related;
use super::path::{LoadPath, Path, Step};
use crate::orm::class::MappedClass;
use crate::orm::relation::{ToMany, ToOne};
use crate::sql::{Condition, Expr, MappedAlias, condition_of, exists, literal, select};

/// That there is an object to which a relationship refers, which fulfils a condition.
fn there_is(mut step: Step, condition: Option<Expr<Option<bool>>>) -> Expr<bool> {
    let target = step.parent.definitions()[step.place].target();
    let condition = condition.map(|condition| match step.target {
        // What refers to its own table needs another name for what it refers to.
        None if target == step.parent => {
            let alias = MappedAlias::anonymous();
            step.target = Some(alias);
            crate::sql::moved(&condition, &target.from(None), &target.from(Some(alias)))
        }
        _ => condition,
    });
    if condition.is_none() && step.target.is_none() && target == step.parent {
        step.target = Some(MappedAlias::anonymous());
    }
    let (_, right, on) = related(&step);
    // What it refers to is looked for, also where a statement around it selects from the same table.
    let query =
        select(literal(1_i64)).select_from(right.clone()).where_(on).correlate_except([right]);
    exists(match condition {
        Some(condition) => query.where_(condition),
        None => query,
    })
}

/// The same for the last relationship of a path, within the others.
fn there_is_along(steps: Vec<Step>, condition: Option<Expr<Option<bool>>>) -> Expr<bool> {
    let mut steps = steps.into_iter().rev();
    let Some(last) = steps.next() else { unreachable!("a path has a relationship") };
    steps.fold(there_is(last, condition), |inner, step| there_is(step, Some(condition_of(inner))))
}

macro_rules! conditions {
    ($($relation:ident $any:ident $none:ident)*) => {$(
        impl<P: MappedClass, C: MappedClass> $relation<P, C> {
            /// That it refers to an object that fulfils a condition.
            ///
            /// ```
            /// use aludel::{not_, select};
            /// # aludel::models_of_examples!();
            ///
            /// let of_user = Address::c.user.has(User::c.name.eq("sandy"));
            /// assert_eq!(
            ///     select(Address::c.id).where_(of_user).to_string(),
            ///     "SELECT addresses.id FROM addresses WHERE EXISTS (SELECT :1 FROM users WHERE addresses.user_id = \
            ///      users.id AND users.name = :2)"
            /// );
            /// let without = not_(User::c.addresses.any_at_all());
            /// assert_eq!(
            ///     select(User::c.id).where_(without).to_string(),
            ///     "SELECT users.id FROM users WHERE NOT EXISTS (SELECT :1 FROM addresses WHERE users.id = \
            ///      addresses.user_id)"
            /// );
            /// ```
            pub fn $any(self, condition: impl Condition) -> Expr<bool> {
                there_is_along(self.steps(), Some(condition_of(condition)))
            }

            /// That it refers to an object, whichever.
            pub fn $none(self) -> Expr<bool> {
                there_is_along(self.steps(), None)
            }
        }
    )*};
}
conditions! {
    ToOne has has_one
    ToMany any any_at_all
    Path any any_at_all
}
