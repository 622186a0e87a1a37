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

/// Whether the text may begin a transaction where each statement is otherwise committed by itself.
pub(crate) fn may_begin_transaction(sql: &str) -> bool {
    let first = first_words(sql).next();
    let starts = ["start", "begin", "call", "execute", "xa", "set", "if", "while", "lock"];
    // A compound statement may begin with a label.
    is_one_of(first, &starts) || sql.trim_end().trim_end_matches(';').contains(';')
}

/// Whether the text may change settings of the session.
pub(crate) fn touches_settings(sql: &str) -> bool {
    // Statements inside of another one end in semicolons, and any of them may be a SET.
    let compound = || sql.trim_end().trim_end_matches(';').contains(';');
    // What CALL and EXECUTE run is not in the text.
    is_one_of(first_words(sql).next(), &["set", "use", "call", "execute"]) || compound()
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
