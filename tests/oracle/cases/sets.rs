//! UNION, INTERSECT, EXCEPT.

use aludel::{asc, desc, exists, func, literal, select};

use super::Cases;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    plain(to);
    nested(to);
    in_others(to);
}

fn ids(t: &Tables) -> aludel::sql::Select<aludel::sql::AnyColumn> {
    select(t.u("id"))
}

fn plain(to: &mut Cases) {
    to.query("set-02", |t| {
        let young = select(t.u("age")).where_(t.u("id").lt(3));
        young.union_all(select(t.u("age")).where_(t.u("id").in_([2, 5]))).order_by("age")
    });
    to.query("set-03", |t| ids(t).intersect(select(t.p("user_id"))).order_by("id"));
    to.query("set-04", |t| ids(t).except_(select(t.p("user_id"))).order_by("id"));
    to.query("set-05", |t| {
        let ages = select(t.u("age")).where_(t.u("age").is_not_null());
        ages.except_all(select(t.u("age")).where_(t.u("id").eq(2))).order_by("age")
    });
    to.query("set-06", |t| {
        select(t.p("user_id")).intersect_all(select(t.c("user_id"))).order_by("user_id")
    });
    to.query("set-18", |t| {
        let users = select((t.u("id"), t.u("name"))).where_(t.u("id").lt(3));
        let posts = select((t.p("id"), t.p("title"))).where_(t.p("id").eq(6));
        users.union_all(posts).order_by(t.u("id").desc())
    });
    to.query("set-21", |t| {
        let one = select((t.u("id"), t.u("name"))).where_(t.u("id").eq(1)).untyped();
        let none = select((aludel::literal_column::<i64>("NULL"), literal("none".to_owned())));
        one.union_all(none.untyped()).order_by("name")
    });
}

fn nested(to: &mut Cases) {
    to.query("set-08", |t| {
        let some = ids(t).where_(t.u("id").lt(3)).union(ids(t).where_(t.u("id").eq(6)));
        ids(t).except_(some).order_by("id")
    });
    to.try_query("set-13", |t| {
        let some = ids(t).where_(t.u("id").lt(3)).union(ids(t).where_(t.u("id").eq(6)));
        let some = some.anon_subquery();
        Ok(ids(t).except_(select(some.c("id")?)).order_by("id"))
    });
    to.query("set-15", |t| {
        let last = ids(t).order_by(t.u("id").desc()).limit(2);
        last.union_all(ids(t).order_by(t.u("id")).limit(1)).order_by("id")
    });
    to.query("set-16", |t| {
        let last = ids(t).order_by(t.u("id").desc()).limit(2);
        let both = last.union_all(ids(t).order_by(t.u("id")).limit(2));
        both.order_by(desc("id")).limit(3)
    });
    to.try_query("set-17", |t| {
        let a = ids(t).order_by(t.u("id").desc()).limit(2).anon_subquery();
        let b = ids(t).order_by(t.u("id")).limit(1).anon_subquery();
        Ok(select(a.c("id")?).union_all(select(b.c("id")?)).order_by(asc("id")))
    });
}

fn in_others(to: &mut Cases) {
    to.try_query("set-19", |t| {
        let users = select((t.u("id").expr().label("k"), literal("u".to_owned()).label("t")));
        let posts = select((t.p("id"), literal("p".to_owned())));
        let s = users.union_all(posts).subquery("s");
        let most = func::function("max", [s.c("k")?.expr().into_expression()]);
        Ok(select((s.c("t")?, func::count().label("n"), most.label("m")))
            .group_by(s.c("t")?)
            .order_by(s.c("t")?))
    });
    to.query("set-20", |t| {
        let posts = select(t.p("id")).where_(t.p("user_id").eq(t.u("id")));
        let comments = select(t.c("id")).where_(t.c("user_id").eq(t.u("id")));
        ids(t).where_(exists(posts.union(comments))).order_by(t.u("id"))
    });
    to.try_query("set-23", |t| {
        let s = select(t.p("user_id")).union_all(select(t.c("user_id"))).anon_subquery();
        Ok(select((s.c("user_id")?, func::count().label("n")))
            .where_(s.c("user_id")?.is_not_null())
            .group_by(s.c("user_id")?)
            .order_by(s.c("user_id")?))
    });
}
