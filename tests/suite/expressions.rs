//! Expressions against an oracle: what the tree means, worked out in the program.

use aludel::sql::{ClauseElement, DateField, Expr};
use aludel::value::{Date, DateTime, Decimal, Time};
use aludel::{
    Auto, Mapped, MetaData, RawSql, Result, and_, case, case_of, exists, func, insert, literal,
    not_, or_, select, tuple_,
};

use crate::{Db, suite};

suite![
    random_expressions_mean_what_they_say,
    parts_of_texts,
    ten_thousand_terms,
    values_in_the_text,
];

#[derive(Debug, Mapped)]
#[aludel(table = "operands")]
struct Operands {
    #[aludel(primary_key)]
    id: Auto<i64>,
    a: Option<i64>,
    b: Option<i64>,
    s: Option<String>,
    p: Option<bool>,
}

/// A small generator, whose seed is the test's own.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn number(&mut self) -> i64 {
        i64::try_from(self.below(13)).unwrap_or(0) - 6
    }

    fn text(&mut self) -> &'static str {
        WORDS[usize::try_from(self.below(WORDS.len() as u64)).unwrap_or(0)]
    }
}

/// Words that are equal only to themselves, in every collation.
const WORDS: &[&str] = &["", "a", "ab", "b%", "a_b", "x*[y]?"];

/// An expression, and what it is of a row.
type Case<V> = (Expr<Option<V>>, Meaning<V>);

/// What an expression is of a row.
type Meaning<V> = Box<dyn Fn(&Operands) -> Option<V>>;

fn both<V: 'static, W: 'static, R: 'static>(
    left: Meaning<V>,
    right: Meaning<W>,
    of: impl Fn(V, W) -> R + 'static,
) -> Meaning<R> {
    Box::new(move |row| Some(of(left(row)?, right(row)?)))
}

fn number(random: &mut Random, depth: u32) -> Case<i64> {
    let c = Operands::c;
    if depth == 0 || random.below(5) == 0 {
        return match random.below(3) {
            0 => (c.a + 0, Box::new(|row| row.a)),
            1 => (c.b * 1, Box::new(|row| row.b)),
            _ => {
                let number = random.number();
                (literal(number).nullable(), Box::new(move |_| Some(number)))
            }
        };
    }
    let (left, of_left) = number(random, depth - 1);
    match random.below(21) {
        15 => (func::abs(left), Box::new(move |row| of_left(row).map(i64::abs))),
        16 => {
            let (text, of_text) = text(random, depth - 1);
            let length = |text: String| i64::try_from(text.chars().count()).unwrap_or(0);
            (func::char_length(text), Box::new(move |row| of_text(row).map(length)))
        }
        17 => {
            let wanted = random.number();
            let chosen = case_of(left).when(wanted, 1_i64).else_(0_i64).nullable();
            (chosen, Box::new(move |row| Some(i64::from(of_left(row) == Some(wanted)))))
        }
        18 => (left.cast::<String>().cast::<i64>().nullable(), of_left),
        0 => (-left, Box::new(move |row| of_left(row).map(|it| -it))),
        1 => (left.bitwise_not(), Box::new(move |row| of_left(row).map(|it| !it))),
        2 => {
            let places = i64::try_from(random.below(4)).unwrap_or(0);
            let shifted = (left % 97).bitwise_lshift(places);
            (shifted, Box::new(move |row| of_left(row).map(|it| (it % 97) << places)))
        }
        3 => {
            let places = i64::try_from(random.below(6)).unwrap_or(0);
            (left.bitwise_rshift(places), Box::new(move |row| of_left(row).map(|it| it >> places)))
        }
        4 => {
            let (condition, of_condition) = truth(random, depth - 1);
            let (right, of_right) = number(random, depth - 1);
            let chosen = case(condition, left).else_(right);
            let of = move |row: &Operands| {
                if of_condition(row) == Some(true) { of_left(row) } else { of_right(row) }
            };
            (chosen, Box::new(of))
        }
        n => two_numbers(n, (left, of_left), number(random, depth - 1)),
    }
}

/// The operators of two numbers, by their number among all.
fn two_numbers(n: u64, (left, of_left): Case<i64>, (right, of_right): Case<i64>) -> Case<i64> {
    match n {
        5 => (left + right, both(of_left, of_right, |a, b| a + b)),
        6 => (left - right, both(of_left, of_right, |a, b| a - b)),
        7 => ((left * right) % 97, both(of_left, of_right, |a, b| a * b % 97)),
        8 | 9 => {
            let by = func::nullif(right, 0);
            let of = move |row: &Operands| of_right(row).filter(|it| *it != 0);
            if n == 8 {
                (left % by, both(of_left, Box::new(of), |a, b| a % b))
            } else {
                (left.floordiv(by), both(of_left, Box::new(of), |a, b| a / b))
            }
        }
        10 => (left.bitwise_and(right), both(of_left, of_right, |a, b| a & b)),
        11 => (left.bitwise_or(right), both(of_left, of_right, |a, b| a | b)),
        12 => (left.bitwise_xor(right), both(of_left, of_right, |a, b| a ^ b)),
        19 => (func::greatest(left, right), both(of_left, of_right, i64::max)),
        20 => (func::least(left, right), both(of_left, of_right, i64::min)),
        13 => (
            func::coalesce(left, right),
            Box::new(move |row| of_left(row).or_else(|| of_right(row))),
        ),
        _ => (
            func::nullif(left, right),
            Box::new(move |row| of_left(row).filter(|it| of_right(row) != Some(*it))),
        ),
    }
}

fn text(random: &mut Random, depth: u32) -> Case<String> {
    if depth == 0 || random.below(3) == 0 {
        return if random.below(2) == 0 {
            (Operands::c.s.concat(""), Box::new(|row| row.s.clone()))
        } else {
            let word = random.text();
            (literal(word).nullable(), Box::new(move |_| Some(word.to_owned())))
        };
    }
    let (left, of_left) = text(random, depth - 1);
    let (right, of_right) = text(random, depth - 1);
    match random.below(7) {
        // In small letters they are equal only to themselves in every collation.
        3 => (
            func::lower(func::upper(left)),
            Box::new(move |row| of_left(row).map(|it| it.to_lowercase())),
        ),
        4 => (func::trim(left), Box::new(move |row| of_left(row).map(|it| it.trim().to_owned()))),
        5 => {
            let replaced = func::replace(left, "a", "(%)");
            (replaced, Box::new(move |row| of_left(row).map(|it| it.replace('a', "(%)"))))
        }
        6 => {
            let (start, len) = (random.below(3), random.below(3));
            let [from, to] = [start + 1, len].map(|it| i32::try_from(it).unwrap_or(0));
            let of = move |it: String| {
                let skipped = it.chars().skip(usize::try_from(start).unwrap_or(0));
                skipped.take(usize::try_from(len).unwrap_or(0)).collect()
            };
            (func::substr(left, from, to), Box::new(move |row| of_left(row).map(&of)))
        }
        0 => (left.concat(right), both(of_left, of_right, |a, b| a + &b)),
        1 => (
            func::coalesce(left, right),
            Box::new(move |row| of_left(row).or_else(|| of_right(row))),
        ),
        _ => {
            let (condition, of_condition) = truth(random, depth - 1);
            let of = move |row: &Operands| {
                if of_condition(row) == Some(true) { of_left(row) } else { of_right(row) }
            };
            (case(condition, left).else_(right), Box::new(of))
        }
    }
}

fn conjunction(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn truth(random: &mut Random, depth: u32) -> Case<bool> {
    if depth == 0 || random.below(6) == 0 {
        let number = random.number();
        return match random.below(2) {
            0 => (Operands::c.p.eq(true), Box::new(|row| row.p)),
            _ => (Operands::c.a.gt(number), Box::new(move |row| row.a.map(|it| it > number))),
        };
    }
    match random.below(4) {
        0 => joined(random, depth),
        1 => of_texts(random, depth),
        2 => compared(random, depth),
        _ => within(random, depth),
    }
}

fn joined(random: &mut Random, depth: u32) -> Case<bool> {
    let (left, of_left) = truth(random, depth - 1);
    let (right, of_right) = truth(random, depth - 1);
    match random.below(9) {
        6 => (left.is_not(true).nullable(), Box::new(move |row| Some(of_left(row) != Some(true)))),
        7 => (left.is_(false).nullable(), Box::new(move |row| Some(of_left(row) == Some(false)))),
        8 => (
            left.is_not_distinct_from(right).nullable(),
            Box::new(move |row| Some(of_left(row) == of_right(row))),
        ),
        0 => (and_([left, right]), Box::new(move |row| conjunction(of_left(row), of_right(row)))),
        1 => {
            // De Morgan: `or` is what is left of `and`.
            let of = move |row: &Operands| {
                conjunction(of_left(row).map(|it| !it), of_right(row).map(|it| !it)).map(|it| !it)
            };
            (or_([left, right]), Box::new(of))
        }
        2 => (not_(left), Box::new(move |row| of_left(row).map(|it| !it))),
        3 => (left.eq(right), both(of_left, of_right, |a, b| a == b)),
        4 => (left.is_(true).nullable(), Box::new(move |row| Some(of_left(row) == Some(true)))),
        _ => (
            left.is_distinct_from(right).nullable(),
            Box::new(move |row| Some(of_left(row) != of_right(row))),
        ),
    }
}

fn of_texts(random: &mut Random, depth: u32) -> Case<bool> {
    let (left, of_left) = text(random, depth - 1);
    let (right, of_right) = text(random, depth - 1);
    match random.below(9) {
        6 => (left.ne(right), both(of_left, of_right, |a, b| a != b)),
        7 => (
            not_(left.endswith(right).autoescape()),
            both(of_left, of_right, |a, b| !a.ends_with(&b)),
        ),
        8 => (left.is_not_null().nullable(), Box::new(move |row| Some(of_left(row).is_some()))),
        0 => (left.eq(right), both(of_left, of_right, |a, b| a == b)),
        1 => (left.contains(right).autoescape(), both(of_left, of_right, |a, b| a.contains(&b))),
        2 => (
            not_(left.startswith(right).autoescape()),
            both(of_left, of_right, |a, b| !a.starts_with(&b)),
        ),
        3 => (left.endswith(right).autoescape(), both(of_left, of_right, |a, b| a.ends_with(&b))),
        4 => (
            left.icontains(right).autoescape(),
            both(of_left, of_right, |a, b| a.to_lowercase().contains(&b.to_lowercase())),
        ),
        _ => (left.is_null().nullable(), Box::new(move |row| Some(of_left(row).is_none()))),
    }
}

fn compared(random: &mut Random, depth: u32) -> Case<bool> {
    let (left, of_left) = number(random, depth - 1);
    let (right, of_right) = number(random, depth - 1);
    match random.below(11) {
        6 => (left.le(right), both(of_left, of_right, |a, b| a <= b)),
        7 => (
            left.is_not(right).nullable(),
            Box::new(move |row| Some(of_left(row) != of_right(row))),
        ),
        8 => (left.is_not_null().nullable(), Box::new(move |row| Some(of_left(row).is_some()))),
        9 => {
            let (one, other) = (random.number(), random.number());
            // The second decides where the first ones are equal.
            let less = tuple_((left, right)).lt((one, other));
            let of = move |row: &Operands| match of_left(row)?.cmp(&one) {
                std::cmp::Ordering::Equal => of_right(row).map(|it| it < other),
                order => Some(order.is_lt()),
            };
            (less, Box::new(of))
        }
        0 => (left.eq(right), both(of_left, of_right, |a, b| a == b)),
        1 => (left.ne(right), both(of_left, of_right, |a, b| a != b)),
        2 => (left.lt(right), both(of_left, of_right, |a, b| a < b)),
        3 => (left.ge(right), both(of_left, of_right, |a, b| a >= b)),
        4 => (left.gt(right), both(of_left, of_right, |a, b| a > b)),
        5 => (left.is_(right).nullable(), Box::new(move |row| Some(of_left(row) == of_right(row)))),
        _ => {
            let (one, other) = (random.number(), random.number());
            let same = tuple_((left, right)).eq((one, other));
            let of = move |row: &Operands| {
                let of_one = of_left(row).map(|it| it == one);
                conjunction(of_one, of_right(row).map(|it| it == other))
            };
            (same, Box::new(of))
        }
    }
}

fn within(random: &mut Random, depth: u32) -> Case<bool> {
    let (of, of_of) = number(random, depth - 1);
    let (low, high) = (random.number(), random.number());
    match random.below(7) {
        5 => {
            // Two of these rows have NULL, beside which nothing is known not to be there.
            let rows = select(Operands::c.b).where_(Operands::c.id.le(4)).no_correlate();
            let known = [5 - 7, 5 - 14];
            let within = move |row: &Operands| known.contains(&of_of(row)?).then_some(true);
            (of.in_select(rows), Box::new(within))
        }
        6 => {
            let others = select(Operands::c.id).where_(Operands::c.b.is_null());
            let any = exists(others.no_correlate()).nullable();
            // There are such rows, so it is what the comparison is.
            let smaller = Box::new(move |row: &Operands| of_of(row).map(|it| it < low));
            (any.and(of.lt(low)), smaller)
        }
        0 => (
            of.between(low, high),
            Box::new(move |row| of_of(row).map(|it| (low..=high).contains(&it))),
        ),
        1 => (
            of.not_between(low, high),
            Box::new(move |row| of_of(row).map(|it| !(low..=high).contains(&it))),
        ),
        2 => {
            let (least, most) = (low.min(high), low.max(high));
            (
                of.between_symmetric(low, high),
                Box::new(move |row| of_of(row).map(|it| (least..=most).contains(&it))),
            )
        }
        n => {
            let list: Vec<i64> = (0..random.below(4)).map(|_| random.number()).collect();
            let negated = n == 4;
            let listed = if negated { of.not_in(list.clone()) } else { of.in_(list.clone()) };
            let of = move |row: &Operands| {
                // Nothing is in an empty list, and NULL is not either.
                if list.is_empty() {
                    return Some(negated);
                }
                of_of(row).map(|it| list.contains(&it) != negated)
            };
            (listed, Box::new(of))
        }
    }
}

fn fill(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Operands>().create_all(&mut conn)?;
    let c = Operands::c;
    for n in 0..12_i64 {
        let word = WORDS[usize::try_from(n).unwrap_or(0) % WORDS.len()];
        conn.execute(insert::<Operands>().values((
            c.a.set((n % 4 != 0).then_some(n - 6)),
            c.b.set((n % 3 != 0).then_some(5 - n * 7)),
            c.s.set((n % 5 != 0).then(|| word.to_owned())),
            c.p.set((n % 6 != 0).then_some(n % 2 == 0)),
        )))?;
    }
    conn.commit()?;
    conn.close()
}

// conforms: F04
fn random_expressions_mean_what_they_say(db: &Db) -> Result<()> {
    fill(db)?;
    let mut conn = db.engine.connect()?;
    let id = Operands::c.id;
    let rows: Vec<Operands> = conn.execute(select(Operands::c).order_by(id))?.all()?;
    assert_eq!(rows.len(), 12);
    for seed in 1..=120 {
        let mut random = Random(u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15));
        let (number, of_number) = number(&mut random, 3);
        let (text, of_text) = text(&mut random, 3);
        let (truth, of_truth) = truth(&mut random, 3);
        // Some of them name no column.
        let statement = select((number, text, truth.clone())).select_from(Operands::entity());
        let statement = statement.order_by(id);
        let shown = statement.to_string();
        let found: Vec<(Option<i64>, Option<String>, Option<bool>)> =
            conn.execute(statement)?.all()?;
        for (row, found) in rows.iter().zip(found) {
            let wanted = (of_number(row), of_text(row), of_truth(row));
            assert_eq!(found, wanted, "{row:?} of {shown}");
        }
        let kept: Vec<i64> = conn.execute(select(id).where_(truth).order_by(id))?.scalars()?;
        let wanted = rows.iter().filter(|row| of_truth(row) == Some(true));
        let wanted: Vec<i64> = wanted.filter_map(|row| row.id.get().copied()).collect();
        assert_eq!(kept, wanted, "{shown}");
    }
    conn.close()
}

/// Upper and lower case, wildcards, and what escapes them, alike on every database.
fn parts_of_texts(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let of = |text: &str| literal(text.to_owned());
    let cases = [
        (of("Hello").startswith("He"), true),
        (of("Hello").startswith("he"), false),
        (of("Hello").istartswith("he"), true),
        (of("Hello").endswith("LO"), false),
        (of("Hello").iendswith("LO"), true),
        (of("Hello").contains("L"), false),
        (of("Hello").icontains("L"), true),
        (of("Hello").ilike("h_LL%"), true),
        (of("Hello").not_ilike("h_LL%"), false),
        (of("Hello").contains("e_l"), true),
        (of("Hello").contains("h%o"), false),
        (of("50% off").contains("0/% o").escape('/'), true),
        (of("50x off").contains("0/% o").escape('/'), false),
        (of("a*b").contains("a*b"), true),
        (of("axb").contains("a*b"), false),
        (of("a[b]?c").startswith("a[b]?"), true),
        (of("a/b").contains("//").escape('/'), true),
        (of("a*b").contains("**").escape('*'), true),
        (of("aab").contains("**").escape('*'), false),
        (of("a%b").contains("%").autoescape(), true),
        (of("a/b").contains("/").autoescape(), true),
        (of("ab").contains("%").autoescape(), false),
        (of("a_b").istartswith("A_").autoescape(), true),
        (of("axb").istartswith("A_").autoescape(), false),
        (of("ab").endswith("").autoescape(), true),
        (of("b").endswith("ab").autoescape(), false),
        (of("a\\b").like("a\\\\b").escape('\\'), true),
        (of("it's").like("it''s").escape('\''), true),
    ];
    for (number, (condition, wanted)) in cases.into_iter().enumerate() {
        let statement = select((condition.clone(), not_(condition)));
        let shown = statement.to_string();
        let found: (bool, bool) = conn.execute(&statement)?.one()?;
        assert_eq!(found, (wanted, !wanted), "number {number}: {shown}");
        // With its values in the text it is the same.
        let sql = statement.literal_sql(conn.engine().dialect())?;
        let row = conn.exec_driver_sql(RawSql::new(sql.clone()), ())?.one()?;
        assert_eq!((row.get::<bool>(0)?, row.get::<bool>(1)?), found, "number {number}: {sql}");
    }
    conn.close()
}

/// One AND, one OR and one IN of ten thousand terms.
fn ten_thousand_terms(db: &Db) -> Result<()> {
    fill(db)?;
    let mut conn = db.engine.connect()?;
    let c = Operands::c;
    let count =
        |conn: &mut aludel::Connection, condition: Expr<Option<bool>>| -> Result<Option<i64>> {
            let statement = select(func::count()).select_from(Operands::entity()).where_(condition);
            conn.scalar(statement)
        };
    let ids = || 1..=10_000_i64;
    // SQLite takes 32,766 parameters, PostgreSQL 65,535.
    let listed = c.id.in_(ids()).nullable();
    assert_eq!(count(&mut conn, listed)?, Some(12));
    let any = or_(ids().map(|id| c.id.eq(id)).collect::<Vec<_>>()).nullable();
    let all = and_(ids().map(|id| c.id.ne(id)).collect::<Vec<_>>()).nullable();
    for (condition, wanted) in [(any, 12), (all, 0)] {
        match count(&mut conn, condition) {
            Ok(found) => assert_eq!(found, Some(wanted)),
            // SQLite reads no expression that is nested so deeply, as it takes a chain for one.
            Err(error) => {
                assert!(error.message().contains("Expression tree is too large"), "{error}");
                conn.rollback()?;
            }
        }
    }
    conn.close()
}

/// Each value is read from the text as it was.
// conforms: F09
fn values_in_the_text(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let read = |conn: &mut aludel::Connection, sql: String| {
        conn.exec_driver_sql(RawSql::new(sql), ())?.one()
    };
    let dialect = |conn: &aludel::Connection| conn.engine().dialect().name();
    for text in ["", "it's", "\\", "a\\'b", "\\\\", "'\\", "%s :x ? $1 -- /* # \"`", "ü☃😀\n\t\r"]
    {
        let sql = select(literal(text)).literal_sql(conn.engine().dialect())?;
        assert_eq!(read(&mut conn, sql.clone())?.get::<String>(0)?, text, "{sql}");
    }
    // In the other mode of reading backslashes the texts are the same.
    let mode = match dialect(&conn) {
        "postgresql" => Some("set standard_conforming_strings = off"),
        "mysql" | "mariadb" => Some("set sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'"),
        _ => None,
    };
    if let Some(mode) = mode {
        let mut other = db.engine.connect()?;
        other.exec_driver_sql(mode, ())?;
        for text in ["it's", "\\", "a\\'b", "\\\\", "'\\"] {
            let sql = select(literal(text)).literal_sql(other.engine().dialect())?;
            assert_eq!(read(&mut other, sql.clone())?.get::<String>(0)?, text, "{sql}");
            let escaped = select(literal("a%b").like("a\\%b").escape('\\'));
            let sql = escaped.literal_sql(other.engine().dialect())?;
            assert!(read(&mut other, sql.clone())?.get::<bool>(0)?, "{sql}");
        }
        other.invalidate();
        other.close()?;
    }
    for number in [0, -1, i64::MAX, i64::MIN, i64::from(i32::MIN)] {
        let sql = select(literal(number)).literal_sql(conn.engine().dialect())?;
        assert_eq!(read(&mut conn, sql.clone())?.get::<i64>(0)?, number, "{sql}");
    }
    for number in [0.0, -1.5, 1e300, f64::MIN_POSITIVE, 0.1] {
        let sql = select(literal(number)).literal_sql(conn.engine().dialect())?;
        assert_eq!(read(&mut conn, sql.clone())?.get::<f64>(0)?, number, "{sql}");
    }
    let decimal: Decimal = "-12.340".parse()?;
    let (day, hour) = (Date::new(2024, 2, 29)?, Time::new(1, 2, 3, 450_000)?);
    let sql = select((
        literal(&[0_u8, 0x27, 0xff, 0x5c][..]),
        literal(decimal.clone()),
        literal(day),
        literal(DateTime::new(day, hour)?),
        literal(None::<i64>),
    ))
    .literal_sql(conn.engine().dialect())?;
    let row = read(&mut conn, sql)?;
    assert_eq!(row.get::<Vec<u8>>(0)?, [0, 0x27, 0xff, 0x5c]);
    assert_eq!(row.get::<Decimal>(1)?, decimal);
    assert_eq!(row.get::<Date>(2)?, day);
    assert_eq!(row.get::<DateTime>(3)?, DateTime::new(day, hour)?);
    assert_eq!(row.get::<Option<i64>>(4)?, None);
    let nul = select(literal("a\0b")).literal_sql(conn.engine().dialect());
    match dialect(&conn) {
        "sqlite" => assert_eq!(read(&mut conn, nul?)?.get::<String>(0)?, "a\0b"),
        _ => assert!(nul.unwrap_err().message().contains("NUL")),
    }
    let infinite = select(literal(f64::INFINITY)).literal_sql(conn.engine().dialect());
    match dialect(&conn) {
        "mysql" | "mariadb" => assert_eq!(infinite.unwrap_err().kind(), aludel::ErrorKind::Compile),
        _ => assert_eq!(read(&mut conn, infinite?)?.get::<f64>(0)?, f64::INFINITY),
    }
    let weeks = select(func::extract(DateField::Week, literal(Date::new(2021, 1, 3)?)));
    assert_eq!(conn.scalar(weeks)?, Some(53_i64));
    conn.close()
}
