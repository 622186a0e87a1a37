//! *Plan*: from a statement to text and values, through a cache of compiled statements.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::FixedState;
use hashlink::LruCache;
use parking_lot::Mutex;

use super::Engine;
use super::param_types::param_type;
use crate::dbapi::{Statement, StatementKind};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::row::Fetch;
use crate::sql::{
    CacheKey, Executable, Literals, Name, Params, Source, Sources, Template, check_names, values,
};
use crate::value::Value;

/// The compiled statements of an engine, the least recently used dropped first.
pub(super) struct PlanCache {
    plans: Mutex<LruCache<Box<[u8]>, Arc<Plan>, FixedState>>,
    size: usize,
}

struct Plan {
    compiled: Template,
    /// `None` if the text depends on the lengths of lists.
    finished: Option<Finished>,
}

#[derive(Clone)]
struct Finished {
    statement: Statement,
    sources: Sources,
}

impl Plan {
    /// The text and its sources: as they are kept, or written for the lists of this execution.
    fn finished(&self, literals: &Literals, dialect: &dyn Dialect) -> Result<Cow<'_, Finished>> {
        match &self.finished {
            Some(finished) => Ok(Cow::Borrowed(finished)),
            None => finish(&self.compiled, &literals.lists, dialect).map(Cow::Owned),
        }
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
        let values = values(&finished.sources, literals, &[params])?;
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
            values(&finished.sources, literals.clone(), &[set, own])
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
        let finished =
            if compiled.has_lists() { None } else { Some(finish(&compiled, &[], dialect)?) };
        let plan = Arc::new(Plan { compiled, finished });
        // Text that defines the schema is used once.
        if self.size > 0 && plan.compiled.kind() != StatementKind::Ddl {
            self.plans.lock().insert(key.as_bytes().into(), Arc::clone(&plan));
        }
        Ok(plan)
    }
}

fn finish(compiled: &Template, lists: &[usize], dialect: &dyn Dialect) -> Result<Finished> {
    let rendered = compiled.render(dialect, lists);
    let types = rendered.types.iter().map(|ty| param_type(ty.as_ref()));
    let statement = Statement::new(rendered.sql, compiled.kind())?.with_param_types(types);
    Ok(Finished { statement, sources: rendered.sources })
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

/// A compiled statement whose rows become `T`: it skips even the look into the cache. Cheap to
/// clone, and good for every connection of its engine.
pub struct Prepared<T> {
    parts: Arc<Parts>,
    row: PhantomData<fn() -> T>,
}

struct Parts {
    /// By which sessions know whether they have it prepared.
    number: u64,
    statement: Statement,
    places: Vec<Place>,
    names: Vec<Name>,
    /// Whether the given values are the values of the statement, in order.
    in_order: bool,
    /// What the text depends on.
    dialect: &'static str,
}

enum Place {
    Fixed(Value),
    Given(usize),
}

impl Engine {
    /// Compiles a statement for [`Connection::execute_prepared`](super::Connection::execute_prepared).
    /// Its named binds are given at execution, in the order in which they first stand in it.
    ///
    /// # Errors
    ///
    /// It cannot be written down for this database.
    pub fn prepare<E: Executable>(&self, statement: &E) -> Result<Prepared<E::Row>> {
        let params = statement.params();
        let mut literals = Literals::default();
        statement.cache_key(&mut CacheKey::new(), &mut literals, params);
        let compiled = statement.compile_with(self.dialect(), params)?;
        let names = compiled.names();
        let finished = finish(&compiled, &literals.lists, self.dialect())?;
        check_names(&finished.sources, params)?;
        let names: Vec<Name> =
            names.into_iter().filter(|name| params.get(name).is_none()).collect();
        let places: Vec<Place> = finished
            .sources
            .into_iter()
            .map(|source| place(source, &literals, params, &names))
            .collect();
        let in_order =
            |(at, place): (usize, &Place)| matches!(place, Place::Given(given) if *given == at);
        let in_order = places.len() == names.len() && places.iter().enumerate().all(in_order);
        let dialect = self.dialect().text_key();
        let number = next_number();
        let parts =
            Parts { number, statement: finished.statement, places, names, in_order, dialect };
        Ok(Prepared { parts: Arc::new(parts), row: PhantomData })
    }
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn place(source: Source, literals: &Literals, params: &Params, names: &[Name]) -> Place {
    match source {
        Source::Literal(index) => Place::Fixed(literals.values[index].clone()),
        Source::Listed(index) => Place::Fixed(literals.listed[index].clone()),
        Source::Named(name) => match params.get(&name) {
            Some(value) => Place::Fixed(value.clone()),
            None => Place::Given(names.iter().position(|known| *known == name).unwrap_or(0)),
        },
    }
}

impl<T: Fetch> Prepared<T> {
    /// The text that it runs.
    #[must_use]
    pub fn sql(&self) -> &str {
        self.parts.statement.sql()
    }

    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.parts.number
    }

    #[inline]
    pub(super) fn statement(&self) -> &Statement {
        &self.parts.statement
    }

    #[inline]
    pub(super) fn bind(
        &self,
        values: impl IntoValues,
        spare: Vec<Value>,
        dialect: &dyn Dialect,
    ) -> Result<Vec<Value>> {
        let (here, there) = (dialect.text_key(), self.parts.dialect);
        // The same text most often is at the same place.
        if !std::ptr::eq(here, there) && here != there {
            return Err(self.foreign(here));
        }
        let given = values.fill(spare);
        if given.len() != self.parts.names.len() {
            return Err(self.wrong_number(given.len()));
        }
        if self.parts.in_order {
            return Ok(given);
        }
        let value = |place: &Place| match place {
            Place::Fixed(value) => value.clone(),
            Place::Given(index) => given[*index].clone(),
        };
        Ok(self.parts.places.iter().map(value).collect())
    }

    #[cold]
    fn foreign(&self, here: &str) -> Error {
        Error::new(
            ErrorKind::Argument,
            format!(
                "the statement was prepared for {}, and this connection is of {here}; prepare it \
                 by the connection's own engine",
                self.parts.dialect
            ),
        )
    }

    #[cold]
    fn wrong_number(&self, given: usize) -> Error {
        let names: Vec<_> = self.parts.names.iter().map(|name| &**name).collect();
        Error::new(
            ErrorKind::Argument,
            format!(
                "the prepared statement takes {} values ({}), but {given} were given",
                names.len(),
                names.join(", ")
            ),
        )
    }
}

impl<T> Clone for Prepared<T> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), row: PhantomData }
    }
}

impl<T> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prepared").field(&self.parts.statement).finish()
    }
}

/// Values by position: a tuple, a `Vec<Value>`, or `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values",
    note = "give a tuple such as `(1, \"text\")`, a `Vec<Value>`, or `()` for none"
)]
pub trait IntoValues: Sized {
    /// The values, in an empty vector that is there already if they have none of their own.
    fn fill(self, spare: Vec<Value>) -> Vec<Value>;

    /// The values.
    fn into_values(self) -> Vec<Value> {
        self.fill(Vec::new())
    }
}

impl IntoValues for () {
    fn fill(self, spare: Vec<Value>) -> Vec<Value> {
        spare
    }
}

impl IntoValues for Vec<Value> {
    fn fill(self, _: Vec<Value>) -> Self {
        self
    }
}

macro_rules! into_values {
    ($($value:ident $at:tt),+) => {
        impl<$($value: Into<Value>),+> IntoValues for ($($value,)+) {
            #[inline]
            fn fill(self, mut spare: Vec<Value>) -> Vec<Value> {
                spare.extend([$(self.$at.into()),+]);
                spare
            }
        }
    };
}
tuples!(into_values);
