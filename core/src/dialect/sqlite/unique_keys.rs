//! The unique keys of SQLite: its message names the columns, and the catalogue the index; the name of a
//! constraint stands in the text that created the table, and nowhere else.

use super::super::unique_keys::{CatalogueQuery, UniqueKey};
use crate::lex::{LexicalRules, Token, tokens};
use crate::value::Value;

/// Rows of index, column (NULL of an expression), table, text of the table.
const OF_TABLE: &str = "select il.name, ii.name, s.name, s.sql from sqlite_schema s \
     left join pragma_index_list(s.name) il on il.\"unique\" \
     left join pragma_index_info(il.name) ii \
     where s.type = 'table' and s.name = ?1 collate nocase order by il.seq, ii.seqno";

const OF_INDEX: &str = "select s.name, ii.name, s.tbl_name, null from sqlite_schema s \
     left join pragma_index_info(s.name) ii \
     where s.type = 'index' and s.name = ?1 collate nocase order by ii.seqno";

pub(super) fn query(known: &UniqueKey) -> Option<CatalogueQuery> {
    let of = |sql, name: &String| CatalogueQuery { sql, values: vec![Value::from(name.as_str())] };
    match (&known.table, &known.constraint) {
        (Some(table), None) => Some(of(OF_TABLE, table)),
        (None, Some(index)) => Some(of(OF_INDEX, index)),
        _ => None,
    }
}

pub(super) fn complete(known: &mut UniqueKey, rows: &[Vec<Option<String>>]) {
    if known.constraint.is_none() {
        let definition = rows.iter().find_map(|row| row.get(3)?.as_deref());
        known.constraint = indexes(rows)
            .into_iter()
            .find(|(name, columns)| {
                !name.starts_with("sqlite_autoindex_") && same(columns, &known.columns)
            })
            .map(|(name, _)| name.to_owned())
            .or_else(|| constraint(definition?, &known.columns));
        return;
    }
    known.table = rows.first().and_then(|row| row.get(2)?.clone());
    // Those of an index on an expression have no names.
    let columns = rows.iter().map(|row| row.get(1)?.clone());
    known.columns = columns.collect::<Option<_>>().unwrap_or_default();
}

/// The unique indexes of a table, with their columns.
fn indexes(rows: &[Vec<Option<String>>]) -> Vec<(&str, Vec<String>)> {
    let mut all: Vec<(&str, Vec<String>)> = Vec::new();
    for row in rows {
        let [Some(index), column, ..] = &row[..] else { continue };
        let column = column.clone().unwrap_or_default();
        match all.last_mut() {
            Some((known, columns)) if *known == index => columns.push(column),
            _ => all.push((index, vec![column])),
        }
    }
    all
}

fn same(some: &[String], others: &[String]) -> bool {
    some.len() == others.len()
        && some.iter().zip(others).all(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// The name of the UNIQUE or PRIMARY KEY constraint on these columns in a CREATE TABLE.
fn constraint(definition: &str, columns: &[String]) -> Option<String> {
    let words = tokens(definition, LexicalRules::default())
        .filter(|token| !matches!(token, Token::Space(_) | Token::Comment(_)));
    let (mut depth, mut begins) = (0, false);
    // The definition in the list at this moment: its first name, and what CONSTRAINT named last.
    let (mut column, mut named): (Option<String>, Option<String>) = (None, None);
    let mut words = words.map(Token::text).peekable();
    while let Some(word) = words.next() {
        match word {
            "(" => {
                depth += 1;
                begins |= depth == 1;
            }
            ")" => depth -= 1,
            "," if depth == 1 => begins = true,
            _ if depth != 1 => {}
            _ if word.eq_ignore_ascii_case("constraint") => {
                (begins, named) = (false, words.next().map(unquoted));
                // Of a NOT NULL, CHECK or another constraint, before the key of the column.
                if !words.peek().is_some_and(|word| is_key(word)) {
                    named = None;
                }
            }
            _ if begins => {
                (begins, column, named) = (false, Some(unquoted(word)), None);
                // A constraint of the table without a name.
                if is_key(word) {
                    column = None;
                }
            }
            _ if is_key(word) => {
                if word.eq_ignore_ascii_case("primary") {
                    words.next();
                }
                let found = match words.peek() {
                    Some(&"(") => list(&mut words),
                    _ => column.iter().cloned().collect(),
                };
                if let (Some(name), true) = (&named, same(&found, columns)) {
                    return Some(name.clone());
                }
                named = None;
            }
            _ => {}
        }
    }
    None
}

fn is_key(word: &str) -> bool {
    word.eq_ignore_ascii_case("unique") || word.eq_ignore_ascii_case("primary")
}

/// The first word of each item of a list in parentheses.
fn list<'a>(words: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
    let (mut depth, mut begins, mut names) = (0, true, Vec::new());
    for word in words {
        match word {
            "(" => depth += 1,
            ")" if depth == 1 => break,
            ")" => depth -= 1,
            "," if depth == 1 => begins = true,
            _ if begins => {
                begins = false;
                names.push(unquoted(word));
            }
            _ => {}
        }
    }
    names
}

fn unquoted(word: &str) -> String {
    let mut inside = word.chars();
    match (inside.next(), inside.next_back()) {
        (Some(quote @ ('"' | '`' | '\'')), Some(last)) if quote == last => {
            inside.as_str().replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::constraint;

    #[test]
    fn a_constraint_is_found_by_its_columns() {
        let text = r#"create table "t (" (
            id integer constraint "key" primary key, -- constraint not_this unique (a)
            a text not null constraint one_a unique check (a in ('x', 'unique (a)')),
            "b c" text collate nocase, c text unique,
            constraint "the ""pair""" unique (a collate nocase, "b c" desc) on conflict abort,
            unique (c, a),
            constraint checked check (c > ''),
            constraint late unique("c","b c"))"#;
        let of = |columns: &[&str]| {
            let columns: Vec<_> = columns.iter().map(ToString::to_string).collect();
            constraint(text, &columns)
        };
        assert_eq!(of(&["id"]).as_deref(), Some("key"));
        assert_eq!(of(&["a"]).as_deref(), Some("one_a"));
        assert_eq!(of(&["A", "b c"]).as_deref(), Some("the \"pair\""));
        assert_eq!(of(&["c", "b c"]).as_deref(), Some("late"));
        assert_eq!((of(&["c"]), of(&["c", "a"]), of(&["b c"])), (None, None, None));
        assert_eq!(constraint("create table t (", &[]), None);
    }

    #[test]
    fn the_name_of_another_constraint_of_the_column_is_not_that_of_its_key() {
        let of = |text: &str| constraint(text, &["a".to_owned()]);
        for text in [
            "create table t (a text constraint nn not null unique)",
            "create table t (a int constraint pos check (a > 0) unique)",
            "create table t (a int constraint fresh default 5 primary key)",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        let both = "create table t (a text constraint nn not null constraint one_a unique)";
        assert_eq!(of(both).as_deref(), Some("one_a"));
    }
}
