//! Primary keys that change: what refers to them follows in memory.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::undo::Undo;
use crate::error::Result;
use crate::orm::identity::Identity;
use crate::orm::key::AnyRef;
use crate::orm::mapper::Relationship;
use crate::orm::object::Object;
use crate::orm::session::Inner;
use crate::orm::store::Store;
use crate::sql::Name;
use crate::sql::schema::{ForeignKeyConstraint, ReferentialAction};
use crate::value::Value;

/// Whether the columns differ to which the objects of a collection refer.
pub(super) fn differ(before: &dyn Object, now: &dyn Object, relationship: &Relationship) -> bool {
    relationship.pairs.iter().any(|pair| before.column(pair.own) != now.column(pair.own))
}

/// Whether the primary key of an object differs from that of its row.
pub(super) fn has_changed(store: &Store, key: &AnyRef) -> Result<bool> {
    let slot = store.slot(key)?;
    let Some(before) = slot.base() else { return Ok(false) };
    let mapper = before.mapper();
    Ok(mapper.key().iter().any(|place| before.column(*place) != slot.object().column(*place)))
}

/// An object whose foreign key the database sets by itself.
struct Follower {
    key: AnyRef,
    columns: Vec<(usize, Value)>,
}

/// The primary keys of these objects have changed: what the session has that refers to them with ON UPDATE CASCADE says
/// what the database will have.
pub(super) fn follow(inner: &mut Inner, undo: &mut Undo, changed: &[AnyRef]) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let mut known: Vec<Changed<'static>> = Vec::new();
    let mut followers = Vec::new();
    for slot in inner.store.persistent() {
        let object = slot.known().unwrap_or(slot.object());
        for constraint in object.mapper().table().foreign_keys() {
            if constraint.update_action() != Some(ReferentialAction::Cascade) {
                continue;
            }
            let at = match known.iter().position(|of| std::ptr::eq(of.constraint, constraint)) {
                Some(at) => at,
                None => {
                    known.push(Changed::new(&inner.store, constraint, changed)?);
                    known.len() - 1
                }
            };
            if let Some(columns) = known[at].follows(object) {
                followers.push(Follower { key: slot.key.clone(), columns });
            }
        }
    }
    for follower in followers {
        undo.remember(&inner.store, &follower.key)?;
        inner.store.follow_key(&follower.key, &follower.columns)?;
    }
    Ok(())
}

/// What a foreign key refers to that has changed: the new values by the old ones.
struct Changed<'m> {
    constraint: &'m ForeignKeyConstraint,
    values: HashMap<Identity, Vec<Value>, FixedState>,
}

impl<'m> Changed<'m> {
    fn new(
        store: &Store,
        constraint: &'m ForeignKeyConstraint,
        changed: &[AnyRef],
    ) -> Result<Self> {
        let mut values = HashMap::default();
        for key in changed {
            let slot = store.slot(key)?;
            let Some(before) = slot.base() else { continue };
            let (columns, table) = (constraint.referred_columns(), before.mapper().table());
            if table.full_name() == constraint.referred_table()
                && let Some(was) = values_of(before, columns)
                && let Some(is) = values_of(slot.object(), columns)
            {
                values.insert(Identity::of(&was), is);
            }
        }
        Ok(Self { constraint, values })
    }

    /// The columns of an object that follow, if it refers to one of them.
    fn follows(&self, object: &dyn Object) -> Option<Vec<(usize, Value)>> {
        if self.values.is_empty() {
            return None;
        }
        let columns = self.constraint.columns();
        let values = self.values.get(&Identity::of(&values_of(object, columns)?))?;
        let places = columns.iter().map(|column| object.mapper().place_of_column(column));
        places.zip(values).map(|(place, value)| Some((place?, value.clone()))).collect()
    }
}

/// The values of columns; `None` if one of them is NULL.
pub(super) fn values_of(object: &dyn Object, columns: &[Name]) -> Option<Vec<Value>> {
    let value = |name: &Name| {
        let place = object.mapper().place_of_column(name)?;
        object.column(place).filter(|value| *value != Value::Null)
    };
    columns.iter().map(value).collect()
}
