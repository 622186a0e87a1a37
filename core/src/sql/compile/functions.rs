//! What a dialect says about calls of functions.

use super::Feature;
use crate::sql::tree::{Called, NumberFunction, Role};
use crate::sql::{
    Adaptation, Expression, Frame, FrameBound, FrameExclusion, FrameUnit, KnownFunction, Name,
    SqlWriter,
};

/// A call of a function.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CallClause<'t> {
    pub(in crate::sql) called: &'t Called,
    /// Whether it is of different values.
    pub distinct: bool,
    /// The arguments.
    pub arguments: &'t [Expression],
    /// The terms of ORDER BY.
    pub order: &'t [Expression],
    /// The terms of WITHIN GROUP.
    pub within: &'t [Expression],
    /// The condition of FILTER.
    pub filter: Option<&'t Expression>,
    /// What stands between the texts that are put together.
    pub separator: Option<&'t str>,
}

impl CallClause<'_> {
    /// Which function it is; `None` if it is called by its name.
    #[must_use]
    pub fn function(&self) -> Option<KnownFunction> {
        match self.called {
            Called::Known(function) => Some(*function),
            Called::Named(_) => None,
        }
    }

    /// The name of the function.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.called {
            Called::Known(function) => function.name(),
            Called::Named(name) => name,
        }
    }

    /// Whether it leaves out rows for which its first argument is NULL.
    #[must_use]
    pub fn ignores_null(&self) -> bool {
        match self.called {
            Called::Known(function) => function.ignores_null(),
            Called::Named(name) => ["count", "sum", "avg", "min", "max"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known)),
        }
    }

    /// Whether its arguments are compared with each other.
    fn compares(&self) -> bool {
        let function = NumberFunction::called(self.called);
        let looks = function.is_some_and(|function| function.role == Role::Chooses);
        looks || self.distinct
    }

    /// Whether it gives its first argument of another row, or its third.
    fn shifts(&self) -> bool {
        let function = NumberFunction::called(self.called);
        self.arguments.len() == 3 && function.is_some_and(|of| of.role == Role::Shifts)
    }

    /// The function that computes it of decimal numbers, where the database keeps those as text and its first
    /// argument is one.
    #[must_use]
    pub fn decimal_function(&self) -> Option<&'static str> {
        match NumberFunction::called(self.called)?.role {
            Role::Computes(name) if self.arguments.first()?.is_decimal() => Some(name),
            _ => None,
        }
    }

    /// Writes the arguments. Where the database has no FILTER, the first of them is NULL for rows that
    /// the condition leaves out.
    pub fn write_arguments(&self, to: &mut SqlWriter<'_>) {
        if self.distinct {
            to.sql("DISTINCT ");
        }
        for (index, argument) in self.arguments.iter().enumerate() {
            to.sql(if index > 0 { ", " } else { "" });
            match self.filter {
                Some(filter) if index == 0 && !to.has(Feature::Filter) => {
                    write_filtered(argument, filter, to);
                    if self.compares() && to.keeps_decimals_as_text() && argument.is_decimal() {
                        to.sql(" COLLATE decimal");
                    }
                }
                _ if self.gives_json() => to.part_of_json(argument, self.distinct),
                _ if self.shifts() && index != 1 => {
                    to.in_place_of(argument, &self.arguments[2 - index]);
                }
                _ if self.compares() => to.compared_together(self.arguments, index),
                _ => to.expression(argument),
            }
        }
    }

    /// Whether its arguments become parts of a JSON document.
    fn gives_json(&self) -> bool {
        matches!(self.called, Called::Known(KnownFunction::JsonAgg | KnownFunction::JsonObjectAgg))
    }

    /// Writes the terms of ORDER BY, if there are any.
    pub fn write_order(&self, to: &mut SqlWriter<'_>) {
        if !self.order.is_empty() {
            to.require(Feature::AggregateOrderBy);
            to.sql(" ORDER BY ");
            to.separated(", ", self.order, |term, to| to.expression(term));
        }
    }

    /// Writes what stands behind the parentheses.
    pub fn write_behind(&self, to: &mut SqlWriter<'_>) {
        if !self.within.is_empty() {
            to.require(Feature::WithinGroup);
            to.sql(" WITHIN GROUP (ORDER BY ");
            to.separated(", ", self.within, |term, to| to.expression(term));
            to.sql(")");
        }
        if let Some(filter) = self.filter {
            if to.has(Feature::Filter) {
                to.sql(" FILTER (WHERE ");
                to.expression(filter);
                to.sql(")");
            } else if !self.ignores_null() || self.arguments.is_empty() {
                to.require(Feature::Filter);
            }
        }
    }

    /// Writes the whole call, with this name of the function.
    pub fn write_as(&self, name: &str, to: &mut SqlWriter<'_>) {
        to.sql(name);
        to.sql("(");
        self.write_arguments(to);
        self.write_order(to);
        to.sql(")");
        self.write_behind(to);
    }

    /// Writes `substr` where it counts from the end if its arguments are below 1, with the functions
    /// that give the greater and the smaller of two numbers: what stands before the text is no part
    /// of it.
    pub fn write_substr(&self, greater: &str, smaller: &str, to: &mut SqlWriter<'_>) {
        let [of, start, len] = self.arguments else { return self.write_as("substr", to) };
        to.repeated(2, |to| {
            to.sql("substr(");
            to.expression(of);
            to.sql(", ");
            to.sql(greater);
            to.sql("(");
            to.expression(start);
            to.sql(", 1), ");
            to.sql(greater);
            to.sql("(");
            to.operand(len);
            to.sql(" + ");
            to.sql(smaller);
            to.sql("(");
            to.expression(start);
            to.sql(", 1) - 1, 0))");
        });
    }

    /// Writes `substr` where a length below 0 is an error.
    fn write_substr_of_length(&self, to: &mut SqlWriter<'_>) {
        let [of, start, len] = self.arguments else { return self.write_as("substr", to) };
        to.repeated(2, |to| {
            to.sql("substr(");
            to.expression(of);
            to.sql(", ");
            to.expression(start);
            to.sql(", CASE WHEN ");
            to.compared(len);
            to.sql(" < 0 THEN 0 ELSE ");
            to.expression(len);
            to.sql(" END)");
        });
    }

    /// Writes that function or the other of two values, which is NULL if one of them is.
    fn write_extreme(&self, to: &mut SqlWriter<'_>) {
        to.repeated(2, |to| {
            to.sql("CASE WHEN ");
            for (index, argument) in self.arguments.iter().enumerate() {
                to.sql(if index > 0 { " AND " } else { "" });
                to.compared(argument);
                to.sql(" IS NOT NULL");
            }
            to.sql(" THEN ");
            self.write_as(self.name(), to);
            to.sql(" END");
        });
    }
}

/// Writes an argument that is NULL where a condition does not hold.
fn write_filtered(argument: &Expression, filter: &Expression, to: &mut SqlWriter<'_>) {
    to.sql("CASE WHEN ");
    to.expression(filter);
    to.sql(" THEN ");
    if argument.is_star() {
        to.sql("1");
    } else {
        to.expression(argument);
    }
    to.sql(" END");
}

/// A function over a window.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OverClause<'t> {
    /// The function.
    pub function: &'t Expression,
    /// The terms of PARTITION BY.
    pub partitions: &'t [Expression],
    /// The terms of ORDER BY.
    pub order: &'t [Expression],
    /// The frame.
    pub frame: Option<Frame>,
    /// The name of the window, if the statement has one behind WINDOW.
    pub name: Option<&'t Name>,
}

impl<'t> OverClause<'t> {
    pub(in crate::sql) fn new(
        function: &'t Expression,
        partitions: &'t [Expression],
        order: &'t [Expression],
        frame: Option<Frame>,
        name: Option<&'t Name>,
    ) -> Self {
        Self { function, partitions, order, frame, name }
    }

    /// Writes what stands behind the function: OVER, and the window or its name.
    pub fn write_window(&self, to: &mut SqlWriter<'_>) {
        to.require(Feature::Windows);
        to.sql(" OVER ");
        match self.name {
            None => self.write_definition(to),
            Some(name) => to.window_name(name),
        }
    }

    /// Writes the window.
    pub(in crate::sql) fn write_definition(&self, to: &mut SqlWriter<'_>) {
        to.sql("(");
        let mut gap = "";
        for (words, terms) in [("PARTITION BY ", self.partitions), ("ORDER BY ", self.order)] {
            if !terms.is_empty() {
                to.sql(gap);
                to.sql(words);
                to.separated(", ", terms, |term, to| to.compared_by_value(term));
                gap = " ";
            }
        }
        if let Some(frame) = self.frame {
            if frame.counts_values()
                && to.keeps_decimals_as_text()
                && self.order.iter().any(Expression::is_decimal)
            {
                to.refuse(
                    "RANGE with a distance between decimal numbers, which are text in it",
                    "sort by `.cast::<f64>()`, or count ROWS or GROUPS",
                );
            }
            to.sql(gap);
            write_frame(frame, to);
        }
        to.sql(")");
    }
}

fn write_frame(frame: Frame, to: &mut SqlWriter<'_>) {
    match frame.unit {
        FrameUnit::Range if frame.counts_values() => to.require(Feature::RangeOffsetFrame),
        FrameUnit::Groups => to.require(Feature::GroupsFrame),
        _ => {}
    }
    to.sql(match frame.unit {
        FrameUnit::Rows => "ROWS BETWEEN ",
        FrameUnit::Range => "RANGE BETWEEN ",
        FrameUnit::Groups => "GROUPS BETWEEN ",
    });
    write_bound(frame.start, to);
    to.sql(" AND ");
    write_bound(frame.end, to);
    if let Some(exclude) = frame.exclude {
        to.require(Feature::FrameExclusion);
        to.sql(match exclude {
            FrameExclusion::CurrentRow => " EXCLUDE CURRENT ROW",
            FrameExclusion::Group => " EXCLUDE GROUP",
            FrameExclusion::Ties => " EXCLUDE TIES",
        });
    }
}

fn write_bound(bound: FrameBound, to: &mut SqlWriter<'_>) {
    match bound {
        FrameBound::UnboundedPreceding => to.sql("UNBOUNDED PRECEDING"),
        FrameBound::Preceding(count) => to.sql(&format!("{count} PRECEDING")),
        FrameBound::CurrentRow => to.sql("CURRENT ROW"),
        FrameBound::Following(count) => to.sql(&format!("{count} FOLLOWING")),
        FrameBound::UnboundedFollowing => to.sql("UNBOUNDED FOLLOWING"),
    }
}

/// How one database writes calls of functions. Each method has a default, which is PostgreSQL's.
///
/// What [`ExpressionDialect`](super::ExpressionDialect) says about its methods holds for these.
pub trait FunctionDialect {
    /// Writes a call of a function.
    fn write_call(&self, call: &CallClause<'_>, to: &mut SqlWriter<'_>) {
        match call.function() {
            Some(
                function @ (KnownFunction::Now
                | KnownFunction::CurrentDate
                | KnownFunction::CurrentTime),
            ) => to.sql(function.name()),
            Some(KnownFunction::AggregateStrings) => {
                to.sql("string_agg(");
                call.write_arguments(to);
                to.sql(", ");
                to.text(call.separator.unwrap_or_default());
                call.write_order(to);
                to.sql(")");
                call.write_behind(to);
            }
            Some(KnownFunction::Greatest | KnownFunction::Least) => call.write_extreme(to),
            Some(KnownFunction::Substr) => call.write_substr_of_length(to),
            _ => call.write_as(call.name(), to),
        }
    }

    /// Writes a function over a window.
    fn write_over(&self, over: &OverClause<'_>, to: &mut SqlWriter<'_>) {
        to.expression(over.function);
        over.write_window(to);
    }

    /// Writes a result or an argument that is brought to the type that it has everywhere.
    fn write_adapted(&self, adaptation: Adaptation, of: &Expression, to: &mut SqlWriter<'_>) {
        let ty = match adaptation {
            Adaptation::SmallInteger => "SMALLINT",
            Adaptation::Integer => "INTEGER",
            Adaptation::IntegerSum => "BIGINT",
            Adaptation::FloatResult => "DOUBLE PRECISION",
            _ => return to.expression(of),
        };
        to.sql("CAST(");
        to.expression(of);
        to.sql(" AS ");
        to.sql(ty);
        to.sql(")");
    }
}
