//! What a session keeps of one object.

use std::sync::Arc;

use super::history::History;
use crate::orm::key::AnyRef;
use crate::orm::object::Object;
use crate::orm::query::Options;
use crate::orm::state::State;

/// What a session keeps of one object.
pub(in crate::orm) struct Slot {
    pub(in crate::orm) key: AnyRef,
    /// `None` while a listener has it.
    object: Option<Box<dyn Object>>,
    pub(in crate::orm) state: State,
    /// Whether it has changes since the last flush.
    pub(super) touched: bool,
    pub(super) unsettled: bool,
    /// Whether it stands in the list of those with changes, perhaps from a change that was taken back.
    pub(super) listed: bool,
    /// Whether it is to be deleted by the next flush.
    pub(in crate::orm) deleting: bool,
    /// Whether it was asked to be loaded anew.
    expired: bool,
    /// Since when it is as the database has it.
    loaded_at: u32,
    /// By which statement.
    pub(super) batch: u32,
    /// What that said of how its relationships are loaded.
    pub(in crate::orm) options: Option<Arc<Options>>,
    /// What few objects have.
    history: Option<Box<History>>,
}

impl Slot {
    pub(super) fn new(
        key: AnyRef,
        object: Box<dyn Object>,
        state: State,
        (now, batch): (u32, u32),
    ) -> Self {
        Self {
            key,
            object: Some(object),
            state,
            touched: false,
            unsettled: false,
            listed: false,
            deleting: false,
            expired: false,
            loaded_at: now,
            batch,
            options: None,
            history: None,
        }
    }

    #[inline]
    pub(in crate::orm) fn object(&self) -> &dyn Object {
        match &self.object {
            Some(object) => &**object,
            None => panic!("{}", lent(&self.key)),
        }
    }

    #[inline]
    pub(in crate::orm) fn object_mut(&mut self) -> &mut dyn Object {
        match &mut self.object {
            Some(object) => &mut **object,
            None => panic!("{}", lent(&self.key)),
        }
    }

    /// Takes the object, for a listener, which gives it [back](Self::give_back).
    pub(in crate::orm) fn lend(&mut self) -> Option<Box<dyn Object>> {
        self.object.take()
    }

    pub(in crate::orm) fn give_back(&mut self, object: Box<dyn Object>) {
        self.object = Some(object);
    }

    /// Whether it has changes since the last flush.
    #[inline]
    pub(in crate::orm) fn is_touched(&self) -> bool {
        self.touched
    }

    #[inline]
    pub(super) fn is_expired_before(&self, time: u32) -> bool {
        (self.expired || self.loaded_at < time) && self.state == State::Persistent
    }

    pub(in crate::orm) fn expire(&mut self) {
        self.expired = true;
    }

    pub(super) fn freshen(&mut self, now: u32) {
        self.expired = false;
        self.loaded_at = now;
    }

    /// It was inserted: what the database has made and did not say is read when it is asked for.
    pub(super) fn inserted(&mut self, now: u32) {
        self.state = State::Persistent;
        self.loaded_at = now;
    }

    pub(in crate::orm) fn history(&self) -> Option<&History> {
        self.history.as_deref()
    }

    pub(in crate::orm) fn history_mut(&mut self) -> &mut History {
        self.history.get_or_insert_default()
    }

    /// The history, if there is one, and the object, to change both.
    pub(super) fn parts(&mut self) -> (&mut dyn Object, Option<&mut History>) {
        match &mut self.object {
            Some(object) => (&mut **object, self.history.as_deref_mut()),
            None => panic!("{}", lent(&self.key)),
        }
    }

    /// It is as the database has it: what it was before is of no use any more.
    pub(super) fn forget_changes(&mut self) {
        if let Some(history) = &mut self.history {
            history.base = None;
            history.settled = None;
            history.expressions.clear();
        }
        self.tidy();
    }

    /// Drops what of its history is of no use any more.
    pub(super) fn tidy(&mut self) {
        if self.history.as_ref().is_some_and(|history| history.is_empty()) {
            self.history = None;
        }
    }

    /// The object as the database has it, as far as the session knows: without changes that were not flushed.
    /// `None` if it has none.
    pub(in crate::orm) fn known(&self) -> Option<&dyn Object> {
        match self.state {
            State::Pending => None,
            _ => Some(self.base().unwrap_or(self.object())),
        }
    }

    /// The object as it was before the changes that were not flushed; `None` if it has none of them, or is new.
    pub(in crate::orm) fn base(&self) -> Option<&dyn Object> {
        self.history.as_ref()?.base.as_deref()
    }
}

fn lent(key: &AnyRef) -> String {
    format!("{key:?} is lent to a listener of a flush, which changes it through its event")
}
