//! Events of mapped structs: before and after the rows of their objects are written.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use parking_lot::RwLock;

use super::class::{MappedClass, downcast_mut};
use super::key::Class;
use super::object::Object;
use crate::engine::Connection;
use crate::error::Result;
use crate::event::{Chain, Event, Listener, Listening, Target, event};

/// An object whose row is written, without its type.
#[doc(hidden)]
#[derive(Debug)]
pub struct WrittenObject<'a> {
    object: Written<'a>,
    connection: &'a mut Connection,
}

struct Written<'a>(&'a mut dyn Object);

impl std::fmt::Debug for Written<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.mapper().class_name())
    }
}

event! {
    /// The family of [`WrittenObject`].
    WrittenObjectEvent = WrittenObject
}

/// When an event of a mapped struct happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum HookKind {
    BeforeInsert,
    AfterInsert,
    BeforeUpdate,
    AfterUpdate,
    BeforeDelete,
    AfterDelete,
}

/// The listeners of one mapped struct.
#[derive(Debug, Default)]
struct Hooks([Chain<WrittenObjectEvent>; 6]);

impl Target<WrittenObjectEvent> for (&Hooks, HookKind) {
    fn chain(&self) -> &Chain<WrittenObjectEvent> {
        &self.0.0[self.1 as usize]
    }
}

/// Whether anybody ever listened, so that a program without listeners pays one look for each batch.
static ANY: AtomicBool = AtomicBool::new(false);

static HOOKS: LazyLock<RwLock<HashMap<Class, Arc<Hooks>>>> = LazyLock::new(RwLock::default);

fn hooks_of(class: Class) -> Arc<Hooks> {
    ANY.store(true, Ordering::Release);
    Arc::clone(HOOKS.write().entry(class).or_default())
}

/// What listens to one event of one mapped struct; `None` if nobody does.
pub(in crate::orm) struct Hook(Arc<Hooks>, HookKind);

impl Hook {
    pub(in crate::orm) fn find(class: Class, kind: HookKind) -> Option<Self> {
        if !ANY.load(Ordering::Acquire) {
            return None;
        }
        let hooks = HOOKS.read().get(&class).cloned()?;
        hooks.0[kind as usize].has_listeners().then_some(Self(hooks, kind))
    }

    /// Calls the listeners.
    pub(in crate::orm) fn fire(
        &self,
        object: &mut dyn Object,
        connection: &mut Connection,
    ) -> Result<()> {
        connection.lend(|connection| {
            let mut event = WrittenObject { object: Written(object), connection };
            self.0.0[self.1 as usize].fire(&mut event)
        })
    }
}

/// An event of a mapped struct: `before_insert` and the like.
pub trait ClassEvent: Event {
    /// The struct.
    type Class: MappedClass;

    #[doc(hidden)]
    const KIND: HookKind;

    #[doc(hidden)]
    fn of<'a>(target: &'a mut Self::Class, connection: &'a mut Connection) -> Self::Of<'a>;
}

/// Listens to an event of a mapped struct, which the closure's argument names, in all sessions of the program.
///
/// The closure has the object, and the connection on which its row is written and on which it may run SQL. It has
/// not got the session, which is in the middle of a flush: what is to be added or deleted is added or deleted by
/// [`BeforeFlush`](super::BeforeFlush).
///
/// ```
/// use aludel::orm::{BeforeInsert, Session, listen_for};
/// use aludel::{Auto, Mapped, MetaData, create_engine};
///
/// #[derive(Mapped)]
/// #[aludel(table = "posts")]
/// struct Post {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     title: String,
///     slug: String,
/// }
///
/// listen_for(|event: &mut BeforeInsert<'_, Post>| {
///     event.target.slug = event.target.title.to_lowercase().replace(' ', "-");
///     Ok(())
/// });
///
/// let engine = create_engine("sqlite://")?;
/// engine.begin(|conn| MetaData::new().with::<Post>().create_all(conn))?;
/// let mut session = Session::new(&engine);
/// let post = Post { id: Auto::unset(), title: "A Title".into(), slug: String::new() };
/// let post = session.add(post)?;
/// session.flush()?;
/// assert_eq!(session[&post].slug, "a-title");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn listen_for<K: ClassEvent>(listener: impl Listener<K>) -> ClassListening {
    let class = <K::Class as MappedClass>::mapper().class();
    let hear = move |event: &mut WrittenObject<'_>| match downcast_mut::<K::Class>(event.object.0) {
        Some(target) => listener.hear(&mut K::of(target, event.connection)),
        None => unreachable!("the hooks of a class are called with its objects"),
    };
    let hooks = hooks_of(class);
    let listening = crate::event::listen(&(&*hooks, K::KIND), hear);
    ClassListening { class, kind: K::KIND, listening }
}

/// Names a listener of a mapped struct, to remove it.
#[derive(Debug)]
pub struct ClassListening {
    class: Class,
    kind: HookKind,
    listening: Listening<WrittenObjectEvent>,
}

impl ClassListening {
    /// Removes the listener. An event that is being delivered may still reach it.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if it was removed before.
    pub fn remove(&self) -> Result<()> {
        let hooks = hooks_of(self.class);
        crate::event::remove(&(&*hooks, self.kind), &self.listening)
    }
}

macro_rules! class_events {
    ($($(#[$meta:meta])* $event:ident, $kind:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $event<'a, T> {
            /// The object.
            pub target: &'a mut T,
            /// The connection on which its row is written; a listener may run SQL on it.
            pub connection: &'a mut Connection,
        }

        /// The family of the event of the same name.
        #[derive(Debug)]
        pub struct $kind<T>(PhantomData<fn() -> T>);

        impl<T: MappedClass> Event for $kind<T> {
            type Of<'a> = $event<'a, T>;
        }

        impl<T: MappedClass> ClassEvent for $kind<T> {
            type Class = T;
            const KIND: HookKind = HookKind::$event;

            fn of<'a>(target: &'a mut T, connection: &'a mut Connection) -> $event<'a, T> {
                $event { target, connection }
            }
        }

        impl<T, F> Listener<$kind<T>> for F
        where
            T: MappedClass,
            F: for<'a, 'e> Fn(&'a mut $event<'e, T>) -> Result<()> + Send + Sync + 'static,
        {
            fn hear(&self, event: &mut $event<'_, T>) -> Result<()> {
                self(event)
            }
        }
    )*};
}
class_events! {
    /// A row is about to be inserted. What a listener changes of the object is written with it.
    BeforeInsert, BeforeInsertEvent;
    /// A row was inserted; the object has its key.
    AfterInsert, AfterInsertEvent;
    /// The row of an object that was touched is about to be updated, or not, if no column has changed. What a listener
    /// changes of the object is written with it.
    BeforeUpdate, BeforeUpdateEvent;
    /// The flush has come past the UPDATE of an object that was touched.
    AfterUpdate, AfterUpdateEvent;
    /// A row is about to be deleted.
    BeforeDelete, BeforeDeleteEvent;
    /// A row was deleted.
    AfterDelete, AfterDeleteEvent;
}
