//! Rows that are sorted, grouped or put together by what a database could take for something else.

use aludel::sql::{TypedExpression, asc};
use aludel::value::Decimal;
use aludel::{
    Auto, Connection, Mapped, MetaData, Result, bindparam, case, func, insert, literal, null,
    params, select, true_, types,
};

use crate::{Db, suite};

suite![constants, distinct_rows_by_values, names_of_other_columns, texts_beside_decimals];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "notes")]
struct Note {
    #[aludel(primary_key)]
    id: Auto<i64>,
    a: Option<i64>,
    b: Option<i64>,
    #[aludel(length = 20)]
    s: String,
    #[aludel(type = types::Numeric(10, 2))]
    d: Decimal,
}

fn filled(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Note>().create_all(&mut conn)?;
    let rows = [
        (Some(1), None, "9", "1"),
        (Some(2), Some(3), "10", "2"),
        (None, Some(1), "1", "30"),
        (Some(1), Some(2), "b", "4.5"),
    ];
    for (a, b, s, d) in rows {
        let d = d.parse().unwrap();
        conn.execute(insert::<Note>().values(&Note { id: Auto::unset(), a, b, s: s.into(), d }))?;
    }
    conn.commit()?;
    Ok(conn)
}

/// A value is one, and not the place of a column: 2 is neither the second column, nor is there a fifth.
// conforms: F01
fn constants(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Note::c;
    let ids = || select((c.id, c.b));
    let terms = [
        ids().order_by((literal(2), c.id)),
        ids().order_by((literal(5), c.id)),
        ids().order_by((literal(2).desc().nulls_first(), c.id)),
        ids().order_by((bindparam("n").expr(), c.id)).params(params! { n: 2 }),
        ids().order_by((true_(), c.id)),
        ids().order_by((null::<i64>(), c.id)),
    ];
    for (number, of) in terms.into_iter().enumerate() {
        let found: Vec<i64> = conn.execute(of)?.all()?.into_iter().map(|(id, _)| id).collect();
        assert_eq!(found, [1, 2, 3, 4], "number {number}");
    }
    for (number, value) in [literal(1), literal(2), literal(7)].into_iter().enumerate() {
        let counted = select((func::count(), func::sum(c.a))).group_by(value);
        assert_eq!(conn.execute(counted)?.all()?, [(4, Some(4))], "number {number}");
    }
    let both = select((literal(7).label("x"), func::count_of(c.id))).group_by(literal(7));
    assert_eq!(conn.execute(both)?.all()?, [(7, 4)]);
    Ok(())
}

/// They are those that are selected, also where a database does not know that two values are one.
// conforms: F01
fn distinct_rows_by_values(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Note::c;
    let sum = || func::coalesce(c.a, literal(5_i64)) + c.b + 1_i64;
    let which = || case(c.id.lt(3), "low").when(c.id.gt(3), "high").end();
    let of = select((sum().label("x"), which().label("y"))).distinct();
    let (x, y) = (sum().asc().nulls_last(), which().desc().nulls_first());
    let found = conn.execute(of.clone().order_by((x, y)))?.all()?;
    let text = |of: &str| Some(of.to_owned());
    let wanted =
        [(Some(4), text("high")), (Some(6), text("low")), (Some(7), None), (None, text("low"))];
    assert_eq!(found, wanted);
    let plain =
        conn.execute(of.order_by((sum().desc(), which())).where_(c.b.is_not_null()))?.all()?;
    assert_eq!(plain, [wanted[2].clone(), wanted[1].clone(), wanted[0].clone()]);
    Ok(())
}

/// A label that is the name of a column of the table is the label, also where NULL stands by itself.
// conforms: F01
fn names_of_other_columns(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Note::c;
    let of = select((c.b.label("a"), c.id));
    let found = conn.execute(of.order_by(asc("a").nulls_last()))?.all()?;
    assert_eq!(found, [(Some(1), 3), (Some(2), 4), (Some(3), 2), (None, 1)]);
    Ok(())
}

/// What is chosen by comparing decimal numbers is compared as what it is.
// conforms: F01
fn texts_beside_decimals(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let (c, t) = (Note::c, Note::table());
    let chosen = || case(c.d.gt(c.id), c.s).else_("none");
    let inner = select((c.id, chosen().label("x"))).subquery("q");
    let (id, x) = inner.columns();
    let above = select(id.clone()).where_(x.ge("1")).order_by(id);
    assert_eq!(conn.scalars::<_, i64>(above)?, [1, 2, 3, 4]);
    let all = select(chosen()).order_by(chosen());
    assert_eq!(conn.scalars::<_, String>(all)?, ["1", "b", "none", "none"]);
    // 10 is behind 9 as a number, and before it as text.
    let texts = case(t.c("d")?.lt(100), t.c("s")?).else_("x");
    let sorted = select(texts.clone()).order_by(texts.clone()).untyped();
    assert_eq!(conn.scalars::<_, String>(sorted)?, ["1", "10", "9", "b"]);
    let least = select((func::min(texts.clone()), func::max(texts))).untyped();
    let row = conn.execute(least)?.one()?;
    assert_eq!((row.get::<String>(0)?, row.get::<String>(1)?), ("1".into(), "b".into()));
    Ok(())
}
