//! What the words of a statement's text say about it.

use aludel_core::lex::{LexicalRules, Token, tokens};

fn rules() -> LexicalRules {
    LexicalRules::default().with_backslashes()
}

/// The text of a comment whose content the server executes, behind its mark.
fn executed(comment: &str) -> Option<&str> {
    let content = comment.strip_prefix("/*M!").or_else(|| comment.strip_prefix("/*!"))?;
    Some(content.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// The first words of a text, after blanks, comments and opening parentheses.
fn first_words(sql: &str) -> impl Iterator<Item = &str> {
    let mut pieces = tokens(sql, rules());
    std::iter::from_fn(move || {
        loop {
            match pieces.next()? {
                Token::Word(word) => return Some(word),
                Token::Space(_) | Token::Symbol("(") => {}
                Token::Comment(comment) => {
                    if let Some(content) = executed(comment) {
                        let at = sql.len() - pieces.rest().len() - content.len();
                        pieces = tokens(&sql[at..], rules());
                    }
                }
                // The end of a comment that is executed.
                Token::Symbol("*") if pieces.rest().starts_with('/') => {
                    pieces.next();
                }
                Token::Quoted(_) | Token::Symbol(_) => {
                    pieces = tokens("", rules());
                }
            }
        }
    })
}

/// Whether the text has a semicolon before its end, as compound statements have.
fn is_compound(sql: &str) -> bool {
    let sql = sql.trim_end().trim_end_matches(';');
    sql.contains(';')
        && tokens(sql, rules()).any(|token| match token {
            Token::Symbol(symbol) => symbol == ";",
            Token::Comment(comment) => executed(comment).is_some_and(|text| text.contains(';')),
            _ => false,
        })
}

fn is_one_of(word: Option<&str>, words: &[&str]) -> bool {
    word.is_some_and(|found| words.iter().any(|word| found.eq_ignore_ascii_case(word)))
}

/// Whether the text ends a transaction: COMMIT, or ROLLBACK to no savepoint.
pub(crate) fn ends_transaction(sql: &str) -> bool {
    let mut words = first_words(sql);
    let first = words.next();
    if is_one_of(first, &["commit"]) {
        return true;
    }
    let mut behind = words.next();
    if is_one_of(behind, &["work"]) {
        behind = words.next();
    }
    is_one_of(first, &["rollback"]) && !is_one_of(behind, &["to"])
}

/// Whether the text may have ended the transaction by statements of its own, if the server reports that
/// none is open any more. Other texts commit implicitly.
pub(crate) fn may_end_transaction(sql: &str) -> bool {
    is_one_of(first_words(sql).next(), &["call", "execute", "begin", "xa", "set", "if", "while"])
}

/// Whether the text may begin a transaction where each statement is otherwise committed by itself.
pub(crate) fn may_begin_transaction(sql: &str) -> bool {
    let first = first_words(sql).next();
    let starts = ["start", "begin", "call", "execute", "xa", "set", "if", "while", "lock"];
    // A compound statement may begin with a label.
    is_one_of(first, &starts) || is_compound(sql)
}

/// Whether the text may change settings of the session.
pub(crate) fn touches_settings(sql: &str) -> bool {
    // Any statement of a compound one may be a SET, and what CALL and EXECUTE run is not in the text.
    is_one_of(first_words(sql).next(), &["set", "use", "call", "execute"]) || is_compound(sql)
}

/// Whether a limit can stand before the text: SET STATEMENT … FOR. It is for the first of several statements, so
/// they have none.
pub(crate) fn can_be_limited(sql: &str) -> bool {
    const LIMITED: [&str; 20] = [
        "select", "insert", "update", "delete", "replace", "with", "values", "table", "call", "do",
        "create", "alter", "drop", "truncate", "rename", "analyze", "check", "optimize", "load",
        "explain",
    ];
    // What is executed in a comment is not looked at, as what stands before a label is not.
    let is_executed = ["/*!", "/*M!"].iter().any(|mark| sql.contains(mark));
    is_one_of(first_words(sql).next(), &LIMITED) && !is_executed && !is_compound(sql)
}

/// Whether the text may choose another database. EXECUTE runs what is not in the text.
pub(crate) fn chooses_database(sql: &str) -> bool {
    is_one_of(first_words(sql).next(), &["use", "execute"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_transactions() {
        for sql in [
            "commit",
            " /* a */ -- b\n # c\n ROLLBACK",
            "rollback work",
            "commit and chain",
            "/*!50000 commit */",
            "/*M!100100 rollback*/",
        ] {
            assert!(ends_transaction(sql), "{sql}");
        }
        for sql in [
            "rollback to a",
            "ROLLBACK WORK TO SAVEPOINT a",
            "/*!50000 rollback */ to savepoint a",
            "select 'commit'",
            "committed",
            "",
            "/* commit",
            "'commit'",
            "/*!50000 rollback /* a */ */ to a",
            "--commit",
            "#commit",
        ] {
            assert!(!ends_transaction(sql), "{sql}");
        }
    }

    #[test]
    fn settings_may_be_changed() {
        for sql in [
            "set @@session.AutoCommit = 1",
            "/*!50000 SET names latin1 */",
            "use other",
            "call something()",
            "a: begin not atomic set names latin1; end",
        ] {
            assert!(touches_settings(sql), "{sql}");
        }
        assert!(!touches_settings("select @@autocommit, 'set'; "));
        assert!(!touches_settings("select 'a; b' /* ; */ -- ;\n, `;`;"));
        assert!(touches_settings("select 1 /*!; set names latin1 */"));
        assert!(!touches_settings("update t set a = 1"));
        assert!(chooses_database("/* a */ USE other") && !chooses_database("set names latin1"));
        assert!(
            may_begin_transaction("START transaction") && may_begin_transaction("a: loop x; y")
        );
        assert!(!may_begin_transaction("select 1;"));
        assert!(may_end_transaction("begin not atomic commit; end"));
        assert!(!may_end_transaction("create table t (a int)"));
    }
}
