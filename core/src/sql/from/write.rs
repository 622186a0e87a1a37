//! How FROM objects are named and written.

use std::sync::Arc;

use super::{FromClause, FromKind};
use crate::error::{Error, ErrorKind};
use crate::sql::{Name, SqlWriter};

/// Which object it is that a statement finds a name for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Identity {
    /// An alias of a mapped table.
    Number(u32),
    /// Where it lives.
    Address(usize),
}

/// How an object is called.
pub(super) enum Called<'f> {
    Given(&'f str),
    /// A table, in this schema.
    Table(Option<&'f str>, &'f str),
    /// By a name that begins so and that no other object has.
    Anonymous(Identity, &'f str),
    /// It has no name: a join, or text.
    Not,
}

fn given<'f>(name: Option<&'f Name>, identity: usize, like: &'f str) -> Called<'f> {
    match name {
        Some(name) => Called::Given(name),
        None => Called::Anonymous(Identity::Address(identity), like),
    }
}

impl FromClause {
    pub(super) fn called(&self) -> Called<'_> {
        match &self.0 {
            FromKind::Mapped(table) => Called::Table(table.schema, table.name),
            FromKind::MappedAlias(table, alias) => match alias.name() {
                "" => Called::Anonymous(Identity::Number(alias.number()), table.name),
                name => Called::Given(name),
            },
            FromKind::Table(table) => {
                Called::Table(table.schema().map(|name| &**name), table.name())
            }
            FromKind::Alias(parts) => {
                given(parts.name.as_ref(), Arc::as_ptr(parts).addr(), parts.of.table_name())
            }
            FromKind::Subquery(parts) => {
                given(parts.name.as_ref(), Arc::as_ptr(parts).addr(), "anon")
            }
            FromKind::Cte(parts) => given(parts.name(), parts.identity(), "anon"),
            FromKind::Function(parts) => {
                given(parts.name.as_ref(), Arc::as_ptr(parts).addr(), "anon")
            }
            FromKind::Sample(parts) => {
                given(parts.name.as_ref(), Arc::as_ptr(parts).addr(), parts.of.table_name())
            }
            FromKind::Join(_) | FromKind::Text(_) => Called::Not,
        }
    }

    /// What an anonymous alias of it is called like.
    fn table_name(&self) -> &str {
        match &self.0 {
            FromKind::Mapped(table) | FromKind::MappedAlias(table, _) => table.name,
            FromKind::Table(table) => table.name(),
            _ => "anon",
        }
    }

    /// The schema and the name, if it was given one.
    pub(super) fn given_name(&self) -> Option<(Option<&str>, &str)> {
        match self.called() {
            Called::Table(schema, name) => Some((schema, name)),
            Called::Given(name) => Some((None, name)),
            _ => None,
        }
    }

    /// The name that it was given, without the schema.
    pub(in crate::sql) fn own_name(&self) -> Option<&str> {
        self.given_name().map(|(_, name)| name)
    }

    /// What its columns are called by, or would be.
    pub(in crate::sql) fn plain_name(&self) -> &str {
        match self.called() {
            Called::Table(_, name) | Called::Given(name) | Called::Anonymous(_, name) => name,
            Called::Not => "",
        }
    }

    /// Whether both are called alike, so that one hides the other.
    pub(in crate::sql) fn is_called_as(&self, other: &Self) -> bool {
        let name = self.given_name();
        name.is_some() && name == other.given_name()
    }

    /// Writes its name without the schema, as OF has it.
    pub(in crate::sql) fn write_lock_name(&self, to: &mut SqlWriter<'_>) {
        match self.called() {
            Called::Table(_, name) | Called::Given(name) => to.name(name),
            _ => self.write_name(to),
        }
    }

    /// Its name for messages.
    pub(in crate::sql) fn shown_name(&self) -> String {
        match self.called() {
            Called::Table(Some(schema), name) => format!("{:?}", format!("{schema}.{name}")),
            Called::Table(None, name) | Called::Given(name) => format!("{name:?}"),
            Called::Anonymous(_, "anon") => "the subquery without a name".to_owned(),
            Called::Anonymous(_, name) => format!("the alias of {name:?} without a name"),
            Called::Not => match &self.0 {
                FromKind::Join(join) => join.right.shown_name(),
                _ => "the text".to_owned(),
            },
        }
    }

    /// Writes the name by which its columns are written.
    pub(in crate::sql) fn write_name(&self, to: &mut SqlWriter<'_>) {
        match self.called() {
            Called::Table(schema, name) => to.table_name(schema, name),
            Called::Given(name) => to.name(name),
            Called::Anonymous(identity, like) => to.anonymous_name(identity, like),
            Called::Not => {}
        }
    }

    /// Writes one of its columns.
    pub(in crate::sql) fn write_column(&self, name: &str, to: &mut SqlWriter<'_>) {
        to.check_visible(self, name);
        if let FromKind::Function(parts) = &self.0
            && parts.is_scalar()
        {
            // The function has one column, which is called as the function.
            return self.write_name(to);
        }
        if to.gives_by_values(self.own_name()) {
            to.sql("VALUES(");
            to.name(name);
            return to.sql(")");
        }
        match self.called() {
            Called::Table(_, table) if to.is_without_schemas() => to.name(table),
            _ => self.write_name(to),
        }
        to.sql(".");
        to.name(name);
    }

    /// Writes it as it stands in FROM.
    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        match &self.0 {
            FromKind::Mapped(_) | FromKind::Table(_) => {
                self.write_name(to);
                to.hints_of(self);
            }
            FromKind::Cte(parts) => {
                if parts.query().gives_nothing() {
                    to.fail(gives_nothing(&self.shown_name()));
                }
                self.write_name(to);
            }
            FromKind::Join(parts) => parts.write(to),
            FromKind::Text(text) => text.write(to),
            FromKind::Function(parts) => parts.write(self, to),
            FromKind::Sample(parts) => parts.write(self, to),
            FromKind::Subquery(parts) => parts.write(self, to),
            FromKind::MappedAlias(..) | FromKind::Alias(_) => {
                self.write_source(self, to);
                self.write_as(to);
                to.hints_of(self);
            }
        }
    }

    pub(super) fn write_as(&self, to: &mut SqlWriter<'_>) {
        to.sql(" AS ");
        self.write_name(to);
    }

    /// Writes what `object`, which is this or an alias of it, is another name of.
    pub(super) fn write_source(&self, object: &Self, to: &mut SqlWriter<'_>) {
        match &self.0 {
            FromKind::MappedAlias(table, _) => to.table_name(table.schema, table.name),
            FromKind::Mapped(_) | FromKind::Table(_) => self.write_name(to),
            FromKind::Alias(parts) => parts.of.write_source(object, to),
            FromKind::Subquery(parts) => parts.write_query(object, to),
            _ => self.write(to),
        }
    }
}

#[cold]
fn gives_nothing(name: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "the statement selects from {name}, which changes rows and gives none; give it `returning`"
        ),
    )
}
