//! What is derived from the description of nodes: keys, the numbers of literals, the FROM objects that
//! are named.

use std::collections::HashMap;

use super::{Bind, Fragment, List, ListOf, Literal, Made, ValueType, Visitor, digits_behind};
use crate::lex::LexicalRules;
use crate::sql::dml::Cells;
use crate::sql::from::{FromClause, MappedAlias, MappedTable};
use crate::sql::schema::Table;
use crate::sql::select::QueryParts;
use crate::sql::types::{Type, TypeKind};
use crate::sql::{CacheKey, Literals, Name};
use crate::value::Value;

/// Writes the key of a statement, and collects its values.
pub(in crate::sql) struct KeyWalk<'k> {
    key: &'k mut CacheKey,
    literals: &'k mut Literals,
    /// Where shared parts live that were described before.
    seen: Vec<usize>,
    aliases: Vec<MappedAlias>,
    /// The numbers of windows that were seen.
    windows: Vec<u32>,
}

impl<'k> KeyWalk<'k> {
    pub(in crate::sql) fn new(key: &'k mut CacheKey, literals: &'k mut Literals) -> Self {
        Self { key, literals, seen: Vec::new(), aliases: Vec::new(), windows: Vec::new() }
    }

    fn column_type(&mut self, ty: Option<&Type>) {
        match ty {
            None => self.key.mark(0),
            Some(ty) => self.key.column_type(ty),
        }
    }

    fn bound_as(&mut self, ty: &ValueType) {
        if ty.is_declared() {
            // Those of types are 0, 1 and up, 251, and 253 to 255.
            self.key.mark(252);
        }
        self.column_type(ty.get());
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
        alias: Option<MappedAlias>,
        name: &'static str,
    ) {
        self.key.mapped_column(std::ptr::from_ref(table).addr(), alias.is_some(), name);
        if let Some(alias) = alias {
            self.alias(alias);
        }
    }

    /// Which number it has differs from one run to the next: it is which of the aliases that were
    /// seen that counts.
    #[inline(never)]
    fn alias(&mut self, alias: MappedAlias) {
        let known = self.aliases.iter().position(|seen| *seen == alias);
        self.key.number(known.unwrap_or(self.aliases.len()));
        if known.is_none() {
            self.aliases.push(alias);
            self.key.name(&Name::Static(alias.name()));
        }
    }

    /// As of an alias.
    fn window(&mut self, number: u32) {
        let known = self.windows.iter().position(|seen| *seen == number);
        self.key.number(known.unwrap_or(self.windows.len()));
        if known.is_none() {
            self.windows.push(number);
        }
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
        self.bound_as(literal.bound_type());
        self.literals.push(&literal.value);
    }

    #[cold]
    fn made(&mut self, made: &'t Made) {
        self.bound_as(&made.literal.ty);
        self.literals.push_made(&made.make);
    }

    fn list(&mut self, list: &'t List) {
        self.key.number(list.others.len());
        list.bound_types(None).for_each(|ty| self.bound_as(ty));
        match &list.of {
            ListOf::Values(values) => {
                self.key.mark(0);
                self.literals.push_list(values);
            }
            ListOf::Bind { name, default } => {
                self.key.mark(1);
                self.key.name(name);
                if let Some(default) = default {
                    self.literals.push_default(name, default);
                }
            }
        }
    }

    #[inline]
    fn bind(&mut self, bind: &'t Bind) {
        self.bound_as(&bind.ty);
        self.key.name(&bind.name);
        if let Some(default) = &bind.default {
            self.literals.push_default(&bind.name, default);
        }
    }

    fn fragment(&mut self, fragment: &'t Fragment) {
        self.key.name(&fragment.sql);
        self.key.number(fragment.values.len());
        for (name, literal) in &fragment.values {
            self.key.name(name);
            self.literal(literal);
            if let Value::Decimal(number) = &literal.value {
                self.key.number(digits_behind(number).into());
            }
        }
        self.key.number(fragment.lists.len());
        for (name, list) in &fragment.lists {
            self.key.name(name);
            self.list(list);
        }
    }

    fn full_type(&mut self, ty: &Type) {
        self.key.full_type(ty);
    }

    fn word(&mut self, word: Option<&'static str>) {
        match word {
            None => self.key.mark(0),
            Some(word) => {
                self.key.mark(1);
                self.key.name(&Name::Static(word));
            }
        }
    }

    fn cells(&mut self, cells: &'t Cells) {
        cells.types.iter().for_each(|ty| self.bound_as(ty));
        self.literals.push_cells(&cells.values, cells.rows(), &cells.made);
    }

    fn columns_of(&mut self, table: &'t Table) {
        self.key.extend(table.key_of_columns());
    }

    fn column_kind(&mut self, ty: Option<TypeKind>) {
        self.key.number(ty.map_or(0, |ty| ty as usize + 1));
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

    /// How many lists the statement has besides those that are given at execution.
    pub(in crate::sql) fn lists(&self) -> usize {
        self.counted.1
    }
}

impl<'t> Visitor<'t> for Numbers {
    fn literal(&mut self, literal: &'t Literal) {
        self.literals.insert(std::ptr::from_ref(literal).addr(), self.counted.0);
        self.counted.0 += 1;
    }

    fn list(&mut self, list: &'t List) {
        if list.name().is_some() {
            return;
        }
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
        alias: Option<MappedAlias>,
        _: &'static str,
    ) {
        self.add(FromClause::of_mapped(table, alias));
    }

    fn from(&mut self, from: &'t FromClause) {
        self.add(from.clone());
    }

    fn query(&mut self, _: &'t QueryParts) {}

    fn enters(&mut self, _: usize) -> bool {
        false
    }
}

/// The FROM objects that are named at any depth, also in statements inside.
#[derive(Debug, Default)]
pub(in crate::sql) struct Mentioned(pub(in crate::sql) Vec<FromClause>, Vec<usize>);

impl Mentioned {
    /// Those that a walk comes by.
    pub(in crate::sql) fn by(walk: impl FnOnce(&mut Self)) -> Self {
        let mut this = Self::default();
        walk(&mut this);
        this
    }
}

impl<'t> Visitor<'t> for Mentioned {
    fn mapped_column(
        &mut self,
        table: &'static MappedTable,
        alias: Option<MappedAlias>,
        _: &'static str,
    ) {
        self.0.push(FromClause::of_mapped(table, alias));
    }

    fn from(&mut self, from: &'t FromClause) {
        self.0.push(from.clone());
        from.describe(self);
    }

    fn enters(&mut self, address: usize) -> bool {
        let new = !self.1.contains(&address);
        if new {
            self.1.push(address);
        }
        new
    }
}

/// Whether a named bind stands somewhere in a tree.
#[derive(Debug)]
pub(super) struct BindSearch<'n> {
    name: &'n Name,
    rules: &'n [LexicalRules],
    found: bool,
    seen: Vec<usize>,
}

impl<'n> BindSearch<'n> {
    pub(super) fn new(name: &'n Name, rules: &'n [LexicalRules]) -> Self {
        Self { name, rules, found: false, seen: Vec::new() }
    }

    pub(super) fn is_found(&self) -> bool {
        self.found
    }
}

impl<'t> Visitor<'t> for BindSearch<'_> {
    fn bind(&mut self, bind: &'t Bind) {
        self.found |= bind.name == *self.name;
    }

    fn list(&mut self, list: &'t List) {
        self.found |= list.name() == Some(self.name);
    }

    fn fragment(&mut self, fragment: &'t Fragment) {
        self.found |= fragment.has_bind(self.name, self.rules);
    }

    fn enters(&mut self, address: usize) -> bool {
        let new = !self.seen.contains(&address);
        if new {
            self.seen.push(address);
        }
        new
    }
}

/// Whether a column is read somewhere in a tree, or in a statement in it.
#[derive(Debug)]
pub(super) struct ColumnSearch<'n> {
    of: &'n FromClause,
    name: &'n str,
    /// Whether the next name is that of a column of the object.
    is_of: bool,
    found: bool,
    seen: Vec<usize>,
}

impl<'n> ColumnSearch<'n> {
    pub(super) fn new(of: &'n FromClause, name: &'n str) -> Self {
        Self { of, name, is_of: false, found: false, seen: Vec::new() }
    }

    pub(super) fn is_found(&self) -> bool {
        self.found
    }
}

impl<'t> Visitor<'t> for ColumnSearch<'_> {
    fn node(&mut self, _: u8, _: usize) {
        self.is_of = false;
    }

    fn mapped_column(
        &mut self,
        table: &'static MappedTable,
        alias: Option<MappedAlias>,
        name: &'static str,
    ) {
        self.found |= name == self.name && FromClause::of_mapped(table, alias).is(self.of);
    }

    fn from(&mut self, from: &'t FromClause) {
        from.describe(self);
        self.is_of = from.is(self.of);
    }

    fn fragment(&mut self, fragment: &'t Fragment) {
        self.found |= fragment.may_read(self.name);
    }

    fn name(&mut self, name: &'t Name) {
        self.found |= std::mem::take(&mut self.is_of) && **name == *self.name;
    }

    fn enters(&mut self, address: usize) -> bool {
        let new = !self.seen.contains(&address);
        if new {
            self.seen.push(address);
        }
        new
    }
}

/// Whether a statement stands somewhere in a tree.
#[derive(Debug, Default)]
pub(super) struct StatementSearch(pub(super) bool);

impl<'t> Visitor<'t> for StatementSearch {
    fn from(&mut self, _: &'t FromClause) {}

    fn query(&mut self, _: &'t QueryParts) {
        self.0 = true;
    }

    fn enters(&mut self, _: usize) -> bool {
        false
    }
}
