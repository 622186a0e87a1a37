//! The expressions of PostgreSQL, which are the standard ones, and its text of values.

use super::PostgreSql;
use crate::error::Result;
use crate::sql::schema::SchemaDialect;
use crate::sql::types::{Type, TypeKind};
use crate::sql::{ExpressionDialect, value_text};
use crate::value::Value;

impl ExpressionDialect for PostgreSql {
    fn has_float_remainder(&self) -> bool {
        false
    }

    /// One text for all sorts rounds integers beyond 2^53 or floats beyond 15 digits.
    fn floors_any_quotient(&self) -> bool {
        false
    }

    fn nullif_keeps_its_first(&self) -> bool {
        false
    }

    fn write_value(
        &self,
        value: &Value,
        ty: Option<&Type>,
        declared: bool,
        to: &mut String,
    ) -> Result<()> {
        match value {
            // A number with a point is a NUMERIC, and these are bound as what they are.
            Value::Float(value) => {
                to.push_str("CAST('");
                to.push_str(&if value.is_finite() { format!("{value:e}") } else { word(*value) });
                to.push_str("' AS DOUBLE PRECISION)");
                Ok(())
            }
            Value::Text(text) => self::text(text, to),
            Value::Bytes(bytes) => {
                // `'\x…'` would depend on how backslashes are read.
                to.push_str("decode('");
                value_text::hexadecimal(bytes, to);
                to.push_str("', 'hex')");
                Ok(())
            }
            Value::Int(_) | Value::Null if declared => self.cast_value(value, ty, to),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::UInt(_) => {
                value_text::standard(value, to)
            }
            Value::Other(other) => match other.as_text() {
                Some(text) => self::text(text, to),
                None => Err(value_text::none("a value in the database's binary form")),
            },
            value => self.typed_value(value, ty, to),
        }
    }
}

impl PostgreSql {
    /// A value of a type that its text does not say.
    fn typed_value(&self, value: &Value, ty: Option<&Type>, to: &mut String) -> Result<()> {
        let word = match value {
            Value::Decimal(_) => "NUMERIC".into(),
            Value::Date(_) => "DATE".into(),
            Value::Time(_) => "TIME".into(),
            Value::TimeTz(_) => "TIME WITH TIME ZONE".into(),
            Value::DateTime(_) => "TIMESTAMP".into(),
            Value::Timestamp(_) => "TIMESTAMP WITH TIME ZONE".into(),
            Value::Interval(_) => "INTERVAL".into(),
            Value::Uuid(_) => "UUID".into(),
            Value::Bits(_) => "BIT VARYING".into(),
            Value::Json(_) if ty.map(Type::kind) == Some(TypeKind::JsonB) => "JSONB".into(),
            Value::Json(_) => "JSON".into(),
            // Of an array whose type is not known the server finds it.
            _ => match ty {
                Some(ty) => self.type_sql(ty)?,
                None => return text(&value.to_text(), to),
            },
        };
        to.push_str("CAST(");
        text(&value.to_text(), to)?;
        to.push_str(" AS ");
        to.push_str(&word);
        to.push(')');
        Ok(())
    }

    /// A value whose type the program said. An integer is bound with 64 bits.
    fn cast_value(&self, value: &Value, ty: Option<&Type>, to: &mut String) -> Result<()> {
        to.push_str("CAST(");
        value_text::standard(value, to)?;
        to.push_str(" AS ");
        match ty {
            Some(ty) if !matches!(ty.kind(), TypeKind::SmallInteger | TypeKind::Integer) => {
                to.push_str(&self.type_sql(ty)?);
            }
            _ => to.push_str("BIGINT"),
        }
        to.push(')');
        Ok(())
    }
}

fn word(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        value if value > 0.0 => "Infinity".to_owned(),
        _ => "-Infinity".to_owned(),
    }
}

/// Text with a backslash says how backslashes are read, which else is a setting.
fn text(text: &str, to: &mut String) -> Result<()> {
    if text.contains('\0') {
        return Err(value_text::none("text with a NUL character, which PostgreSQL cannot hold"));
    }
    if !text.contains('\\') {
        value_text::quoted(text, to);
        return Ok(());
    }
    to.push('E');
    value_text::quoted(&text.replace('\\', "\\\\"), to);
    Ok(())
}
