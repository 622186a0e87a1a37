//! Decimal numbers are compared and computed with exactly, also where a database keeps them as text.

use aludel::sql::{aliased, tuple_, window};
use aludel::value::Decimal;
use aludel::{
    Auto, Column, Connection, ErrorKind, Mapped, MetaData, Result, Row, Table, Value, asc, case,
    case_of, delete, desc, func, insert, literal, select, text, types, update,
};

use crate::{Db, suite};

suite![
    compared,
    compared_with_other_numbers,
    sorted,
    grouped,
    keys,
    computed,
    summed,
    over_windows,
    changed,
    of_tables_that_others_made,
    described,
    in_subqueries,
    text_that_is_no_number,
];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "prices")]
struct Price {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::Numeric(30, 4))]
    amount: Decimal,
    #[aludel(type = types::Numeric(30, 4))]
    old: Option<Decimal>,
    pieces: i64,
    weight: f64,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn decimals(texts: &[&str]) -> Vec<Decimal> {
    texts.iter().map(|text| decimal(text)).collect()
}

/// In an order that is neither that of the numbers nor that of their texts.
const AMOUNTS: [&str; 7] = ["10", "9.5", "-2", "100", "-10", "9.50", "12345678901234567890.5"];

fn filled(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Price>().create_all(&mut conn)?;
    for (at, amount) in (1_i64..).zip(AMOUNTS) {
        let old = (at % 2 == 0).then(|| decimal("7.25"));
        let weight = [10.0, 9.0, 0.5][usize::try_from(at).unwrap() % 3];
        let row = Price { id: at.into(), amount: decimal(amount), old, pieces: at, weight };
        conn.execute(insert::<Price>().values(&row))?;
    }
    Ok(conn)
}

/// The keys of the rows for which a condition holds, in order.
macro_rules! ids {
    ($conn:expr, $condition:expr) => {
        $conn.scalars(select(Price::c.id).where_($condition).order_by(Price::c.id))?
    };
}

fn compared(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    assert_eq!(ids!(conn, c.amount.eq(decimal("9.500"))), [2, 6]);
    assert_eq!(ids!(conn, c.amount.ne(decimal("9.500"))), [1, 3, 4, 5, 7]);
    assert_eq!(ids!(conn, c.amount.gt(decimal("9.6"))), [1, 4, 7]);
    assert_eq!(ids!(conn, c.amount.ge(decimal("10.0"))), [1, 4, 7]);
    assert_eq!(ids!(conn, c.amount.lt(decimal("-2"))), [5]);
    assert_eq!(ids!(conn, c.amount.le(decimal("-2.00"))), [3, 5]);
    assert_eq!(ids!(conn, c.amount.between(decimal("9"), decimal("10"))), [1, 2, 6]);
    assert_eq!(ids!(conn, c.amount.not_between(decimal("9"), decimal("10"))), [3, 4, 5, 7]);
    let turned = c.amount.between_symmetric(decimal("10"), decimal("9"));
    assert_eq!(ids!(conn, turned), [1, 2, 6]);
    assert_eq!(ids!(conn, c.amount.in_([decimal("9.50"), decimal("1e2")])), [2, 4, 6]);
    assert_eq!(ids!(conn, c.amount.not_in([decimal("9.50"), decimal("1e2")])), [1, 3, 5, 7]);
    let sum = || c.amount + decimal("0.5");
    assert_eq!(ids!(conn, sum().in_([decimal("10"), decimal("10.5")])), [1, 2, 6]);
    assert_eq!(ids!(conn, sum().eq(decimal("10.000"))), [2, 6]);
    assert_eq!(ids!(conn, literal(decimal("10.0")).eq(c.amount)), [1]);
    assert_eq!(ids!(conn, literal(decimal("99")).lt(c.amount)), [4, 7]);
    assert_eq!(ids!(conn, c.old.is_distinct_from(decimal("7.250"))), [1, 3, 5, 7]);
    assert_eq!(ids!(conn, c.old.is_not_distinct_from(decimal("7.250"))), [2, 4, 6]);
    assert_eq!(
        ids!(conn, func::coalesce(c.old, decimal("99")).gt(c.amount)),
        [1, 2, 3, 5].into_iter().filter(|id| *id != 2).collect::<Vec<i64>>()
    );
    assert_eq!(ids!(conn, func::nullif(c.amount, decimal("10.00")).is_null()), [1]);
    let pair = tuple_((c.amount, c.pieces));
    assert_eq!(ids!(conn, pair.gt((decimal("9.500"), 2_i64))), [1, 4, 6, 7]);
    let pair = tuple_((c.amount, c.pieces));
    assert_eq!(ids!(conn, pair.in_([(decimal("9.500"), 2_i64), (decimal("1e1"), 1)])), [1, 2]);
    // What no float distinguishes from its neighbours.
    assert_eq!(ids!(conn, c.amount.eq(decimal("12345678901234567890.50"))), [7]);
    assert_eq!(ids!(conn, c.amount.gt(decimal("12345678901234567890.4999"))), [7]);
    assert_eq!(ids!(conn, c.amount.gt(decimal("12345678901234567890.5001"))), Vec::<i64>::new());
    let kind = case_of(c.amount).when(decimal("10.0"), "ten").when(decimal("9.5000"), "less");
    let kinds = conn.scalars(select(kind.else_("other")).order_by(c.id))?;
    assert_eq!(kinds, ["ten", "less", "other", "other", "other", "less", "other"]);
    let kind = case(c.amount.gt(decimal("9.9")), "much").else_("little");
    let kinds = conn.scalars(select(kind).order_by(c.id))?;
    assert_eq!(kinds, ["much", "little", "little", "much", "little", "little", "much"]);
    Ok(())
}

fn compared_with_other_numbers(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    assert_eq!(ids!(conn, c.amount.gt(literal(10))), [4, 7]);
    assert_eq!(ids!(conn, c.amount.eq(literal(10_i64))), [1]);
    assert_eq!(ids!(conn, c.amount.gt(c.pieces)), [1, 2, 4, 6, 7]);
    assert_eq!(ids!(conn, c.pieces.lt(c.amount)), [1, 2, 4, 6, 7]);
    assert_eq!(ids!(conn, (c.amount + literal(1_i64)).gt(c.pieces + 90)), [4, 7]);
    assert_eq!(ids!(conn, (c.amount + literal(0_i64)).eq(literal(10_i64))), [1]);
    assert_eq!(ids!(conn, (c.pieces * 10).eq(c.amount)), [1]);
    // As floating-point numbers: 9, 0.5, 10, 9, 0.5, 10, 9.
    assert_eq!(ids!(conn, c.amount.gt(c.weight)), [1, 2, 4, 7]);
    assert_eq!(ids!(conn, (c.weight * 1.0).lt(c.amount)), [1, 2, 4, 7]);
    assert_eq!(ids!(conn, (c.weight * 2.0).eq(literal(decimal("20.0")))), [3, 6]);
    assert_eq!(ids!(conn, c.amount.gt(literal(9.75_f64))), [1, 4, 7]);
    Ok(())
}

fn sorted(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    let up = [5, 3, 2, 6, 1, 4, 7];
    assert_eq!(conn.scalars(select(c.id).order_by((c.amount, c.id)))?, up);
    let down = [7, 4, 1, 2, 6, 3, 5];
    assert_eq!(conn.scalars(select(c.id).order_by((c.amount.desc(), c.id)))?, down);
    let labelled = select((c.id, (c.amount * decimal("2")).label("twice")));
    let rows = conn.execute(labelled.order_by((asc("twice"), asc("id"))))?.all()?;
    assert_eq!(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>(), up);
    assert_eq!(conn.scalars(select(c.id).order_by((-c.amount, c.id)))?, down);
    // A NULL is made an integer, which is a number like the others.
    let mixed = func::coalesce(c.old, literal(8_i64)).desc();
    assert_eq!(conn.scalars(select(c.id).order_by((mixed, c.id)))?, [1, 3, 5, 7, 2, 4, 6]);
    let first = select(func::min(c.amount)).order_by(func::min(c.amount));
    assert_eq!(conn.scalar(first)?, Some(decimal("-10")));
    let both = select((func::min(c.amount), func::max(c.amount)));
    let both = conn.execute(both)?.one()?;
    assert_eq!(both, (Some(decimal("-10")), Some(decimal("12345678901234567890.5"))));
    let least =
        select((func::least(c.amount, decimal("9.6")), func::greatest(c.amount, literal(9))));
    let rows = conn.execute(least.order_by(c.id).limit(3))?.all()?;
    let wanted = [("9.6", "10"), ("9.5", "9.5"), ("-2", "9")];
    assert_eq!(rows, wanted.map(|(one, other)| (decimal(one), decimal(other))));
    Ok(())
}

fn grouped(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    let counts = select((c.amount, func::count())).group_by(c.amount).order_by(c.amount);
    let rows = conn.execute(counts)?.all()?;
    assert_eq!(rows.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 1, 2, 1, 1, 1]);
    let sums =
        select(func::count()).select_from(Price::entity()).group_by(c.amount + decimal("0.50"));
    let mut found = conn.scalars(sums)?;
    found.sort_unstable();
    assert_eq!(found, [1, 1, 1, 1, 1, 2]);
    assert_eq!(conn.scalars(select(c.amount).distinct())?.len(), 6);
    let sums = select((c.amount * decimal("1.0")).label("sum")).distinct().order_by("sum");
    assert_eq!(conn.scalars(sums)?[2..4], [decimal("9.5"), decimal("10")]);
    assert_eq!(conn.scalar(select(func::count_of(c.amount).distinct()))?, Some(6));
    let ten = || select(literal(decimal("10.00")));
    let all = select(c.amount).union(ten());
    assert_eq!(conn.execute(all)?.all()?.len(), 6);
    let rest = select(c.amount).except_(ten());
    assert_eq!(conn.execute(rest)?.all()?.len(), 5);
    let both = select(c.amount).intersect(ten());
    assert_eq!(conn.execute(both)?.all()?.len(), 1);
    let sorted = select(c.amount).union_all(ten()).order_by("amount");
    let rows: Vec<Decimal> = conn.scalars(sorted)?;
    assert_eq!(rows[..4], decimals(&["-10", "-2", "9.5", "9.5"]));
    let having = select(func::count())
        .select_from(Price::entity())
        .group_by(c.amount)
        .having(func::max(c.amount).gt(decimal("9.6")));
    assert_eq!(conn.scalars(having)?.len(), 3);
    Ok(())
}

/// Numbers of other scales are one key.
fn keys(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let t = Table::new(
        "rates",
        &metadata,
        [
            Column::new("rate", types::Numeric(20, 5)).primary_key(),
            Column::new("other", types::Numeric(20, 5)).unique(),
            Column::new("name", types::String(20)),
        ],
    )?;
    metadata.create_all(&mut conn)?;
    let (rate, other, name) = (t.c("rate")?, t.c("other")?, t.c("name")?);
    let row = |value: &str, name: &'static str| {
        (rate.clone().set(decimal(value)), t.c("name").unwrap().set(name))
    };
    conn.execute(t.insert().values(row("1.5", "one")))?;
    conn.commit()?;
    let error = conn.execute(t.insert().values(row("1.50", "two"))).map(drop).expect_err("a key");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    conn.rollback()?;
    // An upsert finds the row that is there.
    conn.execute(t.insert().values(row("1.500", "three")).upsert([t.c("rate")?]))?;
    let names = conn.execute(select((rate, name)))?.all()?;
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].1.clone(), Value::from("three"));
    let two = |value: &str| other.clone().set(decimal(value));
    conn.execute(t.update().values(two("7")))?;
    conn.execute(t.insert().values((t.c("rate")?.set(2), t.c("name")?.set("x"))))?;
    conn.commit()?;
    let error = conn.execute(t.update().values(two("7.0")).where_(t.c("rate")?.eq(decimal("2.0"))));
    assert_eq!(error.map(drop).expect_err("a key").kind(), ErrorKind::Integrity);
    Ok(())
}

fn computed(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    let of = |id: i64| c.id.eq(id);
    let row = select((
        c.amount + decimal("0.1"),
        c.amount - decimal("0.1"),
        c.amount * decimal("0.5"),
        -c.amount,
        func::abs(-c.amount),
        c.amount + c.pieces,
    ));
    let row = conn.execute(row.where_(of(7)))?.one()?;
    let long = |text: &str| decimal(text);
    assert_eq!(
        row,
        (
            long("12345678901234567890.6"),
            long("12345678901234567890.4"),
            long("6172839450617283945.25"),
            long("-12345678901234567890.5"),
            long("12345678901234567890.5"),
            long("12345678901234567897.5"),
        )
    );
    let row = select((
        func::round(c.amount),
        func::floor(c.amount),
        func::ceil(c.amount),
        c.amount.cast::<i64>(),
        c.amount / decimal("4"),
        c.amount.floordiv(decimal("4")),
    ));
    let row = conn.execute(row.where_(of(2)))?.one()?;
    let whole = (decimal("10"), decimal("9"), decimal("10"), 10, decimal("2.375"), decimal("2"));
    assert_eq!(row, whole);
    // Sums of numbers that no float has.
    let tenth = || literal(decimal("0.1"));
    let exact = select((tenth() + decimal("0.2")).eq(decimal("0.3")));
    assert_eq!(conn.scalar(exact)?, Some(true));
    let cast = select(literal("1.50").cast::<Decimal>().eq(decimal("1.5")));
    assert_eq!(conn.scalar(cast)?, Some(true));
    let rounded = literal(decimal("1.005")).cast_as(types::Numeric(10, 2));
    let rounded = conn.execute(select(rounded))?.one()?;
    assert_eq!(rounded.get::<Decimal>(0)?, decimal("1.01"));
    let by_zero = conn.scalar(select(c.amount / decimal("0")).where_(of(1)));
    match by_zero {
        Ok(found) => assert_eq!(found, None),
        // It is NULL, or an error of the server.
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Data | ErrorKind::Decode), "{error}");
        }
    }
    Ok(())
}

fn summed(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    let all = select((func::sum(c.amount), func::sum(c.old), func::avg(c.old)));
    let found = conn.execute(all)?.one()?;
    let wanted = ("12345678901234568007.5", "21.75", "7.25");
    let wanted = (wanted.0, wanted.1, wanted.2);
    assert_eq!(found, (Some(decimal(wanted.0)), Some(decimal(wanted.1)), Some(decimal(wanted.2))));
    let different = select(func::sum(c.amount).distinct()).where_(c.id.in_([2, 6]));
    assert_eq!(conn.scalar(different)?, Some(decimal("9.5")));
    let some = select(func::sum(c.amount).filter(c.pieces.lt(4)));
    assert_eq!(conn.scalar(some)?, Some(decimal("17.5")));
    let none = select(func::sum(c.amount)).where_(c.id.eq(0));
    assert_eq!(conn.scalar(none)?, None);
    let listed = conn.scalar(select(func::json_agg(c.old)).where_(c.id.eq(2)))?;
    let listed: String = listed.map(|json| json.get().split_whitespace().collect()).unwrap();
    assert!(["[7.25]", "[7.2500]"].contains(&&*listed), "{listed}");
    if !db.has_decimals() {
        let different = select(func::json_agg(c.amount).distinct()).where_(c.id.in_([2, 6]));
        let listed = conn.scalar(different)?.map(|json| json.get().to_owned());
        assert_eq!(listed.as_deref(), Some("[9.5]"));
    }
    let products = select(func::sum(c.amount * c.pieces)).where_(c.id.le(2));
    assert_eq!(conn.scalar(products)?, Some(decimal("29")));
    Ok(())
}

fn over_windows(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    let running = func::sum(c.amount).over(window().order_by(c.id).rows(-1..=0));
    let found = conn.scalars(select(running).order_by(c.id).limit(5))?;
    let wanted = decimals(&["10", "19.5", "7.5", "98", "90"]);
    assert_eq!(found, wanted.into_iter().map(Some).collect::<Vec<_>>());
    let ranks = select(func::rank().over(window().order_by(c.amount))).order_by(c.id);
    assert_eq!(conn.scalars(ranks)?, [5, 3, 2, 6, 1, 3, 7]);
    let same = select(func::count().over(window().partition_by(c.amount))).order_by(c.id);
    assert_eq!(conn.scalars(same)?, [1, 2, 1, 1, 1, 2, 1]);
    Ok(())
}

fn changed(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    let more = update::<Price>().values(c.amount.set(c.amount * decimal("1.1")));
    assert_eq!(conn.execute(more.where_(c.amount.eq(decimal("9.500"))))?.rowcount(), 2);
    let found = select(c.id).where_(c.amount.eq(decimal("10.45"))).order_by(c.id);
    assert_eq!(conn.scalars(found)?, [2, 6]);
    let gone = delete::<Price>().where_(c.amount.gt(decimal("10.4")));
    assert_eq!(conn.execute(gone)?.rowcount(), 4);
    Ok(())
}

/// Whoever made the table: what is compared says how.
fn of_tables_that_others_made(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    conn.execute(text(if db.has_decimals() {
        "create table theirs (id integer primary key, amount numeric(30, 4))"
    } else {
        "create table theirs (id integer primary key, amount text)"
    }))?;
    let t = Table::new(
        "theirs",
        &MetaData::new(),
        [Column::new("id", types::Integer), Column::new("amount", types::Numeric(30, 4))],
    )?;
    let (id, amount) = (|| t.c("id"), || t.c("amount"));
    for (at, value) in (1..).zip(AMOUNTS) {
        conn.execute(t.insert().values((id()?.set(at), amount()?.set(decimal(value)))))?;
    }
    let ids = |conn: &mut Connection,
               statement: aludel::sql::Select<aludel::sql::AnyColumn>|
     -> Result<Vec<i64>> {
        conn.execute(statement)?.all()?.iter().map(|row| row.get(0)).collect()
    };
    let all = || Ok::<_, aludel::Error>(select(id()?));
    assert_eq!(ids(&mut conn, all()?.order_by((amount()?, id()?)))?, [5, 3, 2, 6, 1, 4, 7]);
    let same = all()?.where_(amount()?.eq(decimal("9.500"))).order_by(id()?);
    assert_eq!(ids(&mut conn, same)?, [2, 6]);
    assert_eq!(ids(&mut conn, all()?.where_(amount()?.lt(-2)))?, [5]);
    assert_eq!(conn.execute(select(amount()?).distinct())?.all()?.len(), 6);
    let counts = select(func::count()).select_from(&t).group_by(amount()?);
    assert_eq!(conn.scalars(counts)?.len(), 6);
    let most = conn.execute(select(func::max(amount()?)).where_(id()?.le(6)))?.one()?;
    assert_eq!(most.get::<Decimal>(0)?, decimal("100"));
    let ten = select(literal(decimal("10.00"))).untyped();
    assert_eq!(conn.execute(select(amount()?).untyped().union(ten))?.all()?.len(), 6);
    Ok(())
}

/// Of columns that are known at run time only.
fn described(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let t = Price::table();
    let (amount, pieces) = (|| t.c("amount"), || t.c("pieces"));
    let count = |conn: &mut Connection, condition| {
        conn.scalar::<_, i64>(select(func::count()).select_from(t).where_(condition))
    };
    assert_eq!(count(&mut conn, amount()?.gt(decimal("9.6")))?, Some(3));
    assert_eq!(count(&mut conn, amount()?.gt(9))?, Some(5));
    assert_eq!(count(&mut conn, (amount()? + pieces()?).eq(decimal("11.00")))?, Some(1));
    assert_eq!(count(&mut conn, amount()?.between(9, decimal("10.0")))?, Some(3));
    assert_eq!(count(&mut conn, (amount()? * 2).in_([20, 19]))?, Some(3));
    let sum = conn.execute(select(func::sum(amount()?)).where_(t.c("id")?.le(2)))?.one()?;
    assert_eq!(sum.get::<Decimal>(0)?, decimal("19.5"));
    Ok(())
}

fn in_subqueries(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Price::c;
    let twice = select((c.id, (c.amount * decimal("2")).label("twice"))).subquery("s");
    let (id, double) = twice.columns();
    let found = select(id).where_(double.gt(decimal("19.2"))).order_by(twice.columns().1);
    assert_eq!(conn.scalars(found)?, [1, 4, 7]);
    let by_name = select(twice.c("id")?).where_(twice.c("twice")?.eq(decimal("19.000")));
    let rows: Vec<Row> = conn.execute(by_name.order_by(twice.c("id")?))?.all()?;
    assert_eq!(rows.len(), 2);
    let most = select(func::max(c.amount)).where_(c.id.le(6)).scalar_subquery();
    assert_eq!(ids!(conn, c.amount.eq(most)), [4]);
    let listed = select(c.amount + decimal("0.5")).where_(c.id.eq(2)).subquery("l");
    let listed = select(listed.columns());
    assert_eq!(ids!(conn, c.amount.in_(listed)), [1]);
    let cte = select((c.id, c.amount.label("a"))).cte("k");
    let (id, a) = cte.columns();
    let found = select(id).where_(a.lt(decimal("-2"))).order_by(desc("id"));
    assert_eq!(conn.scalars(found)?, [5]);
    let other = aliased::<Price>("p");
    let pairs = select((c.id, other.c.id)).join_on(other, other.c.amount.lt(c.amount));
    let pairs = pairs.where_(c.id.eq(2)).order_by(other.c.id);
    let pairs = conn.execute(pairs)?.all()?;
    assert_eq!(pairs.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [3, 5]);
    Ok(())
}

fn text_that_is_no_number(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    conn.commit()?;
    let t = Price::table();
    let set = t.update().values(t.c("amount")?.set("1,50"));
    let error = conn.execute(set).map(drop).expect_err("it is no number");
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    conn.rollback()?;
    // What was stored all the same is found where it is computed with.
    if !db.has_decimals() {
        conn.execute(text("update prices set amount = 'x' where id = 1"))?;
        let error = conn.scalar(select(func::sum(Price::c.amount))).expect_err("no number");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert!(error.message().contains("no decimal number"), "{error}");
        assert!(error.message().contains("correct what is stored"), "{error}");
    }
    Ok(())
}
