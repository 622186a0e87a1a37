//! The one description of each node, and what is derived from it: keys, the numbers of literals,
//! the FROM objects that are named.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Bind, Expression, Kind, List, Literal};
use crate::sql::from::{FromClause, MappedTable};
use crate::sql::select::SelectParts;
use crate::sql::types::Type;
use crate::sql::{CacheKey, Literals, Name, Nulls};

/// Receives the description of a tree, node by node, each before its children.
///
/// Every walk sees the same nodes in the same order. The methods that a walk does not need do
/// nothing.
pub(in crate::sql) trait Visitor<'t> {
    /// A node begins: its tag, and the number of its children.
    fn node(&mut self, _tag: u8, _children: usize) {}

    /// An attribute that is a small number.
    fn number(&mut self, _number: usize) {}

    /// An attribute that is a name.
    fn name(&mut self, _name: &'t Name) {}

    /// An attribute that is a mapped table.
    fn mapped(&mut self, _table: &'static MappedTable) {}

    /// A node that is a column of a mapped table, or of an alias of it.
    fn mapped_column(
        &mut self,
        _table: &'static MappedTable,
        _alias: Option<&'static str>,
        _name: &'static str,
    ) {
    }

    /// A value.
    fn literal(&mut self, _literal: &'t Literal) {}

    /// The values of an IN list.
    fn list(&mut self, _list: &'t List) {}

    /// A named bind.
    fn bind(&mut self, _bind: &'t Bind) {}

    /// The type of a value that is given at execution.
    fn value_type(&mut self, _ty: Option<&Type>) {}

    /// A FROM object that a column belongs to or that stands in FROM.
    fn from(&mut self, from: &'t FromClause)
    where
        Self: Sized,
    {
        from.describe(self);
    }

    /// A statement inside an expression.
    fn select(&mut self, select: &'t Arc<SelectParts>)
    where
        Self: Sized,
    {
        if self.enters(Arc::as_ptr(select).addr()) {
            select.walk(self);
        }
    }

    /// Whether to describe what is shared and lives at this address: the first time, and only then.
    fn enters(&mut self, address: usize) -> bool;
}

impl Kind {
    /// The description of a node without its children: its tag, and all else that its SQL depends
    /// on.
    fn describe<'t>(&'t self, children: usize, to: &mut impl Visitor<'t>) {
        match self {
            Self::MappedColumn { table, alias, name } => to.mapped_column(table, *alias, name),
            Self::Column(column) => {
                to.node(b'c', children);
                to.from(&column.of);
                to.name(&column.name);
            }
            Self::Star => to.node(b'*', children),
            Self::Literal(literal) => {
                to.node(b'v', children);
                to.literal(literal);
            }
            Self::Bind(bind) => {
                to.node(b'b', children);
                to.bind(bind);
            }
            Self::Binary(op) => {
                to.node(b'o', children);
                to.number(usize::from(*op as u8));
            }
            Self::Not => to.node(b'!', children),
            Self::Negate => to.node(b'-', children),
            Self::IsNull { negated } => {
                to.node(b'n', children);
                to.number(usize::from(*negated));
            }
            Self::In { list, negated } => {
                to.node(b'i', children);
                to.number(usize::from(*negated));
                to.list(list);
            }
            Self::InSelect { negated } => {
                to.node(b's', children);
                to.number(usize::from(*negated));
            }
            Self::Between => to.node(b'w', children),
            Self::All => to.node(b'&', children),
            Self::Any => to.node(b'|', children),
            Self::Function(name) => {
                to.node(b'f', children);
                to.name(name);
            }
            Self::Label(name) => {
                to.node(b'l', children);
                to.name(name);
            }
            Self::Ordered { descending, nulls } => {
                to.node(b'O', children);
                to.number(usize::from(*descending));
                to.number(match nulls {
                    None => 0,
                    Some(Nulls::First) => 1,
                    Some(Nulls::Last) => 2,
                });
            }
            Self::Select(select) => {
                to.node(b'q', children);
                to.select(select);
            }
            Self::Exists => to.node(b'e', children),
            Self::Refused(message) => {
                to.node(b'R', children);
                to.number(message.as_ptr().addr());
            }
        }
    }
}

impl Expression {
    /// Describes the node and all below it.
    pub(in crate::sql) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        self.kind.describe(self.children.len(), to);
        for child in &self.children {
            child.walk(to);
        }
    }
}

/// Writes the key of a statement, and collects its values.
pub(in crate::sql) struct KeyWalk<'k> {
    key: &'k mut CacheKey,
    literals: &'k mut Literals,
    /// Where shared parts live that were described before.
    seen: Vec<usize>,
}

impl<'k> KeyWalk<'k> {
    pub(in crate::sql) fn new(key: &'k mut CacheKey, literals: &'k mut Literals) -> Self {
        Self { key, literals, seen: Vec::new() }
    }

    fn column_type(&mut self, ty: Option<&Type>) {
        match ty {
            None => self.key.mark(0),
            Some(ty) => self.key.column_type(ty),
        }
    }
}

impl<'t> Visitor<'t> for KeyWalk<'_> {
    #[inline]
    fn node(&mut self, tag: u8, children: usize) {
        self.key.node(tag, children);
    }

    #[inline]
    fn mapped_column(
        &mut self,
        table: &'static MappedTable,
        alias: Option<&'static str>,
        name: &'static str,
    ) {
        self.key.mapped_column(std::ptr::from_ref(table).addr(), alias, name);
    }

    #[inline]
    fn number(&mut self, number: usize) {
        self.key.number(number);
    }

    #[inline]
    fn name(&mut self, name: &'t Name) {
        self.key.name(name);
    }

    #[inline]
    fn mapped(&mut self, table: &'static MappedTable) {
        self.key.address(std::ptr::from_ref(table).addr());
    }

    #[inline]
    fn literal(&mut self, literal: &'t Literal) {
        self.column_type(literal.ty.get());
        self.literals.push(&literal.value);
    }

    fn list(&mut self, list: &'t List) {
        self.column_type(list.ty.get());
        self.literals.push_list(&list.values);
    }

    #[inline]
    fn bind(&mut self, bind: &'t Bind) {
        self.column_type(bind.ty.get());
        self.key.name(&bind.name);
    }

    fn value_type(&mut self, ty: Option<&Type>) {
        self.column_type(ty);
    }

    fn enters(&mut self, address: usize) -> bool {
        match self.seen.iter().position(|seen| *seen == address) {
            Some(known) => {
                self.key.number(known + 1);
                false
            }
            None => {
                self.key.number(0);
                self.seen.push(address);
                true
            }
        }
    }
}

/// The numbers that a statement's literals and lists have in [`Literals`], by where they live.
///
/// The writer asks for them, so a dialect may write a literal twice, not at all, or in any order.
#[derive(Debug, Default)]
pub(in crate::sql) struct Numbers {
    literals: HashMap<usize, usize>,
    lists: HashMap<usize, usize>,
    /// How many have been counted: more than are in the maps if a part is described twice.
    counted: (usize, usize),
    seen: Vec<usize>,
}

impl Numbers {
    pub(in crate::sql) fn of_literal(&self, literal: &Literal) -> Option<usize> {
        self.literals.get(&std::ptr::from_ref(literal).addr()).copied()
    }

    pub(in crate::sql) fn of_list(&self, list: &List) -> Option<usize> {
        self.lists.get(&std::ptr::from_ref(list).addr()).copied()
    }
}

impl<'t> Visitor<'t> for Numbers {
    fn literal(&mut self, literal: &'t Literal) {
        self.literals.insert(std::ptr::from_ref(literal).addr(), self.counted.0);
        self.counted.0 += 1;
    }

    fn list(&mut self, list: &'t List) {
        self.lists.insert(std::ptr::from_ref(list).addr(), self.counted.1);
        self.counted.1 += 1;
    }

    fn enters(&mut self, address: usize) -> bool {
        let new = !self.seen.contains(&address);
        if new {
            self.seen.push(address);
        }
        new
    }
}

/// The FROM objects that columns belong to, each once, in the order in which they are named. What
/// a statement inside an expression selects from is its own matter.
#[derive(Debug, Default)]
pub(in crate::sql) struct Named(pub(in crate::sql) Vec<FromClause>);

impl Named {
    fn add(&mut self, from: FromClause) {
        if !self.0.iter().any(|known| known.is(&from)) {
            self.0.push(from);
        }
    }
}

impl<'t> Visitor<'t> for Named {
    fn mapped_column(
        &mut self,
        table: &'static MappedTable,
        alias: Option<&'static str>,
        _: &'static str,
    ) {
        self.add(FromClause::of_mapped(table, alias));
    }

    fn from(&mut self, from: &'t FromClause) {
        self.add(from.clone());
    }

    fn select(&mut self, _: &'t Arc<SelectParts>) {}

    fn enters(&mut self, _: usize) -> bool {
        false
    }
}

/// Whether a named bind stands somewhere in a tree.
#[derive(Debug)]
pub(super) struct BindSearch<'n> {
    name: &'n Name,
    found: bool,
    seen: Vec<usize>,
}

impl<'n> BindSearch<'n> {
    pub(super) fn new(name: &'n Name) -> Self {
        Self { name, found: false, seen: Vec::new() }
    }

    pub(super) fn is_found(&self) -> bool {
        self.found
    }
}

impl<'t> Visitor<'t> for BindSearch<'_> {
    fn bind(&mut self, bind: &'t Bind) {
        self.found |= bind.name == *self.name;
    }

    fn enters(&mut self, address: usize) -> bool {
        let new = !self.seen.contains(&address);
        if new {
            self.seen.push(address);
        }
        new
    }
}
