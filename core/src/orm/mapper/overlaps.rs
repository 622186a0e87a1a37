//! Relationships that write the same columns without knowing of each other.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::Mapper;
use super::relationship::{Direction, Relationship};

/// Which relationship it is.
type Id = (u32, usize);

/// The pairs that were warned of. Both structs find them.
static WARNED: Mutex<BTreeSet<(Id, Id)>> = Mutex::new(BTreeSet::new());

/// Warns of relationships that write the same columns, though neither is the other side of the other: what is said of one
/// is not said of the other, and the one that is written last wins.
pub(super) fn warn(mapper: &'static Mapper, relationships: &'static [Relationship]) {
    for one in relationships.iter().filter(|one| !one.viewonly && !one.overlaps) {
        let of_target =
            if one.target == mapper { &[] } else { one.target.configured().unwrap_or_default() };
        let others = relationships.iter().chain(of_target);
        for other in others.filter(|other| !other.viewonly && !other.overlaps) {
            if id(one) != id(other) && !are_sides(one, other) && write_alike(one, other) {
                warn_of(one, other);
            }
        }
    }
}

fn id(of: &Relationship) -> Id {
    (of.parent.class().number(), of.place)
}

fn are_sides(one: &Relationship, other: &Relationship) -> bool {
    let is_back = |one: &Relationship, other: &Relationship| {
        one.target == other.parent && one.back == Some(other.place)
    };
    is_back(one, other) || is_back(other, one)
}

/// Whether both write a column of the same struct, or rows of the same secondary table.
fn write_alike(one: &Relationship, other: &Relationship) -> bool {
    if let (Some(one), Some(other)) = (&one.secondary, &other.secondary) {
        return one.table.full_name() == other.table.full_name();
    }
    let written = |of: &Relationship| -> (u32, Vec<usize>) {
        match of.direction {
            Direction::ManyToOne => {
                (of.parent.class().number(), of.pairs.iter().map(|pair| pair.own).collect())
            }
            Direction::OneToMany => {
                (of.target.class().number(), of.pairs.iter().map(|pair| pair.other).collect())
            }
            Direction::ManyToMany => (of.parent.class().number(), Vec::new()),
        }
    };
    let ((of, columns), (of_other, others)) = (written(one), written(other));
    of == of_other && columns.iter().any(|place| others.contains(place))
}

fn warn_of(one: &Relationship, other: &Relationship) {
    let pair = (id(one).min(id(other)), id(one).max(id(other)));
    if !WARNED.lock().unwrap_or_else(PoisonError::into_inner).insert(pair) {
        return;
    }
    tracing::warn!(
        code = "relationships-overlap",
        "`{}::{}` and `{}::{}` write the same columns, and neither is the other side of the other; say so by \
         `back = …`, make one `viewonly`, or say `overlaps` if it is meant so",
        one.parent.class_name(),
        one.name,
        other.parent.class_name(),
        other.name
    );
}
