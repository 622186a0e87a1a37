//! Keys: how a program holds an object that a session has.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Which session it is. No two of a program are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(u64);

impl SessionId {
    pub(in crate::orm) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Which mapped struct it is.
#[derive(Debug, Clone, Copy)]
pub(in crate::orm) struct Class {
    number: u32,
    name: &'static str,
}

impl Class {
    /// One that no other is. `path` is the struct's name with its modules.
    pub(in crate::orm) fn new(path: &'static str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = path.rsplit("::").next().unwrap_or(path);
        Self { number: u32::try_from(number).unwrap_or(u32::MAX), name }
    }

    /// The name of the struct, without its modules.
    pub(in crate::orm) fn name(self) -> &'static str {
        self.name
    }

    pub(in crate::orm) fn number(self) -> u32 {
        self.number
    }
}

impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Class {}

impl Hash for Class {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

#[derive(Debug)]
struct Key {
    session: SessionId,
    class: Class,
    slot: u32,
}

/// The key of an object of any mapped struct: what lists of a session's objects consist of.
///
/// [`of`](Self::of) asks whether it is one of a certain struct.
#[derive(Clone)]
pub struct AnyRef(Arc<Key>);

impl AnyRef {
    pub(in crate::orm) fn new(session: SessionId, class: Class, slot: u32) -> Self {
        Self(Arc::new(Key { session, class, slot }))
    }

    pub(in crate::orm) fn class(&self) -> Class {
        self.0.class
    }

    pub(in crate::orm) fn slot(&self) -> usize {
        self.0.slot as usize
    }

    /// The number of its place in the session.
    pub(in crate::orm) fn number(&self) -> u32 {
        self.0.slot
    }

    /// How many keys of the object there are.
    pub(in crate::orm) fn count(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// The name of the mapped struct, without its modules.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        self.0.class.name()
    }

    /// The session that has, or had, the object.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.0.session
    }
}

impl PartialEq for AnyRef {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for AnyRef {}

impl Hash for AnyRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl fmt::Debug for AnyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.0.class.name(), self.0.slot)
    }
}

/// The key of an object of the mapped struct `T` that a [`Session`](super::Session) has.
///
/// The object itself stays in the session: `session[&user].name`, [`read`](super::Session::read),
/// [`edit`](super::Session::edit). Two keys are equal if they are those of one object, and for one row a
/// session has one object. A key is small, cheap to clone, and counted: an object that nobody has a key of,
/// and that has no changes, is forgotten.
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
/// session.flush()?;
/// assert_eq!(session.get::<User>(1)?, Some(sandy));
/// # Ok::<(), aludel::Error>(())
/// ```
pub struct Ref<T> {
    key: AnyRef,
    class: PhantomData<fn() -> T>,
}

impl<T> Ref<T> {
    /// Who calls it knows that the object is a `T`.
    pub(in crate::orm) fn new(key: AnyRef) -> Self {
        Self { key, class: PhantomData }
    }

    /// The same key without its type.
    #[must_use]
    pub fn any(&self) -> &AnyRef {
        &self.key
    }

    /// The session that has, or had, the object.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.key.session_id()
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        Self::new(self.key.clone())
    }
}

impl<T> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Ref<T> {}

impl<T> Hash for Ref<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl<T> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

impl<T> From<Ref<T>> for AnyRef {
    fn from(of: Ref<T>) -> Self {
        of.key
    }
}

impl<T> From<&Ref<T>> for AnyRef {
    fn from(of: &Ref<T>) -> Self {
        of.key.clone()
    }
}
