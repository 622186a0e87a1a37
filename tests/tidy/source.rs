//! A Rust file with its comments and literals set apart from its code.

use crate::tree;

/// A Rust file, line by line.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    /// The lines as they are.
    pub(crate) lines: Vec<String>,
    /// The same lines without comments, strings and characters.
    pub(crate) code: Vec<String>,
    /// The index of the line where a `#[cfg(test)]` module at the end of the file starts.
    tests_from: usize,
}

impl Source {
    /// Every Rust file of the tree.
    pub(crate) fn all() -> Vec<Self> {
        tree::files(".rs").into_iter().map(|file| Self::new(file.path, &file.text)).collect()
    }

    pub(crate) fn new(path: String, text: &str) -> Self {
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let code: Vec<_> = code_of(text).lines().map(str::to_owned).collect();
        let starts = |at: &usize| {
            code[*at] == "#[cfg(test)]" && code.get(at + 1).is_some_and(|l| l.starts_with("mod "))
        };
        let tests_from = (0..code.len()).find(starts).unwrap_or(code.len());
        Self { path, lines, code, tests_from }
    }

    /// The lines of code with their numbers.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.iter().enumerate().map(|(index, line)| (index + 1, line.as_str()))
    }

    /// The lines of code above the tests at the end of the file.
    pub(crate) fn without_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.numbered().take(self.tests_from)
    }

    /// Whether this is what programs are built of: no test, benchmark or example. A file `tests.rs` is
    /// the module `tests` of the file beside it.
    pub(crate) fn is_product(&self) -> bool {
        let others = ["tests/", "tests.rs", "testing/", "benches/", "examples/"];
        !self.path.split_inclusive('/').any(|part| others.contains(&part))
    }
}

/// Whether the line has this word, whole.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    words(line).any(|found| found == word)
}

/// The words of a line: names, keywords and numbers.
pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The text with a space for each comment and each literal, on the same lines.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_word = false;
    while let Some(next) = rest.chars().next() {
        // The letter before a quote belongs to the literal only if a word does not end in it.
        let quoted = matches!(next, '\'' | '"');
        let passive = if in_word && !quoted { 0 } else { passive(rest) };
        if passive == 0 {
            code.push(next);
            in_word = next.is_alphanumeric() || next == '_';
            rest = &rest[next.len_utf8()..];
        } else {
            code.push(' ');
            code.extend(rest[..passive].chars().filter(|c| *c == '\n'));
            in_word = false;
            rest = &rest[passive..];
        }
    }
    code
}

/// The length of the comment or literal with which the text starts, or 0.
fn passive(text: &str) -> usize {
    if text.starts_with("//") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        block_comment(text)
    } else if text.starts_with('\'') {
        character(text)
    } else {
        string(text)
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let (change, step) = match text.as_bytes().get(at..at + 2) {
            Some(b"/*") => (1, 2),
            Some(b"*/") => (-1, 2),
            _ => (0, 1),
        };
        depth += change;
        at += step;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// A character, but not a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => chars.skip(1).find(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

fn string(text: &str) -> usize {
    let unprefixed = text.strip_prefix(['b', 'c']).unwrap_or(text);
    let prefix = text.len() - unprefixed.len();
    let length = match unprefixed.strip_prefix('r').map(raw_string) {
        Some(0) => 0,
        Some(length) => length + 1,
        None => escaped_string(unprefixed),
    };
    if length == 0 { 0 } else { prefix + length }
}

fn raw_string(text: &str) -> usize {
    let hashes = text.len() - text.trim_start_matches('#').len();
    if !text[hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let inside = &text[hashes + 1..];
    inside.find(&end).map_or(text.len(), |at| hashes + 1 + at + end.len())
}

fn escaped_string(text: &str) -> usize {
    if !text.starts_with('"') {
        return 0;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_what_is_neither_comment_nor_literal() {
        let cases = [
            ("a // unsafe\nb", "a  \nb"),
            ("a /* x /* y */ \n z */ b", "a  \n b"),
            (r#"f("un\"safe", 'x', '\'', '"')"#, "f( ,  ,  ,  )"),
            ("r#\"a \"quoted\" b\"#; br\"x\"; b\"y\"; b'\"'; c", " ;  ;  ; b ; c"),
            ("fn f<'a>(x: &'a str, r#type: u8)", "fn f<'a>(x: &'a str, r#type: u8)"),
            ("\"two\nlines\" end", " \n end"),
        ];
        for (text, code) in cases {
            assert_eq!(code_of(text), code, "{text}");
        }
    }

    #[test]
    fn tests_at_the_end_are_apart() {
        let text = "//! Doc.\nfn a() {}\n#[cfg(test)]\nmod tests {\n    b();\n}\n";
        let source = Source::new("x/src/a.rs".to_owned(), text);
        assert_eq!(source.without_tests().map(|(line, _)| line).max(), Some(2));
        assert_eq!(source.numbered().count(), 6);
    }
}
