//! Cases of the category "array".

use aludel::sql::{Condition, Dynamic, TypedExpression, all_, any_, array, array_of, type_coerce};
use aludel::{func, literal, select, types};

use super::Cases;
use crate::answer::Statement;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    to.query("array-04", |t| by_doc(t, t.d("matrix").element(2).element(1)));
    to.query("array-05", |t| by_doc(t, array_of([1, 2]).array_concat(array_of([3]))));
    to.query("array-07", |t| {
        let length = func::call("array_length", (t.d("nums"), 1));
        by_doc(t, func::coalesce(length, 0) * 10 + func::call("cardinality", t.d("nums")))
    });
    to.query("array-08", |t| by_doc(t, array_of(Vec::<i32>::new())));
    to.query("array-09", |t| by_doc(t, array((array_of([1, 2]), array_of([3, 4])))));
    to.query("array-10", |t| by_doc(t, array((t.d("id"), t.d("id") + 1, 7))));
    to.query("array-11", |t| {
        by_doc(t, t.d("nums").cast_as(types::Array(types::BigInteger)).array_append(100))
    });
    to.query("array-14", |t| by_doc(t, t.d("nums").element(t.d("id")) * 2 + 1));
    to.query("array-16", |t| found(t, t.d("nums").array_contained_by(vec![5, 6])));
    to.query("array-17", |t| found(t, t.d("tags").overlap(texts(["b", "zz"]))));
    to.query("array-18", |t| found(t, literal(5).eq(any_(t.d("nums")))));
    to.query("array-19", |t| found(t, literal(7).eq(any_(t.d("nums")))));
    to.query("array-20", |t| found(t, literal(5).ne(all_(t.d("nums")))));
    to.query("array-21", |t| found(t, t.d("nums").eq(vec![1, 2, 3])));
    to.query("array-23", |t| {
        found(t, t.d("id").eq(any_(type_coerce::<Dynamic>(array_of([1, 3])))))
    });
    to.query("array-24", |t| found(t, t.d("tags").array_contains(texts(["a,b", "q\"uote"]))));
    to.query("array-26", |t| {
        let titles = func::array_agg(t.p("title")).order_by(t.p("id"));
        select((t.p("user_id"), titles.label("v")))
            .group_by(t.p("user_id"))
            .order_by(t.p("user_id"))
    });
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

fn by_doc<E: TypedExpression>(t: &Tables, value: E) -> impl Statement + use<E> {
    select((t.d("id"), type_coerce::<Dynamic>(value).label("v"))).order_by(t.d("id"))
}

fn found<C: Condition>(t: &Tables, condition: C) -> impl Statement + use<C> {
    select(t.d("id")).where_(condition).order_by(t.d("id"))
}
