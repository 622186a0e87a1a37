//! Set operations: UNION, INTERSECT, EXCEPT.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::parts::{LEVELS, SelectParts};
use super::query::{Context, Query, QueryParts};
use super::{Selection, terms_of};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::compile::compile_query;
use crate::sql::tree::{KeyWalk, Kind, MAX_DEPTH, NumberKind, TOO_DEEP, Visitor};
use crate::sql::{
    CacheKey, ClauseElement, Executable, Expression, Feature, LimitClause, Literals, Name, OrderBy,
    Params, RowCount, SqlDialect, SqlWriter, Template,
};

/// What becomes of the rows of two queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum SetOperator {
    Union,
    UnionAll,
    Intersect,
    IntersectAll,
    Except,
    ExceptAll,
}

impl SetOperator {
    fn sql(self) -> &'static str {
        match self {
            Self::Union => " UNION ",
            Self::UnionAll => " UNION ALL ",
            Self::Intersect => " INTERSECT ",
            Self::IntersectAll => " INTERSECT ALL ",
            Self::Except => " EXCEPT ",
            Self::ExceptAll => " EXCEPT ALL ",
        }
    }

    fn feature(self) -> Option<Feature> {
        match self {
            Self::Union | Self::UnionAll => None,
            Self::Intersect | Self::Except => Some(Feature::Intersect),
            Self::IntersectAll | Self::ExceptAll => Some(Feature::IntersectAll),
        }
    }
}

/// The tree of a set operation.
#[derive(Debug, Clone)]
pub(in crate::sql) struct CompoundParts {
    operator: SetOperator,
    /// At least two.
    pub(in crate::sql) operands: Vec<QueryParts>,
    orders: Vec<Expression>,
    limit: Option<Expression>,
    offset: Option<Expression>,
    params: Params,
    /// How deep the operands are nested, and some more.
    depth: u16,
}

impl CompoundParts {
    /// Of two queries. A chain of one operator is one operation and not as many levels.
    pub(in crate::sql) fn of(operator: SetOperator, left: QueryParts, right: QueryParts) -> Self {
        let of_right = right.depth().saturating_add(LEVELS);
        let (mut operands, depth) = match left {
            QueryParts::Compound(inner) if inner.operator == operator && inner.is_bare() => {
                let depth = inner.depth.max(of_right);
                let mut operands = match Arc::try_unwrap(inner) {
                    Ok(inner) => inner.operands,
                    Err(inner) => inner.operands.clone(),
                };
                operands.push(right);
                (operands, depth)
            }
            left => {
                let depth = left.depth().saturating_add(LEVELS).max(of_right);
                (vec![left, right], depth)
            }
        };
        let mut depth = depth;
        if depth > MAX_DEPTH {
            // What is nested too deeply is given up; compiling the statement is an error.
            let refusal = operands.iter().find_map(QueryParts::refusal);
            let refused = Expression::refused(refusal.unwrap_or(TOO_DEEP));
            operands = vec![QueryParts::Select(Arc::new(SelectParts::of(vec![refused])))];
            depth = MAX_DEPTH;
        }
        Self {
            operator,
            operands,
            orders: Vec::new(),
            limit: None,
            offset: None,
            params: Params::new(),
            depth,
        }
    }

    /// Whether it has neither an order nor a limit.
    pub(super) fn is_bare(&self) -> bool {
        self.orders.is_empty() && self.limit.is_none() && self.offset.is_none()
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.orders.iter().chain(&self.limit).chain(&self.offset)
    }

    pub(super) fn depth(&self) -> u16 {
        let deepest = self.expressions().map(Expression::depth).max().unwrap_or(0);
        self.depth.max(deepest.saturating_add(LEVELS))
    }

    pub(super) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.node(b'U', self.operands.len());
        to.number(usize::from(self.operator as u8));
        self.operands.iter().for_each(|operand| to.query(operand));
        to.number(self.orders.len());
        self.orders.iter().for_each(|term| term.walk(to));
        for bound in [&self.limit, &self.offset] {
            to.number(usize::from(bound.is_some()));
            bound.iter().for_each(|rows| rows.walk(to));
        }
    }

    pub(super) fn give(&mut self, params: &Params, used: &mut HashSet<Name>) {
        self.operands.iter_mut().for_each(|operand| operand.give(params, used));
        let bounds = self.limit.iter_mut().chain(&mut self.offset);
        self.orders.iter_mut().chain(bounds).for_each(|expression| expression.give(params, used));
    }

    pub(super) fn refusal(&self) -> Option<&'static str> {
        let operands = || self.operands.iter().find_map(QueryParts::refusal);
        self.expressions().find_map(Expression::refusal).or_else(operands)
    }

    pub(super) fn column_names(&self) -> Vec<Name> {
        self.operands.first().map(QueryParts::column_names).unwrap_or_default()
    }

    /// Whether all operands have as many columns.
    fn check(&self) -> Result<()> {
        let widths =
            || self.operands.iter().enumerate().filter_map(|(at, of)| Some((at, of.width()?)));
        let Some((_, first)) = widths().next() else { return Ok(()) };
        match widths().find(|(_, width)| *width != first) {
            None => Ok(()),
            Some((at, width)) => Err(other_width(first, at + 1, width)),
        }
    }

    pub(super) fn write(&self, context: Context<'_>, to: &mut SqlWriter<'_>) {
        if let Err(error) = self.check() {
            to.fail(error);
        }
        if let Some(feature) = self.operator.feature() {
            to.require(feature);
        }
        let sorts = self.sorts(context, to);
        for (place, operand) in self.operands.iter().enumerate() {
            to.sql(if place > 0 { self.operator.sql() } else { "" });
            // The columns have the names of those of the first.
            let names = context.names.filter(|_| place == 0);
            let context = Context { names, compared: Some(&sorts), ..context };
            write_operand(self.operator, operand, context, to);
        }
        self.write_orders(to);
        let limit = LimitClause::new(self.limit.as_ref(), self.offset.as_ref());
        if !limit.is_empty() {
            to.dialect().write_limit(&limit, to);
        }
    }

    /// As what sorts of numbers the columns of all operands are compared, where the database keeps decimal numbers
    /// as text; nothing where it is not known which column stands where.
    fn sorts(&self, context: Context<'_>, to: &mut SqlWriter<'_>) -> Vec<NumberKind> {
        let width = self.operands.first().and_then(QueryParts::width).unwrap_or(0);
        if !to.keeps_decimals_as_text() || self.operands.iter().any(|of| of.width() != Some(width))
        {
            return Vec::new();
        }
        let around = context.compared.unwrap_or_default();
        let sort = |place: usize| {
            let own = self.operands.iter().map(|operand| operand.kind_at(place));
            to.widest(own.chain(around.get(place).copied()))
        };
        (0..width).map(sort).collect()
    }

    /// The rows are sorted by columns of the result, which have the names of the first query's.
    fn write_orders(&self, to: &mut SqlWriter<'_>) {
        if self.orders.is_empty() {
            return;
        }
        to.sql(" ORDER BY ");
        let columns = self.operands.first().map_or(&[][..], QueryParts::columns);
        let names: Vec<Name> = match self.operands.first() {
            Some(QueryParts::Text(_) | QueryParts::Values(_)) => self.column_names(),
            _ => columns.iter().filter_map(Expression::result_name).collect(),
        };
        // Each operand says how its columns are compared.
        let outer = to.enter_order(names.clone(), names, Vec::new());
        let unnamed = self.operands.first().is_some_and(QueryParts::begins_with_values);
        let own = self.column_names();
        to.separated(", ", &self.orders, |term, to| match result_column(term, columns) {
            _ if unnamed && let Some(place) = named_place(term, &own) => {
                to.ordered_by_place(term, place);
            }
            Some(Ordering::Name(name)) => to.ordered_by_name(term, &name),
            Some(Ordering::Place(place)) => to.ordered_by_place(term, place),
            Some(Ordering::AsItIs) => term.write(to),
            None => to.fail(not_a_result_column()),
        });
        to.leave_order(outer);
    }
}

/// By what a set operation is sorted.
enum Ordering {
    Name(Name),
    Place(usize),
    /// A name of the result, or text.
    AsItIs,
}

/// The place of the column of the result that a term names.
fn named_place(term: &Expression, names: &[Name]) -> Option<usize> {
    let Kind::ResultName(name) = &super::group::unordered(term).kind else { return None };
    names.iter().position(|known| known == name).map(|place| place + 1)
}

/// The column of the result that a term is.
fn result_column(term: &Expression, columns: &[Expression]) -> Option<Ordering> {
    let by = super::group::unordered(term);
    match &by.kind {
        Kind::ResultName(_) | Kind::Fragment(_) => return Some(Ordering::AsItIs),
        Kind::Label(name) => {
            let named = |column: &Expression| column.result_name().as_ref() == Some(name);
            if columns.iter().any(named) {
                return Some(Ordering::Name(name.clone()));
            }
        }
        _ => {}
    }
    let place = columns.iter().position(|column| super::group::is_same(by, column))?;
    let name = columns[place].result_name();
    let unique = |name: &Name| {
        columns.iter().filter(|column| column.result_name().as_ref() == Some(name)).count() == 1
    };
    Some(match name.filter(unique) {
        Some(name) => Ordering::Name(name),
        None => Ordering::Place(place + 1),
    })
}

/// Writes a query as a part of a set operation: one that has an operation, an order or a limit of
/// its own stands in parentheses, or in a subquery where these cannot stand.
fn write_operand(
    operator: SetOperator,
    operand: &QueryParts,
    context: Context<'_>,
    to: &mut SqlWriter<'_>,
) {
    if operand.is_locked() && to.dialect().locks_only_rows_of_tables() {
        to.refuse("FOR UPDATE in a set operation", "lock the rows by a statement of its own");
    }
    // Another operation would be one with the first or the last of its rows.
    let joins_rows = operator != SetOperator::UnionAll
        && matches!(operand, QueryParts::Values(values) if values.has_several_rows())
        && to.dialect().joins_rows_of_values();
    if operand.stands_alone() && !joins_rows {
        return operand.write(context, to);
    }
    if to.has(Feature::NestedSetOperands) {
        to.sql("(");
        operand.write(context, to);
        return to.sql(")");
    }
    to.sql("SELECT * FROM (");
    to.computed_before(|to| operand.write(context, to));
    to.sql(") AS ");
    to.free_anonymous_name();
}

impl QueryParts {
    /// Whether it locks its rows.
    fn is_locked(&self) -> bool {
        match self {
            Self::Select(select) => select.more.as_ref().is_some_and(|more| more.lock.is_some()),
            _ => false,
        }
    }

    /// Whether it can be an operand without parentheses.
    fn stands_alone(&self) -> bool {
        match self {
            Self::Select(select) => {
                select.orders.is_empty() && !select.is_limited() && !self.is_locked()
            }
            Self::Compound(_) => false,
            // It may have an order.
            Self::Text(_) => false,
            Self::Values(_) | Self::Change(_) => true,
        }
    }
}

#[cold]
fn other_width(first: usize, number: usize, width: usize) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "the queries of a set operation must have equally many columns; the first has {first}, \
             number {number} has {width}"
        ),
    )
}

#[cold]
fn not_a_result_column() -> Error {
    Error::new(
        ErrorKind::Compile,
        "a set operation is sorted by columns of its result: those of its first query, their labels \
         or their names; select from it as a subquery to sort by anything else",
    )
}

/// A set operation over queries: `one.union(other)`. Its rows are those of the first query. Cheap to
/// clone.
///
/// ```
/// use aludel::{Auto, Mapped, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     age: i32,
/// }
///
/// let young = select((User::c.id, User::c.age)).where_(User::c.age.lt(20));
/// let old = select((User::c.id, User::c.age)).where_(User::c.age.gt(70));
/// let both = young.union_all(old).order_by(User::c.age).limit(10);
/// assert_eq!(
///     both.to_string(),
///     "SELECT users.id, users.age FROM users WHERE users.age < :1 UNION ALL \
///      SELECT users.id, users.age FROM users WHERE users.age > :2 ORDER BY age LIMIT :3"
/// );
/// ```
///
/// An operand that has an order, a limit or an operation of its own stands in parentheses, and in
/// SQLite, which has none there, in a subquery.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CompoundSelect<S> {
    pub(super) parts: Arc<CompoundParts>,
    selection: PhantomData<fn() -> S>,
}

impl<S> CompoundSelect<S> {
    pub(super) fn new(operator: SetOperator, left: QueryParts, right: QueryParts) -> Self {
        let parts = Arc::new(CompoundParts::of(operator, left, right));
        Self { parts, selection: PhantomData }
    }

    fn parts(&mut self) -> &mut CompoundParts {
        Arc::make_mut(&mut self.parts)
    }

    /// Sorts the rows, by columns of the first query, by their labels, or by names. Appends terms to
    /// those of calls before.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).union(select(t.c("b")?)).order_by("a");
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t UNION SELECT t.b FROM t ORDER BY a");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn order_by(mut self, by: impl OrderBy) -> Self {
        self.parts().orders.extend(terms_of(by));
        self
    }

    /// At most so many rows; `None` for all. The last call counts.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).union(select(t.c("b")?)).limit(5);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t UNION SELECT t.b FROM t LIMIT :1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.parts().limit = rows.row_count();
        self
    }

    /// Without the first so many rows; `None` for all. The last call counts.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).union(select(t.c("b")?)).limit(5).offset(10);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT t.a FROM t UNION SELECT t.b FROM t LIMIT :1 OFFSET :2"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.parts().offset = rows.row_count();
        self
    }

    /// Values for its named binds.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{bindparam, params};
    /// # let (t, u) = tables_of_examples()?;
    /// let below = t.select().where_(t.c("a")?.lt(bindparam("n")));
    /// let statement = below.clone().union(below).params(params! { n: 5 });
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.id, t.a, t.b, t.s, t.doc, t.tags FROM t WHERE t.a < $1 UNION SELECT t.id, \
    ///      t.a, t.b, t.s, t.doc, t.tags FROM t WHERE t.a < $1"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.id, t.a, t.b, t.s, t.doc, t.tags FROM t WHERE t.a < ? UNION SELECT t.id, \
    ///      t.a, t.b, t.s, t.doc, t.tags FROM t WHERE t.a < ?"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.id, t.a, t.b, t.s, t.doc, t.tags FROM t WHERE t.a < ?1 UNION SELECT t.id, \
    ///      t.a, t.b, t.s, t.doc, t.tags FROM t WHERE t.a < ?1"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn params(mut self, params: Params) -> Self {
        self.parts().params.extend(params.into_pairs());
        self
    }

    /// The tree, with the values that were given for its binds in their place.
    pub(super) fn query(mut self) -> QueryParts {
        if !self.parts.params.is_empty() {
            let parts = self.parts();
            let params = std::mem::take(&mut parts.params);
            parts.give(&params, &mut HashSet::new());
        }
        QueryParts::Compound(self.parts)
    }
}

impl<S: Selection> ClauseElement for CompoundSelect<S> {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, _: &Params) {
        self.parts.walk(&mut KeyWalk::new(key, literals));
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        compile_query(&QueryParts::Compound(Arc::clone(&self.parts)), S::required, dialect, names)
    }

    fn params(&self) -> &Params {
        &self.parts.params
    }
}

impl<S: Selection> Executable for CompoundSelect<S> {
    type Row = S::Row;
}

impl<S: Selection> Query for CompoundSelect<S> {
    type Item = S::Item;

    fn into_query(self) -> Expression {
        Expression::query(self.query())
    }
}

impl<S> Clone for CompoundSelect<S> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), selection: PhantomData }
    }
}

/// Prints as SQL, with names or numbers in the place of values.
impl<S> fmt::Display for CompoundSelect<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = QueryParts::Compound(Arc::clone(&self.parts));
        f.write_str(&SqlWriter::display_query(&query))
    }
}

impl<S> fmt::Debug for CompoundSelect<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
