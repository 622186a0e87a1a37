//! Where a program's source gives SQL to `text`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::tokens::{Token, tokens};

/// What stands in the parentheses of a call of `text`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Argument {
    Literal(String),
    /// The path of a file, as `include_str!` has it.
    File(PathBuf),
    /// The name of a constant.
    Constant(String),
    Other,
}

/// A call of `text`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) line: usize,
    pub(super) argument: Argument,
}

/// The calls of a source file, and the constants that are texts in it.
pub(super) fn calls(source: &str, path: &Path) -> (Vec<Call>, HashMap<String, String>) {
    let tokens = tokens(source);
    let tokens: Vec<(usize, &Token<'_>)> =
        tokens.iter().map(|(line, token)| (*line, token)).collect();
    let mut calls = Vec::new();
    let mut constants = HashMap::new();
    for at in 0..tokens.len() {
        match &tokens[at..] {
            [(line, Token::Word("text")), (_, Token::Symbol('(')), behind @ ..]
                if !is_other(&tokens[..at]) =>
            {
                calls.push(Call { line: *line, argument: argument(behind, path) });
            }
            // `const NAME: &str = "…";`, with a lifetime too.
            [
                (_, Token::Word("const" | "static")),
                (_, Token::Word(name)),
                (_, Token::Symbol(':')),
                behind @ ..,
            ] => {
                let end = behind.iter().position(|(_, token)| **token == Token::Symbol('='));
                if let Some([(_, Token::Text(text)), (_, Token::Symbol(';')), ..]) =
                    end.filter(|end| *end < 6).map(|end| &behind[end + 1..])
                {
                    constants.insert((*name).to_owned(), text.clone());
                }
            }
            _ => {}
        }
    }
    (calls, constants)
}

/// Whether what stands before it makes it another `text`: a method, or a function that is defined.
fn is_other(before: &[(usize, &Token<'_>)]) -> bool {
    matches!(before.last(), Some((_, Token::Symbol('.') | Token::Word("fn"))))
}

fn argument(tokens: &[(usize, &Token<'_>)], path: &Path) -> Argument {
    match tokens {
        [(_, Token::Text(text)), (_, Token::Symbol(')' | ',')), ..] => {
            Argument::Literal(text.clone())
        }
        [
            (_, Token::Word("include_str")),
            (_, Token::Symbol('!')),
            (_, Token::Symbol('(')),
            (_, Token::Text(file)),
            (_, Token::Symbol(')')),
            ..,
        ] => Argument::File(path.parent().unwrap_or(Path::new("")).join(file)),
        _ => constant(tokens).map_or(Argument::Other, Argument::Constant),
    }
}

/// The name of a constant, or of one in a module or a type.
fn constant(tokens: &[(usize, &Token<'_>)]) -> Option<String> {
    let mut last = None;
    for (_, token) in tokens {
        match token {
            Token::Word(name) => last = Some(*name),
            Token::Symbol(':') => {}
            Token::Symbol(')' | ',') => break,
            _ => return None,
        }
    }
    last.filter(|name| name.chars().all(|c| !c.is_lowercase())).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<Argument> {
        let (calls, _) = calls(source, Path::new("src/a.rs"));
        calls.into_iter().map(|call| call.argument).collect()
    }

    fn literal(text: &str) -> Argument {
        Argument::Literal(text.to_owned())
    }

    #[test]
    fn calls_are_found_with_what_they_are_given() {
        let source = "fn f() { text(\"select 1\").bind(\"a\", 1); aludel::text( r\"select 2\" ,) }";
        assert_eq!(found(source), [literal("select 1"), literal("select 2")]);
        let source = "text(include_str!(\"../sql/a.sql\")); text(QUERY); text(sql::QUERY)";
        assert_eq!(
            found(source),
            [
                Argument::File("src/../sql/a.sql".into()),
                Argument::Constant("QUERY".into()),
                Argument::Constant("QUERY".into()),
            ]
        );
        let source = "text(RawSql::new(made)); text(query); text(\"a\".into())";
        assert_eq!(found(source), [Argument::Other, Argument::Other, Argument::Other]);
    }

    #[test]
    fn others_of_this_name_are_none() {
        assert_eq!(found("self.text(\"a\"); fn text(a: &str) {} context(\"b\"); text: x"), []);
        assert_eq!(found("// text(\"a\")\n\"text(1)\""), []);
    }

    #[test]
    fn constants_are_found() {
        let source =
            "const A: &str = \"a\"; pub static B: &'static str = r\"b\"; const N: i32 = 5;";
        let (_, constants) = calls(source, Path::new("a.rs"));
        assert_eq!(constants.len(), 2);
        assert_eq!((&*constants["A"], &*constants["B"]), ("a", "b"));
    }
}
