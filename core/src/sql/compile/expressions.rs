//! What a dialect says about expressions that databases write in ways of their own.

use super::clauses::{
    BitwiseClause, CastClause, DistinctClause, DivisionClause, ExtractClause, LikeClause,
    RegexpClause, RegexpReplaceClause, SymmetricClause, TextMatchClause,
};
use super::{BoundCast, Feature, text_match, value_text};
use crate::error::Result;
use crate::sql::schema::SchemaDialect;
use crate::sql::types::Type;
use crate::sql::{BitwiseOperator, DateField, Expression, Quotient, SqlWriter};
use crate::value::Value;

/// How one database writes expressions. Each method has a default, which is PostgreSQL's.
///
/// A method may write the parts in any order, once, several times or not at all: values are found by
/// what they are, not by where they stand. What it cannot write it refuses by [`SqlWriter::refuse`] or
/// [`SqlWriter::require`].
pub trait ExpressionDialect: SchemaDialect {
    /// True or false, as a word.
    fn truth_sql(&self, truth: bool) -> &'static str {
        if truth { "true" } else { "false" }
    }

    /// What stands before the tuples of an IN list.
    fn before_tuples(&self) -> &'static str {
        ""
    }

    /// Writes what stands for a list without values behind text, which may be IN or NOT IN.
    ///
    /// # Errors
    ///
    /// [`Compile`](crate::ErrorKind::Compile) if there is no such type.
    fn write_empty_list(&self, ty: Option<&Type>, to: &mut String) -> Result<()> {
        to.push_str("(SELECT ");
        match ty {
            Some(ty) => {
                let ty = self.type_sql(ty)?;
                to.extend(["CAST(NULL AS ", &ty, ")"]);
            }
            None => to.push_str("NULL"),
        }
        to.push_str(" WHERE 1 != 1)");
        Ok(())
    }

    /// Whether decimal numbers are text, which is compared by the collation `decimal` and computed with by the
    /// functions `decimal_add` and so on.
    fn keeps_decimals_as_text(&self) -> bool {
        false
    }

    /// Whether `%` takes floating-point numbers, and gives the remainder of them.
    fn has_float_remainder(&self) -> bool {
        true
    }

    /// Whether a whole quotient of numbers can be written of which nobody knows what sort they are.
    fn floors_any_quotient(&self) -> bool {
        true
    }

    /// Whether `nullif` gives its first argument as it is, and not as the type as which the two are compared.
    fn nullif_keeps_its_first(&self) -> bool {
        true
    }

    /// What stands around the placeholder of a value of this type in an expression, where the database
    /// would not take the value for what it is. A value that a column is set to stands alone.
    fn bound_cast(&self, _ty: &Type) -> Option<BoundCast> {
        None
    }

    /// Whether there are values with a [`bound_cast`](Self::bound_cast).
    fn casts_bound_values(&self) -> bool {
        false
    }

    /// Whether a value of this type needs no [`bound_cast`](Self::bound_cast) where an operator such as
    /// `=` or `<` compares it with a column of the type.
    fn compares_exactly(&self, _ty: &Type) -> bool {
        false
    }

    /// Writes a value into the text, for statements that are sent without parameters. `declared` is
    /// whether the program said the type: then the text must say it too.
    ///
    /// # Errors
    ///
    /// [`Compile`](crate::ErrorKind::Compile) for a value that no text stands for.
    fn write_value(
        &self,
        value: &Value,
        ty: Option<&Type>,
        declared: bool,
        to: &mut String,
    ) -> Result<()> {
        let _ = (ty, declared);
        value_text::standard(value, to)
    }

    /// Writes a division.
    fn write_division(&self, clause: &DivisionClause<'_>, to: &mut SqlWriter<'_>) {
        if clause.quotient == Quotient::ExactFloor {
            return to.repeated(4, |to| exact_floor(clause, to));
        }
        let is_floor = matches!(clause.quotient, Quotient::Floor | Quotient::AnyFloor);
        to.sql(if is_floor { "floor(" } else { "" });
        to.operand(clause.left);
        to.sql(" / ");
        match clause.quotient {
            Quotient::Float => {
                to.sql("CAST(");
                to.expression(clause.right);
                to.sql(" AS DOUBLE PRECISION)");
            }
            Quotient::Exact => {
                to.sql("(");
                to.operand(clause.right);
                to.sql(" * 1.0)");
            }
            Quotient::Truncated => to.operand(clause.right),
            Quotient::Floor | Quotient::ExactFloor | Quotient::AnyFloor => {
                to.operand(clause.right);
                to.sql(")");
            }
        }
    }

    /// Writes an operator on the bits of two integers.
    fn write_bitwise(&self, clause: &BitwiseClause<'_>, to: &mut SqlWriter<'_>) {
        to.operand(clause.left);
        to.sql(match clause.operator {
            BitwiseOperator::And => " & ",
            BitwiseOperator::Or => " | ",
            BitwiseOperator::Xor => " # ",
            BitwiseOperator::LeftShift => " << ",
            BitwiseOperator::RightShift => " >> ",
        });
        match clause.operator {
            // The distance is an INTEGER, whatever is shifted.
            BitwiseOperator::LeftShift | BitwiseOperator::RightShift => {
                to.sql("CAST(");
                to.expression(clause.right);
                to.sql(" AS INTEGER)");
            }
            _ => to.operand(clause.right),
        }
    }

    /// Writes an integer with all bits turned round.
    fn write_bitwise_not(&self, of: &Expression, to: &mut SqlWriter<'_>) {
        to.sql("~");
        to.operand(of);
    }

    /// Writes a comparison in which NULL equals NULL.
    fn write_distinct_from(&self, clause: &DistinctClause<'_>, to: &mut SqlWriter<'_>) {
        to.compared(clause.left);
        to.sql(if clause.negated { " IS NOT DISTINCT FROM " } else { " IS DISTINCT FROM " });
        to.compared(clause.right);
    }

    /// Writes `BETWEEN SYMMETRIC`.
    fn write_between_symmetric(&self, clause: &SymmetricClause<'_>, to: &mut SqlWriter<'_>) {
        to.compared(clause.of);
        to.sql(if clause.negated { " NOT BETWEEN SYMMETRIC " } else { " BETWEEN SYMMETRIC " });
        to.compared(clause.low);
        to.sql(" AND ");
        to.compared(clause.high);
    }

    /// Writes a comparison of text with a pattern.
    fn write_like(&self, clause: &LikeClause<'_>, to: &mut SqlWriter<'_>) {
        text_match::like(clause, to);
    }

    /// Writes the search for a part of a text.
    fn write_text_match(&self, clause: &TextMatchClause<'_>, to: &mut SqlWriter<'_>) {
        text_match::by_pattern(clause, to);
    }

    /// Writes a comparison of text with a regular expression.
    fn write_regexp_match(&self, clause: &RegexpClause<'_>, to: &mut SqlWriter<'_>) {
        let (flag, flags) = match clause.flags {
            Some("i") => ("*", None),
            flags => ("", flags),
        };
        to.compared(clause.text);
        to.sql(if clause.negated { " !~" } else { " ~" });
        to.sql(flag);
        to.sql(" ");
        match flags {
            None => to.operand(clause.pattern),
            Some(flags) => {
                to.require(Feature::RegexpFlags);
                to.sql("('(?");
                to.sql(flags);
                to.sql(")' || ");
                to.operand(clause.pattern);
                to.sql(")");
            }
        }
    }

    /// Writes the replacement of what a regular expression matches.
    fn write_regexp_replace(&self, clause: &RegexpReplaceClause<'_>, to: &mut SqlWriter<'_>) {
        to.sql("regexp_replace(");
        for (index, argument) in
            [clause.text, clause.pattern, clause.replacement].into_iter().enumerate()
        {
            to.sql(if index > 0 { ", " } else { "" });
            to.expression(argument);
        }
        if let Some(flags) = clause.flags {
            to.require(Feature::RegexpFlags);
            to.sql(", '");
            to.sql(flags);
            to.sql("'");
        }
        to.sql(")");
    }

    /// Writes a full-text search.
    fn write_full_text_match(&self, of: &Expression, wanted: &Expression, to: &mut SqlWriter<'_>) {
        to.compared(of);
        to.sql(" @@ plainto_tsquery(");
        to.expression(wanted);
        to.sql(")");
    }

    /// Writes a value in another type.
    fn write_cast(&self, clause: &CastClause<'_>, to: &mut SqlWriter<'_>) {
        let ty = match self.type_sql(clause.ty) {
            Ok(ty) => ty,
            Err(error) => return to.fail(error),
        };
        to.sql("CAST(");
        to.expression(clause.of);
        to.sql(" AS ");
        to.sql(&ty);
        to.sql(")");
    }

    /// Writes a field of a date or a time, as an integer.
    fn write_extract(&self, clause: &ExtractClause<'_>, to: &mut SqlWriter<'_>) {
        let (field, before, after) = match clause.field {
            DateField::Year => ("year", "CAST(", " AS INTEGER)"),
            DateField::Quarter => ("quarter", "CAST(", " AS INTEGER)"),
            DateField::Month => ("month", "CAST(", " AS INTEGER)"),
            DateField::Week => ("week", "CAST(", " AS INTEGER)"),
            DateField::Day => ("day", "CAST(", " AS INTEGER)"),
            DateField::DayOfWeek => ("dow", "CAST(", " AS INTEGER)"),
            DateField::IsoDayOfWeek => ("isodow", "CAST(", " AS INTEGER)"),
            DateField::DayOfYear => ("doy", "CAST(", " AS INTEGER)"),
            DateField::Hour => ("hour", "CAST(", " AS INTEGER)"),
            DateField::Minute => ("minute", "CAST(", " AS INTEGER)"),
            // A cast rounds.
            DateField::Second => ("second", "CAST(floor(", ") AS INTEGER)"),
            DateField::Epoch => ("epoch", "CAST(floor(", ") AS BIGINT)"),
        };
        to.sql(before);
        to.sql("EXTRACT(");
        to.sql(field);
        to.sql(" FROM ");
        to.expression(clause.of);
        to.sql(")");
        to.sql(after);
    }
}

/// Writes the largest integer that is not above a fraction, which itself would be rounded: that towards zero, and
/// one less if there is a rest and the fraction is negative.
fn exact_floor(clause: &DivisionClause<'_>, to: &mut SqlWriter<'_>) {
    let of_both = |name: &str, to: &mut SqlWriter<'_>| {
        to.sql(name);
        to.sql("(");
        to.expression(clause.left);
        to.sql(", ");
        to.expression(clause.right);
        to.sql(")");
    };
    to.sql("(");
    of_both("div", to);
    to.sql(" - CASE WHEN ");
    of_both("mod", to);
    to.sql(" <> 0 AND (");
    of_both("mod", to);
    to.sql(" < 0) <> (");
    to.compared(clause.right);
    to.sql(" < 0.0) THEN 1 ELSE 0 END)");
}
