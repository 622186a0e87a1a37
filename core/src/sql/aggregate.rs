//! What stands in and behind a call of an aggregate: DISTINCT, ORDER BY, FILTER, WITHIN GROUP, OVER.

use super::tree::Kind;
use super::window::Window;
use super::{Condition, Expr, Expression, OrderBy, OrderTerm};

/// Of a call of an aggregate or a window function. On any other expression they are an error when the
/// statement is compiled.
impl<V> Expr<V> {
    /// The aggregate of different values: `count(DISTINCT name)`.
    ///
    /// ```
    /// use aludel::{Column, MetaData, Table, func, select, types};
    ///
    /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
    /// let statement = select(func::count_of(t.c("a")?).distinct());
    /// assert_eq!(statement.to_string(), "SELECT count(DISTINCT t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn distinct(self) -> Self {
        Self::new(self.into_expression().change_aggregate(|call| call.distinct = true))
    }

    /// The aggregate of those rows for which a condition holds. A second condition must hold as well.
    ///
    /// ```
    /// use aludel::dialect::mysql::MySql;
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::ClauseElement;
    /// use aludel::{Column, MetaData, Table, func, select, types};
    ///
    /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
    /// let statement = select(func::sum(t.c("a")?).filter(t.c("a")?.gt(0)));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT sum(t.a) FILTER (WHERE t.a > $1) FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "SELECT sum(CASE WHEN t.a > ? THEN t.a END) FROM t"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn filter<C: Condition>(self, condition: C) -> Self {
        let condition = condition.condition();
        Self::new(self.into_expression().change_aggregate(|call| {
            let before = call.filter.take();
            call.filter = Some(match before {
                None => condition,
                Some(before) => Expression::joined(Kind::All, [before, condition]),
            });
        }))
    }

    /// The order in which an aggregate takes the rows, where that matters.
    ///
    /// ```
    /// use aludel::dialect::mysql::MySql;
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::ClauseElement;
    /// use aludel::{Column, MetaData, Table, func, select, types};
    ///
    /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Text)])?;
    /// let statement = select(func::aggregate_strings(t.c("a")?, ", ").order_by(t.c("a")?.desc()));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT string_agg(t.a, ', ' ORDER BY t.a DESC) FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "SELECT group_concat(t.a ORDER BY t.a DESC SEPARATOR ', ') FROM t"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn order_by(self, by: impl OrderBy) -> Self {
        let terms = terms(by);
        Self::new(self.into_expression().change_aggregate(|call| call.order.extend(terms)))
    }

    /// `WITHIN GROUP (ORDER BY …)`, of a function that is called by its name. PostgreSQL has it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::call("percentile_cont", 0.5).within_group(t.c("a")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT percentile_cont($1) WITHIN GROUP (ORDER BY t.a) FROM t"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn within_group(self, by: impl OrderBy) -> Self {
        let terms = terms(by);
        Self::new(self.into_expression().change_aggregate(|call| call.within.extend(terms)))
    }

    /// The aggregate, or the window function that is called by its name, for each row over the rows of
    /// a window.
    ///
    /// ```
    /// use aludel::sql::window;
    /// use aludel::{Column, MetaData, Table, func, select, types};
    ///
    /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
    /// let statement = select(func::sum(t.c("a")?).over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT sum(t.a) OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn over(self, window: Window) -> Self {
        Self::new(window.behind(self.into_expression()))
    }
}

pub(super) fn terms(by: impl OrderBy) -> Vec<Expression> {
    let mut terms = Vec::new();
    by.order_by(&mut terms);
    terms.into_iter().map(OrderTerm::into_expression).collect()
}
