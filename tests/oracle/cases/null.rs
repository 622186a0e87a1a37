//! Cases of the category "null".

use aludel::sql::{Condition, Dynamic};
use aludel::{Value, and_, func, literal, not_, null, or_, select};

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
    users(to, "null-01", |t| t.u("age").eq(Value::Null));
    users(to, "null-02", |t| t.u("age").ne(Value::Null));
    users(to, "null-03", |t| not_(t.u("fullname").is_(null::<Dynamic>())));
    users(to, "null-05", |t| t.u("age").is_not_distinct_from(Value::Null));
    users(to, "null-08", |t| and_(((t.u("age") + 1).is_distinct_from(26), t.u("active"))));
    users(to, "null-09", |t| {
        or_((t.u("active").eq(false), and_((t.u("active").is_(true), t.u("id").eq(1)))))
    });
    users(to, "null-12", |t| t.u("age").eq(null::<Dynamic>()));
    users(to, "null-14", |t| t.u("age").is_null().eq(t.u("fullname").is_null()));
    to.query("null-15", |_| {
        select((
            null::<String>().label("a"),
            literal(None::<String>).label("b"),
            literal(None::<i32>).label("c"),
            literal(1).label("d"),
        ))
    });
    to.query("null-16", |t| {
        let name = func::coalesce(t.u("fullname"), func::coalesce(t.u("name"), "none"));
        let age = func::nullif(t.u("age"), 25);
        select((t.u("id"), name.label("n"), age.label("a"))).order_by(t.u("id"))
    });
    to.query("null-17", |t| {
        let (is_null, empty) = (t.p("body").is_null(), t.p("body").eq(""));
        select((t.p("id"), is_null.label("isnull"), empty.label("empty"))).order_by(t.p("id"))
    });
}
