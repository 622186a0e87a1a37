//! LIMIT and OFFSET.

use aludel::{bindparam, params, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("limit-03", |t| select(t.u("id")).order_by(t.u("id")).offset(4));
    to.query("limit-04", |t| select(t.u("id")).order_by(t.u("id")).limit(0));
    to.query("limit-07", |t| {
        let page = select(t.u("id")).order_by(t.u("id"));
        page.limit(bindparam("n")).offset(bindparam("m")).params(params! { n: 2, m: 1 })
    });
}
