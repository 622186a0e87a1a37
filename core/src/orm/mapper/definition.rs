//! A relationship as the struct declares it.

use std::fmt;

use super::{Cascade, Mapper};
use crate::sql::schema::Table;
use crate::sql::{MappedAlias, OrderTerm};

/// How many objects the field of a relationship refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelationshipKind {
    /// One or none: [`One`](crate::orm::One).
    One,
    /// Any number: [`Many`](crate::orm::Many).
    Many,
}

/// A relationship as the struct declares it. `#[derive(Mapped)]` writes it.
#[derive(Clone, Copy)]
pub struct Definition {
    name: &'static str,
    kind: RelationshipKind,
    target: fn() -> &'static Mapper,
    options: fn() -> RelationshipOptions,
}

impl Definition {
    /// `#[derive(Mapped)]` calls it.
    #[must_use]
    pub const fn new(
        name: &'static str,
        kind: RelationshipKind,
        target: fn() -> &'static Mapper,
        options: fn() -> RelationshipOptions,
    ) -> Self {
        Self { name, kind, target, options }
    }

    /// The name of the field.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many objects it refers to.
    #[must_use]
    pub fn kind(&self) -> RelationshipKind {
        self.kind
    }

    pub(in crate::orm) fn target(&self) -> &'static Mapper {
        (self.target)()
    }

    pub(in crate::orm) fn options(&self) -> RelationshipOptions {
        (self.options)()
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Definition").field(&self.name).finish()
    }
}

/// The order in which a load gives the objects of a collection, over the target's table or an alias of it.
pub type OrderOf = fn(Option<MappedAlias>) -> Vec<OrderTerm>;

/// When what a relationship refers to is loaded, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lazy {
    /// When it is asked for.
    #[default]
    Select,
    /// With the objects that have it, by one more statement for all of them.
    SelectIn,
    /// With the objects that have it, by the same statement, which gets a join.
    Joined,
    /// With the objects that have it, by one more statement for each of them.
    Immediate,
    /// As [`SelectIn`](Self::SelectIn).
    Subquery,
    /// Never: to ask for it is an error, unless it was loaded before.
    Raise,
}

impl Lazy {
    /// Of a word of the attribute `lazy`. `None` if it is none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "select" => Self::Select,
            "selectin" => Self::SelectIn,
            "joined" => Self::Joined,
            "immediate" => Self::Immediate,
            "subquery" => Self::Subquery,
            "raise" => Self::Raise,
            _ => return None,
        })
    }

    /// Whether it is loaded with the objects that have it.
    pub(in crate::orm) fn is_eager(self) -> bool {
        !matches!(self, Self::Select | Self::Raise)
    }
}

/// What happens to the rows that refer to one which is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::orm) enum PassiveDeletes {
    /// The session loads the objects, and deletes them or unlinks them.
    #[default]
    No,
    /// Objects that are not loaded are left to the database.
    Unloaded,
    /// All are left to the database.
    All,
}

/// What a relationship is besides its name, its kind and its target.
#[derive(Debug, Clone, Default)]
pub struct RelationshipOptions {
    pub(in crate::orm) back: Option<&'static str>,
    pub(in crate::orm) cascade: Cascade,
    pub(in crate::orm) secondary: Option<Table>,
    pub(in crate::orm) foreign_key: Vec<&'static str>,
    pub(in crate::orm) secondary_local: Vec<&'static str>,
    pub(in crate::orm) secondary_remote: Vec<&'static str>,
    pub(in crate::orm) order_by: Option<OrderOf>,
    pub(in crate::orm) passive_deletes: PassiveDeletes,
    pub(in crate::orm) lazy: Lazy,
    pub(in crate::orm) post_update: bool,
    pub(in crate::orm) viewonly: bool,
    pub(in crate::orm) single_parent: bool,
    pub(in crate::orm) active_updates: bool,
    pub(in crate::orm) overlaps: bool,
}

impl RelationshipOptions {
    /// Nothing but the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The relationship of the target that is the other side.
    #[must_use]
    pub fn back(self, back: &'static str) -> Self {
        Self { back: Some(back), ..self }
    }

    /// Which operations go on along it.
    #[must_use]
    pub fn cascade(self, cascade: Cascade) -> Self {
        Self { cascade, ..self }
    }

    /// The table of the pairs, of a many-to-many.
    #[must_use]
    pub fn secondary(self, table: &Table) -> Self {
        Self { secondary: Some(table.clone()), ..self }
    }

    /// The columns, or the fields, that are the foreign key, where there are several.
    #[must_use]
    pub fn foreign_key(self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        Self { foreign_key: columns.into_iter().collect(), ..self }
    }

    /// The columns of the table of pairs that refer to this side.
    #[must_use]
    pub fn secondary_local(self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        Self { secondary_local: columns.into_iter().collect(), ..self }
    }

    /// The columns of the table of pairs that refer to the other side.
    #[must_use]
    pub fn secondary_remote(self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        Self { secondary_remote: columns.into_iter().collect(), ..self }
    }

    /// In which order a load gives the objects.
    #[must_use]
    pub fn order_by(self, order: OrderOf) -> Self {
        Self { order_by: Some(order), ..self }
    }

    /// Objects that are not loaded are left to the database when this one is deleted; `all`: also those
    /// that are.
    #[must_use]
    pub fn passive_deletes(self, all: bool) -> Self {
        let passive_deletes = if all { PassiveDeletes::All } else { PassiveDeletes::Unloaded };
        Self { passive_deletes, ..self }
    }

    /// When it is loaded, and how.
    #[must_use]
    pub fn lazy(self, lazy: Lazy) -> Self {
        Self { lazy, ..self }
    }

    /// The foreign key is set by a second statement, since both rows need each other.
    #[must_use]
    pub fn post_update(self) -> Self {
        Self { post_update: true, ..self }
    }

    /// It is only read.
    #[must_use]
    pub fn viewonly(self) -> Self {
        Self { viewonly: true, ..self }
    }

    /// Whether the database updates the foreign keys of the objects when the key of this one changes, by ON UPDATE
    /// CASCADE, as is the default; the session does it without.
    #[must_use]
    pub fn passive_updates(self, passive: bool) -> Self {
        Self { active_updates: !passive, ..self }
    }

    /// Another relationship writes the same columns, which is meant so.
    #[must_use]
    pub fn overlaps(self) -> Self {
        Self { overlaps: true, ..self }
    }

    /// The object it refers to is referred to by no other.
    #[must_use]
    pub fn single_parent(self) -> Self {
        Self { single_parent: true, ..self }
    }
}
