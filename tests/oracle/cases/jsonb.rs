//! Cases of the category "jsonb".

use aludel::select;
use aludel::sql::{Condition, and_, not_};
use aludel::value::RawJson;

use super::Cases;
use crate::answer::Statement;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    to.query("jsonb-02", |t| {
        let whole = json(r#"{"k": "w", "n": 2.5, "nul": null, "x": 1}"#);
        found(t, t.d("doc").json_contained_by(whole))
    });
    to.query("jsonb-03", |t| found(t, t.d("doc").has_key("arr")));
    to.query("jsonb-05", |t| found(t, t.d("doc").has_all(["k", "n"])));
    to.query("jsonb-06", |t| found(t, t.d("doc").path_exists("$.o.p")));
    to.query("jsonb-08", |t| {
        found(t, and_((not_(t.d("doc").has_key("arr")), t.d("doc").is_not_null())))
    });
    to.query("jsonb-09", |t| found(t, t.d("doc").json("k").as_string().eq("w")));
    to.query("jsonb-10", |t| found(t, t.d("doc").json(("o", "p", "q")).as_string().eq("deep")));
    to.query("jsonb-12", |t| {
        select((
            t.d("doc").json_remove("arr").label("a"),
            t.d("doc").json_remove(("o", "p")).label("b"),
            t.d("doc").json_concat(json(r#"{"z": 1}"#)).label("c"),
        ))
        .where_(t.d("id").eq(1))
    });
}

fn json(text: &str) -> RawJson {
    RawJson::new(text).unwrap()
}

fn found<C: Condition>(t: &Tables, condition: C) -> impl Statement + use<C> {
    select(t.d("id")).where_(condition).order_by(t.d("id"))
}
