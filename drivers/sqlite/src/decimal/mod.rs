//! Decimal numbers, which are text in SQLite: a collation and functions that take that text for numbers.
//!
//! The collation `decimal` and the functions `decimal`, `decimal_add`, `decimal_cmp`, `decimal_mul`,
//! `decimal_sub` and `decimal_sum` have the names and the meaning of those of SQLite's own extension, which
//! its shell has: it opens files whose keys and expressions have them.

mod magnitude;
mod number;

use std::cmp::Ordering;

use aludel_core::value::Decimal;
use number::{Number, Sum};
use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

/// Gives the connection the collation and the functions.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    connection.create_collation("decimal", compare)?;
    const OF_ONE: [(&str, OfOne); 5] = [
        ("decimal", |of| of),
        ("decimal_neg", Number::negated),
        ("decimal_abs", Number::absolute),
        ("decimal_floor", Number::floor),
        ("decimal_ceil", |of| of.negated().floor().negated()),
    ];
    for (name, of) in OF_ONE {
        connection.create_scalar_function(name, 1, flags(), move |context| {
            Ok(argument(context, 0)?.map(|number| of(number).to_string()))
        })?;
    }
    const OF_TWO: [(&str, OfTwo); 6] = [
        ("decimal_add", |one, other| Some(one.plus(&other))),
        ("decimal_sub", |one, other| Some(one.plus(&other.negated()))),
        ("decimal_mul", |one, other| Some(one.times(&other))),
        ("decimal_div", |one, by| one.over(&by)),
        ("decimal_floordiv", |one, by| one.floor_over(&by)),
        ("decimal_mod", |one, by| one.modulo(&by)),
    ];
    for (name, of) in OF_TWO {
        connection.create_scalar_function(name, 2, flags(), move |context| {
            let numbers = argument(context, 0)?.zip(argument(context, 1)?);
            Ok(numbers.and_then(|(one, other)| of(one, other)).map(|number| number.to_string()))
        })?;
    }
    for arguments in [1, 2] {
        connection.create_scalar_function("decimal_round", arguments, flags(), |context| {
            let digits = match context.len() {
                2 => context.get::<Option<i64>>(1)?,
                _ => Some(0),
            };
            let number = argument(context, 0)?.zip(digits);
            Ok(number.map(|(of, digits)| of.rounded(digits.clamp(-1000, 1000)).to_string()))
        })?;
    }
    connection.create_scalar_function("decimal_integer", 1, flags(), |context| {
        let whole = argument(context, 0)?.map(|of| of.rounded(0).to_string());
        whole.map(|whole| whole.parse::<i64>().map_err(|_| failure(NO_INTEGER))).transpose()
    })?;
    connection.create_scalar_function("decimal_real", 1, flags(), |context| {
        argument(context, 0)?.map(|of| of.to_float().ok_or_else(|| failure(NO_FLOAT))).transpose()
    })?;
    connection.create_scalar_function("decimal_cmp", 2, flags(), |context| {
        let texts = argument(context, 0)?.zip(argument(context, 1)?);
        Ok(texts.map(|(one, other)| compare(&one.to_string(), &other.to_string()) as i64))
    })?;
    connection.create_window_function("decimal_sum", 1, flags(), Total(Sum::total))?;
    connection.create_window_function("decimal_avg", 1, flags(), Total(Sum::mean))
}

type OfOne = fn(Number) -> Number;
type OfTwo = fn(Number, Number) -> Option<Number>;

fn flags() -> FunctionFlags {
    FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS
}

/// An argument as a number; `None` of NULL.
fn argument(context: &Context<'_>, index: usize) -> Result<Option<Number>> {
    match context.get_raw(index) {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(of) => Ok(Some(Number::integer(of))),
        ValueRef::Real(of) if of.is_infinite() => Ok(Some(Number::infinite(of < 0.0))),
        ValueRef::Real(of) => Number::read(&of.to_string()).map(Some).map_err(|_| no_number()),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|_| no_number())?;
            Number::read(text).map(Some).map_err(|_| no_number())
        }
        ValueRef::Blob(_) => Err(no_number()),
    }
}

/// What is said of other values.
pub(crate) const NO_NUMBER: &str =
    "a value that is no decimal number stands where one is computed with";

/// What is said of a number that is cast to an integer.
pub(crate) const NO_INTEGER: &str = "a decimal number is no integer of 64 bits";

/// What is said of NaN where a decimal number becomes a float.
pub(crate) const NO_FLOAT: &str = "a decimal number is NaN, which no float of SQLite is";

fn no_number() -> rusqlite::Error {
    failure(NO_NUMBER)
}

#[cold]
fn failure(message: &'static str) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(message.into())
}

/// Numbers by their values, NaN behind all of them as in PostgreSQL, and other texts behind these.
fn compare(one: &str, other: &str) -> Ordering {
    if one == other {
        return Ordering::Equal;
    }
    if let (Some(one), Some(other)) = (Plain::read(one), Plain::read(other)) {
        return one.cmp(&other);
    }
    match (one.parse::<Decimal>(), other.parse::<Decimal>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(other),
    }
}

/// A number without an exponent, as nearly all are written: compared where it stands.
struct Plain<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
}

impl<'t> Plain<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let unsigned = text.strip_prefix('-');
        let (negative, unsigned) = (unsigned.is_some(), unsigned.unwrap_or(text));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !is_zero, whole, fraction })
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let sizes = || {
            let lengths = self.whole.len().cmp(&other.whole.len());
            let wholes = lengths.then_with(|| self.whole.cmp(other.whole));
            wholes.then_with(|| self.fraction.cmp(other.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => sizes(),
            (true, true) => sizes().reverse(),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

/// An aggregate over a sum, which is a function over windows as well.
struct Total(fn(&Sum) -> Option<Number>);

impl Total {
    fn shown(&self, sum: Option<&Sum>) -> Option<String> {
        sum.and_then(self.0).map(|number| number.to_string())
    }
}

impl Aggregate<Sum, Option<String>> for Total {
    fn init(&self, _: &mut Context<'_>) -> Result<Sum> {
        Ok(Sum::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Sum) -> Result<()> {
        if let Some(number) = argument(context, 0)? {
            sum.add(number);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Sum>) -> Result<Option<String>> {
        Ok(self.shown(sum.as_ref()))
    }
}

impl WindowAggregate<Sum, Option<String>> for Total {
    fn value(&self, sum: Option<&mut Sum>) -> Result<Option<String>> {
        Ok(self.shown(sum.as_deref()))
    }

    fn inverse(&self, context: &mut Context<'_>, sum: &mut Sum) -> Result<()> {
        if let Some(number) = argument(context, 0)? {
            sum.remove(number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        connection
    }

    /// What PostgreSQL gives for the same.
    #[test]
    fn functions_are_exact() {
        let connection = connection();
        for (sql, wanted) in [
            ("decimal(7)", "7"),
            ("decimal(0.1)", "0.1"),
            ("decimal('1.50e2')", "150"),
            ("decimal(NULL)", "NULL"),
            ("decimal_add('1.10', 2)", "3.10"),
            ("decimal_add('0.1', '0.2')", "0.3"),
            ("decimal_add('99999999999999999999.9', '0.1')", "100000000000000000000.0"),
            ("decimal_add('1', NULL)", "NULL"),
            ("decimal_sub('1', '1.05')", "-0.05"),
            ("decimal_sub('1.00', '1')", "0.00"),
            ("decimal_mul('-1.10', '0.30')", "-0.3300"),
            ("decimal_mul('12345678901234567890.5', '2')", "24691357802469135781.0"),
            ("decimal_mul('Infinity', '0')", "NaN"),
            ("decimal_mul('Infinity', '-1')", "-Infinity"),
            ("decimal_div('1', '3')", "0.33333333333333333333"),
            ("decimal_div('2', '3')", "0.66666666666666666667"),
            ("decimal_div('10', '4')", "2.5000000000000000"),
            ("decimal_div('-1', '8000')", "-0.00012500000000000000"),
            ("decimal_div('1', '0.00')", "NULL"),
            ("decimal_div('12345678901234567890', '3')", "4115226300411522630"),
            ("decimal_floordiv('-7', '2')", "-4"),
            ("decimal_floordiv('7.5', '2.5')", "3"),
            ("decimal_mod('-7.5', '2')", "-1.5"),
            ("decimal_neg('0.00')", "0.00"),
            ("decimal_neg('1.5')", "-1.5"),
            ("decimal_abs('-1.5')", "1.5"),
            ("decimal_floor('-1.5')", "-2"),
            ("decimal_ceil('-1.5')", "-1"),
            ("decimal_ceil('1.01')", "2"),
            ("decimal_round('2.5')", "3"),
            ("decimal_round('-2.5')", "-3"),
            ("decimal_round('1.005', 2)", "1.01"),
            ("decimal_round('1.5', 3)", "1.500"),
            ("decimal_round('0.0004', 2)", "0.00"),
            ("decimal_round('1250', -2)", "1300"),
            ("decimal_round('4', -2)", "0"),
            ("decimal_integer('2.5')", "3"),
            ("decimal_integer('-9223372036854775808')", "-9223372036854775808"),
            ("decimal_real('0.10')", "0.1"),
            ("decimal_real(20)", "20.0"),
            ("decimal_real('Infinity') > 1e308", "1"),
            ("decimal_real('-Infinity') < -1e308", "1"),
            ("decimal_real(NULL)", "NULL"),
            ("decimal(9e999)", "Infinity"),
            ("decimal(-9e999)", "-Infinity"),
            ("decimal_cmp('10', '9.50')", "1"),
            ("decimal_cmp('1.0', '1.00')", "0"),
            ("'10' COLLATE decimal > '9'", "1"),
            ("'1.0' COLLATE decimal = '1.00'", "1"),
            ("'-0.0' COLLATE decimal = '0'", "1"),
            ("'1e2' COLLATE decimal = '100.0'", "1"),
            ("'NaN' COLLATE decimal > 'Infinity'", "1"),
            ("'-Infinity' COLLATE decimal < '-1e100'", "1"),
            ("'x' COLLATE decimal > 'NaN'", "1"),
        ] {
            let sql = format!("SELECT quote({sql})");
            let found: String = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(found.trim_matches('\''), wanted, "{sql}");
        }
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        let error = |sql: &str| {
            let sql = format!("SELECT {sql}");
            let found = connection().query_row(&sql, [], |row| row.get::<_, Option<String>>(0));
            found.unwrap_err().to_string()
        };
        let nan = error("decimal_real('NaN')");
        assert!(nan.contains("is NaN"), "{nan}");
        let above = error("decimal_integer('9223372036854775807.5')");
        assert!(above.contains("is no integer of 64 bits"), "{above}");
        for sql in ["decimal('x')", "decimal(x'31')", "decimal_add('1', '')", "decimal_sum('1,5')"]
        {
            let error = error(sql);
            assert!(error.contains("is no decimal number"), "{sql}: {error}");
        }
    }

    #[test]
    fn sums_are_exact_and_move_with_a_frame() {
        let connection = connection();
        connection
            .execute_batch(
                "CREATE TABLE t (at INTEGER PRIMARY KEY, of TEXT);
                 INSERT INTO t VALUES (1, '0.1'), (2, '0.2'), (3, NULL), (4, 'Infinity'), (5, '-0.30'),
                                      (6, '1e2')",
            )
            .unwrap();
        let all = |sql: &str| -> Vec<Option<String>> {
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let some = |texts: &[&str]| -> Vec<Option<String>> {
            texts.iter().map(|text| Some((*text).to_owned())).collect()
        };
        assert_eq!(all("SELECT decimal_sum(of) FROM t WHERE at < 4"), some(&["0.3"]));
        assert_eq!(all("SELECT decimal_sum(of) FROM t WHERE at > 6"), [None]);
        assert_eq!(
            all("SELECT decimal_avg(of) FROM t WHERE at < 4"),
            some(&["0.15000000000000000000"])
        );
        assert_eq!(
            all("SELECT decimal_sum(of) OVER (ORDER BY at ROWS 1 PRECEDING) FROM t"),
            some(&["0.1", "0.3", "0.2", "Infinity", "Infinity", "99.70"])
        );
    }
}
