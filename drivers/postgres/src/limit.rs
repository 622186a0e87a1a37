//! The server's own limit on statements: what it has, and what goes ahead of the next statement to change it.
//!
//! The session keeps its own limit in a setting beside it while it has one of ours, so that both are changed, undone
//! and put back together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aludel_core::dbapi::{ExecutionOptions, Statement, StatementKind};
use aludel_core::error::{Error, ErrorKind};

use crate::words::{self, LimitWords};

/// What the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Here {
    /// What it has without us.
    Own,
    /// Ours, in milliseconds.
    Ours(u32),
    /// One of both.
    Unknown,
}

/// What the next statement is to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Whatever there is: it ends a transaction, or is sent already.
    Any,
    /// The same, but ahead of a transaction what the next statements want, `None` for the session's own: in one, the
    /// change could take its snapshot.
    Ahead(Option<u32>),
    Own,
    /// The same, for a text that may set it.
    OwnToSet,
    Ours(u32),
}

/// Where the change is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Outside of transactions, for the session.
    Outside,
    /// In one: it ends with it.
    Inside,
    /// Where the program may have begun one by itself, or ended it: no limit is set.
    Doubtful,
}

/// A call whose time the server keeps.
#[derive(Debug, Clone, Copy)]
struct Call {
    timeout: Duration,
    limit: Duration,
    /// How much later the client gives up.
    margin: Duration,
    begun: Instant,
}

/// The limit of a session.
#[derive(Debug)]
pub(crate) struct StatementLimit {
    /// Whether the server is told of limits.
    is_kept: bool,
    /// It was told of one.
    is_used: bool,
    here: Here,
    /// What the session has when the transaction has ended in which it was changed.
    outside: Option<Here>,
    wanted: Wanted,
    call: Option<Call>,
    /// A change that was sent was refused.
    refused: Arc<AtomicBool>,
}

impl StatementLimit {
    pub(crate) fn new(is_kept: bool) -> Self {
        Self {
            is_kept,
            is_used: false,
            here: Here::Own,
            outside: None,
            wanted: Wanted::Any,
            call: None,
            refused: Arc::default(),
        }
    }

    /// The time that a client waits for a call of these options.
    #[inline]
    pub(crate) fn patience(&self, options: &ExecutionOptions) -> Option<Duration> {
        if self.is_kept { options.patience() } else { options.timeout }
    }

    /// A statement is about to be sent.
    #[inline]
    pub(crate) fn enter(&mut self, statement: &Statement, options: &ExecutionOptions) {
        if self.is_used || self.is_kept && options.timeout.is_some() {
            self.set_wanted(statement, options.server_limit(), options);
            // What is left of a time differs from call to call. A limit of ours that is longer may stay.
            if let (None, Some(left), Here::Ours(limit)) =
                (options.server_limit(), options.timeout, self.here)
                && self.wanted == Wanted::Own
                && Duration::from_millis(limit.into()) >= left
            {
                self.wanted = Wanted::Any;
            }
        }
    }

    /// One whose rows are read as they come, while the program may pause.
    #[inline]
    pub(crate) fn enter_stream(&mut self, statement: &Statement, options: &ExecutionOptions) {
        if self.is_used {
            self.set_wanted(statement, None, options);
        }
    }

    fn set_wanted(
        &mut self,
        statement: &Statement,
        limit: Option<Duration>,
        options: &ExecutionOptions,
    ) {
        (self.call, self.wanted) = (None, Wanted::Any);
        if self.refused.swap(false, Ordering::Relaxed) {
            self.doubt();
        }
        let words = match statement.kind() {
            StatementKind::Text | StatementKind::Ddl => words::limit_words(statement.sql()),
            _ => LimitWords::None,
        };
        match (words, limit) {
            (LimitWords::Kept, limit) => self.wanted = Wanted::Ahead(limit.map(milliseconds)),
            (LimitWords::Undoing, _) => {
                if self.outside.is_some() {
                    self.here = Here::Unknown;
                }
            }
            (LimitWords::Setting, _) => self.wanted = Wanted::OwnToSet,
            (LimitWords::None, None) => self.wanted = Wanted::Own,
            (LimitWords::None, Some(limit)) => {
                let timeout = options.timeout.unwrap_or(limit);
                let margin = options.patience().unwrap_or(timeout).saturating_sub(timeout);
                let begun = Instant::now();
                self.call = Some(Call { timeout, limit, margin, begun });
                self.wanted = Wanted::Ours(milliseconds(limit));
            }
        }
    }

    /// The statement is executed many times: the server keeps the time of each, the client that of all.
    #[cfg(feature = "blocking")]
    pub(crate) fn enter_many(&mut self) {
        if let Some(call) = &mut self.call {
            call.margin = Duration::ZERO;
        }
    }

    /// What is sent next is no statement of the program.
    #[inline]
    pub(crate) fn enter_nothing(&mut self) {
        (self.call, self.wanted) = (None, Wanted::Any);
    }

    /// Another portion of the same rows is asked for.
    pub(crate) fn enter_again(&mut self) {
        if let Some(call) = &mut self.call {
            call.begun = Instant::now();
        }
    }

    /// How much later than its time-out a client gives the call up.
    #[cfg(feature = "blocking")]
    pub(crate) fn margin(&self) -> Duration {
        self.call.map_or(Duration::ZERO, |call| call.margin)
    }

    /// Whether something may be to be sent ahead.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        match self.wanted {
            Wanted::Any | Wanted::Ahead(_) => false,
            Wanted::Own => self.here != Here::Own,
            Wanted::OwnToSet => self.is_used,
            Wanted::Ours(wanted) => self.here != Here::Ours(wanted),
        }
    }

    /// What is to be sent ahead, in one message each. It counts as done.
    pub(crate) fn take_sql(&mut self, place: Place) -> Vec<String> {
        let wanted = match std::mem::replace(&mut self.wanted, Wanted::Any) {
            Wanted::Ahead(_) if place != Place::Outside => return Vec::new(),
            Wanted::Ahead(limit) => limit.map_or(Wanted::Own, Wanted::Ours),
            wanted => wanted,
        };
        match place {
            Place::Doubtful => self.take_doubtful(wanted),
            Place::Outside => {
                let Some(sql) = self.change_sql(wanted, false) else { return Vec::new() };
                self.here = Self::behind(wanted);
                vec![sql]
            }
            Place::Inside => {
                // What a program sets for the session is to find no limit kept there. Where one of ours
                // is local, what the session has behind it is as it was.
                let to_set = wanted == Wanted::OwnToSet;
                let is_local = !to_set || self.outside.is_some();
                let sql = self.change_sql(wanted, is_local);
                if to_set && self.is_used {
                    (self.here, self.outside) = (Here::Own, Some(Here::Unknown));
                } else if sql.is_some() {
                    self.outside.get_or_insert(self.here);
                    self.here = Self::behind(wanted);
                }
                sql.into_iter().collect()
            }
        }
    }

    /// Where it is not known whether a transaction is open, no limit is set, and one of ours is taken away from the
    /// session; one that was set in a transaction, for the transaction if there still is one, and else for the session.
    fn take_doubtful(&mut self, wanted: Wanted) -> Vec<String> {
        if wanted == Wanted::Any {
            return Vec::new();
        }
        self.call = None;
        if !self.is_used || self.here == Here::Own && self.outside.is_none() {
            return Vec::new();
        }
        self.here = Here::Unknown;
        if self.outside.is_none() {
            return vec![own_sql(false)];
        }
        self.outside = Some(Here::Unknown);
        vec![own_sql(true), own_sql(false)]
    }

    /// What takes the server to what is wanted, unless it has that.
    fn change_sql(&mut self, wanted: Wanted, is_local: bool) -> Option<String> {
        match (self.here, wanted) {
            (_, Wanted::Any | Wanted::Ahead(_)) | (Here::Own, Wanted::Own | Wanted::OwnToSet) => {
                None
            }
            (_, Wanted::Own | Wanted::OwnToSet) => Some(own_sql(is_local)),
            (Here::Ours(here), Wanted::Ours(limit)) => (here != limit).then(|| {
                let local = if is_local { "LOCAL " } else { "" };
                format!("SET {local}statement_timeout = {limit}")
            }),
            (_, Wanted::Ours(limit)) => {
                self.is_used = true;
                Some(first_sql(limit, is_local))
            }
        }
    }

    fn behind(wanted: Wanted) -> Here {
        match wanted {
            Wanted::Ours(limit) => Here::Ours(limit),
            _ => Here::Own,
        }
    }

    /// What the client crate runs for the program is not limited.
    pub(crate) fn enter_client(&mut self) {
        (self.call, self.wanted) = (None, Wanted::Own);
    }

    /// Who learns that what was sent is refused.
    pub(crate) fn refused(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.refused)
    }

    /// The transaction has ended, and with it what was changed inside.
    #[inline]
    pub(crate) fn ended(&mut self) {
        if let Some(outside) = self.outside.take() {
            self.here = outside;
        }
    }

    /// Anything may have happened to the setting.
    pub(crate) fn doubt(&mut self) {
        self.wanted = Wanted::Any;
        if self.is_used {
            self.here = Here::Unknown;
            self.outside = self.outside.map(|_| Here::Unknown);
        }
    }

    /// All settings are those of a new session.
    pub(crate) fn was_reset(&mut self) {
        (self.here, self.outside, self.wanted) = (Here::Own, None, Wanted::Any);
    }

    /// What the server's refusal is: where the limit was ours and so much time has passed, it is a time-out.
    pub(crate) fn judge(&self, error: Error) -> Error {
        let Some(call) = self.call.filter(|_| error.sqlstate() == Some("57014")) else {
            return error;
        };
        // Two clocks do not run alike.
        if call.begun.elapsed() < call.limit - call.limit / 1000 {
            return error;
        }
        let cure = format!(
            "the statement did not end within its time-out of {:?}; roll back, and raise the time-out or make \
             the statement faster",
            call.timeout
        );
        error.with_kind(ErrorKind::Timeout).with_cure(&cure)
    }
}

/// Whole milliseconds, as many as the setting takes.
fn milliseconds(limit: Duration) -> u32 {
    let limit = limit.as_nanos().div_ceil(1_000_000).min(i32::MAX.unsigned_abs().into());
    u32::try_from(limit).unwrap_or(i32::MAX.unsigned_abs())
}

/// The session's own limit: what is kept, or what there is while nothing is.
const OWN: &str = "COALESCE(NULLIF(pg_catalog.current_setting('aludel.statement_timeout', true), ''), \
                   pg_catalog.current_setting('statement_timeout'))";

/// Sets a limit, and keeps the session's own unless that was done.
fn first_sql(limit: u32, is_local: bool) -> String {
    format!(
        "SELECT pg_catalog.set_config('aludel.statement_timeout', {OWN}, {is_local}), \
         pg_catalog.set_config('statement_timeout', '{limit}', {is_local})"
    )
}

/// Puts the session's own limit back, if it is kept.
fn own_sql(is_local: bool) -> String {
    format!(
        "SELECT pg_catalog.set_config('statement_timeout', pg_catalog.current_setting('aludel.statement_timeout'), \
         {is_local}), pg_catalog.set_config('aludel.statement_timeout', '', {is_local}) \
         WHERE pg_catalog.current_setting('aludel.statement_timeout', true) <> ''"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(milliseconds: u64) -> ExecutionOptions {
        ExecutionOptions::new().timeout(Duration::from_millis(milliseconds))
    }

    fn take(
        limit: &mut StatementLimit,
        sql: &str,
        options: &ExecutionOptions,
        place: Place,
    ) -> Option<String> {
        let statement = Statement::new(sql, StatementKind::Text).unwrap();
        limit.enter(&statement, options);
        let sql = limit.take_sql(place);
        (!sql.is_empty()).then(|| sql.join("; "))
    }

    const NONE: ExecutionOptions = ExecutionOptions::DEFAULT;

    #[test]
    fn only_another_limit_costs_a_message() {
        let mut limit = StatementLimit::new(true);
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), None);
        let first = take(&mut limit, "select 1", &of(5000), Place::Outside);
        assert_eq!(first, Some(first_sql(5000, false)));
        assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Inside), None);
        assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Outside), None);
        let other = take(&mut limit, "select 1", &of(1), Place::Outside);
        assert_eq!(other.as_deref(), Some("SET statement_timeout = 100"), "at least");
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), Some(own_sql(false)));
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), None);
        let mut never = StatementLimit::new(false);
        assert_eq!(take(&mut never, "select 1", &of(5000), Place::Outside), None);
        assert_eq!(never.patience(&of(5000)), Some(Duration::from_secs(5)));
    }

    #[test]
    fn what_is_changed_in_a_transaction_ends_with_it() {
        let mut limit = StatementLimit::new(true);
        take(&mut limit, "select 1", &of(5000), Place::Outside);
        let inside = take(&mut limit, "select 1", &of(7000), Place::Inside);
        assert_eq!(inside.as_deref(), Some("SET LOCAL statement_timeout = 7000"));
        assert_eq!(take(&mut limit, "savepoint a", &NONE, Place::Inside), None);
        assert_eq!(take(&mut limit, "select 1", &of(7000), Place::Inside), None);
        assert_eq!(take(&mut limit, "ROLLBACK TO a", &NONE, Place::Inside), None);
        let again = take(&mut limit, "select 1", &of(7000), Place::Inside);
        assert_eq!(again, Some(first_sql(7000, true)));
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Inside), Some(own_sql(true)));
        limit.ended();
        assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Outside), None);
    }

    #[test]
    fn what_is_not_known_is_set_anew() {
        let mut limit = StatementLimit::new(true);
        limit.doubt();
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), None, "it was never ours");
        take(&mut limit, "select 1", &of(5000), Place::Outside);
        limit.refused().store(true, Ordering::Relaxed);
        let again = take(&mut limit, "select 1", &of(5000), Place::Outside);
        assert_eq!(again, Some(first_sql(5000, false)));
        for options in [NONE, of(5000)] {
            let own = take(&mut limit, "select 1", &options, Place::Doubtful);
            assert_eq!(own, Some(own_sql(false)), "none is set");
        }
        limit.was_reset();
        take(&mut limit, "select 1", &of(5000), Place::Inside);
        let own = take(&mut limit, "select 1", &of(7000), Place::Doubtful);
        assert_eq!(own, Some(format!("{}; {}", own_sql(true), own_sql(false))));
        limit.ended();
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), Some(own_sql(false)));
        limit.was_reset();
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), None);
    }

    #[test]
    fn a_text_that_names_the_setting_finds_the_session_s_own() {
        let mut limit = StatementLimit::new(true);
        take(&mut limit, "select 1", &of(5000), Place::Outside);
        let own = take(&mut limit, "SET Statement_Timeout = 9", &of(5000), Place::Outside);
        assert_eq!(own, Some(own_sql(false)));
        let first = take(&mut limit, "select 1", &of(5000), Place::Outside);
        assert_eq!(first, Some(first_sql(5000, false)));
    }

    #[test]
    fn limits_are_whole_milliseconds_within_what_the_setting_takes() {
        for (limit, expected) in [
            (Duration::from_nanos(1), 1),
            (Duration::from_micros(1500), 2),
            (Duration::from_secs(u64::MAX), i32::MAX.unsigned_abs()),
        ] {
            assert_eq!(milliseconds(limit), expected);
        }
    }
}
