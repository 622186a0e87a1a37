//! The types of parameters, from those of the columns beside which they stand.

use crate::dbapi::ParamType;
use crate::sql::types::{Type, TypeKind};

/// What a driver learns of a parameter: nothing where the kind of the value says enough.
///
/// A number that is compared with a column of another width, or text with a column that is text only
/// in the program (a `citext`, a native enum), is found by the server only if it infers the type
/// itself. What travels as text though it is none must be named.
pub(super) fn param_type(ty: Option<&Type>) -> ParamType {
    match ty.map(Type::kind) {
        Some(TypeKind::Numeric) => ParamType::Numeric,
        Some(TypeKind::Date) => ParamType::Date,
        Some(TypeKind::Time) => ParamType::Time,
        Some(TypeKind::DateTime) => ParamType::DateTime,
        Some(TypeKind::Timestamp) => ParamType::DateTimeWithTimeZone,
        Some(TypeKind::Interval) => ParamType::Interval,
        Some(TypeKind::Uuid) => ParamType::Uuid,
        Some(TypeKind::Json) => ParamType::Json,
        Some(TypeKind::JsonB) => ParamType::JsonBinary,
        _ => ParamType::Unspecified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::types;

    #[test]
    fn what_travels_as_text_is_named() {
        assert_eq!(param_type(Some(&types::Uuid)), ParamType::Uuid);
        assert_eq!(param_type(Some(&types::Numeric(10, 2))), ParamType::Numeric);
        assert_eq!(param_type(Some(&types::Text)), ParamType::Unspecified);
        assert_eq!(param_type(Some(&types::Integer)), ParamType::Unspecified);
        assert_eq!(param_type(None), ParamType::Unspecified);
    }
}
