//! One key or several: what `read` and `edit` take.

use super::Session;
use crate::error::Result;
use crate::orm::class::{MappedClass, downcast_mut};
use crate::orm::key::{AnyRef, Ref};

/// One key, a pair, a triple or an array of keys: `session.edit((&x, &y))?`.
pub trait Keys {
    /// What is read: `&T`, or the same of each.
    type Shared<'s>;
    /// What is edited: `&mut T`, or the same of each.
    type Unique<'s>;

    /// The keys.
    fn each(&self, to: &mut dyn FnMut(&AnyRef));

    /// The objects.
    ///
    /// # Errors
    ///
    /// One of them is not in this session.
    fn shared(self, session: &Session) -> Result<Self::Shared<'_>>;

    /// The objects, to change them.
    ///
    /// # Errors
    ///
    /// One of them is not in this session, or stands here twice.
    fn unique(self, session: &mut Session) -> Result<Self::Unique<'_>>;
}

impl<T: MappedClass> Keys for &Ref<T> {
    type Shared<'s> = &'s T;
    type Unique<'s> = &'s mut T;

    fn each(&self, to: &mut dyn FnMut(&AnyRef)) {
        to(self.any());
    }

    fn shared(self, session: &Session) -> Result<&T> {
        session.0.store.get(self)
    }

    fn unique(self, session: &mut Session) -> Result<&mut T> {
        session.0.store.edit(self)
    }
}

impl<T: MappedClass, const N: usize> Keys for [&Ref<T>; N] {
    type Shared<'s> = [&'s T; N];
    type Unique<'s> = [&'s mut T; N];

    fn each(&self, to: &mut dyn FnMut(&AnyRef)) {
        self.iter().for_each(|key| to(key.any()));
    }

    fn shared(self, session: &Session) -> Result<[&T; N]> {
        for key in self {
            session.0.store.get(key)?;
        }
        Ok(self.map(|key| known(session.0.store.get(key).ok())))
    }

    fn unique(self, session: &mut Session) -> Result<[&mut T; N]> {
        let objects = session.0.store.edit_many(self.map(Ref::any))?;
        Ok(objects.map(|object| known(downcast_mut(object))))
    }
}

macro_rules! tuples_of_keys {
    ($($class:ident $at:tt),+) => {
        impl<$($class: MappedClass),+> Keys for ($(&Ref<$class>,)+) {
            type Shared<'s> = ($(&'s $class,)+);
            type Unique<'s> = ($(&'s mut $class,)+);

            fn each(&self, to: &mut dyn FnMut(&AnyRef)) {
                $(to(self.$at.any());)+
            }

            fn shared(self, session: &Session) -> Result<($(&$class,)+)> {
                Ok(($(session.0.store.get(self.$at)?,)+))
            }

            fn unique(self, session: &mut Session) -> Result<($(&mut $class,)+)> {
                let objects = session.0.store.edit_many([$(self.$at.any()),+])?;
                let mut objects = objects.into_iter();
                Ok(($(known(objects.next().and_then(downcast_mut::<$class>)),)+))
            }
        }
    };
}
tuples_of_keys!(A 0, B 1);
tuples_of_keys!(A 0, B 1, C 2);
tuples_of_keys!(A 0, B 1, C 2, D 3);

/// What is there: the key has the type of its object.
fn known<T>(object: Option<T>) -> T {
    match object {
        Some(object) => object,
        None => unreachable!("the type of a key is that of its object"),
    }
}
