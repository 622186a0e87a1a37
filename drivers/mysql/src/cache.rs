//! The statements that a connection keeps prepared, for both drivers.

use std::sync::Arc;

use aludel_core::dbapi::{
    PreparedStatements, Statement, StatementHandle, StatementKind, unknown_handle,
};
use aludel_core::error::Result;
use hashlink::LruCache;

use crate::error::Failure;
use crate::statements::{Keep, LookUp, Plan, Prepared, preparable, unpreparable};
use crate::value::Layout;

/// The statement of a handle, with its plan if one was made, and in which form. No plan is held and cached at once.
struct Held<S> {
    statement: Statement,
    plan: Option<Plan<S>>,
    form: Statement,
}

/// The statements of one connection: by text, of which the one used least recently is dropped first,
/// and by handle. What was dropped is to be closed on the server.
pub(crate) struct StatementCache<S> {
    plans: LruCache<Statement, Plan<S>>,
    held: PreparedStatements<Held<S>>,
    closing: Vec<S>,
}

impl<S: Clone> StatementCache<S> {
    /// A cache for so many texts; none is kept if it is 0.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            plans: LruCache::new(capacity),
            held: PreparedStatements::new(),
            closing: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.plans.iter().filter(|(_, plan)| matches!(plan, Plan::Prepared(_))).count()
    }

    /// The next statement that is to be closed on the server.
    #[inline]
    pub(crate) fn next_to_close(&mut self) -> Option<S> {
        self.closing.pop()
    }

    #[inline]
    pub(crate) fn has_statements_to_close(&self) -> bool {
        !self.closing.is_empty()
    }

    /// How a statement with so many values is to be sent, as far as it is known. Preparing needs the
    /// server, for which the two drivers wait each in its way: they call
    /// [`keep_prepared`](Self::keep_prepared) with the outcome.
    pub(crate) fn look_up<'s>(
        &mut self,
        statement: &'s Statement,
        values: usize,
        keep: Keep,
    ) -> Result<LookUp<'s, S>, Failure> {
        if values == 0 && statement.kind() == StatementKind::Ddl {
            return Ok(LookUp::Planned(Plan::Text));
        }
        let known = match keep {
            Keep::Cached => self.plans.get(statement).cloned(),
            Keep::Held(_) => self.plans.remove(statement),
            Keep::Once => None,
        };
        if let Some(plan) = known {
            return Ok(LookUp::Planned(plan));
        }
        match preparable(statement.sql()) {
            Some(sql) => Ok(LookUp::Prepare(sql)),
            None if values == 0 => Ok(LookUp::Planned(Plan::Text)),
            None => Err(unpreparable().into()),
        }
    }

    /// Makes a plan of the outcome of preparing, and keeps it. What the server cannot prepare is sent
    /// as text, if it has no values.
    pub(crate) fn keep_prepared(
        &mut self,
        statement: &Statement,
        values: usize,
        keep: Keep,
        prepared: Result<Prepared<S>, Failure>,
    ) -> Result<Plan<S>, Failure> {
        let plan = match prepared {
            Ok(prepared) => Plan::Prepared(Arc::new(prepared)),
            Err(failure) if values == 0 && failure.is_unpreparable() => Plan::Text,
            // It may be prepared another time.
            Err(failure) if values == 0 && failure.is_full_of_statements() => {
                return Ok(Plan::Text);
            }
            Err(failure) => return Err(failure),
        };
        match keep {
            Keep::Cached => self.insert(statement, plan.clone()),
            Keep::Held(_) => {}
            Keep::Once => self.close_later(&plan),
        }
        Ok(plan)
    }

    fn insert(&mut self, statement: &Statement, plan: Plan<S>) {
        if self.plans.capacity() == 0 {
            return self.close_later(&plan);
        }
        let full = self.plans.len() == self.plans.capacity();
        let oldest = if full { self.plans.remove_lru() } else { None };
        self.plans.insert(statement.clone(), plan);
        if let Some((_, oldest)) = oldest {
            self.close_later(&oldest);
        }
    }

    /// Notes that a plan is to be closed on the server before the next statement.
    fn close_later(&mut self, plan: &Plan<S>) {
        if let Plan::Prepared(prepared) = plan {
            self.closing.push(prepared.statement.clone());
        }
    }

    /// Drops the statement that was used least recently, or one that a handle keeps, after a server refused to
    /// keep any more for all its sessions. The answer says whether something is to be closed there now, so
    /// that it takes another one.
    #[cold]
    pub(crate) fn yield_one(&mut self) -> bool {
        while self.closing.is_empty() {
            let held = || self.held.iter_mut().find_map(|held| held.plan.take());
            let Some(plan) = self.plans.remove_lru().map(|(_, plan)| plan).or_else(held) else {
                return false;
            };
            self.close_later(&plan);
        }
        true
    }

    /// Drops the plan of a statement that is out of date.
    pub(crate) fn forget(&mut self, statement: &Statement, plan: Option<Plan<S>>, keep: Keep) {
        let held = plan.filter(|_| matches!(keep, Keep::Held(_)));
        for old in [self.plans.remove(statement), held].into_iter().flatten() {
            self.close_later(&old);
        }
    }

    /// Drops all plans.
    pub(crate) fn forget_all(&mut self) {
        let held = self.held.iter_mut().filter_map(|held| held.plan.take());
        for plan in self.plans.drain().map(|(_, plan)| plan).chain(held) {
            if let Plan::Prepared(prepared) = plan {
                self.closing.push(prepared.statement.clone());
            }
        }
    }

    /// Notes that a statement returned other columns than before.
    #[cold]
    pub(crate) fn set_layout(
        &mut self,
        statement: &Statement,
        plan: &mut Option<Plan<S>>,
        layout: &Arc<Layout>,
    ) {
        for plan in self.plans.get_mut(statement).into_iter().chain(plan) {
            if let Plan::Prepared(prepared) = plan {
                *prepared = prepared.with_layout(layout);
            }
        }
    }

    /// Makes a handle for a statement, without a plan.
    pub(crate) fn hold(&mut self, statement: &Statement) -> StatementHandle {
        let (statement, form) = (statement.clone(), statement.clone());
        self.held.insert(Held { statement, plan: None, form })
    }

    pub(crate) fn is_held(&self, handle: StatementHandle) -> bool {
        self.held.get(handle).is_some()
    }

    #[inline]
    pub(crate) fn held_statement(&self, handle: StatementHandle) -> Result<Statement> {
        self.held.get(handle).map(|held| held.statement.clone()).ok_or_else(unknown_handle)
    }

    /// Takes the plan of a handle, for one execution of its statement in this form. That of another form is dropped.
    #[inline]
    pub(crate) fn take_plan(&mut self, keep: Keep, form: &Statement) -> Option<Plan<S>> {
        let Keep::Held(handle) = keep else { return None };
        let held = self.held.get_mut(handle)?;
        let plan = held.plan.take()?;
        if held.form == *form {
            return Some(plan);
        }
        self.close_later(&plan);
        None
    }

    /// Returns the plan of a handle as the execution has left it.
    #[inline]
    pub(crate) fn return_plan(&mut self, keep: Keep, form: &Statement, plan: Option<Plan<S>>) {
        if let Keep::Held(handle) = keep
            && let Some(held) = self.held.get_mut(handle)
        {
            held.plan = plan;
            if held.form != *form {
                held.form = form.clone();
            }
        }
    }

    /// Closes a handle.
    pub(crate) fn release(&mut self, handle: StatementHandle) {
        if let Some(plan) = self.held.remove(handle).and_then(|held| held.plan) {
            self.close_later(&plan);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &str) -> Statement {
        Statement::new(sql, StatementKind::Text).unwrap()
    }

    fn prepare(cache: &mut StatementCache<u8>, sql: &str, number: u8, keep: Keep) {
        let statement = statement(sql);
        let LookUp::Prepare(text) = cache.look_up(&statement, 1, keep).unwrap() else {
            panic!("{sql} is known")
        };
        assert_eq!(text, sql);
        let prepared = Prepared::new(number, 1, Arc::new([]));
        cache.keep_prepared(&statement, 1, keep, Ok(prepared)).unwrap();
    }

    fn is_known(cache: &mut StatementCache<u8>, sql: &str) -> bool {
        let statement = statement(sql);
        matches!(cache.look_up(&statement, 1, Keep::Cached), Ok(LookUp::Planned(_)))
    }

    #[test]
    fn the_least_recently_used_is_closed() {
        let mut cache = StatementCache::new(2);
        prepare(&mut cache, "a", 1, Keep::Cached);
        prepare(&mut cache, "b", 2, Keep::Cached);
        assert!(is_known(&mut cache, "a") && !cache.has_statements_to_close());
        prepare(&mut cache, "c", 3, Keep::Cached);
        assert_eq!((cache.next_to_close(), cache.next_to_close()), (Some(2), None));
        assert!(is_known(&mut cache, "a") && !is_known(&mut cache, "b"));
        assert_eq!(cache.len(), 2);
    }

    #[test]
    fn what_is_not_kept_is_closed() {
        let mut cache = StatementCache::new(0);
        prepare(&mut cache, "a", 1, Keep::Cached);
        prepare(&mut cache, "a", 2, Keep::Once);
        assert_eq!((cache.next_to_close(), cache.next_to_close()), (Some(2), Some(1)));
    }

    #[test]
    fn a_plan_is_held_or_cached_and_not_both() {
        let mut cache = StatementCache::new(2);
        prepare(&mut cache, "a", 1, Keep::Cached);
        let handle = cache.hold(&statement("a"));
        let held = Keep::Held(handle);
        let Ok(LookUp::Planned(plan)) = cache.look_up(&statement("a"), 1, held) else {
            panic!("it is known")
        };
        cache.return_plan(held, &statement("a"), Some(plan));
        assert!(!is_known(&mut cache, "a") && cache.is_held(handle));
        let own = statement("a");
        assert!(matches!(cache.take_plan(held, &own), Some(Plan::Prepared(_))));
        assert!(cache.take_plan(held, &own).is_none());
        prepare(&mut cache, "b", 2, Keep::Cached);
        cache.forget_all();
        assert_eq!((cache.next_to_close(), cache.next_to_close()), (Some(2), None));
        cache.release(handle);
        assert!(!cache.is_held(handle) && cache.held_statement(handle).is_err());
    }

    #[test]
    fn the_plan_of_a_handle_is_of_one_form() {
        let mut cache = StatementCache::<u8>::new(2);
        let own = statement("a");
        let held = Keep::Held(cache.hold(&own));
        let plan = |number| Some(Plan::Prepared(Arc::new(Prepared::new(number, 1, Arc::new([])))));
        let limited = statement("limited a");
        cache.return_plan(held, &limited, plan(1));
        assert!(cache.take_plan(held, &statement("limited a")).is_some());
        cache.return_plan(held, &limited, plan(1));
        assert!(cache.take_plan(held, &own).is_none());
        assert_eq!(cache.next_to_close(), Some(1));
        cache.return_plan(held, &own, plan(2));
        assert!(cache.take_plan(held, &limited).is_none());
        assert_eq!(cache.next_to_close(), Some(2));
    }

    #[test]
    fn one_after_the_other_gives_way_to_the_server_until_there_is_none() {
        let mut cache = StatementCache::new(3);
        prepare(&mut cache, "a", 1, Keep::Cached);
        prepare(&mut cache, "b", 2, Keep::Cached);
        assert!(is_known(&mut cache, "a"));
        let handle = cache.hold(&statement("c"));
        let LookUp::Prepare(_) = cache.look_up(&statement("c"), 1, Keep::Held(handle)).unwrap()
        else {
            panic!("it is known")
        };
        let prepared = Ok(Prepared::new(3, 1, Arc::new([])));
        let plan = cache.keep_prepared(&statement("c"), 1, Keep::Held(handle), prepared).unwrap();
        cache.return_plan(Keep::Held(handle), &statement("c"), Some(plan));
        for number in [2, 1, 3] {
            assert!(cache.yield_one());
            assert_eq!((cache.next_to_close(), cache.next_to_close()), (Some(number), None));
        }
        assert!(!cache.yield_one() && cache.is_held(handle));
        // What is to be closed anyway is enough.
        prepare(&mut cache, "d", 4, Keep::Cached);
        prepare(&mut cache, "e", 5, Keep::Once);
        assert!(cache.yield_one() && cache.len() == 1);
    }

    #[test]
    fn what_the_server_cannot_prepare_is_sent_as_text_unless_it_has_values() {
        let mut cache = StatementCache::<u8>::new(2);
        let failure = || {
            let (code, state, message) = (1295, "HY000".to_owned(), String::new());
            Failure::from(mysql_async::ServerError { code, state, message })
        };
        let a = statement("a");
        let plan = cache.keep_prepared(&a, 0, Keep::Cached, Err(failure()));
        assert!(matches!(plan, Ok(Plan::Text)) && cache.len() == 0);
        assert!(is_known(&mut cache, "a"));
        assert!(cache.keep_prepared(&a, 1, Keep::Cached, Err(failure())).is_err());
    }
}
