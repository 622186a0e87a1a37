//! A SELECT as a session changes it before it runs it: it adds columns and joins of what is loaded along.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::group::{is_same, unordered};
use super::query::QueryParts;
use super::{Select, SelectParts, add};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Row;
use crate::sql::compile::compile_query;
use crate::sql::from::{FromClause, FromKind, JoinKind, JoinStep, Subquery};
use crate::sql::tree::{KeyWalk, Kind};
use crate::sql::{
    AnyColumn, CacheKey, ClauseElement, Condition, Executable, Expr, Expression, JoinOn, Literals,
    Name, OrderTerm, Params, SqlDialect, Template,
};
use crate::statement::ExecutionOptions;

/// What a session is told with a statement. The language does not know what it is.
#[derive(Clone)]
pub(crate) struct Annotation(pub(crate) Arc<dyn Any + Send + Sync>);

impl fmt::Debug for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Annotation")
    }
}

impl<S> Select<S> {
    /// What a session is told with it.
    pub(crate) fn annotation(&self) -> Option<&Annotation> {
        self.parts.annotation()
    }

    pub(crate) fn annotated(mut self, annotation: Annotation) -> Self {
        self.parts().more().annotation = Some(annotation);
        self
    }
}

impl SelectParts {
    fn annotation(&self) -> Option<&Annotation> {
        self.more.as_ref()?.annotation.as_ref()
    }
}

/// That nothing is said which only a session does.
pub(super) fn check_plain(parts: &SelectParts) -> Result<()> {
    match parts.annotation() {
        None => Ok(()),
        Some(_) => Err(Error::new(
            ErrorKind::Compile,
            "the statement has options of a session, such as how relationships are loaded, and a connection loads no \
             objects; run it by a session, or leave `options` out",
        )),
    }
}

/// As a part of another statement it has no options.
pub(super) fn refused_inside(mut parts: Arc<SelectParts>) -> Arc<SelectParts> {
    if parts.annotation().is_some() {
        let parts = Arc::make_mut(&mut parts);
        parts.more().annotation = None;
        parts.conditions.push(Expression::refused(
            "a query inside of a statement has options of a session; give them to the whole statement",
        ));
        parts.kept_key.forget();
    }
    parts
}

fn step(left: FromClause, right: FromClause, on: Expr<Option<bool>>, outer: bool) -> JoinStep {
    let kind = if outer { JoinKind::LeftOuter } else { JoinKind::Inner };
    JoinStep { left: Some(left), right, on: JoinOn::Given(on.into_expression()), kind }
}

/// A condition without its type.
pub(crate) fn condition_of(condition: impl Condition) -> Expr<Option<bool>> {
    Expr::new(condition.condition())
}

/// A condition that cannot be compiled, for this reason.
pub(crate) fn refused_condition(reason: &'static str) -> Expr<Option<bool>> {
    Expr::new(Expression::refused(reason))
}

/// A condition about another FROM object of the same columns.
pub(crate) fn moved(
    condition: &Expr<Option<bool>>,
    from: &FromClause,
    to: &FromClause,
) -> Expr<Option<bool>> {
    let mut expression = condition.clone().into_expression();
    if !from.is(to) {
        expression.move_to(from, to);
    }
    Expr::new(expression)
}

impl Expression {
    fn move_to(&mut self, from: &FromClause, to: &FromClause) {
        match &mut self.kind {
            Kind::MappedColumn { table, alias, name } => {
                let of = FromClause::of_mapped(table, alias.as_deref().copied());
                if of.is(from) {
                    *self = match &to.0 {
                        FromKind::MappedAlias(table, alias) => {
                            Self::mapped_column(table, Some(*alias), name)
                        }
                        _ => Self::column(to.clone(), Name::Static(name), None),
                    };
                }
            }
            Kind::Column(column) if column.of.is(from) => column.of = to.clone(),
            Kind::Query(_) => {
                *self = Self::refused(
                    "a condition on what is loaded along has a query in it, which is not written for an alias; load \
                     it by `selectinload`",
                );
            }
            _ => self.children.iter_mut().for_each(|child| child.move_to(from, to)),
        }
    }
}

/// A SELECT as a session changes it before it runs it.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct SessionSelect {
    parts: Arc<SelectParts>,
    required: fn(&mut Vec<bool>),
    options: Option<ExecutionOptions>,
}

impl SessionSelect {
    pub(super) fn new(parts: Arc<SelectParts>, required: fn(&mut Vec<bool>)) -> Self {
        Self { parts, required, options: None }
    }

    pub(in crate::sql) fn with_options(self, options: &ExecutionOptions) -> Self {
        let options = match &self.options {
            None => options.clone(),
            Some(inner) => options.clone().over(inner),
        };
        Self { options: Some(options), ..self }
    }

    fn parts(&mut self) -> &mut SelectParts {
        let parts = Arc::make_mut(&mut self.parts);
        parts.kept_key.forget();
        parts
    }

    /// What the session is told with it.
    pub(crate) fn annotation(&self) -> Option<&Annotation> {
        self.parts.annotation()
    }

    /// Without what the session is told.
    pub(crate) fn plain(mut self) -> Self {
        if self.annotation().is_some() {
            self.parts().more().annotation = None;
        }
        self
    }

    /// How many columns it has.
    pub(crate) fn width(&self) -> usize {
        self.parts.columns.len()
    }

    /// The FROM object of the column at this place.
    pub(crate) fn source_at(&self, place: usize) -> Option<FromClause> {
        let column = self.parts.columns.get(place)?;
        let column = match (&column.kind, &*column.children) {
            (Kind::Label(_), [column]) => column,
            _ => column,
        };
        match &column.kind {
            Kind::MappedColumn { table, alias, .. } => {
                Some(FromClause::of_mapped(table, alias.as_deref().copied()))
            }
            Kind::Column(column) => Some(column.of.clone()),
            _ => None,
        }
    }

    /// Whether its rows are counted, or put together, so that a join would change which there are.
    pub(crate) fn is_limited(&self) -> bool {
        self.parts.is_limited() || self.parts.puts_rows_together()
    }

    pub(crate) fn add_columns(&mut self, columns: &[AnyColumn]) {
        let columns: Vec<_> = columns.iter().cloned().map(AnyColumn::expression).collect();
        self.parts().columns.extend(columns);
    }

    pub(crate) fn join(
        &mut self,
        left: &FromClause,
        right: FromClause,
        on: Expr<Option<bool>>,
        outer: bool,
    ) {
        let step = step(left.clone(), right, on, outer);
        add(&mut self.parts().joins, step);
    }

    pub(crate) fn order_by(&mut self, terms: Vec<OrderTerm>) {
        let terms: Vec<_> = terms.into_iter().map(OrderTerm::into_expression).collect();
        self.parts().orders.extend(terms);
    }

    pub(crate) fn where_(&mut self, condition: Expr<Option<bool>>) {
        let condition = condition.into_expression();
        add(&mut self.parts().conditions, condition);
    }

    /// Adds a condition on a table, wherever it stands at the statement's own level, by whatever name, but not on
    /// `except`.
    pub(crate) fn restrict_all(
        &mut self,
        table: &FromClause,
        condition: &Expr<Option<bool>>,
        except: Option<&FromClause>,
    ) {
        // What cannot be derived is another error, when it is written.
        let Ok(list) = self.parts.list_of_from(&[]) else { return };
        let leaves = list.leaves().into_iter().filter(|leaf| leaf.is_of_table(table));
        let leaves = leaves.filter(|leaf| except.is_none_or(|except| !leaf.is(except)));
        let leaves: Vec<FromClause> = leaves.cloned().collect();
        for leaf in leaves {
            self.restrict(&leaf, &moved(condition, table, &leaf));
        }
    }

    /// Adds a condition on an object: to the join by which it came in, so that an outer join stays one, or else to
    /// those of the statement.
    pub(crate) fn restrict(&mut self, from: &FromClause, condition: &Expr<Option<bool>>) {
        let parts = self.parts();
        let joined = parts.joins.iter_mut().find(|step| step.right.has(from));
        match joined.map(|step| &mut step.on) {
            Some(on @ JoinOn::Inferred) => {
                *on = JoinOn::InferredAnd(condition.clone().into_expression())
            }
            Some(JoinOn::Given(on) | JoinOn::InferredAnd(on)) => {
                let before = on.clone();
                let both = (Expr::<Option<bool>>::new(before), condition.clone());
                *on = crate::sql::and_(both).into_expression();
            }
            Some(JoinOn::None) | None => {
                add(&mut parts.conditions, condition.clone().into_expression())
            }
        }
    }

    /// The same rows, selected from the whole statement as a subquery, in the same order. The columns stand where
    /// they stood; the subquery is what they are of now.
    pub(crate) fn wrapped(mut self) -> Self {
        let width = self.width();
        let mut places = Vec::new();
        let parts = self.parts();
        let orders = parts.orders.clone();
        for term in &orders {
            let by = unordered(term);
            let is_named = |column: &Expression| match &by.kind {
                Kind::ResultName(name) => column.result_name().as_ref() == Some(name),
                _ => is_same(by, column),
            };
            let place = parts.columns.iter().position(is_named);
            places.push(place.unwrap_or_else(|| {
                let name = format!("order_{}", parts.columns.len());
                parts.columns.push(by.clone().label(name.into()));
                parts.columns.len() - 1
            }));
        }
        let query = QueryParts::Select(SelectParts::bound(self.parts));
        let subquery = Subquery::<Row>::new(None, query);
        let mut columns = Vec::new();
        subquery.columns_into(&mut columns);
        let mut outer = SelectParts::default();
        for (term, place) in orders.iter().zip(places) {
            let by = columns[place].clone();
            outer.orders.push(match term.kind {
                Kind::Ordered { descending, nulls } => by.ordered(descending, nulls),
                _ => by,
            });
        }
        columns.truncate(width);
        outer.columns = columns;
        outer.from.push(FromClause::from(&subquery));
        Self { parts: Arc::new(outer), ..self }
    }

    /// The columns from one place on, as columns of what they are of.
    pub(crate) fn columns_at(&self, start: usize, width: usize) -> Vec<AnyColumn> {
        let columns = self.parts.columns.iter().skip(start).take(width);
        let column = |column: &Expression| match &column.kind {
            Kind::Column(column) => {
                Some(AnyColumn { of: column.of.clone(), name: column.name.clone(), ty: None })
            }
            Kind::MappedColumn { table, alias, name } => Some(AnyColumn {
                of: FromClause::of_mapped(table, alias.as_deref().copied()),
                name: Name::Static(name),
                ty: None,
            }),
            _ => None,
        };
        columns.filter_map(column).collect()
    }
}

impl ClauseElement for SessionSelect {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, _: &Params) {
        self.parts.kept_key.add(key, literals, |key, literals| {
            self.parts.walk(&mut KeyWalk::new(key, literals));
        });
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        let query = QueryParts::Select(Arc::clone(&self.parts));
        compile_query(&query, self.required, dialect, names)
    }

    fn params(&self) -> &Params {
        &self.parts.params
    }

    fn own_options(&self) -> Option<&ExecutionOptions> {
        self.options.as_ref()
    }
}

impl Executable for SessionSelect {
    type Row = Row;
}
