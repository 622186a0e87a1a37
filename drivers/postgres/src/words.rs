//! What the first word of a statement's text tells about it.

/// The first word, after blanks, comments and opening parentheses.
pub(crate) fn first_word(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.find(['\n', '\r']).map_or("", |end| &comment[end..]);
        } else if rest.starts_with("/*") {
            rest = after_comment(rest);
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            return &rest[..end];
        }
    }
}

/// PostgreSQL's comments nest.
fn after_comment(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return &text[at..];
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    ""
}

fn is_one_of(sql: &str, words: &[&str]) -> bool {
    let first = first_word(sql);
    words.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Whether a server-side cursor can serve the text.
pub(crate) fn can_be_declared(sql: &str) -> bool {
    is_one_of(sql, &["select", "values", "table"])
}

/// Whether the text surely opens no transaction that outlives it. One message carries one
/// statement, so its first word decides.
pub(crate) fn opens_no_transaction(sql: &str) -> bool {
    const HARMLESS: &[&str] = &[
        "select", "insert", "update", "delete", "merge", "with", "values", "table", "create",
        "drop", "alter", "truncate", "comment", "grant", "revoke", "explain", "show", "set",
        "reset", "analyze", "vacuum", "copy", "lock", "listen", "notify",
    ];
    is_one_of(sql, HARMLESS)
}

/// Whether the text makes the server forget prepared statements.
pub(crate) fn forgets_statements(sql: &str) -> bool {
    is_one_of(sql, &["deallocate", "discard"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(first_word("  (select 1)"), "select");
        assert_eq!(first_word("-- hello\n/* a /* nested */ ü */ BEGIN"), "BEGIN");
        assert_eq!(first_word("/* never closed"), "");
        assert_eq!(first_word("--"), "");
        assert!(can_be_declared("((VALUES (1)))"));
        assert!(!can_be_declared("with x as (insert into t values (1)) select 1"));
        assert!(!opens_no_transaction("start transaction"));
        assert!(!opens_no_transaction("beginning"));
        assert!(opens_no_transaction("Select 1"));
        assert!(forgets_statements("DISCARD ALL"));
    }
}
