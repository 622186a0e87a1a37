//! The expressions of SQLite, and its text of values.

use super::Sqlite;
use crate::error::Result;
use crate::sql::schema::{SchemaDialect, no_such_type};
use crate::sql::types::Type;
use crate::sql::{
    BitwiseClause, BitwiseOperator, CastClause, DateField, DistinctClause, DivisionClause,
    ExpressionDialect, ExtractClause, Quotient, SqlWriter, SymmetricClause, TextMatchClause,
    TextPlace, Wildcards, value_text,
};
use crate::value::{Date, Time, Value};

/// Characters that are in no text: Unicode keeps them for what happens inside a program. They stand for
/// what is escaped while a pattern is changed.
const KEPT: [&str; 3] = ["char(64976)", "char(64977)", "char(64978)"];

impl ExpressionDialect for Sqlite {
    /// There are no truth values.
    fn truth_sql(&self, truth: bool) -> &'static str {
        if truth { "1" } else { "0" }
    }

    fn keeps_decimals_as_text(&self) -> bool {
        true
    }

    /// It makes integers of them.
    fn has_float_remainder(&self) -> bool {
        false
    }

    fn before_tuples(&self) -> &'static str {
        "VALUES "
    }

    fn write_empty_list(&self, _: Option<&Type>, to: &mut String) -> Result<()> {
        to.push_str("(SELECT NULL WHERE 1 != 1)");
        Ok(())
    }

    fn write_value(&self, value: &Value, _: Option<&Type>, _: bool, to: &mut String) -> Result<()> {
        match value {
            Value::Bool(truth) => to.push_str(self.truth_sql(*truth)),
            Value::Float(value) if value.is_infinite() => {
                to.push_str(if *value > 0.0 { "9e999" } else { "(-9e999)" });
            }
            // A NUL ends the text of a statement.
            Value::Text(text) if text.contains('\0') => {
                to.push_str("CAST(");
                hexadecimal(text.as_bytes(), to);
                to.push_str(" AS TEXT)");
            }
            Value::Bytes(bytes) => hexadecimal(bytes, to),
            value => rare(value, to)?,
        }
        Ok(())
    }

    /// A division of integers gives an integer, so one of them is made a fraction.
    fn write_division(&self, clause: &DivisionClause<'_>, to: &mut SqlWriter<'_>) {
        match clause.quotient {
            Quotient::Float | Quotient::Exact => divide(clause, to),
            Quotient::Truncated => {
                to.operand(clause.left);
                to.sql(" / ");
                to.operand(clause.right);
            }
            Quotient::Floor => to.repeated(3, |to| floor(clause, to)),
            Quotient::ExactFloor => to.repeated(4, |to| integer_floor(clause, to)),
            // As floats, large integers would be rounded.
            Quotient::AnyFloor => to.repeated(8, |to| {
                to.sql("CASE WHEN typeof(");
                to.expression(clause.left);
                to.sql(") = 'integer' AND typeof(");
                to.expression(clause.right);
                to.sql(") = 'integer' THEN ");
                integer_floor(clause, to);
                to.sql(" ELSE ");
                floor(clause, to);
                to.sql(" END");
            }),
        }
    }

    fn write_bitwise(&self, clause: &BitwiseClause<'_>, to: &mut SqlWriter<'_>) {
        let operator = match clause.operator {
            BitwiseOperator::And => " & ",
            BitwiseOperator::Or => " | ",
            BitwiseOperator::LeftShift => " << ",
            BitwiseOperator::RightShift => " >> ",
            // Bits that one has, without those that both have.
            BitwiseOperator::Xor => {
                return to.repeated(2, |to| {
                    to.sql("(");
                    to.operand(clause.left);
                    to.sql(" | ");
                    to.operand(clause.right);
                    to.sql(") - (");
                    to.operand(clause.left);
                    to.sql(" & ");
                    to.operand(clause.right);
                    to.sql(")");
                });
            }
        };
        to.operand(clause.left);
        to.sql(operator);
        to.operand(clause.right);
    }

    fn write_distinct_from(&self, clause: &DistinctClause<'_>, to: &mut SqlWriter<'_>) {
        to.compared(clause.left);
        to.sql(if clause.negated { " IS " } else { " IS NOT " });
        to.compared(clause.right);
    }

    fn write_between_symmetric(&self, clause: &SymmetricClause<'_>, to: &mut SqlWriter<'_>) {
        clause.write_both_ways(to);
    }

    /// LIKE takes upper and lower case for the same; GLOB, `instr` and `=` do not.
    fn write_text_match(&self, clause: &TextMatchClause<'_>, to: &mut SqlWriter<'_>) {
        if clause.insensitive {
            to.folded(clause.text, true);
            to.sql(if clause.negated { " NOT LIKE lower(" } else { " LIKE lower(" });
            to.sql(if clause.place == TextPlace::Start { "" } else { "'%' || " });
            clause.write_part(|part, to| to.operand(part), to);
            to.sql(if clause.place == TextPlace::End { ")" } else { " || '%')" });
            return clause.write_escape(to);
        }
        match clause.wildcards {
            Wildcards::None => to.repeated(2, |to| find(clause, to)),
            Wildcards::All => glob(clause, None, to),
            Wildcards::Unless(escape) => glob(clause, Some(escape), to),
        }
    }

    /// What a type is called decides what SQLite makes of a value, and it knows few of them.
    fn write_cast(&self, clause: &CastClause<'_>, to: &mut SqlWriter<'_>) {
        let (before, after) = match base(clause.ty) {
            Type::Boolean if to.is_decimal(clause.of) => {
                ("(decimal(", ") COLLATE decimal != '0')".to_owned())
            }
            Type::Boolean => ("(", " != 0)".to_owned()),
            Type::SmallInteger | Type::Integer | Type::BigInteger | Type::UnsignedBigInteger => {
                integer(to.is_decimal(clause.of))
            }
            Type::Native(of) if of.is_integer() => integer(to.is_decimal(clause.of)),
            Type::Char { length } => ("substr(CAST(", format!(" AS TEXT), 1, {length})")),
            Type::Float | Type::Double if to.is_decimal(clause.of) => {
                ("decimal_real(", ")".to_owned())
            }
            Type::Float | Type::Double => cast("REAL"),
            Type::Numeric { scale: Some(scale), .. } => ("decimal_round(", format!(", {scale})")),
            Type::Numeric { precision: Some(_), .. } => ("decimal_round(", ", 0)".to_owned()),
            Type::Numeric { .. } => ("decimal(", ")".to_owned()),
            Type::String { length: Some(length), .. } => {
                ("substr(CAST(", format!(" AS TEXT), 1, {length})"))
            }
            Type::String { .. }
            | Type::Text { .. }
            | Type::Uuid
            | Type::Enum(_)
            | Type::Bit { .. } => cast("TEXT"),
            Type::LargeBinary { .. } => cast("BLOB"),
            Type::Date => ("date(", ")".to_owned()),
            Type::Json { .. } => ("json(", ")".to_owned()),
            ty @ (Type::Time { .. } | Type::DateTime { .. }) => {
                let cure = "store it as the text that it has in SQLite, and compare that";
                return to.fail(no_such_type("SQLite", ty, cure));
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
            to.expression(clause.of);
        }
        to.sql(&after);
    }

    fn write_extract(&self, clause: &ExtractClause<'_>, to: &mut SqlWriter<'_>) {
        let (before, after) = match clause.field {
            DateField::Year => ("CAST(strftime('%Y', ", ") AS INTEGER)"),
            DateField::Quarter => ("((CAST(strftime('%m', ", ") AS INTEGER) + 2) / 3)"),
            DateField::Month => ("CAST(strftime('%m', ", ") AS INTEGER)"),
            // The week is that of its Thursday.
            DateField::Week => {
                ("((CAST(strftime('%j', ", ", '-3 days', 'weekday 4') AS INTEGER) - 1) / 7 + 1)")
            }
            DateField::Day => ("CAST(strftime('%d', ", ") AS INTEGER)"),
            DateField::DayOfWeek => ("CAST(strftime('%w', ", ") AS INTEGER)"),
            DateField::IsoDayOfWeek => ("((CAST(strftime('%w', ", ") AS INTEGER) + 6) % 7 + 1)"),
            DateField::DayOfYear => ("CAST(strftime('%j', ", ") AS INTEGER)"),
            DateField::Hour => ("CAST(strftime('%H', ", ") AS INTEGER)"),
            DateField::Minute => ("CAST(strftime('%M', ", ") AS INTEGER)"),
            DateField::Second => ("CAST(strftime('%S', ", ") AS INTEGER)"),
            DateField::Epoch => ("CAST(strftime('%s', ", ") AS INTEGER)"),
        };
        to.sql(before);
        to.expression(clause.of);
        to.sql(after);
    }
}

/// As the driver sends it.
fn rare(value: &Value, to: &mut String) -> Result<()> {
    match value {
        Value::UInt(_) => return Err(value_text::none("an integer above 9223372036854775807")),
        Value::Date(date) => value_text::quoted(&written(*date)?, to),
        Value::Time(time) => value_text::quoted(&format!("{time:.6}"), to),
        Value::TimeTz(time) => value_text::quoted(&format!("{time:.6}"), to),
        Value::DateTime(moment) => {
            let time = moment.time().unwrap_or(Time::MIDNIGHT);
            value_text::quoted(&format!("{} {time:.6}", written(moment.date())?), to);
        }
        Value::Timestamp(moment) => return rare(&Value::DateTime(moment.to_utc()), to),
        Value::Interval(interval) => {
            let micros = interval.as_micros().ok_or_else(|| value_text::none("months and days"))?;
            return value_text::standard(&Value::Int(micros), to);
        }
        Value::Decimal(_) | Value::Bits(_) => value_text::quoted(&value.to_text(), to),
        Value::Other(other) => match (other.as_text(), other.as_bytes()) {
            (Some(text), _) => value_text::quoted(text, to),
            (None, bytes) => hexadecimal(bytes.unwrap_or_default(), to),
        },
        value => return value_text::standard(value, to),
    }
    Ok(())
}

fn written(date: Date) -> Result<String> {
    match date.ymd() {
        Some((year @ 0..=9999, month, day)) => Ok(format!("{year:04}-{month:02}-{day:02}")),
        _ => Err(value_text::none("a date outside of the years 0 to 9999")),
    }
}

/// The type that a type of the program's own is, unless it says its name here.
fn base(ty: &Type) -> &Type {
    match ty {
        Type::Custom(of) if of.type_sql("sqlite").is_none() => base(of.base()),
        ty => ty,
    }
}

/// A cast of text would take what is in front of its point, and the largest integer for a larger one.
fn integer(of_decimal: bool) -> (&'static str, String) {
    if of_decimal { ("decimal_integer(", ")".to_owned()) } else { cast("INTEGER") }
}

fn cast(ty: &str) -> (&'static str, String) {
    ("CAST(", format!(" AS {ty})"))
}

fn hexadecimal(bytes: &[u8], to: &mut String) {
    to.push_str("X'");
    value_text::hexadecimal(bytes, to);
    to.push('\'');
}

fn divide(clause: &DivisionClause<'_>, to: &mut SqlWriter<'_>) {
    to.real(clause.left);
    to.sql(" / (");
    to.real(clause.right);
    to.sql(" + 0.0)");
}

/// The function of this name is there only if SQLite was built with it.
fn floor(clause: &DivisionClause<'_>, to: &mut SqlWriter<'_>) {
    to.sql("(CAST(");
    divide(clause, to);
    to.sql(" AS INTEGER) - (");
    divide(clause, to);
    to.sql(" < CAST(");
    divide(clause, to);
    to.sql(" AS INTEGER)))");
}

/// A division of integers rounds toward zero.
fn integer_floor(clause: &DivisionClause<'_>, to: &mut SqlWriter<'_>) {
    let of_both = |operator: &str, to: &mut SqlWriter<'_>| {
        to.operand(clause.left);
        to.sql(operator);
        to.operand(clause.right);
    };
    to.sql("(");
    of_both(" / ", to);
    to.sql(" - (");
    of_both(" % ", to);
    to.sql(" <> 0 AND (");
    to.compared(clause.left);
    to.sql(" < 0) <> (");
    to.compared(clause.right);
    to.sql(" < 0)))");
}

/// The part as it is, in its place.
fn find(clause: &TextMatchClause<'_>, to: &mut SqlWriter<'_>) {
    match clause.place {
        TextPlace::Inside => {
            to.sql("instr(");
            to.expression(clause.text);
            to.sql(", ");
            to.expression(clause.part);
            to.sql(if clause.negated { ") = 0" } else { ") > 0" });
            return;
        }
        TextPlace::Start => {
            to.sql("substr(");
            to.expression(clause.text);
            to.sql(", 1, length(");
            to.expression(clause.part);
            to.sql("))");
        }
        TextPlace::End => {
            to.sql("substr(");
            to.expression(clause.text);
            to.sql(", length(");
            to.expression(clause.text);
            to.sql(") - length(");
            to.expression(clause.part);
            to.sql(") + 1)");
        }
    }
    to.sql(if clause.negated { " COLLATE BINARY != " } else { " COLLATE BINARY = " });
    to.compared(clause.part);
}

/// The part as a pattern of GLOB, whose wildcards are `*`, `?` and `[…]`.
fn glob(clause: &TextMatchClause<'_>, escape: Option<char>, to: &mut SqlWriter<'_>) {
    to.compared(clause.text);
    to.sql(if clause.negated { " NOT GLOB " } else { " GLOB " });
    to.sql(if clause.place == TextPlace::Start { "" } else { "'*' || " });
    // Inner replacements come first.
    let of_glob = [("'['", "'[[]'"), ("'*'", "'[*]'"), ("'?'", "'[?]'")];
    let wildcards = [("'%'", "'*'"), ("'_'", "'?'")];
    let escaped = escape.map(|escape| {
        let quoted = |text: String| {
            let mut to = String::new();
            value_text::quoted(&text, &mut to);
            to
        };
        let mut before = [escape.to_string(), "%".to_owned(), "_".to_owned()].map(|of| {
            let pair = format!("{escape}{of}");
            (quoted(pair), quoted(of))
        });
        // The escape itself comes back as what GLOB takes for it.
        for (_, plain) in &mut before {
            if let Some((_, of_glob)) = of_glob.iter().find(|(of, _)| of == plain) {
                *plain = (*of_glob).to_owned();
            }
        }
        before
    });
    let replaced = usize::from(escaped.is_some()) * 6 + of_glob.len() + wildcards.len();
    to.sql(&"replace(".repeat(replaced));
    to.expression(clause.part);
    let mut replace = |from: &str, by: &str| {
        for piece in [", ", from, ", ", by, ")"] {
            to.sql(piece);
        }
    };
    if let Some(escaped) = &escaped {
        escaped.iter().zip(KEPT).for_each(|((pair, _), kept)| replace(pair, kept));
    }
    of_glob.iter().chain(&wildcards).for_each(|(from, by)| replace(from, by));
    if let Some(escaped) = &escaped {
        escaped.iter().zip(KEPT).for_each(|((_, plain), kept)| replace(kept, plain));
    }
    to.sql(if clause.place == TextPlace::End { "" } else { " || '*'" });
}
