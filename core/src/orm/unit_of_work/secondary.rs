//! Rows of secondary tables: the pairs of a many-to-many.

use super::plan::{PairChange, Plan};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::mapper::{Relationship, Secondary};
use crate::orm::object::Object;
use crate::orm::session::Inner;
use crate::sql::{AnyColumn, Name, ParamSets, Params, and_, bindparam};
use crate::value::Value;

/// Deletes and inserts the rows of all secondary tables.
pub(super) fn write(inner: &mut Inner, plan: &Plan) -> Result<()> {
    for is_new in [false, true] {
        let changes: Vec<&PairChange> =
            plan.pairs.iter().filter(|change| change.is_new == is_new).collect();
        let mut relationships: Vec<&'static Relationship> = Vec::new();
        for change in &changes {
            if !relationships.iter().any(|known| std::ptr::eq(*known, change.relationship)) {
                relationships.push(change.relationship);
            }
        }
        for relationship in relationships {
            let own =
                changes.iter().filter(|change| std::ptr::eq(change.relationship, relationship));
            let own: Vec<&PairChange> = own.copied().collect();
            write_pairs(inner, relationship, &own, is_new)?;
        }
    }
    Ok(())
}

fn write_pairs(
    inner: &mut Inner,
    relationship: &'static Relationship,
    changes: &[&PairChange],
    is_new: bool,
) -> Result<()> {
    let Some(secondary) = &relationship.secondary else { return Ok(()) };
    let sets = changes.iter().map(|change| pair(inner, secondary, change));
    let sets: Vec<Params> = sets.collect::<Result<_>>()?;
    let sets: ParamSets = sets.into_iter().collect();
    let connection = inner.connections.connection_for(Some(relationship.parent), true)?;
    if is_new {
        connection.execute_param_sets(secondary.table.insert(), sets)?;
        return Ok(());
    }
    let columns = secondary.local.iter().chain(&secondary.remote).map(|(_, column)| column);
    let mut conditions =
        columns.map(|column| column.clone().eq(bindparam(Name::from(column.name().to_owned()))));
    let condition = match conditions.next() {
        Some(first) => conditions.fold(first, |all, next| and_((all, next))),
        None => unreachable!("foreign keys have columns"),
    };
    let statement = secondary.table.delete().where_(condition);
    let found = connection.execute_param_sets(statement, sets)?.rowcount();
    if found == changes.len() as u64 {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::StaleData,
        format!(
            "{} rows of {:?} were to be deleted, and {found} were found; roll back and load the objects anew",
            changes.len(),
            secondary.table.name()
        ),
    ))
}

/// The values of a pair.
fn pair(inner: &Inner, secondary: &Secondary, change: &PairChange) -> Result<Params> {
    let known = |key| -> Result<&dyn Object> {
        let slot = inner.store.slot(key)?;
        // A key that has changed is in the pairs already, by ON UPDATE CASCADE; that of a deleted object is not written.
        Ok(if slot.deleting { slot.known().unwrap_or(slot.object()) } else { slot.object() })
    };
    let (local, remote) = (known(&change.local)?, known(&change.remote)?);
    let local = secondary.local.iter().map(|(place, column)| (local.column(*place), column));
    let remote = secondary.remote.iter().map(|(place, column)| (remote.column(*place), column));
    let value = |(value, column): (Option<Value>, &AnyColumn)| match value {
        Some(value) => Ok((Name::from(column.name().to_owned()), value)),
        None => Err(Error::new(
            ErrorKind::Flush,
            format!(
                "{:?} and {:?} are to be a pair, and one has no key",
                change.local, change.remote
            ),
        )),
    };
    let values = local.chain(remote).map(value).collect::<Result<Vec<_>>>()?;
    Ok(Params::of_names(true, values))
}
