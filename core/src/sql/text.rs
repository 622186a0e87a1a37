//! SQL that the program writes itself, with named binds.

use super::{
    CacheKey, Compiled, Executable, IntoSql, Lexis, Literals, Name, Params, RawSql, Spelling, Verb,
    Writer,
};
use crate::error::Result;
use crate::row::Row;
use crate::value::Value;

/// SQL as text, with binds written `:name`. See [`text`].
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Text {
    sql: RawSql,
    params: Params,
}

/// A statement from text that stands in the program.
///
/// `:name` is a bind, except in quotes, in comments and in `::` casts; `\:` is a colon. Quotes and
/// comments are read as the database reads them. Text made at run time must be wrapped into
/// [`RawSql`].
///
/// ```
/// use aludel::{create_engine, params, text};
///
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// let sum: Option<i64> =
///     conn.scalar(text("select :a + :b").params(params! { a: 2, b: 40 }))?;
/// assert_eq!(sum, Some(42));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn text(sql: impl IntoSql) -> Text {
    Text { sql: sql.into_sql(), params: Params::new() }
}

impl Text {
    /// Gives one bind its value.
    pub fn bind(mut self, name: impl Into<Name>, value: impl Into<Value>) -> Self {
        self.params.set(name.into(), value.into());
        self
    }

    /// Gives several binds their values.
    pub fn params(mut self, params: Params) -> Self {
        self.params.extend(params.into_pairs());
        self
    }
}

impl Executable for Text {
    type Row = Row;

    fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
        key.mark(b'T');
        key.name(&self.sql.0);
    }

    fn compile(&self, spelling: &dyn Spelling, _: &Params) -> Result<Compiled> {
        let mut writer = Writer::new(spelling);
        let scan = Scan { sql: self.sql.as_str(), at: 0, lexis: spelling.lexis() };
        for token in scan {
            match token {
                Token::Sql(sql) => writer.sql(sql),
                Token::Bind(name) => writer.bind(&name.to_owned().into()),
            }
        }
        Ok(writer.finish(Verb::Raw))
    }

    fn params(&self) -> &Params {
        &self.params
    }
}

#[derive(Debug, PartialEq)]
enum Token<'a> {
    Sql(&'a str),
    Bind(&'a str),
}

/// Finds the binds: everything up to the next one is SQL.
struct Scan<'a> {
    sql: &'a str,
    at: usize,
    lexis: Lexis,
}

impl<'a> Iterator for Scan<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.sql[self.at..];
        if rest.is_empty() {
            return None;
        }
        if let Some(name) = bind_name(rest) {
            self.at += 1 + name.len();
            return Some(Token::Bind(name));
        }
        if rest.starts_with("\\:") {
            self.at += 2;
            return Some(Token::Sql(":"));
        }
        let len = plain_len(self.sql, self.at, self.lexis);
        self.at += len;
        Some(Token::Sql(&rest[..len]))
    }
}

/// How much text from `start` on holds no bind.
fn plain_len(sql: &str, start: usize, lexis: Lexis) -> usize {
    let mut at = start;
    while at < sql.len() {
        let rest = &sql[at..];
        let before = sql[..at].chars().next_back();
        let first = rest.chars().next().map_or(1, char::len_utf8);
        at += match rest.as_bytes()[0] {
            b'\'' => {
                let escapes = matches!(before, Some('e' | 'E'))
                    && !sql[..at - 1].chars().next_back().is_some_and(is_word);
                quoted(rest, '\'', escapes || lexis.backslashes)
            }
            b'"' => quoted(rest, '"', lexis.backslashes),
            b'`' => quoted(rest, '`', false),
            b'-' if line_comment(rest, lexis) => rest.find('\n').unwrap_or(rest.len()),
            b'#' if lexis.backslashes => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => comment(rest, lexis.nested_comments),
            b'$' if !lexis.backslashes && !before.is_some_and(is_word) => {
                dollar_quoted(rest).unwrap_or(first)
            }
            // A colon after a word is a slice or a time, a second colon is a cast.
            b':' if rest.starts_with("::") => 2,
            b':' if at > start && !before.is_some_and(is_word) && bind_name(rest).is_some() => {
                return at - start;
            }
            b'\\' if at > start && rest.starts_with("\\:") => return at - start,
            _ => first,
        };
    }
    at - start
}

/// Where backslashes escape, `5--1` is a difference.
fn line_comment(rest: &str, lexis: Lexis) -> bool {
    let Some(behind) = rest.strip_prefix("--") else { return false };
    !lexis.backslashes || behind.starts_with(|c: char| c.is_whitespace() || c.is_control())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The name behind a colon.
fn bind_name(rest: &str) -> Option<&str> {
    let name = rest.strip_prefix(':')?;
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let end = name.find(|c| !is_word(c)).unwrap_or(name.len());
    Some(&name[..end])
}

/// The length of a quoted text; one that is not closed goes to the end, and the database says so.
fn quoted(rest: &str, quote: char, escapes: bool) -> usize {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if escapes && c == '\\' {
            characters.next();
        } else if c == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    rest.len()
}

/// The length of a comment.
fn comment(rest: &str, nests: bool) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        at += if tail.starts_with(b"/*") {
            depth = if nests { depth + 1 } else { 1 };
            2
        } else if tail.starts_with(b"*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
            2
        } else {
            1
        };
    }
    rest.len()
}

/// The length of `$tag$ … $tag$`, if that is what begins here.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag = &rest[..rest[1..].find('$')? + 2];
    let word = &tag[1..tag.len() - 1];
    if word.starts_with(|c: char| c.is_ascii_digit()) || !word.chars().all(is_word) {
        return None;
    }
    let body = &rest[tag.len()..];
    Some(body.find(tag).map_or(rest.len(), |end| tag.len() + end + tag.len()))
}

#[cfg(test)]
mod tests {
    use super::{Lexis, Scan, Token, text};

    const NESTED: Lexis = Lexis { nested_comments: true, backslashes: false };
    const BACKSLASHES: Lexis = Lexis { nested_comments: false, backslashes: true };

    fn binds_of(sql: &str, lexis: Lexis) -> Vec<&str> {
        let tokens = Scan { sql, at: 0, lexis };
        tokens
            .filter_map(|token| if let Token::Bind(name) = token { Some(name) } else { None })
            .collect()
    }

    fn binds(sql: &str) -> Vec<&str> {
        binds_of(sql, NESTED)
    }

    fn without_binds(sql: &str) -> String {
        let tokens = Scan { sql, at: 0, lexis: NESTED };
        tokens
            .map(|token| match token {
                Token::Sql(sql) => sql,
                Token::Bind(_) => "?",
            })
            .collect()
    }

    // conforms: D10.16
    #[test]
    fn finds_binds() {
        assert_eq!(binds(":a + :b_2, (:ü)"), ["a", "b_2", "ü"]);
        assert_eq!(without_binds("x=:a and y=:b"), "x=? and y=?");
        assert_eq!(without_binds("a\\:b"), "a:b");
        assert_eq!(without_binds("\\:a :a"), ":a ?");
    }

    #[test]
    fn finds_no_others() {
        for sql in [
            "':a' \":b\" `:c`",
            "'it''s :a' ''':b'",
            "E'\\':a' e'\\\\' || 'x'",
            "-- :a\nselect 1 /* :b /* :c */ :d */",
            "x::int, '1'::text, array[1:2], t[a:b], 12:30:00, a:b",
            "$$ :a $$ $tag$ :b $$ :c $tag$",
            ": 5 :1 :",
            "':open",
            "/* :open",
        ] {
            assert_eq!(binds(sql), Vec::<&str>::new(), "{sql}");
            assert_eq!(without_binds(sql), sql);
        }
        assert_eq!(binds("like'\\' and x = :a and 'b'"), ["a"]);
        assert_eq!(binds("$1 :a"), ["a"]);
        assert_eq!(binds("'a':b ':c' :d"), ["b", "d"]);
    }

    #[test]
    fn comments_nest_where_they_do() {
        let sql = "/* a /* b */ :x";
        assert_eq!(binds(sql), Vec::<&str>::new());
        assert_eq!(binds_of(sql, Lexis::default()), ["x"]);
    }

    #[test]
    fn backslashes_escape_where_they_do() {
        for sql in ["'it\\' :a'", "\"\\\" :a\"", "# :a", "-- :a", "--\t:a"] {
            assert_eq!(binds_of(sql, BACKSLASHES), Vec::<&str>::new(), "{sql}");
        }
        for sql in ["'\\\\' :a", "5--:a", "`\\` :a", "$$ :a $$", "'x''\\' :b' + :a"] {
            assert_eq!(binds_of(sql, BACKSLASHES), ["a"], "{sql}");
        }
    }

    #[test]
    fn equal_texts_are_equal() {
        assert_eq!(text("select :a").bind("a", 1), text("select :a").bind("a", 1));
    }
}
