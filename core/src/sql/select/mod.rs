//! SELECT: columns, FROM objects, conditions, order, limits.

mod bounds;
mod check;
mod compound;
mod correlate;
mod for_session;
mod group;
mod grouping;
mod hints;
mod joins;
mod keyset;
mod label_style;
mod limit;
mod lock;
mod methods;
mod names;
mod parts;
mod query;
mod selection;
#[cfg(test)]
mod tests;
mod textual;
mod values;
mod windows;
mod write;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

pub(in crate::sql) use check::check_required;
pub use compound::CompoundSelect;
pub(in crate::sql) use compound::{CompoundParts, SetOperator};
pub use for_session::SessionSelect;
pub(crate) use for_session::{Annotation, condition_of, moved, refused_condition};
pub use group::{GroupBy, GroupingSets, GroupingTerm, cube, grouping_sets, rollup};
pub(in crate::sql) use grouping::check_change;
pub use joins::{JoinTarget, JoinedTo};
pub use keyset::KeysetValues;
pub use label_style::LabelStyle;
pub use limit::RowCount;
pub use lock::{LockStrength, RowLock};
pub(in crate::sql) use methods::one_column;
pub use methods::{SameRow, ScalarItem, exists};
pub(super) use parts::SelectParts;
pub(in crate::sql) use parts::{Correlate, Fetch};
pub use query::Query;
pub(in crate::sql) use query::{InsertedColumn, QueryParts};
pub use selection::{ColumnSet, Label, OrNull, RowOf, Selection, nullable};
pub use textual::TextualSelect;
pub use values::{Values, ValuesItem, ValuesRow, values};

use self::parts::Distinct;
use super::compile::compile_query;
use super::from::FromClause;
use super::tree::KeyWalk;
use super::{
    CacheKey, ClauseElement, Condition, Cte, Executable, Expr, Expression, Literals, OrderBy,
    OrderTerm, Params, SqlDialect, SqlWriter, Template, func,
};
use crate::error::Result;

/// A SELECT of `S`, whose rows become `S::Row`. Cheap to clone.
///
/// A function that returns one needs not name `S`: `impl Executable<Row = (i64, String)>` says what
/// matters.
///
/// | of the statement | methods |
/// | --- | --- |
/// | FROM | [`join`](Self::join), [`join_on`](Self::join_on), [`outerjoin`](Self::outerjoin) and their kin, [`select_from`](Self::select_from) |
/// | WHERE | [`where_`](Self::where_) |
/// | GROUP BY, HAVING | [`group_by`](Self::group_by), [`having`](Self::having) |
/// | DISTINCT | [`distinct`](Self::distinct), [`distinct_on`](Self::distinct_on) |
/// | ORDER BY | [`order_by`](Self::order_by), [`reset_order_by`](Self::reset_order_by) |
/// | LIMIT, pages | [`limit`](Self::limit), [`offset`](Self::offset), [`page`](Self::page), [`after`](Self::after), [`count`](Self::count), [`fetch_with_ties`](Self::fetch_with_ties) |
/// | FOR UPDATE | [`with_for_update`](Self::with_for_update), [`with_lock`](Self::with_lock) |
/// | as a part of another | [`subquery`](Self::subquery), [`cte`](Self::cte), [`scalar_subquery`](Self::scalar_subquery), [`exists`](Self::exists), [`union`](Self::union) and its kin, [`correlate`](Self::correlate) |
/// | the rest | [`params`](Self::params), [`untyped`](Self::untyped), [`comment`](Self::comment), [`prefix_with`](Self::prefix_with), [`execution_options`](Self::execution_options) |
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Select<S> {
    parts: Arc<SelectParts>,
    selection: PhantomData<fn() -> S>,
}

/// Selects columns and expressions, or whole structs by `select(User::c)`.
///
/// What it selects from is derived from the columns and conditions.
///
/// ```
/// use aludel::{Auto, Mapped, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// #[derive(Mapped)]
/// #[aludel(table = "addresses")]
/// struct Address {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     user_id: i64,
///     street: String,
/// }
///
/// let pairs = select((User::c, Address::c.street))
///     .join_on(Address::entity(), Address::c.user_id.eq(User::c.id));
/// assert_eq!(
///     pairs.to_string(),
///     "SELECT users.id, users.name, addresses.street \
///      FROM users JOIN addresses ON addresses.user_id = users.id"
/// );
/// ```
pub fn select<S: Selection>(what: S) -> Select<S> {
    let mut columns = Vec::with_capacity(FEW);
    what.add_columns(&mut columns);
    Select::new(SelectParts::of(columns))
}

/// The capacity of a list at first: as many as if it had grown by itself, but allocated at
/// once, which is cheaper.
const FEW: usize = 4;

#[inline]
fn add<T>(to: &mut Vec<T>, item: T) {
    if to.capacity() == 0 {
        *to = Vec::with_capacity(FEW);
    }
    to.push(item);
}

impl<S> Select<S> {
    pub(super) fn new(parts: SelectParts) -> Self {
        Self { parts: Arc::new(parts), selection: PhantomData }
    }

    #[cfg(test)]
    pub(super) fn is_key_kept(&self) -> bool {
        self.parts.kept_key.is_kept()
    }

    /// The parts, to be changed.
    fn parts(&mut self) -> &mut SelectParts {
        let parts = Arc::make_mut(&mut self.parts);
        parts.kept_key.forget();
        parts
    }

    /// Keeps only the rows for which the condition holds. Several calls are joined by AND.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).where_(t.c("a")?.gt(1)).where_(t.c("b")?.lt(9));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a > :1 AND t.b < :2");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn where_(mut self, condition: impl Condition) -> Self {
        add(&mut self.parts().conditions, condition.condition());
        self
    }

    /// Selects from this, even if no column or condition names it.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::count()).select_from(&t);
    /// assert_eq!(statement.to_string(), "SELECT count(*) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn select_from(mut self, from: impl Into<FromClause>) -> Self {
        add(&mut self.parts().from, from.into());
        self
    }

    /// Leaves out rows that are the same as another.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).distinct();
    /// assert_eq!(statement.to_string(), "SELECT DISTINCT t.a FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn distinct(mut self) -> Self {
        self.parts().more().distinct = Distinct::Rows;
        self
    }

    /// Keeps of the rows that are alike in these expressions the first, in the order of the rows.
    /// PostgreSQL has it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).distinct_on(t.c("b")?).order_by(t.c("b")?);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT DISTINCT ON (t.b) t.a FROM t ORDER BY t.b"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn distinct_on(mut self, terms: impl GroupBy) -> Self {
        let mut list = Vec::new();
        terms.group_by(&mut list);
        self.parts().more().distinct = Distinct::On(list);
        self
    }

    /// Makes one row of all that are alike in these terms: columns, expressions, labels, names of
    /// columns of the result. Appends to the terms of calls before.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, func, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "pets")]
    /// struct Pet {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     owner_id: i64,
    /// }
    ///
    /// let counts = select((Pet::c.owner_id, func::count().label("n")))
    ///     .group_by(Pet::c.owner_id)
    ///     .having(func::count().gt(1))
    ///     .order_by("n");
    /// assert_eq!(
    ///     counts.to_string(),
    ///     "SELECT pets.owner_id, count(*) AS n FROM pets GROUP BY pets.owner_id \
    ///      HAVING count(*) > :1 ORDER BY n"
    /// );
    /// ```
    pub fn group_by(mut self, terms: impl GroupBy) -> Self {
        terms.group_by(&mut self.parts().more().groups);
        self
    }

    /// Keeps only the groups for which the condition holds. Several calls are joined by AND.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).group_by(t.c("a")?).having(func::count().gt(1));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t GROUP BY t.a HAVING count(*) > :1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn having(mut self, condition: impl Condition) -> Self {
        add(&mut self.parts().more().having, condition.condition());
        self
    }

    /// Sorts the rows: by columns, expressions, labels, or names of columns of the result. Appends
    /// terms to those of calls before.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).order_by((t.c("a")?.desc(), t.c("b")?));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t ORDER BY t.a DESC, t.b");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn order_by(mut self, by: impl OrderBy) -> Self {
        let orders = &mut self.parts().orders;
        terms_of(by).for_each(|term| add(orders, term));
        self
    }

    /// Forgets the order, so that calls of [`order_by`](Self::order_by) begin anew.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).order_by(t.c("a")?).reset_order_by().order_by(t.c("b")?);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t ORDER BY t.b");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn reset_order_by(mut self) -> Self {
        self.parts().orders.clear();
        self
    }

    /// Locks the rows until the transaction ends: FOR UPDATE. SQLite does not have it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_for_update();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a FROM t FOR UPDATE");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a FROM t FOR UPDATE");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn with_for_update(self) -> Self {
        self.with_lock(RowLock::update())
    }

    /// Locks the rows until the transaction ends, in one of several ways: see [`RowLock`].
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, RowLock, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).with_lock(RowLock::share());
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a FROM t FOR SHARE");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a FROM t FOR SHARE");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn with_lock(mut self, lock: RowLock) -> Self {
        self.parts().more().lock = Some(lock);
        self
    }

    /// Writes a common table expression in front of it, though nothing in it names that.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).add_cte(&select(u.c("id")?).cte("x"));
    /// assert_eq!(statement.to_string(), "WITH x AS (SELECT u.id FROM u) SELECT t.a FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn add_cte<I>(mut self, cte: &Cte<I>) -> Self {
        self.parts().more().ctes.push(cte.into());
        self
    }

    /// How columns of the result are called that have no label.
    ///
    /// ```
    /// # use aludel::sql::{LabelStyle, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select((t.c("a")?, u.c("id")?))
    ///     .join(&u)
    ///     .set_label_style(LabelStyle::TablenamePlusCol);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT t.a AS t_a, u.id AS u_id FROM t JOIN u ON t.id = u.t_id"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn set_label_style(mut self, style: LabelStyle) -> Self {
        self.parts().more().label_style = style;
        self
    }

    /// Values for its named binds.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{bindparam, params, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let below = select(t.c("a")?).where_(t.c("a")?.lt(bindparam("n")));
    /// let statement = below.params(params! { n: 5 });
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE t.a < $1"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a FROM t WHERE t.a < ?");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a FROM t WHERE t.a < ?1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn params(mut self, params: Params) -> Self {
        self.parts().params.extend(params.into_pairs());
        self
    }

    /// The tree, with the values that were given for its binds in their place.
    pub(super) fn query(self) -> QueryParts {
        QueryParts::Select(SelectParts::bound(for_session::refused_inside(self.parts)))
    }
}

impl<S: Selection> Select<S> {
    /// Counts its rows: `SELECT count(*) FROM (…)`.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    /// }
    ///
    /// let users = select(User::c).where_(User::c.id.gt(5)).order_by(User::c.id);
    /// assert_eq!(
    ///     users.count().to_string(),
    ///     "SELECT count(*) FROM (SELECT users.id FROM users WHERE users.id > :1) AS anon_1"
    /// );
    /// ```
    ///
    /// The order is left out if it has no limit. The lock is left out.
    pub fn count(self) -> Select<Expr<i64>> {
        let mut this = self;
        let parts = this.parts();
        let sorts =
            parts.more.as_ref().is_some_and(|more| matches!(more.distinct, Distinct::On(_)));
        if !parts.is_limited() && !sorts {
            parts.orders.clear();
        }
        if let Some(more) = &mut parts.more {
            more.lock = None;
        }
        select(func::count()).select_from(this.anon_subquery())
    }
}

impl<S: Selection> ClauseElement for Select<S> {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, _: &Params) {
        self.parts.kept_key.add(key, literals, |key, literals| {
            self.parts.walk(&mut KeyWalk::new(key, literals));
        });
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        for_session::check_plain(&self.parts)?;
        compile_query(&QueryParts::Select(Arc::clone(&self.parts)), S::required, dialect, names)
    }

    fn for_session(&self) -> Option<SessionSelect> {
        Some(SessionSelect::new(Arc::clone(&self.parts), S::required))
    }

    fn params(&self) -> &Params {
        &self.parts.params
    }
}

impl<S: Selection> Executable for Select<S> {
    type Row = S::Row;
}

impl<S: Selection> Query for Select<S> {
    type Item = S::Item;

    fn into_query(self) -> Expression {
        Expression::query(self.query())
    }
}

impl<S> Clone for Select<S> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), selection: PhantomData }
    }
}

/// Prints as SQL, with names or numbers in the place of values.
impl<S> fmt::Display for Select<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display_query(&QueryParts::Select(Arc::clone(&self.parts))))
    }
}

impl<S> fmt::Debug for Select<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a list of terms of ORDER BY is in the tree.
fn terms_of(by: impl OrderBy) -> impl Iterator<Item = Expression> {
    let mut terms = Vec::with_capacity(FEW);
    by.order_by(&mut terms);
    terms.into_iter().map(OrderTerm::into_expression)
}
