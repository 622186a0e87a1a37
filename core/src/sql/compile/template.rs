//! A statement written for one database, apart from the lengths of its lists.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use super::bind::missing;
use super::{BoundAs, Held, ReturnedRows, RowKey, Source, Sources, SqlDialect};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::tree::{NO_LIST, listed};
use crate::sql::{Literals, Name, Params};
use crate::statement::StatementKind;

/// A statement written for one database, which the cache keeps: its text is complete when the
/// lengths of its lists are known.
#[derive(Debug, Clone)]
pub struct Template {
    kind: StatementKind,
    parts: Vec<Part>,
    row: Row,
    /// The binds that stand for lists, whose lengths come behind those of the statement's own.
    expanding: Vec<Name>,
    /// Whether a literal or a list stands more than once.
    repeats: bool,
    /// Whether the text depends on which kinds of values named binds were given.
    reads_given: bool,
}

/// The row of an INSERT: its parts, which are written once for each row.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether one statement for many rows is not the same as one statement for each.
    pub(super) is_single: bool,
    /// The values in which the rows of one statement must differ.
    pub(super) distinct: Vec<Source>,
    pub(super) returned: ReturnedRows,
    /// If the statement inserts one row, and gives none.
    pub(super) key: Option<RowKey>,
    /// The binds that are defaults of columns, which the program need not know.
    pub(super) defaults: Vec<Name>,
    /// Whether what becomes of a row that is there already depends on which of them are given.
    pub(super) keeps_defaults: bool,
}

impl Row {
    fn exists(&self) -> bool {
        self.start < self.end
    }
}

/// Where the values of an INSERT of many rows come from.
#[derive(Debug)]
pub(crate) struct RowSources {
    pub(crate) before: Vec<Source>,
    pub(crate) row: Vec<Source>,
    pub(crate) after: Vec<Source>,
    /// The values in which the rows of one statement must differ.
    pub(crate) distinct: Vec<Source>,
    pub(crate) returned: ReturnedRows,
    /// What the values of a row must fit, by their places in it.
    pub(crate) held: Vec<(usize, Arc<Held>)>,
    /// What those before the rows and behind them must fit.
    pub(crate) held_outside: [Vec<(usize, Arc<Held>)>; 2],
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Sql(String),
    Bind(Source, BoundAs),
    /// A list, as long as it is at execution; of tuples, if it has several types.
    List {
        number: usize,
        /// Its name, if it is given at execution.
        name: Option<Name>,
        types: Box<[BoundAs]>,
        /// What stands before each value of a row, which `)` ends.
        before: Box<[&'static str]>,
        form: ListForm,
        /// What stands for a bare list that is empty.
        empty: String,
    },
}

/// What stands around a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum ListForm {
    /// ` IN (…)`.
    In,
    /// ` NOT IN (…)`.
    NotIn,
    /// The parentheses alone, behind text that the program wrote.
    Bare,
}

/// The complete text, the source of each of its values, and their types.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) sql: String,
    pub(crate) sources: Sources,
    /// As what each of them is bound.
    pub(crate) types: Vec<BoundAs>,
}

impl Template {
    pub(super) fn new(
        kind: StatementKind,
        parts: Vec<Part>,
        row: Row,
        expanding: Vec<Name>,
    ) -> Self {
        let mut seen = HashSet::new();
        let repeats = parts.iter().any(|part| match part {
            Part::Bind(Source::Literal(number), _) => !seen.insert((false, *number)),
            Part::List { number, .. } => !seen.insert((true, *number)),
            _ => false,
        });
        Self { kind, parts, row, expanding, repeats, reads_given: false }
    }

    pub(super) fn reading_given(self, reads_given: bool) -> Self {
        Self { reads_given, ..self }
    }

    /// Whether the text depends on which kinds of values named binds were given.
    pub(crate) fn reads_given(&self) -> bool {
        self.reads_given
    }

    /// The same behind a word, as a statement of any kind.
    pub(in crate::sql) fn behind(mut self, word: &str) -> Self {
        self.parts.insert(0, Part::Sql(word.to_owned()));
        Self { kind: StatementKind::Text, ..self }
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> StatementKind {
        self.kind
    }

    /// Looks up the lists that are given by name, and adds them to those of the statement.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`]: one was not given, or is none.
    #[inline]
    pub(crate) fn expand(&self, literals: &mut Literals, params: &[&Params]) -> Result<()> {
        if self.expanding.is_empty() { Ok(()) } else { self.expand_all(literals, params) }
    }

    #[cold]
    fn expand_all(&self, literals: &mut Literals, params: &[&Params]) -> Result<()> {
        for name in &self.expanding {
            let given = params.iter().find_map(|params| params.get(name)).cloned();
            let value = given.or_else(|| literals.default_of(name));
            let value = value.ok_or_else(|| missing(name, params))?;
            literals.push_list(listed(&value).ok_or_else(|| no_list(name))?);
        }
        Ok(())
    }

    /// The binds that stand for lists.
    pub(crate) fn expanding(&self) -> &[Name] {
        &self.expanding
    }

    /// Whether the text is the same for each execution: it depends on no length of a list and no
    /// number of rows.
    pub(crate) fn is_fixed(&self) -> bool {
        !self
            .parts
            .iter()
            .any(|part| matches!(part, Part::List { .. } | Part::Bind(Source::Cell(_), _)))
    }

    /// Where the values come from, if one statement may insert many rows.
    pub(crate) fn row_sources(&self) -> Option<RowSources> {
        let lists = self.parts.iter().any(|part| matches!(part, Part::List { .. }));
        if !self.row.exists() || self.row.is_single || lists {
            return None;
        }
        let sources = |parts: &[Part]| {
            let source = |part: &Part| match part {
                Part::Bind(source, _) => Some(source.clone()),
                Part::Sql(_) | Part::List { .. } => None,
            };
            parts.iter().filter_map(source).collect()
        };
        let (before, row, after) = self.around_row();
        let held = |parts: &[Part]| {
            let bound = parts.iter().filter_map(|part| match part {
                Part::Bind(_, bound_as) => Some(bound_as),
                Part::Sql(_) | Part::List { .. } => None,
            });
            let held = |(place, bound_as): (usize, &BoundAs)| {
                bound_as.held.as_ref().map(|held| (place, Arc::clone(held)))
            };
            bound.enumerate().filter_map(held).collect()
        };
        Some(RowSources {
            held: held(row),
            held_outside: [held(before), held(after)],
            before: sources(before),
            row: sources(row),
            after: sources(after),
            distinct: self.row.distinct.clone(),
            returned: self.row.returned.clone(),
        })
    }

    fn around_row(&self) -> (&[Part], &[Part], &[Part]) {
        let (before, rest) = self.parts.split_at(self.row.start);
        let (row, after) = rest.split_at(self.row.end - self.row.start);
        (before, row, after)
    }

    /// Writes the text of an INSERT of many rows, in which each value has a placeholder of its own.
    pub(crate) fn render_rows(
        &self,
        dialect: &dyn SqlDialect,
        rows: usize,
    ) -> (String, Vec<BoundAs>) {
        let (before, row, after) = self.around_row();
        let (mut sql, mut types) = (String::new(), Vec::new());
        let mut write = |parts: &[Part]| {
            for part in parts {
                match part {
                    Part::Sql(text) => sql.push_str(text),
                    Part::Bind(_, bound_as) => {
                        types.push(bound_as.clone());
                        bound_as.write(types.len(), dialect, &mut sql);
                    }
                    Part::List { .. } => {}
                }
            }
        };
        let comma = [Part::Sql(", ".to_owned())];
        write(before);
        for number in 0..rows {
            if number > 0 {
                write(&comma);
            }
            write(row);
        }
        write(after);
        if let ReturnedRows::InOrder(order) = &self.row.returned {
            sql.push_str(&order.added_sql);
        }
        (sql, types)
    }

    /// How the key of the row is found that the statement inserts.
    pub(crate) fn row_key(&self) -> Option<&RowKey> {
        self.row.key.as_ref()
    }

    /// The same with more text behind it.
    pub(crate) fn followed_by(&self, sql: &str) -> Self {
        let mut this = self.clone();
        this.parts.push(Part::Sql(sql.to_owned()));
        this
    }

    /// Whether a bind is the default of a column, which the program need not know.
    pub(crate) fn is_default(&self, name: &Name) -> bool {
        self.row.defaults.contains(name)
    }

    /// Whether the text is another one for each choice of those of the defaults that are given.
    pub(crate) fn keeps_defaults(&self) -> bool {
        self.row.keeps_defaults
    }

    /// The named binds, each once, in order.
    pub(crate) fn names(&self) -> Vec<Name> {
        let mut seen = HashSet::new();
        let names = self.parts.iter().filter_map(|part| match part {
            Part::Bind(Source::Named(name), _) => Some(name),
            Part::List { name, .. } => name.as_ref(),
            Part::Sql(_) | Part::Bind(..) => None,
        });
        names.filter(|name| seen.insert(*name)).cloned().collect()
    }

    /// Writes the text, for lists of these lengths and so many rows of an INSERT.
    pub(crate) fn render(
        &self,
        dialect: &dyn SqlDialect,
        lists: &[usize],
        rows: usize,
    ) -> Rendered {
        let mut to = Rendering {
            dialect,
            sql: String::new(),
            sources: Vec::new(),
            types: Vec::new(),
            held: Vec::new(),
            known: HashMap::new(),
            repeats: self.repeats,
        };
        self.render_to(&mut to, lists, rows);
        let sources = Sources::new(to.sources, to.held, self.repeats, &self.expanding);
        Rendered { sql: to.sql, sources, types: to.types }
    }

    /// Writes the text with its values in it.
    pub(super) fn render_values(
        &self,
        dialect: &dyn SqlDialect,
        literals: &Literals,
        params: &Params,
    ) -> Result<String> {
        let mut to = WithValues { dialect, literals, params, sql: String::new(), error: None };
        self.render_to(&mut to, &literals.lists, literals.rows);
        match to.error {
            None => Ok(to.sql),
            Some(error) => Err(error),
        }
    }

    fn render_to(&self, to: &mut impl Render, lists: &[usize], rows: usize) {
        let mut starts = Vec::with_capacity(lists.len());
        let mut listed = 0;
        for len in lists {
            starts.push((listed, *len));
            listed += len;
        }
        let (before, row, after) = self.around_row();
        before.iter().for_each(|part| write_part(part, &starts, 0, to));
        let width = row.iter().filter(|part| matches!(part, Part::Bind(..))).count();
        for number in 0..rows.max(1) {
            to.sql(if number > 0 { ", " } else { "" });
            row.iter().for_each(|part| write_part(part, &starts, number * width, to));
        }
        after.iter().for_each(|part| write_part(part, &starts, 0, to));
    }

    /// The text as people read it: names in the place of named values.
    pub(super) fn display(&self, rows: usize) -> String {
        let mut text = String::new();
        let mut number = 0;
        let (before, row, after) = self.around_row();
        let comma = [Part::Sql(", ".to_owned())];
        let more = (1..rows).flat_map(|_| comma.iter().chain(row));
        for part in before.iter().chain(row).chain(more).chain(after) {
            let _ = match part {
                Part::Sql(sql) => write!(text, "{sql}"),
                Part::Bind(Source::Named(name), _) => write!(text, ":{name}"),
                Part::Bind(..) => {
                    number += 1;
                    write!(text, ":{number}")
                }
                Part::List { form, name, .. } => {
                    text.push_str(form.sql());
                    match name {
                        Some(name) => write!(text, "(:{name})"),
                        None => write!(text, "(...)"),
                    }
                }
            };
        }
        text
    }
}

/// What a template is written to.
trait Render {
    fn sql(&mut self, sql: &str);

    /// Writes a value, or its place.
    fn bind(&mut self, source: Source, bound_as: &BoundAs);

    fn dialect(&self) -> &dyn SqlDialect;
}

/// Writes a part, of which the first cell has this number.
fn write_part(part: &Part, lists: &[(usize, usize)], first: usize, to: &mut impl Render) {
    match part {
        Part::Sql(sql) => to.sql(sql),
        Part::Bind(Source::Cell(cell), bound_as) => to.bind(Source::Cell(first + cell), bound_as),
        Part::Bind(source, bound_as) => to.bind(source.clone(), bound_as),
        Part::List { number, types, before, form, empty, .. } => {
            let (first, len) = lists.get(*number).copied().unwrap_or_default();
            if len == 0 && *form == ListForm::Bare {
                return to.sql(empty);
            }
            list(first..first + len, types, before, *form, to);
        }
    }
}

impl ListForm {
    /// What stands before the parentheses.
    fn sql(self) -> &'static str {
        match self {
            Self::In => " IN ",
            Self::NotIn => " NOT IN ",
            Self::Bare => "",
        }
    }
}

/// An empty list compares with NULL, which has every type, and adds what makes it false.
fn list(
    values: Range<usize>,
    types: &[BoundAs],
    before: &[&'static str],
    form: ListForm,
    to: &mut impl Render,
) {
    let is_empty = values.is_empty();
    to.sql(form.sql());
    to.sql("(");
    if types.len() > 1 {
        to.sql(to.dialect().before_tuples());
    }
    let rows = values.len() / types.len();
    let mut sources = values.map(Source::Listed);
    for row in 0..rows.max(1) {
        to.sql(if row > 0 { ", " } else { "" });
        to.sql(if types.len() > 1 { "(" } else { "" });
        for (index, bound_as) in types.iter().enumerate() {
            to.sql(if index > 0 { ", " } else { "" });
            let before = before.get(index).copied().unwrap_or_default();
            to.sql(before);
            match sources.next() {
                Some(source) => to.bind(source, bound_as),
                None => to.sql("NULL"),
            }
            to.sql(if before.is_empty() { "" } else { ")" });
        }
        to.sql(if types.len() > 1 { ")" } else { "" });
    }
    to.sql(match (is_empty, form) {
        (true, ListForm::In) => ") AND 1 != 1",
        (true, ListForm::NotIn) => ") OR 1 = 1",
        _ => ")",
    });
}

#[cold]
fn no_list(name: &str) -> Error {
    Error::new(ErrorKind::Argument, format!("the bind {name:?}: {NO_LIST}"))
}

struct Rendering<'s> {
    dialect: &'s dyn SqlDialect,
    sql: String,
    sources: Vec<Source>,
    types: Vec<BoundAs>,
    /// What values must fit, by their places.
    held: Vec<(usize, Arc<Held>)>,
    /// The positions of sources that may stand again and have a placeholder.
    known: HashMap<Source, usize>,
    repeats: bool,
}

impl Render for Rendering<'_> {
    fn sql(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// What stands twice is one value, where that can be said: `GROUP BY :x` must be the `:x` of
    /// the select.
    fn bind(&mut self, source: Source, bound_as: &BoundAs) {
        let next = self.sources.len();
        let again = self.repeats || matches!(source, Source::Named(_));
        let index = if again && self.dialect.has_numbered_placeholders() {
            *self.known.entry(source.clone()).or_insert(next)
        } else {
            next
        };
        if index == next {
            self.sources.push(source);
            self.types.push(bound_as.clone());
        } else if !self.types[index].is_like(bound_as) {
            // It stands beside columns of different types: the database finds the common one.
            self.types[index] = BoundAs::default();
        }
        if let Some(held) = &bound_as.held {
            self.held.push((index, Arc::clone(held)));
        }
        bound_as.write(index + 1, self.dialect, &mut self.sql);
    }

    fn dialect(&self) -> &dyn SqlDialect {
        self.dialect
    }
}

/// The text with its values in it.
struct WithValues<'s> {
    dialect: &'s dyn SqlDialect,
    literals: &'s Literals,
    params: &'s Params,
    sql: String,
    /// The first value that could not be written.
    error: Option<Error>,
}

impl Render for WithValues<'_> {
    fn sql(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn bind(&mut self, source: Source, bound_as: &BoundAs) {
        let default;
        let value = match &source {
            Source::Literal(number) => &self.literals.values[*number],
            Source::Listed(number) => &self.literals.listed[*number],
            Source::Cell(number) => &self.literals.cells[*number],
            Source::Named(name) => match self.params.get(name) {
                Some(value) => value,
                None => match self.literals.default_of(name) {
                    Some(value) => {
                        default = value;
                        &default
                    }
                    None => {
                        self.error.get_or_insert_with(|| missing(name, &[self.params]));
                        return;
                    }
                },
            },
        };
        let BoundAs { ty, declared, held, .. } = bound_as;
        // In an expression the text of a number is exact.
        let held = held.as_ref().filter(|held| held.is_of_column());
        let refused = value.refusal().or_else(|| held.and_then(|held| held.check(value).err()));
        let written = match refused {
            Some(refused) => Err(refused),
            None => self.dialect.write_value(value, ty.as_ref(), *declared, &mut self.sql),
        };
        if let Err(error) = written {
            self.error.get_or_insert(error);
        }
    }

    fn dialect(&self) -> &dyn SqlDialect {
        self.dialect
    }
}
