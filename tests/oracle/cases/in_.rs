//! Cases of the category "in".

use aludel::sql::Condition;
use aludel::{Value, and_, bindparam, case, literal, not_, or_, params, select, tuple_};

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
    users(to, "in-03", |t| !t.u("age").in_([0_i64; 0]));
    users(to, "in-05", |t| t.u("id").in_([1, 3, 5, 99]));
    users(to, "in-08", |t| t.u("age").in_([Value::Int(25), Value::Null]));
    users(to, "in-09", |t| t.u("age").not_in([Value::Int(25), Value::Null]));
    users(to, "in-12", |t| (t.u("age") + 1).in_([26, 31]));
    users(to, "in-13", |t| t.u("id").in_([1, 3]).eq(t.u("active")));
    users(to, "in-14", |t| {
        let none = || t.u("id").in_([0_i64; 0]);
        or_((none(), not_(or_((none(), t.u("id").gt(2))))))
    });
    users(to, "in-15", |t| t.u("id").in_([0_i64; 0]).eq(t.u("active")));
    users(to, "in-17", |t| {
        let listed = [(1, "alice"), (2, "nobody"), (3, "carol")];
        tuple_((t.u("id"), t.u("name"))).not_in(listed)
    });
    users(to, "in-20", |t| {
        let published = select((t.p("user_id"), t.p("published")));
        tuple_((t.u("id"), t.u("active"))).in_(published)
    });
    users(to, "in-21", |t| t.u("id").in_(select(t.p("user_id")).where_(t.p("score").gt(0))));
    users(to, "in-22", |t| t.u("id").not_in(select(t.p("user_id"))));
    users(to, "in-23", |t| {
        // Of another row of the table: the name of the table here is another.
        let x = t.users.alias("x");
        t.u("id").not_in(select(x.c("manager_id").unwrap()))
    });
    users(to, "in-24", |t| {
        let posted = select(t.p("user_id")).where_(t.p("id").eq(1));
        t.u("id").in_(posted.union(select(t.c("user_id")).where_(t.c("id").eq(7))))
    });
    for (id, ids) in [("in-25", vec![2, 4]), ("in-26", vec![])] {
        to.query(id, move |t| {
            let listed = t.u("id").in_(bindparam("ids").expanding());
            select(t.u("id"))
                .where_(listed)
                .order_by(t.u("id"))
                .params(params! { ids: ids.clone() })
        });
    }
    to.query("in-27", |t| {
        let ids = || bindparam("ids").expanding();
        select(t.u("id"))
            .where_(or_((t.u("id").in_(ids()), t.u("manager_id").in_(ids()))))
            .order_by(t.u("id"))
            .params(params! { ids: vec![3, 1] })
    });
    users(to, "in-28", |t| {
        and_((
            t.u("id").gt(1),
            t.u("id").in_([2, 3, 4, 5]),
            t.u("id").lt(5),
            t.u("age").in_([25, 35]),
            t.u("name").ne("zz"),
        ))
    });
    users(to, "in-29", |t| {
        literal(5).in_(select(t.p("score")).where_(t.p("user_id").eq(t.u("id"))))
    });
    users(to, "in-31", |t| case(t.u("age").gt(28), "old").else_("young").in_(["old"]));
    to.literal("in-30", |t| {
        let names = t.u("name").in_(["bob", "o'x", "a%b"]);
        Ok(select(t.u("id")).where_(names).order_by(t.u("id")))
    });
}
