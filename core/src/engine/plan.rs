//! *Plan*: from a statement to text and values, through a cache of compiled statements.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashlink::LruCache;
use parking_lot::Mutex;

use super::finished::{Found, Texts};
use crate::dbapi::{Statement, StatementKind};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::pool::stack;
use crate::sql::{CacheKey, Executable, Literals, Params, Template, bound_values, check_names};
use crate::value::Value;

/// The compiled statements of an engine, the least recently used dropped first.
pub(super) struct PlanCache {
    plans: Mutex<LruCache<Box<[u8]>, Arc<Plan>, FixedState>>,
    size: usize,
}

struct Plan {
    compiled: Template,
    texts: Texts,
}

impl Plan {
    #[inline]
    fn finished(&self, literals: &Literals, dialect: &dyn Dialect) -> Result<Found<'_>> {
        self.texts.find(&self.compiled, &literals.lists, dialect)
    }
}

/// A statement and its values.
pub(super) struct Planned {
    pub(super) statement: Statement,
    pub(super) values: Vec<Value>,
}

/// A statement and many sets of values.
pub(super) struct PlannedMany {
    pub(super) statement: Statement,
    pub(super) sets: Vec<Vec<Value>>,
}

impl PlanCache {
    pub(super) fn new(size: usize) -> Self {
        Self { plans: Mutex::new(LruCache::with_hasher(size, FixedState::with_seed(0))), size }
    }

    /// Forgets what was compiled.
    pub(super) fn clear(&self) {
        self.plans.lock().clear();
    }

    /// Plans one execution.
    pub(super) fn plan<E: Executable>(
        &self,
        statement: &E,
        dialect: &dyn Dialect,
    ) -> Result<Planned> {
        let params = statement.params();
        let (plan, literals) = self.find(statement, params, dialect)?;
        let finished = plan.finished(&literals, dialect)?;
        check_names(&finished.sources, params)?;
        let values = bound_values(&finished.sources, literals, &[params])?;
        Ok(Planned { statement: finished.statement.clone(), values })
    }

    /// Plans one execution for each set.
    pub(super) fn plan_many<E: Executable>(
        &self,
        statement: &E,
        sets: &[Params],
        dialect: &dyn Dialect,
    ) -> Result<PlannedMany> {
        let own = statement.params();
        let first = sets.first().unwrap_or(own);
        let (plan, literals) = self.find(statement, first, dialect)?;
        let finished = plan.finished(&literals, dialect)?;
        check_names(&finished.sources, own)?;
        let bound = sets.iter().enumerate().map(|(number, set)| {
            if !set.names().eq(first.names()) || number == 0 {
                check_names(&finished.sources, set).map_err(|error| in_set(error, number))?;
            }
            bound_values(&finished.sources, literals.clone(), &[set, own])
                .map_err(|error| in_set(error, number))
        });
        let sets = bound.collect::<Result<_>>()?;
        Ok(PlannedMany { statement: finished.statement.clone(), sets })
    }

    /// Not inlined: a coroutine of `may` is on another thread after a wait, and must not take the
    /// buffer of the one before.
    #[inline(never)]
    fn find<E: Executable>(
        &self,
        statement: &E,
        names: &Params,
        dialect: &dyn Dialect,
    ) -> Result<(Arc<Plan>, Literals)> {
        thread_local! {
            /// The buffer of the last key, so that a key costs no allocation.
            static KEY: Cell<CacheKey> = Cell::new(CacheKey::new());
        }
        // Whatever looks at the statement calls itself for each level of its expressions.
        stack::require()?;
        let mut key = KEY.take();
        key.clear();
        let mut literals = Literals::default();
        statement.cache_key(&mut key, &mut literals, names);
        let known = self.plans.lock().get(key.as_bytes()).map(Arc::clone);
        let plan = match known {
            Some(plan) => plan,
            None => self.compile(statement, &key, names, dialect)?,
        };
        KEY.set(key);
        Ok((plan, literals))
    }

    #[cold]
    fn compile<E: Executable>(
        &self,
        statement: &E,
        key: &CacheKey,
        names: &Params,
        dialect: &dyn Dialect,
    ) -> Result<Arc<Plan>> {
        let compiled = statement.compile_with(dialect, names)?;
        let texts = Texts::new(&compiled, dialect)?;
        let plan = Arc::new(Plan { compiled, texts });
        // Text that defines the schema is used once.
        if self.size > 0 && plan.compiled.kind() != StatementKind::Ddl {
            self.plans.lock().insert(key.as_bytes().into(), Arc::clone(&plan));
        }
        Ok(plan)
    }
}

#[cold]
fn in_set(error: Error, number: usize) -> Error {
    error.context(&match number {
        0 => "parameter set number 1".to_owned(),
        _ => format!("parameter set number {}, which must have the keys of the first", number + 1),
    })
}

impl fmt::Debug for PlanCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanCache").field("len", &self.plans.lock().len()).finish_non_exhaustive()
    }
}
