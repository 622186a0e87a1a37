//! Foreign keys of objects follow their relationships.

use super::super::plan::{Clear, Plan, Populate};
use super::super::undo::Undo;
use super::update;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::AnyRef;
use crate::orm::mapper::{Direction, Relationship};
use crate::orm::session::Inner;
use crate::sql::Name;
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
            return Err(not_nullable(key, mapper.column(*place).name(), relationship)?);
        }
        if inner.store.slot(key)?.object().column(*place) != Some(Value::Null) {
            undo.set(&mut inner.store, key, *place, &Value::Null)?;
        }
    }
    Ok(())
}

#[cold]
fn not_nullable(key: &AnyRef, column: &Name, relationship: &Relationship) -> Result<Error> {
    // It is the collection that says what becomes of an object that is taken out of it.
    let collection = match (relationship.direction, relationship.back) {
        (Direction::ManyToOne, Some(back)) => Some(relationship.target.relationship(back)?),
        (Direction::ManyToOne, None) => None,
        _ => Some(relationship),
    };
    let cure = match collection {
        Some(of) => format!(
            "delete the object too, by the cascade delete-orphan or delete on `{}::{}`, or",
            of.parent.class_name(),
            of.name
        ),
        None => "link it to another object, or".to_owned(),
    };
    Ok(Error::new(
        ErrorKind::Flush,
        format!(
            "{key:?} has lost what `{}::{}` is about, so that its column {column:?} would become NULL, which it cannot \
             be; {cure} make its field an `Option`",
            relationship.parent.class_name(),
            relationship.name
        ),
    ))
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
