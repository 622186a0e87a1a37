//! Loading one object by its primary key.

use super::statement::{have, rows_of};
use super::target::Loading;
use crate::dbapi::RowSink;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::identity::Identity;
use crate::orm::key::AnyRef;
use crate::orm::mapper::Mapper;
use crate::orm::session::Inner;
use crate::row::{Columns, RawRow};
use crate::sql::AnyColumn;
use crate::value::Value;
use std::sync::Arc;

/// The object with this key: the one that the session has, or from the database.
pub(in crate::orm) fn get(
    inner: &mut Inner,
    mapper: &'static Mapper,
    values: &[Value],
    identity: &Identity,
) -> Result<Option<AnyRef>> {
    inner.check()?;
    let Some(slot) = inner.store.find(mapper, identity) else {
        return load(inner, mapper, values, false);
    };
    let key = slot.key.clone();
    if !inner.store.is_expired(slot) {
        return Ok(Some(key));
    }
    match load_expired(inner, &key) {
        Ok(()) => Ok(Some(key)),
        Err(error) if error.kind() == ErrorKind::ObjectDeleted => {
            inner.store.remove(&key)?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Loads an expired object anew.
pub(in crate::orm) fn load_expired(inner: &mut Inner, key: &AnyRef) -> Result<()> {
    renew(inner, key, false)
}

/// Loads an object anew, whether it is expired or not. Changes that were not flushed are lost.
pub(in crate::orm) fn refresh(inner: &mut Inner, key: &AnyRef) -> Result<()> {
    renew(inner, key, true)
}

fn renew(inner: &mut Inner, key: &AnyRef, populate_existing: bool) -> Result<()> {
    inner.check()?;
    let slot = inner.store.slot(key)?;
    let mapper = slot.object().mapper();
    let known = slot.known().and_then(|object| mapper.key_of(object));
    let Some(values) = known else {
        return Err(Error::new(
            ErrorKind::InvalidRequest,
            format!("{key:?} has no row yet, so that it cannot be loaded; flush() inserts it"),
        ));
    };
    match load(inner, mapper, &values, populate_existing)? {
        Some(_) => Ok(()),
        None => Err(Error::new(
            ErrorKind::ObjectDeleted,
            format!(
                "the row of {key:?} is gone: another transaction has deleted it, or has changed its primary key; \
                 session.peek(&key) shows the last known value"
            ),
        )),
    }
}

/// Loads the object with this key from the database.
fn load(
    inner: &mut Inner,
    mapper: &'static Mapper,
    values: &[Value],
    populate_existing: bool,
) -> Result<Option<AnyRef>> {
    let key: Vec<AnyColumn> =
        mapper.key().iter().map(|place| mapper.columns()[*place].clone()).collect();
    let statement = rows_of(mapper).where_(have(&key, values));
    let Inner { store, connections, .. } = inner;
    let loading = Loading::new(store);
    let to = if populate_existing { loading.populate_existing() } else { loading };
    let mut sink = FirstObject { to, mapper, found: None };
    connections.connection_for(Some(mapper), false)?.execute_to(&statement, &mut sink)?;
    Ok(sink.found)
}

/// Takes the object of the first row.
struct FirstObject<'s> {
    to: Loading<'s>,
    mapper: &'static Mapper,
    found: Option<AnyRef>,
}

impl RowSink for FirstObject<'_> {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        if self.found.is_none() {
            self.found = self.to.object(self.mapper, row, 0)?;
        }
        Ok(())
    }
}
