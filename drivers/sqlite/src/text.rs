//! As much of SQL as the driver must read by itself: the first word, and two pragmas.

use std::iter::Peekable;

use aludel_core::dbapi::{Statement, StatementKind};
use aludel_core::lex::{LexicalRules, Token, tokens};

/// What an execution changes, by the kind and the first word of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// INSERT or REPLACE.
    Insert,
    /// UPDATE or DELETE.
    Change,
    /// WITH, which may be followed by anything.
    With,
    /// Nothing that SQLite counts: SELECT, PRAGMA, DDL and the like.
    Uncounted,
}

impl Effect {
    /// `None` if the text holds no statement, only space and comments.
    pub(crate) fn of(statement: &Statement) -> Option<Self> {
        let word = words(statement.sql()).find(|word| *word != ";")?;
        let is = |verb: &str| word.eq_ignore_ascii_case(verb);
        Some(match statement.kind() {
            StatementKind::Select | StatementKind::Ddl => Self::Uncounted,
            _ if is("insert") || is("replace") => Self::Insert,
            _ if is("update") || is("delete") => Self::Change,
            _ if is("with") => Self::With,
            _ => Self::Uncounted,
        })
    }
}

/// What a `PRAGMA busy_timeout` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BusyTimeout<'a> {
    /// To read the time-out.
    Read,
    /// To set the time-out; the text need not be a number.
    Set(&'a str),
    /// Another statement follows.
    Several,
}

/// Recognizes `PRAGMA [schema.]busy_timeout [= value | (value)]`, which SQLite would execute
/// while it prepares it, behind EXPLAIN too.
#[inline]
pub(crate) fn busy_timeout(statement: &Statement) -> Option<BusyTimeout<'_>> {
    // Every statement is checked here, and most of them are a SELECT or an INSERT.
    if matches!(statement.kind(), StatementKind::Select | StatementKind::Dml)
        || matches!(statement.sql().as_bytes(), [b'S' | b's' | b'I' | b'i', ..])
    {
        return None;
    }
    read_busy_timeout(statement.sql())
}

/// Whether it is a pragma.
#[inline]
pub(crate) fn is_pragma(sql: &str) -> bool {
    // Most statements begin with the letter of another word.
    let other = |first: &u8| first.is_ascii_alphabetic() && !matches!(first, b'P' | b'p');
    if sql.as_bytes().first().is_some_and(other) {
        return false;
    }
    words(sql).find(|word| *word != ";").is_some_and(|word| word.eq_ignore_ascii_case("pragma"))
}

/// Whether it is a `PRAGMA [schema.]journal_mode`.
#[cold]
pub(crate) fn is_journal_mode(sql: &str) -> bool {
    let mut words = words(sql).skip_while(|word| *word == ";").peekable();
    pragma(&mut words).is_some_and(|name| name.eq_ignore_ascii_case("journal_mode"))
}

/// Whether it is a pragma that takes the lock of the writer without beginning a transaction: a change of the
/// journal mode, or a checkpoint that waits for the writer.
#[cold]
pub(crate) fn takes_lock(sql: &str) -> bool {
    let mut words = words(sql).skip_while(|word| *word == ";").peekable();
    let Some(name) = pragma(&mut words) else { return false };
    let (changes_mode, checks) =
        (name.eq_ignore_ascii_case("journal_mode"), name.eq_ignore_ascii_case("wal_checkpoint"));
    if words.next_if(|word| matches!(*word, "=" | "(")).is_none() {
        return false;
    }
    let mut passive =
        || self::name(&mut words).is_none_or(|word| word.eq_ignore_ascii_case("passive"));
    changes_mode || checks && !passive()
}

/// The name of the pragma that a text begins with.
fn pragma<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>) -> Option<&'a str> {
    words.next_if(|word| word.eq_ignore_ascii_case("pragma"))?;
    let found = name(words)?;
    if words.next_if_eq(&".").is_some() { name(words) } else { Some(found) }
}

fn read_busy_timeout(sql: &str) -> Option<BusyTimeout<'_>> {
    let mut words = words(sql).skip_while(|word| *word == ";").peekable();
    let explains = |word: &&str| {
        ["explain", "query", "plan"].iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    while words.next_if(explains).is_some() {}
    if !pragma(&mut words)?.eq_ignore_ascii_case("busy_timeout") {
        return None;
    }
    let asked = match words.next_if(|word| matches!(*word, "=" | "(")) {
        None => BusyTimeout::Read,
        Some(opened) => {
            let negative = words.next_if(|word| matches!(*word, "-" | "+")) == Some("-");
            let value = name(&mut words).unwrap_or_default();
            if opened == "(" {
                words.next_if_eq(&")");
            }
            // SQLite takes a negative time-out as none.
            BusyTimeout::Set(if negative { negated(value) } else { value })
        }
    };
    Some(if words.any(|word| word != ";") { BusyTimeout::Several } else { asked })
}

/// What a negative value means: a number is no time-out, anything else stays invalid.
fn negated(value: &str) -> &str {
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() { "0" } else { "" }
}

/// A name or a value, without its quotes.
fn name<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = words.next()?;
    if word == "[" {
        let inner = words.next()?;
        words.next();
        return Some(inner);
    }
    Some(word.trim_matches(|c| matches!(c, '"' | '`' | '\'')))
}

/// The words, quoted texts and symbols of a text.
fn words(sql: &str) -> impl Iterator<Item = &str> {
    tokens(sql, LexicalRules::default()).filter_map(|token| match token {
        Token::Space(_) | Token::Comment(_) | Token::Symbol("\u{feff}") => None,
        token => Some(token.text()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str, kind: StatementKind) -> Option<Effect> {
        Effect::of(&Statement::new(sql, kind).unwrap())
    }

    #[test]
    fn the_first_word_is_found_behind_comments() {
        for (sql, effect) in [
            ("select 1", Some(Effect::Uncounted)),
            ("  -- say\n\t/* more; */ INSERT into t values (1)", Some(Effect::Insert)),
            (";; Replace into t values (1)", Some(Effect::Insert)),
            ("\u{feff}update t set a = 1", Some(Effect::Change)),
            ("DELETE from t", Some(Effect::Change)),
            ("with a as (select 1) select * from a", Some(Effect::With)),
            ("(select 1)", Some(Effect::Uncounted)),
            ("", None),
            (" ; \n ;", None),
            ("-- nothing", None),
            ("/* never closed", None),
        ] {
            assert_eq!(of(sql, StatementKind::Text), effect, "{sql:?}");
        }
    }

    #[test]
    fn a_pragma_is_known_by_its_first_word() {
        for (sql, pragma) in [
            ("PRAGMA journal_mode", true),
            ("; -- say\n pragma user_version = 1", true),
            ("insert into pragma values (1)", false),
            ("/* pragma */ delete from t", false),
            ("", false),
        ] {
            assert_eq!(is_pragma(sql), pragma, "{sql:?}");
        }
    }

    #[test]
    fn what_is_known_to_be_a_select_counts_nothing() {
        let sql = "with a as (select 1) select * from a";
        assert_eq!(of(sql, StatementKind::Select), Some(Effect::Uncounted));
        assert_eq!(of(sql, StatementKind::Dml), Some(Effect::With));
    }

    #[test]
    fn the_pragma_is_recognized_however_it_is_written() {
        use BusyTimeout::{Read, Set, Several};
        for (sql, found) in [
            ("pragma busy_timeout", Some(Read)),
            ("PRAGMA main . busy_timeout ;", Some(Read)),
            ("/* a */ Pragma /* b */ BUSY_TIMEOUT -- c\n = 25;", Some(Set("25"))),
            ("pragma busy_timeout(1000)", Some(Set("1000"))),
            ("pragma busy_timeout = -1 -- none", Some(Set("0"))),
            ("pragma busy_timeout = -soon", Some(Set(""))),
            ("pragma busy_timeout = +3", Some(Set("3"))),
            ("pragma busy_timeout=7 -- short", Some(Set("7"))),
            ("pragma \"busy_timeout\" = '8'", Some(Set("8"))),
            ("pragma [main].[busy_timeout] = [8]", Some(Set("8"))),
            ("pragma busy_timeout = soon", Some(Set("soon"))),
            ("explain query plan pragma busy_timeout = 9;;", Some(Set("9"))),
            ("pragma busy_timeout; drop table t", Some(Several)),
            ("pragma busy_timeout (4) ; drop table t", Some(Several)),
            ("explain select busy_timeout", None),
            ("explain", None),
            ("pragma busy_timeouts", None),
            ("pragma user_version", None),
            ("select busy_timeout", None),
        ] {
            let statement = Statement::new(sql, StatementKind::Text).unwrap();
            assert_eq!(busy_timeout(&statement), found, "{sql:?}");
        }
    }
}
