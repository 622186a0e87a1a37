//! The functions of SQLite.

use super::Sqlite;
use crate::sql::{
    Adaptation, CallClause, Expression, Feature, FunctionDialect, KnownFunction, SqlWriter,
};

impl FunctionDialect for Sqlite {
    fn write_call(&self, call: &CallClause<'_>, to: &mut SqlWriter<'_>) {
        use KnownFunction as F;
        if let Some(name) = call.decimal_function() {
            return call.write_as(name, to);
        }
        let name = match call.function() {
            Some(F::AggregateStrings) => return strings(call, to),
            Some(F::ArrayAgg) => return to.require(Feature::ArrayAggregate),
            Some(F::ArrayAppend | F::Cardinality | F::Unnest) => {
                return to.require(Feature::Arrays);
            }
            Some(F::JsonAgg) => "json_group_array",
            Some(F::JsonObjectAgg) => "json_group_object",
            Some(F::BoolAnd | F::Least) => "min",
            Some(F::BoolOr | F::Greatest) => "max",
            Some(F::StddevPop | F::StddevSamp | F::VarPop | F::VarSamp) => {
                return to.require(Feature::Statistics);
            }
            Some(F::PercentileCont | F::PercentileDisc | F::Mode) => {
                return to.require(Feature::WithinGroup);
            }
            Some(F::Grouping) => return to.require(Feature::GroupingSets),
            Some(F::CharLength) => "length",
            Some(F::Floor | F::Ceil) => return whole(call, to),
            Some(F::Substr) => return call.write_substr("max", "min", to),
            // There are milliseconds; the text is as long as that of other instants.
            Some(F::Now) => return to.sql("strftime('%Y-%m-%d %H:%M:%f000', 'now')"),
            Some(F::CurrentTime) => return to.sql("strftime('%H:%M:%f000', 'now')"),
            Some(F::CurrentDate) => return to.sql("CURRENT_DATE"),
            // A float has so many bits behind the point.
            Some(F::Random) => {
                return to.sql("((random() & 9007199254740991) / 9007199254740992.0)");
            }
            _ => call.name(),
        };
        call.write_as(name, to);
    }

    fn write_adapted(&self, adaptation: Adaptation, of: &Expression, to: &mut SqlWriter<'_>) {
        let empty = match adaptation {
            Adaptation::NoEmptyArray => ", '[]')",
            Adaptation::NoEmptyObject => ", '{}')",
            Adaptation::FloatArgument if to.is_decimal(of) => return to.real(of),
            _ => return to.expression(of),
        };
        to.sql("nullif(");
        to.expression(of);
        to.sql(empty);
    }
}

/// With a separator there is no DISTINCT, unless it is the one that need not be said.
fn strings(call: &CallClause<'_>, to: &mut SqlWriter<'_>) {
    let separator = call.separator.unwrap_or_default();
    to.sql("group_concat(");
    call.write_arguments(to);
    if separator != "," {
        if call.distinct {
            to.refuse(
                "DISTINCT in a string aggregate with a separator other than `,`",
                "select the different values in a subquery",
            );
        }
        to.sql(", ");
        to.text(separator);
    }
    call.write_order(to);
    to.sql(")");
    call.write_behind(to);
}

/// `floor` and `ceil` are there only if SQLite was built with them. Floats from 2^53 on are whole.
fn whole(call: &CallClause<'_>, to: &mut SqlWriter<'_>) {
    let Some(of) = call.arguments.first() else { return };
    let (sign, comparison) = if call.function() == Some(KnownFunction::Floor) {
        (" - (", " < ")
    } else {
        (" + (", " > ")
    };
    to.repeated(5, |to| {
        to.sql("CASE WHEN abs(");
        to.expression(of);
        to.sql(") < 9007199254740992 THEN (CAST(");
        to.expression(of);
        to.sql(" AS INTEGER)");
        to.sql(sign);
        to.operand(of);
        to.sql(comparison);
        to.sql("CAST(");
        to.expression(of);
        to.sql(" AS INTEGER))) * 1.0 ELSE ");
        to.expression(of);
        to.sql(" END");
    });
}
