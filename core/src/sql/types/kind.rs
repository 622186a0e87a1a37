//! The sorts of types, as a small value.

/// Which sort of type a [`Type`](super::Type) is: what decides how a value is sent and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TypeKind {
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
    Numeric,
    /// Text, usually short.
    String,
    /// Text of any length.
    Text,
    /// Bytes.
    LargeBinary,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time of day.
    DateTime,
    /// An instant.
    Timestamp,
    /// A length of time.
    Interval,
    /// A string of bits.
    Bit,
    /// A UUID.
    Uuid,
    /// JSON.
    Json,
    /// JSON that the database keeps parsed.
    JsonB,
    /// One of several labels.
    Enum,
    /// Some of several labels.
    Set,
    /// An array.
    Array,
    /// A type that has no Rust type here: its values are texts, as the database prints them.
    Other,
}
