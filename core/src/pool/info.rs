//! What a program keeps with a session of the database.

use std::any::{Any, TypeId, type_name};
use std::fmt;

/// Values of the program's own that are kept with a session, at most one of each type. SQLAlchemy calls
/// it `info`.
///
/// They live as long as the session: a connection that is given back keeps them, and one that
/// is made in place of another begins without. Listeners get them with each event of the pool, and
/// a program by [`Connection::info`](crate::Connection::info).
///
/// # Examples
///
/// ```
/// use aludel::{create_engine, event, pool, text};
///
/// struct OpenedAs(i64);
///
/// let engine = create_engine("sqlite://")?;
/// event::listen(&engine, |e: &mut pool::Connect<'_>| {
///     e.info.insert(OpenedAs(7));
///     Ok(())
/// });
/// let mut conn = engine.connect()?;
/// assert_eq!(conn.info()?.get::<OpenedAs>().map(|opened| opened.0), Some(7));
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Default)]
pub struct Info(Vec<Entry>);

struct Entry {
    key: TypeId,
    name: &'static str,
    value: Box<dyn Any + Send>,
}

impl Info {
    /// The value of a type.
    #[must_use]
    pub fn get<T: Any + Send>(&self) -> Option<&T> {
        self.0.iter().find_map(|entry| entry.value.downcast_ref())
    }

    /// The value of a type, to be changed in place.
    pub fn get_mut<T: Any + Send>(&mut self) -> Option<&mut T> {
        self.0.iter_mut().find_map(|entry| entry.value.downcast_mut())
    }

    /// Keeps a value, and returns the one of this type that was there.
    pub fn insert<T: Any + Send>(&mut self, value: T) -> Option<T> {
        let before = self.remove();
        let (key, name) = (TypeId::of::<T>(), type_name::<T>());
        self.0.push(Entry { key, name, value: Box::new(value) });
        before
    }

    /// Takes the value of a type out.
    pub fn remove<T: Any + Send>(&mut self) -> Option<T> {
        let at = self.0.iter().position(|entry| entry.key == TypeId::of::<T>())?;
        self.0.swap_remove(at).value.downcast().ok().map(|value| *value)
    }
}

/// Shows the types, and not the values, which the program may want to keep secret.
impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|entry| entry.name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Info;

    #[test]
    fn one_value_of_each_type_is_kept() {
        let mut info = Info::default();
        assert_eq!(info.insert(1_i32), None);
        assert_eq!(info.insert("secret"), None);
        assert_eq!(info.insert(2_i32), Some(1));
        assert_eq!((info.get(), info.get()), (Some(&2_i32), Some(&"secret")));
        *info.get_mut::<i32>().unwrap() += 1;
        assert_eq!(info.get::<i64>(), None);
        assert_eq!(format!("{info:?}"), r#"{"&str", "i32"}"#);
        assert_eq!((info.remove::<i32>(), info.remove::<i32>()), (Some(3), None));
        assert_eq!(info.get(), Some(&"secret"));
    }
}
