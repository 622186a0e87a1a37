//! What a dialect says to the language: words, and whole clauses where words do not do.

use std::borrow::Cow;

use super::{ExpressionDialect, Feature, Features};
use crate::error::Result;
use crate::lex::LexicalRules;
use crate::sql::schema::{SchemaDialect, TableName, standard_type_sql};
use crate::sql::types::Type;
use crate::sql::{Expression, Nulls, SqlWriter, words};
use crate::version::Version;

/// LIMIT and OFFSET of a SELECT, of which at least one is there.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LimitClause<'t> {
    /// At most so many rows.
    pub limit: Option<&'t Expression>,
    /// Without the first so many rows.
    pub offset: Option<&'t Expression>,
}

impl<'t> LimitClause<'t> {
    pub(in crate::sql) fn new(
        limit: Option<&'t Expression>,
        offset: Option<&'t Expression>,
    ) -> Self {
        Self { limit, offset }
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
}

impl<'t> OrderClause<'t> {
    pub(in crate::sql) fn new(by: &'t Expression, descending: bool, nulls: Option<Nulls>) -> Self {
        Self { by, descending, nulls }
    }
}

/// How one database writes what all of them have.
///
/// The methods whose names begin with `write_` write a clause or an expression as a whole. A
/// dialect that overrides one may write the parts in any order, once, several times or not at all:
/// values are found by what they are, not by where they stand. What it cannot write it refuses by
/// [`SqlWriter::fail`].
pub trait SqlDialect: ExpressionDialect + Send + Sync {
    /// Its name, as URLs have it and messages show it.
    fn name(&self) -> &'static str;

    /// The version of the database, for messages; `None` if it is not known.
    fn version(&self) -> Option<Version> {
        None
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

    /// The word for no limit, where OFFSET cannot stand without LIMIT.
    fn limit_before_offset(&self) -> Option<&'static str> {
        None
    }

    /// Writes LIMIT and OFFSET.
    fn write_limit(&self, clause: &LimitClause<'_>, to: &mut SqlWriter<'_>) {
        if let Some(limit) = clause.limit {
            to.sql(" LIMIT ");
            to.expression(limit);
        } else if let Some(word) = self.limit_before_offset() {
            to.sql(" LIMIT ");
            to.sql(word);
        }
        if let Some(offset) = clause.offset {
            to.sql(" OFFSET ");
            to.expression(offset);
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

    /// Writes what an INSERT gives of its new row.
    fn write_insert_returning(&self, columns: &[Expression], to: &mut SqlWriter<'_>) {
        to.require(Feature::InsertReturning);
        to.sql(" RETURNING ");
        to.columns(columns);
    }

    /// Writes the next value of a sequence.
    fn write_next_value(&self, sequence: &TableName, to: &mut SqlWriter<'_>) {
        to.sql("NEXT VALUE FOR ");
        to.qualified_name(sequence.schema().map(|schema| &**schema), sequence.name());
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

impl ExpressionDialect for Generic {}

impl SchemaDialect for Generic {
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        Ok(standard_type_sql(ty))
    }

    fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        self.type_sql(ty)
    }
}
