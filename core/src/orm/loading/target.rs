//! Where loaded objects go.

use std::fmt;

use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::mapper::Mapper;
use crate::orm::store::Store;
use crate::row::RawRow;

/// Where the objects go that a statement's rows are about: into the session that runs it.
pub struct Loading<'s> {
    store: &'s mut Store,
    /// Whether objects that the session has already are loaded anew, too.
    populate_existing: bool,
    /// The object of the last row, if that has filled it.
    filled: Option<AnyRef>,
}

impl<'s> Loading<'s> {
    pub(in crate::orm) fn new(store: &'s mut Store) -> Self {
        Self { store, populate_existing: false, filled: None }
    }

    pub(in crate::orm) fn populate_existing(self) -> Self {
        Self { populate_existing: true, ..self }
    }

    pub(in crate::orm) fn store(&mut self) -> &mut Store {
        self.store
    }

    /// Whether the last row has filled this object, so that it is as that row says.
    pub(in crate::orm) fn is_new(&self, key: &AnyRef) -> bool {
        self.filled.as_ref() == Some(key)
    }

    /// The object that a row is about, whose columns begin at a place. `None` if the row has none there.
    pub(in crate::orm) fn object(
        &mut self,
        mapper: &'static Mapper,
        row: &dyn RawRow,
        start: usize,
    ) -> Result<Option<AnyRef>> {
        let Some(identity) = mapper.identity_in(row, start)? else { return Ok(None) };
        let Some(slot) = self.store.find(mapper, &identity) else {
            let object = mapper.read(row, start)?;
            let key = self.store.add_loaded(mapper, identity, object);
            self.filled = Some(key.clone());
            return Ok(Some(key));
        };
        let (key, is_touched) = (slot.key.clone(), slot.is_touched());
        self.filled = None;
        if self.populate_existing || self.store.is_expired(slot) {
            let object = mapper.read(row, start)?;
            self.store.renew(&key, object, self.populate_existing)?;
            self.filled = (!is_touched || self.populate_existing).then(|| key.clone());
        }
        Ok(Some(key))
    }
}

impl fmt::Debug for Loading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loading").finish_non_exhaustive()
    }
}
