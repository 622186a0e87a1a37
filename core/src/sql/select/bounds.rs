//! How many rows of a SELECT: LIMIT, OFFSET, FETCH.

use super::parts::Fetch;
use super::{RowCount, Select};
use crate::sql::Expression;

const NO_PAGE: &str = "pages are counted from 1, so there is no page 0; give the number plus 1 if it is counted \
     from 0";

impl<S> Select<S> {
    /// At most so many rows: an integer, an expression or a bind; `None` for all. The last call counts.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).limit(5);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t LIMIT :1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.parts().limit = rows.row_count();
        self
    }

    /// Without the first so many rows: an integer, an expression or a bind; `None` for all. The last
    /// call counts.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).limit(5).offset(10);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t LIMIT :1 OFFSET :2");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.parts().offset = rows.row_count();
        self
    }

    /// The rows from number `start`, counted from 0, up to `stop`, without it.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).slice(10, 15);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t LIMIT :1 OFFSET :2");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn slice(self, start: u64, stop: u64) -> Self {
        let skipped = if start == 0 { None } else { Some(start) };
        self.limit(stop.saturating_sub(start)).offset(skipped)
    }

    /// The page with this number, counted from 1, of pages of so many rows. The number 0 is an error when the
    /// statement is compiled.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).page(3, 20);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t LIMIT :1 OFFSET :2");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn page(mut self, number: u64, rows: u64) -> Self {
        let Some(before) = number.checked_sub(1) else {
            self.parts().limit = Some(Expression::refused(NO_PAGE));
            return self;
        };
        let start = before.saturating_mul(rows);
        self.slice(start, start.saturating_add(rows))
    }

    /// As [`limit`](Self::limit), which FETCH FIRST … ROWS ONLY is another word for.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).fetch(5);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t LIMIT :1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn fetch(self, rows: impl RowCount) -> Self {
        self.limit(rows)
    }

    /// As [`limit`](Self::limit), and the rows that are sorted like the last: FETCH FIRST … WITH TIES.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).order_by(t.c("a")?).fetch_with_ties(5);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t ORDER BY t.a FETCH FIRST $1 ROWS WITH TIES"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn fetch_with_ties(self, rows: impl RowCount) -> Self {
        self.fetched(rows, false, true)
    }

    /// At most so many of a hundred of the rows: FETCH FIRST … PERCENT.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).fetch_percent(5);
    /// assert!(statement.compile(&PostgreSql::new()).is_err());
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn fetch_percent(self, percent: impl RowCount) -> Self {
        self.fetched(percent, true, false)
    }

    /// As [`fetch_percent`](Self::fetch_percent), and the rows that are sorted like the last.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).fetch_percent_with_ties(5);
    /// assert!(statement.compile(&PostgreSql::new()).is_err());
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn fetch_percent_with_ties(self, percent: impl RowCount) -> Self {
        self.fetched(percent, true, true)
    }

    fn fetched(mut self, rows: impl RowCount, percent: bool, ties: bool) -> Self {
        let fetch = rows.row_count().map(|rows| Fetch { rows, percent, ties });
        self.parts().more().fetch = fetch;
        self
    }
}
