//! *Plan*: from a statement to text and values, through a cache of compiled statements.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashlink::LruCache;
use parking_lot::Mutex;

use super::finished::{Finished, Found, Texts};
use super::inserted_key::KeyPlan;
use super::pages::{Page, Pages, RowPlan, in_sets};
use crate::dbapi::{CompiledIn, ExecutionOptions, SchemaTranslateMap, Statement, StatementKind};
use crate::dialect::{Dialect, TextKey};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::stack;
use crate::sql::{
    CacheKey, ClauseElement, Literals, Name, ParamSets, Params, ReturnedRows, RowSources, Template,
    bound_values, check_given, check_names, needs_of,
};
use crate::value::Value;

/// The compiled statements of an engine, the least recently used dropped first.
pub(super) struct PlanCache {
    plans: Mutex<LruCache<Box<[u8]>, Arc<Plan>, FixedState>>,
    size: usize,
}

pub(super) struct Plan {
    compiled: Arc<Template>,
    /// Whether its text is that for some of the values that were given.
    is_of_given: bool,
    texts: Texts,
    /// If one statement may insert many rows.
    rows: Option<Arc<RowPlan>>,
    /// If it inserts one row and gives none.
    key: Option<Arc<KeyPlan>>,
}

impl Plan {
    #[inline]
    fn finished(&self, literals: &Literals, dialect: &dyn Dialect) -> Result<Found<'_>> {
        self.texts.find(&self.compiled, literals, dialect)
    }
}

thread_local! {
    /// The buffer of the last key, so that a key costs no allocation.
    static KEY: Cell<CacheKey> = Cell::new(CacheKey::new());

    /// The same for the values. Behind a pointer, since they are several lists, which are passed on.
    static LITERALS: Cell<Option<Box<Literals>>> = const { Cell::new(None) };
}

/// Keeps the buffers for the values of the next statement. Not inlined, as what takes them.
#[inline(never)]
fn keep_literals(mut literals: Box<Literals>) {
    if literals.clear() {
        LITERALS.set(Some(literals));
    }
}

/// A finished text, by what has it: that of a plan is not copied for an execution.
pub(super) enum PlannedText {
    Plan(Arc<Plan>),
    Finished(Arc<Finished>),
    Own(Box<Statement>),
}

impl Deref for PlannedText {
    type Target = Statement;

    #[inline]
    fn deref(&self) -> &Statement {
        match self {
            Self::Plan(plan) => match plan.texts.only() {
                Some(finished) => &finished.statement,
                None => {
                    unreachable!("a plan of several texts is planned with the one that was found")
                }
            },
            Self::Finished(finished) => &finished.statement,
            Self::Own(statement) => statement,
        }
    }
}

/// A statement and its values.
pub(super) struct Planned {
    pub(super) statement: PlannedText,
    pub(super) values: Vec<Value>,
    /// Whether a statement of this text comes often enough to be kept prepared.
    pub(super) again: bool,
    /// The statements behind it, of an INSERT of more rows than one statement takes.
    pub(super) more: Option<Box<Pages>>,
    /// How the key of the row that it inserts is found.
    pub(super) key: Option<Arc<KeyPlan>>,
}

/// What is executed for many sets of parameters.
pub(super) enum PlannedMany {
    /// One statement for each.
    Each { statement: Statement, sets: Vec<Vec<Value>> },
    /// Statements of many rows.
    Pages(Pages),
    /// For each a text of its own.
    Apart(Vec<(Statement, Vec<Value>)>),
}

/// What plans with the options of one execution.
pub(super) struct Plans<'e> {
    cache: CacheOf<'e>,
    schemas: Option<&'e SchemaTranslateMap>,
}

/// The cache of an engine, one of the program's own, or one of a single execution.
enum CacheOf<'e> {
    Engine(&'e PlanCache),
    Own(Arc<PlanCache>),
    Once(Box<PlanCache>),
}

impl Deref for CacheOf<'_> {
    type Target = PlanCache;

    #[inline]
    fn deref(&self) -> &PlanCache {
        match self {
            Self::Engine(plans) => plans,
            Self::Own(plans) => plans,
            Self::Once(plans) => plans,
        }
    }
}

/// The plans of a cache of the program's own, for each dialect: what is written for one is not for another.
pub(super) struct Caches {
    size: usize,
    by_dialect: Mutex<Vec<(TextKey, Arc<PlanCache>)>>,
}

impl Caches {
    pub(super) fn new(size: usize) -> Self {
        Self { size, by_dialect: Mutex::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.by_dialect.lock().iter().map(|(_, cache)| cache.len()).sum()
    }

    pub(super) fn clear(&self) {
        self.by_dialect.lock().clear();
    }

    fn of(&self, dialect: TextKey) -> Arc<PlanCache> {
        let mut caches = self.by_dialect.lock();
        if let Some((_, cache)) = caches.iter().find(|(known, _)| *known == dialect) {
            return Arc::clone(cache);
        }
        let cache = Arc::new(PlanCache::new(self.size));
        caches.push((dialect, Arc::clone(&cache)));
        cache
    }
}

impl<'e> Plans<'e> {
    #[inline]
    pub(super) fn new(
        of_engine: &'e PlanCache,
        options: &'e ExecutionOptions,
        dialect: &dyn Dialect,
    ) -> Self {
        let cache = match options.get_compiled_in() {
            None => CacheOf::Engine(of_engine),
            Some(other) => CacheOf::other(other, dialect),
        };
        Self { cache, schemas: options.get_schema_translate_map() }
    }
}

impl CacheOf<'_> {
    #[cold]
    fn other(cache: &CompiledIn, dialect: &dyn Dialect) -> Self {
        let own = match cache {
            CompiledIn::Nothing => None,
            CompiledIn::Own(own) => own.downcast_ref::<Caches>(),
        };
        match own {
            Some(own) => Self::Own(own.of(dialect.text_key())),
            None => Self::Once(Box::new(PlanCache::new(0))),
        }
    }
}

impl PlanCache {
    pub(super) fn new(size: usize) -> Self {
        Self { plans: Mutex::new(LruCache::with_hasher(size, FixedState::with_seed(0))), size }
    }

    /// Forgets what was compiled.
    pub(super) fn clear(&self) {
        self.plans.lock().clear();
    }

    /// How many statements it has.
    pub(super) fn len(&self) -> usize {
        self.plans.lock().len()
    }

    #[inline]
    fn known(&self, key: &CacheKey) -> Option<Arc<Plan>> {
        self.plans.lock().get(key.as_bytes()).map(Arc::clone)
    }

    #[cold]
    fn keep(&self, key: &CacheKey, plan: &Arc<Plan>) {
        // Text that defines the schema is used once.
        if self.size > 0 && plan.compiled.kind() != StatementKind::Ddl {
            self.plans.lock().insert(key.as_bytes().into(), Arc::clone(plan));
        }
    }
}

impl Plans<'_> {
    /// Plans one execution, whose values are put into this empty vector or into another.
    pub(super) fn plan(
        &self,
        statement: &dyn ClauseElement,
        dialect: &dyn Dialect,
        spare: Vec<Value>,
    ) -> Result<Planned> {
        let params = statement.params();
        let (plan, mut literals) = self.find(statement, params, dialect)?;
        plan.compiled.expand(&mut literals, &[params])?;
        if literals.rows > 0
            && let Some(planned) = plan_rows(&plan, &mut literals, params, dialect)?
        {
            return Ok(planned);
        }
        let finished = plan.finished(&literals, dialect)?;
        check_names(&finished.sources, params)?;
        let values = bound_values(&finished.sources, &mut literals, &[params], spare)?;
        keep_literals(literals);
        let (shared, key) = (finished.shared(), plan.key.clone());
        let statement = shared.map_or_else(|| PlannedText::Plan(plan), PlannedText::Finished);
        Ok(Planned { statement, values, again: true, more: None, key })
    }

    /// Plans the execution for each set, as statements of at most so many rows.
    pub(super) fn plan_many(
        &self,
        statement: &dyn ClauseElement,
        mut sets: ParamSets,
        dialect: &dyn Dialect,
        page_size: usize,
    ) -> Result<PlannedMany> {
        let own = statement.params();
        let first = sets.first().unwrap_or(own);
        let (mut plan, mut literals) = self.find(statement, &names_of(own, first), dialect)?;
        if plan.compiled.reads_given() && sets.len() > 1 {
            (plan, literals) = self.find(statement, &kinds_of(own, &sets), dialect)?;
        }
        if let Some(name) = given_by_sets(plan.compiled.expanding(), &sets) {
            return Err(list_of_a_set(name));
        }
        plan.compiled.expand(&mut literals, &[own])?;
        let finished = plan.finished(&literals, dialect)?;
        check_names(&finished.sources, own)?;
        // What a set leaves to a default or to the statement, others may give.
        let mut alike = true;
        for (number, set) in sets.named().iter().enumerate() {
            if number == 0 || !set.names().eq(first.names()) {
                alike &= has_same_names(set, first);
                check_names(&finished.sources, set).map_err(|error| in_set(error, number))?;
                check_given(&finished.sources, &literals, &[set, own])
                    .map_err(|error| in_set(error, number))?;
            }
        }
        if !alike && plan.compiled.keeps_defaults() {
            return self.plan_apart(statement, sets, dialect);
        }
        let size =
            plan.rows.as_ref().and_then(|rows| rows_at_once(&rows.sources, dialect, page_size));
        if let (Some(rows), Some(size), true) = (&plan.rows, size, alike && sets.len() > 1) {
            match Pages::of_sets(rows, &literals, own, sets, size) {
                Ok(pages) => return Ok(PlannedMany::Pages(pages)),
                Err(given_back) => sets = given_back,
            }
        }
        let sets = sets.map(|number, set| {
            bound_values(&finished.sources, &mut literals.again(), &[set, own], Vec::new())
                .map_err(|error| in_sets(error, number, 1))
        })?;
        Ok(PlannedMany::Each { statement: finished.statement.clone(), sets })
    }

    /// Plans the execution for sets of which some leave to a default what others give, where that
    /// makes another statement.
    #[cold]
    fn plan_apart(
        &self,
        statement: &dyn ClauseElement,
        sets: ParamSets,
        dialect: &dyn Dialect,
    ) -> Result<PlannedMany> {
        let own = statement.params();
        let plan = |number: usize, set: &Params| {
            let names = names_of(own, set);
            let (plan, mut literals) = self.find(statement, &names, dialect)?;
            plan.compiled.expand(&mut literals, &[own])?;
            let finished = plan.finished(&literals, dialect)?;
            let values = bound_values(&finished.sources, &mut literals, &[set, own], Vec::new())
                .map_err(|error| in_sets(error, number, 1))?;
            Ok((finished.statement.clone(), values))
        };
        sets.map(plan).map(PlannedMany::Apart)
    }

    /// Not inlined: a coroutine of `may` is on another thread after a wait, and must not take the
    /// buffer of the one before.
    #[inline(never)]
    fn find(
        &self,
        statement: &dyn ClauseElement,
        names: &Params,
        dialect: &dyn Dialect,
    ) -> Result<(Arc<Plan>, Box<Literals>)> {
        // Whatever looks at the statement calls itself for each level of its expressions.
        stack::require()?;
        let mut key = KEY.take();
        key.clear();
        let mut literals = LITERALS.take().unwrap_or_default();
        if let Some(schemas) = self.schemas {
            key.schemas(schemas);
        }
        statement.cache_key(&mut key, &mut literals, names);
        let plan = match self.cache.known(&key) {
            Some(plan) if !plan.compiled.reads_given() => plan,
            Some(plan) => match (key.given(names, &literals), plan.is_of_given) {
                (false, false) => plan,
                (false, true) => self.compile(statement, &key, names, &literals, dialect)?,
                (true, _) => match self.cache.known(&key) {
                    Some(plan) => plan,
                    None => self.compile(statement, &key, names, &literals, dialect)?,
                },
            },
            None => {
                let plan = self.compile(statement, &key, names, &literals, dialect)?;
                if plan.is_of_given && key.given(names, &literals) {
                    self.cache.keep(&key, &plan);
                }
                plan
            }
        };
        KEY.set(key);
        Ok((plan, literals))
    }

    #[cold]
    fn compile(
        &self,
        statement: &dyn ClauseElement,
        key: &CacheKey,
        names: &Params,
        literals: &Literals,
        dialect: &dyn Dialect,
    ) -> Result<Arc<Plan>> {
        let compiled = match self.schemas {
            None => Arc::new(statement.compile_with(dialect, names)?),
            Some(schemas) => {
                let translating = dialect.translating(schemas.clone());
                Arc::new(statement.compile_with(&*translating, names)?)
            }
        };
        let (texts, rows) = (Texts::new(&compiled, dialect)?, RowPlan::new(&compiled));
        let row_key = match texts.only() {
            Some(finished) => KeyPlan::new(&compiled, finished, dialect)?,
            None => None,
        };
        let is_of_given = compiled.reads_given() && CacheKey::default().given(names, literals);
        let plan = Arc::new(Plan { compiled, is_of_given, texts, rows, key: row_key });
        self.cache.keep(key, &plan);
        Ok(plan)
    }
}

/// Plans the execution of rows of values; `None` if their number cannot be changed.
#[cold]
fn plan_rows(
    plan: &Arc<Plan>,
    literals: &mut Literals,
    own: &Params,
    dialect: &dyn Dialect,
) -> Result<Option<Planned>> {
    let names = plan.compiled.names();
    if let (Some(rows), true) = (&plan.rows, own.names().all(|name| names.contains(name)))
        && let Some(mut pages) = Pages::of_cells(rows, literals, own, dialect)
        && let Some(Page { statement, values, again, .. }) = pages.next(dialect)?
    {
        let more = (pages.left() > 0).then(|| Box::new(pages));
        let statement = PlannedText::Own(Box::new(statement));
        return Ok(Some(Planned { statement, values, again, more, key: None }));
    }
    Ok(None)
}

/// Whether both give values for the same names, in any order.
fn has_same_names(set: &Params, other: &Params) -> bool {
    let has_all = |one: &Params, other: &Params| one.names().all(|name| other.get(name).is_some());
    has_all(set, other) && has_all(other, set)
}

/// The statement's own values and those of a set.
fn names_of<'p>(own: &'p Params, set: &'p Params) -> Cow<'p, Params> {
    if own.is_empty() {
        return Cow::Borrowed(set);
    }
    let mut names = own.clone();
    names.extend(set.iter().map(|(name, value)| (name.clone(), value.clone())));
    Cow::Owned(names)
}

/// The statement's own values, and of each name that the first set gives the value of a set that says
/// most about what all of them need.
fn kinds_of<'p>(own: &'p Params, sets: &'p ParamSets) -> Cow<'p, Params> {
    let mut names = own.clone();
    let Some(first) = sets.first() else { return Cow::Borrowed(own) };
    for (place, name) in first.names().enumerate() {
        if let Some(value) = sets.values_of(place, name).max_by_key(|value| needs_of(value)) {
            names.extend([(name.clone(), value.clone())]);
        }
    }
    Cow::Owned(names)
}

/// How many rows one statement inserts; `None` if each has a statement of its own.
fn rows_at_once(rows: &RowSources, dialect: &dyn Dialect, page_size: usize) -> Option<usize> {
    let outside = rows.before.len() + rows.after.len();
    let most = dialect.capabilities().max_parameters.saturating_sub(outside);
    let size = most.checked_div(rows.row.len()).unwrap_or(most).min(page_size);
    (size > 1 && !matches!(rows.returned, ReturnedRows::Unordered)).then_some(size)
}

/// A bind that stands for a list, and is given by one of the sets.
fn given_by_sets<'n>(expanding: &'n [Name], sets: &ParamSets) -> Option<&'n Name> {
    expanding.iter().find(|name| sets.named().iter().any(|set| set.get(name).is_some()))
}

#[cold]
fn list_of_a_set(name: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "the bind {name:?} stands for a list, so each of several parameter sets would be a statement \
             of its own; execute it once for each, or give the list by `params` of the statement"
        ),
    )
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
        f.debug_struct("PlanCache").field("len", &self.len()).finish_non_exhaustive()
    }
}
