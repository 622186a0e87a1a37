//! Cases of the category "window".

use aludel::sql::{Dynamic, Expr, TypedExpression, type_coerce, window};
use aludel::{case, func, select};

use super::Cases;
use crate::answer::Statement;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    to.query("window-01", |t| {
        let latest = window().partition_by(t.p("user_id")).order_by(t.p("id").desc());
        by_post(t, func::row_number().over(latest))
    });
    to.query("window-04", |t| {
        by_post(t, func::lag(t.p("score"), 1).or(99).over(window().order_by(t.p("id"))))
    });
    to.query("window-05", |t| {
        let of_user = window().partition_by(t.p("user_id")).order_by(t.p("id"));
        by_post(t, func::lead(t.p("title"), 1).over(of_user))
    });
    to.query("window-07", |t| by_post(t, sum(t).over(window().order_by(t.p("id")).rows(..=0))));
    to.query("window-08", |t| by_post(t, sum(t).over(window().order_by(t.p("id")).rows(-1..=1))));
    to.query("window-09", |t| by_post(t, sum(t).over(window().order_by(t.p("id")).rows(0..))));
    to.query("window-11", |t| by_post(t, sum(t).over(window().order_by(t.p("id")).rows(1..=2))));
    to.query("window-12", |t| {
        by_post(t, count(t).over(window().order_by(t.p("user_id")).range(-1..=1)))
    });
    to.query("window-13", |t| {
        by_post(t, count(t).over(window().order_by(t.p("user_id")).range(..)))
    });
    to.query("window-14", |t| {
        by_post(t, count(t).over(window().order_by(t.p("user_id")).groups(-1..=0)))
    });
    to.query("window-16", |t| by_post(t, func::count().over(window())));
    to.query("window-17", |t| {
        let parts = window().partition_by((t.p("user_id").gt(1), t.p("published")));
        by_post(t, count(t).over(parts))
    });
    to.query("window-18", |t| {
        let order = (t.p("published").desc(), t.p("user_id"), t.p("id").desc());
        by_post(t, func::row_number().over(window().order_by(order)))
    });
    to.query("window-22", |t| {
        let of_user = window().partition_by(t.p("user_id")).order_by(t.p("id"));
        let is_first = func::row_number().over(of_user).eq(1);
        by_post(t, case(is_first, "first").else_("more"))
    });
    to.query("window-23", |t| {
        let sum = func::sum(func::count());
        select((
            t.p("user_id"),
            func::count().label("n"),
            sum.over(window().order_by(t.p("user_id"))).label("run"),
        ))
        .group_by(t.p("user_id"))
        .order_by(t.p("user_id"))
    });
    to.try_query("window-24", |t| {
        let of_user = window().partition_by(t.p("user_id")).order_by(t.p("id"));
        let numbered =
            select((t.p("id"), t.p("user_id"), func::row_number().over(of_user).label("rn")));
        let s = numbered.subquery("s");
        Ok(select(s.c("id")?).where_(s.c("rn")?.eq(1)).order_by(s.c("id")?))
    });
}

/// The expression beside each post.
fn by_post<E: TypedExpression>(t: &Tables, value: E) -> impl Statement + use<E> {
    select((t.p("id"), type_coerce::<Dynamic>(value).label("w"))).order_by(t.p("id"))
}

fn sum(t: &Tables) -> Expr<Dynamic> {
    func::sum(t.p("id"))
}

fn count(t: &Tables) -> Expr<i64> {
    func::count_of(t.p("id"))
}
