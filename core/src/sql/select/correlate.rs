//! What a SELECT inside a statement shares with the one around it.

use super::Select;
use super::parts::Correlate;
use crate::sql::FromClause;

impl<S> Select<S> {
    /// As a statement inside another, it does not select from these objects of the statements around
    /// it, and refers to the row there. Without this, that is so for all of them, unless nothing would be
    /// left to select from.
    pub fn correlate<F: Into<FromClause>>(self, with: impl IntoIterator<Item = F>) -> Self {
        self.correlated(Correlate::Only(with.into_iter().map(Into::into).collect()))
    }

    /// As a statement inside another, it selects itself from all that it names.
    pub fn no_correlate(self) -> Self {
        self.correlated(Correlate::Only(Vec::new()))
    }

    /// As a statement inside another, it selects itself from these of the objects that the statements
    /// around it select from, and from no others of them.
    pub fn correlate_except<F: Into<FromClause>>(self, from: impl IntoIterator<Item = F>) -> Self {
        self.correlated(Correlate::Except(from.into_iter().map(Into::into).collect()))
    }

    fn correlated(mut self, correlate: Correlate) -> Self {
        self.parts().more().correlate = correlate;
        self
    }
}
