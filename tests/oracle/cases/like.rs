//! Cases of the category "like".

use aludel::sql::Condition;
use aludel::{and_, select};

use super::Cases;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    /// The posts for which a condition holds.
    fn posts<C: Condition + 'static>(
        to: &mut Cases,
        id: &'static str,
        condition: fn(&Tables) -> C,
    ) {
        to.query(id, move |t| {
            select((t.p("id"), t.p("title"))).where_(condition(t)).order_by(t.p("id"))
        });
    }
    posts(to, "like-02", |t| t.p("title").not_like("%o%"));
    posts(to, "like-03", |t| t.p("title").like("50/%%").escape('/'));
    posts(to, "like-04", |t| t.p("title").not_like("%/_%").escape('/'));
    posts(to, "like-05", |t| !t.p("title").like("%/_%").escape('/'));
    posts(to, "like-07", |t| t.p("title").not_ilike("HELLO%"));
    posts(to, "like-08", |t| t.p("title").startswith("Hello"));
    posts(to, "like-09", |t| t.p("title").endswith("post"));
    posts(to, "like-10", |t| t.p("title").contains("o"));
    posts(to, "like-11", |t| t.p("title").contains("%"));
    posts(to, "like-12", |t| t.p("title").contains("%").autoescape());
    posts(to, "like-13", |t| t.p("title").contains("_").autoescape());
    // With another character that escapes, the part says itself what it escapes.
    posts(to, "like-14", |t| t.p("title").contains("0o% oo").escape('o'));
    posts(to, "like-16", |t| t.p("title").endswith("f_now").autoescape());
    posts(to, "like-17", |t| !t.p("title").contains("%").autoescape());
    posts(to, "like-19", |t| t.p("title").like("50\\%%").escape('\\'));
    posts(to, "like-20", |t| t.p("title").like("50\\%%"));
    posts(to, "like-22", |t| t.p("title").icontains("HELLO"));
    posts(to, "like-25", |t| t.p("title").contains(t.p("body")));
    posts(to, "like-28", |t| t.p("title").like("%o%").eq(t.p("published")));
    posts(to, "like-29", |t| t.p("title").like("%☃"));
    posts(to, "like-32", |t| !t.p("title").regexp_match("o"));
    posts(to, "like-34", |t| {
        and_((t.p("title").concat("z").regexp_match("tz$"), t.p("published")))
    });
    to.query("like-36", |t| {
        let replaced = t.p("title").regexp_replace("[aeiou]", "*");
        select((t.p("id"), replaced.label("v"))).order_by(t.p("id"))
    });
    to.query("like-37", |t| {
        let replaced = t.p("title").regexp_replace_with("[aeiou]", "*", "g");
        select((t.p("id"), replaced.label("v"))).order_by(t.p("id"))
    });
    posts(to, "like-38", |t| t.p("title").match_("hello"));
}
