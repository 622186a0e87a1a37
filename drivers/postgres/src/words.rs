//! What the first word of a statement's text says about it.

use aludel_core::lex::{LexicalRules, Token, tokens};

/// The first word, after white space, comments and opening parentheses.
pub(crate) fn first_word(sql: &str) -> &str {
    let mut tokens = tokens(sql, LexicalRules::default().with_nested_comments());
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => return word,
            Token::Space(_) | Token::Symbol("(") => {}
            Token::Comment(comment) => {
                // To PostgreSQL a carriage return is the end of a line, too.
                let end = comment.find('\r').filter(|_| comment.starts_with("--"));
                if let Some(end) = end {
                    let at = sql.len() - tokens.rest().len() - comment.len() + end;
                    return first_word(&sql[at..]);
                }
            }
            _ => return "",
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
        assert_eq!(first_word("-- a\rbegin\nselect"), "begin");
        assert_eq!(first_word("'select'"), "");
        assert!(can_be_declared("((VALUES (1)))"));
        assert!(!can_be_declared("with x as (insert into t values (1)) select 1"));
        assert!(!opens_no_transaction("start transaction"));
        assert!(!opens_no_transaction("beginning"));
        assert!(opens_no_transaction("Select 1"));
        assert!(forgets_statements("DISCARD ALL"));
    }
}
