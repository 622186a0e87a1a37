//! How a session prepares a statement without executing it.

use crate::value::Value;

/// The statements by which a session prepares another one without executing it:
/// [`Dialect::preparation`](super::Dialect::preparation).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Preparation {
    /// Texts as the driver takes them, with their values, in order.
    pub steps: Vec<(String, Vec<Value>)>,
    /// What forgets the statement again, once it is prepared.
    pub end: Option<&'static str>,
    /// The SQLSTATE by which the database says that the session has the statement of an earlier check,
    /// which was cut before its end.
    pub left_over: Option<&'static str>,
}

impl Preparation {
    /// By one text.
    #[must_use]
    pub fn by(sql: String, values: Vec<Value>) -> Self {
        Self { steps: vec![(sql, values)], end: None, left_over: None }
    }

    /// With another text behind those there are.
    #[must_use]
    pub fn then(mut self, sql: impl Into<String>) -> Self {
        self.steps.push((sql.into(), Vec::new()));
        self
    }

    /// With what forgets the statement again.
    #[must_use]
    pub fn ended_by(self, sql: &'static str) -> Self {
        Self { end: Some(sql), ..self }
    }

    /// With the SQLSTATE by which the database says that the session has the statement of an earlier
    /// check.
    #[must_use]
    pub fn left_over(self, sqlstate: &'static str) -> Self {
        Self { left_over: Some(sqlstate), ..self }
    }
}
