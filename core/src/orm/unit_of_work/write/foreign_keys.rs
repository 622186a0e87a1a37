//! Foreign keys of objects follow their relationships.

use super::super::plan::{Clear, Plan, Populate};
use super::super::undo::Undo;
use super::update;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::AnyRef;
use crate::orm::session::Inner;
use crate::value::Value;

/// Gives the foreign key of an object the key of what it refers to.
pub(super) fn populate(
    inner: &mut Inner,
    undo: &mut Undo,
    key: &AnyRef,
    populate: &Populate,
) -> Result<()> {
    for (from, to) in &populate.columns {
        let source = inner.store.slot(&populate.source)?.object();
        let Some(value) = source.column(*from) else {
            return Err(Error::new(
                ErrorKind::Flush,
                format!("{key:?} refers to {:?}, which has no key yet", populate.source),
            ));
        };
        if inner.store.slot(key)?.object().column(*to).as_ref() != Some(&value) {
            undo.set(&mut inner.store, key, *to, &value)?;
        }
    }
    Ok(())
}

/// Makes the foreign key of an object NULL.
pub(super) fn clear(inner: &mut Inner, undo: &mut Undo, key: &AnyRef, clear: &Clear) -> Result<()> {
    let Clear { columns, relationship } = clear;
    let mapper = inner.store.slot(key)?.object().mapper();
    for place in columns {
        if mapper.is_key(*place) || !mapper.column(*place).is_nullable() {
            let (class, name) = (relationship.parent.class_name(), relationship.name);
            return Err(Error::new(
                ErrorKind::Flush,
                format!(
                    "{key:?} is not referred to by `{class}::{name}` any more, so that its column {:?} would become \
                     NULL, which it cannot be; delete the object too, by the cascade delete-orphan or delete on \
                     `{class}::{name}`, or make its field an `Option`",
                    mapper.column(*place).name()
                ),
            ));
        }
        if inner.store.slot(key)?.object().column(*place) != Some(Value::Null) {
            undo.set(&mut inner.store, key, *place, &Value::Null)?;
        }
    }
    Ok(())
}

/// Sets the foreign keys that wait until all rows are there.
pub(super) fn late(inner: &mut Inner, undo: &mut Undo, plan: &Plan) -> Result<()> {
    for (key, of) in &plan.late {
        let columns: Vec<usize> = of.columns.iter().map(|(_, column)| *column).collect();
        populate(inner, undo, key, of)?;
        update::columns(inner, key, &columns)?;
    }
    for (key, of) in &plan.late_clears {
        let object = inner.store.slot(key)?.object();
        if of.columns.iter().all(|place| object.column(*place) == Some(Value::Null)) {
            continue;
        }
        clear(inner, undo, key, of)?;
        update::columns(inner, key, &of.columns)?;
    }
    Ok(())
}
