//! Reading SQL text: words, quoted text, comments, as a database reads them.
//!
//! This is not a parser. It finds where quotes and comments end, which is what is needed to find
//! the binds of a text or its first words.
//!
//! ```
//! use aludel_core::lex::{LexicalRules, Token, tokens};
//!
//! let rules = LexicalRules::default();
//! let words = tokens("select 'a b' -- c\n from t", rules).filter_map(|token| match token {
//!     Token::Word(word) => Some(word),
//!     _ => None,
//! });
//! assert_eq!(words.collect::<Vec<_>>(), ["select", "from", "t"]);
//! ```

/// In what the quotes and comments of one database differ from those of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LexicalRules {
    /// A comment may stand in a comment.
    pub nested_comments: bool,
    /// A backslash in quotes takes the next character with it, and `#` begins a comment.
    pub backslashes: bool,
}

impl LexicalRules {
    /// Those of all databases.
    pub(crate) const ALL: [Self; 3] = {
        let plain = Self { nested_comments: false, backslashes: false };
        [plain, Self { nested_comments: true, ..plain }, Self { backslashes: true, ..plain }]
    };

    /// Comments may stand in comments.
    #[must_use]
    pub fn with_nested_comments(self) -> Self {
        Self { nested_comments: true, ..self }
    }

    /// Backslashes escape in quotes, `#` begins a comment, `--` does so only before a blank.
    #[must_use]
    pub fn with_backslashes(self) -> Self {
        Self { backslashes: true, ..self }
    }
}

/// A piece of SQL text. The pieces of a text, one behind the other, are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// White space.
    Space(&'a str),
    /// A comment with its marks. One that is not closed goes to the end of the text.
    Comment(&'a str),
    /// Text or a name in quotes, with the quotes. What is not closed goes to the end of the text.
    Quoted(&'a str),
    /// Letters, digits and underscores: a keyword, a name or a number.
    Word(&'a str),
    /// Any other character.
    Symbol(&'a str),
}

impl<'a> Token<'a> {
    /// The text of the piece.
    #[must_use]
    pub fn text(self) -> &'a str {
        match self {
            Self::Space(text)
            | Self::Comment(text)
            | Self::Quoted(text)
            | Self::Word(text)
            | Self::Symbol(text) => text,
        }
    }
}

/// The pieces of a text.
#[must_use]
pub fn tokens(sql: &str, rules: LexicalRules) -> Tokens<'_> {
    Tokens { rest: sql, rules, before: None }
}

/// The iterator that [`tokens`] makes.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    rest: &'a str,
    rules: LexicalRules,
    /// The word right before the rest.
    before: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    /// The text that was not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a str {
        self.rest
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let (make, len) = next(self.rest, self.rules, self.before)?;
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        let token = make(text);
        self.before = if let Token::Word(word) = token { Some(word) } else { None };
        Some(token)
    }
}

type Make<'a> = fn(&'a str) -> Token<'a>;

/// The kind and the length of the first piece.
fn next<'a>(rest: &'a str, rules: LexicalRules, before: Option<&str>) -> Option<(Make<'a>, usize)> {
    let first = rest.chars().next()?;
    let line = || rest.find('\n').unwrap_or(rest.len());
    Some(match first {
        '\'' => {
            let escapes = matches!(before, Some("e" | "E")) || rules.backslashes;
            (Token::Quoted, quoted(rest, '\'', escapes))
        }
        '"' => (Token::Quoted, quoted(rest, '"', rules.backslashes)),
        '`' => (Token::Quoted, quoted(rest, '`', false)),
        '-' if is_line_comment(rest, rules) => (Token::Comment, line()),
        '#' if rules.backslashes => (Token::Comment, line()),
        '/' if rest.starts_with("/*") => (Token::Comment, comment(rest, rules.nested_comments)),
        '$' if !rules.backslashes && before.is_none() => match dollar_quoted(rest) {
            Some(len) => (Token::Quoted, len),
            None => (Token::Symbol, 1),
        },
        _ if is_word(first) => (Token::Word, rest.find(|c| !is_word(c)).unwrap_or(rest.len())),
        _ if first.is_whitespace() => {
            (Token::Space, rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()))
        }
        _ => (Token::Symbol, first.len_utf8()),
    })
}

/// Where backslashes escape, `5--1` is a difference.
fn is_line_comment(rest: &str, rules: LexicalRules) -> bool {
    let Some(behind) = rest.strip_prefix("--") else { return false };
    !rules.backslashes || behind.starts_with(|c: char| c.is_whitespace() || c.is_control())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a quoted text; the database reports one that is not closed.
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
    use super::*;

    #[test]
    fn the_pieces_are_the_text() {
        for sql in [
            "select 'it''s' || \"a\", `b` /* c /* d */ e -- f\n, $$ g $$ $h$ i $h$, E'\\'' ü🦀",
            "'open",
            "/* open",
            "$open$ a",
            "",
        ] {
            for rules in [
                LexicalRules::default(),
                LexicalRules::default().with_nested_comments(),
                LexicalRules::default().with_backslashes(),
            ] {
                let pieces: String = tokens(sql, rules).map(Token::text).collect();
                assert_eq!(pieces, sql);
            }
        }
    }

    #[test]
    fn quotes_and_comments_end_where_the_database_ends_them() {
        use Token::{Comment, Quoted, Space, Symbol, Word};
        let all = |sql, rules| tokens(sql, rules).collect::<Vec<_>>();
        let plain = LexicalRules::default();
        assert_eq!(all("'a''b'c", plain), [Quoted("'a''b'"), Word("c")]);
        assert_eq!(all("'\\' x", plain), [Quoted("'\\'"), Space(" "), Word("x")]);
        assert_eq!(all("'\\' x", plain.with_backslashes()), [Quoted("'\\' x")]);
        assert_eq!(all("e'\\' x", plain), [Word("e"), Quoted("'\\' x")]);
        assert_eq!(all("like'\\'", plain), [Word("like"), Quoted("'\\'")]);
        assert_eq!(all("/*a/*b*/c", plain), [Comment("/*a/*b*/"), Word("c")]);
        assert_eq!(all("/*a/*b*/c", plain.with_nested_comments()), [Comment("/*a/*b*/c")]);
        assert_eq!(all("5--1\n", plain), [Word("5"), Comment("--1"), Space("\n")]);
        let minus = [Word("5"), Symbol("-"), Symbol("-"), Word("1")];
        assert_eq!(all("5--1", plain.with_backslashes()), minus);
        assert_eq!(all("#a\nb", plain.with_backslashes()), [Comment("#a"), Space("\n"), Word("b")]);
        assert_eq!(all("$a$ b $a$", plain), [Quoted("$a$ b $a$")]);
        assert_eq!(all("$1", plain), [Symbol("$"), Word("1")]);
    }
}
