//! Cases of the category "function".

use aludel::sql::{array_of, or_, tablesample_repeatable};
use aludel::{func, literal, select, values};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    of_rows(to);
    aggregates(to);
    rows(to);
}

fn of_rows(to: &mut Cases) {
    to.query("function-01", |t| {
        select((
            func::count().label("n"),
            func::count_of(t.u("age")).label("a"),
            func::count_of(t.u("age")).distinct().label("d"),
            func::call("count", t.u("age")).distinct().label("e"),
        ))
    });
    to.query("function-02", |t| {
        select((
            func::count_of(t.u("id")).label("n"),
            func::sum(t.u("age")).label("s"),
            func::max(t.u("age")).label("m"),
            func::avg(t.u("age")).label("a"),
        ))
        .where_(t.u("id").gt(100))
    });
    to.query("function-03", |t| {
        select((
            func::sum(t.u("age")).label("s"),
            func::avg(t.u("age")).label("a"),
            func::min(t.u("name")).label("mi"),
            func::max(t.u("balance")).label("ma"),
        ))
        .where_(t.u("id").lt(5))
    });
    to.query("function-04", |t| {
        select((
            func::upper(t.u("name")),
            func::length(t.u("name")),
            func::substr(t.u("name"), 2, 2),
            func::replace(t.u("name"), "b", "%"),
            func::trim(literal("  x ")),
        ))
        .where_(t.u("id").eq(2))
    });
    to.query("function-05", |t| {
        select((
            func::call("length", t.u("name")).label("l"),
            func::char_length(t.u("name")).label("c"),
        ))
        .where_(t.u("id").eq(6))
    });
    to.query("function-08", |t| {
        let low = func::lower(t.u("name")).label("low");
        select(low.clone()).order_by(low).limit(3)
    });
    to.query("function-09", |t| {
        select((func::abs(t.u("balance")), func::abs(t.u("age") - 100), func::abs(t.u("id"))))
            .where_(t.u("id").eq(2))
    });
}

fn rows(to: &mut Cases) {
    to.try_query("function-18", |_| {
        let g = func::call("generate_series", (1, 7, 3)).table_valued("g", ["value"]);
        Ok(select((g.c("value")?, (g.c("value")? * 2).label("d"))).order_by(g.c("value")?))
    });
    to.query("function-19", |_| {
        let x = func::call("generate_series", (1, 3)).column_valued("x");
        select((x.clone(), x.clone() + 1)).order_by(x)
    });
    to.try_query("function-20", |_| {
        let texts = array_of(["a", "b"].map(literal));
        let g = func::call("unnest", texts).with_ordinality("g", ["v", "ord"]);
        Ok(select((g.c("v")?, g.c("ord")?)).order_by(g.c("ord")?))
    });
    to.try_query("function-22", |t| {
        let (all, seed) = (func::call("system", 100), func::call("radians", 1));
        let s = tablesample_repeatable(&t.users, "s", all, seed);
        Ok(select(func::count_of(s.c("id")?).label("n")))
    });
    to.query("function-23", |_| {
        let text = |text: &str| Some(text.to_owned());
        let rows = [(1, text("x")), (2, text("y'z")), (3, None)];
        let v = values(["a", "b"], rows).subquery("v");
        let (a, b) = v.columns();
        select((a.clone(), b)).order_by(a)
    });
    to.query("function-24", |t| {
        let v = values(["uid", "w"], [(1, 10), (3, 30)]).subquery("v");
        let (uid, w) = v.columns();
        select((t.u("name"), w)).join_from_on(&t.users, &v, t.u("id").eq(uid)).order_by(t.u("id"))
    });
}

fn aggregates(to: &mut Cases) {
    to.query("function-12", |t| {
        let is = |id: i32| t.u("id").eq(id);
        select((
            func::count_of(t.u("id")).filter(t.u("active")).label("a"),
            func::count_of(t.u("id")).filter(t.u("active")).filter(t.u("age").gt(25)).label("b"),
            func::sum(t.u("age")).filter(or_((is(1), is(2)))).label("c"),
        ))
    });
    to.query("function-13", |t| {
        select(func::aggregate_strings(t.p("title"), ", ").label("v")).where_(t.p("user_id").eq(2))
    });
    to.query("function-14", |t| {
        select(func::aggregate_strings(t.u("name"), "|").order_by(t.u("id").desc()).label("v"))
    });
    to.query("function-16", |t| {
        select((
            func::percentile_cont(0.5).within_group(t.u("age")).label("p"),
            func::mode().within_group_by(t.u("age").desc()).label("m"),
        ))
    });
}
