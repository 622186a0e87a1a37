//! FROM objects: tables, aliases, subqueries, joins.

mod alias;
mod join;
mod list;
mod subquery;

use std::sync::Arc;

pub use alias::{Alias, Aliased, Entity, aliased};
pub(in crate::sql) use join::{JoinKind, JoinParts};
pub(in crate::sql) use list::{FromList, JoinStep};
pub use subquery::Subquery;

use super::schema::Table;
use super::tree::Visitor;
use super::{Mapped, SqlWriter};

/// What can stand in FROM: a table, an alias, a subquery or a join.
///
/// `select_from` and `join` take anything that can be made one: [`Entity`] and [`Aliased`] for
/// mapped structs, `&Table`, [`Alias`], [`Subquery`].
#[derive(Debug, Clone)]
pub struct FromClause(pub(super) FromKind);

#[derive(Debug, Clone)]
pub(super) enum FromKind {
    /// The table of a mapped struct.
    Mapped(&'static MappedTable),
    /// The same under another name.
    MappedAlias(&'static MappedTable, &'static str),
    /// A table that is described at run time.
    Table(Table),
    Alias(Arc<alias::AliasParts>),
    Subquery(Arc<subquery::SubqueryParts>),
    Join(Arc<JoinParts>),
}

/// The name of a mapped table. Each mapped struct has one, so a column needs only its address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MappedTable {
    pub(super) schema: Option<&'static str>,
    pub(super) name: &'static str,
}

/// The table name of each mapped struct, at an address of its own.
pub(super) trait HasTable: Mapped {
    const NAME: &'static MappedTable = &MappedTable { schema: Self::SCHEMA, name: Self::TABLE };
}

impl<T: Mapped> HasTable for T {}

impl FromClause {
    /// The table of a mapped struct, under another name if there is one.
    pub(super) fn mapped<T: Mapped>(alias: Option<&'static str>) -> Self {
        Self::of_mapped(T::NAME, alias)
    }

    pub(super) fn of_mapped(table: &'static MappedTable, alias: Option<&'static str>) -> Self {
        Self(match alias {
            None => FromKind::Mapped(table),
            Some(alias) => FromKind::MappedAlias(table, alias),
        })
    }

    /// The schema and the name by which its columns are written. A join has none of its own.
    pub(super) fn names(&self) -> (Option<&str>, &str) {
        match &self.0 {
            FromKind::Mapped(table) => (table.schema, table.name),
            FromKind::MappedAlias(_, alias) => (None, alias),
            FromKind::Table(table) => (table.schema().map(|name| &**name), table.name()),
            FromKind::Alias(parts) => (None, &parts.name),
            FromKind::Subquery(parts) => (None, &parts.name),
            FromKind::Join(_) => (None, ""),
        }
    }

    /// Whether both are the same object. Two aliases of one table are the same if their names are.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (FromKind::Mapped(a), FromKind::Mapped(b)) => std::ptr::eq(*a, *b) || a == b,
            (FromKind::MappedAlias(a, x), FromKind::MappedAlias(b, y)) => a == b && x == y,
            (
                FromKind::Mapped(_) | FromKind::Table(_),
                FromKind::Mapped(_) | FromKind::Table(_),
            ) => self.names() == other.names(),
            (FromKind::Alias(a), FromKind::Alias(b)) => a.name == b.name && a.of.is(&b.of),
            (FromKind::Subquery(a), FromKind::Subquery(b)) => Arc::ptr_eq(a, b),
            (FromKind::Join(a), FromKind::Join(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Whether it is this object, or a join that has it.
    pub(super) fn has(&self, leaf: &Self) -> bool {
        match &self.0 {
            FromKind::Join(join) => join.left.has(leaf) || join.right.has(leaf),
            _ => self.is(leaf),
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
                to.number(alias.as_ptr().addr());
                to.number(alias.len());
            }
            FromKind::Table(table) => {
                to.number(2);
                to.number(usize::from(table.schema().is_some()));
                table.schema().into_iter().for_each(|schema| to.name(schema));
                to.name(table.name());
            }
            FromKind::Alias(parts) => {
                to.number(3);
                to.name(&parts.name);
                parts.of.describe(to);
            }
            FromKind::Subquery(parts) => {
                to.number(4);
                to.name(&parts.name);
                to.select(&parts.select);
            }
            FromKind::Join(parts) => {
                to.number(5);
                if to.enters(Arc::as_ptr(parts).addr()) {
                    parts.describe(to);
                }
            }
        }
    }

    /// How deep the expressions in it are nested.
    pub(super) fn depth(&self) -> u16 {
        match &self.0 {
            FromKind::Mapped(_) | FromKind::MappedAlias(..) | FromKind::Table(_) => 0,
            FromKind::Alias(parts) => parts.of.depth(),
            FromKind::Subquery(parts) => parts.depth,
            FromKind::Join(parts) => parts.depth,
        }
    }

    /// Writes the name by which its columns are written.
    pub(super) fn write_name(&self, to: &mut SqlWriter<'_>) {
        let (schema, name) = self.names();
        to.qualified_name(schema, name);
    }

    /// Writes it as it stands in FROM.
    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        match &self.0 {
            FromKind::Mapped(_) | FromKind::Table(_) => self.write_name(to),
            FromKind::MappedAlias(table, alias) => {
                to.qualified_name(table.schema, table.name);
                to.sql(" AS ");
                to.name(alias);
            }
            FromKind::Alias(parts) => {
                parts.of.write(to);
                to.sql(" AS ");
                to.name(&parts.name);
            }
            FromKind::Subquery(parts) => {
                to.sql("(");
                parts.select.write_in_from(to);
                to.sql(") AS ");
                to.name(&parts.name);
            }
            FromKind::Join(parts) => parts.write(to),
        }
    }
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
