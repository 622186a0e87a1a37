//! Relationships as programs name them: `User::c.addresses`.

use std::fmt;
use std::marker::PhantomData;

use super::class::MappedClass;
use super::key::{AnyRef, Ref};
use crate::sql::MappedAlias;

macro_rules! relations {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        pub struct $name<P, C> {
            place: usize,
            alias: Option<MappedAlias>,
            sides: PhantomData<fn() -> (P, C)>,
        }

        impl<P, C> $name<P, C> {
            /// The relationship at a place of `P`, of its table or of an alias of it. `#[derive(Mapped)]` calls it.
            #[must_use]
            pub const fn new(alias: Option<MappedAlias>, place: usize) -> Self {
                Self { place, alias, sides: PhantomData }
            }

            pub(in crate::orm) fn alias(self) -> Option<MappedAlias> {
                self.alias
            }

            /// Its place among the relationships of `P`.
            pub(in crate::orm) fn at(self) -> usize {
                self.place
            }
        }

        impl<P, C> Clone for $name<P, C> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<P, C> Copy for $name<P, C> {}

        impl<P: MappedClass, C> fmt::Debug for $name<P, C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let name = P::RELATIONSHIPS[self.place].definition().name();
                write!(f, "{}::{name}", P::mapper().class_name())
            }
        }
    )*};
}
relations! {
    /// A relationship of `P` that refers to one `C`, or to none: `Address::c.user`.
    ToOne;
    /// A relationship of `P` that refers to any number of `C`: `User::c.addresses`.
    ToMany;
}

/// A relationship of the mapped struct `P`: what [`load`](super::Session::load) takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relationship of `{P}`",
    label = "expected a relationship that starts at `{P}`",
    note = "relationships are the fields of the types `One` and `Many`: `{P}::c.name`"
)]
pub trait Relation<P>: Copy {
    /// What it refers to.
    type Target: MappedClass;
    /// What a load gives: an `Option` of a key, or all keys.
    type Loaded;

    /// Its place among the relationships of `P`.
    #[doc(hidden)]
    fn place(self) -> usize;

    /// What a load gives.
    #[doc(hidden)]
    fn loaded(keys: Vec<AnyRef>) -> Self::Loaded;
}

impl<P: MappedClass, C: MappedClass> Relation<P> for ToOne<P, C> {
    type Target = C;
    type Loaded = Option<Ref<C>>;

    fn place(self) -> usize {
        self.place
    }

    fn loaded(keys: Vec<AnyRef>) -> Option<Ref<C>> {
        keys.into_iter().next().map(Ref::new)
    }
}

impl<P: MappedClass, C: MappedClass> Relation<P> for ToMany<P, C> {
    type Target = C;
    type Loaded = Vec<Ref<C>>;

    fn place(self) -> usize {
        self.place
    }

    fn loaded(keys: Vec<AnyRef>) -> Vec<Ref<C>> {
        keys.into_iter().map(Ref::new).collect()
    }
}
