//! The server's own limit on statements: what it has, and what goes ahead of the next statement to change it.
//!
//! The session keeps its own limit in a setting beside it while it has one of ours, so that both are changed, undone
//! and put back together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use aludel_core::dbapi::{ExecutionOptions, LimitedCall, Statement, StatementKind};
use aludel_core::error::Error;

use crate::error::Failure;
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

/// Where the change is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Outside of transactions, for the session.
    Outside,
    /// The same, ahead of the BEGIN of the transaction in which the statement stands.
    Ahead,
    /// In one: it ends with it.
    Inside,
    /// Where the program may have begun one by itself, or ended it: no limit is set.
    Doubtful,
}

/// A call whose time the server keeps.
#[derive(Debug, Clone, Copy)]
struct Call {
    limited: LimitedCall,
    /// How much later the client gives up.
    #[cfg_attr(
        not(feature = "blocking"),
        expect(dead_code, reason = "only the blocking driver asks")
    )]
    margin: Duration,
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
    /// Until the transaction has ended, no limit is set: what the setting is, is the program's concern.
    is_left: bool,
    /// The statement that is sent next, and its limit in milliseconds. `None` leaves what there is.
    next: Option<(LimitWords, Option<u32>)>,
    call: Option<Call>,
    refusals: Refusals,
}

impl StatementLimit {
    pub(crate) fn new(is_kept: bool) -> Self {
        Self {
            is_kept,
            is_used: false,
            here: Here::Own,
            outside: None,
            is_left: false,
            next: None,
            call: None,
            refusals: Refusals::default(),
        }
    }

    /// Whether limits are set there.
    #[inline]
    fn is_set(&self, place: Place) -> bool {
        match place {
            Place::Outside | Place::Ahead => self.is_kept,
            Place::Inside => self.is_kept && self.is_used && !self.is_left,
            Place::Doubtful => false,
        }
    }

    /// The time that a client waits for a call of these options.
    #[inline]
    pub(crate) fn patience(&self, options: &ExecutionOptions, place: Place) -> Option<Duration> {
        if self.is_set(place) { options.patience() } else { options.timeout }
    }

    /// A statement is about to be sent.
    #[inline]
    pub(crate) fn enter(&mut self, statement: &Statement, options: &ExecutionOptions) {
        if self.is_used || self.is_kept && options.timeout.is_some() {
            self.set_next(statement, options.server_limit(), options);
            // What is left of a time differs from call to call. A limit of ours that is longer may stay.
            if let (None, Some(left), Here::Ours(limit)) =
                (options.server_limit(), options.timeout, self.here)
                && self.next == Some((LimitWords::None, None))
                && Duration::from_millis(limit.into()) >= left
            {
                self.next = None;
            }
        }
    }

    /// One whose rows are read as they come, while the program may pause.
    #[inline]
    pub(crate) fn enter_stream(&mut self, statement: &Statement, options: &ExecutionOptions) {
        if self.is_used {
            self.set_next(statement, None, options);
        }
    }

    fn set_next(
        &mut self,
        statement: &Statement,
        limit: Option<Duration>,
        options: &ExecutionOptions,
    ) {
        self.call = None;
        match self.refusals.take() {
            Refusals::NONE => {}
            // What is refused inside of a transaction changes nothing outside.
            Refusals::ONCE => match self.outside {
                Some(Here::Ours(_)) => self.here = Here::Unknown,
                _ => self.doubt(),
            },
            // The first of a session is the one that is refused so: none is there.
            _ => {
                (self.is_kept, self.is_used) = (false, false);
                self.was_reset();
            }
        }
        let limit = limit.filter(|_| self.is_kept);
        let words = match statement.kind() {
            StatementKind::Text | StatementKind::Ddl => words::limit_words(statement.sql()),
            _ => LimitWords::None,
        };
        self.next = Some((words, limit.map(milliseconds)));
        match (words, limit) {
            (LimitWords::Undoing, _) => {
                self.next = None;
                if self.outside.is_some() {
                    self.here = Here::Unknown;
                }
            }
            (LimitWords::None | LimitWords::Early, Some(limit)) => {
                let timeout = options.timeout.unwrap_or(limit);
                let margin = options.patience().unwrap_or(timeout).saturating_sub(timeout);
                let limit = limit.min(Duration::from_millis(milliseconds(limit).into()));
                self.call = Some(Call { limited: LimitedCall::begin(timeout, limit), margin });
            }
            _ => {}
        }
    }

    /// The server keeps the time of a part alone, so that the client gives up when it is over: of each execution where
    /// there are many, and of a cursor that is held until its rows are made, which is the work of a COMMIT.
    #[cfg(feature = "blocking")]
    pub(crate) fn enter_in_part(&mut self) {
        if let Some(call) = &mut self.call {
            call.margin = Duration::ZERO;
        }
    }

    /// What is sent next is no statement of the program.
    #[inline]
    pub(crate) fn enter_nothing(&mut self) {
        (self.call, self.next) = (None, None);
    }

    /// The next statement of the same call is about to be sent: another portion of the same rows is asked for, or what
    /// was prepared is executed.
    pub(crate) fn enter_again(&mut self) {
        if let Some(call) = &mut self.call {
            call.limited.begin_again();
        }
    }

    /// How much later than its time-out a client gives the call up.
    #[cfg(feature = "blocking")]
    pub(crate) fn margin(&self, place: Place) -> Duration {
        let call = self.call.filter(|_| self.is_set(place));
        call.map_or(Duration::ZERO, |call| call.margin)
    }

    /// Whether something may be to be sent ahead.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        match self.next {
            None | Some((LimitWords::Kept | LimitWords::Undoing, _)) => false,
            Some((LimitWords::Setting, _)) => self.is_used,
            Some((_, None)) => self.here != Here::Own,
            Some((_, Some(limit))) => self.here != Here::Ours(limit),
        }
    }

    /// What is to be sent ahead. It counts as done.
    pub(crate) fn take_sql(&mut self, place: Place) -> Option<String> {
        let (words, limit) = self.next.take()?;
        let is_setting = words == LimitWords::Setting;
        if words == LimitWords::Kept && place != Place::Ahead {
            return None;
        }
        if self.is_left || place == Place::Doubtful || is_setting && place != Place::Outside {
            return self.leave_it();
        }
        let is_local = place == Place::Inside;
        // In a transaction, nothing but SET is sent ahead of a statement that takes no snapshot.
        let is_early = is_local && words == LimitWords::Early;
        // Whether the session's own limit is kept beside what there is.
        let is_beside = match self.here {
            Here::Own => false,
            Here::Ours(_) => true,
            Here::Unknown => is_local && matches!(self.outside, Some(Here::Ours(_))),
        };
        let limit = match limit {
            _ if is_setting => None,
            None if is_early && is_beside => Some(0),
            limit => limit,
        };
        let (sql, here) = match (self.here, limit) {
            (Here::Own, None) => return None,
            (Here::Ours(here), Some(limit)) if here == limit => return None,
            (_, Some(limit)) if is_beside => {
                let local = if is_local { "LOCAL " } else { "" };
                (format!("SET {local}statement_timeout = {limit}"), Here::Ours(limit))
            }
            // The first of a session is sent where a refusal concerns no transaction of the program.
            (Here::Own, Some(_)) if is_early || is_local && !self.is_used => {
                self.call = None;
                return None;
            }
            (_, Some(limit)) => {
                self.is_used = true;
                (first_sql(limit, is_local), Here::Ours(limit))
            }
            (_, None) if is_local => (local_own_sql(), Here::Own),
            (_, None) => (own_sql(), Here::Own),
        };
        if is_local {
            self.outside.get_or_insert(self.here);
        }
        self.here = here;
        Some(sql)
    }

    /// Leaves the setting to the program until its transaction has ended: no limit is set, and ours is taken away, for
    /// the session. What is kept is what the session had before the transaction, since a program that sets it
    /// in one finds nothing of ours behind that.
    fn leave_it(&mut self) -> Option<String> {
        self.call = None;
        let was_left = std::mem::replace(&mut self.is_left, true);
        let has_nothing = self.here == Here::Own && (was_left || self.outside.is_none());
        if !self.is_used || has_nothing {
            return None;
        }
        (self.here, self.outside) = (Here::Own, Some(Here::Unknown));
        Some(own_sql())
    }

    /// What the client crate runs for the program is not limited, and may set the limit.
    pub(crate) fn enter_client(&mut self) {
        (self.call, self.next) = (None, Some((LimitWords::Setting, None)));
    }

    /// Who learns that what was sent is refused.
    pub(crate) fn refusals(&self) -> Refusals {
        self.refusals.clone()
    }

    /// The transaction has ended, and with it what was changed inside.
    #[inline]
    pub(crate) fn ended(&mut self) {
        self.is_left = false;
        if let Some(outside) = self.outside.take() {
            self.here = outside;
        }
    }

    /// Anything may have happened to the setting.
    pub(crate) fn doubt(&mut self) {
        self.next = None;
        if self.is_used {
            self.here = Here::Unknown;
            self.outside = self.outside.map(|_| Here::Unknown);
        }
    }

    /// All settings are those of a new session.
    pub(crate) fn was_reset(&mut self) {
        (self.here, self.outside, self.is_left, self.next) = (Here::Own, None, false, None);
    }

    /// What the server's refusal is.
    pub(crate) fn judge(&self, error: Error) -> Error {
        let is_of_limit = error.sqlstate() == Some("57014");
        match &self.call {
            Some(call) => call.limited.judge(error, is_of_limit),
            None => error,
        }
    }
}

/// Whole milliseconds, as many as the setting takes.
fn milliseconds(limit: Duration) -> u32 {
    let limit = limit.as_nanos().div_ceil(1_000_000).min(i32::MAX.unsigned_abs().into());
    u32::try_from(limit).unwrap_or(i32::MAX.unsigned_abs())
}

/// The session's own limit while it has one of ours.
const KEPT: &str = "pg_catalog.current_setting('aludel.statement_timeout', true)";

/// Sets a limit, and keeps the session's own unless that was done.
fn first_sql(limit: u32, is_local: bool) -> String {
    format!(
        "SELECT pg_catalog.set_config('aludel.statement_timeout', COALESCE(NULLIF({KEPT}, ''), \
         pg_catalog.current_setting('statement_timeout')), {is_local}), \
         pg_catalog.set_config('statement_timeout', '{limit}', {is_local})"
    )
}

/// Puts the session's own limit back for the session, if it is kept, and keeps it no more.
fn own_sql() -> String {
    format!(
        "SELECT pg_catalog.set_config('statement_timeout', {KEPT}, false), \
         pg_catalog.set_config('aludel.statement_timeout', '', false) WHERE {KEPT} <> ''"
    )
}

/// Puts it back for the transaction, and still keeps it: a text that sets the limit then finds it there.
fn local_own_sql() -> String {
    format!("SELECT pg_catalog.set_config('statement_timeout', {KEPT}, true) WHERE {KEPT} <> ''")
}

/// Learns what becomes of changes whose answer is read later.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals(Arc<AtomicU8>);

impl Refusals {
    const NONE: u8 = 0;
    /// As in a transaction that has failed, where the statement behind it is refused as well.
    const ONCE: u8 = 1;
    /// As where the functions may not be called, or are not there.
    const EVER: u8 = 2;

    pub(crate) fn note(&self, failure: &Failure) {
        let state = match failure {
            Failure::Refused(error) => error.sqlstate(),
            _ => None,
        };
        let how = match state {
            Some("42501" | "42883" | "42704" | "0A000") => Self::EVER,
            _ => Self::ONCE,
        };
        self.0.fetch_max(how, Ordering::Relaxed);
    }

    #[inline]
    fn take(&self) -> u8 {
        self.0.swap(Self::NONE, Ordering::Relaxed)
    }
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
        assert!(sql.is_none() || place != Place::Doubtful || limit.call.is_none());
        sql
    }

    const NONE: ExecutionOptions = ExecutionOptions::DEFAULT;

    #[test]
    fn only_another_limit_costs_a_message() {
        let mut limit = StatementLimit::new(true);
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), None);
        let first = take(&mut limit, "select 1", &of(5000), Place::Ahead);
        assert_eq!(first, Some(first_sql(5000, false)));
        assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Inside), None);
        assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Outside), None);
        let other = take(&mut limit, "select 1", &of(1), Place::Outside);
        assert_eq!(other.as_deref(), Some("SET statement_timeout = 100"), "at least");
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), Some(own_sql()));
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), None);
        let mut never = StatementLimit::new(false);
        assert_eq!(take(&mut never, "select 1", &of(5000), Place::Outside), None);
        assert_eq!(never.patience(&of(5000), Place::Outside), Some(Duration::from_secs(5)));
    }

    #[test]
    fn what_is_changed_in_a_transaction_ends_with_it() {
        let mut limit = StatementLimit::new(true);
        assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Inside), None, "it is the first");
        assert!(limit.call.is_none(), "the client keeps the time alone");
        take(&mut limit, "select 1", &of(5000), Place::Ahead);
        let inside = take(&mut limit, "select 1", &of(7000), Place::Inside);
        assert_eq!(inside.as_deref(), Some("SET LOCAL statement_timeout = 7000"));
        assert_eq!(take(&mut limit, "savepoint a", &NONE, Place::Inside), None);
        assert_eq!(take(&mut limit, "select 1", &of(7000), Place::Inside), None);
        assert_eq!(take(&mut limit, "ROLLBACK TO a", &NONE, Place::Inside), None);
        let again = take(&mut limit, "lock table t", &of(7000), Place::Inside);
        assert_eq!(again.as_deref(), Some("SET LOCAL statement_timeout = 7000"), "no snapshot");
        limit.refusals().0.store(Refusals::ONCE, Ordering::Relaxed);
        let again = take(&mut limit, "select 1", &of(7000), Place::Inside);
        assert_eq!(again.as_deref(), Some("SET LOCAL statement_timeout = 7000"));
        let none = take(&mut limit, "lock table t", &NONE, Place::Inside);
        assert_eq!(none.as_deref(), Some("SET LOCAL statement_timeout = 0"), "no snapshot");
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Inside), Some(local_own_sql()));
        assert_eq!(take(&mut limit, "lock table t", &of(7000), Place::Inside), None);
        assert!(limit.call.is_none(), "the client keeps the time alone");
        limit.ended();
        assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Outside), None);
    }

    #[test]
    fn what_is_not_known_is_set_anew() {
        let mut limit = StatementLimit::new(true);
        limit.doubt();
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), None, "it was never ours");
        take(&mut limit, "select 1", &of(5000), Place::Outside);
        limit.refusals().0.store(Refusals::ONCE, Ordering::Relaxed);
        let again = take(&mut limit, "select 1", &of(5000), Place::Outside);
        assert_eq!(again, Some(first_sql(5000, false)));
        let own = take(&mut limit, "select 1", &of(7000), Place::Doubtful);
        assert_eq!(own, Some(own_sql()), "none is set");
        assert_eq!(take(&mut limit, "select 1", &of(7000), Place::Doubtful), None);
        assert_eq!(take(&mut limit, "rollback", &NONE, Place::Doubtful), None);
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Doubtful), Some(own_sql()));
        limit.ended();
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), Some(own_sql()));
        limit.was_reset();
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Outside), None);
    }

    #[test]
    fn a_server_that_refuses_is_not_asked_again() {
        let mut limit = StatementLimit::new(true);
        take(&mut limit, "select 1", &of(5000), Place::Ahead);
        limit.refusals().0.store(Refusals::EVER, Ordering::Relaxed);
        assert_eq!(take(&mut limit, "select 1", &NONE, Place::Inside), None, "it would be refused");
        assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Outside), None);
        assert_eq!(limit.patience(&of(5000), Place::Outside), Some(Duration::from_secs(5)));
    }

    #[test]
    fn a_text_that_names_the_setting_finds_the_session_s_own() {
        let mut limit = StatementLimit::new(true);
        take(&mut limit, "select 1", &of(5000), Place::Outside);
        let own = take(&mut limit, "SET Statement_Timeout = 9", &of(5000), Place::Outside);
        assert_eq!(own, Some(own_sql()));
        let first = take(&mut limit, "select 1", &of(5000), Place::Outside);
        assert_eq!(first, Some(first_sql(5000, false)));
        for place in [Place::Ahead, Place::Inside] {
            let own = take(&mut limit, "set local statement_timeout = 9", &of(5000), place);
            assert_eq!(own, Some(own_sql()));
            assert_eq!(take(&mut limit, "select 1", &of(5000), Place::Inside), None, "it is left");
            assert_eq!(take(&mut limit, "rollback to a", &NONE, Place::Inside), None);
            assert_eq!(take(&mut limit, "select 1", &NONE, Place::Inside), Some(own_sql()));
            limit.ended();
            let first = take(&mut limit, "select 1", &of(5000), Place::Outside);
            assert_eq!(first, Some(first_sql(5000, false)));
        }
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
