//! Where loaded objects go.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::plan::Plan;
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::mapper::Mapper;
use crate::orm::query::Options;
use crate::orm::store::Store;
use crate::row::RawRow;

/// Where the objects go that a statement's rows are about: into the session that runs it.
pub struct Loading<'s> {
    store: &'s mut Store,
    /// Whether objects that the session has already are loaded anew, too.
    populate_existing: bool,
    /// Those of them that this statement has loaded anew.
    renewed: HashSet<u32, FixedState>,
    /// The object of the last row, if that has filled it.
    filled: Option<AnyRef>,
    /// What is loaded along.
    plan: Option<Box<Plan>>,
}

impl<'s> Loading<'s> {
    pub(in crate::orm) fn new(store: &'s mut Store) -> Self {
        store.begin_batch();
        Self {
            store,
            populate_existing: false,
            renewed: HashSet::default(),
            filled: None,
            plan: None,
        }
    }

    pub(in crate::orm) fn populate_existing(self) -> Self {
        Self { populate_existing: true, ..self }
    }

    pub(super) fn with_plan(self, plan: Option<Box<Plan>>) -> Self {
        Self { plan, ..self }
    }

    pub(super) fn take_plan(&mut self) -> Option<Box<Plan>> {
        self.plan.take()
    }

    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_deref()
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
        let Some(mut plan) = self.plan.take() else { return self.one(mapper, row, start, None) };
        let found = match plan.root(mapper, start) {
            Some(node) => self.along(&mut plan, node, row),
            None => self.one(mapper, row, start, None),
        };
        self.plan = Some(plan);
        found
    }

    /// The object of a place in the row, with what is joined to it.
    fn along(&mut self, plan: &mut Plan, node: usize, row: &dyn RawRow) -> Result<Option<AnyRef>> {
        let (mapper, start) = (plan.nodes[node].mapper, plan.nodes[node].start);
        let options = plan.nodes[node].kept.clone();
        let Some(key) = self.one(mapper, row, start, options.as_ref())? else { return Ok(None) };
        let filled = self.filled.clone();
        if !plan.nodes[node].later.is_empty() {
            plan.nodes[node].found.push((key.clone(), filled.is_some()));
        }
        for place in 0..plan.nodes[node].joined.len() {
            let child = plan.nodes[node].joined[place];
            let other = self.along(plan, child, row)?;
            plan.nodes[child].rows.push((key.clone(), other));
        }
        self.filled = filled;
        Ok(Some(key))
    }

    /// The object of a place in the row.
    fn one(
        &mut self,
        mapper: &'static Mapper,
        row: &dyn RawRow,
        start: usize,
        options: Option<&Arc<Options>>,
    ) -> Result<Option<AnyRef>> {
        self.filled = None;
        let Some(identity) = mapper.identity_in(row, start)? else { return Ok(None) };
        let Some(slot) = self.store.find(mapper, &identity) else {
            let object = mapper.read(row, start)?;
            let key = self.store.add_loaded(mapper, identity, object, options);
            if self.populate_existing {
                self.renewed.insert(key.number());
            }
            self.filled = Some(key.clone());
            return Ok(Some(key));
        };
        let (key, is_touched) = (slot.key.clone(), slot.is_touched());
        let again = self.populate_existing && !self.renewed.contains(&key.number());
        if again || self.store.is_expired(slot) {
            let object = mapper.read(row, start)?;
            self.store.renew(&key, object, self.populate_existing)?;
            self.store.keep_options(&key, options)?;
            if self.populate_existing {
                self.renewed.insert(key.number());
            }
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
