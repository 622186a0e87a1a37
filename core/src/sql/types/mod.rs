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

#![allow(non_snake_case, non_upper_case_globals, reason = "they read as SQLAlchemy's types")]

mod custom;
mod enumeration;
mod into_type;
mod kind;
mod shared;

use std::fmt;

use super::Name;

pub use super::crates::INET;
pub use custom::CustomType;
pub use enumeration::EnumType;
pub use into_type::IntoType;
pub use kind::TypeKind;
pub use shared::Shared;

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
    },
    /// A day and a time of day.
    DateTime {
        /// Whether it is an instant, and not what a clock somewhere shows.
        timezone: bool,
    },
    /// A length of time.
    Interval,
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
    /// An array of values of one type.
    Array(Shared<Type>),
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
/// Bytes of any number.
pub const LargeBinary: Type = Type::LargeBinary { length: None };
/// A day.
pub const Date: Type = Type::Date;
/// A time of day.
pub const Time: Type = Type::Time { timezone: false };
/// A day and a time of day, without a place on earth. See [`Type::with_timezone`].
pub const DateTime: Type = Type::DateTime { timezone: false };
/// A length of time.
pub const Interval: Type = Type::Interval;
/// A string of any number of bits. See [`Bit`].
pub const VarBit: Type = Type::Bit { length: None, varying: true };
/// A UUID.
pub const Uuid: Type = Type::Uuid;
/// JSON, as it was written.
pub const Json: Type = Type::Json { binary: false };
/// JSON that the database keeps parsed, where it has such a type.
pub const JsonB: Type = Type::Json { binary: true };

/// What the function [`Numeric`] stands for without a call.
pub(super) const AnyNumeric: Type = Type::Numeric { precision: None, scale: None };
/// An instant.
pub(super) const Timestamp: Type = Type::DateTime { timezone: true };
pub(super) const TimeWithTimeZone: Type = Type::Time { timezone: true };

/// What the function [`String`] stands for without a call.
pub(super) const UnboundedString: Type = Type::String { length: None, collation: None };

/// Text of at most so many characters; without a call, of as many as the database allows.
#[must_use]
pub const fn String(length: u32) -> Type {
    Type::String { length: Some(length), collation: None }
}

/// Bytes, at most so many.
#[must_use]
pub const fn Binary(length: u32) -> Type {
    Type::LargeBinary { length: Some(length) }
}

/// An exact decimal number with `precision` digits, `scale` of them behind the point; without a
/// call, as the database has it.
#[must_use]
pub const fn Numeric(precision: u16, scale: u16) -> Type {
    Type::Numeric { precision: Some(precision), scale: Some(scale) }
}

/// A string of so many bits; without a call, of one.
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

/// An array of values of one type, where the database has arrays.
#[must_use]
pub fn Array<K>(of: impl IntoType<K>) -> Type {
    Type::Array(Shared::new(of.into_type()))
}

/// A type of the program's own.
#[must_use]
pub fn Custom(of: impl CustomType) -> Type {
    Type::Custom(Shared::new_custom(of))
}

impl Type {
    /// Which sort of type it is, without parameters. That of a custom type is the sort of the type
    /// that it is stored as.
    #[must_use]
    pub fn kind(&self) -> TypeKind {
        match self {
            Self::Boolean => TypeKind::Boolean,
            Self::SmallInteger => TypeKind::SmallInteger,
            Self::Integer => TypeKind::Integer,
            Self::BigInteger => TypeKind::BigInteger,
            Self::UnsignedBigInteger => TypeKind::UnsignedBigInteger,
            Self::Float => TypeKind::Float,
            Self::Double => TypeKind::Double,
            Self::Numeric { .. } => TypeKind::Numeric,
            Self::String { .. } => TypeKind::String,
            Self::Text { .. } => TypeKind::Text,
            Self::LargeBinary { .. } => TypeKind::LargeBinary,
            Self::Date => TypeKind::Date,
            Self::Time { .. } => TypeKind::Time,
            Self::DateTime { timezone: false } => TypeKind::DateTime,
            Self::DateTime { timezone: true } => TypeKind::Timestamp,
            Self::Interval => TypeKind::Interval,
            Self::Bit { .. } => TypeKind::Bit,
            Self::Uuid => TypeKind::Uuid,
            Self::Json { binary: false } => TypeKind::Json,
            Self::Json { binary: true } => TypeKind::JsonB,
            Self::Enum(_) => TypeKind::Enum,
            Self::Array(_) => TypeKind::Array,
            Self::Custom(of) => of.base().kind(),
        }
    }

    /// Whether the database can make values of it by counting.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(self.kind(), TypeKind::SmallInteger | TypeKind::Integer | TypeKind::BigInteger)
    }

    /// Whether it is text or bytes, whose values can have a limited length.
    #[must_use]
    pub const fn has_length(&self) -> bool {
        matches!(self, Self::String { .. } | Self::Text { .. } | Self::LargeBinary { .. })
    }

    /// The same with values of at most so many characters or bytes. A type that is neither text nor
    /// bytes stays as it is.
    #[must_use]
    pub fn with_length(self, length: u32) -> Self {
        match self {
            Self::String { collation, .. } | Self::Text { collation } => {
                Self::String { length: Some(length), collation }
            }
            Self::LargeBinary { .. } => Self::LargeBinary { length: Some(length) },
            other => other,
        }
    }

    /// The same with a collation, by the database's name for it. A type that is not text stays as
    /// it is.
    #[must_use]
    pub fn collate(self, name: impl Into<Name>) -> Self {
        let collation = Some(name.into());
        match self {
            Self::String { length, .. } => Self::String { length, collation },
            Self::Text { .. } => Self::Text { collation },
            other => other,
        }
    }

    /// The same as a type of the database, where it has enum types: PostgreSQL's, which are created
    /// before the tables that have them, and MySQL's ENUM. Elsewhere it is text with a CHECK. What is no
    /// [`Enum`] stays as it is.
    ///
    /// ```
    /// use aludel::dialect::mysql::MySql;
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::schema::SchemaDialect;
    /// use aludel::types;
    ///
    /// let mood = types::Enum("mood", ["happy", "sad"]).native();
    /// assert_eq!(PostgreSql::new().type_sql(&mood)?, "mood");
    /// assert_eq!(MySql::new().type_sql(&mood)?, "ENUM('happy', 'sad')");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn native(self) -> Self {
        match self {
            Self::Enum(of) => Self::Enum(Shared::new((*of).clone().native())),
            other => other,
        }
    }

    /// The enum that it is, or is stored as, or whose values its arrays have.
    pub(super) fn as_enum(&self) -> Option<&EnumType> {
        match self {
            Self::Enum(of) => Some(of),
            Self::Array(of) => of.as_enum(),
            Self::Custom(of) => of.base().as_enum(),
            _ => None,
        }
    }

    /// The same with a time zone: [`DateTime`] becomes an instant, [`Time`] gets an offset.
    #[must_use]
    pub fn with_timezone(self) -> Self {
        match self {
            Self::DateTime { .. } => Self::DateTime { timezone: true },
            Self::Time { .. } => Self::Time { timezone: true },
            other => other,
        }
    }

    /// The same without lengths, precisions and collations.
    pub(super) fn without_parameters(self) -> Self {
        match self {
            Self::Numeric { .. } => Self::Numeric { precision: None, scale: None },
            Self::String { .. } => Self::String { length: None, collation: None },
            Self::Text { .. } => Self::Text { collation: None },
            Self::LargeBinary { .. } => Self::LargeBinary { length: None },
            Self::Bit { varying, .. } => Self::Bit { length: None, varying },
            other => other,
        }
    }

    /// Whether there is no limit to how long a value can be.
    pub(super) fn is_unbounded(&self) -> bool {
        match self {
            Self::String { length, .. } | Self::LargeBinary { length } => length.is_none(),
            Self::Text { .. } | Self::Json { .. } => true,
            Self::Custom(of) => of.base().is_unbounded(),
            _ => false,
        }
    }

    /// The labels, if it is one of several.
    pub(super) fn label_type(&self) -> Option<&EnumType> {
        match self {
            Self::Enum(of) => Some(of),
            Self::Custom(of) => of.base().label_type(),
            _ => None,
        }
    }
}

/// Prints as the program writes it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numeric { precision: Some(precision), scale } => {
                write!(f, "Numeric({precision}, {})", scale.unwrap_or(0))
            }
            Self::String { length: Some(length), .. } => write!(f, "String({length})"),
            Self::LargeBinary { length: Some(length) } => write!(f, "Binary({length})"),
            Self::Bit { length, varying } => {
                f.write_str(if *varying { "VarBit" } else { "Bit" })?;
                length.map_or(Ok(()), |length| write!(f, "({length})"))
            }
            Self::Time { timezone: true } => f.write_str("Time with a time zone"),
            Self::DateTime { timezone: true } => f.write_str("DateTime with a time zone"),
            Self::Enum(of) => {
                write!(f, "Enum({:?}", of.name())?;
                of.labels().iter().try_for_each(|label| write!(f, ", {label:?}"))?;
                f.write_str(")")
            }
            Self::Array(of) => write!(f, "Array({})", &**of),
            Self::Custom(of) => f.write_str(of.name()),
            other => write!(f, "{:?}", other.kind()),
        }
    }
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
