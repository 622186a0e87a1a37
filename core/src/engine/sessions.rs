//! Which session serves a connection where an engine keeps one session that writes and others that read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::role::Role;
use crate::dbapi::Driver;
use crate::error::Result;
use crate::pool::{OnError, Pool, PoolOptions, Status};

/// The pools of an engine.
#[derive(Clone)]
pub(super) struct Pools {
    /// All sessions; or those that read, where there is one that writes.
    pub(super) all: Pool,
    /// The session that writes.
    pub(super) writer: Option<Pool>,
}

impl Pools {
    pub(super) fn new(
        driver: Arc<dyn Driver>,
        options: PoolOptions,
        on_error: OnError,
    ) -> Result<Self> {
        let readers = driver.readers();
        let split = readers.is_some();
        let of_all = readers.unwrap_or_else(|| Arc::clone(&driver));
        let all = Pool::with_error_handler(of_all, options, Some(on_error))?;
        let writer = split.then(|| all.of_one(driver));
        Ok(Self { all, writer })
    }

    pub(super) fn of(&self, role: Role) -> &Pool {
        match (role, &self.writer) {
            (Role::Writer, Some(writer)) => writer,
            _ => &self.all,
        }
    }

    fn each(&self) -> impl Iterator<Item = &Pool> {
        self.writer.iter().chain([&self.all])
    }

    /// The numbers of all.
    pub(super) fn status(&self) -> Status {
        let mut sum = self.each().map(Pool::status).fold(Status::default(), Status::and);
        sum.lent.sort_by_key(|lent| lent.since);
        sum
    }

    pub(super) fn recreate(&self) -> Self {
        Self { all: self.all.recreate(), writer: self.writer.as_ref().map(Pool::recreate) }
    }

    pub(super) fn dispose(&self) {
        self.each().for_each(Pool::dispose);
    }

    pub(super) fn invalidate_all(&self) {
        self.each().for_each(Pool::invalidate_all);
    }

    /// As [`Pool::close`], of all within one time.
    pub(super) fn close(&self, within: Duration) -> Result<()> {
        self.dispose();
        let started = Instant::now();
        self.each().try_for_each(|pool| pool.close(within.saturating_sub(started.elapsed())))
    }
}
