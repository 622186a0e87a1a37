//! Prepared statements of the engine: compiled once, for every connection.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::Engine;
use super::finished::Finished;
use crate::dbapi::{ExecutionOptions, SchemaTranslateMap, Statement};
use crate::dialect::{Dialect, TextKey};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Fetch;
use crate::sql::{
    CacheKey, ClauseElement, Executable, Held, Literals, Maker, Name, Params, Source, check_held,
    check_names,
};
use crate::value::Value;

/// A compiled statement whose rows become `T`: it skips even the look into the cache. Cheap to
/// clone, and good for every connection of its engine.
pub struct Prepared<T> {
    parts: Arc<Parts>,
    row: PhantomData<fn() -> T>,
}

/// All of a [`Prepared`] but the type of its rows.
pub(super) struct Parts {
    /// By which sessions know whether they have it prepared.
    number: u64,
    statement: Statement,
    places: Vec<Place>,
    /// What values must fit, by their places.
    held: Vec<(usize, Arc<Held>)>,
    names: Vec<Name>,
    /// Whether the given values are the values of the statement, in order.
    in_order: bool,
    /// What the text depends on.
    dialect: TextKey,
    options: Option<ExecutionOptions>,
    /// The statement, to be compiled for the dialect of a server that the engine did not know yet.
    of: Arc<dyn ClauseElement + Send + Sync>,
    /// What that gave, and the same with the schemas of other options; the one that was used last comes
    /// first.
    rewritten: Mutex<Vec<Arc<Parts>>>,
    /// The schemas that it is written with.
    schemas: Option<SchemaTranslateMap>,
}

/// How many texts of one statement are kept that have other schemas.
const MOST_REWRITTEN: usize = 64;

enum Place {
    Fixed(Value),
    Given(usize),
    /// It is made for each execution.
    Made(Maker),
}

impl Engine {
    /// Compiles a statement for [`Connection::execute_prepared`](super::Connection::execute_prepared).
    /// Its named binds are given at execution, in the order in which they first stand in it. Defaults
    /// of columns that the program makes are none of them; they are made at each execution.
    ///
    /// An engine that has not connected yet compiles for the newest version of its database; the
    /// first execution on an older one compiles the statement again.
    ///
    /// The text is made before the values are known. On MySQL a bind in an expression that nothing gives a
    /// type refuses decimal numbers, bytes and days, which would need a cast; give it a type by
    /// [`typed`](crate::sql::BindParam::typed). In [`text`](crate::sql::text()) the program writes the cast:
    /// a decimal number without one is compared as a float there.
    ///
    /// # Errors
    ///
    /// It cannot be written for this database, or it is an insert that names no column.
    pub fn prepare<E>(&self, statement: &E) -> Result<Prepared<E::Row>>
    where
        E: Executable + 'static,
    {
        statement.check_prepare()?;
        let options = match statement.own_options() {
            Some(own) => own.clone().over(&self.1),
            None => self.1.clone(),
        };
        let dialect = self.dialect_for(&options);
        let parts = Parts::new(Arc::new(statement.clone()), &*dialect, None)?;
        Ok(Prepared { parts: Arc::new(parts), row: PhantomData })
    }
}

impl Parts {
    /// `names` are the binds in the order in which their values are given, if that is known already.
    fn new(
        of: Arc<dyn ClauseElement + Send + Sync>,
        dialect: &dyn Dialect,
        names: Option<&[Name]>,
    ) -> Result<Self> {
        let statement = &*of;
        let params = statement.params();
        let mut literals = Literals::template();
        statement.cache_key(&mut CacheKey::new(), &mut literals, params);
        let compiled = statement.compile_with(dialect, params)?;
        // The text depends on how long a list is, so the statement has it.
        let has_list = |name: &&Name| params.get(name).is_some() || literals.has_default(name);
        if let Some(name) = compiled.expanding().iter().find(|name| !has_list(name)) {
            return Err(list_later(name));
        }
        compiled.expand(&mut literals, &[params])?;
        let written = compiled.names();
        let finished = Finished::new(&compiled, &literals, dialect)?;
        check_names(&finished.sources, params)?;
        let names = match names {
            Some(names) => names.to_vec(),
            None => {
                let given = |name: &Name| {
                    params.get(name).is_none()
                        && !compiled.is_default(name)
                        && !compiled.expanding().contains(name)
                };
                written.into_iter().filter(given).collect()
            }
        };
        let held = finished.sources.held().to_vec();
        let places: Vec<Place> = finished
            .sources
            .into_iter()
            .map(|source| place(source, &literals, params, &names))
            .collect();
        let in_order =
            |(at, place): (usize, &Place)| matches!(place, Place::Given(given) if *given == at);
        let in_order = places.len() == names.len() && places.iter().enumerate().all(in_order);
        let options = statement.own_options().cloned();
        Ok(Self {
            of,
            number: next_number(),
            statement: finished.statement,
            places,
            held,
            names,
            in_order,
            dialect: dialect.text_key(),
            options,
            rewritten: Mutex::default(),
            schemas: dialect.schema_translate_map().cloned(),
        })
    }
}

#[cold]
fn list_later(name: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "the bind {name:?} stands for a list, and the text of a prepared statement depends on how \
             long the list is; give it before by `params` of the statement, or execute the statement \
             without preparing it"
        ),
    )
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn place(source: Source, literals: &Literals, params: &Params, names: &[Name]) -> Place {
    if let Some(make) = literals.maker_of(&source) {
        return Place::Made(make);
    }
    match source {
        Source::Literal(index) => Place::Fixed(literals.values[index].clone()),
        Source::Listed(index) => Place::Fixed(literals.listed[index].clone()),
        Source::Cell(index) => Place::Fixed(literals.cells[index].clone()),
        Source::Named(name) => match params.get(&name) {
            Some(value) => Place::Fixed(value.clone()),
            None => match names.iter().position(|known| *known == name) {
                Some(position) => Place::Given(position),
                None => literals.maker(&name).map_or(Place::Given(0), Place::Made),
            },
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
    pub(super) fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }
}

impl Parts {
    /// The text that it runs.
    #[inline]
    pub(super) fn sql(&self) -> &str {
        self.statement.sql()
    }

    /// Whether it is written for this engine's server and with the schemas of these options.
    #[inline]
    pub(super) fn is_written_for(&self, engine: &Engine, options: &ExecutionOptions) -> bool {
        self.is_for(engine.text_key(), options.get_schema_translate_map())
    }

    #[inline]
    fn is_for(&self, dialect: &TextKey, schemas: Option<&SchemaTranslateMap>) -> bool {
        self.dialect == *dialect && self.schemas.as_ref() == schemas
    }

    /// For the dialect of this engine's server, if it was compiled before the engine knew that one, or with
    /// the schemas of these options.
    #[cold]
    pub(super) fn rewritten(
        &self,
        engine: &Engine,
        options: &ExecutionOptions,
    ) -> Result<Arc<Self>> {
        let here = engine.text_key();
        if *here != self.dialect && engine.0.base_dialect.text_key != self.dialect {
            return Err(self.foreign(*here));
        }
        let schemas = options.get_schema_translate_map();
        {
            let mut kept = self.rewritten.lock();
            if let Some(place) = kept.iter().position(|known| known.is_for(here, schemas)) {
                kept[..=place].rotate_right(1);
                return Ok(Arc::clone(&kept[0]));
            }
        }
        let (of, dialect) = (Arc::clone(&self.of), engine.dialect_for(options));
        let parts = Arc::new(Self::new(of, &*dialect, Some(&self.names))?);
        let mut kept = self.rewritten.lock();
        kept.truncate(MOST_REWRITTEN - 1);
        kept.insert(0, Arc::clone(&parts));
        Ok(parts)
    }

    #[inline]
    pub(super) fn own_options(&self) -> Option<&ExecutionOptions> {
        self.options.as_ref()
    }

    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    #[inline]
    pub(super) fn statement(&self) -> &Statement {
        &self.statement
    }

    #[inline]
    pub(super) fn bind(&self, given: Vec<Value>) -> Result<Vec<Value>> {
        let as_given = self.in_order && self.held.is_empty();
        if as_given && given.len() == self.names.len() { Ok(given) } else { self.fit(given) }
    }

    #[inline(never)]
    fn fit(&self, given: Vec<Value>) -> Result<Vec<Value>> {
        if given.len() != self.names.len() {
            return Err(self.wrong_number(given.len()));
        }
        if self.in_order {
            check_held(&self.held, &given)?;
            return Ok(given);
        }
        let value = |place: &Place| match place {
            Place::Fixed(value) => value.clone(),
            Place::Given(index) => given[*index].clone(),
            Place::Made(make) => make(),
        };
        let values: Vec<Value> = self.places.iter().map(value).collect();
        check_held(&self.held, &values)?;
        Ok(values)
    }

    #[cold]
    fn foreign(&self, here: TextKey) -> Error {
        Error::new(
            ErrorKind::Argument,
            format!(
                "the statement was prepared for {}, and this connection is of {here}; prepare it \
                 by the connection's own engine",
                self.dialect
            ),
        )
    }

    #[cold]
    fn wrong_number(&self, given: usize) -> Error {
        let names: Vec<_> = self.names.iter().map(|name| &**name).collect();
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
