//! Writes rows: INSERT, UPDATE and DELETE of objects.

mod delete;
mod foreign_keys;
mod hooks;
mod insert;
mod row_key;
mod update;

use super::order::Batch;
use super::plan::Plan;
use super::undo::Undo;
use crate::error::Result;
use crate::orm::hooks::HookKind;
use crate::orm::key::AnyRef;
use crate::orm::session::Inner;
use crate::orm::state::State;

/// Writes the objects of a batch: those that are changed, then those that are new.
pub(super) fn save(inner: &mut Inner, undo: &mut Undo, plan: &Plan, batch: &Batch) -> Result<()> {
    for key in &batch.objects {
        follow(inner, undo, plan, key)?;
    }
    let (mapper, keys) = (batch.mapper, &batch.objects);
    hooks::saved(inner, undo, mapper, keys, [HookKind::BeforeInsert, HookKind::BeforeUpdate])?;
    let changed = of_state(inner, batch, State::Persistent);
    update::update(inner, undo, mapper, changed)?;
    let new = of_state(inner, batch, State::Pending);
    insert::insert(inner, undo, mapper, &new)?;
    hooks::saved(inner, undo, mapper, keys, [HookKind::AfterInsert, HookKind::AfterUpdate])
}

/// The objects of a batch that have this state.
fn of_state(inner: &Inner, batch: &Batch, state: State) -> Vec<AnyRef> {
    let is = |key: &&AnyRef| inner.store.slot(key).is_ok_and(|slot| slot.state == state);
    batch.objects.iter().filter(is).cloned().collect()
}

/// Which foreign keys of an object are set, before it is written.
fn follow(inner: &mut Inner, undo: &mut Undo, plan: &Plan, key: &AnyRef) -> Result<()> {
    for clear in plan.clears.get(&key.number()).into_iter().flatten() {
        foreign_keys::clear(inner, undo, key, clear)?;
    }
    for populate in plan.populates.get(&key.number()).into_iter().flatten() {
        foreign_keys::populate(inner, undo, key, populate)?;
    }
    Ok(())
}

/// Gives a new object the keys of what it refers to, of which are known already.
pub(super) fn follow_known(
    inner: &mut Inner,
    undo: &mut Undo,
    plan: &Plan,
    key: &AnyRef,
) -> Result<()> {
    for populate in plan.populates.get(&key.number()).into_iter().flatten() {
        let source = inner.store.slot(&populate.source)?;
        if source.state == State::Persistent {
            foreign_keys::populate(inner, undo, key, populate)?;
        }
    }
    Ok(())
}

/// Sets the foreign keys that wait until all rows are there.
pub(super) fn late(inner: &mut Inner, undo: &mut Undo, plan: &Plan) -> Result<()> {
    foreign_keys::late(inner, undo, plan)
}

/// Deletes the objects of a batch.
pub(super) fn delete(inner: &mut Inner, undo: &mut Undo, batch: &Batch) -> Result<()> {
    let (mapper, keys) = (batch.mapper, &batch.objects);
    hooks::deleted(inner, undo, mapper, keys, HookKind::BeforeDelete)?;
    delete::delete(inner, batch)?;
    hooks::deleted(inner, undo, mapper, keys, HookKind::AfterDelete)
}
