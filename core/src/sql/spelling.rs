//! How a database spells: what a dialect tells the language, and the writer that uses it.

use std::borrow::Cow;

use super::compiled::{Part, Source};
use super::schema::{SchemaDialect, standard_type_sql};
use super::types::Type;
use super::{Compiled, Name, Verb, words};
use crate::error::Result;

/// In what the quotes and comments of one database differ from those of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lexis {
    /// A comment may stand in a comment.
    pub nested_comments: bool,
    /// A backslash in quotes takes the next character with it, and `#` begins a comment.
    pub backslashes: bool,
}

impl Lexis {
    /// Comments may stand in comments.
    #[must_use]
    pub fn with_nested_comments(self) -> Self {
        Self { nested_comments: true, ..self }
    }

    /// Backslashes escape in quotes, `#` begins a comment, `--` does so only before a blank.
    #[must_use]
    pub fn with_backslashes(self) -> Self {
        Self { backslashes: true, ..self }
    }
}

/// How one database spells what all of them have.
pub trait Spelling: SchemaDialect + Send + Sync {
    /// Writes the place of the value with this number, counted from 1.
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

    /// Whether a place says which value it takes. Where it cannot, a value that stands twice is
    /// given twice.
    fn numbers_places(&self) -> bool {
        true
    }

    /// How text of the program's own is read.
    fn lexis(&self) -> Lexis {
        Lexis::default()
    }

    /// What follows the table in an INSERT that sets no column.
    fn no_values(&self) -> &'static str {
        " DEFAULT VALUES"
    }

    /// The word for no limit, where OFFSET cannot stand without LIMIT.
    fn no_limit(&self) -> Option<&'static str> {
        None
    }
}

/// Writes a statement: SQL piece by piece, and the places of its values.
pub struct Writer<'s> {
    spelling: &'s dyn Spelling,
    parts: Vec<Part>,
    literals: usize,
    lists: usize,
}

impl<'s> Writer<'s> {
    pub(super) fn new(spelling: &'s dyn Spelling) -> Self {
        Self { spelling, parts: Vec::new(), literals: 0, lists: 0 }
    }

    pub(super) fn spelling(&self) -> &'s dyn Spelling {
        self.spelling
    }

    fn text(&mut self) -> &mut String {
        if !matches!(self.parts.last(), Some(Part::Sql(_))) {
            self.parts.push(Part::Sql(String::new()));
        }
        match self.parts.last_mut() {
            Some(Part::Sql(text)) => text,
            _ => unreachable!("a part of text was pushed above"),
        }
    }

    /// Writes SQL.
    pub(super) fn sql(&mut self, sql: &str) {
        self.text().push_str(sql);
    }

    /// Writes a name.
    pub(super) fn name(&mut self, name: &str) {
        let spelling = self.spelling;
        spelling.quote(name, self.text());
    }

    /// Writes the place of the next literal.
    pub(super) fn literal(&mut self) {
        self.parts.push(Part::Bind(Source::Literal(self.literals)));
        self.literals += 1;
    }

    /// Writes the place of a named value.
    pub(super) fn bind(&mut self, name: &Name) {
        self.parts.push(Part::Bind(Source::Named(name.clone())));
    }

    /// Writes `IN (…)` with the next list.
    pub(super) fn list(&mut self, negated: bool) {
        self.parts.push(Part::List { number: self.lists, negated });
        self.lists += 1;
    }

    /// Writes LIMIT and OFFSET, whose values are the next literals.
    pub(super) fn limit(&mut self, limit: bool, offset: bool) {
        if limit {
            self.sql(" LIMIT ");
            self.literal();
        } else if let (true, Some(word)) = (offset, self.spelling.no_limit()) {
            self.sql(" LIMIT ");
            self.sql(word);
        }
        if offset {
            self.sql(" OFFSET ");
            self.literal();
        }
    }

    pub(super) fn separated<T>(
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

    pub(super) fn finish(self, verb: Verb) -> Compiled {
        Compiled::new(verb, self.parts)
    }
}

impl std::fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("parts", &self.parts).finish_non_exhaustive()
    }
}

/// The spelling of printed statements, which are for people.
#[derive(Debug, Clone, Copy)]
pub(super) struct Generic;

impl Spelling for Generic {
    fn placeholder(&self, number: usize, to: &mut String) {
        to.push_str(&format!(":{number}"));
    }
}

impl SchemaDialect for Generic {
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        Ok(standard_type_sql(ty))
    }

    fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        self.type_sql(ty)
    }
}
