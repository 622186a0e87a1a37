//! What a statement does to what, for those who look at many: read off its text.

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
    pub(super) fn of(sql: &str) -> Self {
        let tokens = tokens(sql);
        let operation = match tokens.first() {
            Some(Token::Word(word)) if word.len() <= 20 => Some(word.to_ascii_uppercase()),
            _ => None,
        };
        let (mut words, mut tables): (Vec<String>, Vec<String>) = Default::default();
        let ctes = ctes(&tokens);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            let Token::Word(word) = token else { continue };
            let upper = word.to_ascii_uppercase();
            // FOR UPDATE, ON UPDATE and DO UPDATE are no statements.
            let before = at.checked_sub(2).and_then(|before| tokens.get(before));
            let is_clause = upper == "UPDATE" || upper == "DELETE";
            let is_clause = is_clause
                && matches!(before, Some(Token::Word(word)) if is_one_of(word, &["FOR", "ON", "DO", "KEY"]));
            if is_clause {
                continue;
            }
            if is_one_of(word, &OPERATIONS) {
                words.push(upper.clone());
            }
            if !is_one_of(word, &BEFORE_NAMES) {
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
                // Behind FROM may stand several; an alias stands between them, with AS or without.
                let mut after = at;
                while let Some(Token::Word(word) | Token::Quoted(word)) = tokens.get(after) {
                    if is_keyword(word) {
                        break;
                    }
                    after += 1;
                }
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

/// Takes a statement apart. Texts, numbers and comments are left out.
fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' => quoted_end(rest, '\''),
            '"' | '`' => {
                let end = quoted_end(rest, first);
                found.push(Token::Quoted(rest[1..end].trim_end_matches(first)));
                end
            }
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '_' | 'a'..='z' | 'A'..='Z' | '\u{80}'.. => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
                let end = end.unwrap_or(rest.len()).max(first.len_utf8());
                found.push(Token::Word(&rest[..end]));
                end
            }
            '0'..='9' => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()),
            sign => {
                if !sign.is_whitespace() {
                    found.push(Token::Sign(sign));
                }
                sign.len_utf8()
            }
        };
        rest = &rest[end..];
    }
    found
}

/// Where what begins with a quotation mark ends, behind its last one.
fn quoted_end(text: &str, mark: char) -> usize {
    let mut inside = true;
    for (at, c) in text.char_indices().skip(1) {
        match (inside, c == mark) {
            (true, true) => inside = false,
            (false, true) => inside = true,
            (false, false) => return at,
            (true, false) => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::Summary;

    fn summary(sql: &str) -> (String, String) {
        let Summary { text, collection, .. } = Summary::of(sql);
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
            ("COMMIT", "COMMIT", ""),
            ("(select 1)", "SELECT", ""),
            ("", "", ""),
            ("/* from x */ '", "", ""),
        ] {
            assert_eq!(summary(sql), (text.to_owned(), collection.to_owned()), "{sql}");
        }
        assert_eq!(Summary::of("  select 1").operation.as_deref(), Some("SELECT"));
        assert_eq!(Summary::of("(select 1)").operation, None);
        let long = format!("SELECT x FROM {}", "ü".repeat(300));
        assert_eq!(summary(&long).0.len(), 255);
    }
}
