//! What a flush has to do.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::mapper::Relationship;

/// What a flush has to do besides what the columns of objects say.
#[derive(Default)]
pub(super) struct Plan {
    /// Foreign keys of an object that get the key of another, by the place of the object.
    pub(super) populates: HashMap<u32, Vec<Populate>, FixedState>,
    /// Foreign keys of an object that become NULL.
    pub(super) clears: HashMap<u32, Vec<Clear>, FixedState>,
    /// Foreign keys that are set when all rows are there.
    pub(super) late: Vec<(AnyRef, Populate)>,
    /// Foreign keys that become NULL then.
    pub(super) late_clears: Vec<(AnyRef, Clear)>,
    /// Rows of secondary tables.
    pub(super) pairs: Vec<PairChange>,
    pub(super) seen_pairs: HashSet<(PairId, bool), FixedState>,
}

/// Which row of a secondary table, seen from one of its sides.
pub(super) type PairId = (u32, usize, u32, u32);

/// Columns of an object that get the values of another's.
#[derive(Clone)]
pub(super) struct Populate {
    pub(super) source: AnyRef,
    /// The column of the source, and that of the object.
    pub(super) columns: Vec<(usize, usize)>,
    pub(super) relationship: &'static Relationship,
}

/// Columns of an object that become NULL.
pub(super) struct Clear {
    pub(super) columns: Vec<usize>,
    pub(super) relationship: &'static Relationship,
}

/// A row of a secondary table that is inserted or deleted.
pub(super) struct PairChange {
    pub(super) relationship: &'static Relationship,
    pub(super) local: AnyRef,
    pub(super) remote: AnyRef,
    pub(super) is_new: bool,
}

impl Plan {
    pub(super) fn populate(&mut self, key: &AnyRef, populate: Populate) {
        if populate.relationship.post_update {
            self.late.push((key.clone(), populate));
            return;
        }
        let of = self.populates.entry(key.number()).or_default();
        // Both sides of a relationship say the same.
        let is_same =
            |known: &Populate| known.source == populate.source && known.columns == populate.columns;
        if !of.iter().any(is_same) {
            of.push(populate);
        }
    }

    /// Whether another object gives these columns a value.
    pub(super) fn populates(&self, key: &AnyRef, columns: &[usize]) -> bool {
        let of = self.populates.get(&key.number()).into_iter().flatten();
        let late = self.late.iter().filter(|(other, _)| other == key).map(|(_, of)| of);
        of.chain(late).any(|of| of.columns.iter().any(|(_, column)| columns.contains(column)))
    }

    pub(super) fn clear(&mut self, key: &AnyRef, clear: Clear) {
        if clear.relationship.post_update {
            self.late_clears.push((key.clone(), clear));
            return;
        }
        self.clears.entry(key.number()).or_default().push(clear);
    }

    /// Notes a row of a secondary table, unless the other side has noted it.
    pub(super) fn pair(&mut self, change: PairChange) -> Result<()> {
        let change = from_first_side(change)?;
        let PairChange { relationship, local, remote, is_new } = &change;
        let class = relationship.parent.class().number();
        let id = (class, relationship.place, local.number(), remote.number());
        if self.seen_pairs.insert((id, *is_new)) {
            self.pairs.push(change);
        }
        Ok(())
    }
}

/// The same, seen from that one of both sides which is always taken.
fn from_first_side(change: PairChange) -> Result<PairChange> {
    let PairChange { relationship, local, remote, is_new } = change;
    let own = (relationship.parent.class().number(), relationship.place);
    match relationship.back {
        Some(back) if (relationship.target.class().number(), back) < own => {
            let relationship = relationship.target.relationship(back)?;
            Ok(PairChange { relationship, local: remote, remote: local, is_new })
        }
        _ => Ok(PairChange { relationship, local, remote, is_new }),
    }
}
