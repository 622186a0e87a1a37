//! The tree of an INSERT, and its SQL.

use std::collections::HashSet;

use super::super::from::FromClause;
use super::super::schema::{Column, Table};
use super::super::select::QueryParts;
use super::super::tree::{Kind, Visitor};
use super::super::{Expression, Feature, Name, Params, RawSql, Source as ValueSource, SqlWriter};
use super::assignment::{Assigned, Entry};
use super::conflict::{Conflict, Inserted};
use super::defaults::{self, is_bind, of_row};
use super::keys::InsertedRow;
use super::source::{Cells, Source, walk_names};
use super::statement::{
    Parts, check_assigned, check_columns, given_entry, walk_all, walk_assigned, walk_given,
    walk_set_table, write_given, write_table, write_value,
};
use crate::error::{Error, ErrorKind, Result};
use crate::lex::LexicalRules;

/// What an INSERT consists of.
#[derive(Debug, Clone)]
pub(in crate::sql) struct InsertParts {
    pub(super) table: Table,
    /// What stands before INTO.
    pub(super) prefixes: Vec<RawSql>,
    pub(super) source: Source,
    /// What columns are set to that nothing else sets.
    pub(super) defaults: Vec<Entry>,
    /// The columns of several rows that have their defaults in all of them.
    pub(super) made: Vec<Name>,
    /// Those that some of several rows set and others do not.
    pub(super) partly: Vec<Name>,
    pub(super) conflict: Option<Conflict>,
    pub(super) returning: Vec<Expression>,
    /// Whether the key of the row is not asked for.
    pub(super) inline: bool,
    pub(super) params: Params,
}

impl InsertParts {
    pub(super) fn into_table(table: Table) -> Self {
        Self {
            defaults: defaults::of_insert(&table),
            table,
            prefixes: Vec::new(),
            made: Vec::new(),
            partly: Vec::new(),
            source: Source::Row(Vec::new()),
            conflict: None,
            returning: Vec::new(),
            inline: false,
            params: Params::new(),
        }
    }

    /// The columns that come from parameters, besides those that are set. Those of several rows do
    /// not.
    fn given<'p>(
        &'p self,
        names: &'p Params,
        rules: &'p [LexicalRules],
    ) -> impl Iterator<Item = &'p Name> {
        let one = matches!(self.source, Source::Row(_));
        let other = move |name: &&Name| {
            let bind = |value: &Expression| value.has_bind(name, rules);
            let conflict = self.conflict.iter().flat_map(Conflict::expressions);
            !self.source.columns().any(|column| column == *name)
                && !self.defaults.iter().any(|entry| entry.column == **name && is_bind(entry))
                && !self.source.expressions().any(bind)
                && !conflict.chain(&self.returning).any(bind)
        };
        names.names().filter(move |_| one).filter(other)
    }

    /// The columns that are set to their defaults. Rows have theirs already.
    fn active_defaults<'p>(&'p self, names: &'p Params) -> impl Iterator<Item = &'p Entry> {
        let one = matches!(self.source, Source::Row(_));
        let is_set =
            move |entry: &Entry| !one || self.source.columns().any(|name| *name == entry.column);
        defaults::active(&self.defaults, names, is_set)
    }

    fn write_source(&self, names: &Params, to: &mut SqlWriter<'_>) {
        match &self.source {
            Source::Row(_) => to.without_rows(|to| self.write_row(names, to)),
            Source::Cells(cells) => {
                self.write_columns(cells.columns.iter(), to);
                to.sql(" VALUES ");
                to.begin_row();
                to.sql("(");
                for (place, (ty, name)) in cells.types.iter().zip(&cells.columns).enumerate() {
                    to.sql(if place > 0 { ", " } else { "" });
                    to.cell(place, ty, name, self.table.column(name).map(Column::column_type));
                }
                to.sql(")");
                to.end_row();
                to.show_rows(cells.rows());
                self.separate_repeated_cells(cells, to);
            }
            Source::Rows { columns, values } => {
                self.write_columns(columns.iter(), to);
                to.sql(" VALUES ");
                let rows: Vec<&[Assigned]> = values.chunks(columns.len().max(1)).collect();
                to.without_rows(|to| {
                    to.separated(", ", &rows, |row, to| {
                        to.sql("(");
                        for (place, (value, name)) in row.iter().zip(columns).enumerate() {
                            to.sql(if place > 0 { ", " } else { "" });
                            write_value(&self.table, name, value, to);
                        }
                        to.sql(")");
                    });
                });
            }
            Source::Select { columns, select } => {
                self.write_columns(columns.iter(), to);
                to.sql(" ");
                let whole = self.conflict.is_none() || to.dialect().ends_select_before_on();
                to.sql(if whole { "" } else { "SELECT * FROM (" });
                // Where it could not stand in front of the statement.
                to.write_with();
                let ty = |name| self.table.column(name).map(Column::column_type);
                let inserted: Vec<_> = columns.iter().map(|name| (name, ty(name))).collect();
                select.write_inserted(&inserted, !whole, to);
                to.sql(if whole { "" } else { ") AS selected WHERE true" });
            }
        }
    }

    /// Writes the one row. A column that is set to its default is left out where DEFAULT cannot
    /// stand.
    fn write_row(&self, names: &Params, to: &mut SqlWriter<'_>) {
        let Source::Row(assigned) = &self.source else { return };
        let leave_out = !to.has(Feature::DefaultInValues);
        let is_written = |value: &Assigned| !leave_out || matches!(value, Assigned::Value(_));
        let set = assigned.iter().filter(|entry| is_written(&entry.value));
        let set: Vec<_> = set.chain(self.active_defaults(names)).collect();
        let rules = [to.dialect().lexical_rules()];
        let given: Vec<&Name> = self.given(names, &rules).collect();
        if set.is_empty() && given.is_empty() {
            return to.sql(to.dialect().default_values_clause());
        }
        let columns = set.iter().map(|entry| &entry.column).chain(given.iter().copied());
        self.write_columns(columns, to);
        to.sql(" VALUES ");
        to.begin_row();
        to.sql("(");
        to.separated(", ", &set, |entry, to| {
            write_value(&self.table, &entry.column, &entry.value, to);
        });
        to.sql(if set.is_empty() || given.is_empty() { "" } else { ", " });
        to.separated(", ", &given, |name, to| write_given(&self.table, name, to));
        to.sql(")");
        to.end_row();
        let defaults = self.active_defaults(names).filter(|entry| is_bind(entry));
        defaults.for_each(|entry| to.sets_default(&entry.column));
        if self.conflict.as_ref().is_some_and(Conflict::sets_what_is_inserted) {
            to.keeps_defaults();
        }
        self.limit_repetition(&set, &given, to);
        self.tell_keys(&InsertedRow { table: &self.table, set: &set, given: &given }, to);
    }

    /// Says how the key of the row is found, and how the order of many is seen.
    fn tell_keys(&self, row: &InsertedRow<'_>, to: &mut SqlWriter<'_>) {
        // Which row a conflict has met is not known, and there may be none.
        if self.conflict.is_some() {
            return;
        }
        if self.returning.is_empty() {
            let key = row.key(!self.inline, to);
            key.into_iter().for_each(|key| to.inserts_key(key));
        } else if self.prefixes.is_empty() {
            to.returns_rows(row.order(&self.returning, to));
        }
    }

    /// The columns by which a row is recognised, where a statement may not update a row twice.
    fn distinct_key(&self, to: &SqlWriter<'_>) -> Option<&[Name]> {
        let key = self.conflict.as_ref().and_then(|conflict| conflict.key(&self.table));
        key.filter(|_| !to.dialect().updates_a_row_twice())
    }

    /// Says which rows of values may not stand in one statement: the later of two for one key is a
    /// statement of its own, so that it counts as on every database.
    fn separate_repeated_cells(&self, cells: &Cells, to: &mut SqlWriter<'_>) {
        let place = |column| cells.columns.iter().position(|name| name == column);
        let key = self.distinct_key(to).unwrap_or_default();
        let places = key.iter().map(|column| place(column).map(ValueSource::Cell));
        if let Some(places) = places.collect::<Option<Vec<_>>>() {
            to.want_distinct_rows(places);
        }
    }

    /// Says whether one statement may insert many rows of this form with the same outcome as one
    /// statement for each.
    fn limit_repetition(&self, set: &[&Entry], given: &[&Name], to: &mut SqlWriter<'_>) {
        // What a statement in it selects depends on the rows before.
        let mut values = set.iter().filter_map(|entry| entry.value.value());
        if values.any(Expression::has_statement) {
            return to.forbid_many_rows();
        }
        let Some(key) = self.distinct_key(to) else { return };
        let mut binds = Vec::with_capacity(key.len());
        for column in key {
            let entry = set.iter().find(|entry| entry.column == *column);
            match entry.map(|entry| entry.value.value().map(|value| &value.kind)) {
                None if given.contains(&column) => binds.push(ValueSource::Named(column.clone())),
                Some(Some(Kind::Bind(bind))) => binds.push(ValueSource::Named(bind.name.clone())),
                _ => return to.forbid_many_rows(),
            }
        }
        if binds.is_empty() {
            return to.forbid_many_rows();
        }
        to.want_distinct_rows(binds);
    }

    fn write_columns<'c>(&self, columns: impl Iterator<Item = &'c Name>, to: &mut SqlWriter<'_>) {
        to.sql(" (");
        for (place, column) in columns.enumerate() {
            to.sql(if place > 0 { ", " } else { "" });
            to.name(column);
        }
        to.sql(")");
    }

    /// The columns that have their defaults in all of several rows, and those that some rows set and
    /// others do not.
    fn made(&self) -> [&[Name]; 2] {
        match self.source {
            Source::Cells(_) | Source::Rows { .. } => [&self.made, &self.partly],
            Source::Row(_) | Source::Select { .. } => [&[], &[]],
        }
    }

    /// The SELECT whose rows it inserts.
    pub(super) fn selected(&self) -> Option<&QueryParts> {
        match &self.source {
            Source::Select { select, .. } => Some(select),
            _ => None,
        }
    }

    /// The columns that get values.
    fn inserted<'i>(&'i self, names: &'i Params, rules: &'i [LexicalRules]) -> Inserted<'i> {
        // A default does not replace what is there.
        let defaults = self.active_defaults(names).map(|entry| &entry.column);
        let defaults = defaults.filter(|name| names.get(name).is_some());
        let [made, partly] = self.made();
        Inserted {
            table: &self.table,
            columns: self
                .source
                .columns()
                .chain(self.given(names, rules))
                .chain(defaults)
                .collect(),
            made,
            partly,
            from_select: matches!(self.source, Source::Select { .. }),
        }
    }
}

impl Parts for InsertParts {
    fn changed(&self) -> Option<(&Table, bool)> {
        self.conflict.is_some().then_some((&self.table, false))
    }

    fn walk<'t>(&'t self, names: &'t Params, to: &mut impl Visitor<'t>) {
        to.node(b'I', self.prefixes.len());
        self.prefixes.iter().for_each(|prefix| to.name(&prefix.0));
        walk_set_table(&self.table, to);
        self.source.walk(to);
        let one = matches!(self.source, Source::Row(_));
        walk_given(&self.table, names.names().filter(|_| one), to);
        to.number(self.active_defaults(names).count());
        self.active_defaults(names)
            .for_each(|entry| walk_assigned(std::slice::from_ref(entry), to));
        self.made().into_iter().for_each(|names| walk_names(names, to));
        to.number(usize::from(self.inline));
        to.number(usize::from(self.conflict.is_some()));
        self.conflict.iter().for_each(|conflict| conflict.walk(&self.table, to));
        walk_all(self.returning.iter(), to);
    }

    fn check(&self, names: &Params, rules: LexicalRules) -> Result<()> {
        if matches!(&self.source, Source::Rows { values, .. } if values.is_empty()) {
            return Err(no_rows(&self.table));
        }
        if let Source::Row(assigned) = &self.source {
            check_assigned(&self.table, assigned)?;
        }
        check_columns(&self.table, self.source.columns().chain(self.given(names, &[rules])))?;
        self.conflict.as_ref().map_or(Ok(()), |conflict| conflict.check(&self.table))
    }

    fn write(&self, names: &Params, to: &mut SqlWriter<'_>) {
        to.sql("INSERT ");
        for prefix in &self.prefixes {
            to.sql(prefix.as_str());
            to.sql(" ");
        }
        to.sql("INTO ");
        write_table(&self.table, to);
        if !self.returning.is_empty() {
            to.returns_rows(None);
        }
        let write = |to: &mut SqlWriter<'_>| {
            self.write_source(names, to);
            if let Some(conflict) = &self.conflict {
                conflict.write(&self.inserted(names, &[to.dialect().lexical_rules()]), to);
            }
        };
        let returning = |to: &mut SqlWriter<'_>| {
            to.require(Feature::InsertReturning);
            // A subquery there is about the inserted row.
            let outer = to.enter(vec![FromClause::from(&self.table)]);
            to.dialect().write_returning(&self.returning, to);
            to.leave(outer);
        };
        // The rows of a SELECT are computed before.
        let selects = self.selected().is_some();
        let table = || FromClause::from(&self.table);
        match selects {
            true => write(to),
            false => to.while_changing(table(), Feature::ChangedTableInInsert, write),
        }
        match (self.returning.is_empty(), selects) {
            (true, _) => {}
            (false, true) => returning(to),
            (false, false) => {
                to.while_changing(table(), Feature::ChangedTableInReturning, returning);
            }
        }
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn has_place_for_with(&self) -> bool {
        matches!(self.source, Source::Select { .. })
    }

    fn take_params(&mut self) -> Params {
        std::mem::take(&mut self.params)
    }

    fn each_expression(&mut self, with: &mut dyn FnMut(&mut Expression)) {
        self.source.each_expression(with);
        if let Some(conflict) = &mut self.conflict {
            conflict.each_expression(with);
        }
        self.returning.iter_mut().for_each(with);
    }

    fn settle(&mut self, params: &Params) -> HashSet<Name> {
        let given = self.given(params, &LexicalRules::ALL).cloned();
        let defaults = self.active_defaults(params).map(|entry| entry.column.clone());
        let defaults = defaults.filter(|name| params.get(name).is_some());
        let names: HashSet<Name> = given.chain(defaults).collect();
        let set = params.names().filter(|name| names.contains(*name));
        let set: Vec<Entry> = set.map(|name| given_entry(&self.table, name, params)).collect();
        if let Source::Row(entries) = &mut self.source {
            entries.extend(set);
        }
        self.defaults.iter_mut().for_each(|default| *default = of_row(default));
        self.source.spell_out();
        names
    }

    fn refuse(&mut self, message: &'static str) {
        self.returning.push(Expression::refused(message));
    }

    /// An insert without columns takes them from the values, which are not known yet.
    fn check_prepare(&self) -> Result<()> {
        let takes = matches!(&self.source, Source::Row(assigned) if assigned.is_empty());
        if !takes || self.params.names().next().is_some() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Argument,
            format!(
                "an insert into {} cannot be prepared without its columns: give each a bind, as in \
                 values(User::c.name.set(bindparam(\"name\")))",
                self.table.name()
            ),
        ))
    }
}

#[cold]
fn no_rows(table: &Table) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "an insert into {} has no rows, or its rows set no column; execute it only if there are \
             rows, or use `execute_many`, which does nothing without any",
            table.name()
        ),
    )
}
