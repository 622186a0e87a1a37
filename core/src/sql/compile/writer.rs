//! The writer: SQL piece by piece.

use std::collections::HashSet;
use std::sync::Arc;

use super::dialect::Generic;
use super::result_order::ResultNames;
use super::template::{Part, Row, Template};
use super::{Coercion, Feature, FetchClause, Given, Source, SqlDialect};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::from::{CteParts, FromClause, Identity};
use crate::sql::schema::check_alias;
use crate::sql::tree::{KeyWalk, Kind, Numbers};
use crate::sql::{CacheKey, Expression, Literals, Name, Params};
use crate::statement::StatementKind;

/// Writes a statement for one dialect. A dialect gets it where it writes a clause as a whole.
pub struct SqlWriter<'s> {
    pub(super) dialect: &'s dyn SqlDialect,
    pub(super) parts: Vec<Part>,
    /// The values that named binds are given now, if they are known.
    pub(super) given: Option<&'s Params>,
    /// Whether what is written depends on them.
    pub(super) reads_given: bool,
    /// The numbers of literals and lists, by where they live; `None` if the text is for people.
    pub(super) numbers: Option<Numbers>,
    /// The FROM objects that the statement which is written and those around it select from.
    pub(super) visible: Vec<FromClause>,
    /// Whether a query is written: it may name columns of what is visible only.
    pub(super) in_query: bool,
    /// Whether values of a row are written that is not there yet.
    pub(super) in_new_row: bool,
    /// The table that the statement changes, and what the database lacks if a subquery selects from it.
    pub(super) changed: Option<(FromClause, Feature)>,
    /// How many times what is written now is written in all.
    copies: usize,
    /// Whether an expression of a definition is written: columns stand without their table.
    definition: bool,
    /// Whether columns stand without the schema of their table.
    without_schemas: bool,
    /// Names that objects of the statement have.
    pub(super) taken: HashSet<String>,
    /// The names that were found for objects without one.
    found: Vec<(Identity, String)>,
    /// What stands behind WITH, until it is written.
    pub(super) ctes: Vec<Arc<CteParts>>,
    /// The names of the result, where a term of ORDER BY is written.
    pub(super) order: ResultNames,
    /// Whether a term of GROUP BY is written that is the only one.
    is_only_group: bool,
    /// What stands behind objects of FROM of the statement that is written.
    table_hints: Vec<(FromClause, Name)>,
    /// The names of the windows that the statement which is written has.
    windows: Vec<Name>,
    /// Whether VALUES gives the columns of a row that could not be inserted.
    pub(super) excluded_by_values: bool,
    /// The binds that stand for lists.
    pub(super) expanding: Vec<Name>,
    /// The parts that are the row of an INSERT, which may stand many times.
    pub(super) row: Row,
    /// Whether a part of it is an INSERT, UPDATE or DELETE.
    pub(super) changes: bool,
    /// How many rows an INSERT has, in a text for people.
    pub(super) shown_rows: usize,
    /// Whether the next text is a part of its own.
    pub(super) cut: bool,
    /// Binds of which the database would make another value in silence where they stand, and what they can be.
    restricted: Vec<(Name, Given)>,
    /// How often the collation of decimal numbers was written.
    collations: usize,
    /// The first thing that could not be written.
    error: Option<Error>,
}

/// As what decimal numbers are compared where they are text.
const COLLATION: &str = "COLLATE decimal";

/// What is written more often than this is nested in a way that no database would read.
const MOST_COPIES: usize = 1000;

impl<'s> SqlWriter<'s> {
    /// A writer of a statement without literals.
    pub(in crate::sql) fn new(dialect: &'s dyn SqlDialect) -> Self {
        Self::with_numbers(dialect, Numbers::default())
    }

    pub(in crate::sql) fn with_numbers(dialect: &'s dyn SqlDialect, numbers: Numbers) -> Self {
        Self {
            dialect,
            parts: Vec::new(),
            given: None,
            reads_given: false,
            numbers: Some(numbers),
            visible: Vec::new(),
            in_query: false,
            in_new_row: false,
            changed: None,
            copies: 1,
            taken: HashSet::new(),
            found: Vec::new(),
            ctes: Vec::new(),
            order: ResultNames::default(),
            is_only_group: false,
            table_hints: Vec::new(),
            windows: Vec::new(),
            definition: false,
            without_schemas: false,
            excluded_by_values: false,
            expanding: Vec::new(),
            row: Row::default(),
            changes: false,
            shown_rows: 1,
            cut: false,
            restricted: Vec::new(),
            collations: 0,
            error: None,
        }
    }

    /// With the values that named binds are given now.
    pub(in crate::sql) fn given(self, given: &'s Params) -> Self {
        Self { given: Some(given), ..self }
    }

    /// The text of a statement for people; values are counted as they stand.
    pub(in crate::sql) fn display(write: impl FnOnce(&mut SqlWriter<'_>)) -> String {
        let mut writer = SqlWriter::new(&Generic);
        writer.numbers = None;
        write(&mut writer);
        let rows = writer.shown_rows;
        let SqlWriter { parts, row, expanding, .. } = writer;
        Template::new(StatementKind::Text, parts, row, expanding).display(rows)
    }

    /// As [`display`](Self::display), of what cannot always be written.
    pub(in crate::sql) fn try_display(
        write: impl FnOnce(&mut SqlWriter<'_>) -> Result<()>,
    ) -> Result<String> {
        let mut written = Ok(());
        let sql = Self::display(|to| written = write(to));
        written.map(|()| sql)
    }

    /// The text of an expression of a definition, with its values in it.
    pub(in crate::sql) fn definition(
        dialect: &dyn SqlDialect,
        expression: &Expression,
    ) -> Result<String> {
        let (mut literals, mut numbers) = (Literals::default(), Numbers::default());
        expression.walk(&mut KeyWalk::new(&mut CacheKey::default(), &mut literals));
        expression.walk(&mut numbers);
        let mut writer = SqlWriter::with_numbers(dialect, numbers);
        writer.definition = true;
        expression.write(&mut writer);
        let template = writer.finish(StatementKind::Ddl)?;
        template.render_values(dialect, &literals, Params::none())
    }

    /// Whether an expression of a definition is written.
    pub(in crate::sql) fn is_definition(&self) -> bool {
        self.definition
    }

    pub(in crate::sql) fn dialect(&self) -> &'s dyn SqlDialect {
        self.dialect
    }

    fn text_mut(&mut self) -> &mut String {
        if std::mem::take(&mut self.cut) || !matches!(self.parts.last(), Some(Part::Sql(_))) {
            self.parts.push(Part::Sql(String::new()));
        }
        match self.parts.last_mut() {
            Some(Part::Sql(text)) => text,
            _ => unreachable!("a part of text was pushed above"),
        }
    }

    /// Writes SQL.
    pub fn sql(&mut self, sql: &str) {
        if !sql.is_empty() {
            self.collations += usize::from(sql.len() >= COLLATION.len() && sql.contains(COLLATION));
            self.text_mut().push_str(sql);
        }
    }

    /// How often something was written that is compared as decimal numbers.
    pub(in crate::sql) fn collations(&self) -> usize {
        self.collations
    }

    /// Writes the label of a column of a result, quoted where it must be.
    pub(in crate::sql) fn label(&mut self, name: &str) {
        if name.is_empty() || !self.dialect.cuts_labels() {
            return self.name(name);
        }
        let dialect = self.dialect;
        dialect.quote(name, self.text_mut());
    }

    /// Writes a name, quoted where it must be.
    pub fn name(&mut self, name: &str) {
        let dialect = self.dialect;
        if let Err(error) = check_alias(name, dialect) {
            self.fail(error);
        }
        dialect.quote(name, self.text_mut());
    }

    /// Writes a name behind that of its schema, if it has one.
    pub fn qualified_name(&mut self, schema: Option<&str>, name: &str) {
        if let Some(schema) = schema {
            self.name(schema);
            self.sql(".");
        }
        self.name(name);
    }

    /// Writes the name of what lives in a schema, behind that of the schema which the options put in its
    /// place.
    pub fn table_name(&mut self, schema: Option<&str>, name: &str) {
        self.schema(schema);
        self.name(name);
    }

    /// Writes the schema that the options put in the place of this one, if there is one, and a dot.
    pub(in crate::sql) fn schema(&mut self, schema: Option<&str>) {
        let dialect = self.dialect;
        if let Some(schema) =
            dialect.schema_translate_map().map_or(schema, |map| map.translate(schema))
        {
            self.name(schema);
            self.sql(".");
        }
    }

    /// Writes what can name columns of one table only, without the name of the table.
    pub(in crate::sql) fn with_bare_columns(&mut self, write: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.definition, true);
        write(self);
        self.definition = before;
    }

    /// Writes columns behind the name of their table, without that of its schema.
    pub fn without_schemas(&mut self, write: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.without_schemas, true);
        write(self);
        self.without_schemas = before;
    }

    /// Whether columns stand without the schema of their table.
    pub(in crate::sql) fn is_without_schemas(&self) -> bool {
        self.without_schemas
    }

    /// Writes an expression.
    pub fn expression(&mut self, expression: &Expression) {
        expression.write(self);
    }

    /// Writes what a statement gives: expressions, with their labels.
    pub fn columns(&mut self, columns: &[Expression]) {
        self.separated(", ", columns, |column, to| {
            column.write(to);
            if let Kind::Label(name) = &column.kind {
                to.sql(" AS ");
                to.label(name);
            }
        });
    }

    /// Writes an expression as an operand of any operator but AND, OR, NOT and comparisons, in
    /// parentheses where they are needed.
    pub fn operand(&mut self, expression: &Expression) {
        expression.write_tight(self);
    }

    /// Writes an expression as an operand of a comparison, in parentheses where they are needed.
    pub fn compared(&mut self, expression: &Expression) {
        expression.write_compared(self);
    }

    /// Writes an expression as an operand of a comparison, in lower case if that is so.
    pub fn folded(&mut self, expression: &Expression, in_lower_case: bool) {
        if in_lower_case {
            self.sql("lower(");
            self.expression(expression);
            self.sql(")");
        } else {
            self.compared(expression);
        }
    }

    /// Writes text as a literal of SQL, right in every mode of the server. It is part of the
    /// statement, so it comes from the structure of the expression and is no value.
    pub fn text(&mut self, text: &str) {
        let dialect = self.dialect;
        if let Err(error) = dialect.write_value(&text.into(), None, false, self.text_mut()) {
            self.fail(error);
        }
    }

    /// Writes an expression as an operand of `||`, in parentheses where they are needed.
    pub fn concat_operand(&mut self, expression: &Expression) {
        expression.write_concat_operand(self);
    }

    /// Begins a statement that has these hints; returns those of the one around it.
    pub(in crate::sql) fn enter_hints(
        &mut self,
        hints: Vec<(FromClause, Name)>,
    ) -> Vec<(FromClause, Name)> {
        std::mem::replace(&mut self.table_hints, hints)
    }

    /// Writes the hints for an object of FROM.
    pub(in crate::sql) fn hints_of(&mut self, of: &FromClause) {
        let hints = std::mem::take(&mut self.table_hints);
        for (_, hint) in hints.iter().filter(|(hinted, _)| hinted.is(of)) {
            self.sql(" ");
            self.sql(hint);
        }
        self.table_hints = hints;
    }

    /// Begins a statement that has windows of these names; returns those of the one around it.
    pub(in crate::sql) fn enter_windows(&mut self, names: Vec<Name>) -> Vec<Name> {
        std::mem::replace(&mut self.windows, names)
    }

    /// Writes the name of a window that the statement has.
    pub(in crate::sql) fn window_name(&mut self, name: &Name) {
        if !self.windows.contains(name) {
            self.fail(Error::new(
                ErrorKind::Compile,
                format!(
                    "the window {name:?} stands where a statement has no WINDOW; leave `named` out"
                ),
            ));
        }
        self.name(name);
    }

    /// Says whether the term of GROUP BY that follows is the only one.
    pub(in crate::sql) fn in_grouping(&mut self, only: bool) {
        self.is_only_group = only;
    }

    /// Whether the term of GROUP BY that is written is the only one.
    #[must_use]
    pub fn is_only_group(&self) -> bool {
        self.is_only_group
    }

    /// Writes expressions, with commas between them.
    pub fn list_of(&mut self, expressions: &[Expression]) {
        self.separated(", ", expressions, Expression::write);
    }

    /// Writes what has operands more than once in it: so many times. Operands in which that happens
    /// again make the text longer by that factor each time; what is nested so deeply that the text
    /// would have no end is refused.
    pub fn repeated(&mut self, times: usize, write: impl FnOnce(&mut Self)) {
        let before = self.copies;
        self.copies = before.saturating_mul(times);
        if self.copies > MOST_COPIES {
            let name = self.dialect.name();
            self.fail(Error::new(
                ErrorKind::Compile,
                format!(
                    "operators that {name} needs to write with their operands several times are \
                     nested too deeply; compute the inner ones in a subquery"
                ),
            ));
        } else {
            write(self);
        }
        self.copies = before;
    }

    /// Gives up: the statement cannot be written for this dialect. The first error counts.
    pub fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    /// Gives up because the dialect has no such thing.
    pub fn refuse(&mut self, what: &str, cure: &str) {
        let name = self.dialect.name();
        let version = self.dialect.version().map(|version| format!(" {version}"));
        let version = version.unwrap_or_default();
        let message = format!("{name}{version} does not have {what}; {cure}");
        self.fail(Error::new(ErrorKind::Compile, message));
    }

    /// Gives up if the database does not have this part of SQL.
    pub fn require(&mut self, feature: Feature) {
        if !self.dialect.has(feature) {
            self.refuse(feature.name(), feature.cure());
        }
    }

    /// Writes OFFSET and FETCH FIRST.
    pub fn fetch(&mut self, offset: Option<&Expression>, fetch: &FetchClause<'_>) {
        if fetch.percent {
            self.require(Feature::FetchPercent);
        }
        if fetch.ties {
            self.require(Feature::FetchWithTies);
        }
        if let Some(offset) = offset {
            self.sql(" OFFSET ");
            self.rows(offset);
            self.sql(" ROWS");
        }
        self.sql(" FETCH FIRST ");
        if fetch.percent {
            fetch.rows.write(self);
        } else {
            self.rows(fetch.rows);
        }
        self.sql(if fetch.percent { " PERCENT ROWS " } else { " ROWS " });
        self.sql(if fetch.ties { "WITH TIES" } else { "ONLY" });
    }

    /// Whether the database has this part of SQL.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.dialect.has(feature)
    }

    pub(in crate::sql) fn separated<T>(
        &mut self,
        separator: &str,
        items: &[T],
        mut write: impl FnMut(&T, &mut Self),
    ) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.sql(separator);
            }
            write(item, self);
        }
    }

    /// Writes the name that the statement finds for an object that has none: what it is like, and the
    /// first number that makes a name which no other has.
    pub(in crate::sql) fn anonymous_name(&mut self, identity: Identity, like: &str) {
        let known = self.found.iter().find(|(of, _)| *of == identity);
        let name = match known {
            Some((_, name)) => name.clone(),
            None => {
                let name = self.free_name(like);
                self.found.push((identity, name.clone()));
                name
            }
        };
        self.name(&name);
    }

    /// Writes a name that nothing else has.
    pub(in crate::sql) fn free_anonymous_name(&mut self) {
        let name = self.free_name("anon");
        self.name(&name);
    }

    /// A name that nothing else has.
    pub(in crate::sql) fn free_name(&mut self, like: &str) -> String {
        let mut names = (1_u32..).map(|number| format!("{like}_{number}"));
        let taken = &self.taken;
        let name = names.find(|name| !taken.contains(name)).unwrap_or_default();
        self.taken.insert(name.clone());
        name
    }

    /// Says that each row stands with each, if the statement is to be executed.
    pub(in crate::sql) fn warn_of_product(&self, one: &str, other: &str) {
        if self.numbers.is_some() {
            tracing::warn!(
                target: "aludel::sql",
                "a SELECT has a cartesian product: no condition names both {one} and {other}, so each \
                 row of the one stands with each of the other; join them by a condition, or by \
                 `cross_join` if that is meant"
            );
        }
    }

    /// A bind that stands for a list in one place and for one value in another.
    fn bound_as_both(&self) -> Option<&Name> {
        let is_value = |name: &&Name| {
            self.parts
                .iter()
                .any(|part| matches!(part, Part::Bind(Source::Named(known), _) if known == *name))
        };
        self.expanding.iter().find(is_value)
    }

    /// Says what a bind can be given.
    pub(in crate::sql) fn restrict(&mut self, name: &Name, given: Given) {
        self.restricted.push((name.clone(), given));
    }

    /// Has what such binds are given looked at.
    fn hold_restricted(&mut self) {
        let converts = self.dialect.coercion() == Coercion::Kinds;
        for (restricted, given) in std::mem::take(&mut self.restricted) {
            let bound = self.parts.iter_mut().flat_map(|part| match part {
                Part::Bind(Source::Named(name), bound) if *name == restricted => {
                    std::slice::from_mut(bound)
                }
                Part::List { name: Some(name), types, .. } if *name == restricted => &mut types[..],
                _ => &mut [],
            });
            bound.for_each(|bound| bound.hold_given(given, converts));
        }
    }

    pub(in crate::sql) fn finish(mut self, kind: StatementKind) -> Result<Template> {
        self.hold_restricted();
        // What changes rows is no query, whatever stands in front.
        let kind = if self.changes { StatementKind::Dml } else { kind };
        match self.error {
            Some(error) => Err(error),
            None => match self.bound_as_both() {
                Some(name) => Err(list_and_value(name)),
                None => {
                    let template = Template::new(kind, self.parts, self.row, self.expanding);
                    Ok(template.reading_given(self.reads_given))
                }
            },
        }
    }
}

#[cold]
fn list_and_value(name: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "the bind {name:?} stands for a list in one place and for one value in another; give the \
             two different names"
        ),
    )
}

impl std::fmt::Debug for SqlWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlWriter").field("parts", &self.parts).finish_non_exhaustive()
    }
}
