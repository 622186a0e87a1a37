//! Compiling a query: the common table expressions in front of it, the names that it finds, its text.

use std::collections::HashSet;
use std::sync::Arc;

use super::{SqlDialect, SqlWriter, Template};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::from::{CteParts, FromClause, MappedAlias, MappedTable};
use crate::sql::select::{QueryParts, check_required};
use crate::sql::tree::{Numbers, Visitor};
use crate::sql::{Feature, Params};
use crate::statement::StatementKind;

/// Compiles a query by itself, for these values of its named binds. `required` says which of its columns are read as types that cannot be
/// NULL.
///
/// # Errors
///
/// [`ErrorKind::Compile`]: it cannot be written for this database.
pub(in crate::sql) fn compile_query(
    query: &QueryParts,
    required: fn(&mut Vec<bool>),
    dialect: &dyn SqlDialect,
    given: &Params,
) -> Result<Template> {
    let mut columns = Vec::new();
    required(&mut columns);
    if columns.contains(&true) {
        check_required(query, &columns)?;
    }
    let mut numbers = Numbers::default();
    query.describe(&mut numbers);
    let mut writer = SqlWriter::with_numbers(dialect, numbers).given(given);
    writer.write_query(query);
    writer.finish(StatementKind::Select)
}

impl SqlWriter<'_> {
    /// The text of a query for people.
    pub(in crate::sql) fn display_query(query: &QueryParts) -> String {
        Self::display(|to| to.write_query(query))
    }

    /// Writes a query that is a statement, and WITH in front of it.
    fn write_query(&mut self, query: &QueryParts) {
        let survey = Survey::of(|to| query.describe(to));
        self.prepare(survey);
        self.write_with();
        query.write_alone(self);
    }

    /// Takes note of what stands in a statement, before it is written: the names that are in use,
    /// and its common table expressions.
    pub(in crate::sql) fn prepare(&mut self, survey: Survey) {
        self.taken = survey.names;
        match survey.ctes {
            Ok(ctes) => self.ctes = ctes,
            Err(error) => self.fail(error),
        }
    }

    /// Whether there are common table expressions that are still to be written.
    pub(in crate::sql) fn has_ctes(&self) -> bool {
        !self.ctes.is_empty()
    }

    /// Writes WITH and the common table expressions of the statement, if it has any.
    pub(in crate::sql) fn write_with(&mut self) {
        let ctes = std::mem::take(&mut self.ctes);
        if ctes.is_empty() {
            return;
        }
        self.require(Feature::Cte);
        self.sql("WITH ");
        if ctes.iter().any(|cte| cte.is_recursive()) {
            self.require(Feature::RecursiveCte);
            self.sql("RECURSIVE ");
        }
        self.separated(", ", &ctes, |cte, to| cte.write(to));
        self.sql(" ");
    }
}

/// What stands in a statement, and what must be known before it is written.
#[derive(Debug)]
pub(in crate::sql) struct Survey {
    names: HashSet<String>,
    ctes: Result<Vec<Arc<CteParts>>>,
}

impl Survey {
    /// Looks at all that `walk` describes.
    pub(in crate::sql) fn of<'t>(walk: impl Fn(&mut Surveyor<'t>)) -> Self {
        let mut first = Surveyor::default();
        walk(&mut first);
        if first.ctes.is_empty() {
            return Self { names: first.names, ctes: Ok(Vec::new()) };
        }
        // Of what was restated the last counts; what it selects from stands before it.
        let newest = first.ctes;
        let mut second = Surveyor { newest, ..Surveyor::default() };
        walk(&mut second);
        let clash = second.ctes.iter().enumerate().find_map(|(index, cte)| {
            let name = cte.given_name()?;
            let before = &second.ctes[..index];
            before.iter().any(|other| other.given_name() == Some(name)).then_some(name)
        });
        let ctes = match clash {
            Some(name) => Err(same_name(name)),
            None => Ok(second.ctes.into_iter().cloned().collect()),
        };
        Self { names: second.names, ctes }
    }
}

/// Walks through a statement for [`Survey`].
#[derive(Debug, Default)]
pub(in crate::sql) struct Surveyor<'t> {
    names: HashSet<String>,
    /// Those that were found; in the second walk each behind those that it selects from.
    ctes: Vec<&'t Arc<CteParts>>,
    /// What the first walk found.
    newest: Vec<&'t Arc<CteParts>>,
    entered: Vec<&'t Arc<CteParts>>,
    seen: HashSet<usize>,
}

impl<'t> Surveyor<'t> {
    fn cte(&mut self, cte: &'t Arc<CteParts>) {
        let newest = self.newest.iter().copied().find(|known| known.is(cte));
        if let Some(newest) = newest {
            if self.entered.iter().any(|known| known.is(newest)) {
                return;
            }
            self.entered.push(newest);
            newest.query().describe(self);
            self.ctes.push(newest);
            return;
        }
        // The first walk.
        if self.entered.iter().any(|known| Arc::ptr_eq(known, cte)) {
            return;
        }
        self.entered.push(cte);
        match self.ctes.iter_mut().find(|known| known.is(cte)) {
            Some(known) if cte.restates(known) => *known = cte,
            Some(_) => {}
            None => self.ctes.push(cte),
        }
        cte.query().describe(self);
    }
}

impl<'t> Visitor<'t> for Surveyor<'t> {
    fn mapped(&mut self, table: &'static MappedTable) {
        self.names.insert(table.name.to_owned());
    }

    fn mapped_column(
        &mut self,
        table: &'static MappedTable,
        alias: Option<MappedAlias>,
        _: &'static str,
    ) {
        self.mapped(table);
        alias.into_iter().for_each(|alias| self.alias(alias));
    }

    fn alias(&mut self, alias: MappedAlias) {
        self.names.insert(alias.name().to_owned());
    }

    fn from(&mut self, from: &'t FromClause) {
        if let Some(name) = from.own_name() {
            self.names.insert(name.to_owned());
        }
        match from.cte() {
            Some(cte) => self.cte(cte),
            None => from.describe(self),
        }
    }

    fn enters(&mut self, address: usize) -> bool {
        self.seen.insert(address)
    }
}

#[cold]
fn same_name(name: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "two common table expressions have the name {name:?}; give one of them another, or make \
             it once and keep it"
        ),
    )
}
