//! Cases of the category "extract".

use aludel::sql::DateField;
use aludel::value::DateTime;
use aludel::{func, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    for (id, field) in [
        ("extract-01", DateField::Year),
        ("extract-02", DateField::Month),
        ("extract-07", DateField::Quarter),
        ("extract-08", DateField::Week),
        ("extract-10", DateField::DayOfYear),
        ("extract-11", DateField::Epoch),
    ] {
        to.query(id, move |t| {
            select((t.u("id"), func::extract(field, t.u("created_at")).label("v")))
                .where_(t.u("id").in_([2, 4, 5]))
                .order_by(t.u("id"))
        });
    }
    to.query("extract-12", |t| {
        let month = || func::extract(DateField::Month, t.p("created_on"));
        select((month().label("m"), func::count().label("n")))
            .where_(t.p("created_on").is_not_null())
            .group_by(month())
            .order_by((month() * 10 + 1).desc())
    });
    to.try_query("extract-13", |t| {
        let otherwise: DateTime = "1999-05-06 00:00:00".parse()?;
        let at = func::coalesce(t.u("created_at"), otherwise);
        Ok(select(func::extract(DateField::Year, at).label("v")).where_(t.u("id").eq(4)))
    });
}
