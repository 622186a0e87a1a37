//! Joins.

use aludel::sql::schema::ForeignKey;
use aludel::sql::{FromClause, LabelStyle};
use aludel::{Column, MetaData, Table, and_, func, literal, or_, select, types};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    inferred(to);
    given(to);
    derived(to);
    to.query("join-28", |t| {
        let columns = t.users.columns().iter().map(|column| t.u(column.name()));
        let columns = columns.chain(t.posts.columns().iter().map(|column| t.p(column.name())));
        select(columns.collect::<Vec<_>>())
            .join_from(&t.users, &t.posts)
            .where_(t.p("id").eq(3))
            .set_label_style(LabelStyle::TablenamePlusCol)
    });
}

fn inferred(to: &mut Cases) {
    to.query("join-02", |t| select((t.p("title"), t.u("name"))).join(&t.users).order_by(t.p("id")));
    to.query("join-03", |t| {
        select((t.u("name"), t.p("id"))).join_from(&t.posts, &t.users).order_by(t.p("id"))
    });
    to.try_query("join-12", |t| {
        let m = t.users.alias("m");
        let both = FromClause::from(&t.users).join(&m);
        let pairs = select((t.u("id"), m.c("id")?)).select_from(both);
        Ok(pairs.order_by((t.u("id"), m.c("id")?)))
    });
    to.try_query("join-13", |_| {
        let metadata = MetaData::new();
        let key = || Column::new("id", types::Integer).primary_key();
        let t2 = Table::new("t2", &metadata, [key()])?;
        let named = |name: &'static str| {
            Column::new(name, types::Integer).foreign_key(ForeignKey::new("t2.id"))
        };
        let t3 = Table::new("t3", &metadata, [named("a"), named("b")])?;
        Ok(t2.select().join(&t3))
    });
    to.query("join-14", |t| select(t.u("id")).join(&t.items));
}

fn given(to: &mut Cases) {
    to.query("join-05", |t| {
        select(t.u("id"))
            .outerjoin_on(&t.posts, t.p("user_id").eq(t.u("id")))
            .where_(t.p("id").is_null())
            .order_by(t.u("id"))
    });
    to.query("join-06", |t| {
        let scored = or_((t.p("score").gt(5), t.p("score").is_null()));
        select((t.u("id"), t.p("id")))
            .outerjoin_on(&t.posts, and_((t.p("user_id").eq(t.u("id")), scored)))
            .order_by((t.u("id"), t.p("id")))
    });
    to.query("join-08", |t| {
        select((t.u("name"), t.p("id"), t.c("body")))
            .select_from(&t.users)
            .join_on(&t.posts, t.p("user_id").eq(t.u("id")))
            .join_on(&t.comments, t.c("post_id").eq(t.p("id")))
            .order_by(t.c("id"))
    });
    to.try_query("join-09", |t| {
        let (author, commenter) = (t.users.alias("author"), t.users.alias("commenter"));
        Ok(select((author.c("name")?, commenter.c("name")?, t.c("body")))
            .select_from(&t.comments)
            .join_on(&t.posts, t.c("post_id").eq(t.p("id")))
            .join_on(&author, author.c("id")?.eq(t.p("user_id")))
            .outerjoin_on(&commenter, commenter.c("id")?.eq(t.c("user_id")))
            .order_by(t.c("id")))
    });
    to.query("join-16", |t| {
        let inner = FromClause::from(&t.posts).join_on(&t.comments, t.c("post_id").eq(t.p("id")));
        let all = FromClause::from(&t.users).outerjoin_on(inner, t.p("user_id").eq(t.u("id")));
        select((t.u("id"), t.p("id"), t.c("id"))).select_from(all).order_by((t.u("id"), t.c("id")))
    });
    to.query("join-17", |t| {
        let all = FromClause::from(&t.users)
            .outerjoin_on(&t.posts, t.p("user_id").eq(t.u("id")))
            .join_on(&t.comments, t.c("post_id").eq(t.p("id")));
        select((t.u("id"), t.p("id"), t.c("id"))).select_from(all).order_by(t.c("id"))
    });
    to.try_query("join-18", |t| {
        let m = t.users.alias("m");
        Ok(select((t.u("id"), m.c("id")?))
            .join_on(&m, and_(()))
            .where_(t.u("id").lt(3))
            .where_(m.c("id")?.gt(4))
            .order_by((t.u("id"), m.c("id")?)))
    });
    to.query("join-19", |t| {
        select((t.u("id"), t.p("id")))
            .where_(t.u("id").eq(t.p("user_id")))
            .where_(t.p("published"))
            .order_by(t.p("id"))
    });
    to.query("join-20", |t| {
        let m = t.users.alias("m");
        select(func::count().label("n")).select_from(&t.users).select_from(&m)
    });
}

fn derived(to: &mut Cases) {
    to.try_query("join-21", |t| {
        let s = select((t.p("user_id"), func::count().label("n"))).group_by(t.p("user_id"));
        let s = s.subquery("s");
        Ok(select((t.u("name"), s.c("n")?))
            .outerjoin_on(&s, s.c("user_id")?.eq(t.u("id")))
            .order_by(t.u("id")))
    });
    to.try_query("join-22", |t| {
        let s = select([t.p("id"), t.p("user_id"), t.p("title")]).where_(t.p("published"));
        let s = s.anon_subquery();
        Ok(select((t.u("name"), s.c("title")?)).join(&s).order_by((t.u("id"), s.c("id")?.desc())))
    });
    to.try_query("join-26", |t| {
        let arguments = [literal(1).into_expression(), t.u("id").expr().into_expression()];
        let g = func::function("generate_series", arguments).table_valued("g", ["n"]);
        Ok(select((t.u("id"), g.c("n")?))
            .outerjoin_on(&g, g.c("n")?.gt(1))
            .where_(t.u("id").lt(4))
            .order_by((t.u("id"), g.c("n")?)))
    });
}
