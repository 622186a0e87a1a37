//! Async sessions that are made alike.

use std::fmt;

use aludel_core::orm::{SessionMaker, SessionOptions, sessionmaker};
use aludel_core::{Error, Result};

use super::AsyncSession;
use crate::engine::AsyncEngine;
use crate::strategy::{Hosted, Strategy};

/// A [`SessionMaker`] for async programs. Cheap to clone; the clones are one.
pub struct AsyncSessionMaker<S: Strategy = Hosted> {
    engine: AsyncEngine<S>,
    maker: SessionMaker,
}

/// Makes async sessions whose statements run on connections of this engine.
///
/// ```
/// use aludel::{Auto, Mapped, MetaData, async_sessionmaker, create_async_engine};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// # futures::executor::block_on(async {
/// let engine = create_async_engine("sqlite://")?;
/// let maker = async_sessionmaker(&engine).configured(|options| options.expire_on_commit(false));
/// engine.begin(async |conn| {
///     conn.run_sync(|conn| MetaData::new().with::<User>().create_all(conn)).await
/// })
/// .await?;
/// let sandy = maker
///     .begin(async |session| {
///         let sandy = session.add(User { id: Auto::unset(), name: "sandy".into() })?;
///         session.flush().await?;
///         session.snapshot(&sandy)
///     })
///     .await?;
/// assert_eq!(sandy.id, 1);
/// # Ok::<(), aludel::Error>(())
/// # })?;
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn async_sessionmaker<S: Strategy>(engine: &AsyncEngine<S>) -> AsyncSessionMaker<S> {
    AsyncSessionMaker { engine: engine.clone(), maker: sessionmaker(engine.sync_engine()) }
}

impl<S: Strategy> AsyncSessionMaker<S> {
    /// What makes the synchronous sessions: the target for listeners.
    #[must_use]
    pub fn sync_maker(&self) -> &SessionMaker {
        &self.maker
    }

    /// As [`SessionMaker::configure`].
    pub fn configure(&self, change: impl FnOnce(SessionOptions) -> SessionOptions) {
        self.maker.configure(change);
    }

    /// The same, of a maker that goes on.
    #[must_use]
    pub fn configured(self, change: impl FnOnce(SessionOptions) -> SessionOptions) -> Self {
        self.configure(change);
        self
    }

    /// As [`SessionMaker::session`].
    #[must_use]
    pub fn session(&self) -> AsyncSession<S> {
        AsyncSession::of(&self.engine, self.maker.session())
    }

    /// As [`SessionMaker::session_with`].
    #[must_use]
    pub fn session_with(
        &self,
        change: impl FnOnce(SessionOptions) -> SessionOptions,
    ) -> AsyncSession<S> {
        AsyncSession::of(&self.engine, self.maker.session_with(change))
    }

    /// As [`SessionMaker::begin`]: runs async code with a new session, and commits if it returns `Ok`.
    ///
    /// # Errors
    ///
    /// The code's, and as [`Session::commit`](aludel_core::orm::Session::commit).
    pub async fn begin<T, F>(&self, f: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut AsyncSession<S>) -> Result<T>,
    {
        self.begin_with(f).await
    }

    /// As [`begin`](Self::begin), with the program's own error type.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn begin_with<E, T, F>(&self, f: F) -> Result<T, E>
    where
        E: From<Error>,
        F: AsyncFnOnce(&mut AsyncSession<S>) -> Result<T, E>,
    {
        let mut session = self.session();
        match f(&mut session).await {
            Ok(value) => {
                session.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // The code's error says more than a failed rollback could.
                let _ = session.close().await;
                Err(error)
            }
        }
    }
}

impl<S: Strategy> Clone for AsyncSessionMaker<S> {
    fn clone(&self) -> Self {
        Self { engine: self.engine.clone(), maker: self.maker.clone() }
    }
}

impl<S: Strategy> fmt::Debug for AsyncSessionMaker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncSessionMaker").field(&self.maker).finish()
    }
}
