//! Values that stand for rows: merging them into objects, and attaching them as objects.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::{Inner, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::class::MappedClass;
use crate::orm::identity::Identity;
use crate::orm::key::{AnyRef, Class, Ref};
use crate::orm::loading;
use crate::orm::mapper::{Mapper, Relationship};
use crate::orm::object::{Given, Object, keys_of};
use crate::orm::store::Store;
use crate::value::Value;

impl Session {
    /// Copies a value onto the object with its primary key, which is loaded if the session has not got it, and
    /// gives that object. Where there is none, the value is added as a new one.
    ///
    /// What the value has not got stays as it is: an [`Auto`](crate::sql::Auto) without a value, a relationship that is
    /// not loaded. The values in a relationship are merged as well, if it has the cascade `merge`, as it has unless
    /// the attribute says otherwise; without that the relationship stays as it is. Changes are flushed first.
    ///
    /// ```
    /// use aludel::orm::Session;
    /// use aludel::{Auto, Mapped, MetaData, create_engine};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let engine = create_engine("sqlite://")?;
    /// engine.begin(|conn| MetaData::new().with::<User>().create_all(conn))?;
    /// let mut session = Session::new(&engine);
    /// let sandy = session.add(User { id: Auto::unset(), name: "sandy".into() })?;
    /// session.commit()?;
    ///
    /// let merged = session.merge(User { id: 1.into(), name: "patrick".into() })?;
    /// assert_eq!(merged, sandy);
    /// assert_eq!(session[&sandy].name, "patrick");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush) and [`get`](Self::get); [`StaleData`](ErrorKind::StaleData) if the value is of another
    /// version than the object.
    pub fn merge<T: MappedClass>(&mut self, value: T) -> Result<Ref<T>> {
        let mut merged = None;
        let value: Box<dyn Object> = Box::new(value);
        self.merge_objects(&mut std::iter::once(value), &mut |key| merged = Some(key))?;
        match merged {
            Some(key) => Ok(Ref::new(key)),
            None => unreachable!("what is merged becomes an object"),
        }
    }

    /// The same for several, in their order. Changes are flushed once, before the first. Values with the same primary
    /// key are one object.
    ///
    /// # Errors
    ///
    /// As [`merge`](Self::merge); those before the one that fails are merged.
    pub fn merge_all<T: MappedClass>(
        &mut self,
        values: impl IntoIterator<Item = T>,
    ) -> Result<Vec<Ref<T>>> {
        let mut merged = Vec::new();
        let mut values = values.into_iter().map(|value| -> Box<dyn Object> { Box::new(value) });
        self.merge_objects(&mut values, &mut |key| merged.push(Ref::new(key)))?;
        Ok(merged)
    }

    /// Takes a value in that is known to be a row, without asking the database: work on rows that a program has in
    /// another way, such as from a cache. Only what is changed afterwards is written. The values in its
    /// relationships are taken in alike.
    ///
    /// What the database makes and the value has not got is loaded when the object is [read](Self::read).
    ///
    /// ```
    /// use aludel::orm::{Session, State};
    /// use aludel::{Auto, Mapped, MetaData, create_engine, text};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let engine = create_engine("sqlite://")?;
    /// engine.begin(|conn| {
    ///     MetaData::new().with::<User>().create_all(conn)?;
    ///     conn.execute(text("insert into users (name) values ('sandy')"))?;
    ///     Ok(())
    /// })?;
    /// let mut session = Session::new(&engine);
    /// let sandy = session.attach(User { id: 1.into(), name: "sandy".into() })?;
    /// assert_eq!(session.state(&sandy), Some(State::Persistent));
    /// session[&sandy].name.push('!');
    /// session.commit()?;
    /// assert_eq!(session.read(&sandy)?.name, "sandy!");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if its primary key, or that of a value in it, is not known, or if
    /// the session has an object with it.
    pub fn attach<T: MappedClass>(&mut self, value: T) -> Result<Ref<T>> {
        self.0.store.settle()?;
        check_attached(&self.0.store, &value)?;
        attach(&mut self.0, Box::new(value)).map(Ref::new)
    }

    fn merge_objects(
        &mut self,
        values: &mut dyn Iterator<Item = Box<dyn Object>>,
        to: &mut dyn FnMut(AnyRef),
    ) -> Result<()> {
        self.0.check()?;
        self.0.flush_first()?;
        self.no_autoflush(|session| {
            let mut merge = Merge { inner: &mut session.0, seen: HashMap::default() };
            for value in values {
                to(merge.value(value)?);
            }
            Ok(())
        })
    }
}

/// One merge, of a value and all that is nested in it.
struct Merge<'m> {
    inner: &'m mut Inner,
    /// What values with these keys have become: two may have the same one.
    seen: HashMap<(Class, Identity), AnyRef, FixedState>,
}

impl Merge<'_> {
    fn value(&mut self, mut value: Box<dyn Object>) -> Result<AnyRef> {
        let mapper = value.mapper();
        let nested = take_nested(mapper, &mut *value)?;
        let key = match mapper.key_of(&*value) {
            None => self.inner.store.add(value)?,
            Some(values) => self.with_key(mapper, values, value)?,
        };
        for (relationship, given) in nested {
            // What it referred to before must be known, so that the other sides follow; and those whose keys are
            // given are mostly among them.
            self.inner.load_for(std::slice::from_ref(&key), relationship)?;
            let mut keys = Vec::with_capacity(given.len());
            for given in given {
                keys.push(match given {
                    Given::New(value) => self.value(value)?,
                    Given::Ref(key) => {
                        self.inner.store.attached(&key)?;
                        key
                    }
                });
            }
            self.relationship(&key, relationship, keys)?;
        }
        Ok(key)
    }

    fn with_key(
        &mut self,
        mapper: &'static Mapper,
        values: Vec<Value>,
        value: Box<dyn Object>,
    ) -> Result<AnyRef> {
        let identity = Identity::of(&values);
        let id = (mapper.class(), identity.clone());
        let known = match self.seen.get(&id) {
            Some(key) => Some(key.clone()),
            None => {
                loading::get(self.inner, mapper, &values, &identity, &loading::GetOptions::new())?
            }
        };
        let key = match known {
            Some(key) => {
                self.check_version(mapper, &key, &*value)?;
                self.copy(mapper, &key, &*value)?;
                key
            }
            None => self.inner.store.add(value)?,
        };
        self.seen.insert(id, key.clone());
        Ok(key)
    }

    /// That the value is of the same state of the row as the object.
    fn check_version(&self, mapper: &Mapper, key: &AnyRef, value: &dyn Object) -> Result<()> {
        let Some(version) = mapper.version() else { return Ok(()) };
        let slot = self.inner.store.slot(key)?;
        let known = slot.known().and_then(|object| object.column(version.place));
        match (value.column(version.place), known) {
            (Some(given), Some(known)) if given != known => Err(Error::new(
                ErrorKind::StaleData,
                format!(
                    "the value that is merged into {key:?} is of another version of its row: somebody has changed \
                     that since the value was read; take a new snapshot and decide again"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Copies the columns that the value has.
    fn copy(&mut self, mapper: &Mapper, key: &AnyRef, value: &dyn Object) -> Result<()> {
        let store = &mut self.inner.store;
        for place in 0..mapper.width() {
            let Some(given) = value.column(place) else { continue };
            if mapper.is_key(place)
                || store.slot(key)?.object().column(place).as_ref() == Some(&given)
            {
                continue;
            }
            store.touch(key)?;
            store.slot_mut(key)?.object_mut().set_column(place, given.as_ref())?;
        }
        Ok(())
    }

    fn relationship(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
        mut keys: Vec<AnyRef>,
    ) -> Result<()> {
        let mut seen = HashSet::<AnyRef, FixedState>::default();
        keys.retain(|key| seen.insert(key.clone()));
        let links = self.inner.store.slot(key)?.object().links(relationship.place);
        if links.is_loaded() && keys_of(links) == keys {
            return Ok(());
        }
        self.inner.store.set_links(key, relationship, keys)
    }
}

/// What the relationships of a value were given.
type Nested = Vec<(&'static Relationship, Vec<Given>)>;

/// Takes what the relationships of a value were given, of those along which a merge goes on. All are unloaded then.
fn take_nested(mapper: &'static Mapper, value: &mut dyn Object) -> Result<Nested> {
    let mut nested = Vec::new();
    for relationship in mapper.relationships()? {
        let links = value.links_mut(relationship.place);
        if links.is_loaded() && relationship.cascade.merge && !relationship.viewonly {
            nested.push((relationship, links.take_given()));
        }
        links.unload();
    }
    Ok(nested)
}

/// That a value can be attached with all that is nested in it: nothing of it is attached if not.
fn check_attached(store: &Store, value: &dyn Object) -> Result<()> {
    let mut seen = HashSet::<(Class, Identity), FixedState>::default();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        let mapper = value.mapper();
        let class = mapper.class_name();
        let Some(identity) = mapper.identity_of(value) else {
            return Err(refused(format!(
                "a `{class}` cannot be attached without its primary key; add() takes new values in"
            )));
        };
        if store.find(mapper, &identity).is_some() {
            return Err(refused(format!(
                "the session has an object of `{class}` with this primary key already; merge() copies the value onto it"
            )));
        }
        if !seen.insert((mapper.class(), identity)) {
            return Err(refused(format!(
                "two values of `{class}` that are attached together have one primary key; merge() makes one object of \
                 them"
            )));
        }
        for relationship in mapper.relationships()? {
            let links = value.links(relationship.place);
            links.each_new(&mut |new| open.push(new));
            keys_of(links).iter().try_for_each(|key| store.attached(key).map(drop))?;
        }
    }
    Ok(())
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}

fn attach(inner: &mut Inner, mut value: Box<dyn Object>) -> Result<AnyRef> {
    let mapper = value.mapper();
    let Some(identity) = mapper.identity_of(&*value) else {
        return Err(Error::new(ErrorKind::Internal, "a value without a key passed the check"));
    };
    let mut related = Vec::new();
    for relationship in mapper.relationships()? {
        let links = value.links_mut(relationship.place);
        if links.is_loaded() {
            related.push((relationship.place, links.take_given()));
        }
        links.unload();
    }
    let is_whole = (0..mapper.width()).all(|place| value.column(place).is_some());
    let key = inner.store.add_loaded(mapper, identity, value, None);
    if !is_whole {
        inner.store.slot_mut(&key)?.expire();
    }
    for (place, given) in related {
        let mut keys = Vec::with_capacity(given.len());
        for given in given {
            match given {
                Given::New(value) => keys.push(attach(inner, value)?),
                Given::Ref(key) => {
                    inner.store.attached(&key)?;
                    keys.push(key);
                }
            }
        }
        inner.store.fill(&key, place, keys);
    }
    Ok(key)
}
