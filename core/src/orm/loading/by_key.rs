//! Loading one object by its primary key.

use super::along::finish;
use super::plan::{LoadedEntity, Plan, Planning};
use super::statement::{have, have_one_of, rows_of};
use super::target::Loading;
use crate::dbapi::RowSink;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::identity::Identity;
use crate::orm::key::AnyRef;
use crate::orm::mapper::Mapper;
use crate::orm::query::{LoaderOptions, Options, same_options};
use crate::orm::session::Inner;
use crate::row::{Columns, RawRow};
use crate::sql::{AnyColumn, ClauseElement, RowLock, Select};
use crate::value::Value;
use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::FixedState;

/// How an object is loaded by its key: what [`get_with`](crate::orm::Session::get_with) and
/// [`refresh_with`](crate::orm::Session::refresh_with) take.
///
/// ```
/// use aludel::orm::{GetOptions, selectinload};
/// # aludel::models_of_examples!();
/// # let mut session = session()?;
///
/// let how = GetOptions::new().options(selectinload(User::c.addresses));
/// let sandy = session.get_with::<User>(1, how)?.expect("there is one");
/// assert!(session[&sandy].addresses.is_loaded());
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GetOptions {
    options: Options,
    lock: Option<RowLock>,
}

impl GetOptions {
    /// Nothing but the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It is loaded anew also if the session has it. Its changes are flushed first, if the session does that.
    #[must_use]
    pub fn populate_existing(mut self) -> Self {
        self.options.populate_existing = true;
        self
    }

    /// Its row is locked until the transaction ends, and therefore read again.
    #[must_use]
    pub fn with_for_update(self) -> Self {
        self.with_lock(RowLock::update())
    }

    /// The same with another lock.
    #[must_use]
    pub fn with_lock(mut self, lock: RowLock) -> Self {
        self.lock = Some(lock);
        self
    }

    /// How its relationships are loaded.
    #[must_use]
    pub fn options(mut self, options: impl LoaderOptions) -> Self {
        self.options.take(options);
        self
    }

    /// Whether it is read from the database in any case.
    fn reads(&self) -> bool {
        self.options.populate_existing || self.lock.is_some()
    }
}

/// The object with this key: the one that the session has, or from the database.
pub(in crate::orm) fn get(
    inner: &mut Inner,
    mapper: &'static Mapper,
    values: &[Value],
    identity: &Identity,
    how: &GetOptions,
) -> Result<Option<AnyRef>> {
    inner.check()?;
    if how.reads() {
        inner.flush_first()?;
        if let Some(slot) = inner.store.find(mapper, identity) {
            refuse_to_lose(inner, &slot.key)?;
        }
        return load(inner, mapper, values, how, true);
    }
    if values.iter().all(|value| *value == Value::Null) {
        tracing::warn!(
            code = "null-key",
            "a `{}` was asked for whose primary key is NULL, which no row has",
            mapper.class_name()
        );
        return Ok(None);
    }
    if inner.store.find(mapper, identity).is_none() {
        // A change that is not flushed may be that of a key.
        inner.flush_first()?;
    }
    let Some(slot) = inner.store.find(mapper, identity) else {
        return load(inner, mapper, values, how, false);
    };
    let key = slot.key.clone();
    if !inner.store.is_expired(slot) {
        return Ok(Some(key));
    }
    match load_expired(inner, &key) {
        Ok(()) => Ok(Some(key)),
        // Changes that were not flushed would be lost with it.
        Err(error)
            if error.kind() == ErrorKind::ObjectDeleted && !inner.store.is_modified(&key) =>
        {
            inner.store.remove(&key)?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Of how many objects one statement loads the rows anew.
const AT_ONCE: usize = 500;

/// Loads those of these objects anew that are expired: one statement for each 500 of a struct. The objects whose rows
/// are gone.
pub(in crate::orm) fn load_expired_of(
    inner: &mut Inner,
    keys: &[AnyRef],
) -> Result<HashSet<AnyRef, FixedState>> {
    let mut gone = HashSet::default();
    let mut wanted: Vec<Expired> = Vec::new();
    for key in keys {
        let slot = inner.store.slot(key)?;
        if !inner.store.is_expired(slot) {
            continue;
        }
        let mapper = slot.object().mapper();
        let Some(values) = slot.known().and_then(|object| mapper.key_of(object)) else { continue };
        let options = slot.options.clone();
        let same = wanted
            .iter_mut()
            .find(|of| of.mapper == mapper && same_options(of.options.as_ref(), options.as_ref()));
        match same {
            Some(of) => of.keys.push((key.clone(), values)),
            None => wanted.push(Expired { mapper, options, keys: vec![(key.clone(), values)] }),
        }
    }
    if !wanted.is_empty() {
        inner.check()?;
    }
    for Expired { mapper, options, keys } in wanted {
        if let [(key, _)] = &*keys {
            match load_expired(inner, key) {
                Err(error) if error.kind() == ErrorKind::ObjectDeleted => {
                    gone.insert(key.clone());
                }
                done => done?,
            }
            continue;
        }
        let columns = mapper.key().iter().map(|place| mapper.columns()[*place].clone());
        let columns: Vec<AnyColumn> = columns.collect();
        for chunk in keys.chunks(AT_ONCE) {
            let lists: Vec<Vec<Value>> = chunk.iter().map(|(_, values)| values.clone()).collect();
            let statement = rows_of(mapper).where_(have_one_of(&columns, &lists));
            read_objects(inner, mapper, &statement, options.clone(), Reading::default())?;
        }
        for (key, _) in keys {
            if inner.store.slot(&key).is_ok_and(|slot| inner.store.is_expired(slot)) {
                gone.insert(key);
            }
        }
    }
    Ok(gone)
}

/// Objects of one struct that are loaded anew in the same way.
struct Expired {
    mapper: &'static Mapper,
    options: Option<Arc<Options>>,
    keys: Vec<(AnyRef, Vec<Value>)>,
}

/// Loads an expired object anew.
pub(in crate::orm) fn load_expired(inner: &mut Inner, key: &AnyRef) -> Result<()> {
    renew(inner, key, &GetOptions::new(), false)
}

/// Loads an object anew, whether it is expired or not. Its changes are flushed first.
pub(in crate::orm) fn refresh(inner: &mut Inner, key: &AnyRef, how: &GetOptions) -> Result<()> {
    inner.check()?;
    inner.flush_first()?;
    refuse_to_lose(inner, key)?;
    renew(inner, key, how, true)
}

/// Changes that are not flushed are not written over.
fn refuse_to_lose(inner: &Inner, key: &AnyRef) -> Result<()> {
    if !inner.store.slot(key)?.is_touched() || !inner.store.is_modified(key) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "{key:?} has changes that are not flushed, and would be lost; flush() writes them, expire() gives them up"
        ),
    ))
}

fn renew(inner: &mut Inner, key: &AnyRef, how: &GetOptions, populate_existing: bool) -> Result<()> {
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
    match load(inner, mapper, &values, how, populate_existing)? {
        // Another object's row is found where the database takes a key for the same that is written differently.
        Some(found) if found == *key => Ok(()),
        _ => Err(Error::new(
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
    how: &GetOptions,
    populate_existing: bool,
) -> Result<Option<AnyRef>> {
    let key: Vec<AnyColumn> =
        mapper.key().iter().map(|place| mapper.columns()[*place].clone()).collect();
    let statement = rows_of(mapper).where_(have(&key, values));
    let statement = match &how.lock {
        Some(lock) => statement.with_lock(lock.clone()),
        None => statement,
    };
    let present = inner.store.find(mapper, &Identity::of(values));
    let options = how.options.kept().or_else(|| present.and_then(|slot| slot.options.clone()));
    let reading = Reading { populate_existing, locks: how.lock.is_some() };
    read_objects(inner, mapper, &statement, options, reading)
}

/// How objects are read.
#[derive(Clone, Copy, Default)]
struct Reading {
    /// Whether those that the session has already are loaded anew, too.
    populate_existing: bool,
    /// Whether their rows are locked.
    locks: bool,
}

/// Reads objects by a statement for their rows. The first of them.
fn read_objects(
    inner: &mut Inner,
    mapper: &'static Mapper,
    statement: &Select<Vec<AnyColumn>>,
    options: Option<Arc<Options>>,
    reading: Reading,
) -> Result<Option<AnyRef>> {
    // What a flush reads it is about to change.
    let writes = reading.locks || inner.flushing;
    let mut select = statement.for_session();
    let planning = Planning { by_key: true, ..Planning::of(options) };
    let plan = Plan::of(&[LoadedEntity::new(mapper, 0)], &planning, &mut select)?;
    let select = select.filter(|_| plan.is_some());
    let Inner { store, connections, .. } = inner;
    let loading = Loading::new(store).with_plan(plan);
    let to = if reading.populate_existing { loading.populate_existing() } else { loading };
    let mut sink = FirstObject { to, mapper, found: None };
    let statement: &dyn ClauseElement = match &select {
        Some(select) => select,
        None => statement,
    };
    connections.connection_for(Some(mapper), writes)?.execute_to(statement, &mut sink)?;
    let FirstObject { mut to, found, .. } = sink;
    let plan = to.take_plan();
    finish(inner, plan, &[])?;
    Ok(found)
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
        // What is joined may have several rows.
        let found = self.to.object(self.mapper, row, 0)?;
        self.found = self.found.take().or(found);
        Ok(())
    }
}
