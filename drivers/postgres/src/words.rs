//! What the first word of a statement's text says about it.

use aludel_core::error::{Error, ErrorKind, Result};
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

/// What a text means for the server's limit on statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitWords {
    /// Nothing: it is limited as any other.
    None,
    /// The same, but it takes no snapshot, which the program may want to be taken behind it.
    Early,
    /// It takes no time, and the limit stays as it is.
    Kept,
    /// The same, and what was set since may be undone.
    Undoing,
    /// It may set the limit, or ask for it.
    Setting,
}

/// What a text means for the server's limit on statements.
pub(crate) fn limit_words(sql: &str) -> LimitWords {
    const SETTING: &str = "statement_timeout";
    let first = first_word(sql);
    let is = |words: &[&str]| words.iter().any(|word| first.eq_ignore_ascii_case(word));
    let names_it = || {
        let mut places = sql.as_bytes().windows(SETTING.len());
        places.any(|place| place.eq_ignore_ascii_case(SETTING.as_bytes()))
    };
    let second_is = |word: &str| {
        let behind = sql.get(first.as_ptr().addr() - sql.as_ptr().addr() + first.len()..);
        first_word(behind.unwrap_or_default()).eq_ignore_ascii_case(word)
    };
    if is(&["rollback", "abort", "commit", "end", "prepare"]) {
        // The work of COMMIT PREPARED is done by the statement itself, under its limit.
        if second_is("prepared") { LimitWords::Setting } else { LimitWords::Undoing }
    } else if is(&["reset", "discard"]) || names_it() {
        LimitWords::Setting
    } else if is(&["set"]) && second_is("constraints") {
        LimitWords::Early
    } else if is(&["savepoint", "release", "begin", "start", "set"]) {
        LimitWords::Kept
    } else if is(&["lock", "show", "listen", "notify", "unlisten"]) {
        LimitWords::Early
    } else {
        LimitWords::None
    }
}

/// Whether the text makes the server forget prepared statements.
pub(crate) fn forgets_statements(sql: &str) -> bool {
    is_one_of(sql, &["deallocate", "discard"])
}

/// Refuses COPY from and to the client. The server then waits for rows that no statement brings, or sends some that
/// are none of a statement, and the session would be lost.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`].
pub(crate) fn refuse_copy(sql: &str) -> Result<()> {
    if is_one_of(sql, &["copy"]) && is_copy_of_client(sql) { Err(copy_refused()) } else { Ok(()) }
}

/// Whether STDIN or STDOUT stands behind FROM or TO, outside of parentheses. PostgreSQL takes either for the other.
fn is_copy_of_client(sql: &str) -> bool {
    let (mut depth, mut before) = (0_usize, "");
    let is = |word: &str, of: [&str; 2]| of.iter().any(|known| word.eq_ignore_ascii_case(known));
    for token in tokens(sql, LexicalRules::default().with_nested_comments()) {
        match token {
            Token::Space(_) | Token::Comment(_) => continue,
            Token::Symbol("(") => depth += 1,
            Token::Symbol(")") => depth = depth.saturating_sub(1),
            Token::Word(word)
                if depth == 0 && is(before, ["from", "to"]) && is(word, ["stdin", "stdout"]) =>
            {
                return true;
            }
            _ => {}
        }
        before = match token {
            Token::Word(word) => word,
            _ => "",
        };
    }
    false
}

#[cold]
fn copy_refused() -> Error {
    Error::new(
        ErrorKind::NotSupported,
        "COPY FROM STDIN and COPY TO STDOUT carry rows that are none of a statement, so they cannot be executed as one",
    )
    .with_cure("they must go through the driver's own client, or be INSERT and SELECT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_of_the_client_is_refused_and_no_other() {
        for sql in [
            "copy t from stdin",
            " /* all */ COPY t (a, \"from\") FROM -- the client\n STDIN (format csv)",
            "copy (select a from t) to stdout with (header)",
            "copy t from stdout",
            "copy binary t from stdin;",
        ] {
            assert_eq!(refuse_copy(sql).unwrap_err().kind(), ErrorKind::NotSupported, "{sql}");
        }
        for sql in [
            "copy t from '/tmp/stdin'",
            "copy stdin from '/tmp/t'",
            "copy (select a from stdin) to '/tmp/t'",
            "copy t from program 'cat stdin'",
            "select 'copy t from stdin'",
            "select copy from stdin",
            "copying t from stdin",
            "",
        ] {
            assert!(refuse_copy(sql).is_ok(), "{sql}");
        }
    }

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

    #[test]
    fn words_that_concern_the_limit() {
        for (sql, words) in [
            ("select 1", LimitWords::None),
            ("/* a */ Savepoint a", LimitWords::Kept),
            ("set transaction read only", LimitWords::Kept),
            ("ROLLBACK TO a", LimitWords::Undoing),
            ("commit and chain", LimitWords::Undoing),
            ("set local STATEMENT_timeout = 3", LimitWords::Setting),
            ("select set_config('statement_timeout', '3', false)", LimitWords::Setting),
            ("reset all", LimitWords::Setting),
            ("set /* a */ constraints all immediate", LimitWords::Early),
            ("commit prepared 'a'", LimitWords::Setting),
            ("LOCK TABLE t", LimitWords::Early),
        ] {
            assert_eq!(limit_words(sql), words, "{sql}");
        }
    }
}
