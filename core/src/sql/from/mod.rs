//! FROM objects: tables, aliases, subqueries, joins.

mod alias;
mod cte;
mod foreign_key;
mod function;
mod join;
mod list;
mod sample;
mod subquery;
mod write;

use std::sync::Arc;

pub use alias::{Alias, Aliased, Entity, MappedAlias, aliased, anon_aliased};
pub use cte::Cte;
pub(in crate::sql) use cte::CteParts;
pub(in crate::sql) use foreign_key::Exposed;
pub(in crate::sql) use join::{JoinKind, JoinOn, JoinParts};
pub(in crate::sql) use list::{FromList, JoinStep, Sources, describe_foreign_keys};
pub use sample::{tablesample, tablesample_repeatable};
pub use subquery::{NamedColumn, ResultColumns, Subquery};
pub(in crate::sql) use write::Identity;

use super::schema::Table;
use super::select::QueryParts;
use super::tree::{ColumnKinds, NumberKind, Visitor};
use super::{Expression, Mapped, Name, Text};

/// What can stand in FROM: a table, an alias, a subquery, a common table expression, a function or
/// a join.
///
/// `select_from` and `join` take anything that can be made one: [`Entity`] and [`Aliased`] for
/// mapped structs, `&Table`, [`Alias`], [`Subquery`], [`Cte`], [`Text`].
#[derive(Debug, Clone)]
pub struct FromClause(pub(super) FromKind);

#[derive(Debug, Clone)]
pub(super) enum FromKind {
    /// The table of a mapped struct.
    Mapped(&'static MappedTable),
    /// The same under another name.
    MappedAlias(&'static MappedTable, MappedAlias),
    /// A table that is described at run time.
    Table(Table),
    /// Something else under another name.
    Alias(Arc<alias::AliasParts>),
    Subquery(Arc<subquery::SubqueryParts>),
    Cte(Arc<CteParts>),
    Function(Arc<function::FunctionParts>),
    Sample(Arc<sample::SampleParts>),
    /// SQL that the program writes.
    Text(Arc<Expression>),
    Join(Arc<JoinParts>),
}

/// The name of a mapped table. Each mapped struct has one, so a column needs only its address.
#[derive(Debug)]
pub(super) struct MappedTable {
    pub(super) schema: Option<&'static str>,
    pub(super) name: &'static str,
    pub(super) table: fn() -> &'static Table,
}

impl PartialEq for MappedTable {
    fn eq(&self, other: &Self) -> bool {
        self.schema == other.schema && self.name == other.name
    }
}

impl Eq for MappedTable {}

/// The table name of each mapped struct, at an address of its own.
pub(super) trait HasTable: Mapped {
    const NAME: &'static MappedTable =
        &MappedTable { schema: Self::SCHEMA, name: Self::TABLE, table: Self::table };
}

impl<T: Mapped> HasTable for T {}

impl FromClause {
    /// The table of a mapped struct, under another name if there is one.
    pub(crate) fn mapped<T: Mapped>(alias: Option<MappedAlias>) -> Self {
        Self::of_mapped(T::NAME, alias)
    }

    pub(super) fn of_mapped(table: &'static MappedTable, alias: Option<MappedAlias>) -> Self {
        Self(match alias {
            None => FromKind::Mapped(table),
            Some(alias) => FromKind::MappedAlias(table, alias),
        })
    }

    /// Whether both are the same object.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (FromKind::Mapped(a), FromKind::Mapped(b)) => std::ptr::eq(*a, *b) || a == b,
            (FromKind::MappedAlias(a, x), FromKind::MappedAlias(b, y)) => a == b && x == y,
            (
                FromKind::Mapped(_) | FromKind::Table(_),
                FromKind::Mapped(_) | FromKind::Table(_),
            ) => self.given_name() == other.given_name(),
            (FromKind::Alias(a), FromKind::Alias(b)) => Arc::ptr_eq(a, b),
            (FromKind::Subquery(a), FromKind::Subquery(b)) => Arc::ptr_eq(a, b),
            (FromKind::Cte(a), FromKind::Cte(b)) => a.is(b),
            (FromKind::Function(a), FromKind::Function(b)) => Arc::ptr_eq(a, b),
            (FromKind::Sample(a), FromKind::Sample(b)) => Arc::ptr_eq(a, b),
            (FromKind::Text(a), FromKind::Text(b)) => Arc::ptr_eq(a, b),
            (FromKind::Join(a), FromKind::Join(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Whether it is this table, also by another name.
    pub(super) fn is_of_table(&self, table: &Self) -> bool {
        match &self.0 {
            FromKind::MappedAlias(of, _) => FromClause(FromKind::Mapped(of)).is(table),
            FromKind::Alias(parts) => parts.of.is_of_table(table),
            FromKind::Sample(parts) => parts.of.is_of_table(table),
            _ => self.is(table),
        }
    }

    /// Whether it is this object, or a join that has it.
    pub(super) fn has(&self, leaf: &Self) -> bool {
        match &self.0 {
            FromKind::Join(join) => join.left.has(leaf) || join.right.has(leaf),
            _ => self.is(leaf),
        }
    }

    /// Whether it has rows that can be locked: those of tables.
    pub(super) fn has_locked_rows(&self) -> bool {
        match &self.0 {
            FromKind::Mapped(_) | FromKind::MappedAlias(..) | FromKind::Table(_) => true,
            FromKind::Alias(parts) => parts.of.has_locked_rows(),
            // Those of what it selects from, or of text that the program wrote.
            FromKind::Subquery(_) | FromKind::Text(_) => true,
            FromKind::Join(_) | FromKind::Cte(_) | FromKind::Function(_) => false,
            FromKind::Sample(parts) => parts.of.has_locked_rows(),
        }
    }

    /// The table whose rows it has, also under another name.
    pub(super) fn stored_table(&self) -> Option<&Table> {
        match &self.0 {
            FromKind::Mapped(table) | FromKind::MappedAlias(table, _) => Some((table.table)()),
            FromKind::Table(table) => Some(table),
            FromKind::Alias(parts) => parts.of.stored_table(),
            FromKind::Sample(parts) => parts.of.stored_table(),
            _ => None,
        }
    }

    /// What sort of number a column of the query is whose rows it has, also under another name.
    pub(super) fn kind_of_column(&self, name: &str) -> NumberKind {
        match self.queried_column(name) {
            Some((query, kinds, place, columns)) => kinds.of(query, place, columns),
            None => NumberKind::Other,
        }
    }

    /// The query whose column has this name, and the column's place.
    pub(super) fn query_of_column(&self, name: &str) -> Option<(&QueryParts, usize)> {
        self.queried_column(name).map(|(query, _, place, _)| (query, place))
    }

    fn queried_column(&self, name: &str) -> Option<(&QueryParts, &ColumnKinds, usize, usize)> {
        let (query, names, kinds) = match &self.0 {
            FromKind::Subquery(parts) => (&parts.query, &parts.names, &parts.kinds),
            FromKind::Cte(parts) => parts.query_and_kinds(),
            FromKind::Alias(parts) => return parts.of.queried_column(name),
            _ => return None,
        };
        let place = names.iter().position(|known| **known == *name)?;
        Some((query, kinds, place, names.len()))
    }

    /// The query that it is, if it is a subquery.
    pub(super) fn subquery(&self) -> Option<&QueryParts> {
        match &self.0 {
            FromKind::Subquery(parts) => Some(&parts.query),
            _ => None,
        }
    }

    /// The objects that are joined in it, or itself.
    pub(super) fn leaves<'f>(&'f self, to: &mut Vec<&'f Self>) {
        match &self.0 {
            FromKind::Join(join) => {
                join.left.leaves(to);
                join.right.leaves(to);
            }
            _ => to.push(self),
        }
    }

    /// Whether it sees what stands before it in FROM.
    pub(super) fn is_lateral(&self) -> bool {
        match &self.0 {
            FromKind::Subquery(parts) => parts.lateral,
            FromKind::Function(_) => true,
            _ => false,
        }
    }

    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match &self.0 {
            FromKind::Mapped(table) => {
                to.number(0);
                to.mapped(table);
            }
            FromKind::MappedAlias(table, alias) => {
                to.number(1);
                to.mapped(table);
                to.alias(*alias);
            }
            FromKind::Table(table) => {
                to.number(2);
                to.number(usize::from(table.schema().is_some()));
                table.schema().into_iter().for_each(|schema| to.name(schema));
                to.name(table.name());
            }
            FromKind::Alias(parts) => {
                to.number(3);
                if to.enters(Arc::as_ptr(parts).addr()) {
                    name_of(parts.name.as_ref(), to);
                    to.from(&parts.of);
                }
            }
            FromKind::Subquery(parts) => {
                to.number(4);
                if to.enters(Arc::as_ptr(parts).addr()) {
                    parts.describe(to);
                }
            }
            FromKind::Join(parts) => {
                to.number(5);
                if to.enters(Arc::as_ptr(parts).addr()) {
                    parts.describe(to);
                }
            }
            FromKind::Cte(parts) => {
                to.number(6);
                parts.describe(to);
            }
            FromKind::Function(parts) => {
                to.number(7);
                if to.enters(Arc::as_ptr(parts).addr()) {
                    parts.describe(to);
                }
            }
            FromKind::Sample(parts) => {
                to.number(8);
                if to.enters(Arc::as_ptr(parts).addr()) {
                    parts.describe(to);
                }
            }
            FromKind::Text(text) => {
                to.number(9);
                if to.enters(Arc::as_ptr(text).addr()) {
                    text.walk(to);
                }
            }
        }
    }

    /// Where it lives, if it is not known by its name: a number that no other has.
    pub(super) fn address(&self) -> usize {
        match &self.0 {
            FromKind::Mapped(_) | FromKind::MappedAlias(..) | FromKind::Table(_) => 0,
            FromKind::Alias(parts) => Arc::as_ptr(parts).addr(),
            FromKind::Subquery(parts) => Arc::as_ptr(parts).addr(),
            FromKind::Cte(parts) => parts.identity(),
            FromKind::Function(parts) => Arc::as_ptr(parts).addr(),
            FromKind::Sample(parts) => Arc::as_ptr(parts).addr(),
            FromKind::Text(parts) => Arc::as_ptr(parts).addr(),
            FromKind::Join(parts) => Arc::as_ptr(parts).addr(),
        }
    }

    /// How deep the expressions in it are nested.
    pub(super) fn depth(&self) -> u16 {
        match &self.0 {
            FromKind::Mapped(_) | FromKind::MappedAlias(..) | FromKind::Table(_) => 0,
            FromKind::Alias(parts) => parts.of.depth(),
            FromKind::Subquery(parts) => parts.depth,
            FromKind::Cte(parts) => parts.depth,
            FromKind::Function(parts) => parts.depth(),
            FromKind::Sample(parts) => parts.depth(),
            FromKind::Text(text) => text.depth(),
            FromKind::Join(parts) => parts.depth,
        }
    }
}

fn name_of<'t>(name: Option<&'t Name>, to: &mut impl Visitor<'t>) {
    to.number(usize::from(name.is_some()));
    name.into_iter().for_each(|name| to.name(name));
}

impl From<&Table> for FromClause {
    fn from(table: &Table) -> Self {
        Self(FromKind::Table(table.clone()))
    }
}

impl From<Table> for FromClause {
    fn from(table: Table) -> Self {
        Self(FromKind::Table(table))
    }
}

impl From<&Self> for FromClause {
    fn from(from: &Self) -> Self {
        from.clone()
    }
}

/// SQL that the program writes, as it is.
impl From<Text> for FromClause {
    fn from(text: Text) -> Self {
        Self(FromKind::Text(Arc::new(text.into_expression())))
    }
}
