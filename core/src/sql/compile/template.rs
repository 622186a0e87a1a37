//! A statement written for one database, apart from the lengths of its lists.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::{Source, Sources, SqlDialect};
use crate::sql::Name;
use crate::sql::types::Type;
use crate::statement::StatementKind;

/// A statement written for one database, which the cache keeps: its text is complete when the
/// lengths of its lists are known.
#[derive(Debug, Clone)]
pub struct Template {
    kind: StatementKind,
    parts: Vec<Part>,
    /// Whether a literal or a list stands more than once.
    repeats: bool,
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Sql(String),
    Bind(Source, Option<Type>),
    /// ` IN (…)`, as long as the list is at execution.
    List {
        number: usize,
        ty: Option<Type>,
        negated: bool,
    },
}

/// The complete text, the source of each of its values, and their types.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) sql: String,
    pub(crate) sources: Sources,
    /// The type that the database takes each value for, where that is known.
    pub(crate) types: Vec<Option<Type>>,
}

impl Template {
    pub(super) fn new(kind: StatementKind, parts: Vec<Part>) -> Self {
        let mut seen = HashSet::new();
        let repeats = parts.iter().any(|part| match part {
            Part::Bind(Source::Literal(number), _) => !seen.insert((false, *number)),
            Part::List { number, .. } => !seen.insert((true, *number)),
            _ => false,
        });
        Self { kind, parts, repeats }
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> StatementKind {
        self.kind
    }

    /// Whether the text depends on how long its lists are.
    pub(crate) fn has_lists(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::List { .. }))
    }

    /// The named binds, each once, in order.
    pub(crate) fn names(&self) -> Vec<Name> {
        let mut seen = HashSet::new();
        let names = self.parts.iter().filter_map(|part| match part {
            Part::Bind(Source::Named(name), _) => Some(name),
            _ => None,
        });
        names.filter(|name| seen.insert(*name)).cloned().collect()
    }

    /// Writes the text, for lists of these lengths.
    pub(crate) fn render(&self, dialect: &dyn SqlDialect, lists: &[usize]) -> Rendered {
        let mut starts = Vec::with_capacity(lists.len());
        let mut listed = 0;
        for len in lists {
            starts.push((listed, *len));
            listed += len;
        }
        let mut to = Rendering {
            dialect,
            sql: String::new(),
            sources: Vec::new(),
            types: Vec::new(),
            known: HashMap::new(),
            repeats: self.repeats,
        };
        for part in &self.parts {
            match part {
                Part::Sql(sql) => to.sql.push_str(sql),
                Part::Bind(source, ty) => to.bind(source.clone(), ty.as_ref()),
                Part::List { number, ty, negated } => {
                    let (first, len) = starts.get(*number).copied().unwrap_or_default();
                    to.list(first..first + len, ty.as_ref(), *negated);
                }
            }
        }
        let sources = Sources::new(to.sources, self.repeats);
        Rendered { sql: to.sql, sources, types: to.types }
    }

    /// The text as people read it: names in the place of named values.
    pub(super) fn display(&self) -> String {
        let mut text = String::new();
        let mut number = 0;
        for part in &self.parts {
            let _ = match part {
                Part::Sql(sql) => write!(text, "{sql}"),
                Part::Bind(Source::Named(name), _) => write!(text, ":{name}"),
                Part::Bind(..) => {
                    number += 1;
                    write!(text, ":{number}")
                }
                Part::List { negated: false, .. } => write!(text, " IN (...)"),
                Part::List { negated: true, .. } => write!(text, " NOT IN (...)"),
            };
        }
        text
    }
}

struct Rendering<'s> {
    dialect: &'s dyn SqlDialect,
    sql: String,
    sources: Vec<Source>,
    types: Vec<Option<Type>>,
    /// The positions of sources that may stand again and have a placeholder.
    known: HashMap<Source, usize>,
    repeats: bool,
}

impl Rendering<'_> {
    /// What stands twice is one value, where that can be said: `GROUP BY :x` must be the `:x` of
    /// the select.
    fn bind(&mut self, source: Source, ty: Option<&Type>) {
        let next = self.sources.len();
        let again = self.repeats || matches!(source, Source::Named(_));
        let index = if again && self.dialect.has_numbered_placeholders() {
            *self.known.entry(source.clone()).or_insert(next)
        } else {
            next
        };
        if index == next {
            self.sources.push(source);
            self.types.push(ty.cloned());
        } else if self.types[index].as_ref() != ty {
            // It stands beside columns of different types: the database finds the common one.
            self.types[index] = None;
        }
        self.dialect.placeholder(index + 1, &mut self.sql);
    }

    /// An empty list compares with NULL, which has every type, and adds what makes it false.
    fn list(&mut self, values: std::ops::Range<usize>, ty: Option<&Type>, negated: bool) {
        let len = values.len();
        self.sql.push_str(if negated { " NOT IN (" } else { " IN (" });
        for (index, value) in values.enumerate() {
            if index > 0 {
                self.sql.push_str(", ");
            }
            self.bind(Source::Listed(value), ty);
        }
        self.sql.push_str(match (len, negated) {
            (0, false) => "NULL) AND 1 != 1",
            (0, true) => "NULL) OR 1 = 1",
            _ => ")",
        });
    }
}
