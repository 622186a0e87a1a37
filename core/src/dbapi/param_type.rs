//! The types of parameters, where the compiled statement knows them.

/// The type of a parameter, for databases that want it besides the value: NULL and text have many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ParamType {
    /// Not known: the driver goes by the kind of the value.
    #[default]
    Unspecified,
    /// A truth value.
    Boolean,
    /// An integer of 16 bits.
    SmallInteger,
    /// An integer of 32 bits.
    Integer,
    /// An integer of 64 bits.
    BigInteger,
    /// A floating-point number of 32 bits.
    Real,
    /// A floating-point number of 64 bits.
    Double,
    /// A decimal number, bound as text.
    Numeric,
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// A date, bound as text.
    Date,
    /// A time of day, bound as text.
    Time,
    /// Date and time without a zone, bound as text.
    DateTime,
    /// A moment: date and time with a zone, bound as text.
    DateTimeWithTimeZone,
    /// A span of time, bound as text.
    Interval,
    /// A UUID, bound as text.
    Uuid,
    /// JSON, bound as text.
    Json,
    /// JSON that the database keeps parsed, bound as text.
    JsonBinary,
}
