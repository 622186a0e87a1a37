//! The clauses of a query: from which tables, which columns, under which conditions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::tokens::Tree;

/// What names stand for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// By alias: a table, or the columns of a subquery by their names.
    sources: BTreeMap<String, Source>,
}

#[derive(Debug, Clone)]
enum Source {
    Table(String),
    Query(BTreeMap<String, String>),
}

/// A value of a row, or part of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Slot {
    Param(usize),
    /// It stands in the text.
    Fixed(Json),
}

/// One of the conditions that AND joins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub(crate) columns: BTreeSet<String>,
    pub(crate) slots: Vec<Slot>,
}

impl Eq for Term {}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Term {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.columns.cmp(&other.columns)
    }
}

/// A SELECT. What a subquery in FROM reads is read by it.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) tables: Vec<String>,
    /// Columns and functions.
    pub(crate) selected: BTreeSet<String>,
    /// By which name a subquery hands on which column.
    labels: BTreeMap<String, String>,
    pub(crate) terms: Vec<Term>,
    pub(crate) order: Vec<String>,
    /// DISTINCT, locks.
    pub(crate) marks: String,
}

const CLAUSES: [&str; 12] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FOR",
    "SET",
    "RETURNING",
    "USING",
];
const JOINS: [&str; 9] =
    ["JOIN", "LEFT", "RIGHT", "FULL", "OUTER", "INNER", "CROSS", "NATURAL", "LATERAL"];
const WORDS: [&str; 37] = [
    "ALL", "AND", "ANY", "ASC", "BETWEEN", "BY", "CASE", "CAST", "COLLATE", "DESC", "DISTINCT",
    "ELSE", "END", "ESCAPE", "EXISTS", "FALSE", "FIRST", "FROM", "IN", "IS", "LAST", "LIKE", "NOT",
    "NULL", "NULLS", "OR", "SELECT", "SET", "THEN", "TRUE", "UNION", "VALUES", "WHEN", "WHERE",
    "DEFAULT", "ILIKE", "ON",
];

/// The parts of a statement behind its keywords.
#[derive(Debug, Default)]
pub(crate) struct Clauses<'a>(Vec<(String, &'a [Tree])>);

impl<'a> Clauses<'a> {
    /// Empty if there is none.
    pub(crate) fn get(&self, keyword: &str) -> &'a [Tree] {
        self.0.iter().find(|(name, _)| name == keyword).map_or(&[], |(_, trees)| trees)
    }
}

pub(crate) fn clauses(trees: &[Tree]) -> Clauses<'_> {
    let begins = |at: &usize| {
        let is_column = *at > 0 && trees[at - 1].is_sign('.');
        !is_column && CLAUSES.iter().any(|keyword| trees[*at].is(keyword))
    };
    let mut starts: Vec<_> = (0..trees.len()).filter(begins).collect();
    // What follows FOR belongs to the lock.
    if let Some(lock) = starts.iter().position(|at| trees[*at].is("FOR")) {
        starts.truncate(lock + 1);
    }
    let ends = starts.iter().skip(1).copied().chain([trees.len()]);
    let clause = |(start, end): (&usize, usize)| {
        let keyword = trees[*start].name().expect("a keyword is a word").to_ascii_uppercase();
        (keyword, &trees[start + 1..end])
    };
    Clauses(starts.iter().zip(ends).map(clause).collect())
}

impl Query {
    /// A query inside of others, whose tables it may name.
    pub(crate) fn of(trees: &[Tree], outer: &Scope) -> Self {
        if let Some(at) = trees.iter().position(|tree| tree.is("UNION")) {
            let all = usize::from(trees.get(at + 1).is_some_and(|tree| tree.is("ALL")));
            let mut first = Self::of(&trees[..at], outer);
            first.append(Self::of(&trees[at + 1 + all..], outer));
            first.marks.push_str(" UNION");
            return first;
        }
        let clauses = clauses(trees);
        let mut query = Self::default();
        let mut scope = outer.clone();
        query.from(clauses.get("FROM"), &mut scope);
        query.terms.extend(terms(clauses.get("WHERE"), &scope));
        query.terms.extend(terms(clauses.get("HAVING"), &scope));
        query.select(clauses.get("SELECT"), &scope);
        for keyword in ["LIMIT", "OFFSET"] {
            let slots = Found::of(clauses.get(keyword), &scope).slots;
            if !slots.is_empty() {
                query.terms.push(Term { columns: BTreeSet::from([keyword.to_owned()]), slots });
            }
        }
        for part in clauses.get("ORDER").split(|tree| tree.is_sign(',')) {
            let mut by: String =
                Found::of(part, &scope).columns.into_iter().collect::<Vec<_>>().join(" ");
            if part.iter().any(|tree| tree.is("DESC")) {
                by.push_str(" DESC");
            }
            if !by.is_empty() && !query.order.contains(&by) {
                query.order.push(by);
            }
        }
        if !clauses.get("GROUP").is_empty() {
            let by: Vec<_> = Found::of(clauses.get("GROUP"), &scope).columns.into_iter().collect();
            query.marks.push_str(&format!(" GROUP BY {}", by.join(", ")));
        }
        let lock: Vec<_> = clauses.get("FOR").iter().filter_map(Tree::name).collect();
        if !lock.is_empty() {
            query.marks.push_str(&format!(" FOR {}", lock.join(" ").to_uppercase()));
        }
        query.tables.sort();
        query.terms.sort();
        query
    }

    fn append(&mut self, other: Self) {
        self.tables.extend(other.tables);
        self.selected.extend(other.selected);
        self.labels.extend(other.labels);
        self.terms.extend(other.terms);
        self.order.extend(other.order);
        self.marks.push_str(&other.marks);
        self.tables.sort();
        self.terms.sort();
    }

    fn select(&mut self, trees: &[Tree], scope: &Scope) {
        if trees.first().is_some_and(|tree| tree.is("DISTINCT")) {
            self.marks.push_str(" DISTINCT");
        }
        for item in trees.split(|tree| tree.is_sign(',')) {
            let found = Found::of(item, scope);
            let label = match item {
                [.., named, label] if named.is("AS") => label.name(),
                [.., name] => name.name(),
                _ => None,
            };
            if let Some(label) = label {
                let columns: Vec<_> = found.columns.iter().cloned().collect();
                self.labels.insert(label.to_owned(), columns.join(" "));
            }
            let has_values = !found.slots.is_empty() && !found.is_literal();
            self.selected.extend(found.columns);
            if has_values {
                self.terms.push(Term {
                    columns: BTreeSet::from(["SELECT".to_owned()]),
                    slots: found.slots,
                });
            }
        }
    }

    fn from(&mut self, trees: &[Tree], scope: &mut Scope) {
        let mut inner = Self::default();
        self.terms.extend(sources_into(trees, scope, &mut inner));
        self.tables.extend(inner.tables);
        self.terms.extend(inner.terms);
        self.order.extend(inner.order);
        self.marks.push_str(&inner.marks);
    }
}

/// The tables of a FROM. The conditions of its joins are the answer.
pub(crate) fn sources(trees: &[Tree], scope: &mut Scope, tables: &mut Vec<String>) -> Vec<Term> {
    let mut inner = Query::default();
    let mut terms = sources_into(trees, scope, &mut inner);
    terms.append(&mut inner.terms);
    inner.tables.sort();
    tables.extend(inner.tables);
    terms
}

fn sources_into(trees: &[Tree], scope: &mut Scope, inner: &mut Query) -> Vec<Term> {
    let is_join = |tree: &Tree| JOINS.iter().any(|word| tree.is(word));
    let mut conditions: Vec<&[Tree]> = Vec::new();
    let mut terms = Vec::new();
    for source in trees.split(|tree| tree.is_sign(',') || is_join(tree)) {
        let (source, condition) = match source.iter().position(|tree| tree.is("ON")) {
            Some(on) => (&source[..on], &source[on + 1..]),
            None => (source, &source[source.len()..]),
        };
        conditions.push(condition);
        let Some(first) = source.first() else { continue };
        let alias = match source {
            [_, named, alias, ..] if named.is("AS") => alias.name(),
            [_, alias] => alias.name(),
            _ => first.name(),
        };
        match first {
            Tree::Group(group) if group.first().is_some_and(|tree| tree.is("SELECT")) => {
                let query = Query::of(group, scope);
                let alias = alias.unwrap_or_default().to_owned();
                scope.sources.insert(alias, Source::Query(query.labels.clone()));
                inner.append(query);
            }
            Tree::Group(group) => terms.extend(sources_into(group, scope, inner)),
            other => {
                let table = other.name().expect("FROM has tables and queries").to_owned();
                let alias = alias.unwrap_or(&table).to_owned();
                scope.sources.insert(alias, Source::Table(table.clone()));
                inner.tables.push(table);
            }
        }
    }
    // A condition may name a table that is joined behind it.
    for condition in conditions {
        terms.extend(self::terms(condition, scope));
    }
    terms
}

/// The conditions that AND joins.
pub(crate) fn terms(trees: &[Tree], scope: &Scope) -> Vec<Term> {
    if trees.iter().any(|tree| tree.is("OR")) {
        let Found { columns, slots } = Found::of(trees, scope);
        return vec![Term { columns, slots }];
    }
    let parts = trees.split(|tree| tree.is("AND"));
    let term = |part: &[Tree]| match part {
        [Tree::Group(inner)] if !inner.first().is_some_and(|tree| tree.is("SELECT")) => {
            terms(inner, scope)
        }
        _ => {
            let Found { columns, slots } = Found::of(part, scope);
            vec![Term { columns, slots }]
        }
    };
    let all = parts.filter(|part| !part.is_empty()).flat_map(term);
    all.filter(|term| !term.columns.is_empty() || !term.slots.is_empty()).collect()
}

/// A value that is written: a parameter, or what an expression is made of.
pub(crate) fn value(trees: &[Tree], scope: &Scope) -> Vec<Slot> {
    let found = Found::of(trees, scope);
    if trees.iter().any(|tree| tree.is("DEFAULT")) {
        return vec![Slot::Fixed(Json::from("DEFAULT"))];
    }
    if trees.len() == 1 && trees[0].is("NULL") {
        return vec![Slot::Fixed(Json::Null)];
    }
    let columns = found.columns.into_iter().map(|column| Slot::Fixed(Json::from(column)));
    columns.chain(found.slots).collect()
}

/// Names in parentheses.
pub(crate) fn names(trees: &[Tree]) -> Vec<String> {
    trees.iter().filter_map(Tree::name).map(str::to_owned).collect()
}

impl Scope {
    pub(crate) fn of_table(table: &str) -> Self {
        let source = Source::Table(table.to_owned());
        Self { sources: BTreeMap::from([(table.to_owned(), source)]) }
    }

    fn qualified(&self, alias: &str, column: &str) -> String {
        match self.sources.get(alias) {
            Some(Source::Table(table)) => format!("{table}.{column}"),
            Some(Source::Query(labels)) => {
                labels.get(column).cloned().unwrap_or_else(|| format!("{alias}.{column}"))
            }
            None => format!("{alias}.{column}"),
        }
    }

    /// A column without its table: where there is one table, it is that.
    fn bare(&self, column: &str) -> String {
        let mut sources = self.sources.keys();
        match (sources.next(), sources.next()) {
            (Some(only), None) => self.qualified(only, column),
            _ => column.to_owned(),
        }
    }
}

/// What is named in an expression.
#[derive(Debug, Default)]
struct Found {
    columns: BTreeSet<String>,
    slots: Vec<Slot>,
}

impl Found {
    fn of(trees: &[Tree], scope: &Scope) -> Self {
        let mut found = Self::default();
        found.look(trees, scope);
        found
    }

    /// Whether there are values of the text only.
    fn is_literal(&self) -> bool {
        self.columns.is_empty() && self.slots.iter().all(|slot| matches!(slot, Slot::Fixed(_)))
    }

    fn look(&mut self, trees: &[Tree], scope: &Scope) {
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            at += 1;
            match tree {
                Tree::Param(place) => self.slots.push(Slot::Param(*place)),
                Tree::Number(number) => {
                    let number = serde_json::from_str(number).expect("digits are a number");
                    self.slots.push(Slot::Fixed(number));
                }
                Tree::Text(text) => self.slots.push(Slot::Fixed(Json::from(&**text))),
                Tree::Sign(_) => {}
                Tree::Group(group) if group.first().is_some_and(|tree| tree.is("SELECT")) => {
                    let query = Query::of(group, scope);
                    self.columns.extend(query.selected);
                    for term in query.terms {
                        self.columns.extend(term.columns);
                        self.slots.extend(term.slots);
                    }
                    self.columns
                        .extend(query.tables.into_iter().map(|table| format!("of {table}")));
                }
                Tree::Group(group) => self.look(group, scope),
                // An alias, or the type of a CAST.
                Tree::Word(word) if word.eq_ignore_ascii_case("AS") => at += 1,
                Tree::Word(word) if word.eq_ignore_ascii_case("NOT") => {
                    self.columns.insert("NOT".to_owned());
                }
                Tree::Word(word) if WORDS.contains(&&*word.to_ascii_uppercase()) => {}
                Tree::Word(name) | Tree::Quoted(name) => match trees.get(at) {
                    Some(Tree::Sign('.')) => {
                        let column = trees.get(at + 1).and_then(Tree::name).unwrap_or("*");
                        self.columns.insert(scope.qualified(name, column));
                        at += 2;
                    }
                    // A function.
                    Some(Tree::Group(_)) => {
                        self.columns.insert(name.to_ascii_lowercase());
                    }
                    _ => {
                        self.columns.insert(scope.bare(name));
                    }
                },
            }
        }
    }
}
