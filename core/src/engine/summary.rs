//! What a statement does to what, for those who look at many: read off its text.

use crate::lex::{self, LexicalRules};

/// The words behind which a table, a view or a sequence is named.
const BEFORE_NAMES: [&str; 5] = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"];

/// The words that begin something: those of them that a summary shows.
const OPERATIONS: [&str; 9] =
    ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "DROP", "ALTER"];

/// Words that may stand between one of those and the name.
const BETWEEN: [&str; 6] = ["IF", "NOT", "EXISTS", "ONLY", "LATERAL", "IGNORE"];

/// How long a summary is at most, as OpenTelemetry has it.
const LONGEST: usize = 255;

/// What a statement does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// `db.operation.name`: the word that it begins with.
    pub(super) operation: Option<String>,
    /// `db.collection.name`: the table that it names, if that is one.
    pub(super) collection: Option<String>,
    /// `db.query.summary`: operations, each with the tables behind it.
    pub(super) text: Option<String>,
}

/// A piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'s> {
    /// A word, or a name in quotes.
    Word(&'s str),
    Quoted(&'s str),
    Sign(char),
}

impl Summary {
    /// Reads a statement. Text that is no SQL gives little, and nothing wrong: no values.
    pub(super) fn of(sql: &str, rules: LexicalRules) -> Self {
        let tokens = tokens(sql, rules);
        let operation = match tokens.first() {
            Some(Token::Word(word)) if word.len() <= 20 => Some(word.to_ascii_uppercase()),
            _ => None,
        };
        let (mut words, mut tables): (Vec<String>, Vec<String>) = Default::default();
        let ctes = ctes(&tokens);
        let mut at = 0;
        // For each parenthesis that is open, whether a query stands in it.
        let mut open = Vec::new();
        while let Some(token) = tokens.get(at) {
            at += 1;
            let word = match token {
                Token::Word(word) => word,
                Token::Sign('(') => {
                    open.push(false);
                    continue;
                }
                Token::Sign(')') => {
                    open.pop();
                    continue;
                }
                _ => continue,
            };
            let upper = word.to_ascii_uppercase();
            // FOR UPDATE, ON UPDATE and DO UPDATE are no statements.
            let is_clause = (upper == "UPDATE" || upper == "DELETE")
                && is_word_before(&tokens, at, 2, &["FOR", "ON", "DO", "KEY"]);
            if is_clause {
                continue;
            }
            if is_one_of(word, &OPERATIONS) {
                words.push(upper.clone());
            }
            if is_one_of(word, &["SELECT", "DELETE"])
                && let Some(innermost) = open.last_mut()
            {
                *innermost = true;
            }
            if !is_one_of(word, &BEFORE_NAMES) {
                continue;
            }
            // What extract(… FROM …) and IS DISTINCT FROM have there is no table.
            let in_function = open.last() == Some(&false);
            let compares = is_word_before(&tokens, at, 2, &["DISTINCT"])
                && is_word_before(&tokens, at, 3, &["IS", "NOT"]);
            if upper == "FROM" && (in_function || compares) {
                continue;
            }
            while let Some((name, next)) = name(&tokens, at) {
                at = next;
                if !ctes.contains(&name) {
                    words.push(name.clone());
                    if !tables.contains(&name) {
                        tables.push(name);
                    }
                }
                // Behind FROM may stand several.
                let after = behind_alias(&tokens, at);
                match tokens.get(after) {
                    Some(Token::Sign(',')) if upper == "FROM" => at = after + 1,
                    _ => break,
                }
            }
        }
        let mut text = words.join(" ");
        text.truncate(text.floor_char_boundary(LONGEST));
        let text = if text.is_empty() { operation.clone() } else { Some(text) };
        let collection = if tables.len() == 1 { tables.pop() } else { None };
        Self { operation, collection, text }
    }
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|one| word.eq_ignore_ascii_case(one))
}

/// Whether the token that stands so many before this place is one of the words.
fn is_word_before(tokens: &[Token<'_>], at: usize, by: usize, words: &[&str]) -> bool {
    let before = at.checked_sub(by).and_then(|before| tokens.get(before));
    matches!(before, Some(Token::Word(word)) if is_one_of(word, words))
}

/// The place behind the alias that may stand here, with AS or without.
fn behind_alias(tokens: &[Token<'_>], mut at: usize) -> usize {
    while let Some(Token::Word(word) | Token::Quoted(word)) = tokens.get(at) {
        if is_keyword(word) {
            break;
        }
        at += 1;
    }
    at
}

/// A word behind a table that is no alias of it.
fn is_keyword(word: &str) -> bool {
    const BEHIND: [&str; 19] = [
        "WHERE",
        "JOIN",
        "LEFT",
        "RIGHT",
        "FULL",
        "INNER",
        "CROSS",
        "NATURAL",
        "ON",
        "USING",
        "GROUP",
        "ORDER",
        "HAVING",
        "LIMIT",
        "UNION",
        "SET",
        "VALUES",
        "RETURNING",
        "SELECT",
    ];
    is_one_of(word, &BEHIND)
}

/// The name that begins at this place, with its schema, and the place behind it.
fn name(tokens: &[Token<'_>], mut at: usize) -> Option<(String, usize)> {
    while matches!(tokens.get(at), Some(Token::Word(word)) if is_one_of(word, &BETWEEN)) {
        at += 1;
    }
    let mut name = String::new();
    loop {
        match tokens.get(at)? {
            Token::Word(word) if is_one_of(word, &["SELECT", "VALUES", "SET"]) => return None,
            Token::Word(part) | Token::Quoted(part) => name.push_str(part),
            Token::Sign(_) => return None,
        }
        at += 1;
        if tokens.get(at) != Some(&Token::Sign('.')) {
            break;
        }
        name.push('.');
        at += 1;
    }
    // What is called is no table.
    let is_function = tokens.get(at) == Some(&Token::Sign('('));
    let defines = matches!(tokens.get(at.checked_sub(2)?), Some(Token::Word(word)) if is_one_of(word, &["INTO", "TABLE", "EXISTS"]))
        || name.contains('.');
    (!is_function || defines).then_some((name, at))
}

/// The names that WITH gives: `name AS (`.
fn ctes(tokens: &[Token<'_>]) -> Vec<String> {
    if !matches!(tokens.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("WITH")) {
        return Vec::new();
    }
    let named = tokens.windows(3).filter_map(|three| match three {
        [Token::Word(name) | Token::Quoted(name), Token::Word(word), Token::Sign('(')]
            if word.eq_ignore_ascii_case("AS") =>
        {
            Some((*name).to_owned())
        }
        _ => None,
    });
    named.collect()
}

/// Takes a statement apart as its database does. Texts, numbers and comments are left out.
fn tokens(sql: &str, rules: LexicalRules) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    // Where the word that is right before this place begins.
    let mut word = None;
    for piece in lex::tokens(sql, rules) {
        let begin = at;
        at += piece.text().len();
        match (piece, word) {
            // A sign of money may stand in a name, but not begin one.
            (lex::Token::Word(_) | lex::Token::Symbol("$"), Some(first)) => {
                found.pop();
                found.push(Token::Word(&sql[first..at]));
                continue;
            }
            (lex::Token::Word(text), None) if !text.starts_with(|c: char| c.is_ascii_digit()) => {
                found.push(Token::Word(text));
                word = Some(begin);
                continue;
            }
            (lex::Token::Quoted(text), _) => found.extend(quoted_name(text, rules)),
            (lex::Token::Symbol(text), _) => found.extend(text.chars().next().map(Token::Sign)),
            _ => {}
        }
        word = None;
    }
    found
}

/// What stands in quotes, if that is a name and ends.
fn quoted_name(text: &str, rules: LexicalRules) -> Option<Token<'_>> {
    let name = match text.strip_prefix('`') {
        Some(name) => name.strip_suffix('`'),
        // Where a backslash escapes, this is a text.
        None if rules.backslashes => None,
        None => text.strip_prefix('"').and_then(|name| name.strip_suffix('"')),
    };
    name.map(Token::Quoted)
}

#[cfg(test)]
mod tests {
    use super::Summary;
    use crate::lex::LexicalRules;

    fn summary(sql: &str) -> (String, String) {
        summary_by(sql, LexicalRules::default())
    }

    fn summary_by(sql: &str, rules: LexicalRules) -> (String, String) {
        let Summary { text, collection, .. } = Summary::of(sql, rules);
        (text.unwrap_or_default(), collection.unwrap_or_default())
    }

    #[test]
    fn a_summary_has_operations_and_tables() {
        for (sql, text, collection) in [
            ("SELECT users.id FROM users WHERE users.name = $1", "SELECT users", "users"),
            (
                "select 'FROM secret' from shop.\"Orders\" -- from x",
                "SELECT shop.Orders",
                "shop.Orders",
            ),
            ("SELECT a.x FROM a AS b, `c d` JOIN e ON 1", "SELECT a c d e", ""),
            ("INSERT INTO t (a) VALUES ($1) ON CONFLICT DO UPDATE SET a = 1", "INSERT t", "t"),
            ("INSERT INTO t SELECT x FROM s", "INSERT t SELECT s", ""),
            ("UPDATE t SET a = (SELECT max(b) FROM t)", "UPDATE t SELECT t", "t"),
            ("DELETE FROM ONLY t", "DELETE t", "t"),
            ("SELECT * FROM t FOR UPDATE", "SELECT t", "t"),
            ("WITH c AS (SELECT x FROM t) SELECT x FROM c", "SELECT t SELECT", "t"),
            ("CREATE TABLE IF NOT EXISTS t (\n\ta INTEGER\n)", "CREATE t", "t"),
            ("DROP TABLE s.t", "DROP s.t", "s.t"),
            ("SELECT x FROM generate_series(1, 2)", "SELECT", ""),
            ("SELECT extract(year FROM 'it''s')", "SELECT", ""),
            ("SELECT extract(year FROM t.created) FROM t", "SELECT t", "t"),
            ("SELECT trim(both 'x' FROM email) FROM t", "SELECT t", "t"),
            ("SELECT substring(a FROM (SELECT min(b) FROM s)) FROM t", "SELECT SELECT s t", ""),
            ("SELECT 1 FROM t WHERE t.a IS DISTINCT FROM t.b", "SELECT t", "t"),
            ("SELECT 1 FROM t WHERE t.a IS NOT DISTINCT FROM b", "SELECT t", "t"),
            ("SELECT DISTINCT a FROM t", "SELECT t", "t"),
            ("SELECT a FROM t$1, u", "SELECT t$1 u", ""),
            ("select $$drop table alice$$", "SELECT", ""),
            ("select $a$ from b $a$ from t", "SELECT t", "t"),
            ("select 1 from \"open", "SELECT", ""),
            ("COMMIT", "COMMIT", ""),
            ("(select 1)", "SELECT", ""),
            ("", "", ""),
            ("/* from x */ '", "", ""),
        ] {
            assert_eq!(summary(sql), (text.to_owned(), collection.to_owned()), "{sql}");
        }
        let operation = |sql| Summary::of(sql, LexicalRules::default()).operation;
        assert_eq!(operation("  select 1").as_deref(), Some("SELECT"));
        assert_eq!(operation("(select 1)"), None);
        let long = format!("SELECT x FROM {}", "ü".repeat(300));
        assert_eq!(summary(&long).0.len(), 255);
    }

    #[test]
    fn a_summary_reads_quotes_and_comments_as_the_database_does() {
        let mysql = LexicalRules::default().with_backslashes();
        for (sql, text, collection) in [
            (r"select 1 from t where note = 'O\'Brien from Dublin'", "SELECT t", "t"),
            (r#"select extract(year from "2020-01-01 secret")"#, "SELECT", ""),
            (r#"select 1 from `a b` where x = "from c""#, "SELECT a b", "a b"),
            ("select 1 # from me\nfrom t", "SELECT t", "t"),
            ("select 5--1 from t", "SELECT t", "t"),
        ] {
            let expected = (text.to_owned(), collection.to_owned());
            assert_eq!(summary_by(sql, mysql), expected, "{sql}");
        }
        let nested = LexicalRules::default().with_nested_comments();
        let sql = "select 1 /* /* */ from secret */ from t";
        assert_eq!(summary_by(sql, nested), ("SELECT t".to_owned(), "t".to_owned()));
    }
}
