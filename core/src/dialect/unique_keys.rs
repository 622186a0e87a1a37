//! What a database knows of the unique key that a row has violated, beyond what its message said.

use crate::lex::{LexicalRules, Token, tokens};
use crate::value::Value;

/// What is known of a unique key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UniqueKey {
    /// The schema, if the statement named one.
    pub schema: Option<String>,
    /// The table.
    pub table: Option<String>,
    /// The name of the constraint or of the index.
    pub constraint: Option<String>,
    /// The columns, in the order of the key.
    pub columns: Vec<String>,
}

impl UniqueKey {
    /// Whether there is nothing left to ask.
    pub(crate) fn is_known(&self) -> bool {
        self.table.is_some() && self.constraint.is_some() && !self.columns.is_empty()
    }
}

/// A question to the catalogue: its text, with the placeholders of the driver, and its values. Its answer
/// are texts, or NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueQuery {
    /// The text.
    pub sql: &'static str,
    /// The values.
    pub values: Vec<Value>,
}

/// The schema and the table that a statement writes to, if its first words say so.
pub(crate) fn written_table(sql: &str, rules: LexicalRules) -> (Option<String>, Option<String>) {
    let mut words = tokens(sql, rules)
        .filter(|token| !matches!(token, Token::Space(_) | Token::Comment(_)))
        .peekable();
    let is = |token: Token<'_>, word: &str| token.text().eq_ignore_ascii_case(word);
    match words.next() {
        Some(first) if is(first, "insert") || is(first, "replace") || is(first, "update") => {}
        _ => return (None, None),
    }
    let modifiers = ["low_priority", "high_priority", "delayed", "ignore", "into", "or", "replace"];
    while words.peek().is_some_and(|word| modifiers.iter().any(|known| is(*word, known))) {
        words.next();
    }
    let first = words.next().map(name);
    if words.peek().is_some_and(|token| token.text() == ".") {
        words.next();
        return (first, words.next().map(name));
    }
    (None, first)
}

/// A name as the catalogue has it.
fn name(token: Token<'_>) -> String {
    match token {
        Token::Quoted(text) if text.len() >= 2 => {
            let quote = &text[..1];
            text[1..text.len() - 1].replace(&format!("{quote}{quote}"), quote)
        }
        other => other.text().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_say_what_is_written_to() {
        let of = |sql| written_table(sql, LexicalRules::default().with_backslashes());
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(of("INSERT INTO `a``b` (x) VALUES (1)"), (None, some("a`b")));
        assert_eq!(of("/* c */ insert ignore into s . t values (1)"), (some("s"), some("t")));
        assert_eq!(of("update `s`.`t` set a = 1"), (some("s"), some("t")));
        assert_eq!(of("replace t values (1)"), (None, some("t")));
        assert_eq!(of("with x as (select 1) insert into t select 1"), (None, None));
        assert_eq!(of(""), (None, None));
    }
}
