//! Cases of the category "json".

use aludel::select;
use aludel::sql::{Dynamic, Expr, TypedExpression, and_, type_coerce};

use super::Cases;
use crate::answer::Statement;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    to.query("json-01", |t| of_first(t, t.u("data").json("a")));
    to.query("json-03", |t| of_first(t, t.u("data").json("nested").json("k").as_string()));
    to.query("json-05", |t| of_first(t, t.u("data").json(("nested", "k")).as_string()));
    to.query("json-06", |t| {
        of_first(t, t.u("data").json(("nested", "deep", "er", 1)).as_integer())
    });
    to.query("json-07", |t| of_first(t, t.u("data").json("tags").json(1).as_string()));
    to.query("json-08", |t| of_first(t, t.u("data").json(("nested", "n")).as_float()));
    to.query("json-09", |t| of_first(t, t.u("data").json(("nested", "t")).as_boolean()));
    to.query("json-10", |t| of_first(t, t.u("data").json("nested")));
    to.query("json-11", |t| of_first(t, t.u("data").json("nothere").as_string()));
    to.query("json-12", |t| of_first(t, t.u("data").json("nul")));
    to.query("json-13", |t| of_first(t, t.u("data").json("nul").as_string()));
    to.query("json-16", |t| of_first(t, t.u("data").json("dot.ted").as_string()));
    to.query("json-19", |t| of_row(t, 5, t.u("data").json(0).as_integer()));
    to.query("json-23", |t| {
        let is_less: Expr<Option<bool>> = t.u("data").json("a").as_integer().lt(2);
        select(t.u("id")).where_(and_((t.u("id").in_([1, 2, 6]), is_less))).order_by(t.u("id"))
    });
    to.query("json-24", |t| {
        select(t.u("id")).where_(t.u("data").json("b").as_boolean().eq(false)).order_by(t.u("id"))
    });
    to.query("json-25", |t| select(t.u("id")).where_(t.u("data").is_null()).order_by(t.u("id")));
    to.query("json-26", |t| select((t.u("id"), t.u("data"))).order_by(t.u("id")));
}

fn of_first<E: TypedExpression>(t: &Tables, value: E) -> impl Statement + use<E> {
    of_row(t, 1, value)
}

fn of_row<E: TypedExpression>(t: &Tables, id: i32, value: E) -> impl Statement + use<E> {
    select(type_coerce::<Dynamic>(value).label("v")).where_(t.u("id").eq(id))
}
