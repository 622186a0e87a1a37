//! What a dialect says to the language: words, and whole clauses where words do not do.

use std::borrow::Cow;

use super::{ExpressionDialect, Feature, Features, FunctionDialect, JsonDialect};
use crate::error::Result;
use crate::lex::LexicalRules;
use crate::sql::schema::{SchemaDialect, TableName, standard_type_sql};
use crate::sql::select::{Fetch, InsertedColumn};
use crate::sql::tree::NumberKind;
use crate::sql::types::Type;
use crate::sql::{Expression, LockStrength, Name, Nulls, SqlWriter, words};
use crate::statement::SchemaTranslateMap;
use crate::version::Version;

/// LIMIT and OFFSET of a SELECT, of which at least one is there.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LimitClause<'t> {
    /// At most so many rows.
    pub limit: Option<&'t Expression>,
    /// Without the first so many rows.
    pub offset: Option<&'t Expression>,
    /// At most so many rows, counted otherwise.
    pub fetch: Option<FetchClause<'t>>,
}

/// FETCH FIRST of a SELECT, where it is not LIMIT.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FetchClause<'t> {
    /// How many rows.
    pub rows: &'t Expression,
    /// Whether that is how many of a hundred.
    pub percent: bool,
    /// Whether rows that are sorted like the last are given too.
    pub ties: bool,
}

/// VALUES: rows that the program has.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ValuesClause<'t> {
    /// What the columns are called, if others select from it.
    pub names: Option<&'t [Name]>,
    /// The rows, of which there is at least one.
    pub rows: &'t [Vec<Expression>],
    /// The columns into which they are inserted.
    inserted: &'t [InsertedColumn<'t>],
    /// As what sorts of numbers its columns are compared with those of other queries, where that is known.
    compared: &'t [NumberKind],
}

impl<'t> ValuesClause<'t> {
    pub(in crate::sql) fn new(names: Option<&'t [Name]>, rows: &'t [Vec<Expression>]) -> Self {
        Self { names, rows, inserted: &[], compared: &[] }
    }

    pub(in crate::sql) fn inserted(self, inserted: &'t [InsertedColumn<'t>]) -> Self {
        Self { inserted, ..self }
    }

    pub(in crate::sql) fn compared(self, compared: &'t [NumberKind]) -> Self {
        Self { compared, ..self }
    }

    /// Whether a column is compared as a number of one sort, where the database keeps decimal numbers as text.
    #[must_use]
    pub fn compares_numbers(&self) -> bool {
        self.compared.iter().any(|sort| matches!(sort, NumberKind::Decimal | NumberKind::Float))
    }

    /// What stands before and behind the column at this place, so that it is a number of the sort as which it is
    /// compared.
    #[must_use]
    pub fn form_of(&self, place: usize) -> (&'static str, &'static str) {
        match self.compared.get(place) {
            Some(NumberKind::Decimal) => ("decimal(", ") COLLATE decimal"),
            Some(NumberKind::Float) => ("decimal_real(", ")"),
            _ => ("", ""),
        }
    }

    fn write_row(&self, row: &[Expression], to: &mut SqlWriter<'_>) {
        if self.inserted.len() != row.len() {
            return to.list_of(row);
        }
        let values: Vec<_> = row.iter().zip(self.inserted).collect();
        to.separated(", ", &values, |(value, (name, ty)), to| to.inserted(value, name, *ty));
    }

    /// Writes the rows, each as a list in parentheses behind this word.
    pub fn write_rows(&self, word: &str, to: &mut SqlWriter<'_>) {
        to.sql("VALUES ");
        to.separated(", ", self.rows, |row, to| {
            to.sql(word);
            to.sql("(");
            self.write_row(row, to);
            to.sql(")");
        });
    }

    /// Writes a SELECT for each row, joined by UNION ALL.
    pub fn write_selects(&self, to: &mut SqlWriter<'_>) {
        for (number, row) in self.rows.iter().enumerate() {
            to.sql(if number > 0 { " UNION ALL SELECT " } else { "SELECT " });
            match self.names.filter(|_| number == 0) {
                None => self.write_row(row, to),
                Some(names) => {
                    let named: Vec<_> = row.iter().zip(names).collect();
                    to.separated(", ", &named, |(value, name), to| {
                        to.expression(value);
                        to.sql(" AS ");
                        to.name(name);
                    });
                }
            }
        }
    }
}

impl<'t> LimitClause<'t> {
    pub(in crate::sql) fn new(
        limit: Option<&'t Expression>,
        offset: Option<&'t Expression>,
    ) -> Self {
        Self { limit, offset, fetch: None }
    }

    pub(in crate::sql) fn with_fetch(self, fetch: Option<&'t Fetch>) -> Self {
        let fetch = fetch.map(|fetch| FetchClause {
            rows: &fetch.rows,
            percent: fetch.percent,
            ties: fetch.ties,
        });
        Self { fetch, ..self }
    }

    pub(in crate::sql) fn is_empty(&self) -> bool {
        self.limit.is_none() && self.offset.is_none() && self.fetch.is_none()
    }
}

/// A term of ORDER BY.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OrderClause<'t> {
    /// What is sorted by.
    pub by: &'t Expression,
    /// Whether larger values come first.
    pub descending: bool,
    /// Where NULL stands, if the term says so.
    pub nulls: Option<Nulls>,
    /// The same value as an expression, where `by` is the name or the place of a column of the result, which would be
    /// another column in an expression.
    pub value: &'t Expression,
}

impl<'t> OrderClause<'t> {
    pub(in crate::sql) fn new(by: &'t Expression, descending: bool, nulls: Option<Nulls>) -> Self {
        Self { by, descending, nulls, value: by }
    }

    pub(in crate::sql) fn of_value(self, value: &'t Expression) -> Self {
        Self { value, ..self }
    }
}

/// What becomes of a value that does not fit the column which is set to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coercion {
    /// It is kept as it is, or refused.
    Never,
    /// Digits that the column has no place for are rounded away, and blanks cut off.
    Digits,
    /// Values of other kinds are converted as well: text becomes a number, a time a date with a time.
    Kinds,
}

/// How one database writes what all of them have.
///
/// The methods whose names begin with `write_` write a clause or an expression as a whole. A
/// dialect that overrides one may write the parts in any order, once, several times or not at all:
/// values are found by what they are, not by where they stand. What it cannot write it refuses by
/// [`SqlWriter::fail`].
pub trait SqlDialect: ExpressionDialect + FunctionDialect + JsonDialect + Send + Sync {
    /// Its name, as URLs have it and messages show it.
    fn name(&self) -> &'static str;

    /// The version of the database, for messages; `None` if it is not known.
    fn version(&self) -> Option<Version> {
        None
    }

    /// Which schemas it writes in the place of those that tables have.
    fn schema_translate_map(&self) -> Option<&SchemaTranslateMap> {
        None
    }

    /// The schema that it writes for this one.
    fn translated<'s>(&'s self, schema: Option<&'s str>) -> Option<&'s str> {
        self.schema_translate_map().map_or(schema, |map| map.translate(schema))
    }

    /// Which parts of SQL the database has.
    fn features(&self) -> Features {
        Features::all()
    }

    /// Whether the database has a part of SQL.
    fn has(&self, feature: Feature) -> bool {
        self.features().has(feature)
    }

    /// Writes the placeholder of the value with this number, counted from 1.
    fn placeholder(&self, number: usize, to: &mut String);

    /// What stands around a quoted name.
    fn quotation_mark(&self) -> char {
        '"'
    }

    /// Whether a word, besides those that some database reserves, is a keyword in this one.
    fn is_reserved(&self, _word: &str) -> bool {
        false
    }

    /// Writes a name, quoted where it must be.
    fn quote(&self, name: &str, to: &mut String) {
        if words::is_plain(name) && !self.is_reserved(name) {
            to.push_str(name);
        } else {
            let mark = self.quotation_mark();
            to.push(mark);
            for c in name.chars() {
                to.push(c);
                if c == mark {
                    to.push(c);
                }
            }
            to.push(mark);
        }
    }

    /// Whether a placeholder says which value it takes. Where it cannot, a value that stands twice
    /// is sent twice.
    fn has_numbered_placeholders(&self) -> bool {
        true
    }

    /// How text that the program wrote is read.
    fn lexical_rules(&self) -> LexicalRules {
        LexicalRules::default()
    }

    /// What follows the table in an INSERT that sets no column.
    fn default_values_clause(&self) -> &'static str {
        " DEFAULT VALUES"
    }

    /// Whether one INSERT may update a row twice that is there already.
    fn updates_a_row_twice(&self) -> bool {
        true
    }

    /// Whether the SELECT of an INSERT ends where ON CONFLICT or ON DUPLICATE KEY begins. Where it
    /// does not, it is written as a subquery.
    fn ends_select_before_on(&self) -> bool {
        true
    }

    /// Whether UPDATE and DELETE list the tables that they join together with the one that they
    /// change.
    fn lists_joined_tables(&self) -> bool {
        false
    }

    /// Whether an UPDATE computes a value from what it has set before, and not from the row as it
    /// was.
    fn assigns_one_after_the_other(&self) -> bool {
        false
    }

    /// What becomes of a value that does not fit a column. What would be changed in silence is refused
    /// before it is sent.
    fn coercion(&self) -> Coercion {
        Coercion::Digits
    }

    /// Whether text may have the character NUL.
    fn has_nul_in_text(&self) -> bool {
        true
    }

    /// The word for no limit, where OFFSET cannot stand without LIMIT.
    fn limit_before_offset(&self) -> Option<&'static str> {
        None
    }

    /// What stands before a statement that is explained, or executed and explained.
    fn explain_sql(&self, analyze: bool) -> &'static str {
        if analyze { "EXPLAIN ANALYZE " } else { "EXPLAIN " }
    }

    /// Whether the names of columns can stand behind the name of what is selected from.
    fn names_columns_behind(&self) -> bool {
        true
    }

    /// Whether a query that is the list of IN can have a limit.
    fn limits_lists(&self) -> bool {
        true
    }

    /// Whether FOR UPDATE can stand only where each row of the result is one of each table: not beside
    /// groups, DISTINCT, aggregates and windows, in set operations, and for what an outer join may
    /// leave out.
    fn locks_only_rows_of_tables(&self) -> bool {
        false
    }

    /// Writes LIMIT and OFFSET.
    fn write_limit(&self, clause: &LimitClause<'_>, to: &mut SqlWriter<'_>) {
        if let Some(fetch) = &clause.fetch {
            return to.fetch(clause.offset, fetch);
        }
        if let Some(limit) = clause.limit {
            to.sql(" LIMIT ");
            to.rows(limit);
        } else if let Some(word) = self.limit_before_offset() {
            to.sql(" LIMIT ");
            to.sql(word);
        }
        if let Some(offset) = clause.offset {
            to.sql(" OFFSET ");
            to.rows(offset);
        }
    }

    /// Writes a term of ORDER BY.
    fn write_order_term(&self, term: &OrderClause<'_>, to: &mut SqlWriter<'_>) {
        to.order_by(term);
        match term.nulls {
            None => {}
            Some(Nulls::First) => to.sql(" NULLS FIRST"),
            Some(Nulls::Last) => to.sql(" NULLS LAST"),
        }
    }

    /// Whether a value that is bound in ORDER BY or GROUP BY, by itself, is the place of a column.
    fn takes_values_for_places(&self) -> bool {
        false
    }

    /// Writes how strongly rows are locked.
    fn write_lock_strength(&self, strength: LockStrength, to: &mut SqlWriter<'_>) {
        to.sql(match strength {
            LockStrength::Update => " FOR UPDATE",
            LockStrength::NoKeyUpdate => " FOR NO KEY UPDATE",
            LockStrength::Share => " FOR SHARE",
            LockStrength::KeyShare => " FOR KEY SHARE",
        });
    }

    /// Writes a term of GROUP BY that stands for each beginning of these.
    fn write_rollup(&self, terms: &[Expression], to: &mut SqlWriter<'_>) {
        to.require(Feature::Rollup);
        to.sql("ROLLUP(");
        to.list_of(terms);
        to.sql(")");
    }

    /// Whether rows of VALUES are written as SELECTs that UNION ALL joins, which need parentheses beside another set
    /// operation.
    fn joins_rows_of_values(&self) -> bool {
        false
    }

    /// Writes VALUES. Where [`names_columns_behind`](Self::names_columns_behind) does not hold, it says
    /// itself what the columns are called.
    fn write_values(&self, clause: &ValuesClause<'_>, to: &mut SqlWriter<'_>) {
        clause.write_rows("", to);
    }

    /// Writes what stands before a function in FROM that may name columns beside it.
    fn write_lateral_function(&self, _to: &mut SqlWriter<'_>) {}

    /// Writes what an INSERT, UPDATE or DELETE gives of its rows.
    fn write_returning(&self, columns: &[Expression], to: &mut SqlWriter<'_>) {
        to.sql(" RETURNING ");
        to.columns(columns);
    }

    /// Writes the next value of a sequence.
    fn write_next_value(&self, sequence: &TableName, to: &mut SqlWriter<'_>) {
        to.sql("NEXT VALUE FOR ");
        to.table_name(sequence.schema().map(|schema| &**schema), sequence.name());
    }

    /// Writes one text behind another.
    fn write_concat(&self, left: &Expression, right: &Expression, to: &mut SqlWriter<'_>) {
        to.concat_operand(left);
        to.sql(" || ");
        to.concat_operand(right);
    }
}

/// The dialect of printed statements, which are for people.
#[derive(Debug, Clone, Copy)]
pub(in crate::sql) struct Generic;

impl SqlDialect for Generic {
    fn name(&self) -> &'static str {
        "generic"
    }

    fn placeholder(&self, number: usize, to: &mut String) {
        to.push_str(&format!(":{number}"));
    }
}

impl FunctionDialect for Generic {}

impl JsonDialect for Generic {}

impl ExpressionDialect for Generic {}

impl SchemaDialect for Generic {
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        Ok(standard_type_sql(ty))
    }

    fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        self.type_sql(ty)
    }
}
