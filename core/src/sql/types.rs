//! The types of columns.

pub use Type::*;

/// The type of a column, by SQLAlchemy's names; each dialect has its own words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// `bool`.
    Boolean,
    /// `i16`.
    SmallInteger,
    /// `i32`.
    Integer,
    /// `i64`.
    BigInteger,
    /// `f64`.
    Double,
    /// Text of any length.
    String,
    /// Text of at most so many characters.
    Varchar(u32),
    /// Bytes.
    LargeBinary,
}

impl Type {
    /// Whether the database can make values of it by counting.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(self, SmallInteger | Integer | BigInteger)
    }
}
