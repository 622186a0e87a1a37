//! Cases of the category "cast".

use aludel::{cast, literal, null, select, types};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("cast-02", |_| select(literal("17").cast::<i32>().label("v")));
    to.query("cast-03", |_| select(cast("12.345", types::Numeric(6, 2)).label("v")));
    to.query("cast-06", |_| {
        select(((literal(3_i64) + literal(4_i64)).cast::<i32>() * 2).label("v"))
    });
    to.query("cast-07", |_| select(null::<i32>().cast::<i32>().label("v")));
    to.query("cast-08", |_| select((-literal("5").cast::<i32>()).label("v")));
    to.query("cast-09", |_| select((literal(1_i64).cast::<f64>() / literal(4_i64)).label("v")));
    to.query("cast-10", |_| select(literal("9007199254740993").cast::<i64>().label("v")));
    to.query("cast-11", |_| select(literal(3_i64).gt(literal(2_i64)).cast::<i32>().label("v")));
    to.query("cast-13", |t| {
        select((t.u("id"), t.u("active").cast::<i32>().label("v"))).order_by(t.u("id"))
    });
    to.query("cast-15", |t| {
        let text = t.u("id").cast_as(types::String(5)).concat("x");
        select(text.label("v")).where_(t.u("id").eq(3))
    });
}
