//! The SQL of a SELECT.

use super::group::{bare, same_as, unordered};
use super::hints::{table_hints, write_comments, write_prefixes, write_suffixes};
use super::label_style::LabelStyle;
use super::names::{names_of, needs_label};
use super::parts::{Correlate, Distinct, More, SelectParts};
use super::query::Context;
use super::windows::{names, write_windows};
use crate::error::{Error, ErrorKind};
use crate::sql::from::{FromList, Sources};
use crate::sql::tree::{Kind, NumberKind};
use crate::sql::{Expression, Feature, LimitClause, Name, SqlWriter};

impl SelectParts {
    /// The list of FROM, for a statement inside of these objects.
    pub(super) fn list_of_from<'t>(
        &'t self,
        enclosing: &'t [crate::sql::FromClause],
    ) -> crate::error::Result<FromList<'t>> {
        static AUTO: Correlate = Correlate::Auto;
        let correlate = self.more.as_ref().map_or(&AUTO, |more| &more.correlate);
        FromList::derive(Sources {
            given: &self.from,
            expressions: self.columns.iter().chain(&self.conditions),
            joins: &self.joins,
            enclosing,
            correlate,
        })
    }

    /// Writes it.
    pub(super) fn write(&self, context: Context<'_>, to: &mut SqlWriter<'_>) {
        if self.columns.is_empty() {
            to.fail(Error::new(
                ErrorKind::Compile,
                "a SELECT needs at least one column; the selection is empty",
            ));
        }
        let from = match self.list_of_from(context.enclosing) {
            Ok(from) => from,
            Err(error) => return to.fail(error),
        };
        if let Err(error) = self.check_grouping(&from, context.enclosing.is_empty()) {
            to.fail(error);
        } else if self.sorts_distinct_by_expression() {
            to.require(Feature::DistinctOrder);
        }
        if let Some((one, other)) = from.unconnected(&self.conditions) {
            to.warn_of_product(&one, &other);
        }
        let visible = from.leaves().into_iter().chain(context.enclosing).cloned().collect();
        let outer_query = to.enter_query(&from.leaves());
        let outer = to.enter(visible);
        let hints = self.more.as_ref().map_or(&[][..], |more| &more.hints);
        let table_hints = table_hints(hints, &from.leaves(), to);
        let windows = self.named_windows(to);
        let outer_hints = to.enter_hints(table_hints);
        let outer_windows = to.enter_windows(names(&windows));
        write_comments(hints, to);
        to.sql("SELECT ");
        write_prefixes(hints, to);
        if let Some(more) = &self.more {
            self.write_distinct(more, to);
        }
        self.write_columns(context, to);
        from.write(to);
        write_conditions(" WHERE ", &self.conditions, to);
        if let Some(more) = &self.more {
            self.write_groups(more, to);
        }
        write_windows(&windows, to);
        self.write_orders(to);
        self.write_bounds(to);
        if let Some(more) = &self.more {
            self.write_lock(more, &from, to);
        }
        write_suffixes(hints, to);
        to.enter_hints(outer_hints);
        to.enter_windows(outer_windows);
        to.leave(outer);
        to.leave_query(outer_query);
    }

    fn write_columns(&self, context: Context<'_>, to: &mut SqlWriter<'_>) {
        let style = self.more.as_ref().map_or(LabelStyle::None, |more| more.label_style);
        if context.inserted.len() == self.columns.len() {
            let columns: Vec<_> = self.columns.iter().zip(context.inserted).enumerate().collect();
            return to.separated(", ", &columns, |(place, (column, (name, ty))), to| {
                to.inserted(bare(column), name, *ty);
                // ORDER BY names the labels.
                match context.names.and_then(|names| names.get(*place)) {
                    // It stands for several columns, so the INSERT needs no name of it.
                    Some(_) if matches!(column.kind, Kind::Star) => {}
                    Some(name) => write_label(column, name, to),
                    None => {
                        column.label_name().iter().for_each(|name| write_label(column, name, to))
                    }
                }
            });
        }
        let is_distinct =
            || self.more.as_ref().is_some_and(|more| matches!(more.distinct, Distinct::Rows));
        if to.keeps_decimals_as_text() && (context.compared.is_some() || is_distinct()) {
            let sorts = context.compared.unwrap_or_default();
            return write_compared(&self.columns, sorts, context.names, style, to);
        }
        match context.names {
            Some(names) => write_named(&self.columns, names, to),
            None if style == LabelStyle::None => to.columns(&self.columns),
            None => write_named(&self.columns, &names_of(&self.columns, style), to),
        }
    }

    fn write_distinct(&self, more: &More, to: &mut SqlWriter<'_>) {
        match &more.distinct {
            Distinct::No => {}
            Distinct::Rows => to.sql("DISTINCT "),
            Distinct::On(terms) => {
                to.require(Feature::DistinctOn);
                to.sql("DISTINCT ON (");
                to.separated(", ", terms, |term, to| {
                    self.write_repeated(term, same_as(term, &self.columns), to);
                });
                to.sql(") ");
            }
        }
    }

    fn write_groups(&self, more: &More, to: &mut SqlWriter<'_>) {
        if !more.groups.is_empty() {
            to.sql(" GROUP BY ");
            let terms: Vec<_> = more.grouped(&self.columns).collect();
            let only = terms.len() == 1;
            to.separated(", ", &terms, |(term, place), to| {
                to.in_grouping(only);
                self.write_repeated(term, *place, to);
            });
        }
        write_conditions(" HAVING ", &more.having, to);
    }

    /// Writes a term that must be the same as a column, where it is one of them.
    ///
    /// `GROUP BY a % ?` is not the `a % ?` that is selected, for a database that does not know that
    /// both values are one: the column is written again with its own placeholder, or is named by its
    /// place.
    fn write_repeated(&self, term: &Expression, place: Option<usize>, to: &mut SqlWriter<'_>) {
        match (&term.kind, place) {
            (Kind::ResultName(name), _) => self.write_result_column(name, to),
            (_, Some(place)) => self.write_column_again(place, to),
            _ => to.sorted_by(bare(term)),
        }
    }

    fn write_column_again(&self, place: usize, to: &mut SqlWriter<'_>) {
        if to.dialect().has_numbered_placeholders() {
            to.sorted_by(bare(&self.columns[place]));
        } else {
            to.sql(&(place + 1).to_string());
        }
    }

    /// Writes the column of this name, where a database would take the name for another.
    fn write_result_column(&self, name: &Name, to: &mut SqlWriter<'_>) {
        let named = |column: &Expression| column.result_name().as_ref() == Some(name);
        match self.columns.iter().position(named) {
            Some(place) if bare(&self.columns[place]).has_values() => {
                self.write_column_again(place, to);
            }
            Some(place) => to.sorted_by(bare(&self.columns[place])),
            None => to.fail(no_result_column(name, &self.columns)),
        }
    }

    fn column_named(&self, name: &Name) -> Option<&Expression> {
        self.columns.iter().find(|column| column.result_name().as_ref() == Some(name))
    }

    fn write_orders(&self, to: &mut SqlWriter<'_>) {
        if self.orders.is_empty() {
            return;
        }
        to.sql(" ORDER BY ");
        let has_groups = self
            .more
            .as_ref()
            .is_some_and(|more| more.has_groups() || matches!(more.distinct, Distinct::Rows));
        if self.more.as_ref().is_some_and(|more| more.groups.iter().any(Expression::is_rollup)) {
            to.require(Feature::OrderedRollup);
        }
        let names = self.columns.iter().filter_map(Expression::result_name).collect();
        let labels = self.columns.iter().filter_map(Expression::label_name).collect();
        let decimals = if to.keeps_decimals_as_text() {
            let decimals = self.columns.iter().filter(|column| to.is_decimal(column));
            decimals.filter_map(Expression::result_name).collect()
        } else {
            Vec::new()
        };
        let outer = to.enter_order(names, labels, decimals);
        to.separated(", ", &self.orders, |term, to| {
            // What has a label is written by that.
            let is_labelled = matches!(unordered(term).kind, Kind::Label(_));
            let must_be_same = has_groups && !is_labelled;
            if let Kind::ResultName(name) = &unordered(term).kind
                && let Some(column) = self.column_named(name)
            {
                return to.ordered_by_named(term, column);
            }
            match must_be_same.then(|| same_as(term, &self.columns)).flatten() {
                Some(place) => to.ordered_by_column(term, &self.columns[place], place),
                None => term.write(to),
            }
        });
        to.leave_order(outer);
    }

    fn write_bounds(&self, to: &mut SqlWriter<'_>) {
        let fetch = self.more.as_ref().and_then(|more| more.fetch.as_ref());
        let limit = LimitClause::new(self.limit.as_ref(), self.offset.as_ref()).with_fetch(fetch);
        if !limit.is_empty() {
            to.dialect().write_limit(&limit, to);
        }
    }
}

fn write_conditions(clause: &str, conditions: &[Expression], to: &mut SqlWriter<'_>) {
    if conditions.is_empty() {
        return;
    }
    to.sql(clause);
    match conditions {
        [only] => only.write(to),
        several => to.separated(" AND ", several, Expression::write_conjunct),
    }
}

/// Writes columns under these names.
pub(super) fn write_named(columns: &[Expression], names: &[Name], to: &mut SqlWriter<'_>) {
    let named: Vec<(&Expression, &Name)> = columns.iter().zip(names).collect();
    to.separated(", ", &named, |(column, name), to| {
        bare(column).write(to);
        write_label(column, name, to);
    });
}

/// Writes columns whose values are compared with those of other rows, as numbers of these sorts, each under the
/// name that it has anyway.
fn write_compared(
    columns: &[Expression],
    sorts: &[NumberKind],
    names: Option<&[Name]>,
    style: LabelStyle,
    to: &mut SqlWriter<'_>,
) {
    let made = names.is_none() && style != LabelStyle::None;
    let made = if made { names_of(columns, style) } else { Vec::new() };
    let names = names.unwrap_or(&made);
    let columns: Vec<_> = columns.iter().enumerate().collect();
    to.separated(", ", &columns, |(place, column), to| {
        let sort = to.compared_as(bare(column), sorts.get(*place).copied());
        let is_decimal = sort == NumberKind::Decimal || to.is_decimal(column);
        match names.get(*place) {
            Some(name) if is_decimal || needs_label(column, name) => {
                to.sql(" AS ");
                to.label(name);
            }
            Some(name) => write_label(column, name, to),
            None => {
                let own = column.label_name();
                let kept = || column.result_name().filter(|_| is_decimal);
                if let Some(name) = own.or_else(kept) {
                    to.sql(" AS ");
                    to.label(&name);
                }
            }
        }
    });
}

/// Writes the name behind a column that has another, or none.
fn write_label(column: &Expression, name: &Name, to: &mut SqlWriter<'_>) {
    if matches!(column.kind, Kind::Label(_)) || needs_label(column, name) {
        to.sql(" AS ");
        to.label(name);
    }
}

#[cold]
pub(super) fn no_result_column(name: &str, columns: &[Expression]) -> Error {
    let known: Vec<String> =
        columns.iter().filter_map(Expression::result_name).map(|name| name.to_string()).collect();
    let known = if known.is_empty() { "none with a name".to_owned() } else { known.join(", ") };
    Error::new(
        ErrorKind::Compile,
        format!(
            "the result has no column {name:?} to sort or group by; it has: {known}. SQL as it is \
             is given by `text`"
        ),
    )
}
