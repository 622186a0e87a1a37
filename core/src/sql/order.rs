//! ORDER BY.

use super::{AnyColumn, Col, Expr, Expression, Label, Mapped, Name, Text};

/// One term of ORDER BY: `User::c.name.desc()`.
#[derive(Debug, Clone)]
#[must_use = "a term does nothing until a statement has it"]
pub struct OrderTerm {
    by: Expression,
    descending: bool,
    nulls: Option<Nulls>,
}

/// Where NULL stands in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

impl OrderTerm {
    pub(super) fn new(by: Expression, descending: bool) -> Self {
        Self { by, descending, nulls: None }
    }

    /// NULL before all values. Without this, where NULL stands depends on the database.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).order_by(t.c("a")?.asc().nulls_first());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t ORDER BY t.a NULLS FIRST"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a FROM t ORDER BY (t.a) IS NULL DESC, t.a"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a FROM t ORDER BY t.a NULLS FIRST"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn nulls_first(self) -> Self {
        Self { nulls: Some(Nulls::First), ..self }
    }

    /// NULL after all values. Without this, where NULL stands depends on the database.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).order_by(t.c("a")?.desc().nulls_last());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t ORDER BY t.a DESC NULLS LAST"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a FROM t ORDER BY (t.a) IS NULL, t.a DESC"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a FROM t ORDER BY t.a DESC NULLS LAST"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn nulls_last(self) -> Self {
        Self { nulls: Some(Nulls::Last), ..self }
    }

    /// As a node of the tree.
    pub(super) fn into_expression(self) -> Expression {
        self.by.ordered(self.descending, self.nulls)
    }
}

/// What `order_by` takes: a term, a column or an expression (ascending), or a tuple or vector of
/// such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in ORDER BY",
    note = "order by columns, by names of columns of the result, by `column.asc()` or `column.desc()`, or by a tuple of them"
)]
pub trait OrderBy {
    /// Adds the terms.
    fn order_by(self, terms: &mut Vec<OrderTerm>);
}

impl OrderBy for OrderTerm {
    fn order_by(self, terms: &mut Vec<Self>) {
        terms.push(self);
    }
}

impl<T: Mapped, V> OrderBy for Col<T, V> {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.expression(), false));
    }
}

impl<V> OrderBy for Expr<V> {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.into_expression(), false));
    }
}

impl<V> OrderBy for Label<V> {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.into_expression(), false));
    }
}

impl OrderBy for AnyColumn {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.expression(), false));
    }
}

/// The column of the result that has this name.
impl OrderBy for &'static str {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(asc(self));
    }
}

/// The column of the result that has this name.
impl OrderBy for Name {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(asc(self));
    }
}

/// SQL as it is, with its direction.
impl OrderBy for Text {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.into_expression(), false));
    }
}

/// Smaller values of the column of the result that has this name first.
///
/// ```
/// use aludel::{Auto, Mapped, asc, desc, func, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "pets")]
/// struct Pet {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let counts = select((Pet::c.name, func::count().label("n"))).group_by(Pet::c.name);
/// assert!(
///     counts.order_by((desc("n"), asc("name"))).to_string().ends_with("ORDER BY n DESC, name")
/// );
/// ```
pub fn asc(name: impl Into<Name>) -> OrderTerm {
    OrderTerm::new(Expression::result_column(name.into()), false)
}

/// Larger values of the column of the result that has this name first.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{desc, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(t.c("a")?).order_by(desc("a"));
/// assert_eq!(statement.to_string(), "SELECT t.a FROM t ORDER BY a DESC");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn desc(name: impl Into<Name>) -> OrderTerm {
    OrderTerm::new(Expression::result_column(name.into()), true)
}

impl<O: OrderBy, const N: usize> OrderBy for [O; N] {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        self.into_iter().for_each(|term| term.order_by(terms));
    }
}

impl<O: OrderBy> OrderBy for Vec<O> {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        self.into_iter().for_each(|term| term.order_by(terms));
    }
}

macro_rules! order_by {
    ($($term:ident $at:tt),+) => {
        impl<$($term: OrderBy),+> OrderBy for ($($term,)+) {
            fn order_by(self, terms: &mut Vec<OrderTerm>) {
                $(self.$at.order_by(terms);)+
            }
        }
    };
}
tuples!(order_by);
