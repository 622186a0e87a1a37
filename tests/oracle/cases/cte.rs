//! Common table expressions.

use aludel::sql::{Dynamic, Expr, window};
use aludel::{cast, func, literal, or_, select, types};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    plain(to);
    recursive(to);
    odd(to);
    changes(to);
}

fn plain(to: &mut Cases) {
    to.try_query("cte-01", |t| {
        let x = select((t.u("id"), t.u("name"))).where_(t.u("active")).cte("act");
        Ok(select(x.c("name")?).order_by(x.c("id")?))
    });
    to.try_query("cte-02", |t| {
        let a = select((t.p("user_id"), func::count().label("n")));
        let a = a.group_by(t.p("user_id")).cte("a");
        let b = select(a.c("user_id")?).where_(a.c("n")?.gt(1)).cte("b");
        let known = t.u("id").in_select(select(b.c("user_id")?));
        Ok(select((t.u("name"), a.c("n")?))
            .join_on(&a, a.c("user_id")?.eq(t.u("id")))
            .where_(or_((known, a.c("n")?.eq(1))))
            .order_by(t.u("id")))
    });
    to.try_query("cte-03", |t| {
        let x = select((t.u("id"), t.u("manager_id"))).cte("x");
        let (a, b) = (x.alias("a"), x.alias("b"));
        Ok(select((a.c("id")?, b.c("id")?.expr().label("boss")))
            .join_on(&b, a.c("manager_id")?.eq(b.c("id")?))
            .order_by(a.c("id")?))
    });
    to.try_query("cte-08", |t| {
        let x = select(t.p("user_id")).where_(t.p("score").gt(0)).cte("x");
        let s = select((t.u("id"), t.u("name")));
        let s = s.where_(t.u("id").in_select(select(x.c("user_id")?))).anon_subquery();
        Ok(select(s.c("name")?).order_by(s.c("id")?))
    });
}

fn recursive(to: &mut Cases) {
    to.try_query("cte-04", |_| {
        let numbers = select(literal(1_i64).label("n")).untyped().cte("t");
        let next = select(numbers.c("n")? + 1).where_(numbers.c("n")?.lt(5)).untyped();
        let numbers = numbers.union_all(next);
        let n = || numbers.c("n");
        let so_far = func::sum(n()?).over(window().order_by(n()?)).label("s");
        Ok(select((n()?, so_far)).order_by(n()?))
    });
    to.try_query("cte-05", |t| {
        let path = |of: Expr<Dynamic>| cast(of, types::String(200));
        let columns = (
            t.u("id"),
            t.u("manager_id"),
            literal(0_i64).label("depth"),
            path(t.u("name").expr()).label("path"),
        );
        let tree = select(columns).where_(t.u("manager_id").is_null()).untyped().cte("tree");
        let e = t.users.alias("e");
        let longer = tree.c("path")?.concat("/").concat(e.c("name")?);
        let columns = (e.c("id")?, e.c("manager_id")?, tree.c("depth")? + 1, path(longer));
        let led = select(columns).where_(e.c("manager_id")?.eq(tree.c("id")?)).untyped();
        let tree = tree.union_all(led);
        Ok(select((tree.c("id")?, tree.c("depth")?, tree.c("path")?)).order_by(tree.c("id")?))
    });
    to.try_query("cte-06", |_| {
        let t = select(literal(1_i64).label("n")).cte("t");
        let t = t.union(select(t.columns() % 3 + 1));
        Ok(select(t.columns()).order_by(t.columns()))
    });
    to.try_query("cte-07", |t| {
        let up = select((t.u("id"), t.u("manager_id"))).where_(t.u("id").eq(4)).cte("up");
        let e = t.users.anon_alias();
        let above = select((e.c("id")?, e.c("manager_id")?));
        let up = up.union_all(above.join_on(&up, up.c("manager_id")?.eq(e.c("id")?)));
        let least = func::function("min", [up.c("id")?.expr().into_expression()]);
        Ok(select(t.u("id"))
            .where_(t.u("id").in_select(select(up.c("id")?)))
            .where_(t.u("id").ne(select(least).scalar_subquery()))
            .order_by(t.u("id")))
    });
}

fn odd(to: &mut Cases) {
    to.try_query("cte-12", |t| {
        let columns = (t.u("id"), t.p("id"), t.p("title").expr().label("select"));
        let x = select(columns).join_from(&t.users, &t.posts).cte("My \"CTE\" %");
        Ok(select((x.c("id")?, x.c("id_1")?, x.c("select")?))
            .where_(x.c("id_1")?.lt(4))
            .order_by(x.c("id_1")?))
    });
    to.try_query("cte-13", |t| {
        let x = select(t.u("id")).where_(t.u("active")).cte("x");
        let x = if t.db == crate::tables::Db::PostgreSql { x.materialized() } else { x };
        Ok(select(x.c("id")?).order_by(x.c("id")?))
    });
    to.query("cte-20", |t| {
        let x = select(t.u("id")).cte("unused");
        select(t.p("id")).where_(t.p("id").eq(1)).add_cte(&x)
    });
}

/// In front of statements that change rows.
fn changes(to: &mut Cases) {
    to.changes("cte-17", |t| {
        let x = select((t.u("name"), t.u("id"))).where_(t.u("id").lt(3)).cte("x");
        let rows = select((x.c("name")?, x.c("id")?));
        Ok(t.items.insert().from_select((t.i("name"), t.i("qty")), rows))
    });
    to.changes("cte-19", |t| {
        let x = select(t.i("id")).where_(t.i("qty").gt(5)).cte("x");
        Ok(t.items.delete().where_(t.i("id").in_select(select(x.c("id")?))))
    });
}
