//! As much of SQL as a driver must read by itself: the first word, and one pragma.

/// What a statement does, by its first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// INSERT or REPLACE.
    Insert,
    /// UPDATE or DELETE.
    Change,
    /// WITH, which may be followed by anything.
    With,
    /// PRAGMA.
    Pragma,
    /// Anything else.
    Other,
}

impl Verb {
    /// `None` if there is no statement in the text, only space and comments.
    pub(crate) fn of(sql: &str) -> Option<Self> {
        let (word, _) = word(sql)?;
        let is = |verb: &str| word.eq_ignore_ascii_case(verb);
        Some(if is("insert") || is("replace") {
            Self::Insert
        } else if is("update") || is("delete") {
            Self::Change
        } else if is("with") {
            Self::With
        } else if is("pragma") {
            Self::Pragma
        } else {
            Self::Other
        })
    }
}

/// What a `PRAGMA busy_timeout` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BusyTimeout<'a> {
    /// To be told.
    Read,
    /// To be set; what stands there need not be a number.
    Set(&'a str),
    /// Something, and then another statement follows.
    Several,
}

/// Recognizes `PRAGMA [schema.]busy_timeout [= value | (value)]`, which SQLite would execute
/// while it prepares it, behind EXPLAIN too.
#[inline]
pub(crate) fn busy_timeout(sql: &str) -> Option<BusyTimeout<'_>> {
    // Every statement comes by here, and most of them are a SELECT or an INSERT.
    if matches!(sql.as_bytes(), [b'S' | b's' | b'I' | b'i', ..]) {
        return None;
    }
    read_busy_timeout(sql)
}

fn read_busy_timeout(sql: &str) -> Option<BusyTimeout<'_>> {
    let (mut pragma, mut rest) = word(sql)?;
    while ["explain", "query", "plan"].iter().any(|word| pragma.eq_ignore_ascii_case(word)) {
        (pragma, rest) = word(rest)?;
    }
    if !pragma.eq_ignore_ascii_case("pragma") {
        return None;
    }
    let (mut name, mut rest) = word(rest)?;
    if let Some(after) = skip(rest).strip_prefix('.') {
        (name, rest) = word(after)?;
    }
    if !name.trim_matches(is_quote).eq_ignore_ascii_case("busy_timeout") {
        return None;
    }
    let (asked, rest) = match skip(rest).strip_prefix(['=', '(']).map(skip) {
        None => (BusyTimeout::Read, rest),
        Some(value) => {
            let unsigned = value.strip_prefix(['-', '+']).unwrap_or(value);
            let tail = unsigned.trim_start_matches(is_in_word);
            let number = value[..value.len() - tail.len()].trim_matches(is_quote);
            (BusyTimeout::Set(number), skip(tail).strip_prefix(')').unwrap_or(tail))
        }
    };
    Some(if word(rest).is_some() { BusyTimeout::Several } else { asked })
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '`' | '[' | ']' | '\'')
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$') || is_quote(c)
}

/// The first word and what follows it, without space, semicolons and comments before it. What is
/// no letter makes a word of one character, so that only an empty text has none.
fn word(sql: &str) -> Option<(&str, &str)> {
    let mut sql = skip(sql);
    while let Some(rest) = sql.strip_prefix(';') {
        sql = skip(rest);
    }
    let first = sql.chars().next()?;
    let end = sql.find(|c| !is_in_word(c)).unwrap_or(sql.len()).max(first.len_utf8());
    Some(sql.split_at(end))
}

/// What follows space and comments.
fn skip(mut sql: &str) -> &str {
    loop {
        sql = sql.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}');
        sql = if let Some(comment) = sql.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(comment) = sql.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, rest)| rest)
        } else {
            return sql;
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_found_behind_comments() {
        for (sql, verb) in [
            ("select 1", Some(Verb::Other)),
            ("  -- say\n\t/* more; */ INSERT into t values (1)", Some(Verb::Insert)),
            (";; Replace into t values (1)", Some(Verb::Insert)),
            ("update t set a = 1", Some(Verb::Change)),
            ("DELETE from t", Some(Verb::Change)),
            ("with a as (select 1) select * from a", Some(Verb::With)),
            ("(select 1)", Some(Verb::Other)),
            ("", None),
            (" ; \n ;", None),
            ("-- nothing", None),
            ("/* never closed", None),
        ] {
            assert_eq!(Verb::of(sql), verb, "{sql:?}");
        }
    }

    #[test]
    fn the_pragma_is_recognized_however_it_is_written() {
        use BusyTimeout::{Read, Set, Several};
        for (sql, found) in [
            ("pragma busy_timeout", Some(Read)),
            ("PRAGMA main . busy_timeout ;", Some(Read)),
            ("/* a */ Pragma /* b */ BUSY_TIMEOUT -- c\n = 25;", Some(Set("25"))),
            ("pragma busy_timeout(1000)", Some(Set("1000"))),
            ("pragma busy_timeout = -1 -- none", Some(Set("-1"))),
            ("pragma busy_timeout=7 -- short", Some(Set("7"))),
            ("pragma \"busy_timeout\" = '8'", Some(Set("8"))),
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
            assert_eq!(busy_timeout(sql), found, "{sql:?}");
        }
    }
}
