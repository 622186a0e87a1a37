//! The tokens of Rust source, as far as strings that are given to functions are looked for.

/// A piece of Rust source.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// A name or a keyword.
    Word(&'a str),
    /// A string literal, by its value.
    Text(String),
    /// A character that is neither of a word nor of a literal.
    Symbol(char),
    /// A literal that is no text.
    Other,
}

/// The tokens with the numbers of their lines, without space and comments.
pub(super) fn tokens(source: &str) -> Vec<(usize, Token<'_>)> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let (token, len) = next(rest, first);
        // Of a text that is not closed, what there is.
        let (piece, behind) = rest.split_at_checked(len).unwrap_or((rest, ""));
        found.extend(token.map(|token| (line, token)));
        line += piece.matches('\n').count();
        rest = behind;
    }
    found
}

fn next(rest: &str, first: char) -> (Option<Token<'_>>, usize) {
    if rest.starts_with("//") {
        return (None, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (None, comment(rest));
    }
    if let Some((token, len)) = string(rest) {
        return (Some(token), len);
    }
    match first {
        '\'' => (Some(Token::Other), character(rest)),
        '"' => {
            let len = quoted(rest);
            (Some(Token::Text(unescaped(inside(rest, 1, len)))), len)
        }
        _ if is_of_word(first) => {
            let len = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            (Some(Token::Word(&rest[..len])), len)
        }
        _ if first.is_whitespace() => (None, first.len_utf8()),
        _ => (Some(Token::Symbol(first)), first.len_utf8()),
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a comment, in which others may stand.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let pair = &text.as_bytes()[at..text.len().min(at + 2)];
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// A literal with letters in front: `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"`.
fn string(rest: &str) -> Option<(Token<'_>, usize)> {
    let letters = rest.find(|c: char| !matches!(c, 'r' | 'b' | 'c')).unwrap_or(rest.len());
    let (prefix, behind) = rest.split_at(letters);
    if !matches!(prefix, "r" | "b" | "br" | "c" | "cr") {
        return None;
    }
    if !prefix.ends_with('r') {
        let len = behind.starts_with('"').then(|| quoted(behind))?;
        return Some((Token::Other, letters + len));
    }
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    let text = behind[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", &behind[..hashes]);
    let len = text.find(&end).unwrap_or(text.len());
    let token = match prefix {
        "r" => Token::Text(text[..len].to_owned()),
        _ => Token::Other,
    };
    Some((token, letters + hashes + 1 + len + end.len()))
}

/// The length of a character; of a lifetime, that of its mark.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            chars.skip(1).find(|(_, c)| *c == '\'').map_or(text.len(), |(at, _)| at + 1)
        }
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1),
        None => 1,
    }
}

/// The length of a literal in quotes.
fn quoted(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return at + 1,
            '\\' => drop(chars.next()),
            _ => {}
        }
    }
    text.len()
}

/// What is between quotes of this width.
fn inside(text: &str, quote: usize, len: usize) -> &str {
    text.get(quote..len.saturating_sub(quote)).unwrap_or_default()
}

/// The value of a literal.
fn unescaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let mut chars = escape.chars();
        let (made, len) = match chars.next() {
            Some('n') => (Some('\n'), 1),
            Some('r') => (Some('\r'), 1),
            Some('t') => (Some('\t'), 1),
            Some('0') => (Some('\0'), 1),
            Some('x') => (coded(escape.get(1..3).unwrap_or_default()), 3),
            Some('u') => {
                let end = escape.find('}').unwrap_or(escape.len());
                (coded(escape.get(2..end).unwrap_or_default()), end + 1)
            }
            // The line goes on with the first character of the next ones.
            Some('\n' | '\r') => (None, escape.len() - escape.trim_start().len()),
            Some(other) => (Some(other), other.len_utf8()),
            None => (None, 0),
        };
        value.extend(made);
        rest = escape.get(len..).unwrap_or_default();
    }
    value.push_str(rest);
    value
}

fn coded(digits: &str) -> Option<char> {
    u32::from_str_radix(&digits.replace('_', ""), 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let text = |(_, token)| if let Token::Text(text) = token { Some(text) } else { None };
        tokens(source).into_iter().filter_map(text).collect()
    }

    #[test]
    fn literals_have_their_values() {
        assert_eq!(texts(r#"f("a \"b\" \n\x41\u{e9}\\")"#), ["a \"b\" \nA\u{e9}\\"]);
        assert_eq!(texts("\"a \\\n     b\""), ["a b"]);
        assert_eq!(texts("r\"a\\b\" r##\"c \"# d\"##"), ["a\\b", "c \"# d"]);
        assert_eq!(texts("b\"a\" br#\"b\"# c\"c\""), Vec::<String>::new());
    }

    #[test]
    fn what_only_looks_like_a_literal() {
        assert_eq!(texts("// \"a\"\n/* \"b\" /* \"c\" */ \"d\" */ \"e\""), ["e"]);
        assert_eq!(texts("'\"' '\\'' '\\u{22}' fn f<'a>(x: &'a str) {} \"g\""), ["g"]);
        assert_eq!(texts("bar(\"h\"); let rbc = r; \"i\""), ["h", "i"]);
        assert_eq!(texts("\"open"), ["ope"]);
        assert_eq!(texts("/* open"), Vec::<String>::new());
    }

    #[test]
    fn lines_are_counted() {
        let found = tokens("a\n/* \n */ \"x\n y\" b");
        let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 4]);
    }
}
