//! Cases of the category "literal".

use aludel::sql::Expr;
use aludel::value::{Date, DateTime, Decimal, Interval, Uuid};
use aludel::{literal, select, tuple_};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    for (id, text) in [
        ("literal-03", "a\\'b"),
        ("literal-04", "x\\"),
        ("literal-05", "100% %s :x ? $1"),
        ("literal-06", "ü☃😀"),
        ("literal-08", "-- /* */ #"),
        ("literal-09", ""),
    ] {
        to.literal(id, move |_| Ok(select(literal(text).label("v"))));
    }
    to.literal("literal-12", |_| Ok(select(literal(1_i64 << 62).label("v"))));
    to.literal("literal-13", |_| Ok(select(literal(true).label("v"))));
    to.literal("literal-14", |_| Ok(select(literal(None::<i32>).label("v"))));
    to.literal("literal-15", |_| Ok(select(literal("-12.340".parse::<Decimal>()?).label("v"))));
    to.literal("literal-16", |_| Ok(select(literal(Date::new(2024, 2, 29)?).label("v"))));
    for (id, text) in
        [("literal-17", "2024-02-29 01:02:03"), ("literal-21", "2024-02-29 01:02:03.45")]
    {
        to.literal(id, move |_| Ok(select(literal(text.parse::<DateTime>()?).label("v"))));
    }
    to.literal("literal-19", |_| {
        let uuid: Uuid = "12345678-1234-5678-1234-567812345678".parse()?;
        Ok(select(literal(uuid).label("v")))
    });
    to.literal("literal-22", |_| {
        Ok(select(literal(Interval::from_micros(51 * 3_600_000_000)).label("v")))
    });
    to.literal("literal-20", |_| Ok(select(literal(&[0_u8, 0x27, 0xff][..]).label("v"))));
    to.literal("literal-24", |_| Ok(select((literal(5) - literal(-3) * literal(-2)).label("v"))));
    to.literal("literal-26", |_| Ok(select((literal(10) % literal(4)).label("v"))));
    to.literal("literal-30", |t| {
        let title = t.p("title").like("50\\%%").escape('\\');
        Ok(select(t.p("id")).where_(title).order_by(t.p("id")))
    });
    to.literal("literal-31", |t| Ok(select(t.u("id")).order_by(t.u("id")).limit(2).offset(1)));
    to.literal("literal-33", |t| {
        let listed = tuple_((t.u("id"), t.u("name"))).in_([(1, "alice"), (2, "b'")]);
        Ok(select(t.u("id")).where_(listed).order_by(t.u("id")))
    });
    to.literal("literal-36", |t| {
        let data = || t.u("data");
        let deep: Expr<Option<i64>> = data().json(("nested", "deep", "er", 0)).as_integer();
        let odd: Expr<Option<bool>> = data().json("odd key").as_string().eq("ok");
        Ok(select(deep.label("v")).where_(odd))
    });
    to.literal("literal-35", |t| {
        let title = t.p("title").regexp_match("[0-9]+% ");
        Ok(select(t.p("id")).where_(title).order_by(t.p("id")))
    });
}
