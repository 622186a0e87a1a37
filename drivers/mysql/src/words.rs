//! What the words of a statement's text tell about it.

/// The first words of a text, after blanks, comments and opening parentheses.
///
/// Comments that begin with `/*!` or `/*M!` are not skipped: the server executes what is in them.
fn first_words(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        rest = skip(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// A text behind what stands before its next word.
fn skip(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        let begins = |mark: &str| rest.strip_prefix(mark);
        if let Some(executed) = begins("/*M!").or_else(|| begins("/*!")) {
            rest = executed.trim_start_matches(|c: char| c.is_ascii_digit());
        } else if let Some(comment) = begins("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else if let Some(comment) = begins("#").or_else(|| begins("--")) {
            rest = comment.find('\n').map_or("", |end| &comment[end..]);
        } else if let Some(end) = begins("*/") {
            rest = end;
        } else {
            return rest;
        }
    }
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

/// Whether the server's word that no transaction is open any more may mean that the text's own
/// words ended it, where other texts commit for a reason that the manual lists.
pub(crate) fn may_end_transaction(sql: &str) -> bool {
    is_one_of(first_words(sql).next(), &["call", "execute", "begin", "xa", "set", "if", "while"])
}

/// Whether the text may switch the mode in which every statement is committed by itself.
pub(crate) fn touches_autocommit(sql: &str) -> bool {
    const WORD: &[u8] = b"autocommit";
    let found = sql.as_bytes().windows(WORD.len()).any(|part| part.eq_ignore_ascii_case(WORD));
    // What it runs is not in the text.
    found || is_one_of(first_words(sql).next(), &["call", "execute"])
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
            "#commit",
        ] {
            assert!(!ends_transaction(sql), "{sql}");
        }
    }

    #[test]
    fn the_mode_may_be_switched() {
        assert!(touches_autocommit("set @@session.AutoCommit = 1"));
        assert!(touches_autocommit("call something()"));
        assert!(!touches_autocommit("set time_zone = 'SYSTEM'"));
        assert!(may_end_transaction("begin not atomic commit; end"));
        assert!(!may_end_transaction("create table t (a int)"));
    }
}
