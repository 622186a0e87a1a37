//! SELECT: columns, FROM objects, conditions, order, limits.

mod check;
mod compound;
mod group;
mod hints;
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
pub use group::{GroupBy, GroupingSets, GroupingTerm, cube, grouping_sets, rollup};
pub use keyset::KeysetValues;
pub use label_style::LabelStyle;
pub use limit::RowCount;
pub use lock::{LockStrength, RowLock};
pub(in crate::sql) use methods::one_column;
pub use methods::{SameRow, ScalarItem, exists};
pub(super) use parts::SelectParts;
pub(in crate::sql) use parts::{Correlate, Fetch};
pub use query::Query;
pub(in crate::sql) use query::QueryParts;
pub use selection::{ColumnSet, Label, OrNull, RowOf, Selection, nullable};
pub use textual::TextualSelect;
pub use values::{Values, ValuesItem, ValuesRow, values};

use self::parts::Distinct;
use super::compile::compile_query;
use super::from::{FromClause, JoinKind, JoinOn, JoinStep};
use super::key::KeptKey;
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
        parts.kept_key = KeptKey::default();
        parts
    }

    /// Keeps only the rows for which the condition holds. Several calls are joined by AND.
    pub fn where_(mut self, condition: impl Condition) -> Self {
        add(&mut self.parts().conditions, condition.condition());
        self
    }

    /// Selects from this, even if no column or condition names it.
    pub fn select_from(mut self, from: impl Into<FromClause>) -> Self {
        add(&mut self.parts().from, from.into());
        self
    }

    /// Joins `right`: rows of both that are partners by the foreign key between them. The left side is
    /// what was joined last if it has such a key, or else whatever has.
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
    /// #[derive(Mapped)]
    /// #[aludel(table = "addresses")]
    /// struct Address {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     #[aludel(foreign_key = "users.id")]
    ///     user_id: i64,
    /// }
    ///
    /// assert_eq!(
    ///     select((User::c.id, Address::c.id)).join(Address::entity()).to_string(),
    ///     "SELECT users.id, addresses.id FROM users JOIN addresses ON users.id = addresses.user_id"
    /// );
    /// ```
    ///
    /// If there is no such key, or several, compiling the statement is an error that names both
    /// tables, or the keys: [`join_on`](Self::join_on) gives the condition.
    pub fn join(self, right: impl Into<FromClause>) -> Self {
        self.joined(None, right.into(), JoinOn::Inferred, JoinKind::Inner)
    }

    /// Joins `right` to the FROM object that the condition names: rows of both for which it holds.
    pub fn join_on(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(None, right.into(), JoinOn::Given(on.condition()), JoinKind::Inner)
    }

    /// As [`join`](Self::join); rows of the left side without a partner are kept, with NULL in the
    /// columns of the right one. Select these by [`nullable`], which reads them as `Option`.
    pub fn outerjoin(self, right: impl Into<FromClause>) -> Self {
        self.joined(None, right.into(), JoinOn::Inferred, JoinKind::LeftOuter)
    }

    /// As [`join_on`](Self::join_on); rows of the left side without a partner are kept, with NULL in
    /// the columns of the right one. Select these by [`nullable`], which reads them as `Option`.
    pub fn outerjoin_on(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(None, right.into(), JoinOn::Given(on.condition()), JoinKind::LeftOuter)
    }

    /// As [`join`](Self::join); rows of the right side without a partner are kept, with NULL in the
    /// columns of all that stands before it.
    pub fn right_join(self, right: impl Into<FromClause>) -> Self {
        self.joined(None, right.into(), JoinOn::Inferred, JoinKind::RightOuter)
    }

    /// As [`join_on`](Self::join_on); rows of the right side without a partner are kept, with NULL in
    /// the columns of all that stands before it.
    pub fn right_join_on(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(None, right.into(), JoinOn::Given(on.condition()), JoinKind::RightOuter)
    }

    /// As [`join`](Self::join); rows of both sides without a partner are kept, with NULL in the columns
    /// of the other. MySQL and MariaDB do not have it.
    pub fn full_join(self, right: impl Into<FromClause>) -> Self {
        self.joined(None, right.into(), JoinOn::Inferred, JoinKind::FullOuter)
    }

    /// As [`join_on`](Self::join_on); rows of both sides without a partner are kept, with NULL in the
    /// columns of the other. MySQL and MariaDB do not have it.
    pub fn full_join_on(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(None, right.into(), JoinOn::Given(on.condition()), JoinKind::FullOuter)
    }

    /// Joins each row of what is selected from with each of `right`.
    pub fn cross_join(self, right: impl Into<FromClause>) -> Self {
        self.joined(None, right.into(), JoinOn::None, JoinKind::Cross)
    }

    /// As [`join`](Self::join), to this left side.
    pub fn join_from(self, left: impl Into<FromClause>, right: impl Into<FromClause>) -> Self {
        self.joined(Some(left.into()), right.into(), JoinOn::Inferred, JoinKind::Inner)
    }

    /// As [`join_on`](Self::join_on), to this left side.
    pub fn join_from_on(
        self,
        left: impl Into<FromClause>,
        right: impl Into<FromClause>,
        on: impl Condition,
    ) -> Self {
        let on = JoinOn::Given(on.condition());
        self.joined(Some(left.into()), right.into(), on, JoinKind::Inner)
    }

    /// As [`outerjoin`](Self::outerjoin), to this left side.
    pub fn outerjoin_from(self, left: impl Into<FromClause>, right: impl Into<FromClause>) -> Self {
        self.joined(Some(left.into()), right.into(), JoinOn::Inferred, JoinKind::LeftOuter)
    }

    /// As [`outerjoin_on`](Self::outerjoin_on), to this left side.
    pub fn outerjoin_from_on(
        self,
        left: impl Into<FromClause>,
        right: impl Into<FromClause>,
        on: impl Condition,
    ) -> Self {
        let on = JoinOn::Given(on.condition());
        self.joined(Some(left.into()), right.into(), on, JoinKind::LeftOuter)
    }

    fn joined(
        mut self,
        left: Option<FromClause>,
        right: FromClause,
        on: JoinOn,
        kind: JoinKind,
    ) -> Self {
        add(&mut self.parts().joins, JoinStep { left, right, on, kind });
        self
    }

    /// Leaves out rows that are the same as another.
    pub fn distinct(mut self) -> Self {
        self.parts().more().distinct = Distinct::Rows;
        self
    }

    /// Keeps of the rows that are alike in these expressions the first, in the order of the rows.
    /// PostgreSQL has it.
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
    pub fn having(mut self, condition: impl Condition) -> Self {
        add(&mut self.parts().more().having, condition.condition());
        self
    }

    /// Sorts the rows: by columns, expressions, labels, or names of columns of the result. Appends
    /// terms to those of calls before.
    pub fn order_by(mut self, by: impl OrderBy) -> Self {
        let orders = &mut self.parts().orders;
        terms_of(by).for_each(|term| add(orders, term));
        self
    }

    /// Forgets the order, so that calls of [`order_by`](Self::order_by) begin anew.
    pub fn reset_order_by(mut self) -> Self {
        self.parts().orders.clear();
        self
    }

    /// At most so many rows: an integer, an expression or a bind; `None` for all. The last call counts.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.parts().limit = rows.row_count();
        self
    }

    /// Without the first so many rows: an integer, an expression or a bind; `None` for all. The last
    /// call counts.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.parts().offset = rows.row_count();
        self
    }

    /// The rows from number `start`, counted from 0, up to `stop`, without it.
    pub fn slice(self, start: u64, stop: u64) -> Self {
        let skipped = if start == 0 { None } else { Some(start) };
        self.limit(stop.saturating_sub(start)).offset(skipped)
    }

    /// The page with this number, counted from 1, of pages of so many rows.
    pub fn page(self, number: u64, rows: u64) -> Self {
        let start = number.saturating_sub(1).saturating_mul(rows);
        self.slice(start, start.saturating_add(rows))
    }

    /// As [`limit`](Self::limit), which FETCH FIRST … ROWS ONLY is another word for.
    pub fn fetch(self, rows: impl RowCount) -> Self {
        self.limit(rows)
    }

    /// As [`limit`](Self::limit), and the rows that are sorted like the last: FETCH FIRST … WITH TIES.
    pub fn fetch_with_ties(self, rows: impl RowCount) -> Self {
        self.fetched(rows, false, true)
    }

    /// At most so many of a hundred of the rows: FETCH FIRST … PERCENT.
    pub fn fetch_percent(self, percent: impl RowCount) -> Self {
        self.fetched(percent, true, false)
    }

    /// As [`fetch_percent`](Self::fetch_percent), and the rows that are sorted like the last.
    pub fn fetch_percent_with_ties(self, percent: impl RowCount) -> Self {
        self.fetched(percent, true, true)
    }

    fn fetched(mut self, rows: impl RowCount, percent: bool, ties: bool) -> Self {
        let fetch = rows.row_count().map(|rows| Fetch { rows, percent, ties });
        self.parts().more().fetch = fetch;
        self
    }

    /// Locks the rows until the transaction ends: FOR UPDATE. SQLite does not have it.
    pub fn with_for_update(self) -> Self {
        self.with_lock(RowLock::update())
    }

    /// Locks the rows until the transaction ends, in one of several ways: see [`RowLock`].
    pub fn with_lock(mut self, lock: RowLock) -> Self {
        self.parts().more().lock = Some(lock);
        self
    }

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

    /// Writes a common table expression in front of it, though nothing in it names that.
    pub fn add_cte<I>(mut self, cte: &Cte<I>) -> Self {
        self.parts().more().ctes.push(cte.into());
        self
    }

    /// How columns of the result are called that have no label.
    pub fn set_label_style(mut self, style: LabelStyle) -> Self {
        self.parts().more().label_style = style;
        self
    }

    /// Values for its named binds.
    pub fn params(mut self, params: Params) -> Self {
        self.parts().params.extend(params.into_pairs());
        self
    }

    /// The tree, with the values that were given for its binds in their place.
    pub(super) fn query(self) -> QueryParts {
        QueryParts::Select(SelectParts::bound(self.parts))
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
    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, _: &Params) {
        self.parts.kept_key.add(key, literals, |key, literals| {
            self.parts.walk(&mut KeyWalk::new(key, literals));
        });
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, _: &Params) -> Result<Template> {
        compile_query(&QueryParts::Select(Arc::clone(&self.parts)), S::required, dialect)
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
