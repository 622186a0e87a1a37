//! The ORM's session, awaited.

mod access;
mod lent;
mod maker;
mod methods;
mod scoped;
mod transaction;

use std::fmt;

use aludel_core::orm::{Session, SessionOptions};
use aludel_core::{Error, Result};

pub use maker::{AsyncSessionMaker, async_sessionmaker};
pub use scoped::{AsyncScopedSession, AsyncSessionLease, async_scoped_session};
pub use transaction::AsyncSessionTransaction;

use self::lent::{Lent, lent};
use crate::engine::AsyncEngine;
use crate::owner::Owner;
use crate::strategy::{Hosted, Strategy};

/// A [`Session`] for async programs. What may wait for the database is awaited; all else is called: between two calls
/// the session is in the program's hands, so that `session[&user].name` takes no lock.
///
/// ```
/// use aludel::{AsyncSession, Auto, Mapped, MetaData, create_async_engine, select};
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
/// engine.begin(async |conn| {
///     conn.run_sync(|conn| MetaData::new().with::<User>().create_all(conn)).await
/// })
/// .await?;
///
/// let mut session = AsyncSession::new(&engine);
/// let sandy = session.add(User { id: Auto::unset(), name: "sandy".into() })?;
/// session.commit().await?;
///
/// assert_eq!(session.read(&sandy).await?.name, "sandy");
/// session[&sandy].name.push('!');
/// session.flush().await?;
/// let found = session.scalars(select(User::c.name)).await?.one()?;
/// assert_eq!(found, "sandy!");
///
/// // Synchronous code, whose loads are awaited.
/// let names = session
///     .run_sync(|session| {
///         let users = session.scalars(select(User::entity()))?.all();
///         Ok(users.iter().map(|user| session[user].name.clone()).collect::<Vec<_>>())
///     })
///     .await?;
/// assert_eq!(names, ["sandy!"]);
/// # Ok::<(), aludel::Error>(())
/// # })?;
/// # Ok::<(), aludel::Error>(())
/// ```
///
/// # Dropped futures
///
/// Dropping the future of a call requests its cancellation. The program does not know then what the call did, so that
/// the transaction cannot go on: everything answers [`PendingRollback`](aludel_core::ErrorKind::PendingRollback) until
/// [`rollback`](Self::rollback), which makes all objects what they were when the transaction began, as far as they were
/// changed in it, and loads them anew when they are read. Whether a `commit` that was dropped has committed, only the
/// data can tell.
///
/// The call may still run when its future is gone, except under [`Local`](crate::Local). The next call waits for its
/// end; what is called without `await` cannot, and panics or answers an error. [`ready`](Self::ready) waits.
pub struct AsyncSession<S: Strategy = Hosted> {
    engine: AsyncEngine<S>,
    /// `None` while a call has it.
    session: Option<Session>,
    /// Where calls find it, and run; of the first call.
    owner: Option<Owner<S, Lent>>,
    /// The outermost transaction whose guard was dropped while a call had the session.
    dropped: Option<u32>,
}

impl<S: Strategy> AsyncSession<S> {
    /// A session whose statements run on connections of this engine.
    #[must_use]
    pub fn new(engine: &AsyncEngine<S>) -> Self {
        Self::with_options(engine, SessionOptions::new())
    }

    /// The same with options of its own.
    #[must_use]
    pub fn with_options(engine: &AsyncEngine<S>, options: SessionOptions) -> Self {
        Self::of(engine, Session::with_options(engine.sync_engine(), options))
    }

    fn of(engine: &AsyncEngine<S>, session: Session) -> Self {
        Self { engine: engine.clone(), session: Some(session), owner: None, dropped: None }
    }

    /// The engine of its connections.
    #[must_use]
    pub fn engine(&self) -> &AsyncEngine<S> {
        &self.engine
    }

    /// The synchronous session: the target for listeners, and for what needs no database. `None` while a call whose
    /// future was dropped still runs; [`ready`](Self::ready) waits for its end.
    #[must_use]
    pub fn sync_session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Waits for the end of a call whose future was dropped, so that what is called without `await` works again.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](aludel_core::ErrorKind::InvalidRequest) if the call does not end.
    pub async fn ready(&mut self) -> Result<&mut Session> {
        if self.session.is_none() {
            let Some(owner) = &self.owner else { return Err(lent()) };
            self.session = owner.use_here(|lent| lent.session.take()).await?;
            let dropped = self.dropped.take();
            self.guard_dropped(dropped);
        }
        self.session.as_mut().ok_or_else(lent)
    }

    /// Runs code with the session where its calls run.
    pub(crate) async fn call<R, F>(&mut self, f: F) -> Result<R>
    where
        F: FnOnce(&mut Session) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        self.call_with(f).await
    }

    /// The same with another type of error.
    pub(crate) async fn call_with<E, R, F>(&mut self, f: F) -> Result<R, E>
    where
        E: From<Error> + Send + 'static,
        F: FnOnce(&mut Session) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
    {
        let in_transaction = self.ready().await?.in_transaction();
        if self.owner.is_none() || !S::BLOCKS && !in_transaction {
            // Where the session of the database lives that it will get.
            let runtime = self.engine.sync_engine().pool().next_runtime();
            let host = S::connection_host(self.engine.hosts(), runtime)?;
            self.owner = Some(Owner::new(Lent::default(), host));
        }
        let Some(owner) = &self.owner else { return Err(lent().into()) };
        let mut lease = owner.lease().await?;
        lease.session = self.session.take();
        let outcome = owner.call_by(lease, move |lease| f(lease.session()?)).await;
        self.session = owner.use_here(|lent| lent.session.take()).await?;
        outcome?
    }

    /// The guard of a transaction was dropped: it is rolled back, with all in it, in memory now and in the database by
    /// the next call.
    fn guard_dropped(&mut self, depth: Option<u32>) {
        let Some(depth) = depth else { return };
        match &mut self.session {
            Some(session) => session.guard_dropped(depth),
            None => self.dropped = Some(self.dropped.map_or(depth, |other| other.min(depth))),
        }
    }

    /// The session, where a call without `await` needs it.
    fn at_home(&self) -> Result<&Session> {
        self.session.as_ref().ok_or_else(lent)
    }

    fn at_home_mut(&mut self) -> Result<&mut Session> {
        self.session.as_mut().ok_or_else(lent)
    }

    /// Runs synchronous code with the synchronous session: every statement that it runs is awaited, also those of loads
    /// deep inside of it. The code must not block its thread otherwise, except under [`Threaded`](crate::Threaded).
    ///
    /// [`run_sync_with`](Self::run_sync_with) is for closures with an error type of their own.
    ///
    /// # Errors
    ///
    /// The closure's; [`Cancelled`](aludel_core::ErrorKind::Cancelled) inside the closure when the future is dropped.
    pub async fn run_sync<T, F>(&mut self, f: F) -> Result<T>
    where
        F: FnOnce(&mut Session) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.call(f).await
    }

    /// As [`run_sync`](Self::run_sync), with the program's own error type: `run_sync_with::<MyError, _, _>(|session| …)`.
    ///
    /// # Errors
    ///
    /// As [`run_sync`](Self::run_sync).
    pub async fn run_sync_with<E, T, F>(&mut self, f: F) -> Result<T, E>
    where
        E: From<Error> + Send + 'static,
        F: FnOnce(&mut Session) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
    {
        self.call_with(f).await
    }
}

impl<S: Strategy> Drop for AsyncSession<S> {
    fn drop(&mut self) {
        // A transaction that is open is rolled back where its connection lives.
        if let (Some(session), Some(owner)) = (self.session.take(), &self.owner) {
            S::release(owner.host(), session);
        }
    }
}

impl<S: Strategy> fmt::Debug for AsyncSession<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncSession").field("session", &self.session).finish_non_exhaustive()
    }
}
