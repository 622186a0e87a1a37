//! Queries of all kinds as one type: what subqueries, common table expressions, EXISTS and IN take.

use std::collections::HashSet;
use std::sync::Arc;

use super::compound::CompoundParts;
use super::label_style::LabelStyle;
use super::names::names_of;
use super::parts::{LEVELS, SelectParts};
use super::values::ValuesParts;
use crate::error::{Error, ErrorKind};
use crate::sql::dml::ChangeParts;
use crate::sql::from::{Exposed, FromClause};
use crate::sql::tree::{Kind, NumberKind, Visitor};
use crate::sql::types::Type;
use crate::sql::{Executable, Expression, Name, Params, SqlWriter};

/// A statement that gives rows and can stand in another: a SELECT, a set operation, text whose
/// columns are known, VALUES.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    label = "expected a query such as `select(…)`",
    note = "text is a query when its columns are known: `text(\"select …\").columns::<(i64, String)>()`"
)]
pub trait Query: Executable {
    /// What one row is: a value if it selects one column, a tuple if it selects a tuple.
    type Item;

    /// As an expression.
    fn into_query(self) -> Expression
    where
        Self: Sized;
}

/// The tree of a query.
#[derive(Debug, Clone)]
pub(in crate::sql) enum QueryParts {
    Select(Arc<SelectParts>),
    Compound(Arc<CompoundParts>),
    /// Text, with the names of its columns.
    Text(Arc<TextParts>),
    Values(Arc<ValuesParts>),
    /// An INSERT, UPDATE or DELETE, which stands behind WITH only.
    Change(Arc<ChangeParts>),
}

/// Text that is a query.
#[derive(Debug, Clone)]
pub(in crate::sql) struct TextParts {
    /// Of the kind `Fragment`.
    pub(in crate::sql) sql: Expression,
    /// The names of its columns, if they are known.
    pub(in crate::sql) names: Vec<Name>,
}

/// Where a query is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::sql) struct Context<'c> {
    /// What the statements around it select from, which it may name.
    pub(super) enclosing: &'c [FromClause],
    /// What its columns are called, if others select from it.
    pub(super) names: Option<&'c [Name]>,
    /// The columns into which its rows are inserted.
    pub(super) inserted: &'c [InsertedColumn<'c>],
    /// If its rows are compared with those of others, or sorted with them: as what sorts of numbers, where that is
    /// known.
    pub(super) compared: Option<&'c [NumberKind]>,
}

/// A column into which rows of a query are inserted, and its type.
pub(in crate::sql) type InsertedColumn<'c> = (&'c Name, Option<&'c Type>);

const CHANGE_IN_QUERY: &str = "an INSERT, UPDATE or DELETE is part of a set operation; select from it, and \
     unite the selects";

impl Context<'static> {
    /// By itself.
    pub(super) const ALONE: Self =
        Self { enclosing: &[], names: None, inserted: &[], compared: None };
}

impl QueryParts {
    /// The tree of a query.
    pub(in crate::sql) fn of(query: impl Query) -> Self {
        let expression = query.into_query();
        match expression.kind {
            Kind::Query(query) => query,
            // What is nested too deeply was given up.
            _ => Self::Select(Arc::new(SelectParts::of(vec![expression]))),
        }
    }

    /// A query that cannot be compiled, for this reason.
    pub(in crate::sql) fn refused(message: &'static str) -> Self {
        Self::Select(Arc::new(SelectParts::of(vec![Expression::refused(message)])))
    }

    /// How deep it is nested, and some more.
    pub(in crate::sql) fn depth(&self) -> u16 {
        match self {
            Self::Select(select) => select.depth(),
            Self::Compound(compound) => compound.depth(),
            Self::Text(text) => text.sql.depth().saturating_add(LEVELS),
            Self::Values(values) => values.depth(),
            Self::Change(change) => change.depth(),
        }
    }

    /// Describes it and all below it, if it was not described before.
    pub(in crate::sql) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match self {
            Self::Select(select) => {
                if to.enters(Arc::as_ptr(select).addr()) {
                    select.walk(to);
                }
            }
            Self::Compound(compound) => {
                if to.enters(Arc::as_ptr(compound).addr()) {
                    compound.walk(to);
                }
            }
            Self::Text(text) => {
                if to.enters(Arc::as_ptr(text).addr()) {
                    to.node(b'Q', text.names.len());
                    text.names.iter().for_each(|name| to.name(name));
                    text.sql.walk(to);
                }
            }
            Self::Values(values) => {
                if to.enters(Arc::as_ptr(values).addr()) {
                    values.walk(to);
                }
            }
            Self::Change(change) => {
                if to.enters(Arc::as_ptr(change).addr()) {
                    change.walk(to);
                }
            }
        }
    }

    /// Describes what of it inferred conditions of joins depend on.
    pub(in crate::sql) fn describe_sources<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match self {
            Self::Select(select) => {
                let columns = select.columns.iter();
                columns.for_each(|column| {
                    column.each_source(&mut |from| from.describe_foreign_keys(to));
                });
            }
            Self::Compound(compound) => {
                compound.operands.iter().for_each(|operand| operand.describe_sources(to));
            }
            Self::Text(_) | Self::Values(_) | Self::Change(_) => {}
        }
    }

    /// Replaces the binds that have a value here.
    pub(in crate::sql) fn give(&mut self, params: &Params, used: &mut HashSet<Name>) {
        match self {
            Self::Select(select) => Arc::make_mut(select).give(params, used),
            Self::Compound(compound) => Arc::make_mut(compound).give(params, used),
            Self::Text(text) => Arc::make_mut(text).sql.give(params, used),
            Self::Values(_) => {}
            Self::Change(change) => Arc::make_mut(change).give(params, used),
        }
    }

    /// Why it cannot be compiled, if one of its expressions says so.
    pub(in crate::sql) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Select(select) => select.refusal(),
            Self::Compound(compound) => compound.refusal(),
            Self::Text(text) => text.sql.refusal(),
            Self::Values(values) => values.refusal(),
            Self::Change(change) => change.refusal(),
        }
    }

    /// The names of its columns where others select from it.
    pub(in crate::sql) fn column_names(&self) -> Vec<Name> {
        match self {
            Self::Select(select) => select.column_names(),
            Self::Compound(compound) => compound.column_names(),
            Self::Text(text) => text.names.clone(),
            Self::Values(values) => values.names.clone(),
            Self::Change(change) => names_of(change.returning(), LabelStyle::default()),
        }
    }

    /// How many columns it has; `None` if that is not known.
    pub(in crate::sql) fn width(&self) -> Option<usize> {
        match self {
            Self::Select(select) if select.refusal().is_some() => None,
            Self::Select(select) => {
                select.columns.iter().all(is_one_column).then_some(select.columns.len())
            }
            Self::Change(change) => {
                let returning = change.returning();
                returning.iter().all(is_one_column).then_some(returning.len())
            }
            Self::Compound(compound) => compound.operands.first().and_then(Self::width),
            Self::Text(text) => Some(text.names.len()).filter(|width| *width > 0),
            Self::Values(values) => Some(values.names.len()),
        }
    }

    /// The expressions of its columns; those of the first operand of a set operation.
    pub(in crate::sql) fn columns(&self) -> &[Expression] {
        match self {
            Self::Select(select) => &select.columns,
            Self::Compound(compound) => compound.operands.first().map_or(&[], Self::columns),
            Self::Text(_) | Self::Values(_) => &[],
            Self::Change(change) => change.returning(),
        }
    }

    /// The same with more columns; given back if its rows are not the same then.
    pub(in crate::sql) fn with_columns(self, added: &[Expression]) -> Result<Self, Self> {
        match self {
            Self::Select(mut select) if !select.puts_rows_together() => {
                Arc::make_mut(&mut select).add_columns(added);
                Ok(Self::Select(select))
            }
            other => Err(other),
        }
    }

    /// The place of the first column that is so.
    pub(in crate::sql) fn place_of(&self, is: impl Fn(&Expression) -> bool) -> Option<usize> {
        self.columns().iter().position(is)
    }

    /// The columns of it that are, unchanged, columns of tables, under these names.
    pub(in crate::sql) fn exposed(&self, names: &[Name]) -> Vec<Exposed> {
        match self {
            Self::Select(select) => {
                let named = select.columns.iter().zip(names);
                named.filter_map(|(column, name)| exposed(column, name)).collect()
            }
            // Where all operands have the same column.
            Self::Compound(compound) => {
                let mut operands = compound.operands.iter().map(|operand| operand.exposed(names));
                let first = operands.next().unwrap_or_default();
                operands.fold(first, |mut all, next| {
                    all.retain(|column| next.iter().any(|other| column.is_same(other)));
                    all
                })
            }
            Self::Text(_) | Self::Values(_) | Self::Change(_) => Vec::new(),
        }
    }

    /// The INSERT, UPDATE or DELETE that it is.
    pub(in crate::sql) fn change(&self) -> Option<&ChangeParts> {
        match self {
            Self::Change(change) => Some(change),
            _ => None,
        }
    }

    /// Whether it changes rows and gives none.
    pub(in crate::sql) fn gives_nothing(&self) -> bool {
        self.change().is_some_and(|change| change.returning().is_empty())
    }

    /// Writes it as a statement.
    pub(in crate::sql) fn write_alone(&self, to: &mut SqlWriter<'_>) {
        self.write(Context::ALONE, to);
    }

    /// Writes it as the source of the rows that are inserted into these columns, and under their names if
    /// they need names.
    pub(in crate::sql) fn write_inserted(
        &self,
        inserted: &[InsertedColumn<'_>],
        named: bool,
        to: &mut SqlWriter<'_>,
    ) {
        if let Some(width) = self.width().filter(|width| *width != inserted.len()) {
            to.fail(other_width(width, inserted.len()));
        }
        let names = named.then(|| self.column_names());
        let names = names.as_deref();
        self.write(Context { names, inserted, ..Context::ALONE }, to);
    }

    /// Writes it as a value: what it selects from leaves out what the statement around it selects
    /// from already, so that it can refer to the row there.
    pub(in crate::sql) fn write_value(&self, to: &mut SqlWriter<'_>) {
        let enclosing = to.visible().to_vec();
        self.write(Context { enclosing: &enclosing, ..Context::ALONE }, to);
    }

    /// Writes it as the list of IN, in parentheses. Where that may have no limit, the limit stands in a
    /// subquery.
    pub(in crate::sql) fn write_listed(&self, to: &mut SqlWriter<'_>) {
        to.sql("(");
        if to.dialect().limits_lists() || !self.is_limited() {
            self.write_value(to);
        } else {
            to.sql("SELECT * FROM (");
            to.computed_before(|to| self.write_value(to));
            to.sql(") AS ");
            to.free_anonymous_name();
        }
        to.sql(")");
    }

    /// Whether it gives rows of this table as they are, so that a database may read them while it goes on
    /// with the statement around it.
    pub(in crate::sql) fn passes_rows_of(&self, table: &FromClause) -> bool {
        let Self::Select(select) = self else { return false };
        let computes = |column: &Expression| column.has_aggregate() || column.has_window();
        if select.puts_rows_together()
            || select.is_limited()
            || select.columns.iter().any(computes)
            || select.more.as_ref().is_some_and(|more| !more.having.is_empty())
        {
            return false;
        }
        // What cannot be derived is another error, when it is written.
        let Ok(from) = select.list_of_from(&[]) else { return false };
        let passes = |leaf: &&FromClause| match leaf.subquery() {
            Some(inner) => inner.passes_rows_of(table),
            None => leaf.is_of_table(table),
        };
        from.leaves().iter().any(passes)
    }

    /// Whether it has a limit, or a part of it.
    fn is_limited(&self) -> bool {
        match self {
            Self::Select(select) => select.is_limited(),
            Self::Compound(compound) => {
                !compound.is_bare() || compound.operands.iter().any(Self::is_limited)
            }
            Self::Text(_) | Self::Values(_) | Self::Change(_) => false,
        }
    }

    /// Writes it as a FROM object, which sees nothing of the statement around it, unless it is this
    /// lateral one.
    pub(in crate::sql) fn write_in_from(
        &self,
        names: &[Name],
        lateral: Option<&FromClause>,
        to: &mut SqlWriter<'_>,
    ) {
        let enclosing = match lateral {
            Some(this) => to.visible().iter().filter(|from| !from.is(this)).cloned().collect(),
            None => Vec::new(),
        };
        let names = Some(names);
        self.write(Context { enclosing: &enclosing, names, ..Context::ALONE }, to);
    }

    pub(super) fn write(&self, context: Context<'_>, to: &mut SqlWriter<'_>) {
        match self {
            Self::Select(select) => select.write(context, to),
            Self::Compound(compound) => compound.write(context, to),
            Self::Text(text) => text.sql.write(to),
            Self::Values(values) => values.write(context, to),
            Self::Change(_) => to.fail(Error::new(ErrorKind::Compile, CHANGE_IN_QUERY)),
        }
    }

    /// Whether its columns are named behind it, and not in it.
    pub(in crate::sql) fn needs_names_behind(&self, to: &SqlWriter<'_>) -> bool {
        match self {
            Self::Values(_) => to.dialect().names_columns_behind(),
            Self::Change(change) => !change.has_names(),
            // Its columns have the names of those of the first.
            Self::Compound(compound) => {
                compound.operands.first().is_some_and(|first| first.needs_names_behind(to))
            }
            _ => false,
        }
    }

    /// Whether it is VALUES, or a set operation whose first query is: the columns have no names of the program's then,
    /// unless something around it gives them.
    pub(super) fn begins_with_values(&self) -> bool {
        match self {
            Self::Values(_) => true,
            Self::Compound(compound) => {
                compound.operands.first().is_some_and(Self::begins_with_values)
            }
            _ => false,
        }
    }

    /// Writes the names of its columns behind its own, if that is where they stand.
    pub(in crate::sql) fn write_names_behind(&self, names: &[Name], to: &mut SqlWriter<'_>) {
        if self.needs_names_behind(to) {
            to.sql(" (");
            to.separated(", ", names, |name, to| to.name(name));
            to.sql(")");
        }
    }
}

#[cold]
fn other_width(width: usize, wanted: usize) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "`from_select` inserts into {wanted} columns, and its query has {width}; select as many \
             columns as are named"
        ),
    )
}

/// Text can have several columns in one.
fn is_one_column(column: &Expression) -> bool {
    !matches!(column.kind, Kind::Fragment(_) | Kind::Star)
}

/// The column of a table that an expression is.
fn exposed(column: &Expression, name: &Name) -> Option<Exposed> {
    match (&column.kind, &*column.children) {
        (Kind::Label(_), [child]) => exposed(child, name),
        (Kind::MappedColumn { table, name: column, .. }, _) => Some(Exposed {
            name: name.clone(),
            table: (table.table)().clone(),
            column: (*column).into(),
        }),
        (Kind::Column(column), _) => {
            let inner = column.of.exposed_column(&column.name)?;
            Some(Exposed { name: name.clone(), ..inner })
        }
        _ => None,
    }
}
