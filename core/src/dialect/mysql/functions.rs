//! The functions of MySQL and MariaDB.

use super::MySql;
use crate::sql::{
    Adaptation, CallClause, Expression, Feature, FunctionDialect, KnownFunction, OverClause,
    SqlWriter,
};

impl FunctionDialect for MySql {
    fn write_call(&self, call: &CallClause<'_>, to: &mut SqlWriter<'_>) {
        use KnownFunction as F;
        if !call.order.is_empty() && !self.orders(call) {
            to.refuse(Feature::AggregateOrderBy.name(), Feature::AggregateOrderBy.cure());
        }
        let name = match call.function() {
            Some(F::AggregateStrings) => {
                to.sql("group_concat(");
                call.write_arguments(to);
                call.write_order(to);
                to.sql(" SEPARATOR ");
                to.text(call.separator.unwrap_or_default());
                to.sql(")");
                return call.write_behind(to);
            }
            Some(F::ArrayAgg) => return to.require(Feature::ArrayAggregate),
            Some(F::ArrayAppend | F::Cardinality | F::Unnest) => {
                return to.require(Feature::Arrays);
            }
            Some(F::Grouping) if self.name == "mariadb" => {
                return to.require(Feature::GroupingSets);
            }
            Some(F::JsonAgg | F::JsonObjectAgg) => {
                to.require(Feature::JsonAggregate);
                if call.function() == Some(F::JsonAgg) { "json_arrayagg" } else { "json_objectagg" }
            }
            Some(F::StddevPop | F::StddevSamp | F::VarPop | F::VarSamp) if call.distinct => {
                return to.refuse(
                    "DISTINCT in stddev and variance",
                    "select the different values in a subquery",
                );
            }
            Some(F::BoolAnd) => "min",
            Some(F::BoolOr) => "max",
            // Both have microseconds, and the instant does not depend on a zone.
            Some(F::Now) => return to.sql("utc_timestamp(6)"),
            Some(F::CurrentDate) => return to.sql("current_date()"),
            Some(F::CurrentTime) => return to.sql("current_time(6)"),
            Some(F::Random) => "rand",
            Some(F::Substr) => return call.write_substr("greatest", "least", to),
            Some(F::PercentileCont | F::PercentileDisc | F::Mode) => {
                return to.require(Feature::WithinGroup);
            }
            _ => call.name(),
        };
        call.write_as(name, to);
    }

    /// MariaDB has no third argument of `lag` and `lead`. There is no such row if the same function of a
    /// constant is NULL.
    fn write_over(&self, over: &OverClause<'_>, to: &mut SqlWriter<'_>) {
        let call = over.function.call();
        let Some((call, [value, distance, default])) = call.and_then(|call| {
            let arguments: &[Expression; 3] = call.arguments.try_into().ok()?;
            let shifts = match call.function() {
                Some(function) => matches!(function, KnownFunction::Lag | KnownFunction::Lead),
                None => ["lag", "lead"].iter().any(|name| call.name().eq_ignore_ascii_case(name)),
            };
            (shifts && self.name == "mariadb").then_some((call, arguments))
        }) else {
            to.expression(over.function);
            return over.write_window(to);
        };
        to.repeated(2, |to| {
            to.sql("CASE WHEN ");
            to.sql(call.name());
            to.sql("(1, ");
            to.expression(distance);
            to.sql(")");
            over.write_window(to);
            to.sql(" IS NULL THEN ");
            to.expression(default);
            to.sql(" ELSE ");
            to.sql(call.name());
            to.sql("(");
            to.expression(value);
            to.sql(", ");
            to.expression(distance);
            to.sql(")");
            over.write_window(to);
            to.sql(" END");
        });
    }

    fn write_adapted(&self, adaptation: Adaptation, of: &Expression, to: &mut SqlWriter<'_>) {
        if adaptation == Adaptation::FloatArgument {
            to.operand(of);
            to.sql(" + 0e0");
        } else {
            to.expression(of);
        }
    }
}

impl MySql {
    /// Whether an aggregate takes ORDER BY.
    fn orders(&self, call: &CallClause<'_>) -> bool {
        match call.function() {
            Some(KnownFunction::AggregateStrings) => true,
            Some(KnownFunction::JsonAgg) => self.name == "mariadb",
            _ => call.name().eq_ignore_ascii_case("group_concat"),
        }
    }
}
