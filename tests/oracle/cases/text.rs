//! SQL that the program writes.

use aludel::value::DateTime;
use aludel::{literal_column, params, select, text};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    alone(to);
    fragments(to);
}

fn alone(to: &mut Cases) {
    to.query("text-01", |_| {
        text("SELECT id FROM users WHERE id > :a AND id < :b ORDER BY id")
            .params(params! { a: 1, b: 4 })
    });
    to.query("text-05", |_| text("SELECT 'a :b' AS v"));
    to.query("text-06", |_| {
        text("SELECT '12'::integer AS v, CAST(:x AS integer)::text AS w").bind("x", 5)
    });
    to.query("text-07", |_| text("SELECT '100%' AS v, 7 % 4 AS m WHERE 'abc' LIKE 'a%'"));
    to.query("text-08", |_| text("SELECT '?' AS q, :x AS v").bind("x", 1));
    to.query("text-10", |_| {
        text("SELECT id, active, created_at FROM users WHERE id = 1")
            .columns::<(i64, bool, DateTime)>()
    });
    to.query("text-15", |_| {
        text("SELECT id FROM users WHERE id IN :ids ORDER BY id")
            .expanding::<i32>("ids")
            .bind("ids", vec![1, 3])
    });
    to.try_query("text-11", |_| {
        let s = text("SELECT id, name FROM users WHERE id < :n").bind("n", 4);
        let s = s.columns_named::<(i64, String), _>(["id", "name"]).subquery("s");
        let (id, name) = s.columns();
        Ok(select(name).where_(id.clone().gt(1)).order_by(id))
    });
    to.query("text-17", |_| {
        let x = text("SELECT id FROM users WHERE active").columns_named::<i64, _>(["id"]);
        let x = x.cte("x");
        select(x.columns()).order_by(x.columns())
    });
}

fn fragments(to: &mut Cases) {
    to.query("text-12", |_| {
        select((text("id"), text("name AS n")))
            .select_from(text("users"))
            .where_(text("id = :i"))
            .order_by(text("id DESC"))
            .params(params! { i: 2 })
    });
    to.query("text-13", |t| {
        select(t.u("id"))
            .where_(aludel::and_((text("id = 1 OR id = 2"), t.u("id").gt(1))))
            .order_by(t.u("id"))
    });
    to.query("text-14", |t| {
        select(t.u("id")).where_(aludel::not_(text("id = 1 OR id = 2"))).order_by(t.u("id"))
    });
    to.query("text-18", |_| select((literal_column::<i64>("1 + 1") * 3).label("v")));
    to.query("text-19", |t| {
        select(t.u("id")).prefix_with("/* pre */").suffix_with("/* suf */").where_(t.u("id").eq(1))
    });
}
