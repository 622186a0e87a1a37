//! GROUP BY.

use crate::sql::tree::{Grouping, Kind, Shape};
use crate::sql::{AnyColumn, Col, Expr, Expression, Label, Mapped, Name, RawSql, Text};

/// What `group_by` and `distinct_on` take: a column, an expression, a label, the name of a column of
/// the result, [`rollup`] and the like, or a tuple, an array or a vector of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in GROUP BY",
    note = "group by columns, expressions, labels, or a tuple of them"
)]
pub trait GroupBy {
    /// Adds the terms.
    fn group_by(self, terms: &mut Vec<Expression>);
}

impl<T: Mapped, V> GroupBy for Col<T, V> {
    fn group_by(self, terms: &mut Vec<Expression>) {
        terms.push(self.expression());
    }
}

impl<V> GroupBy for Expr<V> {
    fn group_by(self, terms: &mut Vec<Expression>) {
        terms.push(self.into_expression());
    }
}

impl<V> GroupBy for Label<V> {
    fn group_by(self, terms: &mut Vec<Expression>) {
        terms.push(self.into_expression());
    }
}

impl GroupBy for AnyColumn {
    fn group_by(self, terms: &mut Vec<Expression>) {
        terms.push(self.expression());
    }
}

/// The column of the result that has this name.
impl GroupBy for &'static str {
    fn group_by(self, terms: &mut Vec<Expression>) {
        terms.push(Expression::result_column(self.into()));
    }
}

/// The column of the result that has this name.
impl GroupBy for Name {
    fn group_by(self, terms: &mut Vec<Expression>) {
        terms.push(Expression::result_column(self));
    }
}

/// SQL as it is.
impl GroupBy for Text {
    fn group_by(self, terms: &mut Vec<Expression>) {
        terms.push(self.into_expression());
    }
}

/// SQL as it is.
impl GroupBy for RawSql {
    fn group_by(self, terms: &mut Vec<Expression>) {
        crate::sql::text(self).group_by(terms);
    }
}

impl GroupBy for () {
    fn group_by(self, _: &mut Vec<Expression>) {}
}

impl<G: GroupBy> GroupBy for Vec<G> {
    fn group_by(self, terms: &mut Vec<Expression>) {
        self.into_iter().for_each(|term| term.group_by(terms));
    }
}

impl<G: GroupBy, const N: usize> GroupBy for [G; N] {
    fn group_by(self, terms: &mut Vec<Expression>) {
        self.into_iter().for_each(|term| term.group_by(terms));
    }
}

macro_rules! group_by {
    ($($term:ident $at:tt),+) => {
        impl<$($term: GroupBy),+> GroupBy for ($($term,)+) {
            fn group_by(self, terms: &mut Vec<Expression>) {
                $(self.$at.group_by(terms);)+
            }
        }

        impl<$($term: GroupBy),+> GroupingSets for ($($term,)+) {
            fn grouping_sets(self, sets: &mut Vec<Expression>) {
                $(sets.push(set(self.$at));)+
            }
        }
    };
}
tuples!(group_by);

/// Several groupings of the same rows, as one term of GROUP BY. See [`rollup`], [`cube`] and
/// [`grouping_sets`].
#[derive(Debug, Clone)]
#[must_use = "a term does nothing until a statement has it"]
pub struct GroupingTerm(Expression);

impl GroupBy for GroupingTerm {
    fn group_by(self, terms: &mut Vec<Expression>) {
        terms.push(self.0);
    }
}

/// What [`grouping_sets`] takes: a tuple, an array or a vector of what [`GroupBy`] is; `()` is the
/// set of all rows.
pub trait GroupingSets {
    /// Adds the sets.
    fn grouping_sets(self, sets: &mut Vec<Expression>);
}

impl<G: GroupBy> GroupingSets for Vec<G> {
    fn grouping_sets(self, sets: &mut Vec<Expression>) {
        sets.extend(self.into_iter().map(set));
    }
}

impl<G: GroupBy, const N: usize> GroupingSets for [G; N] {
    fn grouping_sets(self, sets: &mut Vec<Expression>) {
        sets.extend(self.into_iter().map(set));
    }
}

fn set(terms: impl GroupBy) -> Expression {
    let mut list = Vec::new();
    terms.group_by(&mut list);
    Expression::grouping(Grouping::Set, list)
}

fn grouping(grouping: Grouping, terms: impl GroupBy) -> GroupingTerm {
    let mut list = Vec::new();
    terms.group_by(&mut list);
    GroupingTerm(Expression::grouping(grouping, list))
}

/// Groups by all of the terms, by all but the last, and so on, and all rows as one group: subtotals.
/// SQLite does not have it; MySQL and MariaDB have it as the only term (`WITH ROLLUP`).
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::{ClauseElement, rollup};
/// use aludel::{Auto, Mapped, func, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "sales")]
/// struct Sale {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     year: i32,
///     month: i32,
/// }
///
/// let c = Sale::c;
/// let counts = select(func::count()).select_from(Sale::entity()).group_by(rollup((c.year, c.month)));
/// assert_eq!(
///     counts.compile(&PostgreSql::new())?.sql(),
///     "SELECT count(*) FROM sales GROUP BY ROLLUP(sales.year, sales.month)"
/// );
/// assert_eq!(
///     counts.compile(&MySql::new())?.sql(),
///     "SELECT count(*) FROM sales GROUP BY sales.year, sales.month WITH ROLLUP"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn rollup(terms: impl GroupBy) -> GroupingTerm {
    grouping(Grouping::Rollup, terms)
}

/// Groups by each choice of the terms, and all rows as one group. PostgreSQL has it.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, cube, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::count()).select_from(&t).group_by(cube((t.c("a")?, t.c("b")?)));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT count(*) FROM t GROUP BY CUBE(t.a, t.b)"
/// );
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn cube(terms: impl GroupBy) -> GroupingTerm {
    grouping(Grouping::Cube, terms)
}

/// Groups by each of several lists of terms. PostgreSQL has it.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::{ClauseElement, grouping_sets};
/// use aludel::{Auto, Mapped, func, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "sales")]
/// struct Sale {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     year: i32,
///     month: i32,
/// }
///
/// let c = Sale::c;
/// let sets = grouping_sets(((c.year, c.month), c.month, ()));
/// let counts = select(func::count()).select_from(Sale::entity()).group_by(sets);
/// assert_eq!(
///     counts.compile(&PostgreSql::new())?.sql(),
///     "SELECT count(*) FROM sales \
///      GROUP BY GROUPING SETS((sales.year, sales.month), (sales.month), ())"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn grouping_sets(sets: impl GroupingSets) -> GroupingTerm {
    let mut list = Vec::new();
    sets.grouping_sets(&mut list);
    GroupingTerm(Expression::grouping(Grouping::Sets, list))
}

/// The place of the column that a term of GROUP BY, DISTINCT ON or ORDER BY is, with the same values.
/// `None` if it has no values: then it is the same text.
pub(super) fn same_as(term: &Expression, columns: &[Expression]) -> Option<usize> {
    let term = bare(term);
    if is_plain(term) {
        return None;
    }
    let shape = Shape::of(term);
    if !shape.has_values() {
        return None;
    }
    columns.iter().map(bare).position(|column| !is_plain(column) && Shape::of(column) == shape)
}

/// Without its label and its direction.
pub(super) fn bare(expression: &Expression) -> &Expression {
    match (&expression.kind, &*expression.children) {
        (Kind::Label(_) | Kind::Ordered { .. }, [child]) => bare(child),
        _ => expression,
    }
}

/// Without its direction.
pub(super) fn unordered(expression: &Expression) -> &Expression {
    match (&expression.kind, &*expression.children) {
        (Kind::Ordered { .. }, [child]) => child,
        _ => expression,
    }
}

/// Whether both are the same expression, with the same values.
pub(super) fn is_same(one: &Expression, other: &Expression) -> bool {
    Shape::of(bare(one)) == Shape::of(bare(other))
}

fn is_plain(expression: &Expression) -> bool {
    matches!(expression.kind, Kind::MappedColumn { .. } | Kind::Column(_) | Kind::ResultName(_))
}
