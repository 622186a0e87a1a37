//! Cases of the category "bind".

use aludel::sql::literal_column;
use aludel::value::{Decimal, Time, Uuid};
use aludel::{and_, bindparam, func, literal, or_, params, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    for (id, text) in
        [("bind-02", "a\\b"), ("bind-03", "100% :x %s %%"), ("bind-06", "a\n\tb"), ("bind-07", "")]
    {
        to.query(id, move |_| select(literal(text).label("v")));
    }
    to.query("bind-08", |_| select(literal(true).label("v")));
    to.query("bind-10", |_| select(literal(1.5).label("v")));
    to.try_query("bind-11", |_| Ok(select(literal("1.50".parse::<Decimal>()?).label("v"))));
    to.query("bind-12", |_| select(literal(1_i64 << 62).label("v")));
    to.query("bind-13", |_| select(literal(-1).label("v")));
    to.try_query("bind-16", |_| Ok(select(literal(Time::new(1, 2, 3, 0)?).label("v"))));
    to.try_query("bind-19", |_| {
        let uuid: Uuid = "12345678-1234-5678-1234-567812345678".parse()?;
        Ok(select(literal(uuid).label("v")))
    });
    to.query("bind-20", |_| select(literal_column::<String>("'x%y'").label("v")));
    to.query("bind-23", |t| {
        let x = || bindparam("x").typed::<i32>();
        let condition = or_((t.u("id").eq(x()), t.u("age").eq(x() + 23)));
        select((t.u("id"), (t.u("id") + x()).label("s")))
            .where_(condition)
            .order_by(t.u("id"))
            .params(params! { x: 2 })
    });
    to.query("bind-24", |t| {
        let x = bindparam("x").value(1);
        select(t.u("id")).where_(t.u("id").eq(x)).params(params! { x: 3 })
    });
    to.query("bind-25", |t| select(t.u("id")).where_(t.u("id").eq(bindparam("x").callable(|| 4))));
    to.query("bind-26", |_| {
        let bind = |name: &'static str, value: i64| bindparam(name).value(value).typed::<i64>();
        let sum = bind("a b", 1)
            + bind("per%cent", 2)
            + bind("dot.ted", 3)
            + bind("col:on", 4)
            + bind("(x)", 5)
            + bind("select", 6)
            + bind("ü", 7);
        select(sum.label("v"))
    });
    to.query("bind-27", |t| {
        let id = || t.u("id");
        select(id()).where_(and_((id().gt(1), id().gt(2), id().lt(6), id().ne(4)))).order_by(id())
    });
    to.query("bind-29", |t| {
        let posts = || func::count_of(t.p("id"));
        let on = and_((t.p("user_id").eq(t.u("id")), t.p("score").gt(-100)));
        select(((t.u("id") + 100).label("a"), posts().label("n")))
            .outerjoin_on(&t.posts, on)
            .where_(t.u("id").lt(50))
            .group_by(t.u("id"))
            .having(posts().gt(0))
            .order_by(t.u("id") + 7)
            .limit(2)
            .offset(1)
    });
    to.query("bind-28", |t| {
        select(t.u("id")).where_(t.u("id").eq(bindparam("x"))).params(params! { x: 5 })
    });
}
