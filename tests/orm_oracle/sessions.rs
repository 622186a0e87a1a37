//! What programs show of sessions and their objects.

use aludel::orm::{AnyRef, MappedClass, Object, Ref, Session, SessionOptions, State};
use serde_json::Value as Json;

use crate::shown::Shown;
use crate::trace::Trace;

/// The primary key of an object, as the record shows it; `None` if it has none yet.
pub(crate) trait Identified: MappedClass {
    fn identity(&self) -> Option<String>;
}

/// Structs whose primary key is one column that the database makes.
macro_rules! identified {
    ($($class:ty),+ $(,)?) => {$(
        impl $crate::sessions::Identified for $class {
            fn identity(&self) -> Option<String> {
                self.id.get().map(ToString::to_string)
            }
        }
    )+};
}
pub(crate) use identified;

impl Trace {
    /// A session with the usual options.
    pub(crate) fn session(&self) -> Session {
        Session::new(&self.engine)
    }

    pub(crate) fn session_with(&self, options: SessionOptions) -> Session {
        Session::with_options(&self.engine, options)
    }

    /// One that does not flush before queries.
    pub(crate) fn session_without_autoflush(&self) -> Session {
        self.session_with(SessionOptions::new().autoflush(false))
    }

    /// One whose objects are not expired by a commit.
    pub(crate) fn session_without_expiry(&self) -> Session {
        self.session_with(SessionOptions::new().expire_on_commit(false))
    }

    /// How an object stands to a session.
    pub(crate) fn state<T>(&self, label: &str, session: &Session, key: &Ref<T>) {
        let state = match session.state(key) {
            Some(State::Pending) => "pending",
            Some(State::Persistent) => "persistent",
            Some(State::Deleted) => "deleted",
            Some(State::Detached) | None => "detached",
        };
        self.show(&format!("{label} state"), state);
    }

    /// The fields of an object whose values are in memory.
    pub(crate) fn loaded<T: MappedClass>(&self, label: &str, session: &Session, key: &Ref<T>) {
        let Some(value) = session.peek(key).filter(|_| !session.is_expired(key)) else {
            return self.show(&format!("{label} loaded"), Vec::<String>::new());
        };
        let mapper = T::mapper();
        let columns = mapper.fields().iter().enumerate();
        let columns = columns.filter(|(place, _)| value.column(*place).is_some());
        let relationships = mapper.relationship_names().enumerate();
        let relationships = relationships.filter(|(place, _)| value.links(*place).is_loaded());
        let names = columns.map(|(_, name)| *name).chain(relationships.map(|(_, name)| name));
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        self.show(&format!("{label} loaded"), names);
    }

    /// A value that no session has is transient, or detached if it was an object of one.
    pub(crate) fn value_state(&self, label: &str, state: &'static str) {
        self.show(&format!("{label} state"), state);
    }
}

/// An object with its class and its identity.
pub(crate) fn named<T: Identified>(session: &Session, key: &Ref<T>) -> Json {
    let is_new = session.state(key) == Some(State::Pending);
    let identity = session.peek(key).filter(|_| !is_new).and_then(Identified::identity);
    let class = key.any().class_name();
    Json::from(format!("{class}({})", identity.as_deref().unwrap_or("new")))
}

/// The same of each.
pub(crate) fn all_named<'k, T: Identified + 'k>(
    session: &Session,
    keys: impl IntoIterator<Item = &'k Ref<T>>,
) -> Json {
    keys.into_iter().map(|key| named(session, key)).collect()
}

/// The same of objects whose class is not known, which are all of one.
pub(crate) fn any_named<T: Identified>(session: &Session, keys: &[AnyRef]) -> Json {
    let named = |key: &AnyRef| named(session, &key.of::<T>().expect("an object of the class"));
    keys.iter().map(named).collect()
}

/// `None` is null.
pub(crate) fn maybe_named<T: Identified>(session: &Session, key: Option<&Ref<T>>) -> Json {
    key.map(|key| named(session, key)).shown()
}
