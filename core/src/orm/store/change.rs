//! How relationships differ from what they were.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::orm::key::AnyRef;
use crate::orm::mapper::Relationship;
use crate::orm::object::{Links, keys_of, removed_of};

/// An object that a relationship refers to no more.
#[derive(Debug, Clone)]
pub(in crate::orm) struct Orphan {
    pub(in crate::orm) child: AnyRef,
    pub(in crate::orm) parent: AnyRef,
    /// That of the parent.
    pub(in crate::orm) relationship: &'static Relationship,
}

/// How a relationship differs from what it was.
#[derive(Default)]
pub(in crate::orm) struct Change {
    pub(in crate::orm) added: Vec<AnyRef>,
    pub(in crate::orm) removed: Vec<AnyRef>,
}

impl Change {
    /// `before` is `None` if it referred to nothing.
    pub(in crate::orm) fn between(before: Option<&dyn Links>, now: &dyn Links) -> Self {
        let is = keys_of(now);
        let was = before.map(keys_of).unwrap_or_default();
        let queued = removed_of(now);
        let already = before.map(removed_of).unwrap_or_default();
        if is == was && queued == already {
            return Self::default();
        }
        let mut removed = without(&was, &is);
        removed.extend(without(&queued, &already));
        Self { added: without(&is, &was), removed }
    }

    pub(in crate::orm) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// Those of a list that stand in another less often.
fn without(list: &[AnyRef], other: &[AnyRef]) -> Vec<AnyRef> {
    let mut counts = HashMap::<&AnyRef, usize, FixedState>::default();
    for key in other {
        *counts.entry(key).or_default() += 1;
    }
    let mut more = Vec::new();
    for key in list {
        match counts.get_mut(key) {
            Some(count) if *count > 0 => *count -= 1,
            _ => more.push(key.clone()),
        }
    }
    more
}
