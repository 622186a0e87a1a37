//! Listeners that have an object while its row is written.

use super::super::undo::Undo;
use crate::error::Result;
use crate::orm::hooks::{Hook, HookKind};
use crate::orm::key::AnyRef;
use crate::orm::mapper::Mapper;
use crate::orm::object::Object;
use crate::orm::session::Inner;
use crate::orm::state::State;
use crate::orm::store::Store;

/// Calls the listeners for objects that are saved, in their order: those of `insert` for new ones, else those of `update`.
pub(super) fn saved(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    keys: &[AnyRef],
    [insert, update]: [HookKind; 2],
) -> Result<()> {
    let hooks = [insert, update].map(|kind| Hook::find(mapper.class(), kind));
    if hooks.iter().all(Option::is_none) {
        return Ok(());
    }
    for key in keys {
        let is_new = inner.store.slot(key)?.state == State::Pending;
        if let Some(hook) = &hooks[usize::from(!is_new)] {
            fire(inner, undo, mapper, key, hook)?;
        }
    }
    Ok(())
}

/// Calls the listeners for objects that are deleted.
pub(super) fn deleted(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    keys: &[AnyRef],
    kind: HookKind,
) -> Result<()> {
    let Some(hook) = Hook::find(mapper.class(), kind) else { return Ok(()) };
    keys.iter().try_for_each(|key| fire(inner, undo, mapper, key, &hook))
}

fn fire(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    key: &AnyRef,
    hook: &Hook,
) -> Result<()> {
    undo.remember(&inner.store, key)?;
    let connection = inner.connections.connection_for(Some(mapper), true)?;
    let Some(object) = inner.store.slot_mut(key)?.lend() else { return Ok(()) };
    let mut lent = Lent { store: &mut inner.store, key, object: Some(object) };
    match &mut lent.object {
        Some(object) => hook.fire(&mut **object, connection),
        None => Ok(()),
    }
}

/// An object that a listener has; it is back also if that panics.
struct Lent<'s> {
    store: &'s mut Store,
    key: &'s AnyRef,
    object: Option<Box<dyn Object>>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let (Some(object), Ok(slot)) = (self.object.take(), self.store.slot_mut(self.key)) {
            slot.give_back(object);
        }
    }
}
