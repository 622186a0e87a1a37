//! A relationship as it works: which columns of both sides belong together.

use super::definition::{Lazy, OrderOf, PassiveDeletes};
use super::{Cascade, Mapper};
use crate::sql::AnyColumn;
use crate::sql::schema::Table;

/// Where the foreign key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::orm) enum Direction {
    /// In the table of this side.
    ManyToOne,
    /// In the table of the other side: a collection, or one object.
    OneToMany,
    /// In a table between.
    ManyToMany,
}

/// A column of this side and one of the other that have the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::orm) struct Pair {
    pub(in crate::orm) own: usize,
    pub(in crate::orm) other: usize,
}

/// The table between the sides of a many-to-many.
#[derive(Debug)]
pub(in crate::orm) struct Secondary {
    pub(in crate::orm) table: Table,
    /// Columns of this side, and the columns of the table that refer to them.
    pub(in crate::orm) local: Vec<(usize, AnyColumn)>,
    /// Columns of the other side, and the columns of the table that refer to them.
    pub(in crate::orm) remote: Vec<(usize, AnyColumn)>,
}

/// A relationship as it works.
#[derive(Debug)]
pub(in crate::orm) struct Relationship {
    /// Its place among those of its struct.
    pub(in crate::orm) place: usize,
    pub(in crate::orm) name: &'static str,
    pub(in crate::orm) parent: &'static Mapper,
    pub(in crate::orm) target: &'static Mapper,
    pub(in crate::orm) direction: Direction,
    /// Whether the field has any number of objects.
    pub(in crate::orm) uselist: bool,
    /// None of a many-to-many.
    pub(in crate::orm) pairs: Vec<Pair>,
    pub(in crate::orm) secondary: Option<Secondary>,
    /// The place of the other side among the relationships of the target.
    pub(in crate::orm) back: Option<usize>,
    pub(in crate::orm) cascade: Cascade,
    pub(in crate::orm) order_by: Option<OrderOf>,
    pub(in crate::orm) passive_deletes: PassiveDeletes,
    pub(in crate::orm) lazy: Lazy,
    pub(in crate::orm) post_update: bool,
    pub(in crate::orm) viewonly: bool,
    /// Whether what it refers to is referred to by no other.
    pub(in crate::orm) single_parent: bool,
    /// Whether the database updates foreign keys to a key that changes.
    pub(in crate::orm) passive_updates: bool,
    /// Whether it is said that another relationship writes the same columns.
    pub(in crate::orm) overlaps: bool,
}

impl Relationship {
    /// Whether the target refers to what has the relationship by its primary key, so that the identity map may have
    /// the object.
    pub(in crate::orm) fn refers_to_key(&self) -> bool {
        let key = self.target.key();
        self.direction == Direction::ManyToOne
            && key.len() == self.pairs.len()
            && key.iter().all(|place| self.pairs.iter().any(|pair| pair.other == *place))
    }
}
