//! The conditions by which both sides of a relationship belong together.

use crate::orm::mapper::{Pair, Relationship};
use crate::sql::{AnyColumn, Expr, FromClause, and_};

/// By which condition what stands in FROM for the other side belongs to what stands there for this one, and what is
/// joined: the other side, with the table of pairs if there is one.
pub(in crate::orm) fn on(
    relationship: &'static Relationship,
    own: &[AnyColumn],
    other: &FromClause,
) -> (FromClause, Expr<Option<bool>>) {
    let others = relationship.target.columns_of(other);
    let Some(secondary) = &relationship.secondary else {
        let equal = |pair: &Pair| own[pair.own].clone().eq(others[pair.other].clone());
        return (other.clone(), all(relationship.pairs.iter().map(equal)));
    };
    let pairs = secondary.table.anon_alias();
    let between = FromClause::from(&pairs);
    let equal = |column: &AnyColumn, of: &AnyColumn| of.clone().eq(column.over(&between));
    let local = secondary.local.iter().map(|(place, column)| equal(column, &own[*place]));
    let remote = secondary.remote.iter().map(|(place, column)| equal(column, &others[*place]));
    (between.clone().join_on(other, all(remote)), all(local))
}

/// All of them.
fn all(mut conditions: impl Iterator<Item = Expr<Option<bool>>>) -> Expr<Option<bool>> {
    match conditions.next() {
        Some(first) => conditions.fold(first, |all, next| and_((all, next))),
        None => unreachable!("a foreign key has columns"),
    }
}
