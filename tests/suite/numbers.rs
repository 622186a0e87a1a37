//! Numbers of different sorts that a statement puts together, where each database would go its own way.

use aludel::sql::{Dynamic, Expr, Feature, window};
use aludel::value::Decimal;
use aludel::{
    Auto, Connection, ErrorKind, Mapped, MetaData, Result, bindparam, func, insert, literal,
    params, select, types, values,
};

use crate::{Database, Db, suite};

suite![
    deviations_are_floats,
    whole_quotients,
    whole_quotients_of_described_numbers,
    sets_of_different_numbers,
    sets_of_given_numbers,
    values_in_place_of_others,
    lists_that_are_given_later,
    floats_beside_infinity,
    small_integers_stay_small,
    remainders,
    given_beside_integers,
    whole_quotients_of_unknown_numbers,
];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "amounts")]
struct Amount {
    #[aludel(primary_key)]
    id: Auto<i64>,
    small: i16,
    n: i64,
    large: u64,
    #[aludel(type = types::Numeric(30, 10))]
    d: Decimal,
    f: f64,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn filled(db: &Db, rows: &[(i64, &str, f64)]) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Amount>().create_all(&mut conn)?;
    for (n, d, f) in rows {
        let large = n.unsigned_abs();
        let row = Amount { id: Auto::unset(), small: 2, n: *n, large, d: decimal(d), f: *f };
        conn.execute(insert::<Amount>().values(&row))?;
    }
    conn.commit()?;
    Ok(conn)
}

// conforms: F06
fn deviations_are_floats(db: &Db) -> Result<()> {
    let rows = [2, 4, 4, 4, 5, 5, 7, 9].map(|n| (n, format!("{n}"), n as f64));
    let rows: Vec<_> = rows.iter().map(|(n, d, f)| (*n, d.as_str(), *f)).collect();
    let mut conn = filled(db, &rows)?;
    let (c, t) = (Amount::c, Amount::table());
    macro_rules! of {
        ($of:expr) => {
            (func::stddev_pop($of), func::stddev_samp($of), func::var_pop($of), func::var_samp($of))
        };
    }
    let all = (of!(c.n), of!(c.d), of!(c.f), of!(c.large), of!(t.c("d")?), of!(t.c("f")?));
    if !conn.engine().dialect().has(Feature::Statistics) {
        let error = conn.execute(select(all)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
        return Ok(());
    }
    let found = conn.execute(select(all))?.one()?;
    let wanted = [2.0, (32.0_f64 / 7.0).sqrt(), 4.0, 32.0 / 7.0];
    let found = [found.0, found.1, found.2, found.3, found.4, found.5];
    for (place, found) in found.into_iter().enumerate() {
        let found = <[Option<f64>; 4]>::from(found).map(|of| of.unwrap_or(f64::NAN));
        let close = found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-9);
        assert!(close, "number {place}: {found:?} in place of {wanted:?}");
    }
    let none = select((func::stddev_pop(c.d), func::var_samp(c.d))).where_(c.id.eq(100));
    assert_eq!(conn.execute(none)?.one()?, (None, None));
    let one = select((func::stddev_pop(c.d), func::var_samp(c.d))).where_(c.id.eq(1));
    assert_eq!(conn.execute(one)?.one()?, (Some(0.0), None));
    // Of different values: 2, 4, 5, 7, 9.
    match conn.scalar(select(func::var_samp(c.d).distinct())) {
        Ok(found) => assert!(found.is_some_and(|of| (of - 7.3).abs() < 1e-9), "{found:?}"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Compile, "{error}"),
    }
    let over = func::stddev_pop(c.d).over(window().partition_by(c.small));
    let found: Option<f64> = conn.execute(select(over).limit(1))?.scalar_one()?;
    assert!(found.is_some_and(|of| (of - 2.0).abs() < 1e-9), "{found:?}");
    Ok(())
}

/// The largest integer that is not above the fraction of two numbers with ten digits behind the point.
fn floor(one: &Decimal, other: &Decimal) -> i128 {
    let scaled = |of: &Decimal| {
        let behind = u32::try_from(of.scale()).unwrap();
        of.unscaled().unwrap() * 10_i128.pow(10 - behind)
    };
    let (one, other) = (scaled(one), scaled(other));
    one.div_euclid(other) - i128::from(other < 0 && one.rem_euclid(other) != 0)
}

/// Many numbers beside each other.
fn divided(db: &Db) -> Result<Connection> {
    let texts = [
        "7",
        "-7",
        "2.5",
        "-2.5",
        "99999999.99",
        "-0.0000000001",
        "0.99999999",
        "100000",
        "-3",
        "9007199254740993",
        "199999",
        "200000",
        "1",
    ];
    let ints = [7, -7, 0, 99_999, -99_999, 9_007_199_254_740_993, 199_999];
    let rows: Vec<_> = ints.into_iter().flat_map(|n| texts.map(|d| (n, d, 1.5))).collect();
    filled(db, &rows)
}

/// The quotient that a database computes is rounded, and may be the next integer.
// conforms: F04
fn whole_quotients(db: &Db) -> Result<()> {
    let mut conn = divided(db)?;
    let c = Amount::c;
    let value = decimal("200000.5");
    let exact = select((
        c.n,
        c.d,
        c.d.floordiv(value.clone()),
        c.n.floordiv(c.d),
        c.d.floordiv(c.d + decimal("0.5")),
        c.n.floordiv(literal(value.clone())),
    ));
    for (n, d, by_value, of_int, of_both, int_by_value) in conn.execute(exact)?.all()? {
        let n = Decimal::from(n);
        let wanted = [
            floor(&d, &value),
            floor(&n, &d),
            floor(&d, &sum(&d, 5_000_000_000)),
            floor(&n, &value),
        ];
        let found = [by_value, of_int, of_both, int_by_value].map(|of| of.to_i128().unwrap());
        assert_eq!(found, wanted, "{n} and {d}");
    }
    let unsigned = select((c.large, c.large.floordiv(200_000_u64)));
    for (large, found) in conn.execute(unsigned)?.all()? {
        assert_eq!(found, large / 200_000);
    }
    Ok(())
}

/// The same where the compiler knows nothing of the numbers.
// conforms: F04
fn whole_quotients_of_described_numbers(db: &Db) -> Result<()> {
    let mut conn = divided(db)?;
    let (c, t) = (Amount::c, Amount::table());
    let value = decimal("200000.5");
    let any = |of: Expr<Dynamic>| of.label("q");
    let described = select((
        t.c("n")?,
        t.c("d")?,
        any(t.c("d")?.floordiv(value.clone())),
        any(t.c("n")?.floordiv(t.c("d")?)),
        any(t.c("n")?.floordiv(value.clone())),
        any(t.c("d")?.expr().floordiv(value.clone())),
        any(t.c("n")?.expr().floordiv(200_000)),
        any(t.c("n")?.expr().floordiv(t.c("d")?)),
        t.c("large")?.floordiv(200_000),
        t.c("n")?.floordiv(-2),
    ));
    for row in conn.execute(described.untyped())? {
        let at = |place: usize| row.get::<Decimal>(place);
        let (n, d) = (at(0)?, at(1)?);
        let whole = n.to_i128().unwrap();
        let wanted = [
            floor(&d, &value),
            floor(&n, &d),
            floor(&n, &value),
            floor(&d, &value),
            whole / 200_000,
            floor(&n, &d),
            whole.abs() / 200_000,
            whole / -2,
        ];
        for (place, wanted) in wanted.into_iter().enumerate() {
            let found = at(place + 2)?;
            let what = format!("number {place} of {n} and {d}: {found} in place of {wanted}");
            assert_eq!(found.to_i128(), Some(wanted), "{what}");
        }
    }
    // A fraction of integers and decimal numbers is exact.
    let half = select(t.c("n")? / decimal("0.5")).where_(c.n.eq(9_007_199_254_740_993_i64));
    let found: Decimal = conn.execute(half.untyped())?.first()?.unwrap().get(0)?;
    assert_eq!(found, decimal("18014398509481986"));
    Ok(())
}

/// So many parts of ten milliards more.
fn sum(of: &Decimal, parts: i128) -> Decimal {
    let behind = u32::try_from(of.scale()).unwrap();
    Decimal::from_unscaled(of.unscaled().unwrap() * 10_i128.pow(10 - behind) + parts, 10)
}

/// Rows are the same if their numbers are, of whatever sort.
// conforms: F01
fn sets_of_different_numbers(db: &Db) -> Result<()> {
    let mut conn =
        filled(db, &[(1, "1.00", 1.0), (2, "2.50", 0.5), (10, "10", 2.5), (3, "10.0", 2.5)])?;
    let t = Amount::table();
    let ints = || t.c("n").map(|n| select(n.label("v")));
    let decimals = || t.c("d").map(|d| select(d.label("v")));
    let floats = || t.c("f").map(|f| select(f.label("v")));
    let texts = |all: &[&str]| all.iter().copied().map(decimal).collect::<Vec<_>>();
    let cases = [
        (ints()?.union(decimals()?), texts(&["1", "2", "2.5", "3", "10"])),
        (decimals()?.union(ints()?), texts(&["1", "2", "2.5", "3", "10"])),
        (ints()?.intersect(decimals()?), texts(&["1", "10"])),
        (decimals()?.except_(ints()?), texts(&["2.5"])),
        (ints()?.except_(decimals()?), texts(&["2", "3"])),
        (ints()?.union_all(decimals()?), texts(&["1", "1", "2", "2.5", "3", "10", "10", "10"])),
        (ints()?.union(ints()?).union(decimals()?), texts(&["1", "2", "2.5", "3", "10"])),
    ];
    for (number, (set, wanted)) in cases.into_iter().enumerate() {
        let sorted = set.clone().order_by("v");
        let found: Vec<Decimal> = conn.scalars(sorted.untyped())?;
        assert_eq!(found, wanted, "number {number}: {set}");
        // The same rows as a subquery.
        let inner = set.subquery("s");
        let least = select(inner.c("v")?).where_(inner.c("v")?.gt(2)).order_by(inner.c("v")?);
        let found: Vec<Decimal> = conn.scalars(least.untyped())?;
        let above: Vec<_> = wanted.into_iter().filter(|of| *of > decimal("2")).collect();
        assert_eq!(found, above, "number {number}");
    }
    for set in [decimals()?.union(floats()?), floats()?.union(decimals()?)] {
        let found: Vec<f64> = conn.scalars(set.order_by("v").untyped())?;
        assert_eq!(found, [0.5, 1.0, 2.5, 10.0]);
    }
    Ok(())
}

/// The same of rows that the program has.
// conforms: F01
fn sets_of_given_numbers(db: &Db) -> Result<()> {
    let mut conn = filled(db, &[(1, "1.00", 1.0), (2, "2.50", 0.5), (10, "10", 2.5)])?;
    let t = Amount::table();
    let of = |name: &str| t.c(name).map(|of| select(of.label("v")).untyped());
    let exact =
        || values(["v"], ["1.0", "2.5", "10.00", "9"].map(|text| (decimal(text),))).untyped();
    let whole = || values(["v"], [(10_i64,), (4,)]).untyped();
    let mixed = || values(["v"], [vec![3.into()], vec![decimal("2.50").into()]]).untyped();
    let floats = || values(["v"], [(2.5,), (0.25,)]).untyped();
    let texts = |all: &[&str]| all.iter().copied().map(decimal).collect::<Vec<_>>();
    let cases = [
        (of("n")?.union(exact()), texts(&["1", "2", "2.5", "9", "10"])),
        (of("d")?.union(exact()), texts(&["1", "2.5", "9", "10"])),
        (of("n")?.intersect(exact()), texts(&["1", "10"])),
        (of("d")?.except_(exact()), texts(&[])),
        (of("d")?.except_(whole()), texts(&["1", "2.5"])),
        (of("d")?.intersect(mixed()), texts(&["2.5"])),
        (of("n")?.union(mixed()), texts(&["1", "2", "2.5", "3", "10"])),
        (of("d")?.union(whole()).union(mixed()), texts(&["1", "2.5", "3", "4", "10"])),
    ];
    for (number, (set, wanted)) in cases.into_iter().enumerate() {
        let found: Vec<Decimal> = conn.scalars(set.clone().order_by("v").untyped())?;
        assert_eq!(found, wanted, "number {number}: {set}");
        let inner = set.subquery("s");
        let above = select(inner.c("v")?).where_(inner.c("v")?.gt(2)).order_by(inner.c("v")?);
        let found: Vec<Decimal> = conn.scalars(above.untyped())?;
        let above: Vec<_> = wanted.into_iter().filter(|of| *of > decimal("2")).collect();
        assert_eq!(found, above, "number {number}");
    }
    // They are the first of all.
    for (set, wanted) in [
        (exact().intersect(of("n")?), texts(&["1", "10"])),
        (exact().except_(of("d")?), texts(&["9"])),
        (whole().union(exact()), texts(&["1", "2.5", "4", "9", "10"])),
        (mixed().except_(of("d")?), texts(&["3"])),
    ] {
        let sorted = set.clone().order_by("v");
        assert_eq!(conn.scalars::<_, Decimal>(sorted.untyped())?, wanted);
        let inner = set.subquery("s");
        let sorted = select(inner.c("v")?).order_by(inner.c("v")?);
        assert_eq!(conn.scalars::<_, Decimal>(sorted.untyped())?, wanted);
    }
    for set in [of("d")?.union(floats()), floats().union(of("d")?), exact().union(floats())] {
        let inner = set.subquery("s");
        let sorted = select(inner.c("v")?).where_(inner.c("v")?.lt(3)).order_by(inner.c("v")?);
        assert_eq!(conn.scalars::<_, f64>(sorted.untyped())?, [0.25, 1.0, 2.5]);
    }
    // Rows of different sorts are numbers of the widest one where others select from them, too.
    let inner = mixed().subquery("m");
    let above = select(inner.c("v")?).where_(inner.c("v")?.gt(2)).order_by(inner.c("v")?);
    assert_eq!(conn.scalars::<_, Decimal>(above.untyped())?, texts(&["2.5", "3"]));
    Ok(())
}

/// What a function gives in place of another value is compared and sorted like all of them.
// conforms: F06
fn values_in_place_of_others(db: &Db) -> Result<()> {
    let mut conn = filled(db, &[(1, "3.5", 1.0), (20, "20", 0.5), (3, "3", 2.5)])?;
    let t = Amount::table();
    let by_id = || t.c("id").map(|id| window().order_by(id));
    let shifted = [
        func::lag(t.c("n")?, 1).or(decimal("2.5")).over(by_id()?),
        func::lag(t.c("n")?, 1).or(literal(decimal("2.50"))).over(by_id()?),
        func::lag(t.c("n")? + 0, 1).or(decimal("2.5")).over(by_id()?),
    ];
    for of in shifted {
        let inner = select((t.c("id")?, of.label("v"))).subquery("s");
        let sorted = select(inner.c("v")?).order_by(inner.c("v")?);
        let found: Vec<Decimal> = conn.scalars(sorted.untyped())?;
        assert_eq!(found, [decimal("1"), decimal("2.5"), decimal("20")]);
        let more = select(inner.c("id")?).where_(inner.c("v")?.gt(2)).order_by(inner.c("id")?);
        assert_eq!(conn.scalars::<_, i64>(more.untyped())?, [1, 3]);
        let same = select(inner.c("id")?).where_(inner.c("v")?.eq(decimal("2.50")));
        assert_eq!(conn.scalars::<_, i64>(same.untyped())?, [1]);
    }
    let decimals = func::lead(t.c("d")?, 1).or(literal(7_i64)).over(by_id()?);
    let inner = select((t.c("id")?, decimals.label("v"))).subquery("s");
    let found: Vec<Decimal> =
        conn.scalars(select(inner.c("v")?).order_by(inner.c("v")?).untyped())?;
    assert_eq!(found, [decimal("3"), decimal("7"), decimal("20")]);
    Ok(())
}

/// A value of another sort than what it stands beside is found, or refused; never passed over.
fn lists_that_are_given_later(db: &Db) -> Result<()> {
    let mut conn = filled(db, &[(1, "1.0", 1.0), (2, "2.50", 0.5), (3, "3", 2.5)])?;
    let (c, t) = (Amount::c, Amount::table());
    let listed = || bindparam("given").expanding();
    let both = || params! { given: vec![decimal("1.0"), decimal("3.00")] };
    let id = || t.c("id");
    let mut refused = Vec::new();
    let conditions = [
        (t.c("n")? + 0).in_(listed()),
        (c.n + 0).in_(listed()).nullable(),
        (t.c("d")? + 0).in_(listed()),
        t.c("n")?.in_(listed()),
        t.c("d")?.in_(listed()),
        c.n.in_(listed()).nullable(),
        (t.c("f")? * 1.0 + 0.0).in_(listed()),
    ];
    for (number, condition) in conditions.into_iter().enumerate() {
        let found = select(id()?).where_(condition).order_by(id()?);
        match conn.scalars::<_, i64>(found.params(both()).untyped()) {
            Ok(found) if number == 6 => assert_eq!(found, [1]),
            Ok(found) => assert_eq!(found, [1, 3], "number {number}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Data, "number {number}: {error}");
                refused.push(number);
            }
        }
        conn.rollback()?;
    }
    // SQLite compares integers that are computed with a decimal as texts, so the value is refused.
    let sqlite = db.database == Database::Sqlite;
    assert_eq!(refused, if sqlite { vec![0, 1] } else { vec![] });
    refused.clear();
    let one = || params! { given: decimal("3.00") };
    let conditions = [
        (t.c("n")? + 0).eq(bindparam("given")),
        (c.n + 0).eq(bindparam("given")).nullable(),
        (t.c("n")? + 0).between(bindparam("given"), 100).nullable(),
        (t.c("d")? + 0).eq(bindparam("given")),
        t.c("n")?.eq(bindparam("given")),
        t.c("d")?.eq(bindparam("given")),
    ];
    for (number, condition) in conditions.into_iter().enumerate() {
        let found = select(id()?).where_(condition).order_by(id()?);
        match conn.scalars::<_, i64>(found.params(one()).untyped()) {
            Ok(found) => assert_eq!(found, [3], "number {number}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Data, "number {number}: {error}");
                refused.push(number);
            }
        }
        conn.rollback()?;
    }
    assert_eq!(refused, if sqlite { vec![0, 1, 2] } else { vec![] });
    Ok(())
}

/// Decimal numbers that are not finite beside columns of floats.
fn floats_beside_infinity(db: &Db) -> Result<()> {
    let mut conn = filled(db, &[(1, "1", 1.5), (2, "2", -1e300)])?;
    let t = Amount::table();
    let infinity = Decimal::infinity;
    let conditions = [
        (t.c("f")?.lt(infinity()), vec![1, 2]),
        (t.c("f")?.gt(infinity()), vec![]),
        (t.c("f")?.gt(Decimal::neg_infinity()), vec![1, 2]),
        (t.c("f")?.between(decimal("0"), infinity()), vec![1]),
        (t.c("f")?.in_([infinity(), decimal("1.5")]), vec![1]),
        (Amount::c.f.lt(literal(infinity())).nullable(), vec![1, 2]),
        (t.c("f")?.lt(literal(infinity())), vec![1, 2]),
    ];
    for (number, (condition, wanted)) in conditions.into_iter().enumerate() {
        let found = select(t.c("id")?).where_(condition).order_by(t.c("id")?);
        match conn.scalars::<_, i64>(found.untyped()) {
            Ok(found) => assert_eq!(found, wanted, "number {number}"),
            // MySQL has no such numbers.
            Err(error) => {
                assert_eq!(db.database, Database::MySql, "number {number}: {error}");
                assert_eq!(error.kind(), ErrorKind::Data, "number {number}: {error}");
            }
        }
        conn.rollback()?;
    }
    Ok(())
}

/// Where a function has the type of its arguments, a value of 16 bits is one.
fn small_integers_stay_small(db: &Db) -> Result<()> {
    let mut conn = filled(db, &[(1, "1", 1.5), (2, "2", 2.5)])?;
    let c = Amount::c;
    let by_id = window().order_by(c.id);
    let before = func::lag(c.small, 1).or(7_i16).over(by_id);
    let found: Vec<i16> = conn.scalars(select(before).order_by(c.id))?;
    assert_eq!(found, [7, 2]);
    Ok(())
}

/// Of floats there is one, or an error of ours: never one of the integers in them.
fn remainders(db: &Db) -> Result<()> {
    let mut conn = filled(db, &[(7, "7.5", 5.5)])?;
    let t = Amount::table();
    let decimals = [t.c("d")? % decimal("2"), t.c("d")? % t.c("n")? % 2];
    for (of, wanted) in decimals.into_iter().zip(["1.5", "0.5"]) {
        let found: Decimal = conn.execute(select(of).untyped())?.first()?.unwrap().get(0)?;
        assert_eq!(found, decimal(wanted));
    }
    let integers = t.c("n")? % 4;
    let found: i64 = conn.execute(select(integers).untyped())?.first()?.unwrap().get(0)?;
    assert_eq!(found, 3);
    let inner = select(t.c("f")?.label("v")).subquery("s");
    let floats = [
        (t.c("f")? % 2, 1.5),
        (t.c("n")? % 2.5, 2.0),
        (t.c("f")? % t.c("d")?, 5.5),
        (t.c("n")? % t.c("f")?, 1.5),
        (t.c("d")?.expr() % t.c("f")?, 2.0),
        (inner.c("v")? % 2, 1.5),
        ((t.c("n")? / 2) % 2, 1.5),
        (t.c("f")? % 2 + 0, 1.5),
    ];
    for (number, (of, wanted)) in floats.into_iter().enumerate() {
        let statement = select(of).untyped();
        let found =
            conn.execute(statement).and_then(|mut rows| rows.first()?.unwrap().get::<f64>(0));
        let dialect = conn.engine().dialect().name();
        if dialect == "mysql" || dialect == "mariadb" {
            assert_eq!(found?, wanted, "number {number}");
            continue;
        }
        let error = found.expect_err("a remainder of floats");
        assert_eq!(error.kind(), ErrorKind::Compile, "number {number}: {error}");
        let message = error.to_string();
        assert!(message.contains("does not have `%` of floating-point numbers"), "{message}");
        assert!(message.contains(dialect), "{message}");
    }
    Ok(())
}

/// What is given to a bind beside operators of integers is computed with as it is, or refused by us: its fraction is
/// never left out.
fn given_beside_integers(db: &Db) -> Result<()> {
    let mut conn = filled(db, &[(7, "7.5", 5.5)])?;
    let (c, t) = (Amount::c, Amount::table());
    let given = || bindparam("given");
    let by_id = || window().order_by(c.id);
    let any = |of: Expr<Dynamic>| of.label("v");
    // Of 2, and of 2.5 where it is not refused.
    let operators = [
        (any(t.c("n")? % given()), 1.0, Some(2.0)),
        (any((t.c("n")? + 0) % given()), 1.0, Some(2.0)),
        (any(t.c("n")? % given() % 3), 1.0, Some(2.0)),
        (any(t.c("n")?.floordiv(given())), 3.0, None),
        (any(t.c("n")?.bitwise_and(given())), 2.0, None),
        (any(t.c("n")?.bitwise_lshift(given())), 28.0, None),
        (any(func::lag(t.c("small")?, 1).or(given()).over(by_id())), 2.0, None),
        (any(func::lag(t.c("n")?, 1).or(given()).over(by_id())), 2.0, Some(2.5)),
        (any(func::greatest(t.c("n")? + 0, given())), 7.0, Some(7.0)),
        (any(func::coalesce(func::nullif(t.c("n")?, 7), given())), 2.0, Some(2.5)),
        (any(t.c("n")? + given()), 9.0, Some(9.5)),
        (any(t.c("n")? / given()), 3.5, Some(2.8)),
    ];
    for (number, (of, of_two, of_fraction)) in operators.into_iter().enumerate() {
        let values = [
            (aludel::Value::from(2_i64), Some(of_two)),
            (2.5.into(), of_fraction),
            (decimal("2.5").into(), of_fraction),
        ];
        for (value, wanted) in values {
            let is_integer = matches!(value, aludel::Value::Int(_));
            let statement = select(of.clone()).params(params! { given: value });
            let found = conn.execute(statement.untyped()).and_then(|mut rows| {
                let row = rows.first()?.unwrap();
                let float = row.get::<f64>(0);
                float.or_else(|_| row.get::<Decimal>(0).map(|of| of.to_f64().unwrap()))
            });
            match (found, wanted) {
                (Ok(found), Some(wanted)) => assert_eq!(found, wanted, "number {number}"),
                (Ok(found), None) => panic!("number {number} is {found}"),
                (Err(error), _) => {
                    assert!(!is_integer, "number {number}: {error}");
                    assert_eq!(error.kind(), ErrorKind::Data, "number {number}: {error}");
                    let message = error.to_string();
                    assert!(message.contains("where it stands in an expression"), "{message}");
                }
            }
            conn.rollback()?;
        }
    }
    // A column that is described at run time may have a fraction, and what the compiler takes for an integer not.
    let whole = select(c.n.floordiv(t.c("d")?)).untyped();
    let found: Decimal = conn.execute(whole)?.first()?.unwrap().get(0)?;
    assert_eq!(found, decimal("0"));
    Ok(())
}

/// What is selected in a subquery is what it is there; of what nothing is known the quotient is exact, or refused.
// conforms: F04
fn whole_quotients_of_unknown_numbers(db: &Db) -> Result<()> {
    let mut conn = filled(db, &[(9_007_199_254_740_993, "1", 1.5), (-7, "2.5", 2.5)])?;
    let t = Amount::table();
    let inner = select((t.c("id")?, t.c("n")?, (t.c("n")? + 0).label("m"))).subquery("s");
    let both = select(inner.c("n")?).union(select(inner.c("m")?)).subquery("b");
    let known = [
        select(inner.c("n")?.floordiv(1)).order_by(inner.c("id")?),
        select(inner.c("m")?.floordiv(1)).order_by(inner.c("id")?),
        select(func::coalesce(inner.c("n")?, 0).floordiv(1)).order_by(inner.c("id")?),
        select(both.c("n")?.floordiv(1)).order_by(both.c("n")?.desc()),
    ];
    for (number, of) in known.into_iter().enumerate() {
        let found: Vec<i64> =
            conn.scalars(of.untyped()).unwrap_or_else(|error| panic!("number {number}: {error}"));
        assert_eq!(found, [9_007_199_254_740_993, -7], "number {number}");
    }
    let halves = select(inner.c("n")?.floordiv(2)).order_by(inner.c("id")?);
    assert_eq!(conn.scalars::<_, i64>(halves.untyped())?, [4_503_599_627_370_496, -3]);
    let unknown = func::call("abs", (inner.c("n")?,)).floordiv(1);
    let found = conn.scalars::<_, i64>(select(unknown).order_by(inner.c("id")?).untyped());
    if db.database == Database::Postgres {
        let error = found.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
        let message = error.to_string();
        assert!(message.contains("nothing says what sort they are"), "{message}");
        assert!(message.contains(".cast::<i64>()"), "{message}");
    } else {
        assert_eq!(found?, [9_007_199_254_740_993, 7]);
    }
    let cast = func::call("abs", (inner.c("n")?,)).cast::<i64>().floordiv(1_i64);
    let found: Vec<Option<i64>> = conn.scalars(select(cast).order_by(inner.c("id")?))?;
    assert_eq!(found, [Some(9_007_199_254_740_993), Some(7)]);
    Ok(())
}
