//! Whether two expressions are the same, with the same values.

use super::visit::Visitor;
use super::{Bind, Expression, Fragment, List, ListOf, Literal, ValueType};
use crate::sql::Name;
use crate::sql::from::{FromClause, MappedAlias, MappedTable};
use crate::sql::types::Type;
use crate::value::Value;

/// What an expression is, apart from where its parts live.
///
/// The key of a statement will not do: of a name that is part of the program it has the address, and
/// equal names may have several.
#[derive(Debug, Default, PartialEq)]
pub(in crate::sql) struct Shape {
    bytes: Vec<u8>,
    types: Vec<Option<Type>>,
    values: Vec<Value>,
    seen: Seen,
}

/// Where shared parts live that were described before. It is no part of what an expression is.
#[derive(Debug, Default)]
struct Seen(Vec<usize>);

impl PartialEq for Seen {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Shape {
    pub(in crate::sql) fn of(expression: &Expression) -> Self {
        let mut this = Self::default();
        expression.walk(&mut this);
        this
    }

    /// Whether it has values.
    pub(in crate::sql) fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn count(&mut self, number: usize) {
        self.bytes.extend_from_slice(&number.to_ne_bytes());
    }

    fn value_of(&mut self, ty: &ValueType) {
        self.types.push(ty.get().cloned());
    }
}

impl<'t> Visitor<'t> for Shape {
    fn node(&mut self, tag: u8, children: usize) {
        self.bytes.push(tag);
        self.count(children);
    }

    fn number(&mut self, number: usize) {
        self.count(number);
    }

    fn name(&mut self, name: &'t Name) {
        self.text(name);
    }

    fn mapped(&mut self, table: &'static MappedTable) {
        self.text(table.schema.unwrap_or_default());
        self.text(table.name);
    }

    fn mapped_column(
        &mut self,
        table: &'static MappedTable,
        alias: Option<MappedAlias>,
        name: &'static str,
    ) {
        self.bytes.push(b'm');
        self.mapped(table);
        self.count(usize::from(alias.is_some()));
        alias.into_iter().for_each(|alias| self.alias(alias));
        self.text(name);
    }

    fn alias(&mut self, alias: MappedAlias) {
        self.bytes.extend_from_slice(&alias.number().to_ne_bytes());
    }

    fn window(&mut self, number: u32) {
        self.bytes.extend_from_slice(&number.to_ne_bytes());
    }

    fn literal(&mut self, literal: &'t Literal) {
        self.value_of(&literal.ty);
        self.values.push(literal.value.clone());
    }

    fn list(&mut self, list: &'t List) {
        self.value_of(&list.ty);
        list.others.iter().for_each(|ty| self.value_of(ty));
        match &list.of {
            ListOf::Values(values) => {
                self.count(values.len());
                self.values.extend_from_slice(values);
            }
            ListOf::Bind { name, .. } => self.text(name),
        }
    }

    fn fragment(&mut self, fragment: &'t Fragment) {
        self.text(&fragment.sql);
        for (name, literal) in &fragment.values {
            self.text(name);
            self.literal(literal);
        }
        for (name, list) in &fragment.lists {
            self.text(name);
            self.list(list);
        }
    }

    fn full_type(&mut self, ty: &Type) {
        self.types.push(Some(ty.clone()));
    }

    fn word(&mut self, word: Option<&'static str>) {
        self.text(word.unwrap_or_default());
    }

    fn bind(&mut self, bind: &'t Bind) {
        self.value_of(&bind.ty);
        self.text(&bind.name);
    }

    fn from(&mut self, from: &'t FromClause) {
        // Which one it is counts, and not how it looks: two without a name may look alike.
        self.count(from.address());
        from.describe(self);
    }

    fn enters(&mut self, address: usize) -> bool {
        let new = !self.seen.0.contains(&address);
        if new {
            self.seen.0.push(address);
        }
        new
    }
}
