//! A statement of the program, as a session runs it.

use super::plan::{LoadedEntity, Plan, Planning};
use super::target::Loading;
use crate::error::Result;
use crate::orm::query::options_of;
use crate::orm::store::Store;
use crate::sql::{ClauseElement, SessionSelect};

/// A statement as a session runs it.
pub(in crate::orm) struct Prepared<'e> {
    given: &'e dyn ClauseElement,
    /// In its place, where it was changed.
    select: Option<SessionSelect>,
    plan: Option<Box<Plan>>,
    populate_existing: bool,
    /// Whether it flushes first; `None`: as the session does.
    pub(in crate::orm) autoflush: Option<bool>,
}

/// Changes a statement so that it loads along what is to be joined.
pub(in crate::orm) fn prepare<'e>(
    given: &'e dyn ClauseElement,
    entities: &[LoadedEntity],
) -> Result<Prepared<'e>> {
    let mut select = given.for_session();
    let options = select.as_ref().and_then(options_of);
    let populate_existing = options.as_ref().is_some_and(|options| options.populate_existing);
    let autoflush = options.as_ref().and_then(|options| options.autoflush);
    let is_changed = options.is_some();
    if is_changed {
        select = select.map(SessionSelect::plain);
    }
    let plan = Plan::of(entities, &Planning::of(options), &mut select)?;
    let select = select.filter(|_| is_changed || plan.is_some());
    Ok(Prepared { given, select, plan, populate_existing, autoflush })
}

impl<'e> Prepared<'e> {
    /// What is sent, and where its objects go.
    pub(in crate::orm) fn parts<'s>(
        &'e mut self,
        store: &'s mut Store,
    ) -> (&'e dyn ClauseElement, Loading<'s>) {
        let to = Loading::new(store).with_plan(self.plan.take());
        let to = if self.populate_existing { to.populate_existing() } else { to };
        let statement = match &self.select {
            Some(select) => select.as_element(),
            None => self.given,
        };
        (statement, to)
    }
}
