//! The SQL that a program's source has as text, and a test that a database would take it.
//!
//! What `select(…)` and its kin make is checked by the compiler. What stands in `text("…")` is found to be
//! wrong when it runs, unless a test has the database check all of it before:
//!
//! ```no_run
//! use aludel::{Engine, create_engine};
//! use aludel::source_texts::SourceTexts;
//!
//! /// A database that has the tables of the program.
//! fn test_database() -> aludel::Result<Engine> {
//! #   create_engine("sqlite://")
//!     // …
//! }
//!
//! # /*
//! #[test]
//! # */
//! fn every_text_is_right() -> aludel::Result<()> {
//!     let mut conn = test_database()?.connect()?;
//!     let texts = SourceTexts::in_folder(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))?;
//!     let report = texts.check(&mut conn)?;
//!     assert!(report.prepared() > 0, "the texts were not found");
//!     report.into_result()
//! }
//! # every_text_is_right().unwrap();
//! ```

mod find;
mod report;
mod source_text;
mod tokens;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use report::TextReport;
pub use source_text::SourceText;

use crate::engine::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::lex::{self, LexicalRules};
use crate::sql::{RawSql, text};
use find::{Argument, calls};

/// The calls of `text` in a program's source: see [the module](self).
#[derive(Debug, Clone, Default)]
pub struct SourceTexts(Vec<SourceText>);

const IN_NO_SOURCE: &str = "it is made at run time: neither a literal, nor a constant of these sources, nor \
     `include_str!`";
const NO_STATEMENT: &str =
    "it is a part of a statement, or no statement that reads or changes rows";
const NO_TYPES: &str = "the database does not know the types of its binds without values; write a cast, such as \
     `cast(:name as int)`, to have it checked";

/// What a statement begins with that every database can prepare.
const STATEMENTS: &[&str] =
    &["select", "insert", "update", "delete", "merge", "replace", "values", "with"];

impl SourceTexts {
    /// Those of all files of Rust in a folder and in the folders inside.
    ///
    /// SQL is found where it is a literal, a constant of the same sources by its name, or a file that
    /// `include_str!` names. Text that macros make is not found.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`]: a folder or a file cannot be read.
    pub fn in_folder(folder: impl AsRef<Path>) -> Result<Self> {
        let mut files = Vec::new();
        rust_files(folder.as_ref(), &mut files)?;
        files.sort();
        let mut found = Vec::new();
        // `None` for a name that two constants have: it is not known which one is meant.
        let mut constants: HashMap<String, Option<String>> = HashMap::new();
        for path in files {
            let (calls, known) = calls(&read(&path)?, &path);
            found.extend(calls.into_iter().map(|call| (path.clone(), call)));
            for (name, sql) in known {
                let kept = constants.entry(name).or_insert_with(|| Some(sql.clone()));
                if kept.as_ref() != Some(&sql) {
                    *kept = None;
                }
            }
        }
        let text = |(path, call): (PathBuf, find::Call)| {
            let sql = match call.argument {
                Argument::Literal(sql) => Ok(sql),
                Argument::File(file) => Ok(read(&file)?),
                Argument::Constant(name) => {
                    constants.get(&name).cloned().flatten().ok_or(IN_NO_SOURCE)
                }
                Argument::Other => Err(IN_NO_SOURCE),
            };
            Ok(SourceText { path, line: call.line, sql })
        };
        found.into_iter().map(text).collect::<Result<_>>().map(Self)
    }

    /// All of them, in the order of the files and the lines.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &SourceText> {
        self.0.iter()
    }

    /// Keeps only some of them: those for one database, or those that are no tests.
    #[must_use]
    pub fn filter(mut self, keep: impl FnMut(&SourceText) -> bool) -> Self {
        self.0.retain(keep);
        self
    }

    /// Has the database prepare each of them that is a statement which reads or changes rows, by
    /// [`Connection::check`]. Nothing is executed.
    ///
    /// # Errors
    ///
    /// The connection was lost. What the database refuses is in the report.
    pub fn check(&self, connection: &mut Connection) -> Result<TextReport> {
        let mut report = TextReport::default();
        let rules = connection.engine().dialect().lexical_rules();
        for found in &self.0 {
            let sql = match &found.sql {
                Ok(sql) if is_statement(sql, rules) => sql,
                Ok(_) => {
                    report.leave_out(found, NO_STATEMENT);
                    continue;
                }
                Err(reason) => {
                    report.leave_out(found, reason);
                    continue;
                }
            };
            match connection.check(text(RawSql::new(sql.clone()))) {
                Ok(()) => report.prepared += 1,
                Err(error) if error.is_disconnect() => return Err(error),
                Err(error) if lacks_types(&error) => report.leave_out(found, NO_TYPES),
                Err(error) => report.failed.push((found.clone(), error)),
            }
        }
        Ok(report)
    }
}

/// Whether the text is a statement that can be prepared, and no part of one.
fn is_statement(sql: &str, rules: LexicalRules) -> bool {
    let word = lex::tokens(sql, rules).find_map(|token| match token {
        lex::Token::Space(_) | lex::Token::Comment(_) | lex::Token::Symbol("(") => None,
        other => Some(other.text()),
    });
    word.is_some_and(|word| STATEMENTS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// Whether PostgreSQL could not infer the type of a parameter, which a value would have given.
fn lacks_types(error: &Error) -> bool {
    matches!(error.sqlstate(), Some("42P18" | "42725"))
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let message = format!("{} cannot be read: {error}", path.display());
    Error::new(ErrorKind::Argument, message).with_source(error)
}
