//! Objects with one primary key: a new one takes the row of a deleted one.

use super::plan::Plan;
use super::undo::Undo;
use super::write;
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::session::Inner;
use crate::orm::state::State;

/// Lets new objects take the rows of those that are deleted in the same flush and have their keys: an UPDATE in place of
/// a DELETE and an INSERT. Warns of a new object whose key another one has.
pub(super) fn find(
    inner: &mut Inner,
    undo: &mut Undo,
    plan: &Plan,
    saves: &[AnyRef],
) -> Result<()> {
    for key in saves {
        if inner.store.slot(key)?.state != State::Pending {
            continue;
        }
        write::follow_known(inner, undo, plan, key)?;
        let object = inner.store.slot(key)?.object();
        let mapper = object.mapper();
        let Some(identity) = mapper.identity_of(object) else { continue };
        let Some(other) = inner.store.find(mapper, &identity) else { continue };
        if other.deleting {
            let other = other.key.clone();
            undo.switch(&mut inner.store, key, &other)?;
        } else if mapper.identity_of(other.object()) == Some(identity) {
            tracing::warn!(
                code = "identity-conflict",
                "a new {} has the primary key of one that the session has already, whose row is not deleted",
                mapper.class_name()
            );
        }
    }
    Ok(())
}
