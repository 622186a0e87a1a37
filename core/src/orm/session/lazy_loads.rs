//! How often relationships are loaded for single objects.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::orm::mapper::Relationship;

/// So many statements for single objects are worth a warning.
const MANY: u64 = 10;

/// How often each relationship was loaded for one object by a statement of its own.
#[derive(Debug, Default)]
pub(in crate::orm) struct LazyLoads(HashMap<(&'static str, &'static str), u64, FixedState>);

impl LazyLoads {
    pub(super) fn note(&mut self, relationship: &Relationship) {
        let (class, name) = (relationship.parent.class_name(), relationship.name);
        let count = self.0.entry((class, name)).or_default();
        *count += 1;
        if *count == MANY {
            tracing::warn!(
                code = "many-lazy-loads",
                "`{class}::{name}` was loaded {MANY} times in this session, each time for one object; load it for all of \
                 them by selectinload({class}::c.{name}) or by Fetch::Peers"
            );
        }
    }

    /// The names of the struct and of the relationship, and how often, the most first.
    pub(super) fn counts(&self) -> Vec<(&'static str, &'static str, u64)> {
        let counts = self.0.iter();
        let mut counts: Vec<_> =
            counts.map(|((class, name), count)| (*class, *name, *count)).collect();
        counts.sort_by_key(|(class, name, count)| (std::cmp::Reverse(*count), *class, *name));
        counts
    }
}
