//! What a SELECT inside a statement shares with the one around it.

use super::Select;
use super::parts::Correlate;
use crate::sql::FromClause;

impl<S> Select<S> {
    /// As a statement inside another, it does not select from these objects of the statements around
    /// it, and refers to the row there. Without this, that is so for all of them, unless nothing would be
    /// left to select from.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?)
    ///     .where_(select(u.c("id")?)
    ///     .where_(u.c("t_id")?.eq(t.c("id")?)).correlate([&t]).exists());
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT t.a FROM t WHERE EXISTS (SELECT u.id FROM u WHERE u.t_id = t.id)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn correlate<F: Into<FromClause>>(self, with: impl IntoIterator<Item = F>) -> Self {
        self.correlated(Correlate::Only(with.into_iter().map(Into::into).collect()))
    }

    /// As a statement inside another, it selects itself from all that it names.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?)
    ///     .where_(t.c("a")?.eq(select(func::max(t.c("a")?)).no_correlate().scalar_subquery()));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a = (SELECT max(t.a) FROM t)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn no_correlate(self) -> Self {
        self.correlated(Correlate::Only(Vec::new()))
    }

    /// As a statement inside another, it selects itself from these of the objects that the statements
    /// around it select from, and from no others of them.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?)
    ///     .where_(select(u.c("id")?)
    ///     .where_(u.c("t_id")?.eq(t.c("id")?)).correlate_except([&u]).exists());
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT t.a FROM t WHERE EXISTS (SELECT u.id FROM u WHERE u.t_id = t.id)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn correlate_except<F: Into<FromClause>>(self, from: impl IntoIterator<Item = F>) -> Self {
        self.correlated(Correlate::Except(from.into_iter().map(Into::into).collect()))
    }

    fn correlated(mut self, correlate: Correlate) -> Self {
        self.parts().more().correlate = correlate;
        self
    }
}
