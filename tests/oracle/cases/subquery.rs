//! Queries as values and in FROM.

use aludel::sql::{AnyColumn, Dynamic, Expr};
use aludel::{exists, func, literal, not_, select, tuple_};

use super::Cases;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    values(to);
    existing(to);
    derived(to);
}

fn count_of(column: AnyColumn) -> Expr<Dynamic> {
    func::function("count", [column.expr().into_expression()])
}

/// How many posts the user has.
fn posts(t: &Tables) -> Expr<Dynamic> {
    let posts = select(count_of(t.p("id"))).where_(t.p("user_id").eq(t.u("id")));
    posts.scalar_subquery()
}

fn values(to: &mut Cases) {
    to.query("subquery-01", |t| select((t.u("id"), posts(t).label("n"))).order_by(t.u("id")));
    to.query("subquery-02", |t| {
        let most = func::function("max", [t.u("age").expr().into_expression()]);
        let oldest = select(most).no_correlate().scalar_subquery();
        select(t.u("id")).where_(t.u("age").eq(oldest))
    });
    to.try_query("subquery-03", |t| {
        let m = t.users.alias("m");
        let average = func::function("avg", [m.c("age")?.expr().into_expression()]);
        let average = select(average).scalar_subquery();
        Ok(select(t.u("id")).where_(t.u("age").gt(average)).order_by(t.u("id")))
    });
    to.query("subquery-05", |t| select(t.u("id")).order_by((posts(t).desc(), t.u("id"))));
    to.query("subquery-13", |t| {
        let posts = select(count_of(t.p("id"))).where_(t.p("user_id").eq(t.u("id")));
        let posts = posts.correlate_except([&t.posts]).scalar_subquery();
        select(t.u("id")).where_(posts.gt(1)).order_by(t.u("id"))
    });
    to.query("subquery-14", |t| select(select(count_of(t.u("id"))).scalar_subquery().label("n")));
    to.query("subquery-21", |t| {
        let bob = select((literal(2), literal("bob")));
        select(t.u("id")).where_(tuple_((t.u("id"), t.u("name"))).eq(bob))
    });
    to.query("subquery-23", |t| {
        let n = posts(t).label("n");
        select((t.u("id"), n.clone())).order_by((n.desc(), t.u("id")))
    });
    to.query("subquery-24", |t| {
        let has = select(count_of(t.p("id")).gt(0)).where_(t.p("user_id").eq(t.u("id")));
        select(t.u("id")).where_(not_(has.scalar_subquery())).order_by(t.u("id"))
    });
    to.query("subquery-25", |t| {
        select(t.u("id")).where_(posts(t).between(1, 2)).order_by(t.u("id"))
    });
}

fn existing(to: &mut Cases) {
    to.query("subquery-07", |t| {
        let published = select(t.p("id")).where_(t.p("user_id").eq(t.u("id")));
        let published = published.where_(t.p("published"));
        select(t.u("id")).where_(published.exists()).order_by(t.u("id"))
    });
    to.query("subquery-08", |t| {
        let posts = select(t.p("id")).where_(t.p("user_id").eq(t.u("id")));
        select(t.u("id")).where_(!exists(posts)).order_by(t.u("id"))
    });
    to.query("subquery-12", |t| {
        let liked = select(t.c("id")).where_(t.c("post_id").eq(t.p("id")));
        let liked = liked.where_(t.c("likes").gt(2));
        let posts = select(t.p("id")).where_(t.p("user_id").eq(t.u("id"))).where_(exists(liked));
        select(t.u("id")).where_(exists(posts)).order_by(t.u("id"))
    });
}

fn derived(to: &mut Cases) {
    to.try_query("subquery-16", |t| {
        let s = select((t.u("id"), t.u("age"))).where_(t.u("age").is_not_null()).subquery("a");
        let double = (s.c("age")? * 2).label("dbl");
        let t = select((s.c("id")?, double)).where_(s.c("age")?.lt(40)).subquery("b");
        Ok(select((t.c("dbl")?, t.c("id")?)).order_by(t.c("id")?))
    });
    to.try_query("subquery-18", |t| {
        let s = select((t.u("id"), t.p("id"), t.u("name"))).join_from(&t.users, &t.posts);
        let s = s.subquery("s");
        let id = s.c("id_1")?;
        Ok(select(s).order_by(id))
    });
    to.try_query("subquery-19", |t| {
        let most = func::function("max", [t.p("score").expr().into_expression()]);
        let s = select((t.p("user_id"), most.label("m"))).group_by(t.p("user_id"));
        let s = s.anon_subquery();
        let (a, b) = (s.alias("a"), s.alias("b"));
        Ok(select((a.c("user_id")?, b.c("user_id")?))
            .where_(a.c("m")?.eq(b.c("m")?))
            .where_(a.c("user_id")?.lt(b.c("user_id")?)))
    });
}
