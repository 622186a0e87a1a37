//! What a database said of the texts of a program.

use std::fmt;

use super::source_text::SourceText;
use crate::error::{Error, ErrorKind, Result};

/// What a database said of the texts of a program: [`SourceTexts::check`](super::SourceTexts::check).
///
/// It prints one line for each text that is wrong.
#[derive(Debug, Default)]
#[must_use = "a report tells which texts are wrong"]
pub struct TextReport {
    pub(super) prepared: usize,
    pub(super) failed: Vec<(SourceText, Error)>,
    left_out: Vec<(SourceText, &'static str)>,
}

impl TextReport {
    pub(super) fn leave_out(&mut self, text: &SourceText, reason: &'static str) {
        self.left_out.push((text.clone(), reason));
    }

    /// How many texts the database has prepared.
    #[must_use]
    pub fn prepared(&self) -> usize {
        self.prepared
    }

    /// The texts that it refused, each with its error.
    #[must_use]
    pub fn failed(&self) -> &[(SourceText, Error)] {
        &self.failed
    }

    /// The texts that it was not asked about, each with the reason: parts of statements, definitions, text that
    /// is made at run time.
    #[must_use]
    pub fn left_out(&self) -> &[(SourceText, &'static str)] {
        &self.left_out
    }

    /// An error that lists all texts that are wrong, if there are any.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Programming`], with the place of each text and what the database said.
    pub fn into_result(self) -> Result<()> {
        if self.failed.is_empty() {
            return Ok(());
        }
        let message = format!("{} texts are wrong:\n{self}", self.failed.len());
        Err(Error::new(ErrorKind::Programming, message))
    }
}

impl fmt::Display for TextReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (text, error) in &self.failed {
            writeln!(f, "{}:{}: {}", text.path().display(), text.line(), error.message())?;
        }
        Ok(())
    }
}
