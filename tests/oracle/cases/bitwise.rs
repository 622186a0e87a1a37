//! Cases of the category "bitwise".

use aludel::{literal, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    let n = |value: i64| literal(value);
    to.query("bitwise-01", move |_| select(n(6).bitwise_and(n(3).bitwise_or(n(8))).label("v")));
    to.query("bitwise-02", move |_| select(n(6).bitwise_and(n(3)).bitwise_or(n(8)).label("v")));
    to.query("bitwise-03", move |_| select(n(8).bitwise_or(n(6).bitwise_and(n(3))).label("v")));
    to.query("bitwise-04", move |_| select((n(1) + n(1).bitwise_lshift(n(3))).label("v")));
    to.query("bitwise-05", move |_| select((n(1) + n(1)).bitwise_lshift(n(3)).label("v")));
    to.query("bitwise-06", move |_| select(n(1).bitwise_lshift(n(1) + n(2)).label("v")));
    to.query("bitwise-07", move |_| select((n(10) - n(6).bitwise_and(n(3))).label("v")));
    to.query("bitwise-09", move |_| select(n(5).bitwise_not().label("v")));
    to.query("bitwise-14", |t| {
        select(t.u("id")).where_(!t.u("id").bitwise_and(1).eq(1)).order_by(t.u("id"))
    });
}
