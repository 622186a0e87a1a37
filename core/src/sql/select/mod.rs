//! SELECT: columns, FROM objects, conditions, order, limits.

mod parts;
mod selection;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

pub(super) use parts::SelectParts;
pub use selection::{ColumnSet, Label, OrNull, Selection, nullable};

use super::from::{FromClause, JoinKind, JoinStep};
use super::key::KeptKey;
use super::tree::{KeyWalk, Numbers};
use super::{
    CacheKey, ClauseElement, ColumnType, Condition, Executable, Expr, Expression, Literals, Name,
    OrderBy, OrderTerm, Params, RowCount, SqlDialect, SqlWriter, Subquery, Template,
};
use crate::error::Result;
use crate::statement::StatementKind;

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
///     .join(Address::entity(), Address::c.user_id.eq(User::c.id));
/// assert_eq!(
///     pairs.to_string(),
///     "SELECT users.id, users.name, addresses.street \
///      FROM users JOIN addresses ON addresses.user_id = users.id"
/// );
/// ```
pub fn select<S: Selection>(what: S) -> Select<S> {
    let mut columns = Vec::with_capacity(FEW);
    what.columns(&mut columns);
    Select::new(SelectParts::of(columns))
}

/// How many a list has room for at first: as many as if it had grown by itself, but allocated at
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

    /// Joins `right` to the FROM object that the condition names.
    pub fn join(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(right.into(), on.condition(), JoinKind::Inner)
    }

    /// As [`join`](Self::join); rows of the left side without a partner are kept, with NULL in the
    /// columns of the right one. Select these by [`nullable`](super::nullable), which reads them as
    /// `Option`.
    pub fn outerjoin(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(right.into(), on.condition(), JoinKind::LeftOuter)
    }

    fn joined(mut self, right: FromClause, on: Expression, kind: JoinKind) -> Self {
        add(&mut self.parts().joins, JoinStep { right, on, kind });
        self
    }

    /// Sorts the rows. Appends terms to those of calls before.
    pub fn order_by(mut self, by: impl OrderBy) -> Self {
        let mut terms = Vec::new();
        by.order_by(&mut terms);
        self.parts().orders.extend(terms.into_iter().map(OrderTerm::into_expression));
        self
    }

    /// At most so many rows: an integer, an expression or a bind. The last call counts.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.parts().limit = Some(rows.row_count());
        self
    }

    /// Without the first so many rows: an integer, an expression or a bind. The last call counts.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.parts().offset = Some(rows.row_count());
        self
    }

    /// Values for its named binds.
    pub fn params(mut self, params: Params) -> Self {
        self.parts().params.extend(params.into_pairs());
        self
    }

    /// Makes it a FROM object of other statements, under a name.
    pub fn subquery(self, name: impl Into<Name>) -> Subquery {
        Subquery::new(name.into(), SelectParts::bound(self.parts))
    }

    /// Whether it has a row: `EXISTS (SELECT …)`. It can name columns of the statement that it
    /// stands in.
    pub fn exists(self) -> Expr<bool> {
        Expr::new(Expression::exists(self.value()))
    }

    pub(super) fn value(self) -> Expression {
        Expression::select(SelectParts::bound(self.parts))
    }
}

impl<S: Selection> Select<S> {
    /// Makes it a value: that of the one column of its one row, or NULL if there is no row. It can
    /// name columns of the statement that it stands in.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, func, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     age: i32,
    /// }
    ///
    /// let oldest = select(func::max(User::c.age)).scalar_subquery();
    /// let statement = select(User::c.id).where_(User::c.age.eq(oldest));
    /// assert!(statement.to_string().ends_with("WHERE users.age = (SELECT max(users.age) FROM users)"));
    /// ```
    pub fn scalar_subquery<V>(self) -> Expr<Option<V::Bare>>
    where
        S: Selection<Item = V>,
        V: ColumnType,
    {
        Expr::new(self.value())
    }
}

impl<S: Selection> ClauseElement for Select<S> {
    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, _: &Params) {
        self.parts.kept_key.add(key, literals, |key, literals| {
            self.parts.walk(&mut KeyWalk::new(key, literals));
        });
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, _: &Params) -> Result<Template> {
        let mut numbers = Numbers::default();
        self.parts.walk(&mut numbers);
        let mut writer = SqlWriter::with_numbers(dialect, numbers);
        self.parts.write(&mut writer);
        writer.finish(StatementKind::Select)
    }

    fn params(&self) -> &Params {
        &self.parts.params
    }
}

impl<S: Selection> Executable for Select<S> {
    type Row = S::Row;
}

impl<S> Clone for Select<S> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), selection: PhantomData }
    }
}

/// Prints as SQL, with names or numbers in the place of values.
impl<S> fmt::Display for Select<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display(|to| self.parts.write(to)))
    }
}

impl<S> fmt::Debug for Select<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
