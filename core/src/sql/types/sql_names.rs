//! SQLAlchemy's names of types in capital letters.
//!
//! They are the same types under the names of the standard, and so each database spells them as it has
//! them: `types::VARCHAR(50)` is `types::String(50)`.

use super::{
    Array, BigInteger, Binary, Boolean, Char, Date, DateTime, Domain, Double, Enum, Float, Integer,
    Interval, IntoType, Json, JsonB, LargeBinary, Numeric, Set, SmallInteger, String, Text, Time,
    Type, Uuid,
};
use crate::sql::Name;

macro_rules! constants {
    ($($name:ident = $of:ident;)*) => {$(
        #[doc = concat!("SQLAlchemy's name of [`", stringify!($of), "`].")]
        pub const $name: Type = $of;
    )*};
}
constants! {
    BIGINT = BigInteger;
    BLOB = LargeBinary;
    BOOLEAN = Boolean;
    BYTEA = LargeBinary;
    CLOB = Text;
    DATE = Date;
    DATETIME = DateTime;
    DOUBLE = Double;
    DOUBLE_PRECISION = Double;
    FLOAT = Float;
    INT = Integer;
    INTEGER = Integer;
    INTERVAL = Interval;
    JSON = Json;
    JSONB = JsonB;
    REAL = Float;
    SMALLINT = SmallInteger;
    TEXT = Text;
    TIME = Time;
    TIMESTAMP = DateTime;
    UUID = Uuid;
}

macro_rules! functions {
    ($($name:ident($($argument:ident: $ty:ty),*) = $of:ident;)*) => {$(
        #[doc = concat!("SQLAlchemy's name of [`", stringify!($of), "`](fn@super::", stringify!($of), ").")]
        #[must_use]
        pub const fn $name($($argument: $ty),*) -> Type {
            $of($($argument),*)
        }
    )*};
}
functions! {
    BINARY(length: u32) = Binary;
    CHAR(length: u32) = Char;
    DECIMAL(precision: u16, scale: u16) = Numeric;
    NCHAR(length: u32) = Char;
    NUMERIC(precision: u16, scale: u16) = Numeric;
    NVARCHAR(length: u32) = String;
    VARBINARY(length: u32) = Binary;
    VARCHAR(length: u32) = String;
}

/// SQLAlchemy's name of [`Array`](fn@super::Array).
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::ARRAY(types::INTEGER))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER[]\n)");
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn ARRAY<K>(of: impl IntoType<K>) -> Type {
    Array(of)
}

/// SQLAlchemy's name of [`Domain`](fn@super::Domain).
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::DOMAIN("email", types::TEXT))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE TABLE x (\n\ta email\n)");
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn DOMAIN<K>(name: impl Into<Name>, over: impl IntoType<K>) -> Type {
    Domain(name, over)
}

/// SQLAlchemy's name of a native [`Enum`](fn@super::Enum).
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::ENUM("mood", ["happy", "sad"]))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE TABLE x (\n\ta mood\n)");
/// assert_eq!(
///     statement.compile(&MySql::new())?.sql(),
///     "CREATE TABLE x (\n\ta ENUM('happy', 'sad')\n)"
/// );
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "CREATE TABLE x (\n\ta VARCHAR(5),\n\tCONSTRAINT ck_x_a CHECK (a IN ('happy', 'sad'))\n)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn ENUM<L: Into<Name>>(name: impl Into<Name>, labels: impl IntoIterator<Item = L>) -> Type {
    Enum(name, labels).native()
}

/// SQLAlchemy's name of [`Set`](fn@super::Set).
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::SET(["r", "w"]))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert!(statement.compile(&PostgreSql::new()).is_err());
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta SET('r', 'w')\n)");
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn SET<L: Into<Name>>(labels: impl IntoIterator<Item = L>) -> Type {
    Set(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_same_types_with_and_without_parameters() {
        assert_eq!(VARCHAR(50), String(50));
        assert_eq!(VARCHAR.into_type(), String.into_type());
        assert_eq!(DECIMAL.into_type(), Numeric.into_type());
        assert_eq!(NUMERIC(10, 2), Numeric(10, 2));
        assert_eq!(ENUM("mood", ["sad"]), Enum("mood", ["sad"]).native());
        assert_eq!(ARRAY(VARCHAR(5)), Array(String(5)));
        assert_eq!([INT, INTEGER, BIGINT], [Integer, Integer, BigInteger]);
    }
}
