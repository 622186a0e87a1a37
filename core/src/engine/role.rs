//! What a session is for where one writes and others read, as the text of a statement says.

use crate::dbapi::{Statement, StatementKind, TransactionMode, TransactionOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::lex::{LexicalRules, Token, tokens};

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer,
}

/// Pragmas that ask about the database, whatever stands behind them.
const ASK: [&str; 16] = [
    "collation_list",
    "compile_options",
    "database_list",
    "foreign_key_check",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "pragma_list",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Pragmas that ask about the database unless a value stands behind them. All others are about the session.
const ASK_ALONE: [&str; 9] = [
    "application_id",
    "auto_vacuum",
    "encoding",
    "freelist_count",
    "journal_mode",
    "page_count",
    "page_size",
    "schema_version",
    "user_version",
];

/// Functions about the statement before, of the same session.
const OF_THE_SESSION: [&str; 3] = ["changes", "last_insert_rowid", "total_changes"];

impl Role {
    /// Of a transaction: who says that it only reads, and wants no lock, reads.
    pub(super) fn of_transaction(options: &TransactionOptions) -> Self {
        let deferred = matches!(options.mode, None | Some(TransactionMode::Deferred));
        if options.read_only == Some(true) && deferred { Self::Reader } else { Self::Writer }
    }

    /// Of a statement that is committed by itself. The session of a reader refuses what writes, so that
    /// this need not be more than a good guess.
    pub(super) fn of_statement(statement: &Statement) -> Self {
        let reads = match statement.kind() {
            StatementKind::Select => true,
            StatementKind::Text => reads(statement.sql()),
            _ => false,
        };
        if reads { Self::Reader } else { Self::Writer }
    }
}

/// Refuses a statement that asks for what its session did before, where that was done by another one.
///
/// # Errors
///
/// [`ErrorKind::InvalidRequest`].
pub(super) fn refuse_of_the_session(statement: &Statement) -> Result<()> {
    if statement.kind() == StatementKind::Ddl || !statement.sql().contains('(') {
        return Ok(());
    }
    match of_the_session(statement.sql()) {
        Some(name) => Err(refused(name)),
        None => Ok(()),
    }
}

#[cold]
fn refused(name: &str) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "{name}() is about what its session did before, and with pool=writer-readers that is no session of \
             this connection's outside of a transaction that may write; take inserted_primary_key() or \
             rowcount() of the result, or run both statements in one transaction that is not read_only"
        ),
    )
}

/// The first call of a function about the statement before. What CREATE says is done later.
fn of_the_session(sql: &str) -> Option<&'static str> {
    let is = |name: &str, token: &str| token.trim_matches(['"', '`']).eq_ignore_ascii_case(name);
    let mut before = [""; 2];
    for (number, token) in meaningful(sql).enumerate() {
        if number == 0 && is("create", token) {
            return None;
        }
        if before[1] == "("
            && token == ")"
            && let Some(name) = OF_THE_SESSION.into_iter().find(|name| is(name, before[0]))
        {
            return Some(name);
        }
        before = [before[1], token];
    }
    None
}

/// Whether a query locks the rows that it reads.
pub(super) fn locks(sql: &str) -> bool {
    let mut before = ["", ""];
    for word in meaningful(sql) {
        let found = match before {
            [_, first] if is_one(first, &["for"]) => {
                is_one(word, &["update", "share", "no", "key"])
            }
            [first, second] if is_one(first, &["lock"]) && is_one(second, &["in"]) => {
                is_one(word, &["share"])
            }
            _ => false,
        };
        if found {
            return true;
        }
        before = [before[1], word];
    }
    false
}

/// Whether a text reads and does nothing else.
pub(super) fn reads(sql: &str) -> bool {
    let mut words = meaningful(sql).skip_while(|text| *text == "(");
    let mut next = || words.next().unwrap_or_default();
    let mut word = next();
    let explained = is_one(word, &["explain"]);
    if explained {
        word = next();
        if is_one(word, &["query"]) {
            next();
            word = next();
        }
    }
    match word {
        word if is_one(word, &["pragma"]) => asks(&mut words),
        _ if explained => true,
        word if is_one(word, &["with"]) => is_one(behind_with(&mut words), &["select", "values"]),
        word => is_one(word, &["select", "values"]),
    }
}

/// Whether a pragma, whose name comes next, is a question about the database.
fn asks<'a>(words: &mut impl Iterator<Item = &'a str>) -> bool {
    let (mut name, mut behind) = (words.next().unwrap_or_default(), words.next());
    if behind == Some(".") {
        (name, behind) = (words.next().unwrap_or_default(), words.next());
    }
    let name = name.trim_matches(['"', '`', '\'']);
    is_one(name, &ASK) || matches!(behind, None | Some(";")) && is_one(name, &ASK_ALONE)
}

/// The first word behind the queries of a WITH, whose first name comes next.
fn behind_with<'a>(words: &mut impl Iterator<Item = &'a str>) -> &'a str {
    let (mut depth, mut closed) = (0_usize, false);
    for word in words {
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            // Behind a list of columns, and between two queries.
            _ if closed && word != "," && !is_one(word, &["as"]) => return word,
            _ => {}
        }
        closed = depth == 0 && word == ")";
    }
    ""
}

fn is_one(word: &str, of: &[&str]) -> bool {
    of.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The pieces of a text from its first word on, without space and comments.
fn meaningful(sql: &str) -> impl Iterator<Item = &str> {
    let pieces = tokens(sql, LexicalRules::default()).filter_map(|token| match token {
        Token::Space(_) | Token::Comment(_) => None,
        token => Some(token.text()),
    });
    pieces.skip_while(|text| matches!(*text, ";" | "\u{feff}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &str) -> Statement {
        Statement::new(sql, StatementKind::Text).expect("a statement")
    }

    #[test]
    fn what_only_reads_is_known_by_its_verb() {
        for sql in [
            "select 1",
            "  -- say\n(SELECT 1)",
            "; values (1)",
            "with a as (select 1) select * from a",
            "WITH recursive a(x) AS (select 1 union all select x + 1 from a), b as not materialized
             (select (1)) /* insert */ VALUES (1)",
            "with replace as (select 1) select * from replace",
            "explain select 1",
            "explain query plan insert into t values (1)",
            "pragma table_info(t)",
            "PRAGMA main.foreign_key_list('t')",
            "pragma \"index_list\" = 't'",
            "explain pragma table_info(t)",
            "pragma user_version",
            "pragma main.journal_mode;",
            "pragma integrity_check(5)",
        ] {
            assert_eq!(Role::of_statement(&statement(sql)), Role::Reader, "{sql}");
        }
    }

    #[test]
    fn all_else_may_write() {
        for sql in [
            "with a as (select 1) insert into t select * from a",
            "with a(select_) as (select 1), b as (values (2)) replace into t select * from a",
            "with a as (select 1) delete from t",
            "with",
            "insert into t select 1",
            "pragma user_version = 3",
            "pragma main.journal_mode(wal)",
            "explain pragma journal_mode = wal",
            "pragma cache_size",
            "pragma data_version",
            "pragma optimize",
            "pragma",
            "vacuum",
            "",
        ] {
            assert_eq!(Role::of_statement(&statement(sql)), Role::Writer, "{sql}");
        }
    }

    #[test]
    fn what_asks_for_the_statement_before_is_known() {
        for (sql, name) in [
            ("select last_insert_rowid()", Some("last_insert_rowid")),
            ("select n from t where n = Changes ( /* none */ )", Some("changes")),
            ("insert into log values (\"total_changes\"())", Some("total_changes")),
            ("with a as (select changes()) select * from a", Some("changes")),
            ("select 'changes()'", None),
            ("select changes from t where n in ()", None),
            ("insert into changes (n) values (1)", None),
            (
                "create trigger x after insert on t begin update u set n = last_insert_rowid(); end",
                None,
            ),
            ("select my_changes()", None),
        ] {
            assert_eq!(of_the_session(sql), name, "{sql}");
            let refused = refuse_of_the_session(&statement(sql));
            assert_eq!(refused.is_err(), name.is_some(), "{sql}");
        }
    }

    #[test]
    fn what_locks_rows_is_known_by_its_last_words() {
        for sql in [
            "SELECT a FROM t FOR UPDATE",
            "select a from t\nfor no key update of t nowait",
            "(SELECT a FROM t FOR /* all */ SHARE)",
            "SELECT a FROM t FOR KEY SHARE SKIP LOCKED",
            "SELECT a FROM t LOCK IN SHARE MODE",
        ] {
            assert!(locks(sql) && reads(sql), "{sql}");
        }
        for sql in [
            "SELECT a FROM t",
            "SELECT ' FOR UPDATE' FROM t -- FOR UPDATE",
            "SELECT substring(a FROM 2 FOR 3), \"for\" FROM t",
        ] {
            assert!(!locks(sql), "{sql}");
        }
    }

    #[test]
    fn who_wants_a_lock_writes() {
        let reads = TransactionOptions::new().read_only(true);
        assert_eq!(Role::of_transaction(&reads), Role::Reader);
        let deferred = reads.mode(TransactionMode::Deferred);
        assert_eq!(Role::of_transaction(&deferred), Role::Reader);
        for other in [
            TransactionOptions::new(),
            TransactionOptions::new().read_only(false),
            reads.mode(TransactionMode::Immediate),
        ] {
            assert_eq!(Role::of_transaction(&other), Role::Writer, "{other:?}");
        }
    }
}
