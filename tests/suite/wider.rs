//! What stands in one place where values of two types can: its type is the wider of the two, on every database.

use aludel::sql::window;
use aludel::value::Decimal;
use aludel::{
    Auto, Connection, Mapped, MetaData, Result, case, case_of, func, insert, literal, select, types,
};

use crate::{Db, suite};

suite![coalesced, larger_and_smaller, results_of_case, rows_before_and_behind, nothing_if_equal,];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "widths")]
struct Width {
    #[aludel(primary_key)]
    id: Auto<i64>,
    small: Option<i16>,
    n: Option<i32>,
    large: Option<i64>,
    unsigned: Option<u64>,
    #[aludel(type = types::Numeric(30, 10))]
    d: Option<Decimal>,
    f: Option<f64>,
    single: Option<f32>,
    sure: i32,
    sure_f: f64,
    #[aludel(type = types::Numeric(30, 10))]
    sure_d: Decimal,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// One row of numbers and one of NULLs.
fn filled(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Width>().create_all(&mut conn)?;
    let some = Width {
        id: 1.into(),
        small: Some(-2),
        n: Some(3),
        large: Some(9_007_199_254_740_993),
        unsigned: Some(7),
        d: Some(decimal("2.5")),
        f: Some(0.5),
        single: Some(1.5),
        sure: 4,
        sure_f: 10.25,
        sure_d: decimal("99.75"),
    };
    let none = Width {
        id: 2.into(),
        small: None,
        n: None,
        large: None,
        unsigned: None,
        d: None,
        f: None,
        single: None,
        ..some.clone()
    };
    conn.execute(insert::<Width>().values(&some))?;
    conn.execute(insert::<Width>().values(&none))?;
    Ok(conn)
}

// conforms: F06
fn coalesced(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Width::c;
    let decimals = select((
        func::coalesce(c.n, c.sure_d),
        func::coalesce(c.large, c.sure_d),
        func::coalesce(c.unsigned, c.sure_d),
        func::coalesce(c.unsigned, c.sure),
        func::coalesce(c.d, c.sure),
        func::coalesce(c.n, literal(decimal("0.25"))),
        func::coalesce(c.n, c.d),
    ))
    .order_by(c.id);
    type Decimals = (Decimal, Decimal, Decimal, Decimal, Decimal, Decimal, Option<Decimal>);
    let found: Vec<Decimals> = conn.execute(decimals)?.all()?;
    let of = |texts: [&str; 6], last: Option<&str>| {
        let [a, b, c, d, e, f] = texts.map(decimal);
        (a, b, c, d, e, f, last.map(decimal))
    };
    assert_eq!(
        found,
        [
            of(["3", "9007199254740993", "7", "7", "2.5", "3"], Some("3")),
            of(["99.75", "99.75", "99.75", "4", "4", "0.25"], None),
        ]
    );
    let floats = select((
        func::coalesce(c.n, c.sure_f),
        func::coalesce(c.f, c.sure),
        func::coalesce(c.single, c.sure_f),
        func::coalesce(c.d, c.sure_f),
        func::coalesce(c.f, c.sure_d),
        func::coalesce(c.n, literal(0.25)),
        func::coalesce(c.n, c.f),
    ))
    .order_by(c.id);
    type Floats = (f64, f64, f64, f64, f64, f64, Option<f64>);
    let found: Vec<Floats> = conn.execute(floats)?.all()?;
    let wanted =
        [(3.0, 0.5, 1.5, 2.5, 0.5, 3.0, Some(3.0)), (10.25, 4.0, 10.25, 10.25, 99.75, 0.25, None)];
    assert_eq!(found, wanted);
    let integers = select((
        func::coalesce(c.small, c.sure),
        func::coalesce(c.n, c.large),
        func::coalesce(c.large, c.small),
        func::coalesce(c.n, literal(5_i64)),
    ))
    .order_by(c.id);
    let found: Vec<(i32, Option<i64>, Option<i64>, i64)> = conn.execute(integers)?.all()?;
    assert_eq!(found, [(-2, Some(3), Some(9_007_199_254_740_993), 3), (4, None, None, 5)]);
    // It is compared and sorted as what it is.
    let mixed = func::coalesce(c.n, c.sure_d);
    let above = select(c.id).where_(mixed.clone().gt(decimal("10"))).order_by(mixed);
    assert_eq!(conn.scalars::<_, i64>(above)?, [2]);
    Ok(())
}

// conforms: F06
fn larger_and_smaller(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Width::c;
    let larger = select((
        func::greatest(c.sure, c.sure_d),
        func::greatest(c.sure_d, c.sure),
        func::greatest(c.sure, c.sure_f),
        func::greatest(c.sure_d, c.sure_f),
        func::greatest(c.small, c.sure),
        func::greatest(c.unsigned, c.small),
    ))
    .order_by(c.id);
    type Row = (Decimal, Decimal, f64, f64, Option<i32>, Option<Decimal>);
    let found: Vec<Row> = conn.execute(larger)?.all()?;
    let all = || decimal("99.75");
    assert_eq!(
        found,
        [
            (all(), all(), 10.25, 99.75, Some(4), Some(decimal("7"))),
            (all(), all(), 10.25, 99.75, None, None),
        ]
    );
    let smaller = select((
        func::least(c.sure, c.sure_d),
        func::least(c.sure_d, c.sure),
        func::least(c.sure, c.sure_f),
        func::least(c.sure_d, c.sure_f),
        func::least(c.unsigned, c.small),
        func::least(c.sure, literal(0.5)),
        func::least(c.sure, literal(decimal("0.5"))),
    ))
    .order_by(c.id);
    type Smaller = (Decimal, Decimal, f64, f64, Option<Decimal>, f64, Decimal);
    let found: Vec<Smaller> = conn.execute(smaller)?.all()?;
    let four = || decimal("4");
    let half = || decimal("0.5");
    assert_eq!(
        found,
        [
            (four(), four(), 4.0, 10.25, Some(decimal("-2")), 0.5, half()),
            (four(), four(), 4.0, 10.25, None, 0.5, half()),
        ]
    );
    Ok(())
}

// conforms: F06
fn results_of_case(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Width::c;
    let statement = select((
        case(c.n.is_not_null(), c.sure).else_(c.sure_d),
        case(c.n.is_null(), c.sure).when(c.n.eq(3), c.sure_d).else_(c.small),
        case(c.n.is_null(), c.sure).when(c.n.eq(3), c.sure_f).end(),
        case(c.n.is_null(), 1).when(c.n.eq(3), literal(2_i64)).else_(literal(2.5)),
        case(c.n.is_null(), 1).else_(literal(decimal("2.50"))),
        case_of(c.sure).when(4, c.small).when(5, c.sure).else_(c.large),
        case_of(c.n).when(3, c.sure_d).else_(c.sure_f),
    ))
    .order_by(c.id);
    type Row = (Decimal, Option<Decimal>, Option<f64>, f64, Decimal, Option<i64>, f64);
    let found: Vec<Row> = conn.execute(statement)?.all()?;
    let wanted = [
        (decimal("4"), Some(decimal("99.75")), Some(10.25), 2.0, decimal("2.5"), Some(-2), 99.75),
        (decimal("99.75"), Some(decimal("4")), Some(4.0), 1.0, decimal("1"), None, 10.25),
    ];
    assert_eq!(found, wanted);
    Ok(())
}

// conforms: F06
fn rows_before_and_behind(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Width::c;
    let by_id = || window().order_by(c.id);
    let statement = select((
        func::lag(c.sure, 1).or(decimal_of("0.5")).over(by_id()),
        func::lag(c.sure, 1).or(literal(0.5)).over(by_id()),
        func::lag(c.small, 1).or(c.sure).over(by_id()),
        func::lead(c.sure_d, 1).or(c.sure).over(by_id()),
        func::lead(c.sure_d, 1).or(c.sure_f).over(by_id()),
        func::lead(c.n, 1).or(literal(5_i64)).over(by_id()),
    ))
    .order_by(c.id);
    type Row = (Decimal, f64, Option<i32>, Decimal, f64, Option<i64>);
    let found: Vec<Row> = conn.execute(statement)?.all()?;
    let all = || decimal("99.75");
    let wanted = [
        (decimal("0.5"), 0.5, Some(4), all(), 99.75, None),
        (decimal("4"), 4.0, Some(-2), decimal("4"), 10.25, Some(5)),
    ];
    assert_eq!(found, wanted);
    Ok(())
}

fn decimal_of(text: &str) -> aludel::sql::Expr<Decimal> {
    literal(decimal(text))
}

/// It is the first value or nothing, so it has the type of the first, and all of its digits.
// conforms: F06
fn nothing_if_equal(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let c = Width::c;
    let statement = select((
        func::nullif(c.sure, c.sure_d),
        func::nullif(c.sure, c.sure_f),
        func::nullif(c.large, c.sure_f),
        func::nullif(c.large, c.sure_d),
        func::nullif(c.sure_d, c.sure_f),
        func::nullif(c.sure, literal(4.0)),
        func::nullif(c.sure, literal(decimal("4.00"))),
        func::nullif(c.sure_d, literal(99.75)),
        func::nullif(c.sure_f, c.sure),
    ))
    .order_by(c.id);
    type Row = (
        Option<i32>,
        Option<i32>,
        Option<i64>,
        Option<i64>,
        Option<Decimal>,
        Option<i32>,
        Option<i32>,
        Option<Decimal>,
        Option<f64>,
    );
    let found: Vec<Row> = conn.execute(statement)?.all()?;
    let large = Some(9_007_199_254_740_993);
    let d = Some(decimal("99.75"));
    let wanted = [
        (Some(4), Some(4), large, large, d.clone(), None, None, None, Some(10.25)),
        (Some(4), Some(4), None, None, d, None, None, None, Some(10.25)),
    ];
    assert_eq!(found, wanted);
    Ok(())
}
