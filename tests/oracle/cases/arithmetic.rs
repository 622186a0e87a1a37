//! Cases of the category "arithmetic".

use aludel::sql::Dynamic;
use aludel::{cast, literal, select, types};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    let n = |value: i64| literal(value);
    to.query("arithmetic-01", move |_| select((n(10) - (n(3) - n(2))).label("v")));
    to.query("arithmetic-02", move |_| select((n(10) - n(3) - n(2)).label("v")));
    to.query("arithmetic-04", move |_| select((n(10) + (n(3) - n(2))).label("v")));
    to.query("arithmetic-07", move |_| select(n(100).floordiv(n(10).floordiv(n(5))).label("v")));
    to.query("arithmetic-08", move |_| select(n(100).floordiv(n(10) * n(5)).label("v")));
    to.query("arithmetic-09", move |_| select((n(10) * n(7).floordiv(n(2))).label("v")));
    to.query("arithmetic-10", move |_| select((n(10) * n(7)).floordiv(n(2)).label("v")));
    to.query("arithmetic-11", move |_| select((n(10) % (n(7) % n(4))).label("v")));
    to.query("arithmetic-12", move |_| select((n(10) % n(7) % n(4)).label("v")));
    to.query("arithmetic-13", move |_| select((n(10) * (n(7) % n(4))).label("v")));
    to.query("arithmetic-15", move |_| select((n(10) % (n(2) * n(3))).label("v")));
    to.query("arithmetic-18", move |_| select((-(n(3) * n(5)) * 2).label("v")));
    to.query("arithmetic-19", move |_| select((-n(-3)).label("v")));
    to.query("arithmetic-21", move |_| select((n(5) - n(-3)).label("v")));
    to.query("arithmetic-22", move |_| select((n(5) - (-n(3))).label("v")));
    // A value is written into the text of a whole statement only.
    to.literal("arithmetic-24", move |_| Ok(select((-n(-3)).label("v"))));
    to.query("arithmetic-27", move |_| select((n(7) / n(2)).label("v")));
    to.query("arithmetic-31", move |_| select((n(1) + n(7) / n(2)).label("v")));
    to.query("arithmetic-32", move |_| select((n(3) * (n(7) / n(2))).label("v")));
    to.query("arithmetic-34", move |_| select(n(-7).floordiv(n(2)).label("v")));
    to.query("arithmetic-35", move |_| select((n(-7) % n(3)).label("v")));
    to.query("arithmetic-36", move |_| {
        select((n(1) / cast(n(4), types::Numeric(10, 4))).label("v"))
    });
    to.query("arithmetic-37", move |_| {
        select((n(10) - (n(2) * n(100).floordiv(n(30)))).label("v"))
    });
    to.query("arithmetic-39", |t| {
        let bound = t.u("id") * (t.u("age") - 20);
        select(t.u("id")).where_(((t.u("age") + 5) * 2).gt(bound)).order_by(t.u("id"))
    });
    to.query("arithmetic-40", |t| {
        select((
            t.u("id"),
            (t.u("balance") * 2 - 1).label("a"),
            (-t.u("balance")).label("n"),
            (t.u("age") - (t.u("id") - 1)).label("d"),
        ))
        .order_by(t.u("id"))
    });
    to.query("arithmetic-42", |t| {
        select((t.u("id"), t.u("balance").floordiv(3).label("f"))).order_by(t.u("id"))
    });
    to.query("arithmetic-43", |t| {
        let less = t.u("age").op::<i64>("-", 1);
        select((
            (t.u("age").op::<i64>("+", 1) * 2).label("a"),
            t.u("age").op::<i64>("-", less).label("b"),
        ))
        .where_(t.u("id").eq(1))
    });
    to.query("arithmetic-44", |t| {
        let less = || t.u("age").op::<i64>("-", 1);
        select(((t.u("id") + less()).label("a"), (t.u("id") * less()).label("b")))
            .where_(t.u("id").eq(2))
    });
    to.query("arithmetic-45", |t| {
        select((t.u("age").op::<Dynamic>("%", 7).label("m"), (t.u("age") % 7).label("n")))
            .where_(t.u("id").eq(1))
    });
}
