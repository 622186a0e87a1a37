//! LIMIT, OFFSET and FETCH.

use aludel::{bindparam, func, literal_column, params, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("limit-03", |t| select(t.u("id")).order_by(t.u("id")).offset(4));
    to.query("limit-04", |t| select(t.u("id")).order_by(t.u("id")).limit(0));
    to.query("limit-05", |t| select(t.u("id")).order_by(t.u("id")).limit(1).limit(None::<i64>));
    to.query("limit-07", |t| {
        let page = select(t.u("id")).order_by(t.u("id"));
        page.limit(bindparam("n")).offset(bindparam("m")).params(params! { n: 2, m: 1 })
    });
    to.query("limit-08", |t| {
        let posts = func::function("count", [t.p("id").expr().into_expression()]);
        select(t.u("id")).order_by(t.u("id")).limit(select(posts - 4).scalar_subquery())
    });
    to.query("limit-09", |t| select(t.u("id")).order_by(t.u("id")).fetch(2).offset(1));
    to.query("limit-11", |t| select(t.u("id")).order_by(t.u("id")).slice(1, 4));
    to.query("limit-12", |t| {
        select(t.u("id")).order_by(t.u("id")).limit(literal_column::<i64>("3"))
    });
}
