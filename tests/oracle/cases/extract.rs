//! Cases of the category "extract".

use aludel::sql::DateField;
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
}
