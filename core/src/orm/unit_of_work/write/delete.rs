//! DELETE of objects.

use super::super::order::Batch;
use super::row_key::sorted_by_key;
use super::update::{by_key, key_values};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::session::Inner;
use crate::sql::{ParamSets, Params};

/// Deletes the objects of a batch, in the order of their keys.
pub(super) fn delete(inner: &mut Inner, batch: &Batch) -> Result<()> {
    let mapper = batch.mapper;
    let rows = sorted_by_key(&inner.store, mapper, batch.objects.clone())?;
    let Some((_, row)) = rows.first() else { return Ok(()) };
    let statement = mapper.table().delete().where_(by_key(mapper, row.len()));
    let sets = rows.iter().map(|(_, row)| Params::of_names(true, key_values(row).collect()));
    let sets: ParamSets = sets.collect();
    let found = inner
        .connections
        .connection_for(Some(mapper), true)?
        .execute_param_sets(statement, sets)?
        .rowcount();
    if found == rows.len() as u64 {
        return Ok(());
    }
    if mapper.version().is_some() {
        return Err(Error::new(
            ErrorKind::StaleData,
            format!(
                "{} rows of {:?} were to be deleted, and {found} of their versions were found: another transaction has \
                 deleted or changed them; roll back, load the objects anew and decide again",
                rows.len(),
                mapper.table().name()
            ),
        ));
    }
    if mapper.confirms_deleted_rows() {
        tracing::warn!(
            code = "rows-not-matched",
            "{} rows of {:?} were to be deleted, and {found} were found",
            rows.len(),
            mapper.table().name()
        );
    }
    Ok(())
}
