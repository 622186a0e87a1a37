//! The mathematical functions of SQLite, for builds of it that were made without them.
//!
//! They are those of `SQLITE_ENABLE_MATH_FUNCTIONS`, by the same names: what is no number gives NULL, and so
//! does a number for which a function is not defined.

use std::sync::OnceLock;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

/// Gives the connection the functions, unless SQLite has them.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    static THERE: OnceLock<bool> = OnceLock::new();
    // SQLite is one for the process. It is asked without a file.
    let there = match THERE.get() {
        Some(there) => *there,
        None => {
            let memory = Connection::open_in_memory()?;
            *THERE.get_or_init(|| memory.prepare("SELECT floor(1)").is_ok())
        }
    };
    if there { Ok(()) } else { register_all(connection) }
}

fn flags() -> FunctionFlags {
    FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS
}

type OfOne = fn(f64) -> f64;
type OfTwo = fn(f64, f64) -> f64;

fn register_all(connection: &Connection) -> Result<()> {
    const OF_ONE: [(&str, OfOne); 20] = [
        ("acos", f64::acos),
        ("acosh", f64::acosh),
        ("asin", f64::asin),
        ("asinh", f64::asinh),
        ("atan", f64::atan),
        ("atanh", f64::atanh),
        ("cos", f64::cos),
        ("cosh", f64::cosh),
        ("degrees", f64::to_degrees),
        ("exp", f64::exp),
        ("ln", logarithm),
        ("log", common_logarithm),
        ("log10", common_logarithm),
        ("log2", |of| if of > 0.0 { of.log2() } else { f64::NAN }),
        ("radians", f64::to_radians),
        ("sin", f64::sin),
        ("sinh", f64::sinh),
        ("sqrt", f64::sqrt),
        ("tan", f64::tan),
        ("tanh", f64::tanh),
    ];
    for (name, of) in OF_ONE {
        connection.create_scalar_function(name, 1, flags(), move |context| {
            Ok(real(context, 0).map(of))
        })?;
    }
    const OF_TWO: [(&str, OfTwo); 5] = [
        ("atan2", f64::atan2),
        ("log", |base, of| logarithm(of) / logarithm(base)),
        ("mod", |of, by| of % by),
        ("pow", f64::powf),
        ("power", f64::powf),
    ];
    for (name, of) in OF_TWO {
        connection.create_scalar_function(name, 2, flags(), move |context| {
            Ok(real(context, 0).zip(real(context, 1)).map(|(one, two)| of(one, two)))
        })?;
    }
    const WHOLE: [(&str, OfOne); 4] =
        [("ceil", f64::ceil), ("ceiling", f64::ceil), ("floor", f64::floor), ("trunc", f64::trunc)];
    for (name, of) in WHOLE {
        connection.create_scalar_function(name, 1, flags(), move |context| {
            Ok(match number(context, 0) {
                Some(Number::Real(number)) => Value::Real(of(number)),
                // It is whole, and stays an integer.
                Some(Number::Integer(number)) => Value::Integer(number),
                None => Value::Null,
            })
        })?;
    }
    connection.create_scalar_function("pi", 0, flags(), |_| Ok(std::f64::consts::PI))
}

fn logarithm(of: f64) -> f64 {
    if of > 0.0 { of.ln() } else { f64::NAN }
}

fn common_logarithm(of: f64) -> f64 {
    if of > 0.0 { of.log10() } else { f64::NAN }
}

enum Number {
    Integer(i64),
    Real(f64),
}

/// An argument, if it is a number or text that reads as one.
fn number(context: &Context<'_>, index: usize) -> Option<Number> {
    match context.get_raw(index) {
        ValueRef::Integer(number) => Some(Number::Integer(number)),
        ValueRef::Real(number) => Some(Number::Real(number)),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).ok()?.trim_matches([' ', '\t', '\n', '\r']);
            // Words that Rust reads as numbers, and SQLite does not.
            if text.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E')) {
                return None;
            }
            match text.parse() {
                Ok(integer) => Some(Number::Integer(integer)),
                Err(_) => text.parse().ok().map(Number::Real),
            }
        }
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

fn real(context: &Context<'_>, index: usize) -> Option<f64> {
    match number(context, index)? {
        #[expect(
            clippy::cast_precision_loss,
            reason = "what these functions give is of this precision"
        )]
        Number::Integer(number) => Some(number as f64),
        Number::Real(number) => Some(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_those_of_sqlite() {
        let connection = Connection::open_in_memory().unwrap();
        register_all(&connection).unwrap();
        for (sql, wanted) in [
            ("floor(-1.5)", "-2.0"),
            ("ceil(-1.5)", "-1.0"),
            ("ceiling(1.2)", "2.0"),
            ("trunc(-1.5)", "-1.0"),
            ("floor(9007199254740993)", "9007199254740993"),
            ("typeof(floor('7'))", "integer"),
            ("floor(' 7.5 ')", "7.0"),
            ("floor('x')", "NULL"),
            ("floor('inf')", "NULL"),
            ("floor(NULL)", "NULL"),
            ("floor(x'37')", "NULL"),
            ("sqrt(16)", "4.0"),
            ("sqrt(-1)", "NULL"),
            ("ln(0)", "NULL"),
            ("log(100)", "2.0"),
            ("log(2, 8)", "3.0"),
            ("log10(-1)", "NULL"),
            ("log2(8)", "3.0"),
            ("pow(2, 10)", "1024.0"),
            ("power(2, NULL)", "NULL"),
            ("mod(7, 4)", "3.0"),
            ("mod(7, 0)", "NULL"),
            ("exp(0)", "1.0"),
            ("degrees(pi())", "180.0"),
            ("atan2(0, 1)", "0.0"),
        ] {
            let sql = format!("SELECT quote({sql})");
            let found: String = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(found.trim_matches('\''), wanted, "{sql}");
        }
    }
}
