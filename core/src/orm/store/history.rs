//! What an object was.

use std::sync::Arc;

use crate::orm::object::{Links, Object, keys_of, removed_of};
use crate::orm::state::State;
use crate::sql::{Assignment, Dynamic};

/// What an object was.
#[derive(Default)]
pub(in crate::orm) struct History {
    /// As of the last flush or load. None of one that is new or has no changes.
    pub(super) base: Option<Arc<dyn Object>>,
    /// What others were told of its relationships; if that is not what they were in `base`.
    pub(super) settled: Option<Box<dyn Object>>,
    /// What it was when transactions and savepoints began, the outermost first.
    pub(super) kept: Vec<Kept>,
    /// Columns that the next flush sets to expressions.
    pub(super) expressions: Vec<(usize, Assignment<Dynamic>)>,
}

/// What an object was when a transaction or a savepoint began.
pub(super) struct Kept {
    /// How deep that is nested.
    pub(super) level: u32,
    /// `None`: it was not in the session.
    pub(super) state: Option<State>,
    /// `None`: a new object of which no flush has made anything; it stays as it is.
    pub(super) object: Option<Arc<dyn Object>>,
}

impl History {
    pub(super) fn is_empty(&self) -> bool {
        self.base.is_none()
            && self.settled.is_none()
            && self.kept.is_empty()
            && self.expressions.is_empty()
    }

    /// What others were told of a relationship. `None`: nothing.
    pub(super) fn settled(&self, relationship: usize) -> Option<&dyn Links> {
        let object = self.settled.as_deref().or(self.base.as_deref())?;
        Some(object.links(relationship))
    }

    /// The same, to change it. `of` is what it is like if there is none.
    pub(super) fn settled_mut(&mut self, of: &mut dyn Object) -> &mut dyn Object {
        let Self { base, settled, .. } = self;
        &mut **settled.get_or_insert_with(|| match base {
            Some(base) => base.duplicate(),
            None => without_links(of),
        })
    }

    /// A load has found what a relationship refers to.
    pub(super) fn fill(&mut self, relationship: usize, keys: &[crate::orm::key::AnyRef]) {
        if let Some(base) = &self.base {
            let mut filled = base.duplicate();
            filled.links_mut(relationship).fill(keys.to_vec());
            self.base = Some(Arc::from(filled));
        }
        if let Some(settled) = &mut self.settled {
            settled.links_mut(relationship).fill(keys.to_vec());
        }
    }
}

/// The same object with relationships of which nothing is known. Values that it was given are not copied: a chain of them
/// may be long.
fn without_links(of: &mut dyn Object) -> Box<dyn Object> {
    let mut given = Vec::new();
    for relationship in 0..of.mapper().definitions().len() {
        let links = of.links_mut(relationship);
        if links.has_new() {
            given.push((relationship, links.take_given()));
        }
    }
    let mut object = of.duplicate();
    for (relationship, given) in given {
        of.links_mut(relationship).give(given);
    }
    for relationship in 0..of.mapper().definitions().len() {
        object.links_mut(relationship).unload();
    }
    object
}

/// Makes one refer to what the other does.
pub(super) fn copy_links(from: &dyn Links, to: &mut dyn Links) {
    if from.is_loaded() {
        to.set(keys_of(from));
        return;
    }
    to.unload();
    removed_of(from).iter().for_each(|key| to.remove(key));
    keys_of(from).into_iter().for_each(|key| to.append(key));
}
