//! What may wait for the database: each is the method of the same name, awaited.

use aludel_core::Result;
use aludel_core::orm::{MappedClass, OrmResult, Ref, Relation, ScalarRow, SessionFetch};
use aludel_core::sql::Executable;

use super::AsyncSession;
use crate::strategy::Strategy;

/// What a statement's rows become in a session.
type Loaded<Q> = <<Q as Executable>::Row as SessionFetch>::Loaded;

macro_rules! awaited {
    ($(fn $name:ident(&mut self) -> Result<()>;)*) => {
        impl<S: Strategy> AsyncSession<S> {
            $(
                #[doc = concat!("As [`Session::", stringify!($name), "`](aludel_core::orm::Session::", stringify!($name), ").")]
                ///
                /// # Errors
                ///
                #[doc = concat!("As [`Session::", stringify!($name), "`](aludel_core::orm::Session::", stringify!($name), ").")]
                pub async fn $name(&mut self) -> Result<()> {
                    self.call(|session| session.$name()).await
                }
            )*
        }
    };
}
awaited! {
    fn flush(&mut self) -> Result<()>;
    fn commit(&mut self) -> Result<()>;
    fn rollback(&mut self) -> Result<()>;
    fn close(&mut self) -> Result<()>;
    fn reset(&mut self) -> Result<()>;
}

impl<S: Strategy> AsyncSession<S> {
    /// As [`Session::invalidate`](aludel_core::orm::Session::invalidate).
    ///
    /// # Errors
    ///
    /// An earlier, dropped call does not give the session back.
    pub async fn invalidate(&mut self) -> Result<()> {
        self.call(|session| {
            session.invalidate();
            Ok(())
        })
        .await
    }

    /// As [`Session::get`](aludel_core::orm::Session::get).
    ///
    /// # Errors
    ///
    /// As [`Session::get`](aludel_core::orm::Session::get).
    pub async fn get<T: MappedClass>(&mut self, key: impl Into<T::Key>) -> Result<Option<Ref<T>>>
    where
        T::Key: Send + 'static,
    {
        let key = key.into();
        self.call(move |session| session.get(key)).await
    }

    /// As [`Session::get_one`](aludel_core::orm::Session::get_one).
    ///
    /// # Errors
    ///
    /// As [`Session::get_one`](aludel_core::orm::Session::get_one).
    pub async fn get_one<T: MappedClass>(&mut self, key: impl Into<T::Key>) -> Result<Ref<T>>
    where
        T::Key: Send + 'static,
    {
        let key = key.into();
        self.call(move |session| session.get_one(key)).await
    }

    /// As [`Session::load`](aludel_core::orm::Session::load).
    ///
    /// # Errors
    ///
    /// As [`Session::load`](aludel_core::orm::Session::load).
    pub async fn load<P, R>(&mut self, parent: &Ref<P>, relation: R) -> Result<R::Loaded>
    where
        P: MappedClass,
        R: Relation<P> + Send + 'static,
        R::Loaded: Send + 'static,
    {
        let parent = parent.clone();
        self.call(move |session| session.load(&parent, relation)).await
    }

    /// As [`Session::load_all`](aludel_core::orm::Session::load_all).
    ///
    /// # Errors
    ///
    /// As [`Session::load_all`](aludel_core::orm::Session::load_all).
    pub async fn load_all<P, R>(&mut self, parents: &[Ref<P>], relation: R) -> Result<()>
    where
        P: MappedClass,
        R: Relation<P> + Send + 'static,
    {
        let parents = parents.to_vec();
        self.call(move |session| session.load_all(&parents, relation)).await
    }

    /// As [`Session::refresh`](aludel_core::orm::Session::refresh).
    ///
    /// # Errors
    ///
    /// As [`Session::refresh`](aludel_core::orm::Session::refresh).
    pub async fn refresh<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<()> {
        let key = key.clone();
        self.call(move |session| session.refresh(&key)).await
    }

    /// As [`Session::delete`](aludel_core::orm::Session::delete): what is deleted with it may have to be loaded.
    ///
    /// # Errors
    ///
    /// As [`Session::delete`](aludel_core::orm::Session::delete).
    pub async fn delete<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<()> {
        let key = key.clone();
        self.call(move |session| session.delete(&key)).await
    }

    /// As [`Session::delete_all`](aludel_core::orm::Session::delete_all).
    ///
    /// # Errors
    ///
    /// As [`Session::delete_all`](aludel_core::orm::Session::delete_all).
    pub async fn delete_all<'k, T: MappedClass>(
        &mut self,
        keys: impl IntoIterator<Item = &'k Ref<T>>,
    ) -> Result<()> {
        let keys: Vec<Ref<T>> = keys.into_iter().cloned().collect();
        self.call(move |session| session.delete_all(&keys)).await
    }

    /// As [`Session::merge`](aludel_core::orm::Session::merge).
    ///
    /// # Errors
    ///
    /// As [`Session::merge`](aludel_core::orm::Session::merge).
    pub async fn merge<T: MappedClass>(&mut self, value: T) -> Result<Ref<T>> {
        self.call(move |session| session.merge(value)).await
    }

    /// As [`Session::merge_all`](aludel_core::orm::Session::merge_all).
    ///
    /// # Errors
    ///
    /// As [`Session::merge_all`](aludel_core::orm::Session::merge_all).
    pub async fn merge_all<T: MappedClass>(
        &mut self,
        values: impl IntoIterator<Item = T>,
    ) -> Result<Vec<Ref<T>>> {
        let values: Vec<T> = values.into_iter().collect();
        self.call(move |session| session.merge_all(values)).await
    }

    /// As [`Session::execute`](aludel_core::orm::Session::execute).
    ///
    /// # Errors
    ///
    /// As [`Session::execute`](aludel_core::orm::Session::execute).
    pub async fn execute<Q>(&mut self, statement: Q) -> Result<OrmResult<Loaded<Q>>>
    where
        Q: Executable + Send + 'static,
        Q::Row: SessionFetch,
    {
        self.call(move |session| session.execute(statement)).await
    }

    /// As [`Session::scalars`](aludel_core::orm::Session::scalars).
    ///
    /// # Errors
    ///
    /// As [`Session::scalars`](aludel_core::orm::Session::scalars).
    pub async fn scalars<Q>(
        &mut self,
        statement: Q,
    ) -> Result<OrmResult<<Loaded<Q> as ScalarRow>::Scalar>>
    where
        Q: Executable + Send + 'static,
        Q::Row: SessionFetch,
        Loaded<Q>: ScalarRow,
    {
        Ok(self.execute(statement).await?.scalars())
    }

    /// As [`Session::scalar`](aludel_core::orm::Session::scalar).
    ///
    /// # Errors
    ///
    /// As [`Session::scalar`](aludel_core::orm::Session::scalar).
    pub async fn scalar<Q>(
        &mut self,
        statement: Q,
    ) -> Result<Option<<Loaded<Q> as ScalarRow>::Scalar>>
    where
        Q: Executable + Send + 'static,
        Q::Row: SessionFetch,
        Loaded<Q>: ScalarRow,
    {
        Ok(self.scalars(statement).await?.first())
    }
}
