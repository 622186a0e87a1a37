//! Cases of the category "boolean".

use aludel::sql::{Condition, Expr};
use aludel::{and_, false_, not_, or_, select, true_};

use super::Cases;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    /// The users for whom a condition holds.
    fn users<C: Condition + 'static>(
        to: &mut Cases,
        id: &'static str,
        condition: fn(&Tables) -> C,
    ) {
        to.query(id, move |t| select(t.u("id")).where_(condition(t)).order_by(t.u("id")));
    }
    users(to, "boolean-01", |t| and_((or_((t.u("age").eq(25), t.u("age").eq(30))), t.u("active"))));
    users(to, "boolean-02", |t| or_((and_((t.u("age").eq(25), t.u("active"))), t.u("id").eq(6))));
    users(to, "boolean-03", |t| t.u("id").eq(1) | t.u("age").eq(25) & !t.u("active"));
    users(to, "boolean-04", |t| not_(or_((t.u("age").eq(25), t.u("id").eq(1)))));
    users(to, "boolean-05", |t| {
        not_(and_((t.u("active"), or_((t.u("age").lt(40), t.u("id").eq(3))))))
    });
    users(to, "boolean-06", |t| !t.u("age").gt(25));
    users(to, "boolean-07", |t| !!t.u("age").gt(25));
    users(to, "boolean-08", |t| not_(t.u("active")));
    users(to, "boolean-09", |t| not_(not_(t.u("active"))));
    users(to, "boolean-10", |t| and_((true_(), t.u("age").gt(25))));
    users(to, "boolean-12", |t| or_((true_(), t.u("age").gt(25))));
    users(to, "boolean-13", |t| or_((false_(), t.u("age").gt(25))));
    users(to, "boolean-14", |_| not_(true_()));
    users(to, "boolean-15", |t| t.u("age").gt(25).eq(t.u("active")));
    users(to, "boolean-16", |t| t.u("age").eq(25).eq(t.u("active").eq(true)));
    users(to, "boolean-17", |t| t.u("age").gt(25).ne(t.u("id").gt(4)));
    users(to, "boolean-19", |t| t.u("age").gt(25).is_null());
    users(to, "boolean-21", |t| !t.u("age").gt(25).eq(t.u("id").gt(2)));
    to.query("boolean-28", |t| {
        let either = |one: i64, other: i64| -> Expr<Option<bool>> {
            or_((t.u("id").eq(one), t.u("id").eq(other)))
        };
        select(t.u("id")).where_(either(1, 2)).where_(either(2, 3)).order_by(t.u("id"))
    });
}
