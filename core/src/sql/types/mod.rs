//! The types of columns, by SQLAlchemy's names; each dialect spells them in its own SQL.
//!
//! A type without parameters is a constant ([`Integer`], [`Text`]), one with parameters a function
//! ([`String`](fn@String), [`Numeric`]). Where a column takes a type, a function that is not called stands for
//! the type without its parameters, as a class does in SQLAlchemy:
//!
//! ```
//! use aludel::{Column, types};
//!
//! let name = Column::new("name", types::String);
//! let code = Column::new("code", types::String(8));
//! let price = Column::new("price", types::Numeric(10, 2));
//! assert_eq!(name.column_type().to_string(), "String");
//! assert_eq!(code.column_type().to_string(), "String(8)");
//! assert_eq!(price.column_type().to_string(), "Numeric(10, 2)");
//! ```

//! A type that a database lacks is an error when the table is created, which names another. PostgreSQL's own types
//! ([`Inet`], [`Int4Range`], [`HStore`] and so on) have text as their values, as the database prints it: a field of a
//! mapped struct is a `String` or an [`Other`](crate::value::Other) with `#[aludel(type = types::Inet)]`. Some of
//! SQLAlchemy's names are others here:
//!
//! | SQLAlchemy | here |
//! | --- | --- |
//! | `Float`, `REAL`, `Float(53)` | [`Double`], [`Float`], which has 32 bits; here a `Float` is one of 32 in each database |
//! | `Unicode(n)`, `NVARCHAR(n)`, `VARCHAR(n)` and the other names in capital letters | there as well: [`VARCHAR`] is [`String`](fn@String). All text is Unicode |
//! | `TIMESTAMP(timezone=True)` | `DateTime.with_timezone()`: an instant |
//! | `mysql.BIGINT(unsigned=True)`, `mysql.TINYINT`, `mysql.MEDIUMINT`, `mysql.YEAR` | [`UnsignedBigInteger`], [`TinyInteger`], [`MediumInteger`], [`Year`] |
//! | `mysql.LONGTEXT` and `LONGBLOB` and their like | [`Text`], [`LargeBinary`], which are the longest there are, and `String(n)`, [`Binary(n)`](Binary) |
//! | `postgresql.INET`, `INT4RANGE`, `HSTORE` … | [`Inet`], [`Int4Range`], [`HStore`] |
//! | `TypeDecorator`, `UserDefinedType` | the trait [`ColumnValue`](crate::sql::ColumnValue), and [`Custom`] |
//! | `PickleType` | none: [`Json<T>`](crate::sql::Json) keeps any `T` that has serde's traits |
//! | `NullType`, `TupleType`, `MatchType` | none: they are the types of expressions |
//!
//! `types::DateTime.with_precision(3)` has milliseconds, and `ty.with_variant("mysql", other)` is another type in one
//! database.

#![allow(non_snake_case, non_upper_case_globals, reason = "they read as SQLAlchemy's types")]

mod custom;
mod display;
mod enumeration;
mod into_type;
mod kind;
mod methods;
mod native;
mod shared;
mod sql_names;
mod user_defined;
mod variant;

use super::Name;

pub use super::crates::INET;
pub use custom::CustomType;
pub use enumeration::EnumType;
pub use into_type::IntoType;
pub use kind::TypeKind;
pub(crate) use native::AnyOther;
pub use native::*;
pub use shared::Shared;
pub use sql_names::*;
pub use user_defined::DomainType;
pub use variant::VariantType;

/// The type of a column. Cheap to clone.
///
/// The variants say what a type is; the functions and constants of the [module](self) make one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// True or false.
    Boolean,
    /// An integer of 16 bits.
    SmallInteger,
    /// An integer of 32 bits.
    Integer,
    /// An integer of 64 bits.
    BigInteger,
    /// An integer of 64 bits without a sign.
    UnsignedBigInteger,
    /// A floating-point number of 32 bits.
    Float,
    /// A floating-point number of 64 bits.
    Double,
    /// An exact decimal number.
    Numeric {
        /// How many digits it has; `None`: as many as the database allows.
        precision: Option<u16>,
        /// How many of them are behind the point.
        scale: Option<u16>,
    },
    /// Text, usually short.
    String {
        /// At most so many characters; `None`: as many as the database allows.
        length: Option<u32>,
        /// The collation, by the database's name.
        collation: Option<Name>,
    },
    /// Text of so many characters: the database pads it with blanks, or hides those at the end.
    Char {
        /// How many.
        length: u32,
    },
    /// Text of any length.
    Text {
        /// The collation, by the database's name.
        collation: Option<Name>,
    },
    /// Bytes.
    LargeBinary {
        /// At most so many bytes; `None`: as many as the database allows.
        length: Option<u32>,
    },
    /// A day.
    Date,
    /// A time of day.
    Time {
        /// Whether it has an offset from UTC, where the database has such a type.
        timezone: bool,
        /// How many digits of a second it has; `None`: six.
        precision: Option<u8>,
    },
    /// A day and a time of day.
    DateTime {
        /// Whether it is an instant, and not what a clock somewhere shows.
        timezone: bool,
        /// How many digits of a second it has; `None`: six.
        precision: Option<u8>,
    },
    /// A length of time.
    Interval {
        /// How many digits of a second it has; `None`: six.
        precision: Option<u8>,
    },
    /// A string of bits.
    Bit {
        /// How many there are, or at most are; `None`: as many as the database allows.
        length: Option<u32>,
        /// Whether there may be fewer.
        varying: bool,
    },
    /// A UUID.
    Uuid,
    /// JSON.
    Json {
        /// Whether the database keeps it parsed, where it has such a type (`JSONB`).
        binary: bool,
    },
    /// One of several labels.
    Enum(Shared<EnumType>),
    /// Some of several labels.
    Set(Shared<Vec<Name>>),
    /// An array of values of one type.
    Array(Shared<Type>),
    /// A type that a statement has made as a domain.
    Domain(Shared<DomainType>),
    /// A type of several fields that a statement has made, by its name.
    Composite(Name),
    /// A type that one database has, or whose names are not the standard's.
    Native(&'static NativeType),
    /// Another type in some databases.
    Variant(Shared<VariantType>),
    /// A type of the program's own.
    Custom(Shared<dyn CustomType>),
}

/// True or false.
pub const Boolean: Type = Type::Boolean;
/// An integer of 16 bits.
pub const SmallInteger: Type = Type::SmallInteger;
/// An integer of 32 bits.
pub const Integer: Type = Type::Integer;
/// An integer of 64 bits.
pub const BigInteger: Type = Type::BigInteger;
/// An integer of 64 bits without a sign. PostgreSQL keeps it as `NUMERIC(20, 0)`; in SQLite it ends
/// where those with a sign end.
pub const UnsignedBigInteger: Type = Type::UnsignedBigInteger;
/// A floating-point number of 32 bits.
pub const Float: Type = Type::Float;
/// A floating-point number of 64 bits.
pub const Double: Type = Type::Double;
/// Text of any length.
pub const Text: Type = Type::Text { collation: None };
/// Text of any length: SQLAlchemy's name of [`Text`], since text is Unicode in all databases here.
pub const UnicodeText: Type = Text;
/// Bytes of any number.
pub const LargeBinary: Type = Type::LargeBinary { length: None };
/// A day.
pub const Date: Type = Type::Date;
/// A time of day.
pub const Time: Type = Type::Time { timezone: false, precision: None };
/// A day and a time of day, without a place on earth. See [`Type::with_timezone`].
pub const DateTime: Type = Type::DateTime { timezone: false, precision: None };
/// A length of time.
pub const Interval: Type = Type::Interval { precision: None };
/// A string of any number of bits. See [`Bit`].
pub const VarBit: Type = Type::Bit { length: None, varying: true };
/// A UUID.
pub const Uuid: Type = Type::Uuid;
/// JSON, as it was written.
pub const Json: Type = Type::Json { binary: false };
/// JSON that the database keeps parsed, where it has such a type.
pub const JsonB: Type = Type::Json { binary: true };

/// What the function [`Numeric`] stands for without a call.
pub(in crate::sql) const AnyNumeric: Type = Type::Numeric { precision: None, scale: None };
/// An instant.
pub(super) const Timestamp: Type = Type::DateTime { timezone: true, precision: None };
pub(super) const TimeWithTimeZone: Type = Type::Time { timezone: true, precision: None };

/// What the function [`String`] stands for without a call.
pub(super) const UnboundedString: Type = Type::String { length: None, collation: None };

/// Text of at most so many characters; without a call, of as many as the database allows.
///
/// ```
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::String(40))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta VARCHAR(40)\n)");
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub const fn String(length: u32) -> Type {
    Type::String { length: Some(length), collation: None }
}

/// Text of at most so many characters: SQLAlchemy's name of [`String`](fn@String), since text is
/// Unicode in all databases here.
///
/// ```
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::Unicode(40))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta VARCHAR(40)\n)");
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub const fn Unicode(length: u32) -> Type {
    String(length)
}

/// Text of so many characters. PostgreSQL pads it with blanks, which are part of what is read and not
/// of what is compared; MySQL hides those at the end; SQLite keeps what it is given.
///
/// ```
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x =
///     Table::builder("x").columns([Column::new("a", types::Char(8))]).build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta CHAR(8)\n)");
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub const fn Char(length: u32) -> Type {
    Type::Char { length }
}

/// Bytes, at most so many.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::Binary(16))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE TABLE x (\n\ta BYTEA\n)");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta VARBINARY(16)\n)");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta BLOB\n)");
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub const fn Binary(length: u32) -> Type {
    Type::LargeBinary { length: Some(length) }
}

/// An exact decimal number with `precision` digits, `scale` of them behind the point; without a
/// call, as the database has it.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::Numeric(10, 2))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "CREATE TABLE x (\n\ta NUMERIC(10, 2)\n)"
/// );
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta NUMERIC(10, 2)\n)");
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "CREATE TABLE x (\n\ta TEXT COLLATE decimal\n)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub const fn Numeric(precision: u16, scale: u16) -> Type {
    Type::Numeric { precision: Some(precision), scale: Some(scale) }
}

/// A string of so many bits; without a call, of one.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x =
///     Table::builder("x").columns([Column::new("a", types::Bit(8))]).build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE TABLE x (\n\ta BIT(8)\n)");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta BIT(8)\n)");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta TEXT\n)");
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub const fn Bit(length: u32) -> Type {
    Type::Bit { length: Some(length), varying: false }
}

/// One of several labels: text that a CHECK constraint limits to them.
///
/// ```
/// use aludel::types;
///
/// let mood = types::Enum("mood", ["happy", "sad"]);
/// assert_eq!(mood.to_string(), r#"Enum("mood", "happy", "sad")"#);
/// ```
#[must_use]
pub fn Enum<L: Into<Name>>(name: impl Into<Name>, labels: impl IntoIterator<Item = L>) -> Type {
    Type::Enum(Shared::new(EnumType::new(name, labels)))
}

/// Some of several labels, in MySQL: text with commas between them, in the order of the labels.
///
/// ```
/// use aludel::types;
///
/// assert_eq!(types::Set(["r", "w"]).to_string(), r#"Set("r", "w")"#);
/// ```
#[must_use]
pub fn Set<L: Into<Name>>(labels: impl IntoIterator<Item = L>) -> Type {
    Type::Set(Shared::new(labels.into_iter().map(Into::into).collect()))
}

/// A domain that a statement has made in PostgreSQL, by its name, over a type.
///
/// ```
/// use aludel::types;
///
/// assert_eq!(types::Domain("email", types::Text).kind(), types::TypeKind::Text);
/// ```
#[must_use]
pub fn Domain<K>(name: impl Into<Name>, over: impl IntoType<K>) -> Type {
    Type::Domain(Shared::new(DomainType::new(name.into(), over.into_type())))
}

/// A type of several fields that a statement has made in PostgreSQL, by its name. Its values are
/// [`Other`](crate::value::Other), with the text that the database prints: `(1,"a b")`.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::Composite("place"))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE TABLE x (\n\ta place\n)");
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn Composite(name: impl Into<Name>) -> Type {
    Type::Composite(name.into())
}

/// An array of values of one type, where the database has arrays.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::sql::schema::CreateTable;
/// # use aludel::{Column, MetaData, Table, types};
/// let x = Table::builder("x")
///     .columns([Column::new("a", types::Array(types::Integer))])
///     .build(&MetaData::new())?;
/// let statement = CreateTable::new(&x);
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER[]\n)");
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn Array<K>(of: impl IntoType<K>) -> Type {
    Type::Array(Shared::new(of.into_type()))
}

/// A type of the program's own.
///
/// ```
/// use aludel::sql::schema::SchemaDialect;
/// use aludel::types::{self, CustomType, Type};
///
/// #[derive(Debug)]
/// struct Email;
///
/// impl CustomType for Email {
///     fn name(&self) -> &str {
///         "Email"
///     }
///
///     fn base(&self) -> &Type {
///         &types::Text
///     }
/// }
///
/// let sqlite = aludel::dialect::sqlite::Sqlite::new();
/// assert_eq!(sqlite.type_sql(&types::Custom(Email))?, "TEXT");
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn Custom(of: impl CustomType) -> Type {
    Type::Custom(Shared::new_custom(of))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{
        Array, Custom, CustomType, DateTime, Enum, Integer, Numeric, String, Type, TypeKind,
    };

    #[derive(Debug)]
    struct Vector(u32);

    impl CustomType for Vector {
        fn name(&self) -> &str {
            match self.0 {
                3 => "Vector(3)",
                _ => "Vector",
            }
        }

        fn base(&self) -> &Type {
            &super::Text
        }

        fn type_sql(&self, dialect: &str) -> Option<Cow<'static, str>> {
            (dialect == "postgresql").then(|| format!("VECTOR({})", self.0).into())
        }
    }

    #[test]
    fn types_are_compared_by_what_they_are() {
        assert_eq!(Enum("mood", ["a", "b"]), Enum("mood", ["a", "b"]));
        assert_ne!(Enum("mood", ["a", "b"]), Enum("mood", ["a"]));
        assert_ne!(String(5), String(6));
        assert_ne!(String(5), String(5).collate("C"));
        assert_eq!(Array(Integer), Array(Integer));
        assert_ne!(Array(Integer), Array(String));
        assert_eq!(Custom(Vector(3)), Custom(Vector(3)));
        assert_ne!(Custom(Vector(3)), Custom(Vector(4)));
        assert_ne!(DateTime, DateTime.with_timezone());
    }

    #[test]
    fn a_custom_type_is_of_the_sort_it_is_stored_as() {
        assert_eq!(Custom(Vector(3)).kind(), TypeKind::Text);
        assert!(Custom(Vector(3)).is_unbounded());
        assert_eq!(Numeric(5, 2).kind(), TypeKind::Numeric);
    }
}
