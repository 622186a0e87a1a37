//! Types as a program writes them.

use std::fmt;

use super::Type;

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
            Self::Char { length } => write!(f, "Char({length})"),
            Self::Time { timezone, precision } => {
                write!(f, "Time{}", Precision(*precision))?;
                f.write_str(if *timezone { " with a time zone" } else { "" })
            }
            Self::DateTime { timezone, precision } => {
                write!(f, "DateTime{}", Precision(*precision))?;
                f.write_str(if *timezone { " with a time zone" } else { "" })
            }
            Self::Interval { precision } => write!(f, "Interval{}", Precision(*precision)),
            Self::Enum(of) => {
                write!(f, "Enum({:?}", of.name())?;
                of.labels().iter().try_for_each(|label| write!(f, ", {label:?}"))?;
                f.write_str(")")
            }
            Self::Set(labels) => {
                f.write_str("Set(")?;
                for (index, label) in labels.iter().enumerate() {
                    write!(f, "{}{label:?}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
            Self::Array(of) => write!(f, "Array({})", &**of),
            Self::Domain(of) => write!(f, "Domain({:?}, {})", of.name(), of.base()),
            Self::Composite(name) => write!(f, "Composite({name:?})"),
            Self::Native(of) => f.write_str(of.name()),
            Self::Variant(of) => fmt::Display::fmt(of.base(), f),
            Self::Custom(of) => f.write_str(of.name()),
            other => write!(f, "{:?}", other.kind()),
        }
    }
}

/// The digits of a second, where they are said.
pub(super) struct Precision(pub(super) Option<u8>);

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |digits| write!(f, "({digits})"))
    }
}
