//! Cases of the category "insert".

use aludel::value::Decimal;
use aludel::{Column, MetaData, Table, Value, func, literal, params, select, types};

use super::{Cases, Many};
use crate::tables::Db;

#[allow(clippy::too_many_lines, reason = "one list of cases")]
pub(super) fn cases(to: &mut Cases) {
    to.changes("insert-01", |t| {
        Ok(t.items.insert().values((
            t.i("name").set("kiwi"),
            t.i("qty").set(3),
            t.i("note").set(Value::Null),
            t.i("price").set("0.10".parse::<Decimal>()?),
        )))
    });
    to.changes("insert-03", |t| {
        Ok(t.items.insert().values((
            t.i("name").set(func::lower(literal("KIWI".to_owned()))),
            t.i("qty").set(literal(2_i64) + 3),
            t.i("note").set("%s ? :x \\ '"),
        )))
    });
    to.changes("insert-04", |t| {
        let oldest = select(func::max(t.u("age"))).scalar_subquery();
        Ok(t.items.insert().values((t.i("name").set("kiwi"), t.i("qty").set(oldest))))
    });
    to.changes("insert-05", |t| {
        let rows = [("a", 1), ("b", 2), ("c", -3)];
        let rows = rows.map(|(name, qty)| (t.i("name").set(name), t.i("qty").set(qty)));
        Ok(t.items.insert().rows(rows))
    });
    to.changes("insert-07", |t| {
        let sets = [("a", 1), ("b", 2)].map(|(name, qty)| params! { name: name, qty: qty });
        Ok(Many(t.items.insert(), sets.into()))
    });
    to.changes("insert-08", |t| {
        let users = select((t.u("name").concat("!"), t.u("id") * 10))
            .where_(t.u("active"))
            .order_by(t.u("id"));
        Ok(t.items.insert().from_select((t.i("name"), t.i("qty")), users))
    });
    to.changes("insert-09", |t| {
        let row = |name: &str, qty: i64| select((literal(name.to_owned()), literal(qty)));
        let rows = row("a", 1).union_all(row("b", 2));
        Ok(t.items.insert().from_select((t.i("name"), t.i("qty")), rows))
    });
    to.changes("insert-10", |t| Ok(t.defs.insert()));
    to.changes("insert-11", |t| Ok(t.defs.insert().returning((t.defs.c("id")?, t.defs.c("n")?))));
    to.changes("insert-13", |_| {
        let items = Table::new(
            "items",
            &MetaData::new(),
            [
                Column::new("id", types::Integer).primary_key(),
                Column::new("name", types::String(30)).default("dflt"),
                Column::new("qty", types::Integer).default_expression(literal(40_i64) + 2),
                Column::new("note", types::Text).default_fn(|| "call"),
            ],
        )?;
        Ok(items.insert())
    });
    to.changes("insert-18", |t| {
        Ok(t.items.insert().values((t.i("name").set("k"), t.i("qty").set(1))))
    });
    to.changes("insert-20", |t| Ok(t.items.insert().values(t.i("name").set("apple"))));
    to.changes("insert-21", |t| Ok(t.items.insert().values(t.i("name").set(Value::Null))));
    to.changes("insert-22", |t| {
        Ok(t.posts.insert().values((
            t.p("id").set(99),
            t.p("user_id").set(12345),
            t.p("title").set("t"),
            t.p("published").set(true),
        )))
    });
    to.changes("insert-23", |t| Ok(t.items.insert().params(params! { nope: 1 })));
    to.changes("insert-25", |t| {
        let rows = ["apple", "new"].map(|name| t.i("name").set(name));
        let ignore = if t.db == Db::Sqlite { "OR IGNORE" } else { "IGNORE" };
        Ok(t.items.insert().prefix_with(ignore).rows(rows))
    });
}
