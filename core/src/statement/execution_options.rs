//! How a statement is executed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::IsolationLevel;
use super::more_options::MoreOptions;

/// Rows fetched at a time from a cursor when nothing else is asked for.
const PORTION: usize = 512;

const SET_PORTION: u8 = 1;
const SET_TIMEOUT: u8 = 2;
const SET_CACHE: u8 = 4;
const SET_PAGE: u8 = 8;
/// The time-out is what is left of a longer time, and differs from call to call.
const IS_LEFT: u8 = 16;

/// Rows in one INSERT when nothing else is asked for.
const PAGE: usize = 1000;

/// The shortest limit that a server keeps: its timer also counts the time in which its process waits for a
/// processor, and a short one would now and then end what takes no time.
const SHORTEST_OF_SERVER: Duration = Duration::from_millis(100);

/// How much later than the server the client gives up.
const BEHIND_SERVER: Duration = Duration::from_millis(500);

/// How statements are executed: those of an engine, of a connection, or one.
///
/// An option that is set for a statement counts before the connection's, and that before the engine's.
/// An option counts as set if its method was called, whatever the value: `timeout(None)` lifts the
/// time-out of the connection.
///
/// | for | by |
/// | --- | --- |
/// | an engine | [`EngineOptions::execution_options`](crate::EngineOptions::execution_options), [`Engine::with_execution_options`](crate::Engine::with_execution_options) |
/// | a connection | [`Connection::set_execution_options`](crate::Connection::set_execution_options) |
/// | a statement | `execution_options` of each statement, such as [`Select::execution_options`](crate::sql::Select::execution_options) |
/// | one call | the same once more, where the statement is executed: what it gives has `execution_options`, too |
///
/// ```
/// use std::time::Duration;
///
/// use aludel_core::dbapi::ExecutionOptions;
///
/// let options = ExecutionOptions::new().timeout(Duration::from_secs(2)).portion(64);
/// assert_eq!(options.portion, 64);
///
/// let one = ExecutionOptions::new().timeout(None).over(&options);
/// assert_eq!((one.timeout, one.portion), (None, 64));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct ExecutionOptions {
    /// Rows that are fetched at a time from a cursor: what [`Cursor::fetch`](crate::dbapi::Cursor::fetch)
    /// will be asked for. At least 1. Default 512.
    pub portion: usize,
    /// How long one call of the driver may take: the execution, or, of a cursor, opening it and
    /// each portion. The statement is then ended on the server, its transaction waits for its
    /// rollback, and the error is [`Timeout`](crate::ErrorKind::Timeout). PostgreSQL and MariaDB keep the time
    /// themselves, from a tenth of a second on, also when the program is gone; who waits for an answer gives up half
    /// a second later. For many sets of parameters their limit is that of each, and who waits gives up all together at the time-out. Rows that are streamed are limited by
    /// the client alone, since their program may pause, and so is everything on MySQL. Default: without limit.
    pub timeout: Option<Duration>,
    /// Whether the statement is kept prepared for the next time. Default: yes.
    pub cache_statement: bool,
    /// How many rows one INSERT has at most that is executed for many sets of parameters; fewer if
    /// the database does not take as many parameters. 1 sends each row by itself. Default 1000.
    pub insertmanyvalues_page_size: usize,
    /// At which isolation level it is executed. It is the engine that gives the session its level:
    /// a driver has nothing to do for it. Default: at that of the connection.
    pub isolation_level: Option<IsolationLevel>,
    /// Which of them were set.
    set: u8,
    pub(super) more: Option<Arc<MoreOptions>>,
}

impl ExecutionOptions {
    /// The defaults, none of them set.
    pub const DEFAULT: Self = Self {
        portion: PORTION,
        timeout: None,
        cache_statement: true,
        insertmanyvalues_page_size: PAGE,
        isolation_level: None,
        set: 0,
        more: None,
    };

    /// The defaults, none of them set.
    pub const fn new() -> Self {
        Self::DEFAULT
    }

    /// Sets how many rows are fetched at a time from a cursor; 0 counts as 1. SQLAlchemy's `yield_per`.
    pub const fn portion(mut self, rows: usize) -> Self {
        self.portion = if rows == 0 { 1 } else { rows };
        self.set |= SET_PORTION;
        self
    }

    /// Sets how long one call of the driver may take; `None` for no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self.set |= SET_TIMEOUT;
        self
    }

    /// As [`timeout`](Self::timeout), of which a server is told nothing.
    pub(crate) fn time_left(self, left: Duration) -> Self {
        let mut options = self.timeout(left);
        options.set |= IS_LEFT;
        options
    }

    /// Sets whether the statement is kept prepared for the next time.
    pub const fn cache_statement(mut self, cache: bool) -> Self {
        self.cache_statement = cache;
        self.set |= SET_CACHE;
        self
    }

    /// Sets how many rows one INSERT has at most that is executed for many sets of parameters.
    pub const fn insertmanyvalues_page_size(mut self, rows: usize) -> Self {
        self.insertmanyvalues_page_size = rows;
        self.set |= SET_PAGE;
        self
    }

    /// Sets the isolation level of the transaction that the statement begins, or
    /// [`Autocommit`](IsolationLevel::Autocommit): the statement is then committed by itself, and the
    /// connection's level counts again behind it.
    ///
    /// A statement that has a level of its own cannot run in an open transaction of another level:
    /// that is [`InvalidRequest`](crate::ErrorKind::InvalidRequest). For a connection or an engine it
    /// is the level of what begins from then on, as with
    /// [`Connection::set_isolation_level`](crate::Connection::set_isolation_level); of the two, the one
    /// that was called last counts.
    ///
    /// ```
    /// use aludel::dbapi::IsolationLevel;
    /// use aludel::{ExecutionOptions, create_engine, text};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// let alone = ExecutionOptions::new().isolation_level(IsolationLevel::Autocommit);
    /// conn.execute(text("vacuum").execution_options(alone))?;
    /// assert!(!conn.in_transaction());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub const fn isolation_level(mut self, level: IsolationLevel) -> Self {
        self.isolation_level = Some(level);
        self
    }

    /// What counts where these stand before others: each option that was set here, and the rest of
    /// `base`. An option that was assigned to its field counts as set if it is not the default.
    pub fn over(self, base: &Self) -> Self {
        let mut merged = base.clone();
        if self.is_portion_set() {
            merged = merged.portion(self.portion);
        }
        if self.set & SET_TIMEOUT != 0 || self.timeout.is_some() {
            merged = merged.timeout(self.timeout);
        }
        if self.set & SET_CACHE != 0 || !self.cache_statement {
            merged = merged.cache_statement(self.cache_statement);
        }
        if self.set & SET_PAGE != 0 || self.insertmanyvalues_page_size != PAGE {
            merged = merged.insertmanyvalues_page_size(self.insertmanyvalues_page_size);
        }
        merged.isolation_level = self.isolation_level.or(base.isolation_level);
        if self.more.is_some() {
            merged.more = MoreOptions::over(self.more, base.more.as_ref());
        }
        merged
    }

    /// Whether the size of portions was set.
    pub(super) fn is_portion_set(&self) -> bool {
        self.set & SET_PORTION != 0 || self.portion != PORTION
    }

    /// As [`portion`](Self::portion), by SQLAlchemy's name.
    pub const fn yield_per(self, rows: usize) -> Self {
        self.portion(rows)
    }

    /// The limit that a server is to keep of its own for a call of these options, if its driver can have it do so:
    /// the time-out, and at least a tenth of a second.
    #[inline]
    #[must_use]
    pub fn server_limit(&self) -> Option<Duration> {
        let timeout = self.timeout.filter(|_| self.set & IS_LEFT == 0)?;
        Some(timeout.max(SHORTEST_OF_SERVER))
    }

    /// How long to wait for a call whose time the server keeps: half a second beyond the time-out, so that the
    /// server's answer comes first, but for a time-out that is shorter than
    /// [what a server keeps](Self::server_limit).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use aludel_core::dbapi::ExecutionOptions;
    ///
    /// let options = ExecutionOptions::new().timeout(Duration::from_secs(2));
    /// assert_eq!(options.server_limit(), options.timeout);
    /// assert_eq!(options.patience(), Some(Duration::from_millis(2_500)));
    ///
    /// let soon = ExecutionOptions::new().timeout(Duration::from_millis(50));
    /// assert_eq!((soon.server_limit(), soon.patience()), (Some(Duration::from_millis(100)), soon.timeout));
    /// ```
    #[inline]
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        let timeout = self.timeout?;
        let is_kept = self.set & IS_LEFT == 0 && timeout >= SHORTEST_OF_SERVER;
        Some(if is_kept { timeout.saturating_add(BEHIND_SERVER) } else { timeout })
    }

    /// The moment at which a call that begins now must have ended. A time-out too long for the
    /// clock is none.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.timeout?)
    }
}

impl Default for ExecutionOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_counts_before_the_rest_also_where_it_is_the_default() {
        let second = Duration::from_secs(1);
        let base = ExecutionOptions::new().portion(7).timeout(second).cache_statement(false);
        let base = base.insertmanyvalues_page_size(10);
        assert_eq!(ExecutionOptions::DEFAULT.over(&base), base);
        assert_eq!(base.clone().over(&ExecutionOptions::DEFAULT), base);
        let all = ExecutionOptions::new().portion(PORTION).timeout(None).cache_statement(true);
        let all = all.insertmanyvalues_page_size(PAGE);
        assert_eq!(all.clone().over(&base), all);
        let one = ExecutionOptions::new().portion(0).over(&base);
        assert_eq!((one.portion, one.timeout, one.cache_statement), (1, Some(second), false));
        let mut assigned = ExecutionOptions::DEFAULT;
        assigned.portion = 9;
        assert_eq!(assigned.over(&base).portion, 9);
    }
}
