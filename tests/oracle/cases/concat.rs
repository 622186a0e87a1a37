//! Cases of the category "concat".

use aludel::{cast, func, literal, select, types};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("concat-04", |t| {
        let text = literal("n=").concat((t.u("id") + 1).cast_as(types::String(10)));
        select(text.label("v")).order_by(t.u("id"))
    });
    to.query("concat-06", |t| {
        let pattern = literal("b").concat("%");
        select(t.u("id")).where_(t.u("name").like(pattern)).order_by(t.u("id"))
    });
    to.query("concat-07", |t| {
        let wanted = literal("bo").concat("bx");
        select(t.u("id")).where_(t.u("name").concat("x").eq(wanted)).order_by(t.u("id"))
    });
    to.query("concat-08", |t| {
        let key = t.u("name").concat(cast(t.u("id"), types::String(5)));
        select(t.u("id")).where_(key.in_(["bob2", "carol3", "dave5"])).order_by(t.u("id"))
    });
    to.query("concat-09", |t| {
        select(t.u("id")).where_(!t.u("name").concat("_").like("%b_")).order_by(t.u("id"))
    });
    to.query("concat-10", |t| {
        let twice = literal("Mr ").concat(t.u("name").concat(" ").concat(t.u("name")));
        select(twice.label("v")).where_(t.u("id").lt(3)).order_by(t.u("id"))
    });
    to.query("concat-11", |t| {
        let arguments = [
            aludel::sql::TypedExpression::expr(t.u("name")).into_expression(),
            literal("-").into_expression(),
            aludel::sql::TypedExpression::expr(t.u("id")).into_expression(),
        ];
        select(func::function("concat", arguments).label("v"))
            .where_(t.u("id").lt(3))
            .order_by(t.u("id"))
    });
}
