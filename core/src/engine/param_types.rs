//! The types of parameters, from those of the columns beside which they stand.

use crate::dbapi::ParamType;
use crate::sql::BoundAs;
use crate::sql::types::TypeKind;

/// What a driver learns of a parameter: nothing where the kind of the value says enough.
///
/// A number that is compared with a column of another width, or text with a column that is text only
/// in the program (a `citext`, a native enum), is found by the server only if it infers the type
/// itself. What travels as text though it is none must be named, and so must what stands beside
/// nothing, for which the program said the type.
pub(super) fn param_type(bound_as: &BoundAs, dialect: &str) -> ParamType {
    match bound_as.ty.as_ref().map(|ty| ty.in_dialect(dialect).kind()) {
        Some(TypeKind::Numeric) => ParamType::Numeric,
        Some(TypeKind::Date) => ParamType::Date,
        Some(TypeKind::Time) => ParamType::Time,
        Some(TypeKind::DateTime) => ParamType::DateTime,
        Some(TypeKind::Timestamp) => ParamType::DateTimeWithTimeZone,
        Some(TypeKind::Interval) => ParamType::Interval,
        Some(TypeKind::Uuid) => ParamType::Uuid,
        Some(TypeKind::Json) => ParamType::Json,
        Some(TypeKind::JsonB) => ParamType::JsonBinary,
        Some(kind) if bound_as.declared => declared(kind),
        _ => ParamType::Unspecified,
    }
}

fn declared(kind: TypeKind) -> ParamType {
    match kind {
        TypeKind::Boolean => ParamType::Boolean,
        // Values are sent in all widths; the widest is the one that none is too large for.
        TypeKind::SmallInteger | TypeKind::Integer | TypeKind::BigInteger => ParamType::BigInteger,
        TypeKind::UnsignedBigInteger => ParamType::Numeric,
        TypeKind::Float | TypeKind::Double => ParamType::Double,
        TypeKind::String | TypeKind::Text | TypeKind::Enum | TypeKind::Set => ParamType::Text,
        TypeKind::LargeBinary => ParamType::Binary,
        _ => ParamType::Unspecified,
    }
}

/// The same for a value of a row that an INSERT has many of: NULL in one of them has the type of the
/// values in the others, so that all statements for as many rows are prepared alike.
pub(super) fn row_param_type(bound_as: &BoundAs, dialect: &str) -> ParamType {
    use TypeKind::{BigInteger, Boolean, Double, Float, Integer, LargeBinary, SmallInteger};
    match bound_as.ty.as_ref().map(|ty| ty.in_dialect(dialect).kind()) {
        Some(
            kind @ (Boolean | SmallInteger | Integer | BigInteger | Float | Double | LargeBinary),
        ) => declared(kind),
        _ => param_type(bound_as, dialect),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::types;

    #[test]
    fn what_travels_as_text_is_named() {
        let beside = |ty| {
            let bound_as = BoundAs { ty: Some(ty), ..BoundAs::default() };
            param_type(&bound_as, "postgresql")
        };
        assert_eq!(beside(types::Uuid), ParamType::Uuid);
        assert_eq!(beside(types::Numeric(10, 2)), ParamType::Numeric);
        assert_eq!(beside(types::Text), ParamType::Unspecified);
        assert_eq!(beside(types::Domain("amount", types::Numeric)), ParamType::Numeric);
        let tags = || types::Json.with_variant("postgresql", types::JsonB);
        assert_eq!(beside(tags()), ParamType::JsonBinary);
        assert_eq!(beside(types::Text.with_variant("mysql", types::Json)), ParamType::Unspecified);
        assert_eq!(beside(types::Integer), ParamType::Unspecified);
        assert_eq!(param_type(&BoundAs::default(), "postgresql"), ParamType::Unspecified);
    }

    #[test]
    fn what_stands_beside_nothing_is_named() {
        let alone = |ty| {
            let bound_as = BoundAs { ty: Some(ty), declared: true, ..BoundAs::default() };
            param_type(&bound_as, "postgresql")
        };
        assert_eq!(alone(types::Text), ParamType::Text);
        assert_eq!(alone(types::Integer), ParamType::BigInteger);
        assert_eq!(alone(types::Boolean), ParamType::Boolean);
        assert_eq!(alone(types::Uuid), ParamType::Uuid);
    }
}
