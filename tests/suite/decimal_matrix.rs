//! Every node that compares, of every sort of number with every other, each written in every way, on both sides:
//! the answers are those of the exact values.

use std::cmp::Ordering;

use aludel::sql::{Dynamic, Expr, TypedExpression, aliased, tuple_};
use aludel::value::Decimal;
use aludel::{
    Auto, Connection, Mapped, MetaData, Result, case, case_of, func, insert, literal, select, types,
};

use crate::{Db, suite};

suite![compared_with_each_other, lists];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "numbers")]
struct Numbers {
    #[aludel(primary_key)]
    id: Auto<i64>,
    n: i64,
    f: f64,
    #[aludel(type = types::Numeric(30, 4))]
    d: Decimal,
    null_n: Option<i64>,
    null_f: Option<f64>,
    #[aludel(type = types::Numeric(30, 4))]
    null_d: Option<Decimal>,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// What an operand is in one row.
#[derive(Debug, Clone, PartialEq)]
enum Number {
    Int(i64),
    Float(f64),
    Decimal(Decimal),
    Null,
}

impl Number {
    fn float(&self) -> f64 {
        match self {
            Self::Int(of) => *of as f64,
            Self::Float(of) => *of,
            Self::Decimal(of) => of.to_string().parse().unwrap(),
            Self::Null => unreachable!("it is compared with nothing"),
        }
    }

    fn exact(&self) -> Decimal {
        match self {
            Self::Int(of) => Decimal::from(*of),
            Self::Decimal(of) => of.clone(),
            _ => unreachable!("it is compared as a float, or with nothing"),
        }
    }

    /// How one is compared with another; `None` if one is NULL.
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, _) | (_, Self::Null) => None,
            (Self::Float(_), _) | (_, Self::Float(_)) => self.float().partial_cmp(&other.float()),
            _ => Some(self.exact().cmp(&other.exact())),
        }
    }
}

/// The expression, by what the compiler knows of it.
#[derive(Debug, Clone)]
enum Typed {
    Int(Expr<i64>),
    Float(Expr<f64>),
    Decimal(Expr<Decimal>),
    Any(Expr<Dynamic>),
}

struct Tested {
    name: &'static str,
    of: Typed,
    /// What it is in each row.
    rows: Vec<Number>,
}

fn rows(db: &Db) -> Vec<Numbers> {
    let mut rows =
        vec![(21, 21.0, "21.00"), (-3, 20.5, "20.50"), (9_007_199_254_740_993, 0.1, "0.1")];
    rows.push((20, 100.0, "9007199254740993"));
    if !db.has_decimals() {
        rows.push((5, f64::INFINITY, "Infinity"));
        rows.push((5, f64::NEG_INFINITY, "-Infinity"));
    }
    let row = |(at, (n, f, d)): (i64, (i64, f64, &str))| {
        let some = at != 2;
        Numbers {
            id: at.into(),
            n,
            f,
            d: decimal(d),
            null_n: some.then_some(n),
            null_f: some.then_some(f),
            null_d: some.then(|| decimal(d)),
        }
    };
    (1..).zip(rows).map(row).collect()
}

fn filled(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Numbers>().create_all(&mut conn)?;
    for row in rows(db) {
        conn.execute(insert::<Numbers>().values(&row))?;
    }
    Ok(conn)
}

fn operands(db: &Db) -> Result<Vec<Tested>> {
    let (c, t) = (Numbers::c, Numbers::table());
    let of = |name, of, number: &dyn Fn(&Numbers) -> Number| Tested {
        name,
        of,
        rows: rows(db).iter().map(number).collect(),
    };
    let int = |row: &Numbers| Number::Int(row.n);
    let float = |row: &Numbers| Number::Float(row.f);
    let exact = |row: &Numbers| Number::Decimal(row.d.clone());
    let null = |row: &Numbers, number: Number| match row.null_n {
        Some(_) => number,
        None => Number::Null,
    };
    let any = |name: &str| Ok::<_, aludel::Error>(Typed::Any(t.c(name)?.expr()));
    let computed = |name: &str| Ok::<_, aludel::Error>(Typed::Any(t.c(name)? * 1));
    let value = |text: &'static str| move |_: &Numbers| Number::Decimal(decimal(text));
    Ok(vec![
        of("int value", Typed::Int(literal(21_i64)), &|_| Number::Int(21)),
        of("int column", Typed::Int(c.n.expr()), &int),
        of("int expression", Typed::Int(c.n * 1_i64), &int),
        of("float value", Typed::Float(literal(20.5_f64)), &|_| Number::Float(20.5)),
        of("float column", Typed::Float(c.f.expr()), &float),
        of("float expression", Typed::Float(c.f * 1.0), &float),
        of("decimal value", Typed::Decimal(literal(decimal("21.0"))), &value("21.0")),
        of("another", Typed::Decimal(literal(decimal("20.500"))), &value("20.500")),
        of("decimal column", Typed::Decimal(c.d.expr()), &exact),
        of("decimal expression", Typed::Decimal(c.d * decimal("1.0")), &exact),
        of("described int", any("n")?, &int),
        of("described computed int", computed("n")?, &int),
        of("described float", any("f")?, &float),
        of("described computed float", computed("f")?, &float),
        of("described decimal", any("d")?, &exact),
        of("described computed decimal", computed("d")?, &exact),
        of("null int", any("null_n")?, &|row| null(row, int(row))),
        of("null float", any("null_f")?, &|row| null(row, float(row))),
        of("null decimal", any("null_d")?, &|row| null(row, exact(row))),
        of("null computed", computed("null_d")?, &|row| null(row, exact(row))),
    ])
}

type Answers = Vec<[i64; 7]>;

/// The nodes of both operands, in two statements.
macro_rules! answers {
    ($conn:expr, $left:expr, $right:expr) => {{
        let (l, r) = (|| $left.clone(), || $right.clone());
        let first = (
            case(l().eq(r()), 1_i64).else_(0_i64),
            case(l().ne(r()), 1_i64).else_(0_i64),
            case(l().lt(r()), 1_i64).else_(0_i64),
            case(l().le(r()), 1_i64).else_(0_i64),
            case(l().gt(r()), 1_i64).else_(0_i64),
            case(l().ge(r()), 1_i64).else_(0_i64),
            case(l().is_distinct_from(r()), 1_i64).else_(0_i64),
        );
        let pair = || tuple_((l(), l()));
        let second = (
            case(l().between(r(), r()), 1_i64).else_(0_i64),
            case(l().between_symmetric(r(), r()), 1_i64).else_(0_i64),
            case_of(l()).when(r(), 1_i64).else_(0_i64),
            case(pair().eq((r(), r())), 1_i64).else_(0_i64),
            case(pair().lt((r(), r())), 1_i64).else_(0_i64),
            case(l().in_(select(r())), 1_i64).else_(0_i64),
            case(func::nullif(l(), r()).is_null(), 1_i64).else_(0_i64),
        );
        let id = Numbers::c.id;
        let first = select(first).select_from(Numbers::entity()).order_by(id);
        let second = select(second).select_from(Numbers::entity()).order_by(id);
        let first: Answers =
            $conn.execute(first)?.all()?.into_iter().map(<[i64; 7]>::from).collect();
        let second: Answers =
            $conn.execute(second)?.all()?.into_iter().map(<[i64; 7]>::from).collect();
        (first, second)
    }};
}

fn answers(conn: &mut Connection, left: &Typed, right: &Typed) -> Result<(Answers, Answers)> {
    macro_rules! with {
        ($left:expr) => {
            match right {
                Typed::Int(right) => answers!(conn, $left, right),
                Typed::Float(right) => answers!(conn, $left, right),
                Typed::Decimal(right) => answers!(conn, $left, right),
                Typed::Any(right) => answers!(conn, $left, right),
            }
        };
    }
    Ok(match left {
        Typed::Int(left) => with!(left),
        Typed::Float(left) => with!(left),
        Typed::Decimal(left) => with!(left),
        Typed::Any(left) => with!(left),
    })
}

/// What the exact values say.
fn wanted(left: &Number, right: &Number, all: &[Number]) -> ([i64; 7], [i64; 7]) {
    let order = left.compare(right);
    let is = |orders: &[Ordering]| i64::from(order.is_some_and(|order| orders.contains(&order)));
    let (less, equal, greater) = (Ordering::Less, Ordering::Equal, Ordering::Greater);
    let distinct = match (left, right) {
        (Number::Null, Number::Null) => 0,
        _ => i64::from(order != Some(equal)),
    };
    let same = is(&[equal]);
    let listed = all.iter().any(|of| left.compare(of) == Some(equal));
    let no_left = i64::from(*left == Number::Null);
    (
        [
            same,
            is(&[less, greater]),
            is(&[less]),
            is(&[less, equal]),
            is(&[greater]),
            is(&[greater, equal]),
            distinct,
        ],
        [same, same, same, same, is(&[less]), i64::from(listed), same.max(no_left)],
    )
}

fn compared_with_each_other(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let operands = operands(db)?;
    let mut wrong = Vec::new();
    for left in &operands {
        for right in &operands {
            let (first, second) = answers(&mut conn, &left.of, &right.of)?;
            let numbers = left.rows.iter().zip(&right.rows);
            let found = first.into_iter().zip(second);
            for ((one, other), found) in numbers.zip(found) {
                let wanted = wanted(one, other, &right.rows);
                if found != wanted {
                    wrong.push(format!(
                        "{} {one:?}, {} {other:?}: {found:?} in place of {wanted:?}",
                        left.name, right.name
                    ));
                }
            }
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "wrong answers:\n{}", wrong.join("\n"));
    Ok(())
}

/// Lists of values, and rows of a query, of another sort of number than what is looked for in them.
fn lists(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let (c, t) = (Numbers::c, Numbers::table());
    macro_rules! ids {
        ($condition:expr) => {
            conn.scalars(select(c.id).where_($condition.and(c.id.le(4))).order_by(c.id))?
        };
    }
    let both = || [decimal("21.0"), decimal("20.50")];
    assert_eq!(ids!((t.c("n")? + 0).in_(both())), [1]);
    assert_eq!(ids!((t.c("f")? + 0).in_(both())), [1, 2]);
    assert_eq!(ids!((t.c("d")? + 0).in_(both())), [1, 2]);
    assert_eq!(ids!((t.c("d")? + 0).in_([21, 20])), [1]);
    assert_eq!(ids!(t.c("n")?.in_(both())), [1]);
    assert_eq!(ids!(t.c("f")?.in_(both())), [1, 2]);
    assert_eq!(ids!(t.c("d")?.in_([21, 20])), [1]);
    assert_eq!(ids!((c.d + decimal("0")).in_(both())), [1, 2]);
    assert_eq!(ids!((c.d + decimal("0")).not_in(both())), [3, 4]);
    assert_eq!(ids!(c.d.in_(both())), [1, 2]);
    assert_eq!(ids!(literal(decimal("20.5000")).in_(both())), [1, 2, 3, 4]);
    let pairs = || [(decimal("21.0"), 21_i64), (decimal("20.5"), -4)];
    assert_eq!(ids!(tuple_((c.d, c.n)).in_(pairs())), [1]);
    assert_eq!(ids!(tuple_((c.d + decimal("0"), c.n)).in_(pairs())), [1]);
    assert_eq!(ids!(tuple_((c.d, c.n)).not_in(pairs())), [2, 3, 4]);
    // Rows of a query.
    let other = aliased::<Numbers>("o");
    let of = || select((other.c.d, other.c.n)).where_(other.c.id.le(2));
    assert_eq!(ids!(tuple_((c.d, c.n)).in_(of())), [1, 2]);
    assert_eq!(ids!(tuple_((c.d, c.n)).not_in(of())), [3, 4]);
    let of = || select((other.c.n, other.c.n)).where_(other.c.id.ne(2));
    assert_eq!(ids!(tuple_((c.d, c.n)).in_(of())), [1]);
    assert_eq!(ids!(c.d.in_(select(other.c.n))), [1, 4]);
    assert_eq!(ids!((c.d * decimal("1.0")).in_(select(other.c.n))), [1, 4]);
    assert_eq!(ids!(c.n.in_(select(other.c.d))), [1, 3]);
    assert_eq!(ids!(c.n.in_(select(other.c.d + decimal("0")))), [1, 3]);
    assert_eq!(ids!(c.n.not_in(select(other.c.d + decimal("0")))), [2, 4]);
    assert_eq!(ids!(c.f.in_(select(other.c.d))), [1, 2, 3]);
    assert_eq!(ids!(c.d.in_(select(other.c.f))), [1, 2, 3]);
    // Of the two, the larger, and the first that is there.
    let most = conn.scalars(select(func::greatest(c.d, c.n)).where_(c.id.le(4)).order_by(c.id))?;
    let wanted = ["21", "20.5", "9007199254740993", "9007199254740993"];
    assert_eq!(most, wanted.map(decimal));
    let first = func::coalesce(t.c("null_d")?, t.c("n")?).eq(t.c("d")? * 1);
    assert_eq!(ids!(first), [1, 3, 4]);
    if !db.has_decimals() {
        assert_eq!(conn.scalar(select(c.d.cast::<f64>()).where_(c.id.eq(5)))?, Some(f64::INFINITY));
        let less = conn.scalar(select(c.d * c.f).where_(c.id.eq(6)))?;
        assert_eq!(less, Some(f64::INFINITY));
        let error =
            conn.scalar(select(literal(Decimal::nan()).cast::<f64>())).expect_err("no float");
        assert_eq!(error.kind(), aludel::ErrorKind::Data, "{error}");
    }
    Ok(())
}
