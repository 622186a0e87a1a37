//! The expressions of MySQL and MariaDB, and their text of values.

use super::MySql;
use crate::error::Result;
use crate::sql::schema::{SchemaDialect, no_such_type};
use crate::sql::types::{Type, TypeKind};
use crate::sql::{
    BitwiseClause, BitwiseOperator, BoundCast, CastClause, CastLimit, DateField, DistinctClause,
    DivisionClause, Expression, ExpressionDialect, ExtractClause, Feature, Quotient, RegexpClause,
    SqlWriter, SymmetricClause, TextMatchClause, TextPlace, value_text,
};
use crate::value::{Date, Value};

impl ExpressionDialect for MySql {
    fn write_empty_list(&self, _: Option<&Type>, to: &mut String) -> Result<()> {
        to.push_str("(SELECT NULL FROM DUAL WHERE 1 != 1)");
        Ok(())
    }

    /// A number is sent as text, which stands for a DOUBLE beside most operators, bytes as text of the
    /// connection's character set, and a day is a DATETIME.
    fn bound_cast(&self, ty: &Type) -> Option<BoundCast> {
        match ty.kind() {
            TypeKind::Numeric => {
                // Those of the column, if it has more before the point than there are usually.
                let whole = ty.digits_before_point().unwrap_or_default().clamp(35, 65);
                let after = format!(" AS DECIMAL(65, {}))", 65 - whole);
                Some(BoundCast::new("CAST(", after).within(CastLimit::Digits(whole, 65 - whole)))
            }
            TypeKind::Date => Some(BoundCast::new("CAST(", " AS DATE)").within(CastLimit::Day)),
            TypeKind::LargeBinary => Some(BoundCast::new("CAST(", " AS BINARY)")),
            _ => None,
        }
    }

    fn casts_bound_values(&self) -> bool {
        true
    }

    fn write_value(&self, value: &Value, _: Option<&Type>, _: bool, to: &mut String) -> Result<()> {
        match value {
            Value::Text(text) => self::text(text, to),
            Value::Bytes(bytes) => {
                to.push_str("X'");
                value_text::hexadecimal(bytes, to);
                to.push('\'');
                Ok(())
            }
            Value::Uuid(_) | Value::Json(_) => self::text(&value.to_text(), to),
            value => rare(value, to),
        }
    }

    /// MariaDB compares a DECIMAL with one text as decimal numbers, of up to 65 digits; with several it
    /// compares floating-point numbers.
    fn compares_exactly(&self, ty: &Type) -> bool {
        match ty.kind() {
            TypeKind::Numeric => self.name == "mariadb",
            kind => kind == TypeKind::Date,
        }
    }

    /// `/` is a fraction already; of integers it has four digits, and of decimal numbers four more than these, so
    /// that it may be rounded to the next integer.
    fn write_division(&self, clause: &DivisionClause<'_>, to: &mut SqlWriter<'_>) {
        let (before, between, after) = match clause.quotient {
            Quotient::ExactFloor | Quotient::AnyFloor => {
                return to.repeated(5, |to| exact_floor(clause, to));
            }
            Quotient::Float => ("", " / (", " + 0e0)"),
            Quotient::Exact => ("", " / ", ""),
            Quotient::Truncated => ("", " DIV ", ""),
            Quotient::Floor => ("floor(", " / ", ")"),
        };
        to.sql(before);
        to.operand(clause.left);
        to.sql(between);
        to.operand(clause.right);
        to.sql(after);
    }

    /// Bits have no sign here, so what they make is given one.
    fn write_bitwise(&self, clause: &BitwiseClause<'_>, to: &mut SqlWriter<'_>) {
        if clause.operator == BitwiseOperator::RightShift {
            return to.repeated(3, |to| shift_right(clause, to));
        }
        to.sql("CAST(");
        to.operand(clause.left);
        to.sql(match clause.operator {
            BitwiseOperator::And => " & ",
            BitwiseOperator::Or => " | ",
            BitwiseOperator::Xor => " ^ ",
            BitwiseOperator::LeftShift | BitwiseOperator::RightShift => " << ",
        });
        to.operand(clause.right);
        to.sql(" AS SIGNED)");
    }

    fn write_bitwise_not(&self, of: &Expression, to: &mut SqlWriter<'_>) {
        to.sql("CAST(~");
        to.operand(of);
        to.sql(" AS SIGNED)");
    }

    fn write_distinct_from(&self, clause: &DistinctClause<'_>, to: &mut SqlWriter<'_>) {
        to.sql(if clause.negated { "" } else { "NOT (" });
        to.compared(clause.left);
        to.sql(" <=> ");
        to.compared(clause.right);
        to.sql(if clause.negated { "" } else { ")" });
    }

    fn write_between_symmetric(&self, clause: &SymmetricClause<'_>, to: &mut SqlWriter<'_>) {
        clause.write_both_ways(to);
    }

    /// Case matters by the collation, so the pattern has one in which it does, or both sides are in
    /// lower case.
    fn write_text_match(&self, clause: &TextMatchClause<'_>, to: &mut SqlWriter<'_>) {
        to.folded(clause.text, clause.insensitive);
        to.sql(if clause.negated { " NOT LIKE " } else { " LIKE " });
        to.sql(if clause.insensitive { "lower(concat(" } else { "CONVERT(concat(" });
        to.sql(if clause.place == TextPlace::Start { "" } else { "'%', " });
        clause.write_part(|part, to| to.expression(part), to);
        to.sql(if clause.place == TextPlace::End { "" } else { ", '%'" });
        to.sql(if clause.insensitive { "))" } else { ") USING utf8mb4) COLLATE utf8mb4_bin" });
        clause.write_escape(to);
    }

    fn write_regexp_match(&self, clause: &RegexpClause<'_>, to: &mut SqlWriter<'_>) {
        if clause.flags.is_some() {
            to.require(Feature::RegexpFlags);
        }
        to.compared(clause.text);
        to.sql(if clause.negated { " NOT REGEXP " } else { " REGEXP " });
        to.operand(clause.pattern);
    }

    fn write_full_text_match(&self, of: &Expression, wanted: &Expression, to: &mut SqlWriter<'_>) {
        to.sql("MATCH (");
        to.expression(of);
        to.sql(") AGAINST (");
        to.expression(wanted);
        to.sql(" IN BOOLEAN MODE)");
    }

    /// The names of types are others than in definitions of columns.
    fn write_cast(&self, clause: &CastClause<'_>, to: &mut SqlWriter<'_>) {
        let custom = |of: &Type| match of {
            Type::Custom(of) if of.type_sql("mysql").is_none() => Some(of.base().clone()),
            _ => None,
        };
        let ty = custom(clause.ty).unwrap_or_else(|| clause.ty.clone());
        let (before, after) = match &ty {
            Type::Boolean => ("(", " != 0)".to_owned()),
            Type::SmallInteger | Type::Integer | Type::BigInteger => cast("SIGNED"),
            Type::UnsignedBigInteger => cast("UNSIGNED"),
            Type::Native(of) if of.is_integer() => cast("SIGNED"),
            Type::Float | Type::Double => ("(", " + 0e0)".to_owned()),
            Type::Numeric { precision: Some(precision), scale } => {
                cast(&format!("DECIMAL({precision}, {})", scale.unwrap_or(0)))
            }
            Type::Numeric { precision: None, .. } => cast("DECIMAL(65, 30)"),
            Type::String { length: Some(length), .. } => cast(&format!("CHAR({length})")),
            Type::String { length: None, .. }
            | Type::Text { .. }
            | Type::Enum(_)
            | Type::Set(_) => cast("CHAR"),
            Type::LargeBinary { .. } => cast("BINARY"),
            Type::Json { .. } if self.name == "mariadb" => cast("CHAR"),
            Type::Uuid => cast("CHAR(36)"),
            Type::Date => cast("DATE"),
            Type::Bit { .. } => {
                let cure = "cast to an integer";
                return to.fail(no_such_type("a cast of MySQL", &ty, cure));
            }
            other => match self.type_sql(other) {
                Ok(ty) => cast(&ty),
                Err(error) => return to.fail(error),
            },
        };
        to.sql(before);
        if before == "(" {
            to.operand(clause.of);
        } else {
            to.cast_operand(clause.of);
        }
        to.sql(&after);
    }

    fn write_extract(&self, clause: &ExtractClause<'_>, to: &mut SqlWriter<'_>) {
        let (before, after) = match clause.field {
            DateField::Year => ("year(", ")"),
            DateField::Quarter => ("quarter(", ")"),
            DateField::Month => ("month(", ")"),
            DateField::Week => ("week(", ", 3)"),
            DateField::Day => ("dayofmonth(", ")"),
            DateField::DayOfWeek => ("(dayofweek(", ") - 1)"),
            DateField::IsoDayOfWeek => ("(weekday(", ") + 1)"),
            DateField::DayOfYear => ("dayofyear(", ")"),
            DateField::Hour => ("EXTRACT(HOUR FROM ", ")"),
            DateField::Minute => ("EXTRACT(MINUTE FROM ", ")"),
            DateField::Second => ("EXTRACT(SECOND FROM ", ")"),
            DateField::Epoch => ("timestampdiff(SECOND, '1970-01-01', ", ")"),
        };
        to.sql(before);
        to.expression(clause.of);
        to.sql(after);
    }
}

/// As the driver sends it.
fn rare(value: &Value, to: &mut String) -> Result<()> {
    match value {
        Value::Date(date) => in_range(*date)?,
        Value::DateTime(moment) => in_range(moment.date())?,
        Value::Timestamp(moment) => {
            // The time zone of sessions is UTC.
            return rare(&Value::DateTime(moment.to_utc()), to);
        }
        Value::Interval(interval) => {
            let micros = interval.as_micros().ok_or_else(|| value_text::none("months and days"))?;
            let seconds = micros.unsigned_abs() / 1_000_000;
            let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            let fraction = micros.unsigned_abs() % 1_000_000;
            let sign = if micros < 0 { "-" } else { "" };
            let text = format!("{sign}{hour}:{minute:02}:{second:02}.{fraction:06}");
            value_text::literal("TIME", text, to);
            return Ok(());
        }
        Value::Bits(bits) => {
            let bits = bits.as_ref().as_ref().to_u64();
            let bits = bits.ok_or_else(|| value_text::none("more than 64 bits"))?;
            return value_text::standard(&Value::UInt(bits), to);
        }
        Value::Other(other) => {
            if let Some(text) = other.as_text() {
                return self::text(text, to);
            }
        }
        _ => {}
    }
    value_text::standard(value, to)
}

fn in_range(date: Date) -> Result<()> {
    match date.ymd() {
        Some((0..=9999, ..)) => Ok(()),
        _ => Err(value_text::none("a date outside of the years 0 to 9999")),
    }
}

fn cast(ty: &str) -> (&'static str, String) {
    ("CAST(", format!(" AS {ty})"))
}

/// Without its rest a number has no fraction to be rounded; one is taken away if there is a rest and the fraction is
/// negative.
fn exact_floor(clause: &DivisionClause<'_>, to: &mut SqlWriter<'_>) {
    let rest = |to: &mut SqlWriter<'_>| {
        to.operand(clause.left);
        to.sql(" MOD ");
        to.operand(clause.right);
    };
    to.sql("(round((");
    to.operand(clause.left);
    to.sql(" - ");
    rest(to);
    to.sql(") / ");
    to.operand(clause.right);
    to.sql(") - (sign(");
    rest(to);
    to.sql(") * sign(");
    to.expression(clause.right);
    to.sql(") < 0))");
}

/// The sign stays: of a number below zero the bits are turned round, moved, and turned back.
fn shift_right(clause: &BitwiseClause<'_>, to: &mut SqlWriter<'_>) {
    to.sql("CAST(if(");
    to.operand(clause.left);
    to.sql(" < 0, ~(~");
    to.operand(clause.left);
    to.sql(" >> ");
    to.operand(clause.right);
    to.sql("), ");
    to.operand(clause.left);
    to.sql(" >> ");
    to.operand(clause.right);
    to.sql(") AS SIGNED)");
}

/// Whether a backslash escapes is a mode of the session, so none stands by itself: `'\\'` begins with
/// one backslash in every mode.
fn text(text: &str, to: &mut String) -> Result<()> {
    if text.contains('\0') {
        return Err(value_text::none("text with a NUL character"));
    }
    let mut pieces = text.split('\\');
    let Some(first) = pieces.next().filter(|first| first.len() < text.len()) else {
        value_text::quoted(text, to);
        return Ok(());
    };
    to.push_str("concat(");
    value_text::quoted(first, to);
    for piece in pieces {
        to.push_str(r", left('\\', 1)");
        if !piece.is_empty() {
            to.push_str(", ");
            value_text::quoted(piece, to);
        }
    }
    to.push(')');
    Ok(())
}
