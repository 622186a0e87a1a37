//! What needs no database, and so no `await`.

use std::ops::{Index, IndexMut};

use aludel_core::Result;
use aludel_core::orm::{
    AnyRef, IntoLinked, Item, Keys, MappedClass, Ref, SessionId, SessionInfo, State, ToMany, ToOne,
};
use aludel_core::sql::{Col, ColumnType};

use super::AsyncSession;
use crate::strategy::Strategy;

macro_rules! forwarded {
    ($(
        $(#[$meta:meta])*
        fn $name:ident[$($generics:tt)*](&mut self $(, $arg:ident: $ty:ty)*) -> Result<$out:ty>;
    )*) => {
        impl<S: Strategy> AsyncSession<S> {
            $(
                #[doc = concat!("As [`Session::", stringify!($name), "`](aludel_core::orm::Session::", stringify!($name), ").")]
                ///
                /// # Errors
                ///
                #[doc = concat!(
                    "As [`Session::", stringify!($name), "`](aludel_core::orm::Session::", stringify!($name),
                    "), and [`InvalidRequest`](aludel_core::ErrorKind::InvalidRequest) while a call whose future was \
                     dropped still runs."
                )]
                pub fn $name<$($generics)*>(&mut self $(, $arg: $ty)*) -> Result<$out> {
                    self.at_home_mut()?.$name($($arg),*)
                }
            )*
        }
    };
}
forwarded! {
    fn add[T: MappedClass](&mut self, item: impl Into<Item<T>>) -> Result<Ref<T>>;
    fn add_all[T: MappedClass, I: Into<Item<T>>](
        &mut self,
        items: impl IntoIterator<Item = I>
    ) -> Result<Vec<Ref<T>>>;
    fn attach[T: MappedClass](&mut self, value: T) -> Result<Ref<T>>;
    fn expunge[T: MappedClass](&mut self, key: &Ref<T>) -> Result<T>;
    fn set[T: MappedClass, V: ColumnType](
        &mut self,
        key: &Ref<T>,
        column: Col<T, V>,
        value: impl Into<V>
    ) -> Result<()>;
    fn push[P: MappedClass, C: MappedClass](
        &mut self,
        parent: &Ref<P>,
        relation: ToMany<P, C>,
        child: impl Into<Item<C>>
    ) -> Result<Ref<C>>;
    fn remove[P: MappedClass, C: MappedClass](
        &mut self,
        parent: &Ref<P>,
        relation: ToMany<P, C>,
        child: &Ref<C>
    ) -> Result<()>;
    fn link[P: MappedClass, C: MappedClass](
        &mut self,
        parent: &Ref<P>,
        relation: ToOne<P, C>,
        to: impl IntoLinked<C>
    ) -> Result<()>;
    fn expire[T: MappedClass](&mut self, key: &Ref<T>) -> Result<()>;
    fn expire_all[](&mut self) -> Result<()>;
}

impl<S: Strategy> AsyncSession<S> {
    /// As [`Session::snapshot`](aludel_core::orm::Session::snapshot).
    ///
    /// # Errors
    ///
    /// As [`Session::snapshot`](aludel_core::orm::Session::snapshot), and
    /// [`InvalidRequest`](aludel_core::ErrorKind::InvalidRequest) while a call whose future was dropped still runs.
    pub fn snapshot<T: MappedClass>(&self, key: &Ref<T>) -> Result<T> {
        self.at_home()?.snapshot(key)
    }

    /// As [`Session::read`](aludel_core::orm::Session::read). What is not expired is there at once.
    ///
    /// # Errors
    ///
    /// As [`Session::read`](aludel_core::orm::Session::read).
    pub async fn read<K: Keys>(&mut self, keys: K) -> Result<K::Shared<'_>> {
        self.freshen(&keys).await?;
        keys.shared(self.at_home()?)
    }

    /// As [`Session::edit`](aludel_core::orm::Session::edit). What is not expired is there at once.
    ///
    /// # Errors
    ///
    /// As [`Session::edit`](aludel_core::orm::Session::edit).
    pub async fn edit<K: Keys>(&mut self, keys: K) -> Result<K::Unique<'_>> {
        self.freshen(&keys).await?;
        keys.unique(self.at_home_mut()?)
    }

    async fn freshen(&mut self, keys: &impl Keys) -> Result<()> {
        let Some(expired) = self.ready().await?.needs_load(keys) else { return Ok(()) };
        self.call(move |session| session.load_those_expired(&expired)).await
    }

    /// As [`Session::peek`](aludel_core::orm::Session::peek); `None` also while a call whose future was dropped still
    /// runs.
    #[must_use]
    pub fn peek<T: MappedClass>(&self, key: &Ref<T>) -> Option<&T> {
        self.sync_session()?.peek(key)
    }

    /// As [`Session::state`](aludel_core::orm::Session::state); `None` also while a call whose future was dropped still
    /// runs.
    #[must_use]
    pub fn state<T>(&self, key: &Ref<T>) -> Option<State> {
        self.sync_session()?.state(key)
    }
}

macro_rules! looks {
    ($($(#[$meta:meta])* fn $name:ident[$($generics:tt)*](&self $(, $arg:ident: $ty:ty)*) -> $out:ty;)*) => {
        impl<S: Strategy> AsyncSession<S> {
            $(
                #[doc = concat!("As [`Session::", stringify!($name), "`](aludel_core::orm::Session::", stringify!($name), ").")]
                ///
                /// # Panics
                ///
                /// While a call whose future was dropped still runs; [`ready`](Self::ready) waits for its end.
                #[must_use]
                #[track_caller]
                pub fn $name<$($generics)*>(&self $(, $arg: $ty)*) -> $out {
                    match self.at_home() {
                        Ok(session) => session.$name($($arg),*),
                        Err(error) => panic!("{error}"),
                    }
                }
            )*
        }
    };
}
looks! {
    fn id[](&self) -> SessionId;
    fn info[](&self) -> &SessionInfo;
    fn contains[T](&self, key: &Ref<T>) -> bool;
    fn is_modified[T](&self, key: &Ref<T>) -> bool;
    fn new_objects[](&self) -> Vec<AnyRef>;
    fn dirty[](&self) -> Vec<AnyRef>;
    fn deleted[](&self) -> Vec<AnyRef>;
    fn in_transaction[](&self) -> bool;
    fn in_nested_transaction[](&self) -> bool;
    fn is_active[](&self) -> bool;
    fn len[](&self) -> usize;
    fn is_empty[](&self) -> bool;
}

/// The object, as it is in memory.
///
/// # Panics
///
/// As indexing a [`Session`](aludel_core::orm::Session), and while a call whose future was dropped still runs:
/// [`ready`](AsyncSession::ready) waits for its end.
impl<T: MappedClass, S: Strategy> Index<&Ref<T>> for AsyncSession<S> {
    type Output = T;

    #[track_caller]
    fn index(&self, key: &Ref<T>) -> &T {
        match self.at_home() {
            Ok(session) => &session[key],
            Err(error) => panic!("{error}"),
        }
    }
}

/// The same, to change it.
///
/// # Panics
///
/// As [`Index`]; [`edit`](AsyncSession::edit) loads and waits.
impl<T: MappedClass, S: Strategy> IndexMut<&Ref<T>> for AsyncSession<S> {
    #[track_caller]
    fn index_mut(&mut self, key: &Ref<T>) -> &mut T {
        match self.at_home_mut() {
            Ok(session) => &mut session[key],
            Err(error) => panic!("{error}"),
        }
    }
}
