//! What of a statement counts: its tables and columns, and the values of its parameters. How it is spelled does not.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::query::{self, Query, Scope, Slot, Term};
use crate::tokens::{self, Tree};

/// A statement without the values of its parameters.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) verb: Verb,
    /// The table that is changed, or those that are read.
    tables: Vec<String>,
    /// What is selected, and the columns that give the order.
    read: String,
    /// One for each row of VALUES; else one.
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Select,
    Insert,
    Update,
    Delete,
    Other,
}

#[derive(Debug, Default)]
struct Row {
    written: Vec<(String, Vec<Slot>)>,
    terms: Vec<Term>,
}

/// What one execution does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Execution {
    pub(crate) verb: Verb,
    /// Verb and tables.
    pub(crate) head: String,
    pub(crate) written: Vec<(String, String)>,
    pub(crate) conditions: String,
    read: String,
}

impl Shape {
    pub(crate) fn of(sql: &str) -> Self {
        let trees = tokens::read(sql);
        let first = trees.first().and_then(Tree::name).unwrap_or_default().to_ascii_uppercase();
        match &*first {
            "SELECT" => Self::select(&trees),
            "INSERT" => Self::insert(&trees),
            "UPDATE" => Self::update(&trees),
            "DELETE" => Self::delete(&trees),
            // The names of savepoints are free.
            "SAVEPOINT" | "RELEASE" => Self::other(first),
            "ROLLBACK" => Self::other("ROLLBACK TO".to_owned()),
            _ => Self::other(sql.to_owned()),
        }
    }

    fn other(text: String) -> Self {
        Self {
            verb: Verb::Other,
            tables: vec![text],
            read: String::new(),
            rows: vec![Row::default()],
        }
    }

    fn select(trees: &[Tree]) -> Self {
        let query = Query::of(trees, &Scope::default());
        let selected: Vec<_> = query.selected.iter().cloned().collect();
        let mut read = selected.join(", ");
        if !query.order.is_empty() {
            write!(read, " ORDER BY {}", query.order.join(", ")).expect("a string takes all");
        }
        read.push_str(&query.marks);
        let row = Row { written: Vec::new(), terms: query.terms };
        Self { verb: Verb::Select, tables: query.tables, read, rows: vec![row] }
    }

    fn insert(trees: &[Tree]) -> Self {
        let table = trees[2].name().expect("INSERT INTO names a table").to_owned();
        let scope = Scope::of_table(&table);
        let (columns, rest) = match trees.get(3) {
            Some(Tree::Group(columns)) => (query::names(columns), &trees[4..]),
            _ => (Vec::new(), &trees[3..]),
        };
        let mut rows: Vec<Row> = Vec::new();
        for values in values_of(rest).unwrap_or_default() {
            let values = values.split(|tree| tree.is_sign(','));
            let slots = values.map(|value| query::value(value, &scope));
            let mut written: Vec<_> = columns.iter().cloned().zip(slots).collect();
            written.sort_by(|one, other| one.0.cmp(&other.0));
            rows.push(Row { written, terms: Vec::new() });
        }
        if rows.is_empty() {
            // DEFAULT VALUES, or rows of a SELECT.
            rows.push(Row {
                written: Vec::new(),
                terms: match rest.iter().position(|tree| tree.is("SELECT")) {
                    Some(at) => Query::of(&rest[at..], &scope).terms,
                    None => Vec::new(),
                },
            });
        }
        Self { verb: Verb::Insert, tables: vec![table], read: String::new(), rows }
    }

    fn update(trees: &[Tree]) -> Self {
        let table = trees[1].name().expect("UPDATE names a table").to_owned();
        let clauses = query::clauses(&trees[2..]);
        let mut scope = Scope::of_table(&table);
        let mut tables = vec![table];
        let mut terms = query::sources(clauses.get("FROM"), &mut scope, &mut tables);
        terms.extend(query::terms(clauses.get("WHERE"), &scope));
        let mut written = Vec::new();
        for set in clauses.get("SET").split(|tree| tree.is_sign(',')) {
            let equals = set.iter().position(|tree| tree.is_sign('=')).expect("SET has `=`");
            let name = set[equals - 1].name().expect("SET names a column").to_owned();
            written.push((name, query::value(&set[equals + 1..], &scope)));
        }
        written.sort_by(|one, other| one.0.cmp(&other.0));
        terms.sort();
        Self { verb: Verb::Update, tables, read: String::new(), rows: vec![Row { written, terms }] }
    }

    fn delete(trees: &[Tree]) -> Self {
        let table = trees[2].name().expect("DELETE FROM names a table").to_owned();
        let clauses = query::clauses(&trees[3..]);
        let mut scope = Scope::of_table(&table);
        let mut tables = vec![table];
        let mut terms = query::sources(clauses.get("USING"), &mut scope, &mut tables);
        terms.extend(query::terms(clauses.get("WHERE"), &scope));
        terms.sort();
        let row = Row { written: Vec::new(), terms };
        Self { verb: Verb::Delete, tables, read: String::new(), rows: vec![row] }
    }

    /// What is executed with these values.
    pub(crate) fn executions(&self, params: &[Json]) -> Vec<Execution> {
        let verb = format!("{:?}", self.verb).to_uppercase();
        let tables = self.tables.join(", ");
        let head = if self.verb == Verb::Other { tables } else { format!("{verb} {tables}") };
        let execution = |row: &Row| {
            let written = row.written.iter();
            let written = written.map(|(name, slots)| (name.clone(), shown(slots, params)));
            let conditions: Vec<_> =
                row.terms.iter().filter_map(|term| condition(term, params)).collect();
            Execution {
                verb: self.verb,
                head: head.clone(),
                written: written.collect(),
                conditions: conditions.join(" AND "),
                read: self.read.clone(),
            }
        };
        self.rows.iter().map(execution).collect()
    }
}

impl Execution {
    /// All of it in a line.
    pub(crate) fn text(&self) -> String {
        let mut text = self.head.clone();
        if !self.read.is_empty() {
            write!(text, " [{}]", self.read).expect("a string takes all");
        }
        if !self.written.is_empty() {
            let written = self.written.iter().map(|(name, value)| format!("{name}: {value}"));
            write!(text, " {{{}}}", written.collect::<Vec<_>>().join(", "))
                .expect("a string takes all");
        }
        if !self.conditions.is_empty() {
            write!(text, " WHERE {}", self.conditions).expect("a string takes all");
        }
        text
    }
}

/// A condition with its values. An OFFSET of nothing is none.
fn condition(term: &Term, params: &[Json]) -> Option<String> {
    let values = shown(&term.slots, params);
    if term.columns == BTreeSet::from(["OFFSET".to_owned()]) && values == "0" {
        return None;
    }
    let columns: Vec<_> = term.columns.iter().cloned().collect();
    let columns = columns.join(" ");
    Some(if term.slots.is_empty() { columns } else { format!("{columns} ~ {values}") })
}

/// Values in the order of the text; of a long list its ends and its length.
fn shown(slots: &[Slot], params: &[Json]) -> String {
    // The record has a long list in this form already.
    if params.get(1).is_some_and(|second| *second == "...") {
        return Json::from(params).to_string();
    }
    let value = |slot: &Slot| match slot {
        Slot::Param(place) => params.get(*place).map_or_else(|| "?".to_owned(), plain),
        Slot::Fixed(value) => plain(value),
    };
    let mut values: Vec<_> = slots.iter().map(value).collect();
    if let [one] = &*values {
        return one.clone();
    }
    if values.len() > 10 {
        let all = format!("\"{} in all\"", values.len());
        let last = values.pop().expect("there are eleven");
        values.truncate(1);
        values.extend(["\"...\"".to_owned(), last, all]);
        return format!("[{}]", values.join(","));
    }
    format!("[{}]", values.join(", "))
}

/// Truth values are numbers, and a document is one however it is spaced.
fn plain(value: &Json) -> String {
    match value {
        Json::Bool(value) => u8::from(*value).to_string(),
        Json::String(text) if text.starts_with(['{', '[']) => serde_json::from_str::<Json>(text)
            .map_or_else(|_| value.to_string(), |json| json.to_string()),
        other => other.to_string(),
    }
}

/// The rows of the first VALUES, however deep it stands.
fn values_of(trees: &[Tree]) -> Option<Vec<&[Tree]>> {
    if let Some(at) = trees.iter().position(|tree| tree.is("VALUES")) {
        let rows = trees[at + 1..].iter().map_while(|tree| match tree {
            Tree::Group(row) => Some(Some(&**row)),
            Tree::Sign(',') => Some(None),
            _ => None,
        });
        return Some(rows.flatten().collect());
    }
    trees.iter().find_map(|tree| match tree {
        Tree::Group(inner) => values_of(inner),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(sql: &str, params: &Json) -> Vec<String> {
        let executions = Shape::of(sql).executions(params.as_array().unwrap());
        executions.iter().map(Execution::text).collect()
    }

    #[test]
    fn spelling_is_free() {
        let one =
            texts("SELECT t.a, t.b AS b_1 FROM t, u WHERE ? = u.x AND t.a = u.a", &json!([1]));
        let other = "select \"b\".b, \"b\".\"a\" from t as \"b\" join u on b.a = u.a where (u.x = $1::INTEGER)";
        assert_eq!(one, ["SELECT t, u [t.a, t.b] WHERE t.a u.a AND u.x ~ 1"]);
        assert_eq!(texts(other, &json!([1])), one);
    }

    #[test]
    fn limited_subqueries_are_their_tables() {
        let sql = "SELECT anon_1.id, o.x FROM (SELECT users.id AS id FROM users WHERE users.n != ? \
                   ORDER BY users.n DESC LIMIT ? OFFSET ?) AS anon_1 LEFT OUTER JOIN orders AS o \
                   ON anon_1.id = o.user_id ORDER BY anon_1.id, o.x";
        let text = "SELECT orders, users [orders.x, users.id ORDER BY users.n DESC, users.id, orders.x] \
                    WHERE LIMIT ~ 2 AND orders.user_id users.id AND users.n ~ \"a\"";
        assert_eq!(texts(sql, &json!(["a", 2, 0])), [text]);
    }

    #[test]
    fn rows_of_an_insert() {
        let rows = ["INSERT t {a: 1, b: \"x\"}", "INSERT t {a: 2, b: null}"];
        let sql = "INSERT INTO t (b, a) SELECT p0::VARCHAR, p1 FROM (VALUES ($1, $2, 0), ($3, $4, 1)) \
                   AS imp_sen(p0, p1, sen_counter) ORDER BY sen_counter RETURNING t.id";
        assert_eq!(texts(sql, &json!(["x", 1, null, 2])), rows);
        let sql = "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)";
        assert_eq!(texts(sql, &json!([1, "x", 2, null])), rows);
        assert_eq!(texts("INSERT INTO t DEFAULT VALUES", &json!([])), ["INSERT t"]);
        let sql = "INSERT INTO t (n) VALUES (((SELECT max(t.n) AS max_1 FROM t) + ?))";
        assert_eq!(texts(sql, &json!([1])), ["INSERT t {n: [\"max\", \"of t\", \"t.n\", 1]}"]);
    }

    #[test]
    fn changes() {
        let sql = "UPDATE t SET b=?, a=(t.n + 1) WHERE t.id = ? AND t.version = ?";
        let text = "UPDATE t {a: [\"t.n\", 1], b: null} WHERE t.id ~ 7 AND t.version ~ 3";
        assert_eq!(texts(sql, &json!([null, 7, 3])), [text]);
        let sql = "DELETE FROM t WHERE (t.a, t.b) IN ((?, ?), (?, ?)) RETURNING id";
        let text = "DELETE t WHERE t.a t.b ~ [1, 2, 3, 4]";
        assert_eq!(texts(sql, &json!([1, 2, 3, 4])), [text]);
        let sql = "DELETE FROM t WHERE t.a = ? AND t.b = ? OR t.a = ? AND t.b = ?";
        assert_eq!(texts(sql, &json!([1, 2, 3, 4])), [text]);
        assert_eq!(texts("SAVEPOINT sa_savepoint_1", &json!([])), ["SAVEPOINT"]);
        assert_eq!(texts("ROLLBACK TO SAVEPOINT s2", &json!([])), ["ROLLBACK TO"]);
    }

    #[test]
    fn what_is_asked_differently_differs() {
        let shape = |sql: &str| texts(sql, &json!([1]));
        let of = "SELECT t.a FROM t WHERE t.id = ?";
        for other in [
            "SELECT t.a, t.b FROM t WHERE t.id = ?",
            "SELECT t.a FROM t WHERE t.x = ?",
            "SELECT t.a FROM t WHERE t.id = ? AND t.x IS NULL",
            "SELECT t.a FROM t WHERE t.id = ? ORDER BY t.a",
            "SELECT t.a FROM t WHERE t.id = ? FOR UPDATE",
            "SELECT u.a FROM u WHERE u.id = ?",
            "SELECT count(t.a) FROM t WHERE t.id = ?",
            "SELECT DISTINCT t.a FROM t WHERE t.id = ?",
            "SELECT t.a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.t = t.id AND u.x = ?)",
        ] {
            assert_ne!(shape(of), shape(other), "{other}");
        }
    }
}
